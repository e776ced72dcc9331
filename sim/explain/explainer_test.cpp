// SPDX-License-Identifier: Apache-2.0
// What is explained is what the data plane then does.
#include "sim/explain/explainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "firmware/control/config_text.h"
#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

using testing::HasSubstr;

constexpr char kConfig[] = R"(interface ethernet1
  address 203.0.113.2/24
  address 2001:db8:1::2/64
interface ethernet2
  address 10.0.0.1/24
  address 2001:db8:2::1/64
gateway 203.0.113.1
gateway 2001:db8:1::1
access-list
  10 deny tcp from any to any port 23
  20 punt udp from host 198.51.100.3 to any
  30 police 1M tcp from host 198.51.100.5 to any
  40 deny ip from 198.51.100.8/29 to any
pool web
  member 10.0.0.11:80
  member 10.0.0.12:8080 ratio 2
  member 10.0.0.13:80 limit 3
pool least
  algorithm least-connections
  member 10.0.0.21:80 ratio 3
  member 10.0.0.22:80
  member 10.0.0.23:80 drain
pool six
  member [2001:db8:2::11]:80
  member [2001:db8:2::12]:80
pool small
  member 10.0.0.31:any limit 2
pool empty
  member 10.0.0.41:80 disable
virtual shop
  destination 203.0.113.10:80
  pool web
  rate-limit packets 10M
virtual least
  destination 203.0.113.11:80
  mode dsr
  pool least
  loose-initiation
virtual six
  destination [2001:db8:1::10]:80
  pool six
virtual tunnel
  destination 203.0.113.12:80
  mode ipip
  pool least
virtual names
  destination 203.0.113.13:any protocol udp
  mode dsr
  pool small
virtual limited
  destination 203.0.113.14:80
  pool web
  connection-limit 4
virtual broken
  destination 203.0.113.15:80
  pool empty
virtual off
  destination 203.0.113.16:80
  pool web
  shutdown
snat-pool out
  address 10.0.0.100
virtual full
  destination 203.0.113.17:80
  mode fullnat
  pool web
  snat-pool out
)";

class ExplainerTest : public testing::Test, protected DataPlaneSink {
 protected:
  void SetUp() override {
    auto loaded = loadConfig(kConfig, "f");
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    config_ = loaded->config;
    const auto applied = control_.apply(config_);
    ASSERT_TRUE(applied.ok()) << applied.error().message;
    plane_.setSink(this);
  }
  void onFrame(const FrameOut& frame) override {
    result_ = frame.result;
    bytes_.assign(frame.bytes.begin(), frame.bytes.end());
  }
  void onEvent(const regs::Event&) override {}

  void send(uint8_t port, const std::vector<uint8_t>& frame) {
    plane_.process({.id = 0, .arrival_ns = now_, .port = port, .bytes = frame}, now_, now_,
                   hal_.activeBank() != 0, false);
  }
  Explained explain(const std::string& text) {
    auto query = parsePacketQuery(text);
    EXPECT_TRUE(query.ok()) << query.error().message;
    auto explained = explainer_.explain(*query, now_);
    EXPECT_TRUE(explained.ok()) << explained.error().message;
    return *explained;
  }
  // Explains it, then sends it.
  Explained pass(const std::string& text) {
    Explained explained = explain(text);
    const auto arrival = explainer_.arrival(*parsePacketQuery(text));
    send(arrival->port, arrival->frame);
    EXPECT_EQ(explained.result, result_) << toText(explained);
    return explained;
  }

  ModelDataPlane plane_{{.flow_banks = 2, .flow_ways = 2, .flow_rows_log2 = 5}};
  DataPlaneBus bus_{plane_};
  Hal hal_{bus_};
  Control control_{hal_};
  Explainer explainer_{control_, hal_};
  Config config_;
  uint64_t now_ = 3'000'000'000;
  regs::Result result_;
  std::vector<uint8_t> bytes_;
};

TEST_F(ExplainerTest, FullNatAsFarAsItCanBeSeen) {
  for (const char* port : {"4711", "4712"}) {
    const Explained syn = pass("tcp 198.51.100.7:" + std::string(port) + " > 203.0.113.17:80");
    EXPECT_THAT(toText(syn), HasSubstr("source 10.0.0.100 and a free port, destination 10.0.0.1"));
  }
  const Explained ack = pass("tcp 198.51.100.7:4712 > 203.0.113.17:80 flags ack");
  EXPECT_THAT(toText(ack), HasSubstr("source 10.0.0.100:49153, destination 10.0.0.1"));
  const Explained answer = explain("tcp 10.0.0.11:80 > 10.0.0.100:49153 flags ack");
  EXPECT_THAT(toText(answer), HasSubstr("connection not followed\n"));
  EXPECT_THAT(toText(answer), HasSubstr("=> not followed"));
  EXPECT_TRUE(toJson(answer)["verdict"].is_null());
  EXPECT_TRUE(toJson(answer)["drop"].is_null());
}

TEST_F(ExplainerTest, AConnectionThereAndBack) {
  const Explained syn = pass("tcp 198.51.100.7:4711 > 203.0.113.10:80");
  EXPECT_THAT(toText(syn), HasSubstr("virtual    shop\n"));
  EXPECT_THAT(toText(syn), HasSubstr("connection opened"));
  EXPECT_EQ(syn.virtual_name, "shop");
  EXPECT_EQ(syn.pool, "web");
  EXPECT_EQ(syn.verdict, "forward to " + syn.member + " by ethernet2");
  const Explained ack = pass("tcp 198.51.100.7:4711 > 203.0.113.10:80 flags ack");
  EXPECT_THAT(toText(ack), HasSubstr("state half_open, member " + syn.member + " of pool web"));
  EXPECT_EQ(ack.member, syn.member);
  const Explained answer = pass("tcp " + syn.member + " > 198.51.100.7:4711 flags syn,ack");
  EXPECT_EQ(answer.interface, "ethernet2");
  EXPECT_EQ(answer.verdict, "forward to the client by ethernet1");
  EXPECT_THAT(toText(answer), HasSubstr("source 203.0.113.10:80"));
  EXPECT_THAT(toText(answer), HasSubstr("next hop 203.0.113.1, "));
}

TEST_F(ExplainerTest, SaysWhyAPacketIsDropped) {
  const auto last = [](const Explained& explained) {
    const ExplainedStage& stage = explained.stages.back();
    return stage.stage + ": " + stage.result + ": " + stage.reason;
  };
  EXPECT_EQ(last(pass("tcp 198.51.100.7:1 > 203.0.113.10:23")),
            "acl: drop acl_deny: access-list entry 10 matches");
  EXPECT_EQ(last(pass("udp 198.51.100.3:1 > 203.0.113.13:53")),
            "acl: punt acl: access-list entry 20 matches");
  EXPECT_EQ(last(pass("tcp 198.51.100.7:1 > 203.0.113.16:80")),
            "virtual: drop virtual_disabled: virtual off: the virtual is disabled");
  EXPECT_EQ(
      last(pass("tcp 198.51.100.7:1 > 203.0.113.10:80 flags ack")),
      "connection: drop no_connection: none of the 4 places for it holds it, 0 are taken; TCP "
      "segment of no known connection, and the virtual does not pick up running connections");
  EXPECT_EQ(last(pass("tcp 198.51.100.7:1 > 203.0.113.15:80")),
            "dispatch: drop no_member: the pool has no member in service");
  EXPECT_EQ(pass("tcp 198.51.100.7:1 > 203.0.113.99:80").verdict, "drop: no_virtual");
  EXPECT_EQ(pass("icmp 198.51.100.7 > 203.0.113.10").verdict, "to the CPU port: icmp");
  EXPECT_EQ(pass("tcp 127.0.0.1:1 > 203.0.113.10:80").verdict, "drop: martian");
  for (int i = 0; i < 4; ++i)
    pass("tcp 198.51.100.7:" + std::to_string(10 + i) + " > 203.0.113.14:80");
  EXPECT_THAT(last(pass("tcp 198.51.100.7:20 > 203.0.113.14:80")),
              HasSubstr("virtual has 4 connections, its limit is 4"));
}

TEST_F(ExplainerTest, FollowsOverridesAndChangesNothing) {
  const std::string text = "tcp 198.51.100.7:4711 > 203.0.113.10:80";
  const Explained before = explain(text);
  EXPECT_EQ(toText(explain(text)), toText(before));
  EXPECT_EQ(hal_.flowStats().opened, 0u);
  ASSERT_TRUE(control_.setMember("web", *Endpoint::parse(before.member), AdminState::kDrain).ok());
  EXPECT_NE(explain(text).member, before.member);
  EXPECT_EQ(explain(text).verdict, pass(text).verdict);
}

TEST_F(ExplainerTest, RefusesAnInterfaceThatIsNotThere) {
  PacketQuery query = *parsePacketQuery("tcp 198.51.100.7:4711 > 203.0.113.10:80");
  query.interface = "e9";
  EXPECT_EQ(explainer_.explain(query, now_).error().message, "there is no interface 'e9'");
  query.interface = "ethernet2";
  EXPECT_EQ(explainer_.explain(query, now_)->interface, "ethernet2");
}

TEST_F(ExplainerTest, TheObjectNamesEverything) {
  const auto object = toJson(explain("tcp 198.51.100.7:1 > 203.0.113.10:23"));
  EXPECT_EQ(object["packet"], "tcp 198.51.100.7:1 > 203.0.113.10:23");
  EXPECT_EQ(object["verdict"], "drop");
  EXPECT_EQ(object["drop"], "acl_deny");
  EXPECT_TRUE(object["member"].is_null());
  EXPECT_EQ(object["stages"].back()["stage"], "acl");
}

// Many packets on few connections, some of them damaged; each is explained, then sent.
TEST_F(ExplainerTest, AgreesWithTheDataPlaneOnRandomPackets) {
  const char* given = std::getenv("SLUICE_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::atol(given)) : std::random_device{}();
  std::printf("repeat with: SLUICE_SEED=%u explainer_test --gtest_filter=*RandomPackets\n", seed);
  std::mt19937 random(seed);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  const auto one = [&](const auto& list) {
    return list[below(static_cast<uint32_t>(std::size(list)))];
  };
  std::array<uint64_t, regs::kDropReasonCount> drops{};
  std::array<uint64_t, 8> flows{};
  uint64_t forwarded = 0, back = 0;
  std::vector<PacketTuple> answers;
  for (int i = 0; i < 20'000; ++i) {
    const bool v6 = below(6) == 0;
    PacketPlan plan;
    const uint8_t protocol = one(std::array<uint8_t, 7>{6, 6, 6, 6, 6, 17, 1});
    const std::string client = v6 ? "2001:db8:9::" + std::to_string(1 + below(3))
                                  : "198.51.100." + std::to_string(1 + below(8));
    const std::string destination = v6 ? "2001:db8:1::" + std::to_string(10 + below(2))
                                       : "203.0.113." + std::to_string(9 + below(9));
    plan.tuple = makeTuple(client, static_cast<uint16_t>(1 + below(6)), destination,
                           one(std::array<uint16_t, 8>{80, 80, 80, 80, 80, 80, 23, 53}), protocol);
    uint8_t port = 0;
    if (!answers.empty() && below(3) == 0) {
      plan.tuple = answers[below(static_cast<uint32_t>(answers.size()))];
      port = 1;
    }
    plan.tcp_flags = one(std::array<uint8_t, 8>{2, 2, 2, 16, 16, 17, 4, 18});
    plan.ttl = below(50) == 0 ? 1 : 64;
    plan.payload_length = one(std::array<size_t, 4>{0, 8, 40, 1480});
    std::vector<uint8_t> frame;
    buildPacket(plan, frame);
    if (below(20) == 0) frame[below(60)] ^= static_cast<uint8_t>(1u << below(8));
    now_ += below(50'000'000);
    const Explained explained = explainer_.explainFrame(port, frame, now_);
    send(port, frame);
    if (!explained.followed) continue;
    ASSERT_EQ(explained.result, result_) << "packet " << i << "\n" << toText(explained);
    // A new connection of mode fullnat gets a port that cannot be foreseen.
    const bool any_port =
        explained.virtual_name == "full" && result_.flow == regs::FlowResult::kOpened;
    if (!any_port) {
      ASSERT_EQ(explained.frame, bytes_) << "packet " << i << "\n" << toText(explained);
    }
    ASSERT_FALSE(explained.stages.empty());
    const ExplainedStage& last = explained.stages.back();
    if (result_.verdict == regs::Verdict::kDrop) {
      ASSERT_EQ(last.result, "drop " + std::string(regs::name(result_.reason)))
          << toText(explained);
      ++drops[static_cast<size_t>(result_.reason)];
    } else if (result_.verdict == regs::Verdict::kForward) {
      ASSERT_EQ(last.stage, "egress") << toText(explained);
      ++forwarded;
      back += result_.direction == regs::Direction::kReverse;
      PacketView view;
      if (result_.has_member && result_.direction == regs::Direction::kForward &&
          decodePacket(bytes_, view) && view.has_ports) {
        answers.push_back(view.tuple.reversed());
        if (answers.size() > 100) answers.erase(answers.begin());
      }
    } else {
      ASSERT_EQ(last.result, "punt " + std::string(regs::name(result_.cause))) << toText(explained);
    }
    ++flows[static_cast<size_t>(result_.flow)];
    if (below(400) == 0) {
      const auto state = one(std::array{AdminState::kUp, AdminState::kUp, AdminState::kUp,
                                        AdminState::kDrain, AdminState::kDown});
      ASSERT_TRUE(
          control_.setMember("web", config_.pools[0].members[below(3)].endpoint, state).ok());
    }
  }
  // The packets came everywhere.
  for (const auto reason :
       {regs::DropReason::kAclDeny, regs::DropReason::kNoVirtual, regs::DropReason::kNoConnection,
        regs::DropReason::kVirtualConnectionLimit, regs::DropReason::kNoMember,
        regs::DropReason::kMemberConnectionLimit, regs::DropReason::kVirtualDisabled,
        regs::DropReason::kIpv4Checksum}) {
    EXPECT_GT(drops[static_cast<size_t>(reason)], 0u) << regs::name(reason);
  }
  EXPECT_GT(flows[static_cast<size_t>(regs::FlowResult::kHit)], 100u);
  EXPECT_GT(flows[static_cast<size_t>(regs::FlowResult::kOpened)], 100u);
  EXPECT_GT(forwarded, 500u);
  EXPECT_GT(back, 20u);
}

}  // namespace
}  // namespace sluice
