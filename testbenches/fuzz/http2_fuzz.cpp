// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry: the HTTP/2 front, from any fields to what a server would get.
//
// The input is a list of fields, NAME NUL VALUE NUL, behind a byte of which bit 0 says that no body
// follows. Whatever they are: a head that is not refused is read by the HTTP/1 front as exactly one
// request, with the method, host and target that the fields say.
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "firmware/proxy/http2_field.h"
#include "firmware/proxy/http2_request.h"
#include "testbenches/conformance/http1/http1_front.h"
#include "testbenches/fuzz/require.h"

namespace {

using namespace sluice::proxy;

std::string_view takeText(std::string_view& input) {
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view text = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool ends = (input[0] & 1) != 0;
  input.remove_prefix(1);
  Http2Request fields;
  std::string_view method, path;
  std::vector<std::string> trailers;
  while (!input.empty()) {
    const std::string_view name = takeText(input), value = takeText(input);
    if (name == ":method") method = value;
    if (name == ":path") path = value;
    fields.add(name, value);
    (void)addTrailer(name, value, trailers);
  }
  RequestHead request;
  const Flaw flaw = fields.finish(ends, HeadLimits(), request);
  require(!fields.malformed() || flaw != Flaw::kNone, "malformed and taken");
  if (flaw != Flaw::kNone) return 0;
  require(request.method == method, "another method");
  require(path.starts_with(request.path), "another path");
  std::string message;
  writeRequestHead(request, {ForwardedPolicy::kOff, {}, true, 443}, {}, message);
  writeBody(request.framing, std::string(request.length % 65'536, 'x'), message);
  writeBodyEnd(request.framing, trailers, message);
  if (request.length >= 65'536) return 0;
  const FrontResult read = runFront(message, 4'096);
  require(read.summary() == "ok", "what a server gets is not one request");
  require(read.requests[0].method == method, "a server reads another method");
  return 0;
}
