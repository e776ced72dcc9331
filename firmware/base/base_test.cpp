// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "firmware/base/ids.h"
#include "firmware/base/ip_address.h"
#include "firmware/base/result.h"
#include "firmware/base/units.h"

namespace sluice {
namespace {

TEST(Result, HoldsValueOrError) {
  Result<int> good = 3;
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good, 3);
  Result<int> bad = Error{ErrorCode::kNotFound, "no such pool"};
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().message, "no such pool");
  EXPECT_DEATH(bad.value(), "");
  Result<void> nothing;
  EXPECT_TRUE(nothing.ok());
}

TEST(IpAddress, RoundTrips) {
  for (const char* text : {"0.0.0.0", "203.0.113.10", "255.255.255.255", "::", "::1", "2001:db8::1",
                           "fe80::1:0:0:1", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->toString(), text);
  }
}

TEST(IpAddress, RefusesOtherTexts) {
  for (const char* text : {"", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.4 ", " 1.2.3.4", "::g",
                           ":", "1:2:3:4:5:6:7:8:9", "1.2.3.4/8", "01.2.3.4x", "host"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, IsInMemoryOrder) {
  const IpAddress v4 = *IpAddress::parse("1.2.3.4");
  EXPECT_EQ(v4.word(0), 0x04030201u);
  EXPECT_EQ(v4.bytes[4], 0);
  EXPECT_EQ(portToWire(80), 0x5000);
}

TEST(IpPrefix, Contains) {
  const IpPrefix prefix = *IpPrefix::parse("10.1.2.3/20");
  EXPECT_EQ(prefix.network().toString(), "10.1.0.0/20");
  EXPECT_TRUE(prefix.contains(*IpAddress::parse("10.1.15.255")));
  EXPECT_FALSE(prefix.contains(*IpAddress::parse("10.1.16.0")));
  EXPECT_FALSE(prefix.contains(*IpAddress::parse("::")));
  EXPECT_TRUE(IpPrefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("9.9.9.9")));
  EXPECT_TRUE(IpPrefix::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:7fff::1")));
  EXPECT_FALSE(IpPrefix::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:8000::")));
  for (const char* text : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/08", "/8"}) {
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
  }
}

TEST(Endpoint, RoundTrips) {
  for (const char* text : {"10.0.0.11:80", "10.0.0.11:any", "[2001:db8::1]:443", "[::1]:any"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->toString(), text);
  }
  for (const char* text :
       {"10.0.0.11", "10.0.0.11:", "10.0.0.11:0", "10.0.0.11:65536", "::1:80", "2001:db8::1:80",
        "[10.0.0.1]:80", ":80", "[]:80", "[::1]:", "[::1]80"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(MacAddress, Parses) {
  EXPECT_EQ(MacAddress::parse("02:00:5e:00:53:01")->toString(), "02:00:5e:00:53:01");
  EXPECT_EQ(MacAddress::parse("02-00-5E-00-53-01")->toString(), "02:00:5e:00:53:01");
  EXPECT_EQ(MacAddress::parse("0200.5e00.5301")->toString(), "02:00:5e:00:53:01");
  for (const char* text : {"", "02:00:5e:00:53", "02:00-5e:00:53:01", "02:00:5e:00:53:0g",
                           "+2:00:5e:00:53:01", "0200.5e00:5301"}) {
    EXPECT_FALSE(MacAddress::parse(text)) << text;
  }
}

TEST(Units, Parse) {
  EXPECT_EQ(parseDuration("10s"), 10'000'000'000u);
  EXPECT_EQ(parseDuration("500ms"), 500'000'000u);
  EXPECT_EQ(parseDuration("1m"), 60'000'000'000u);
  EXPECT_EQ(parseDuration("1.5s"), 1'500'000'000u);
  EXPECT_EQ(parseRate("100k"), 100'000u);
  EXPECT_EQ(parseRate("2.5M"), 2'500'000u);
  EXPECT_EQ(parseRate("7"), 7u);
  EXPECT_EQ(parseBandwidth("1Gbps"), 1'000'000'000u);
  EXPECT_EQ(parseBandwidth("400G"), 400'000'000'000u);
  EXPECT_EQ(parseBandwidth("64kb/s"), 64'000u);
}

TEST(Units, RefuseOtherTexts) {
  for (const char* text : {"", "s", "10", "-1s", "1.s", ".5s", "1.2.3s", "10 s", "0.5ns", "1y",
                           "99999999999999999999d"}) {
    EXPECT_FALSE(parseDuration(text)) << text;
  }
  for (const char* text : {"", "k", "1.5", "10x", "1kk", "0.0001k"})
    EXPECT_FALSE(parseRate(text)) << text;
}

TEST(Units, Format) {
  EXPECT_EQ(formatDuration(300'000'000'000), "300s");
  EXPECT_EQ(formatDuration(1'500'000'000), "1500ms");
  EXPECT_EQ(formatDuration(3'600'000'000'000), "1h");
  EXPECT_EQ(formatRate(1'500'000), "1500k");
  EXPECT_EQ(formatBandwidth(100'000'000'000), "100G");
  EXPECT_EQ(formatRate(0), "0");
}

}  // namespace
}  // namespace sluice
