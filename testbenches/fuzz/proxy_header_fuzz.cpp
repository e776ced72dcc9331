// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry: the first bytes of a connection that a load balancer passes on. A reader that
// gets them in pieces says what one says that gets them at once, and a PROXY header that was
// understood is written and understood again as the same.
#include <cstdint>
#include <string_view>

#include "firmware/proxy/proxy_protocol.h"
#include "testbenches/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::proxy::ProxyHeaderReader;
  using State = ProxyHeaderReader::State;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ProxyHeaderReader whole, reader;
  const State at_once = whole.read(bytes);
  State in_pieces = State::kMore;
  const size_t step = 1 + size % 7;
  for (size_t there = step; there < size && in_pieces == State::kMore; there += step)
    in_pieces = reader.read(bytes.substr(0, there));
  if (in_pieces == State::kMore) in_pieces = reader.read(bytes);
  require(at_once == in_pieces, "the pieces matter");
  if (at_once != State::kComplete) return 0;
  require(whole.size() == reader.size(), "the pieces of a header matter");
  const std::string text = writeProxyV2(whole.header());
  ProxyHeaderReader again;
  require(again.read(text) == State::kComplete, "what was written is not understood");
  require(writeProxyV2(again.header()) == text, "what was written is understood otherwise");
  return 0;
}
