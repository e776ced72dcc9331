// SPDX-License-Identifier: Apache-2.0
// What becomes of the connections of a member that goes down, on a register map in memory: who is
// asked, who is sent a reset, and what the tables say meanwhile.
#include "firmware/reset/connection_resets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/hal/fake_register_bus.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kSite[] =
    "interface e1\n  address 203.0.113.2/24\ninterface e2\n  address 10.0.0.1/24\n"
    "gateway 203.0.113.1\npool web\n  member 10.0.0.11:8080\n  member 10.0.0.12:8080\n"
    "pool other\n  member 10.0.0.11:81\n"
    "virtual shop\n  destination 203.0.113.10:80\n  pool web\n  on-down reset\n"
    "virtual plain\n  destination 203.0.113.10:81\n  pool other\n";

class ConnectionResetsTest : public testing::Test {
 protected:
  ConnectionResetsTest() {
    auto loaded = loadConfig(kSite, "test");
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    config_ = loaded->config;
    EXPECT_TRUE(control_.apply(config_).ok());
    one_ = *control_.memberId("web", key_.endpoint);
  }

  static MemberKey key(const char* pool, const char* member) {
    return {pool, *Endpoint::parse(member)};
  }
  // As many established connections of a member from 198.51.100.7 on ports from 1000 on.
  void connect(uint16_t member, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t slot = next_slot_++;
      regs::FlowTagRow tag;
      tag.state = regs::FlowState::kEstablished;
      tag.member = member;
      tag.virtual_id = *control_.virtualId("shop");
      bus_.poke(slot, tag);
      regs::FlowKeyRow key;
      key.client = IpAddress::parse("198.51.100.7")->bytes;
      key.client_port = portToWire(static_cast<uint16_t>(1000 + i));
      key.virtual_address = IpAddress::parse("203.0.113.10")->bytes;
      key.virtual_port = portToWire(80);
      bus_.poke(slot, key);
      regs::Event event;
      event.opened = true;
      event.slot = slot;
      slots_.onEvent(event);
    }
    bus_.poke(member, regs::MemberConnectionsRow{count, 0});
  }
  void goDown(bool down = true) {
    found_.members[key_].state = down ? AdminState::kDown : AdminState::kUp;
    tables();
  }
  // As the live appliance brings what is found into the tables.
  void tables() {
    resets_.look(found_, now_);
    Operational all = found_;
    resets_.addTo(all);
    ASSERT_TRUE(control_.setOperational(all).ok());
  }
  void pass(uint64_t ns) {
    const uint64_t end = now_ + ns;
    while (resets_.due() <= end) {
      now_ = std::max(now_, resets_.due());
      if (resets_.run(now_)) tables();
    }
    now_ = end;
  }
  regs::Result punted(uint16_t member) const {
    regs::Result result;
    result.verdict = regs::Verdict::kPunt;
    result.cause = regs::PuntCause::kMtu;
    result.has_member = true;
    result.member = member;
    result.virtual_id = *control_.virtualId("shop");
    return result;
  }
  regs::MemberRow row(uint16_t id) {
    return bus_.row<regs::MemberRow>(id, bus_.word(regs::ControlReg::kOffset) & 1);
  }
  std::vector<std::string> sent() {
    std::vector<std::string> lines;
    for (const auto& [port, frame] : std::exchange(sent_, {})) {
      const auto segment = readSegment(frame);
      EXPECT_TRUE(segment);
      lines.push_back("port " + std::to_string(port) + " " + segment->source.toString() + " > " +
                      segment->destination.toString() +
                      (segment->has(TcpSegment::kRst) ? " reset " : " ack ") +
                      std::to_string(segment->sequence));
    }
    return lines;
  }

  Config config_;
  const MemberKey key_ = key("web", "10.0.0.11:8080");
  FakeRegisterBus bus_;
  Hal hal_{bus_};
  Control control_{hal_};
  ConnectionSlots slots_;
  uint16_t one_ = 0;
  uint32_t next_slot_ = 100;
  uint64_t now_ = 1'000'000'000;
  Operational found_;
  std::vector<std::pair<uint8_t, std::vector<uint8_t>>> sent_;
  std::vector<std::string> told_;
  ConnectionResets resets_{hal_, control_, slots_,
                           [this](uint8_t port, std::vector<uint8_t> frame) {
                             sent_.emplace_back(port, std::move(frame));
                           },
                           [this](const MemberKey& key, uint64_t connections, uint64_t clients) {
                             told_.push_back(key.endpoint.toString() + " " +
                                             std::to_string(connections) + " " +
                                             std::to_string(clients));
                           }};
};

TEST_F(ConnectionResetsTest, FirmwareGetsWhatClientsSendToAMemberThatIsDown) {
  connect(one_, 1);
  const uint16_t neighbor = row(one_).neighbor;
  goDown();
  EXPECT_FALSE(row(one_).accept_new);
  EXPECT_TRUE(row(one_).accept_existing);
  const auto trap = bus_.row<regs::NeighborRow>(row(one_).neighbor);
  EXPECT_TRUE(trap.valid);
  EXPECT_EQ(trap.port, 2);  // the first one without an interface
  EXPECT_TRUE(bus_.row<regs::PortRow>(trap.port).up);
  EXPECT_EQ(bus_.row<regs::PortRow>(trap.port).mtu, 0);
  EXPECT_TRUE(resets_.takes(punted(one_)));
  const uint16_t two = *control_.memberId("web", *Endpoint::parse("10.0.0.12:8080"));
  EXPECT_FALSE(resets_.takes(punted(two)));
  goDown(false);
  EXPECT_EQ(row(one_).neighbor, neighbor);
  EXPECT_TRUE(row(one_).accept_new);
  EXPECT_FALSE(resets_.takes(punted(one_)));
}

TEST_F(ConnectionResetsTest, ASegmentIsAnsweredToBothSides) {
  connect(one_, 1);
  goDown();
  TcpSegment heard{*Endpoint::parse("198.51.100.7:1000"), *Endpoint::parse("203.0.113.10:80")};
  heard.flags = TcpSegment::kAck;
  heard.sequence = 5000;
  heard.acknowledgement = 7000;
  resets_.take(punted(one_), writeSegment(heard, {}));
  EXPECT_THAT(sent(), ElementsAre("port 0 203.0.113.10:80 > 198.51.100.7:1000 reset 7000",
                                  "port 1 198.51.100.7:1000 > 10.0.0.11:8080 reset 5000"));
  heard.flags = TcpSegment::kRst;
  resets_.take(punted(one_), writeSegment(heard, {}));
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(resets_.counts().clients, 1u);
  EXPECT_EQ(resets_.counts().members, 1u);
  EXPECT_EQ(resets_.counts().ignored, 1u);
}

TEST_F(ConnectionResetsTest, QuietClientsAreAskedTwiceAndTheRestIsPurged) {
  const uint16_t two = *control_.memberId("web", *Endpoint::parse("10.0.0.12:8080"));
  connect(two, 3);
  connect(one_, 2);
  goDown();
  pass(100'000'000);
  EXPECT_THAT(sent(), ElementsAre("port 0 203.0.113.10:80 > 198.51.100.7:1000 ack 0",
                                  "port 0 203.0.113.10:80 > 198.51.100.7:1001 ack 0"));
  pass(ConnectionResets::kWaitNs);
  EXPECT_EQ(sent().size(), 2u);
  EXPECT_THAT(told_, IsEmpty());
  pass(ConnectionResets::kWaitNs);
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_THAT(told_, ElementsAre("10.0.0.11:8080 2 0"));
  EXPECT_FALSE(row(one_).accept_existing);
  EXPECT_EQ(resets_.due(), UINT64_MAX);
  control_.tick(now_);
  const uint32_t scrub = bus_.word(regs::ScrubStartReg::kOffset);
  EXPECT_EQ(regs::ScrubStartReg::kMode.get(scrub), static_cast<uint32_t>(regs::ScrubMode::kMember));
  EXPECT_EQ(bus_.word(regs::ScrubArgReg::kOffset), one_);
}

TEST_F(ConnectionResetsTest, NotTooManyAtATime) {
  connect(one_, 100);
  goDown();
  pass(16'000'000 - 1);
  EXPECT_EQ(resets_.counts().asked, 16u);
  pass(16'000'000 * 3);
  EXPECT_EQ(resets_.counts().asked, 64u);
  pass(1'000'000'000);
  EXPECT_EQ(resets_.counts().asked, 100u);
}

TEST_F(ConnectionResetsTest, ItIsOverWithTheLastConnection) {
  connect(one_, 2);
  goDown();
  pass(100'000'000);
  bus_.poke(one_, regs::MemberConnectionsRow{2, 2});
  pass(ConnectionResets::kWaitNs);
  EXPECT_THAT(told_, ElementsAre("10.0.0.11:8080 2 0"));
}

TEST_F(ConnectionResetsTest, WithoutConnectionsNothingHappens) {
  goDown();
  EXPECT_EQ(resets_.due(), UINT64_MAX);
  EXPECT_FALSE(row(one_).accept_existing);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ConnectionResetsTest, OtherVirtualsDoNotReset) {
  const MemberKey other = key("other", "10.0.0.11:81");
  connect(*control_.memberId("other", other.endpoint), 1);
  found_.members[other].state = AdminState::kDown;
  tables();
  EXPECT_EQ(resets_.due(), UINT64_MAX);
  EXPECT_FALSE(row(*control_.memberId("other", other.endpoint)).accept_existing);
}

}  // namespace
}  // namespace sluice
