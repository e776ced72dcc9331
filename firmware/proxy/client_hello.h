// SPDX-License-Identifier: Apache-2.0
// The ClientHello of a TLS connection, read without terminating it: whom does the client want?
//
// RFC 8446 sections 4.1.2 and 5.1, server_name of RFC 6066 section 3, ALPN of RFC 7301. The message
// may come in several records, the records in any pieces. Values that nobody knows (GREASE, RFC
// 8701) are passed over. A hello with flaws that TLS forbids is refused: what two readers might
// understand in two ways is not routed by either.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::proxy {

struct ClientHello {
  std::string server_name;             // lower case, without a dot at the end; empty: none was sent
  std::vector<std::string> protocols;  // ALPN, in the client's order
  uint16_t version = 0;                // the highest of supported_versions, else legacy_version
  std::string session_id;
};

class ClientHelloReader {
 public:
  enum class State : uint8_t {
    kMore,
    kComplete,
    kNoTls,      // the bytes begin no TLS handshake
    kMalformed,  // a TLS handshake, but not this message, or not as TLS has it
    kTooLarge,
  };
  static constexpr size_t kMostBytes = 16'384;  // of the message; key shares of today take two

  // `data` begins with what the last call got, with more behind it.
  State read(std::string_view data);
  // After kComplete.
  const ClientHello& hello() const { return hello_; }
  // After kMalformed: what is wrong.
  const char* flaw() const { return flaw_; }

 private:
  State malformed(const char* flaw);

  std::string message_;  // the handshake message so far, without record headers
  size_t at_ = 0;        // records before it are in message_
  ClientHello hello_;
  const char* flaw_ = "";
};

}  // namespace sluice::proxy
