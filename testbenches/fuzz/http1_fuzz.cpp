// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry: the HTTP/1 front, from any bytes to what a server would get.
//
// Whatever the bytes and the pieces they come in: the same requests go through, each of them is
// read again as exactly one request with the same body, and one that is refused in the middle has
// no end for a server.
#include <cstdint>
#include <string_view>

#include "testbenches/conformance/http1/http1_front.h"
#include "testbenches/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::proxy::runFront;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = runFront(bytes, size + 1);
  const auto pieces = runFront(bytes, 1 + size % 7);
  require(whole.summary() == pieces.summary(), "the pieces matter");
  for (const auto& request : whole.requests) {
    const auto again = runFront(request.forwarded, 4'096);
    require(again.summary() == "ok", "what was forwarded is not one request");
    require(again.requests[0].body == request.body, "what was forwarded has another body");
  }
  if (!whole.begun.empty())
    require(runFront(whole.begun, 4'096).summary() == "more", "a refused request has an end");
  return 0;
}
