// SPDX-License-Identifier: Apache-2.0
// On the model of the data plane, with real packets.
#include "mgmt/core/connection_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/hal/data_plane_bus.h"
#include "sim/model/model_data_plane.h"
#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr char kConfig[] =
    "interface ethernet1\n  address 203.0.113.2/24\ninterface ethernet2\n  address 10.0.0.1/24\n"
    "gateway 203.0.113.1\n"
    "pool web\n  member 10.0.0.11:8080\npool dns\n  member 10.0.0.11:53\n"
    "virtual shop\n  destination 203.0.113.10:80\n  pool web\n"
    "virtual names\n  destination 203.0.113.10:53 protocol udp\n  pool dns\n";

class ConnectionReaderTest : public testing::Test, protected DataPlaneSink {
 protected:
  void SetUp() override {
    plane_.setSink(this);
    const auto applied = control_.apply(loadConfig(kConfig, "f")->config);
    ASSERT_TRUE(applied.ok()) << applied.error().message;
    for (uint16_t i = 0; i < 100; ++i)
      send("198.51.100.7", static_cast<uint16_t>(1000 + i), 80, kProtocolTcp);
    for (uint16_t i = 0; i < 40; ++i) {
      send("198.51.100." + std::to_string(i + 1), 1000, 53, kProtocolUdp);
    }
  }
  void onFrame(const FrameOut&) override {}
  void onEvent(const regs::Event& event) override { slots_.onEvent(event); }

  void send(const std::string& client, uint16_t port, uint16_t to, uint8_t protocol) {
    PacketPlan plan;
    plan.tuple = makeTuple(client, port, "203.0.113.10", to, protocol);
    plan.tcp_flags = kTcpSyn;
    std::vector<uint8_t> frame;
    buildPacket(plan, frame);
    plane_.offer({.id = 0, .arrival_ns = now_, .port = 0, .bytes = frame});
    plane_.drain();
  }
  ConnectionList read(const ConnectionFilter& filter, size_t most = 1000) {
    return reader_.read(filter, most, now_, [] { return true; });
  }
  void scrub() {
    for (int i = 0; i < 3; ++i) control_.tick(now_);  // begins, ends and would age
  }

  ModelDataPlane plane_;
  DataPlaneBus bus_{plane_};
  Hal hal_{bus_};
  Control control_{hal_, {.ageing_interval_ns = 0}};
  ConnectionSlots slots_;
  ConnectionReader reader_{hal_, control_, slots_};
  uint64_t now_ = 1'000'000'000;
};

TEST_F(ConnectionReaderTest, ListsWhatIsOpen) {
  const ConnectionList all = read({});
  EXPECT_EQ(all.matched, 140u);
  EXPECT_EQ(all.connections.size(), 140u);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(read({}, 10).connections.size(), 10u);
  EXPECT_EQ(read({}, 10).matched, 140u);
}

TEST_F(ConnectionReaderTest, FiltersByEveryField) {
  const auto matched = [&](auto set) {
    ConnectionFilter filter;
    set(filter);
    return read(filter).matched;
  };
  EXPECT_EQ(matched([](auto& f) { f.client = *IpPrefix::parse("198.51.100.7/32"); }), 101u);
  EXPECT_EQ(matched([](auto& f) { f.client = *IpPrefix::parse("198.51.100.0/29"); }), 107u);
  EXPECT_EQ(matched([](auto& f) { f.client_port = 1000; }), 41u);
  EXPECT_EQ(matched([](auto& f) { f.destination = *IpPrefix::parse("203.0.113.9/32"); }), 0u);
  EXPECT_EQ(matched([](auto& f) { f.destination_port = 53; }), 40u);
  EXPECT_EQ(matched([](auto& f) { f.member = *IpPrefix::parse("10.0.0.11/32"); }), 140u);
  EXPECT_EQ(matched([](auto& f) { f.member = *IpPrefix::parse("10.0.0.12/32"); }), 0u);
  EXPECT_EQ(matched([](auto& f) { f.member_port = 8080; }), 100u);
  EXPECT_EQ(matched([](auto& f) { f.protocol = 17; }), 40u);
  EXPECT_EQ(matched([](auto& f) { f.virtual_name = "shop"; }), 100u);
  EXPECT_EQ(matched([](auto& f) { f.pool = "dns"; }), 40u);
  EXPECT_EQ(matched([](auto& f) { f.state = "half_open"; }), 100u);
  EXPECT_EQ(matched([](auto& f) { f.state = "established"; }), 0u);
}

TEST_F(ConnectionReaderTest, SaysEverythingAboutAConnection) {
  now_ += 1'000'000'000;
  ConnectionFilter filter;
  filter.client_port = 1005;
  const ConnectionStatus one = read(filter).connections.at(0);
  EXPECT_EQ(one.protocol, 6);
  EXPECT_EQ(one.client.toString(), "198.51.100.7:1005");
  EXPECT_EQ(one.destination.toString(), "203.0.113.10:80");
  EXPECT_EQ(one.member.toString(), "10.0.0.11:8080");
  EXPECT_EQ(one.virtual_name, "shop");
  EXPECT_EQ(one.pool, "web");
  EXPECT_EQ(one.state, "half_open");
  EXPECT_NEAR(one.idle.count(), 1000, 17);
  EXPECT_NEAR(one.timeout.count(), 3000, 17);
  now_ += 2'100'000'000;
  EXPECT_EQ(read(filter).matched, 0u);  // expired
}

TEST_F(ConnectionReaderTest, GoesPageByPage) {
  int pages = 0;
  reader_.read({}, 1000, now_, [&] { return ++pages > 0; });
  EXPECT_EQ(pages, 140 / static_cast<int>(ConnectionReader::kPage));
  const ConnectionList some = reader_.read({}, 1000, now_, [] { return false; });
  EXPECT_FALSE(some.complete);
  EXPECT_EQ(some.matched, ConnectionReader::kPage - 1);
}

TEST_F(ConnectionReaderTest, ClearsThoseOfAVirtualOrAMemberOrAll) {
  const auto clear = [&](const ConnectionFilter& filter) {
    const auto cleared = ConnectionReader::clear(filter, control_, hal_);
    scrub();
    return cleared.ok() ? *cleared : 999;
  };
  ConnectionFilter filter;
  filter.virtual_name = "names";
  EXPECT_EQ(clear(filter), 40u);
  EXPECT_EQ(slots_.count(), 100u);
  EXPECT_EQ(hal_.flowStats().live, 100u);
  filter = {};
  filter.pool = "web";
  filter.member = *IpPrefix::parse("10.0.0.11/32");
  filter.member_port = 8080;
  EXPECT_EQ(clear(filter), 100u);
  EXPECT_EQ(slots_.count(), 0u);
  send("198.51.100.7", 5, 80, kProtocolTcp);
  EXPECT_EQ(clear({}), 1u);
  EXPECT_EQ(read({}).matched, 0u);
}

TEST_F(ConnectionReaderTest, RefusesToClearWhatTheScrubEngineCannotSelect) {
  ConnectionFilter filter;
  filter.client = *IpPrefix::parse("198.51.100.7/32");
  EXPECT_EQ(ConnectionReader::clear(filter, control_, hal_).error().code, ErrorCode::kInvalidInput);
  filter = {};
  filter.virtual_name = "nobody";
  EXPECT_EQ(ConnectionReader::clear(filter, control_, hal_).error().message,
            "there is no virtual 'nobody'");
  filter = {};
  filter.pool = "web";
  EXPECT_FALSE(ConnectionReader::clear(filter, control_, hal_).ok());
  EXPECT_EQ(slots_.count(), 140u);
}

TEST(ConnectionSlots, FollowTheEvents) {
  ConnectionSlots slots;
  EXPECT_EQ(slots.next(0), ConnectionSlots::kNone);
  const auto opened = [](uint32_t slot) {
    regs::Event event;
    event.opened = true;
    event.slot = slot;
    return event;
  };
  for (const uint32_t slot : {0u, 63u, 64u, 1'048'575u, 63u}) slots.onEvent(opened(slot));
  EXPECT_EQ(slots.count(), 4u);
  EXPECT_EQ(slots.next(0), 0u);
  EXPECT_EQ(slots.next(1), 63u);
  EXPECT_EQ(slots.next(65), 1'048'575u);
  regs::Event closed;
  closed.closed = regs::CloseCause::kReset;
  closed.slot = 63;
  slots.onEvent(closed);
  EXPECT_EQ(slots.next(1), 64u);
  regs::Event replaced = opened(64);
  replaced.closed = regs::CloseCause::kExpired;
  slots.onEvent(replaced);
  EXPECT_EQ(slots.count(), 3u);
}

}  // namespace
}  // namespace sluice
