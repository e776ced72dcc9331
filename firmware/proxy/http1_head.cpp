// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_head.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

constexpr size_t kLongestMethod = 32;

// What a client may not have removed by naming it in Connection: who it is, where the request
// comes from and what it is about.
constexpr std::array kProtected = std::to_array<std::string_view>(
    {"host", "content-length", "content-type", "content-encoding", "transfer-encoding", "expect",
     "authorization", "cookie", "set-cookie", "cache-control", "date", "via", "forwarded",
     "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip"});

// Names that servers which turn '-' into '_' (CGI and its heirs) cannot tell from these.
constexpr std::array kNoAlias = std::to_array<std::string_view>(
    {"content-length", "content-type", "transfer-encoding", "x-forwarded-for", "x-forwarded-host",
     "x-forwarded-port", "x-forwarded-proto", "x-real-ip"});

constexpr std::array kHopByHop = std::to_array<std::string_view>(
    {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade",
     "http2-settings", "proxy-authenticate", "proxy-authorization"});

bool isOneOf(std::string_view name, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view other) { return equalIgnoringCase(name, other); });
}

bool isAlias(std::string_view name) {
  if (name.find('_') == std::string_view::npos) return false;
  return std::any_of(kNoAlias.begin(), kNoAlias.end(), [&](std::string_view other) {
    return name.size() == other.size() &&
           std::equal(name.begin(), name.end(), other.begin(), [](char written, char meant) {
             return (written == '_' ? '-' : lowerCase(written)) == meant;
           });
  });
}

// Takes a line off the front. The scanner saw that every line ends with CR LF.
std::string_view takeLine(std::string_view& head) {
  const size_t end = head.find("\r\n");
  if (end == std::string_view::npos) return std::exchange(head, {});
  const std::string_view line = head.substr(0, end);
  head.remove_prefix(end + 2);
  return line;
}

Flaw parseVersion(std::string_view text, uint8_t& minor) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 8 || !text.starts_with("HTTP/") || !digit(text[5]) || text[6] != '.' ||
      !digit(text[7])) {
    return Flaw::kStartLine;
  }
  if (text[5] != '1' || text[7] > '1') return Flaw::kVersion;
  minor = static_cast<uint8_t>(text[7] - '0');
  return Flaw::kNone;
}

Flaw readContentLength(const Header& header, MessageHead& message) {
  const auto length = parseDecimal(header.value);
  if (message.has_length || !length || header.value.size() > 19) return Flaw::kContentLength;
  message.has_length = true;
  message.length = *length;
  return Flaw::kNone;
}

Flaw readTransferEncoding(const Header& header, MessageHead& message) {
  if (message.framing == Framing::kChunked || message.minor == 0) return Flaw::kTransferEncoding;
  if (!equalIgnoringCase(header.value, "chunked")) {
    return isToken(header.value) ? Flaw::kTransferCoding : Flaw::kTransferEncoding;
  }
  message.framing = Framing::kChunked;
  return Flaw::kNone;
}

Flaw readConnection(const Header& header, MessageHead& message) {
  std::string_view list = header.value;
  while (const auto element = nextListElement(list)) {
    if (!isToken(*element) || isOneOf(*element, kProtected)) return Flaw::kConnection;
    if (message.connection.size() == 16) return Flaw::kConnection;
    message.connection.push_back(*element);
  }
  return Flaw::kNone;
}

// What every message's headers are read for.
Flaw readCommonHeader(const Header& header, MessageHead& message) {
  if (equalIgnoringCase(header.name, "content-length")) return readContentLength(header, message);
  if (equalIgnoringCase(header.name, "transfer-encoding"))
    return readTransferEncoding(header, message);
  if (equalIgnoringCase(header.name, "connection")) return readConnection(header, message);
  return Flaw::kNone;
}

template <typename ReadHeader>
Flaw parseHeaders(std::string_view lines, const HeadLimits& limits, MessageHead& message,
                  ReadHeader readHeader) {
  for (;;) {
    const std::string_view line = takeLine(lines);
    if (line.empty()) break;
    if (message.headers.size() == limits.headers) return Flaw::kTooManyHeaders;
    Header header;
    if (const Flaw flaw = parseHeaderLine(line, header); flaw != Flaw::kNone) return flaw;
    if (const Flaw flaw = readCommonHeader(header, message); flaw != Flaw::kNone) return flaw;
    if (const Flaw flaw = readHeader(header); flaw != Flaw::kNone) return flaw;
    message.headers.push_back(header);
  }
  if (message.has_length && message.framing == Framing::kChunked) return Flaw::kLengthConflict;
  const bool close = isOneOf("close", message.connection);
  message.keep_alive = !close && (message.minor == 1 || isOneOf("keep-alive", message.connection));
  return Flaw::kNone;
}

void clear(MessageHead& message) {
  message.headers.clear();
  message.connection.clear();
  message.framing = Framing::kNone;
  message.length = 0;
  message.has_length = false;
}

Flaw splitPath(std::string_view target, RequestHead& request) {
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  request.has_query = mark != std::string_view::npos;
  request.query = request.has_query ? target.substr(mark + 1) : std::string_view();
  if (const Flaw flaw = checkPath(request.path); flaw != Flaw::kNone) return flaw;
  return checkQuery(request.query);
}

// http://HOST[:PORT][/PATH][?QUERY]; the host goes to `authority`.
Flaw readAbsoluteForm(std::string_view target, RequestHead& request, std::string_view& authority) {
  const size_t scheme = target.find("://");
  const std::string_view name = target.substr(0, scheme);
  if (!equalIgnoringCase(name, "http") && !equalIgnoringCase(name, "https")) return Flaw::kTarget;
  target.remove_prefix(scheme + 3);
  const size_t end = std::min(target.find_first_of("/?"), target.size());
  authority = target.substr(0, end);
  target.remove_prefix(end);
  if (!isHostAndPort(authority)) return Flaw::kTarget;
  if (target.empty()) {
    request.path = request.method == "OPTIONS" ? "*" : "/";
    return Flaw::kNone;
  }
  // "http://host?query" has no path to forward as it stands.
  return target[0] == '/' ? splitPath(target, request) : Flaw::kTarget;
}

Flaw readTarget(std::string_view target, const HeadLimits& limits, RequestHead& request,
                std::string_view& authority) {
  if (target.size() > limits.target) return Flaw::kTargetTooLong;
  request.has_query = false;
  request.query = {};
  if (target.starts_with('/')) return splitPath(target, request);
  if (target == "*") {
    request.path = target;
    return request.method == "OPTIONS" ? Flaw::kNone : Flaw::kTarget;
  }
  if (target.find("://") == std::string_view::npos) return Flaw::kTarget;
  return readAbsoluteForm(target, request, authority);
}

Flaw parseRequestLine(std::string_view line, const HeadLimits& limits, RequestHead& request,
                      std::string_view& authority) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Flaw::kStartLine;
  request.method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!isToken(request.method) || target.empty()) return Flaw::kStartLine;
  const Flaw version = parseVersion(line.substr(last + 1), request.minor);
  if (version != Flaw::kNone) return version;
  // A tunnel is no business of a load balancer, and TRACE shows servers' view of headers to
  // scripts.
  if (request.method == "CONNECT" || request.method == "TRACE" ||
      request.method.size() > kLongestMethod)
    return Flaw::kMethod;
  return readTarget(target, limits, request, authority);
}

bool hasBody(std::string_view method, int status) {
  return status >= 200 && status != 204 && status != 304 && method != "HEAD";
}

Flaw parseStatusLine(std::string_view line, ResponseHead& response) {
  if (line.size() < 12) return Flaw::kStartLine;
  const Flaw version = parseVersion(line.substr(0, 8), response.minor);
  if (version != Flaw::kNone) return version;
  const auto status = parseDecimal(line.substr(9, 3));
  if (line[8] != ' ' || !status || *status < 100 || *status > 599) return Flaw::kStartLine;
  if (line.size() > 12 && line[12] != ' ') return Flaw::kStartLine;
  response.status = static_cast<int>(*status);
  response.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  return isHeaderValue(response.reason) ? Flaw::kNone : Flaw::kStartLine;
}

}  // namespace

const Header* MessageHead::find(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const Header& header) {
    return equalIgnoringCase(header.name, name);
  });
  return found == headers.end() ? nullptr : &*found;
}

bool MessageHead::namesWebSocket() const {
  const Header* upgrade = find("upgrade");
  return minor == 1 && upgrade != nullptr && equalIgnoringCase(upgrade->value, "websocket") &&
         isOneOf("upgrade", connection);
}

bool RequestHead::idempotent() const {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" ||
         method == "DELETE";
}

HeadScanner::State HeadScanner::scan(std::string_view data, size_t most) {
  while (at_ < data.size()) {
    if (at_ == begin_ && data[at_] != '\r' && !isTokenChar(static_cast<unsigned char>(data[at_])))
      return State::kNoMessage;
    const void* found = std::memchr(data.data() + at_, '\n', data.size() - at_);
    if (found == nullptr) {
      at_ = data.size();
      break;
    }
    at_ = static_cast<size_t>(static_cast<const char*>(found) - data.data());
    if (at_ == line_begin_ || data[at_ - 1] != '\r') return State::kBadLineEnd;
    const bool empty = at_ - line_begin_ == 1;
    line_begin_ = ++at_;
    if (empty && begin_ == 0 && at_ == 2) {
      begin_ = 2;
    } else if (empty) {
      return size() > most ? State::kTooLarge : State::kComplete;
    }
  }
  return size() > most ? State::kTooLarge : State::kMore;
}

Flaw parseHeaderLine(std::string_view line, Header& header) {
  if (line.starts_with(' ') || line.starts_with('\t')) return Flaw::kHeaderFolded;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Flaw::kHeaderName;
  header.name = line.substr(0, colon);
  header.value = trimBlanks(line.substr(colon + 1));
  if (!isToken(header.name)) return Flaw::kHeaderName;
  if (isAlias(header.name)) return Flaw::kHeaderAlias;
  return isHeaderValue(header.value) ? Flaw::kNone : Flaw::kHeaderValue;
}

Flaw parseRequestHead(std::string_view head, const HeadLimits& limits, RequestHead& request) {
  clear(request);
  request.expect_continue = false;
  request.host = {};
  std::string_view authority;
  bool has_host = false;
  const Flaw line = parseRequestLine(takeLine(head), limits, request, authority);
  if (line != Flaw::kNone) return line;
  const Flaw headers = parseHeaders(head, limits, request, [&](const Header& header) {
    if (equalIgnoringCase(header.name, "host")) {
      if (std::exchange(has_host, true)) return Flaw::kHostRepeated;
      request.host = header.value;
      return isHostAndPort(header.value) ? Flaw::kNone : Flaw::kHost;
    }
    if (equalIgnoringCase(header.name, "expect")) {
      if (!equalIgnoringCase(header.value, "100-continue")) return Flaw::kExpectation;
      request.expect_continue = request.minor == 1;
    }
    return Flaw::kNone;
  });
  if (headers != Flaw::kNone) return headers;
  if (!has_host) return Flaw::kHostMissing;
  if (!authority.empty() && !equalIgnoringCase(authority, request.host)) return Flaw::kHostConflict;
  if (request.framing != Framing::kChunked && request.length > 0)
    request.framing = Framing::kLength;
  return Flaw::kNone;
}

Flaw parseResponseHead(std::string_view head, const HeadLimits& limits, std::string_view method,
                       ResponseHead& response) {
  clear(response);
  const Flaw line = parseStatusLine(takeLine(head), response);
  if (line != Flaw::kNone) return line;
  const Flaw headers =
      parseHeaders(head, limits, response, [](const Header&) { return Flaw::kNone; });
  if (headers != Flaw::kNone) return headers;
  if (!hasBody(method, response.status)) {
    response.framing = Framing::kNone;
  } else if (response.framing != Framing::kChunked) {
    response.framing = response.has_length ? Framing::kLength : Framing::kUntilClose;
    if (response.framing == Framing::kLength && response.length == 0)
      response.framing = Framing::kNone;
  }
  return Flaw::kNone;
}

bool isHopByHop(std::string_view name) { return isOneOf(name, kHopByHop); }

}  // namespace sluice::proxy
