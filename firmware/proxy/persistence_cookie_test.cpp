// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/persistence_cookie.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::proxy {
namespace {

constexpr std::string_view kScope = "shop/web";

TEST(PersistenceCookie, ComesBackAsItWas) {
  const PersistenceCookie cookie;
  for (const char* text : {"10.0.0.11:80", "[2001:db8:b::12]:8443", "0.0.0.0:1"}) {
    const Endpoint member = *Endpoint::parse(text);
    EXPECT_EQ(cookie.open(kScope, cookie.seal(kScope, member)), member) << text;
  }
}

TEST(PersistenceCookie, IsForItsScopeAndKeyAlone) {
  const PersistenceCookie cookie, other;
  const std::string value = cookie.seal(kScope, *Endpoint::parse("10.0.0.11:80"));
  EXPECT_EQ(cookie.open("shop/api", value), std::nullopt);
  EXPECT_EQ(other.open(kScope, value), std::nullopt);
}

TEST(PersistenceCookie, NoCharacterCanBeChanged) {
  const PersistenceCookie cookie;
  const std::string value = cookie.seal(kScope, *Endpoint::parse("10.0.0.11:80"));
  for (size_t i = 0; i < value.size(); ++i) {
    std::string changed = value;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(cookie.open(kScope, changed), std::nullopt) << i;
  }
  for (const std::string& bad : {std::string(), value.substr(1), value + "A", value.substr(1) + "!",
                                 std::string(value.size(), '=')})
    EXPECT_EQ(cookie.open(kScope, bad), std::nullopt) << bad;
}

TEST(PersistenceCookie, TellsNothing) {
  const PersistenceCookie cookie;
  std::set<std::string> values;
  std::set<size_t> sizes;
  for (int i = 0; i < 50; ++i) {
    for (const char* text : {"10.0.0.11:80", "[2001:db8:b::12]:8443"}) {
      values.insert(cookie.seal(kScope, *Endpoint::parse(text)));
      sizes.insert(values.rbegin()->size());
    }
  }
  EXPECT_EQ(values.size(), 100u);
  EXPECT_EQ(sizes.size(), 1u);
  EXPECT_EQ(values.begin()->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789-_"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::proxy
