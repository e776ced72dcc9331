// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

constexpr std::array kForwarded = std::to_array<std::string_view>(
    {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "forwarded"});

bool isForwarded(std::string_view name) {
  return std::any_of(kForwarded.begin(), kForwarded.end(),
                     [&](std::string_view other) { return equalIgnoringCase(name, other); });
}

// Only the appliance says who a client is. Some servers take _ for -.
bool isClientCertificate(std::string_view name) {
  constexpr std::string_view kBegin = "x-client-cert-";
  if (name.size() < kBegin.size()) return false;
  std::string begin(name.substr(0, kBegin.size()));
  std::replace(begin.begin(), begin.end(), '_', '-');
  return equalIgnoringCase(begin, kBegin);
}

void addHeader(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void addNumber(std::string& out, uint64_t value, int base = 10) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  out.append(digits, end);
}

// Headers that belong to a connection or are written anew, and those that Connection names.
bool isForwardable(const Header& header, const MessageHead& message) {
  if (isHopByHop(header.name) || equalIgnoringCase(header.name, "content-length")) return false;
  return std::none_of(message.connection.begin(), message.connection.end(),
                      [&](std::string_view name) { return equalIgnoringCase(name, header.name); });
}

// Cookie without the appliance's own; nothing if that was all.
void addCookies(std::string& out, const Header& header, const RequestChanges& changes) {
  std::string kept;
  std::string_view list = header.value;
  while (!list.empty()) {
    const size_t end = std::min(list.find(';'), list.size());
    const std::string_view pair = trimBlanks(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    const bool own = pair.substr(0, pair.find('=')) == changes.cookie;
    if (pair.empty() || (own && changes.cookie_value == nullptr)) continue;
    kept.append(kept.empty() ? "" : "; ");
    if (own) {
      kept.append(changes.cookie).append("=").append(*changes.cookie_value);
    } else {
      kept.append(pair);
    }
  }
  if (!kept.empty()) addHeader(out, header.name, kept);
}

void addFraming(std::string& out, Framing framing, uint64_t length) {
  if (framing == Framing::kChunked) {
    addHeader(out, "Transfer-Encoding", "chunked");
  } else if (framing == Framing::kLength) {
    out += "Content-Length: ";
    addNumber(out, length);
    out += "\r\n";
  }
}

// "Name: what the client sent, value" or "Name: value".
void addForwarded(std::string& out, const RequestHead& request, const ForwardedBy& by,
                  std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  if (by.policy == ForwardedPolicy::kAppend) {
    for (const Header& header : request.headers) {
      if (equalIgnoringCase(header.name, name) && !header.value.empty())
        out.append(header.value).append(", ");
    }
  }
  out.append(value).append("\r\n");
}

void addForwardedHeaders(std::string& out, const RequestHead& request, const ForwardedBy& by) {
  const std::string client = by.client.toString();
  const std::string_view scheme = by.https ? "https" : "http";
  addForwarded(out, request, by, "X-Forwarded-For", client);
  addHeader(out, "X-Forwarded-Proto", scheme);
  addHeader(out, "X-Forwarded-Host", request.host);
  addHeader(out, "X-Forwarded-Port", std::to_string(by.port));
  std::string element = "for=";
  element += by.client.v6 ? "\"[" + client + "]\"" : client;
  element.append(";host=\"").append(request.host).append("\";proto=").append(scheme);
  addForwarded(out, request, by, "Forwarded", element);
}

void addStatusLine(std::string& out, const ResponseHead& response) {
  out += "HTTP/1.1 ";
  addNumber(out, static_cast<uint64_t>(response.status));
  out.append(" ").append(response.reason).append("\r\n");
}

}  // namespace

void writeRequestHead(const RequestHead& request, const ForwardedBy& by,
                      const RequestChanges& changes, std::string& out) {
  out.append(request.method).append(" ");
  out += changes.path != nullptr ? std::string_view(*changes.path) : request.path;
  if (request.has_query) out.append("?").append(request.query);
  out += " HTTP/1.1\r\n";
  addHeader(out, "Host", changes.host != nullptr ? std::string_view(*changes.host) : request.host);
  const bool own_forwarded = by.policy != ForwardedPolicy::kOff;
  for (const Header& header : request.headers) {
    if (equalIgnoringCase(header.name, "host") || !isForwardable(header, request)) continue;
    if (equalIgnoringCase(header.name, "expect") || isClientCertificate(header.name)) continue;
    if (own_forwarded && isForwarded(header.name)) continue;
    if (changes.headers != nullptr && changes.headers->removes(header.name)) continue;
    if (!changes.cookie.empty() && equalIgnoringCase(header.name, "cookie")) {
      addCookies(out, header, changes);
    } else {
      addHeader(out, header.name, header.value);
    }
  }
  if (request.expect_continue) addHeader(out, "Expect", "100-continue");
  if (own_forwarded) addForwardedHeaders(out, request, by);
  out += by.certificate;
  if (changes.headers != nullptr) out += changes.headers->add;
  if (changes.websocket) out += kWebSocketLines;
  // A length of 0 is said if the client said it: POST without a body has one.
  const bool said = request.framing == Framing::kNone && request.has_length;
  addFraming(out, said ? Framing::kLength : request.framing, request.length);
  out += "\r\n";
}

void writeResponseHead(const ResponseHead& response, const ResponseFraming& framing,
                       const HeaderEdits& edits, std::string& out) {
  addStatusLine(out, response);
  for (const Header& header : response.headers) {
    if (isForwardable(header, response) && !edits.removes(header.name))
      addHeader(out, header.name, header.value);
  }
  out += edits.add;
  out += framing.lines;
  // Content-Length of a response without a body tells about HEAD and 304 only.
  const bool said = response.framing == Framing::kNone && response.has_length &&
                    response.status >= 200 && response.status != 204;
  addFraming(out, said ? Framing::kLength : framing.framing, response.length);
  if (framing.close) {
    addHeader(out, "Connection", "close");
  } else if (framing.client_minor == 0) {
    addHeader(out, "Connection", "keep-alive");
  }
  out += "\r\n";
}

void writeInformational(const ResponseHead& response, std::string& out) {
  addStatusLine(out, response);
  for (const Header& header : response.headers) {
    if (isForwardable(header, response)) addHeader(out, header.name, header.value);
  }
  out += "\r\n";
}

void writeBody(Framing framing, std::string_view data, std::string& out) {
  if (data.empty()) return;
  if (framing != Framing::kChunked) {
    out += data;
    return;
  }
  addNumber(out, data.size(), 16);
  out.append("\r\n").append(data).append("\r\n");
}

void writeBodyEnd(Framing framing, const std::vector<std::string>& trailers, std::string& out) {
  if (framing != Framing::kChunked) return;
  out += "0\r\n";
  for (const std::string& trailer : trailers) out.append(trailer).append("\r\n");
  out += "\r\n";
}

std::string_view reasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

void writeOwnResponse(const OwnResponse& response, std::string& out) {
  out += "HTTP/1.1 ";
  addNumber(out, static_cast<uint64_t>(response.status));
  out.append(" ").append(reasonPhrase(response.status)).append("\r\n");
  const std::string_view body =
      response.page != nullptr ? std::string_view(*response.page) : response.sentence;
  const bool line = response.page == nullptr && !body.empty();  // its end comes with it
  if (!body.empty()) {
    addHeader(out, "Content-Type",
              response.page != nullptr ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
  }
  addFraming(out, Framing::kLength, body.size() + (line ? 1 : 0));
  addHeader(out, "Cache-Control", "no-store");
  out += response.headers;
  if (response.close) addHeader(out, "Connection", "close");
  out += "\r\n";
  if (response.head_only) return;
  out += body;
  if (line) out += "\n";
}

}  // namespace sluice::proxy
