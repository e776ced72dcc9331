// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/client_hello.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "firmware/proxy/tls_fields.h"

namespace sluice::proxy {

namespace {

constexpr uint8_t kHandshake = 22, kClientHello = 1;
constexpr size_t kRecordHeader = 5, kMessageHeader = 4, kMostRecord = 16'384;
constexpr size_t kMostInRecords =
    2 * ClientHelloReader::kMostBytes;  // also if each record has a byte
constexpr uint16_t kServerName = 0, kAlpn = 16, kSupportedVersions = 43;

uint8_t byteAt(std::string_view data, size_t at) { return static_cast<uint8_t>(data[at]); }

// A name of RFC 6066: labels of letters, digits, hyphens (and underscores, which are in use).
bool isHostName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  size_t label = 0;
  for (const char c : name) {
    if (c == '.' ? label == 0
                 : std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_')
      return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return label > 0;
}

// Each returns what is wrong, or null.
const char* readServerName(std::string_view data, ClientHello& hello) {
  TlsFields outer(data);
  TlsFields names(outer.vector(2, 1));
  bool seen = false;
  while (names.good() && !names.empty()) {
    const uint32_t type = names.number(1);
    std::string_view name = names.vector(2, 1);
    if (type != 0) continue;
    if (seen) return "two host names";
    seen = true;
    if (name.ends_with('.')) name.remove_suffix(1);
    if (!isHostName(name)) return "server_name is no host name";
    hello.server_name.assign(name);
    std::transform(name.begin(), name.end(), hello.server_name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  return names.good() && outer.finished() ? nullptr : "server_name is cut off";
}

const char* readProtocols(std::string_view data, ClientHello& hello) {
  TlsFields outer(data);
  TlsFields names(outer.vector(2, 2));
  while (names.good() && !names.empty()) hello.protocols.emplace_back(names.vector(1, 1));
  return names.good() && outer.finished() ? nullptr : "ALPN is cut off";
}

const char* readVersions(std::string_view data, ClientHello& hello) {
  TlsFields outer(data);
  TlsFields versions(outer.vector(1, 2));
  hello.version = 0;
  while (versions.good() && !versions.empty()) {
    const uint32_t version = versions.number(2);
    if (version >> 8 == 3) hello.version = std::max(hello.version, static_cast<uint16_t>(version));
  }
  return versions.good() && outer.finished() ? nullptr : "supported_versions is cut off";
}

const char* readExtensions(std::string_view data, ClientHello& hello) {
  TlsFields extensions(data);
  std::set<uint32_t> seen;
  while (extensions.good() && !extensions.empty()) {
    const uint32_t type = extensions.number(2);
    const std::string_view body = extensions.vector(2, 0);
    if (!extensions.good()) break;
    if (!seen.insert(type).second) return "an extension stands twice";
    const char* flaw = nullptr;
    if (type == kServerName) flaw = readServerName(body, hello);
    if (type == kAlpn) flaw = readProtocols(body, hello);
    if (type == kSupportedVersions) flaw = readVersions(body, hello);
    if (flaw != nullptr) return flaw;
  }
  return extensions.good() ? nullptr : "the extensions are cut off";
}

const char* readMessage(std::string_view data, ClientHello& hello) {
  TlsFields message(data);
  hello.version = static_cast<uint16_t>(message.number(2));
  message.take(32);  // random
  const std::string_view session_id = message.vector(1, 0);
  message.vector(2, 2);  // cipher suites
  message.vector(1, 1);  // compression methods
  if (!message.good() || session_id.size() > 32) return "the message is cut off";
  if (hello.version >> 8 != 3) return "no version of TLS";
  hello.session_id.assign(session_id);
  if (message.empty()) return nullptr;  // SSL 3 had no extensions
  const std::string_view extensions = message.vector(2, 0);
  if (!message.finished()) return "there is something behind the extensions, or less than they say";
  return readExtensions(extensions, hello);
}

}  // namespace

ClientHelloReader::State ClientHelloReader::malformed(const char* flaw) {
  flaw_ = flaw;
  return State::kMalformed;
}

ClientHelloReader::State ClientHelloReader::read(std::string_view data) {
  while (true) {
    const std::string_view record = data.substr(at_);
    if (!record.empty() && byteAt(record, 0) != kHandshake)
      return at_ == 0 ? State::kNoTls : malformed("another record stands in the message");
    if (record.size() > 1 && byteAt(record, 1) != 3)
      return at_ == 0 ? State::kNoTls : malformed("no version of TLS");
    if (record.size() < kRecordHeader) return State::kMore;
    const size_t length = size_t{byteAt(record, 3)} << 8 | byteAt(record, 4);
    if (length == 0 || length > kMostRecord) return malformed("a record of a forbidden length");
    // What the message is, and how long, need not wait for the whole record.
    const std::string_view there = record.substr(kRecordHeader, length);
    if (message_.empty() && !there.empty() && byteAt(there, 0) != kClientHello)
      return malformed("the handshake does not begin with a ClientHello");
    if (there.size() < length) return State::kMore;
    message_ += there;
    at_ += kRecordHeader + length;
    if (at_ > kMostInRecords) return State::kTooLarge;
    if (message_.size() < kMessageHeader) continue;
    const size_t size = TlsFields(std::string_view(message_).substr(1)).number(3);
    if (size > kMostBytes) return State::kTooLarge;
    if (message_.size() < kMessageHeader + size) continue;
    if (message_.size() > kMessageHeader + size)
      return malformed("there is something behind the ClientHello");
    const char* flaw = readMessage(std::string_view(message_).substr(kMessageHeader), hello_);
    return flaw == nullptr ? State::kComplete : malformed(flaw);
  }
}

}  // namespace sluice::proxy
