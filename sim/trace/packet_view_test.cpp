// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/packet_view.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

std::vector<uint8_t> build(bool v6, uint8_t protocol, uint16_t vlan, size_t payload) {
  PacketPlan plan;
  plan.tuple = v6 ? makeTuple("2001:db8::1", 40000, "2001:db8::2", 80, protocol)
                  : makeTuple("198.51.100.7", 40000, "203.0.113.10", 80, protocol);
  plan.vlan = vlan;
  plan.tcp_flags = kTcpSyn;
  plan.payload_length = payload;
  std::vector<uint8_t> frame;
  buildPacket(plan, frame);
  return frame;
}

TEST(PacketViewTest, DecodesWhatIsBuilt) {
  for (const bool v6 : {false, true}) {
    for (const uint8_t protocol : {kProtocolTcp, kProtocolUdp}) {
      for (const uint16_t vlan : {0, 100}) {
        for (const size_t payload : {0u, 1u, 100u, 1001u}) {
          const auto frame = build(v6, protocol, vlan, payload);
          PacketView view;
          ASSERT_TRUE(decodePacket(frame, view));
          EXPECT_EQ(view.tuple.v6, v6);
          EXPECT_EQ(view.tuple.protocol, protocol);
          EXPECT_EQ(view.tuple.source_port, 40000);
          EXPECT_EQ(view.tuple.destination_port, 80);
          EXPECT_EQ(view.payload_length, payload);
          EXPECT_EQ(view.vlan_tags, vlan != 0);
          EXPECT_EQ(view.tcp_flags, protocol == kProtocolTcp ? kTcpSyn : 0);
          EXPECT_TRUE(checksumsValid(frame, view));
        }
      }
    }
  }
}

TEST(PacketViewTest, InternetSumOfTheRfcExample) {
  const std::vector<uint8_t> bytes = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(internetSum(bytes), 0xddf2);  // RFC 1071, section 3
  const std::vector<uint8_t> odd = {0x12, 0x34, 0x56};
  EXPECT_EQ(internetSum(odd), 0x1234 + 0x5600);
  EXPECT_EQ(internetSum(odd, 0xffff), 0x1234 + 0x5600);
}

TEST(PacketViewTest, EveryChangedByteBreaksAChecksum) {
  for (const bool v6 : {false, true}) {
    auto frame = build(v6, kProtocolTcp, 0, 33);
    PacketView view;
    ASSERT_TRUE(decodePacket(frame, view));
    // From the addresses on, all bytes are covered.
    for (size_t at = view.l3_offset + (v6 ? 8u : 12u); at < view.l3_end; ++at) {
      frame[at] ^= 0x10;
      // The view keeps the original addresses, so changed ones show in the IPv4 header only.
      const bool covered = at >= view.l4_offset || !v6;
      EXPECT_EQ(checksumsValid(frame, view), !covered) << at;
      frame[at] ^= 0x10;
    }
  }
}

TEST(PacketViewTest, RewritesAndRepairs) {
  auto frame = build(false, kProtocolUdp, 0, 20);
  PacketView view;
  ASSERT_TRUE(decodePacket(frame, view));
  setSource(frame, view, {*IpAddress::parse("10.0.0.11"), 8080, kProtocolUdp});
  setDestination(frame, view, {*IpAddress::parse("10.0.0.12"), 8081, kProtocolUdp});
  ASSERT_TRUE(decodePacket(frame, view));
  EXPECT_FALSE(checksumsValid(frame, view));
  fixChecksums(frame, view);
  EXPECT_TRUE(checksumsValid(frame, view));
  EXPECT_EQ(view.tuple.text(), "10.0.0.11:8080 > 10.0.0.12:8081 udp");
}

TEST(PacketViewTest, ToleratesAnything) {
  constexpr unsigned kSeed = 77;
  std::mt19937 random(kSeed);
  PacketView view;
  for (int round = 0; round < 100000; ++round) {
    auto frame = build(round % 2 != 0, round % 3 != 0 ? kProtocolTcp : kProtocolUdp,
                       round % 5 != 0 ? 0 : 9, 20);
    for (int change = 0; change < 4; ++change)
      frame[12 + random() % (frame.size() - 12)] = uint8_t(random());
    frame.resize(random() % (frame.size() + 1));
    if (!decodePacket(frame, view)) continue;
    ASSERT_LE(view.l3_end, frame.size());
    ASSERT_LE(view.payload_offset + view.payload_length, view.l3_end)
        << "seed " << kSeed << " round " << round;
    checksumsValid(frame, view);
    fixChecksums(frame, view);
  }
}

TEST(PacketViewTest, SkipsExtensionHeadersAndSeesFragments) {
  auto frame = build(true, kProtocolUdp, 0, 10);
  const std::vector<uint8_t> destination_options{17, 0, 1, 4, 0, 0, 0, 0};
  frame.insert(frame.begin() + 54, destination_options.begin(), destination_options.end());
  frame[20] = 60;
  frame[19] = static_cast<uint8_t>(frame[19] + 8);
  PacketView view;
  ASSERT_TRUE(decodePacket(frame, view));
  EXPECT_EQ(view.tuple.protocol, kProtocolUdp);
  EXPECT_EQ(view.tuple.destination_port, 80);
  frame[20] = 44;
  frame[57] = 1;  // more fragments
  ASSERT_TRUE(decodePacket(frame, view));
  EXPECT_TRUE(view.fragment);
  EXPECT_FALSE(view.has_ports);
}

TEST(PacketTupleTest, HashSpreads) {
  std::set<uint64_t> seen;
  PacketTuple tuple = makeTuple("10.0.0.1", 1, "10.0.0.2", 80, kProtocolTcp);
  for (int i = 0; i < 200; ++i) {
    tuple.source[3] = static_cast<uint8_t>(i);
    for (uint16_t port = 0; port < 500; ++port) {
      tuple.source_port = port;
      seen.insert(tuple.hash() & 0xffffffffffff);
    }
  }
  EXPECT_EQ(seen.size(), 100000u);
}

}  // namespace
}  // namespace sluice
