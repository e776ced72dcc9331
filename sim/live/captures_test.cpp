// SPDX-License-Identifier: Apache-2.0
#include "sim/live/captures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "firmware/control/config_text.h"
#include "firmware/hal/data_plane_bus.h"
#include "sim/model/model_data_plane.h"
#include "sim/trace/packet_build.h"
#include "sim/trace/trace_reader.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kConfig[] =
    "interface ethernet1\n  address 203.0.113.2/24\ninterface ethernet2\n  address 10.0.0.1/24\n"
    "gateway 203.0.113.1\npool web\n  member 10.0.0.11:8080\n"
    "virtual shop\n  destination 203.0.113.10:80\n  pool web\n";

class CapturesTest : public testing::Test, protected DataPlaneSink {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/sluice-captures-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    dir_ = pattern;
    plane_.setSink(this);
    ASSERT_TRUE(control_.apply(loadConfig(kConfig, "f")->config).ok());
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  void onFrame(const FrameOut& frame) override {
    if (captures_.active()) captures_.onFrame(frame);
  }
  void onEvent(const regs::Event&) override {}

  CaptureRequest request(const std::string& stage) {
    CaptureRequest request;
    request.name = request.stage = stage;
    request.file = dir_ + "/" + stage + ".pcapng";
    return request;
  }
  void start(const CaptureRequest& request) {
    const auto started = captures_.start(request, now_, 1'000'000'000'000);
    ASSERT_TRUE(started.ok()) << started.error().message;
  }
  void send(const std::string& from, uint16_t port, const std::string& to, uint16_t to_port,
            uint8_t in_port = 0) {
    PacketPlan plan;
    plan.tuple = makeTuple(from, port, to, to_port, kProtocolTcp);
    plan.tcp_flags = in_port == 0 ? kTcpSyn : kTcpSyn | kTcpAck;
    std::vector<uint8_t> frame;
    buildPacket(plan, frame);
    const FrameIn in{.id = next_id_++, .arrival_ns = now_, .port = in_port, .bytes = frame};
    if (captures_.active()) captures_.onOffered(in);
    plane_.offer(in);
    plane_.drain();
  }
  // A connection opened, its answer, a packet to nobody, ARP-free.
  void traffic() {
    send("198.51.100.7", 1000, "203.0.113.10", 80);
    send("10.0.0.11", 8080, "198.51.100.7", 1000, 1);
    send("198.51.100.8", 1000, "203.0.113.99", 80);
    send("198.51.100.9", 1000, "203.0.113.2", 22);
  }
  // "SOURCE > DESTINATION" of each packet in the file.
  std::vector<std::string> packetsOf(const std::string& stage) {
    auto reader = TraceReader::open(dir_ + "/" + stage + ".pcapng");
    EXPECT_TRUE(reader.ok());
    std::vector<std::string> all;
    for (TraceRecord record; (*reader)->next(record);) {
      PacketView view;
      EXPECT_TRUE(decodePacket(record.bytes, view));
      all.push_back(view.tuple.sourceEndpoint().text() + " > " +
                    view.tuple.destinationEndpoint().text());
      last_time_ = record.timestamp_ns;
    }
    return all;
  }
  std::string textOf(const std::string& stage) {
    std::ifstream file(dir_ + "/" + stage + ".pcapng", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  ModelDataPlane plane_;
  DataPlaneBus bus_{plane_};
  Hal hal_{bus_};
  Control control_{hal_};
  Captures captures_{control_};
  std::string dir_;
  uint64_t now_ = 5'000, next_id_ = 0, last_time_ = 0;
};

TEST_F(CapturesTest, EachStageHasItsPackets) {
  for (const std::string& stage : Captures::stages()) start(request(stage));
  traffic();
  captures_.stopAll();
  EXPECT_FALSE(captures_.active());
  const std::string opened = "198.51.100.7:1000 > 203.0.113.10:80";
  const std::string answered = "10.0.0.11:8080 > 198.51.100.7:1000";
  const std::string lost = "198.51.100.8:1000 > 203.0.113.99:80";
  const std::string own = "198.51.100.9:1000 > 203.0.113.2:22";
  const std::string sent = "198.51.100.7:1000 > 10.0.0.11:8080";
  const std::string back = "203.0.113.10:80 > 198.51.100.7:1000";
  EXPECT_THAT(packetsOf("ingress"), ElementsAre(opened, answered, lost, own));
  EXPECT_EQ(last_time_, 1'000'000'005'000u);
  EXPECT_THAT(packetsOf("egress"), ElementsAre(sent, back));
  EXPECT_THAT(packetsOf("drop"), ElementsAre(lost));
  EXPECT_THAT(packetsOf("punt"), ElementsAre(own));
  EXPECT_THAT(packetsOf("all"), ElementsAre(opened, sent, answered, back, lost, own));
  EXPECT_THAT(textOf("egress"),
              HasSubstr("verdict=forward virtual=shop member=web/10.0.0.11:8080 flow=opened"));
  EXPECT_THAT(textOf("drop"), HasSubstr("verdict=drop reason=no_virtual"));
}

TEST_F(CapturesTest, FiltersLookAtThePacketAsItCameIn) {
  const auto captured = [&](auto set) {
    CaptureRequest one = request("all");
    set(one);
    start(one);
    traffic();
    return captures_.stop("all")->packets;
  };
  EXPECT_EQ(captured([](auto&) {}), 6u);
  EXPECT_EQ(captured([](auto& r) { r.match.client = *IpPrefix::parse("198.51.100.7/32"); }), 4u);
  EXPECT_EQ(captured([](auto& r) { r.match.client_port = 1000; }), 6u);
  EXPECT_EQ(captured([](auto& r) { r.match.destination = *IpPrefix::parse("203.0.113.10/32"); }),
            2u);
  EXPECT_EQ(captured([](auto& r) { r.match.destination_port = 22; }), 1u);
  EXPECT_EQ(captured([](auto& r) { r.match.protocol = 17; }), 0u);
  EXPECT_EQ(captured([](auto& r) { r.match.virtual_name = "shop"; }), 4u);
  EXPECT_EQ(captured([](auto& r) { r.match.member = *IpPrefix::parse("10.0.0.0/24"); }), 4u);
  EXPECT_EQ(captured([](auto& r) { r.match.pool = "other"; }), 0u);
  EXPECT_EQ(captured([](auto& r) { r.reason = "no_virtual"; }), 1u);
  EXPECT_EQ(captured([](auto& r) { r.reason = "acl_deny"; }), 0u);
}

TEST_F(CapturesTest, EndByThemselves) {
  CaptureRequest packets = request("ingress");
  packets.limit = 3;
  CaptureRequest bytes = request("drop");
  bytes.limit_bytes = 50;
  CaptureRequest seconds = request("egress");
  seconds.duration = std::chrono::seconds(2);
  for (const auto& one : {packets, bytes, seconds}) start(one);
  traffic();
  traffic();
  captures_.expire(now_ + 1'999'999'999);
  std::vector<std::string> notes;
  for (const CaptureStatus& status : captures_.list()) notes.push_back(status.note);
  EXPECT_THAT(notes, ElementsAre("its limit is reached", "", "its limit is reached"));
  EXPECT_TRUE(captures_.active());
  captures_.expire(now_ + 2'000'000'000);
  EXPECT_FALSE(captures_.active());
  EXPECT_EQ(captures_.list()[1].note, "its time is over");
  EXPECT_EQ(captures_.list()[1].packets, 4u);
  EXPECT_EQ(packetsOf("ingress").size(), 3u);
  EXPECT_EQ(packetsOf("drop").size(), 1u);
}

TEST_F(CapturesTest, SaysWhatIsWrong) {
  const auto error = [&](auto set) {
    CaptureRequest one = request("all");
    set(one);
    const auto started = captures_.start(one, now_, 0);
    return started.ok() ? "" : started.error().message;
  };
  EXPECT_EQ(error([](auto& r) { r.stage = "nowhere"; }),
            "unknown stage 'nowhere'; expected ingress, egress, drop, punt or all");
  EXPECT_EQ(error([](auto& r) { r.file = "x.pcapng"; }),
            "'x.pcapng' is not a path of the appliance's host; expected /...");
  EXPECT_EQ(error([](auto& r) { r.match.state = "established"; }),
            "packets cannot be selected by the connection's state");
  EXPECT_EQ(error([](auto& r) { r.reason = "bad_luck"; }), "unknown drop reason 'bad_luck'");
  EXPECT_THAT(error([](auto& r) { r.file = "/nowhere/x.pcapng"; }),
              HasSubstr("/nowhere/x.pcapng: cannot create"));
  EXPECT_FALSE(captures_.active());
  EXPECT_EQ(error([](auto&) {}), "");
  EXPECT_EQ(error([](auto&) {}), "capture 'all' runs already");
  EXPECT_EQ(captures_.stop("none").error().message, "there is no capture 'none'");
  EXPECT_TRUE(captures_.stop("all").ok());
  EXPECT_EQ(error([](auto&) {}), "");  // the name may be used again
}

}  // namespace
}  // namespace sluice
