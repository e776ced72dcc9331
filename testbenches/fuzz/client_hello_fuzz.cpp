// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry: the first bytes of a TLS connection, of either side. A reader that gets them in
// pieces says what one says that gets them at once.
#include <cstdint>
#include <string_view>

#include "firmware/proxy/client_hello.h"
#include "firmware/proxy/server_hello.h"
#include "testbenches/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::proxy::ClientHelloReader;
  using State = ClientHelloReader::State;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ClientHelloReader whole, reader;
  const State at_once = whole.read(bytes);
  State in_pieces = State::kMore;
  const size_t step = 1 + size % 7;
  for (size_t there = step; there < size && in_pieces == State::kMore; there += step)
    in_pieces = reader.read(bytes.substr(0, there));
  if (in_pieces == State::kMore) in_pieces = reader.read(bytes);
  require(at_once == in_pieces, "the pieces matter");
  require(whole.hello().server_name == reader.hello().server_name, "the pieces of a name matter");
  const auto answer = sluice::proxy::readServerHello(bytes);
  const bool more = answer.state == sluice::proxy::ServerHello::State::kMore;
  require(answer.session_id.size() <= 32 && (!more || answer.session_id.empty()),
          "a session that is none");
  return 0;
}
