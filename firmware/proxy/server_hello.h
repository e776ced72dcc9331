// SPDX-License-Identifier: Apache-2.0
// The ServerHello of a TLS connection that is passed on: which session did the member give?
//
// RFC 5246 section 7.4.1.3, RFC 8446 section 4.1.3. A message of some hundred bytes, it stands in
// the first record or is taken for none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::proxy {

struct ServerHello {
  enum class State : uint8_t { kMore, kComplete, kNone };
  State state = State::kMore;
  uint16_t version = 0;    // the one that was agreed on
  std::string session_id;  // with TLS 1.3 an echo, which means nothing
};

// `data`: what the member has said so far.
ServerHello readServerHello(std::string_view data);

}  // namespace sluice::proxy
