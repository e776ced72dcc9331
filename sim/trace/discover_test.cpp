// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/discover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "sim/trace/capture_builder.h"
#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DiscoverTest : public ::testing::Test {
 protected:
  DiscoverTest() { file_.pcapHeader(); }

  void add(const PacketTuple& tuple, uint8_t flags = kTcpAck) {
    PacketPlan plan;
    plan.tuple = tuple;
    plan.tcp_flags = flags;
    std::vector<uint8_t> frame;
    buildPacket(plan, frame);
    file_.pcapRecord(1, count_++, frame);
  }

  // The appliance's own parser and checker must like every text.
  static void expectLoads(const AutoConfig& config) {
    const auto loaded = loadConfig(config.text, "auto");
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded.value().warnings, "");
    EXPECT_EQ(loaded.value().config.virtuals.size(), config.services.size());
  }

  Discovery discover() {
    auto reader = TraceReader::fromMemory(file_.bytes(), "t");
    return discoverServices(**reader);
  }

  std::vector<std::string> found() {
    std::vector<std::string> names;
    for (const auto& service : discover().services) {
      names.push_back(service.endpoint.text() + " " +
                      std::string(protocolName(service.endpoint.protocol)));
    }
    return names;
  }

  CaptureBuilder file_;
  uint32_t count_ = 0;
};

using Names = std::vector<std::string>;

TEST_F(DiscoverTest, SynNamesTheServerWhateverThePorts) {
  add(makeTuple("192.0.2.1", 80, "192.0.2.9", 40000, kProtocolTcp), kTcpSyn);
  EXPECT_EQ(found(), Names{"192.0.2.9:40000 tcp"});
}

TEST_F(DiscoverTest, SynAckNamesTheServer) {
  add(makeTuple("192.0.2.9", 40000, "192.0.2.1", 80, kProtocolTcp), kTcpSyn | kTcpAck);
  EXPECT_EQ(found(), Names{"192.0.2.9:40000 tcp"});
}

TEST_F(DiscoverTest, HandshakesOfOthersHelpInTheMiddle) {
  add(makeTuple("192.0.2.1", 2000, "192.0.2.9", 40000, kProtocolTcp), kTcpSyn);
  add(makeTuple("192.0.2.2", 80, "192.0.2.9", 40000, kProtocolTcp));
  EXPECT_EQ(found(), Names{"192.0.2.9:40000 tcp"});
}

TEST_F(DiscoverTest, WellKnownPortsThenPeersThenLowerPort) {
  add(makeTuple("192.0.2.9", 53, "192.0.2.1", 4000, kProtocolUdp));
  EXPECT_EQ(found(), Names{"192.0.2.9:53 udp"});
  for (uint16_t i = 0; i < 5; ++i) {
    add(makeTuple("2001:db8::9", 45000, "2001:db8::1", static_cast<uint16_t>(30000 + i),
                  kProtocolUdp));
    add(makeTuple("2001:db8::9", 45000, "2001:db8::1", static_cast<uint16_t>(30000 + i),
                  kProtocolUdp));
  }
  add(makeTuple("192.0.2.50", 7001, "192.0.2.51", 7000, kProtocolUdp));
  EXPECT_EQ(found(), (Names{"[2001:db8::9]:45000 udp", "192.0.2.9:53 udp", "192.0.2.51:7000 udp"}));
}

TEST_F(DiscoverTest, OddPacketsAreCountedNotFollowed) {
  add(makeTuple("192.0.2.1", 5353, "224.0.0.251", 5353, kProtocolUdp));
  add(makeTuple("127.0.0.1", 5353, "127.0.0.1", 53, kProtocolUdp));
  add(makeTuple("192.0.2.1", 0, "192.0.2.2", 0, kProtocolIcmp));
  const Discovery discovery = discover();
  EXPECT_TRUE(discovery.services.empty());
  EXPECT_EQ(discovery.ignored, 2u);
  EXPECT_EQ(discovery.not_ip, 1u);
  const AutoConfig config = makeAutoConfig(discovery);
  EXPECT_EQ(config.text, "");
  EXPECT_THAT(config.notes.at(0), HasSubstr("No TCP or UDP service"));
}

TEST_F(DiscoverTest, ConfigurationText) {
  add(makeTuple("10.200.0.1", 2000, "203.0.113.10", 80, kProtocolTcp), kTcpSyn);
  AutoConfigOptions options;
  options.members = 2;
  const AutoConfig config = makeAutoConfig(discover(), options);
  EXPECT_EQ(config.text,
            "# 1 services found in the trace, busiest first\n"
            "interface ethernet1\n"
            "  address 10.201.255.254/16\n"
            "gateway 10.201.255.253\n"
            "pool auto-203.0.113.10-80-tcp\n"
            "  member 10.201.0.1:80\n"
            "  member 10.201.0.2:80\n"
            "virtual auto-203.0.113.10-80-tcp\n"
            "  destination 203.0.113.10:80 protocol tcp\n"
            "  mode nat\n"
            "  pool auto-203.0.113.10-80-tcp\n"
            "  loose-initiation\n");
  expectLoads(config);
  ASSERT_EQ(config.services.size(), 1u);
  EXPECT_EQ(config.services[0].prefix.toString(), "203.0.113.10/32");
}

TEST_F(DiscoverTest, ManyServicesStayWithinTheTables) {
  for (uint16_t port = 1; port <= 600; ++port) {
    add(makeTuple("2001:db8::1", 2000, "2001:db8::9", port, kProtocolTcp), kTcpSyn);
  }
  const AutoConfig config = makeAutoConfig(discover());
  expectLoads(config);
  EXPECT_EQ(config.services.size(), 512u);
  EXPECT_THAT(config.text, HasSubstr("  member [fd00:51::384]:225\n"));
  EXPECT_THAT(config.text, HasSubstr("  member [fd00:51::1]:20225\n"));
  EXPECT_THAT(config.text, Not(HasSubstr("[fd00:51::385]")));
  EXPECT_THAT(config.notes.at(1), HasSubstr("88 packets"));
}

// The trace in the repository: real programs, real checksums.
TEST(ShippedTraceTest, IsSoundAndItsServicesAreFound) {
  constexpr const char* kPath = "testbenches/traces/shipped.pcap.gz";
  auto reader = TraceReader::open(kPath);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  TraceRecord record;
  uint64_t wrong = 0;
  while ((*reader)->next(record)) {
    PacketView view;
    if (decodePacket(record.bytes, view) && !checksumsValid(record.bytes, view)) ++wrong;
  }
  EXPECT_EQ((*reader)->damage(), std::nullopt);
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT((*reader)->stats().packets, 20'000u);
  EXPECT_EQ((*reader)->stats().truncated, 0u);

  reader = TraceReader::open(kPath);
  const Discovery discovery = discoverServices(**reader);
  ASSERT_FALSE(discovery.services.empty());
  EXPECT_EQ(discovery.services[0].endpoint.text(), "203.0.113.10:80");
  const AutoConfig config = makeAutoConfig(discovery);
  const auto loaded = loadConfig(config.text, "auto");
  EXPECT_TRUE(loaded.ok()) << loaded.error().message;
}

}  // namespace
}  // namespace sluice
