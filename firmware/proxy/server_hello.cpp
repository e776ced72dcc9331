// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/server_hello.h"

#include "firmware/proxy/tls_fields.h"

namespace sluice::proxy {
namespace {

constexpr uint32_t kHandshake = 22, kServerHello = 2, kSupportedVersions = 43;
constexpr size_t kRecordHeader = 5, kMostRecord = 16'384, kMostSession = 32;

// Of TLS 1.3 in place of the one in the message; 0: there is none.
uint16_t selectedVersion(std::string_view extensions) {
  TlsFields fields(extensions);
  while (fields.good() && !fields.empty()) {
    const uint32_t type = fields.number(2);
    TlsFields body(fields.vector(2, 0));
    if (type == kSupportedVersions) return static_cast<uint16_t>(body.number(2));
  }
  return 0;
}

}  // namespace

ServerHello readServerHello(std::string_view data) {
  using State = ServerHello::State;
  TlsFields header(data.substr(0, kRecordHeader));
  const bool handshake = header.number(1) == kHandshake && header.number(2) >> 8 == 3;
  const size_t length = header.number(2);
  if (!header.good()) return {};
  if (!handshake || length == 0 || length > kMostRecord) return {.state = State::kNone};
  if (data.size() < kRecordHeader + length) return {};
  TlsFields record(data.substr(kRecordHeader, length));
  const bool hello = record.number(1) == kServerHello;
  TlsFields message(record.vector(3, 0));
  ServerHello found{.state = State::kComplete, .version = static_cast<uint16_t>(message.number(2))};
  message.take(32);  // random
  found.session_id = message.vector(1, 0);
  message.number(3);  // cipher suite, compression
  if (!hello || !record.good() || !message.good() || found.session_id.size() > kMostSession)
    return {.state = State::kNone};
  const std::string_view extensions = message.empty() ? "" : message.vector(2, 0);
  if (const uint16_t version = selectedVersion(extensions); version != 0) found.version = version;
  return found;
}

}  // namespace sluice::proxy
