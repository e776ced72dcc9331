// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_traffic.h"

#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/hal/data_plane_bus.h"
#include "mgmt/core/connection_reader.h"
#include "sim/model/model_data_plane.h"
#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

constexpr char kConfig[] =
    "interface ethernet1\n  address 203.0.113.2/24\ninterface ethernet2\n  address 10.0.0.1/24\n"
    "gateway 203.0.113.1\npool web\n  member 10.0.0.11:8080\n"
    "virtual shop\n  destination 203.0.113.10:80\n  pool web\n";

class LiveTrafficTest : public testing::Test, protected DataPlaneSink {
 protected:
  void SetUp() override {
    plane_.setSink(this);
    ASSERT_TRUE(control_.apply(loadConfig(kConfig, "f")->config).ok());
  }
  void onFrame(const FrameOut& frame) override { traffic_.onFrame(frame); }
  void onEvent(const regs::Event& event) override { traffic_.onEvent(event); }

  void open(uint16_t port) {
    PacketPlan plan;
    plan.tuple = makeTuple("198.51.100.7", port, "203.0.113.10", 80, kProtocolTcp);
    plan.tcp_flags = kTcpSyn;
    std::vector<uint8_t> frame;
    buildPacket(plan, frame);
    plane_.offer({.id = 0, .arrival_ns = now_, .port = 0, .bytes = frame});
    plane_.drain();
  }

  ModelDataPlane plane_;
  DataPlaneBus bus_{plane_};
  Hal hal_{bus_};
  Control control_{hal_};
  uint64_t now_ = 1'000'000'000, clock_ = 0, breaths_ = 0, breath_ns_ = 0;
  LiveTraffic traffic_{control_,
                       hal_,
                       {.now = [this] { return now_; },
                        .clock = [this] { return clock_; },
                        .wall_at_zero = [] { return uint64_t{0}; },
                        .breathe =
                            [this] {
                              ++breaths_;
                              clock_ += breath_ns_;
                            }}};
};

TEST_F(LiveTrafficTest, ListsConnectionsWithoutHoldingUpPackets) {
  for (uint16_t port = 1; port <= 200; ++port) open(port);
  ConnectionList list = *traffic_.connections({}, 10);
  EXPECT_EQ(list.matched, 200u);
  EXPECT_EQ(list.connections.size(), 10u);
  EXPECT_TRUE(list.complete);
  EXPECT_EQ(breaths_, 200 / ConnectionReader::kPage);
  breath_ns_ = LiveTraffic::kPatienceNs / 2;  // a slow data plane
  list = *traffic_.connections({}, 10);
  EXPECT_FALSE(list.complete);
  EXPECT_EQ(list.matched, 2 * ConnectionReader::kPage - 1);
}

TEST_F(LiveTrafficTest, ExplainsOnTheConnectionsThatAreThere) {
  ExplainRequest request;
  request.source = *Endpoint::parse("198.51.100.7:5");
  request.destination = *Endpoint::parse("203.0.113.10:80");
  const auto connectionStep = [&] {
    const auto explained = traffic_.explain(request);
    EXPECT_TRUE(explained.ok());
    EXPECT_EQ(explained->verdict, "forward to 10.0.0.11:8080 by ethernet2");
    for (const ExplainStep& step : explained->steps) {
      if (step.stage == "connection") return step.result;
    }
    return std::string();
  };
  EXPECT_EQ(connectionStep(), "new");
  open(5);
  EXPECT_EQ(connectionStep(), "hit");
  request.tcp_flags = kTcpAck;
  EXPECT_EQ(connectionStep(), "hit");
  request.interface = "e9";
  EXPECT_EQ(traffic_.explain(request).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace sluice
