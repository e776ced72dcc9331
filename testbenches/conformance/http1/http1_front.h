// SPDX-License-Identifier: Apache-2.0
// The HTTP/1 front without sockets: what a client sends on one connection, turned into what a
// server would get of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/proxy/http1_writer.h"

namespace sluice::proxy {

struct FrontRequest {
  std::string method;
  std::string forwarded;  // the whole message as a server gets it
  std::string body;
};

struct FrontResult {
  std::vector<FrontRequest> requests;  // that were forwarded whole
  Flaw flaw = Flaw::kNone;             // what ended the connection
  bool incomplete = false;             // the connection ended within a message
  std::string begun;                   // of an incomplete or flawed body: what a server got so far

  // "ok" for each request, then the flaw's name or "more": "ok ok length_conflict".
  std::string summary() const;
};

// `bytes` arrive in pieces of `piece` bytes. A request that says `Connection: close` is the last.
FrontResult runFront(std::string_view bytes, size_t piece);

}  // namespace sluice::proxy
