// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry: cookies of clients, as persistence reads them.
//
// Nothing that this process did not seal leads to a member; what it sealed does, unless a byte of
// it, or its scope, is another one.
#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/proxy/persistence_cookie.h"
#include "firmware/proxy/rules.h"
#include "testbenches/fuzz/require.h"

namespace {

namespace proxy = sluice::proxy;

// Any value is a word of ours with this probability: 2^-128.
void tryHeader(const proxy::PersistenceCookie& cookies, std::string_view bytes) {
  proxy::RequestHead head;
  const std::string text =
      "GET / HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(bytes) + "\r\n\r\n";
  if (proxy::parseRequestHead(text, {}, head) != proxy::Flaw::kNone) return;
  for (const std::string& value : proxy::cookiesOf(head, "SID"))
    require(!cookies.open("v/p", value), "a cookie was made up");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const proxy::PersistenceCookie cookies;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  require(!cookies.open("v/p", bytes), "a value was made up");
  tryHeader(cookies, bytes);
  if (size < 3) return 0;
  const sluice::Endpoint member = *sluice::Endpoint::parse("10.0.0.1:80");
  std::string sealed = cookies.seal("v/p", member);
  require(cookies.open("v/p", sealed) == member, "what was sealed is lost");
  require(!cookies.open(bytes, sealed) || bytes == "v/p", "another scope opens it");
  char& changed = sealed[data[0] % sealed.size()];
  if (changed == static_cast<char>(data[1])) return 0;
  changed = static_cast<char>(data[1]);
  require(!cookies.open("v/p", sealed), "a changed value opens");
  return 0;
}
