// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry: what may come ahead of a connection's own bytes, a ClientHello or a PROXY
// header.
//
// Whatever the bytes: a reader that gets them in pieces says what one says that gets them at once,
// and a PROXY header that was understood is written and understood again as the same.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "firmware/proxy/client_hello.h"
#include "firmware/proxy/proxy_protocol.h"

namespace {

using namespace sluice::proxy;  // NOLINT: both readers

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

template <typename Reader>
Reader readInPieces(std::string_view bytes, typename Reader::State& state) {
  Reader reader;
  const size_t step = 1 + bytes.size() % 7;
  for (size_t size = step; size < bytes.size() && state == Reader::State::kMore; size += step)
    state = reader.read(bytes.substr(0, size));
  if (state == Reader::State::kMore) state = reader.read(bytes);
  return reader;
}

void readHello(std::string_view bytes) {
  using State = ClientHelloReader::State;
  ClientHelloReader whole;
  State at_once = whole.read(bytes), in_pieces = State::kMore;
  const ClientHelloReader reader = readInPieces<ClientHelloReader>(bytes, in_pieces);
  require(at_once == in_pieces, "the pieces of a ClientHello matter");
  require(whole.hello().server_name == reader.hello().server_name, "the pieces of a name matter");
}

void readHeader(std::string_view bytes) {
  using State = ProxyHeaderReader::State;
  ProxyHeaderReader whole;
  State at_once = whole.read(bytes), in_pieces = State::kMore;
  const ProxyHeaderReader reader = readInPieces<ProxyHeaderReader>(bytes, in_pieces);
  require(at_once == in_pieces, "the pieces of a PROXY header matter");
  if (at_once != State::kComplete) return;
  const std::string text = writeProxyV2(whole.header());
  ProxyHeaderReader again;
  require(again.read(text) == State::kComplete, "what was written is not understood");
  require(writeProxyV2(again.header()) == text, "what was written is understood otherwise");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  readHello(bytes);
  readHeader(bytes);
  return 0;
}
