// SPDX-License-Identifier: Apache-2.0
#include "firmware/icmp/icmp_error.h"

#include <gtest/gtest.h>

#include <random>

#include "testbenches/common/packet_builder.h"

namespace sluice {
namespace {

using testing::Bytes;
using testing::Packet;

constexpr MacAddress kOwnMac{{2, 0x53, 0x4c, 0, 0, 1}};
const testing::Mac kClientMac = {2, 0, 0, 0, 0xee, 1};
constexpr IcmpProblem kTooBig{IcmpProblem::Kind::kTooBig, 1400};
constexpr IcmpProblem kTimeExceeded{IcmpProblem::Kind::kTimeExceeded, 0};

IpAddress address(const char* text) { return *IpAddress::parse(text); }

Packet request(bool v6) {
  return v6 ? testing::tcp({"2001:db8:1::7", 40000}, {"2001:db8::10", 80})
            : testing::tcp({"198.51.100.7", 40000}, {"203.0.113.10", 80});
}

std::optional<Bytes> answer(const Packet& about, const IcmpProblem& problem) {
  const auto own = address(about.v6() ? "2001:db8::2" : "203.0.113.2");
  return icmpError(about.build(), problem, own, kOwnMac);
}

// The same error by another hand: the packet builder of the benches.
Packet expected(const Packet& about, uint8_t type, uint8_t code, uint16_t mtu) {
  const bool v6 = about.v6();
  Packet packet =
      testing::icmpError(v6 ? "2001:db8::2" : "203.0.113.2", v6 ? "2001:db8:1::7" : "198.51.100.7",
                         type, about, v6 ? 1280 - 48 : 576 - 28, code);
  packet.identification(0).tos(v6 ? 0 : 0xc0);
  packet.mac(kClientMac, kOwnMac.bytes);
  // The word after the checksum, which the builder leaves 0.
  const size_t icmp = packet.build().size() - packet.l3().size() + (v6 ? 40 : 20);
  packet.l4Checksum(static_cast<uint16_t>(
      ~testing::onesSum(nullptr, 0, static_cast<uint16_t>(~packet.l4Checksum()) + uint32_t{mtu})));
  return packet.patch(icmp + 6, {static_cast<uint8_t>(mtu >> 8), static_cast<uint8_t>(mtu)});
}

TEST(IcmpErrorTest, QuotesThePacketAndNamesTheMtu) {
  for (const size_t payload : {0u, 1u, 13u, 500u, 1400u}) {
    Packet about = request(false).payload(payload);
    EXPECT_EQ(answer(about, kTooBig), expected(about, 3, 4, 1400).build()) << payload;
    EXPECT_EQ(answer(about, kTimeExceeded), expected(about, 11, 0, 0).build()) << payload;
    about = request(true).payload(payload);
    EXPECT_EQ(answer(about, kTooBig), expected(about, 2, 0, 1400).build()) << payload;
    EXPECT_EQ(answer(about, kTimeExceeded), expected(about, 3, 0, 0).build()) << payload;
  }
}

TEST(IcmpErrorTest, GoesBackByTheVlanThatThePacketCameBy) {
  const Packet about = request(false).vlan(7, 0x88a8).vlan(100);
  Bytes error = expected(request(false), 11, 0, 0).build();
  const Bytes tags = {0x88, 0xa8, 0, 7, 0x81, 0, 0, 100};
  error.insert(error.begin() + 12, tags.begin(), tags.end());
  EXPECT_EQ(answer(about, kTimeExceeded), error);
}

TEST(IcmpErrorTest, DoesNotQuotePadding) {
  EXPECT_EQ(answer(request(false).payload(0).pad(60, 0xaa), kTimeExceeded),
            expected(request(false).payload(0), 11, 0, 0).build());
}

TEST(IcmpErrorTest, IsSentAboutQuestionsAndAnythingThatIsNoError) {
  const Packet allowed[] = {
      testing::echo("198.51.100.7", "203.0.113.10"),
      testing::echo("198.51.100.7", "203.0.113.10", false),
      testing::echo("2001:db8:1::7", "2001:db8::10"),
      testing::other("198.51.100.7", "203.0.113.10", testing::kProtoGre),
      testing::udp({"198.51.100.7", 5}, {"203.0.113.10", 53}).fragment(0, true),
      testing::udp({"2001:db8:1::7", 5}, {"2001:db8::10", 53}).fragment(0, true),
      request(true).extension(testing::kHopByHop).extension(testing::kDestinationOptions, 3),
      request(false).options(3),
  };
  for (const Packet& packet : allowed) {
    const auto parties = icmpErrorParties(packet.build());
    ASSERT_TRUE(parties) << ::testing::PrintToString(packet.build());
    EXPECT_EQ(parties->sender, address(packet.v6() ? "2001:db8:1::7" : "198.51.100.7"));
    EXPECT_EQ(parties->receiver, address(packet.v6() ? "2001:db8::10" : "203.0.113.10"));
  }
}

TEST(IcmpErrorTest, IsNeverSentAboutErrorsGroupsAndLaterFragments) {
  const auto from = [](const char* source) {
    return testing::udp({source, 5}, {source[1] == '0' ? "2001:db8::10" : "203.0.113.10", 53});
  };
  const auto to = [](const char* destination) {
    return testing::udp({"198.51.100.7", 5}, {destination, 53});
  };
  std::vector<Packet> forbidden = {
      request(false).mac({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
      request(false).mac({1, 0, 0x5e, 0, 0, 1}),
      from("0.0.0.0"),
      from("127.0.0.1"),
      from("224.0.0.1"),
      from("240.0.0.1"),
      from("255.255.255.255"),
      to("224.0.0.9"),
      to("255.255.255.255"),
      testing::udp({"::", 5}, {"2001:db8::10", 53}),
      testing::udp({"ff02::1", 5}, {"2001:db8::10", 53}),
      testing::udp({"2001:db8:1::7", 5}, {"ff02::1", 53}),
      testing::udp({"198.51.100.7", 5}, {"203.0.113.10", 53}).fragment(1, false),
      testing::udp({"2001:db8:1::7", 5}, {"2001:db8::10", 53}).fragment(1, true),
      testing::arp(),
      testing::ethernet(0x88cc, 60),
      request(false).version(5),
      request(true).version(4),
      request(false).headerWords(4),
      request(false).totalLength(19),
      request(false).totalLength(2000),
      request(true).totalLength(2000),
      request(true).extension(testing::kDestinationOptions).cut(14 + 44),
  };
  for (const uint8_t type : {3, 4, 5, 11, 12})
    forbidden.push_back(testing::icmpError("198.51.100.7", "203.0.113.10", type, request(false)));
  for (const uint8_t type : {1, 2, 3, 4, 100, 127, 137})
    forbidden.push_back(testing::icmpError("2001:db8:1::7", "2001:db8::10", type, request(true)));
  forbidden.push_back(testing::icmpError("2001:db8:1::7", "2001:db8::10", 1, request(true))
                          .extension(testing::kDestinationOptions));
  for (const Packet& packet : forbidden) {
    EXPECT_FALSE(icmpErrorParties(packet.build())) << ::testing::PrintToString(packet.build());
    EXPECT_FALSE(icmpError(packet.build(), kTimeExceeded,
                           address(packet.v6() ? "2001:db8::2" : "203.0.113.2"), kOwnMac));
  }
}

TEST(IcmpErrorTest, NeedsASourceOfTheSameFamily) {
  EXPECT_FALSE(icmpError(request(false).build(), kTimeExceeded, address("2001:db8::2"), kOwnMac));
  EXPECT_FALSE(icmpError(request(true).build(), kTimeExceeded, address("203.0.113.2"), kOwnMac));
}

TEST(IcmpErrorTest, TakesFramesThatEndAnywhere) {
  constexpr uint32_t kSeed = 1;
  std::mt19937 random(kSeed);
  const Packet packets[] = {
      request(false).vlan(3),
      request(true).extension(testing::kHopByHop).extension(testing::kFragment),
      testing::icmpError("2001:db8:1::7", "2001:db8::10", 1, request(true))};
  for (const Packet& packet : packets) {
    const Bytes whole = packet.build();
    for (size_t length = 0; length < whole.size(); ++length) {
      // Its own allocation, so that a sanitizer sees a byte too many.
      Bytes frame(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_FALSE(icmpErrorParties(frame)) << length;
      frame.resize(length);
      for (int i = 0; i < 20 && length != 0; ++i) {
        frame[random() % length] = static_cast<uint8_t>(random());
        const auto error = icmpError(frame, kTooBig, address("203.0.113.2"), kOwnMac);
        if (error) {
          EXPECT_LE(error->size(), 14u + 8 + kLongestIcmpError6);
        }
      }
    }
  }
}

}  // namespace
}  // namespace sluice
