// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/control.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "firmware/control/config_text.h"
#include "firmware/control/large_config.h"
#include "firmware/hal/fake_register_bus.h"

namespace sluice {
namespace {

constexpr char kSite[] =
    "interface e1\n  address 203.0.113.2/24\ninterface e2\n  address 10.0.0.1/24\ngateway "
    "203.0.113.1\n"
    "access-list\n  10 deny from 198.51.100.0/24 to any\n"
    "pool web\n  member 10.0.0.11:80\n  member 10.0.0.12:80\n  member 10.0.0.13:80\n"
    "pool dns\n  member 10.0.0.21:53\n"
    "virtual shop\n  destination 203.0.113.10:80\n  pool web\n"
    "virtual names\n  destination 203.0.113.10:53 protocol udp\n  pool dns\n  on-down drop\n";

Config load(const std::string& text) {
  auto loaded = loadConfig(text, "test");
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().message);
  return loaded.ok() ? loaded->config : Config();
}

Endpoint endpoint(const char* text) { return *Endpoint::parse(text); }

class ControlTest : public testing::Test {
 protected:
  using Access = FakeRegisterBus::Access;

  void start(const std::string& text = kSite) {
    const auto applied = control_.apply(load(text));
    ASSERT_TRUE(applied.ok()) << applied.error().message;
    EXPECT_EQ(bus_.errors(), 0u);
  }

  uint32_t activeBank() { return bus_.word(regs::ControlReg::kOffset) & 1; }

  regs::MemberRow memberRow(const char* member, const char* pool = "web") {
    return bus_.row<regs::MemberRow>(*control_.memberId(pool, endpoint(member)), activeBank());
  }

  // Every row write to the bank that is active at that moment, or to ring slots in use, would be
  // seen by packets.
  void expectNoWriteUnderPackets(uint32_t bank,
                                 const std::vector<std::pair<uint32_t, uint32_t>>& rings) {
    for (const Access& access : bus_.log()) {
      if (access.kind == Access::kRegister && access.address == regs::ControlReg::kOffset) {
        bank = access.value & 1;
      }
      if (access.kind != Access::kRow) continue;
      const bool banked = regs::kTables[access.table - 1].banked;
      if (banked) {
        EXPECT_NE(access.bank, bank) << "table " << access.table << " row " << access.row;
      }
      if (access.table != regs::RingRow::kTableId) continue;
      for (const auto& [base, size] : rings) {
        EXPECT_FALSE(access.row >= base && access.row < base + size) << "ring slot " << access.row;
      }
    }
  }

  std::vector<std::pair<uint32_t, uint32_t>> ringsInUse() {
    std::vector<std::pair<uint32_t, uint32_t>> rings;
    for (uint32_t pool = 0; pool < 8; ++pool) {
      const auto row = bus_.row<regs::PoolRow>(pool, activeBank());
      if (row.ring_size != 0) rings.emplace_back(row.ring_base, row.ring_size);
    }
    return rings;
  }

  size_t rowWrites(uint32_t table) {
    size_t count = 0;
    for (const Access& access : bus_.log())
      count += access.kind == Access::kRow && access.table == table;
    return count;
  }

  size_t flips() {
    size_t count = 0;
    for (const Access& access : bus_.log()) {
      count += access.kind == Access::kRegister && access.address == regs::ControlReg::kOffset;
    }
    return count;
  }

  FakeRegisterBus bus_;
  Hal hal_{bus_};
  Control control_{hal_};
};

TEST_F(ControlTest, FirstConfigurationReachesBothBanks) {
  start();
  EXPECT_EQ(activeBank(), 1u);
  for (uint32_t bank = 0; bank < 2; ++bank) {
    EXPECT_TRUE(bus_.row<regs::VirtualRow>(*control_.virtualId("shop"), bank).enabled);
    EXPECT_TRUE(bus_.row<regs::MemberRow>(*control_.memberId("dns", endpoint("10.0.0.21:53")), bank)
                    .accept_new);
  }
  EXPECT_EQ(bus_.word(regs::ControlReg::kOffset), 3u);  // bank 1, ACL on
  EXPECT_EQ(bus_.word(regs::EventEnableReg::kOffset), 7u);
  const auto rings = ringsInUse();
  ASSERT_EQ(rings.size(), 2u);
  for (const auto& [base, size] : rings) {
    for (uint32_t i = 0; i < size; ++i) EXPECT_NE(bus_.row<regs::RingRow>(base + i).member, 0);
  }
}

TEST_F(ControlTest, WrongHardwareIsRefused) {
  bus_.word(regs::IdReg::kOffset) = 1;
  const auto applied = control_.apply(load(kSite));
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::kIo);
  EXPECT_TRUE(bus_.log().empty());
}

TEST_F(ControlTest, WrongConfigurationsTouchNothing) {
  start();
  bus_.clearLog();
  Config config = control_.config();
  config.virtuals[0].pool.value = "nothing";
  const auto applied = control_.apply(config);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(applied.error().message, "there is no pool 'nothing'");
  EXPECT_TRUE(bus_.log().empty());
}

TEST_F(ControlTest, TheHashKeyIsFixedAtTheStart) {
  start(std::string("hash key 0123456789abcdef00112233\n") + kSite);
  EXPECT_EQ(bus_.word(regs::HashKeyReg::offset(0)), 0x01234567u);
  EXPECT_EQ(bus_.word(regs::HashKeyReg::offset(2)), 0x00112233u);
  const auto applied = control_.apply(load(kSite));
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::kInvalidInput);
}

TEST_F(ControlTest, ReapplyingWritesNoRow) {
  start();
  bus_.clearLog();
  ASSERT_TRUE(control_.apply(control_.config()).ok());
  for (const Access& access : bus_.log()) EXPECT_NE(access.kind, Access::kRow) << access.table;
}

TEST_F(ControlTest, EveryChangeIsOneFlipAndNoWriteToWhatPacketsUse) {
  start();
  struct Step {
    const char* name;
    std::function<Result<void>()> run;
  };
  Member added;
  added.endpoint = endpoint("10.0.0.19:80");
  const Step steps[] = {
      {"down",
       [&] { return control_.setMember("web", endpoint("10.0.0.11:80"), AdminState::kDown); }},
      {"drain",
       [&] { return control_.setMember("web", endpoint("10.0.0.12:80"), AdminState::kDrain); }},
      {"up", [&] { return control_.setMember("web", endpoint("10.0.0.11:80"), AdminState::kUp); }},
      {"weight", [&] { return control_.setMemberWeight("web", endpoint("10.0.0.11:80"), 7); }},
      {"add", [&] { return control_.addMember("web", added); }},
      {"remove", [&] { return control_.removeMember("web", endpoint("10.0.0.13:80")); }},
      {"disable", [&] { return control_.setVirtual("shop", false); }},
      {"clear", [&] { return control_.clearOverrides(); }},
  };
  for (const Step& step : steps) {
    SCOPED_TRACE(step.name);
    const uint32_t bank = activeBank();
    const auto rings = ringsInUse();
    bus_.clearLog();
    const auto done = step.run();
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(flips(), 1u);
    EXPECT_EQ(activeBank(), 1 - bank);
    expectNoWriteUnderPackets(bank, rings);
    // Rows of other objects are left alone.
    EXPECT_EQ(rowWrites(regs::AclBitsRow::kTableId), 0u);
    EXPECT_EQ(rowWrites(regs::VirtualKeyRow::kTableId), 0u);
    EXPECT_LE(rowWrites(regs::MemberRow::kTableId), 6u);
    EXPECT_LE(rowWrites(regs::VirtualRow::kTableId), 2u);
  }
  EXPECT_EQ(bus_.errors(), 0u);
}

TEST_F(ControlTest, DownAndDrain) {
  start();
  ASSERT_TRUE(control_.setMember("web", endpoint("10.0.0.11:80"), AdminState::kDown).ok());
  ASSERT_TRUE(control_.setMember("web", endpoint("10.0.0.12:80"), AdminState::kDrain).ok());
  EXPECT_FALSE(memberRow("10.0.0.11:80").accept_new || memberRow("10.0.0.11:80").accept_existing);
  EXPECT_TRUE(!memberRow("10.0.0.12:80").accept_new && memberRow("10.0.0.12:80").accept_existing);
  EXPECT_EQ(control_.expectedShares("web"), (std::vector<double>{0, 0, 1}));
  ASSERT_TRUE(control_.setMember("web", endpoint("10.0.0.13:80"), AdminState::kDown).ok());
  EXPECT_EQ(control_.expectedShares("web"), (std::vector<double>{0, 0, 0}));
  ASSERT_TRUE(control_.clearOverrides().ok());
  for (const double share : control_.expectedShares("web")) EXPECT_NEAR(share, 1 / 3.0, 0.002);
}

TEST_F(ControlTest, WhatProbesFindIsOneFlip) {
  start();
  const MemberKey dead{"web", endpoint("10.0.0.12:80")};
  Operational found;
  found.members[dead].state = AdminState::kDown;
  const uint32_t bank = activeBank();
  const auto rings = ringsInUse();
  bus_.clearLog();
  ASSERT_TRUE(control_.setOperational(found).ok());
  EXPECT_EQ(flips(), 1u);
  expectNoWriteUnderPackets(bank, rings);
  EXPECT_FALSE(memberRow("10.0.0.12:80").accept_new);
  EXPECT_FALSE(memberRow("10.0.0.12:80").accept_existing);
  EXPECT_EQ(control_.expectedShares("web")[1], 0);
  bus_.clearLog();
  ASSERT_TRUE(control_.setOperational(found).ok());
  EXPECT_EQ(flips(), 0u);
  // It is apart from what operators say.
  ASSERT_TRUE(control_.clearOverrides().ok());
  EXPECT_FALSE(memberRow("10.0.0.12:80").accept_new);
  ASSERT_TRUE(control_.setOperational({}).ok());
  EXPECT_TRUE(memberRow("10.0.0.12:80").accept_new);
}

TEST_F(ControlTest, NewMembersComeWithWhatIsKnownOfThem) {
  start();
  std::string text = kSite;
  text.insert(text.find("pool dns"), "  member 10.0.0.14:80\n");
  Operational found;
  found.members[{"web", endpoint("10.0.0.14:80")}].state = AdminState::kDown;
  bus_.clearLog();
  ASSERT_TRUE(control_.apply(load(text), found).ok());
  EXPECT_EQ(flips(), 1u);
  EXPECT_FALSE(memberRow("10.0.0.14:80").accept_new);
  EXPECT_EQ(control_.expectedShares("web")[3], 0);
}

TEST_F(ControlTest, ABackupPoolServesInThePoolsOwnRing) {
  std::string text = kSite;
  text.insert(text.find("pool dns"),
              "  backup-pool spare\n  fail-open\n  monitor m\n"
              "pool spare\n  member 10.0.0.31:80\nmonitor m\n");
  start(text);
  EXPECT_EQ(control_.poolSources().at("web"), PoolSource::kMembers);
  Operational found;
  for (const char* member : {"10.0.0.11:80", "10.0.0.12:80", "10.0.0.13:80"})
    found.members[{"web", endpoint(member)}].state = AdminState::kDown;
  ASSERT_TRUE(control_.setOperational(found).ok());
  EXPECT_EQ(control_.poolSources().at("web"), PoolSource::kBackup);
  const uint16_t spare = *control_.memberId("spare", endpoint("10.0.0.31:80"));
  for (const auto& [base, size] : ringsInUse()) {
    if (size == 251 && bus_.row<regs::RingRow>(base).member != spare) {
      EXPECT_EQ(bus_.row<regs::RingRow>(base).member,
                *control_.memberId("dns", endpoint("10.0.0.21:53")));
    }
  }
  EXPECT_EQ(control_.expectedShares("web"), (std::vector<double>{0, 0, 0}));
  // The backup fails, too: everyone is better than no one.
  found.members[{"spare", endpoint("10.0.0.31:80")}].state = AdminState::kDown;
  ASSERT_TRUE(control_.setOperational(found).ok());
  EXPECT_EQ(control_.poolSources().at("web"), PoolSource::kFailOpen);
  EXPECT_TRUE(memberRow("10.0.0.11:80").accept_new);
  EXPECT_NEAR(control_.expectedShares("web")[0], 1.0 / 3, 0.02);
}

TEST_F(ControlTest, AFullPoolOverflowsToItsBackupAndThenDrops) {
  std::string text = kSite;
  text.insert(text.find("pool dns"),
              "  backup-pool spare\npool spare\n  member 10.0.0.31:80 limit 5\n");
  start(text);
  Operational found;
  for (const char* member : {"10.0.0.11:80", "10.0.0.12:80", "10.0.0.13:80"})
    found.members[{"web", endpoint(member)}].full = true;
  ASSERT_TRUE(control_.setOperational(found).ok());
  EXPECT_EQ(control_.poolSources().at("web"), PoolSource::kBackup);
  EXPECT_EQ(control_.expectedShares("web"), (std::vector<double>{0, 0, 0}));
  // Full is not down: connections stay, and the limit of the data plane is what drops.
  EXPECT_TRUE(memberRow("10.0.0.11:80").accept_new);
  EXPECT_EQ(memberRow("10.0.0.31:80", "spare").connection_limit, 5u);
  found.members[{"spare", endpoint("10.0.0.31:80")}].full = true;
  ASSERT_TRUE(control_.setOperational(found).ok());
  EXPECT_EQ(control_.poolSources().at("web"), PoolSource::kFull);
  EXPECT_NEAR(control_.expectedShares("web")[0], 1.0 / 3, 0.02);
  // The backup takes what is left if the pool's own members are down.
  for (auto& [key, member] : found.members)
    if (key.pool == "web") member.state = AdminState::kDown;
  ASSERT_TRUE(control_.setOperational(found).ok());
  EXPECT_EQ(control_.poolSources().at("web"), PoolSource::kFull);
  EXPECT_EQ(control_.expectedShares("web"), (std::vector<double>{0, 0, 0}));
}

// Rings take turns in two places, so what must be written is little more than what changed.
TEST_F(ControlTest, RingsAreWrittenWhereTheyDiffer) {
  std::string text = kSite;
  std::string members;
  for (int i = 0; i < 100; ++i) members += "  member 10.0.0." + std::to_string(100 + i) + ":80\n";
  text.insert(text.find("pool dns"), members);
  start(text);
  Operational found;
  const auto change = [&](int member) {
    const MemberKey key{"web", endpoint(("10.0.0." + std::to_string(member) + ":80").c_str())};
    if (found.members.erase(key) == 0) found.members[key].state = AdminState::kDown;
    bus_.clearLog();
    EXPECT_TRUE(control_.setOperational(found).ok());
    return rowWrites(regs::RingRow::kTableId);
  };
  const uint32_t size = 16'381;
  EXPECT_GT(change(100), size * 9 / 10);  // the other place has never held a ring
  for (int member = 101; member < 120; ++member) EXPECT_LT(change(member), size / 10);
}

TEST_F(ControlTest, OverridesOfUnknownThingsAreErrors) {
  start();
  const auto message = [](const Result<void>& result) {
    return result.ok() ? "" : result.error().message;
  };
  EXPECT_EQ(message(control_.setMember("wbe", endpoint("10.0.0.11:80"), AdminState::kDown)),
            "there is no pool 'wbe'");
  EXPECT_EQ(message(control_.setMember("web", endpoint("10.0.0.99:80"), AdminState::kDown)),
            "there is no member '10.0.0.99:80' in pool 'web'");
  EXPECT_EQ(message(control_.setVirtual("x", true)), "there is no virtual 'x'");
  EXPECT_EQ(message(control_.setMemberWeight("web", endpoint("10.0.0.11:80"), 0)),
            "weight 0 is out of range; expected 1 to 255");
  Member again;
  again.endpoint = endpoint("10.0.0.11:80");
  EXPECT_EQ(message(control_.addMember("web", again)),
            "member 10.0.0.11:80 is already in pool 'web'");
}

TEST_F(ControlTest, OverridesSurviveAConfigurationChange) {
  start();
  ASSERT_TRUE(control_.setMember("web", endpoint("10.0.0.11:80"), AdminState::kDown).ok());
  ASSERT_TRUE(control_.setVirtual("names", false).ok());
  ASSERT_TRUE(control_
                  .apply(load(std::string(kSite) +
                              "virtual third\n  destination 203.0.113.11:80\n  pool web\n"))
                  .ok());
  EXPECT_FALSE(memberRow("10.0.0.11:80").accept_new);
  ASSERT_TRUE(control_.removeMember("web", endpoint("10.0.0.11:80")).ok());
  EXPECT_TRUE(control_.overrides().members.empty());
  EXPECT_EQ(control_.overrides().virtuals.size(), 1u);
}

TEST_F(ControlTest, RemovedMembersOfDroppingVirtualsArePurged) {
  start(std::string(kSite) + "pool spare\n  member 10.0.0.31:53\n");
  Member second;
  second.endpoint = endpoint("10.0.0.22:53");
  ASSERT_TRUE(control_.addMember("dns", second).ok());
  const uint16_t dns = *control_.memberId("dns", endpoint("10.0.0.21:53"));
  const uint16_t web = *control_.memberId("web", endpoint("10.0.0.11:80"));
  bus_.poke(dns, regs::MemberConnectionsRow{5, 2});
  bus_.poke(web, regs::MemberConnectionsRow{5, 2});
  ASSERT_TRUE(control_.removeMember("web", endpoint("10.0.0.11:80")).ok());
  ASSERT_TRUE(control_.removeMember("dns", endpoint("10.0.0.21:53")).ok());
  bus_.clearLog();
  control_.tick(1);
  EXPECT_EQ(bus_.word(regs::ScrubArgReg::kOffset), dns);
  EXPECT_EQ(bus_.word(regs::ScrubStartReg::kOffset),
            static_cast<uint32_t>(regs::ScrubMode::kMember));
  // Names of removed members are kept for events that still come.
  ASSERT_NE(control_.memberKey(dns), nullptr);
  EXPECT_EQ(control_.memberKey(dns)->pool, "dns");
  // While connections live, the id is nobody else's; afterwards it is free.
  Member third;
  third.endpoint = endpoint("10.0.0.23:53");
  ASSERT_TRUE(control_.addMember("dns", third).ok());
  EXPECT_NE(control_.memberId("dns", third.endpoint), dns);
  control_.tick(2);
  bus_.poke(dns, regs::MemberConnectionsRow{5, 5});
  Member fourth;
  fourth.endpoint = endpoint("10.0.0.24:53");
  ASSERT_TRUE(control_.addMember("dns", fourth).ok());
  EXPECT_EQ(control_.memberId("dns", fourth.endpoint), dns);
}

TEST_F(ControlTest, ARemovedVirtualIsPurged) {
  start();
  Config config = control_.config();
  const uint16_t id = *control_.virtualId("names");
  config.virtuals.pop_back();
  ASSERT_TRUE(control_.apply(config).ok());
  EXPECT_EQ(control_.nextTick(), 0u);
  control_.tick(1);
  EXPECT_EQ(bus_.word(regs::ScrubArgReg::kOffset), id);
  EXPECT_EQ(bus_.word(regs::ScrubStartReg::kOffset),
            static_cast<uint32_t>(regs::ScrubMode::kVirtual));
}

TEST_F(ControlTest, ASourceKeepsItsRowWhileConnectionsHaveIt) {
  const auto site = [](const char* address) {
    return std::string(kSite) + "snat-pool out\n  address " + address + "\n";
  };
  start(site("10.0.0.200"));
  const auto addressOf = [&](uint32_t row) {
    const auto source = bus_.row<regs::SnatAddressRow>(row, 0);
    return source.valid ? IpAddress{source.is_v6, source.address}.toString() : "";
  };
  EXPECT_EQ(addressOf(0), "10.0.0.200");
  bus_.poke(0, regs::SnatPortsRow{.used = 1, .total = 16384});
  ASSERT_TRUE(control_.apply(load(site("10.0.0.201"))).ok());
  EXPECT_EQ(addressOf(0), "10.0.0.200");
  EXPECT_EQ(addressOf(1), "10.0.0.201");
  ASSERT_EQ(control_.snapshot().sources.size(), 2u);
  EXPECT_EQ(control_.snapshot().sources[1].used, 1u);
  bus_.poke(0, regs::SnatPortsRow{.used = 0, .total = 16384});
  ASSERT_TRUE(control_.apply(load(kSite)).ok());
  ASSERT_TRUE(control_.apply(load(site("10.0.0.202"))).ok());
  EXPECT_EQ(addressOf(0), "10.0.0.202");
}

TEST_F(ControlTest, TickAgesPeriodically) {
  start();
  bus_.clearLog();
  const auto starts = [&] {
    size_t count = 0;
    for (const Access& access : bus_.log()) {
      count += access.kind == Access::kRegister && access.address == regs::ScrubStartReg::kOffset;
    }
    return count;
  };
  control_.tick(0);
  EXPECT_EQ(starts(), 1u);
  control_.tick(999'999'999);
  EXPECT_EQ(starts(), 1u);
  bus_.word(regs::StatusReg::kOffset) = regs::StatusReg::kScrubBusy.put(0, 1);
  control_.tick(1'000'000'000);
  EXPECT_EQ(starts(), 1u);
  bus_.word(regs::StatusReg::kOffset) = 0;
  EXPECT_EQ(control_.nextTick(), 1'000'000'000u);
  control_.tick(1'000'000'000);
  EXPECT_EQ(starts(), 2u);
}

TEST_F(ControlTest, SnapshotNamesWhatItCounts) {
  start();
  const uint16_t shop = *control_.virtualId("shop");
  const uint16_t member = *control_.memberId("web", endpoint("10.0.0.12:80"));
  bus_.poke(shop, regs::VirtualCountersRow{10, 1000});
  bus_.poke(1024u + shop, regs::VirtualCountersRow{9, 900});
  bus_.poke(shop, regs::VirtualConnectionsRow{4, 1});
  bus_.poke(4096u + member, regs::MemberCountersRow{3, 300});
  bus_.poke(34, regs::DropCountersRow{6, 600});
  bus_.poke(1, regs::PuntCountersRow{2, 120});
  bus_.poke(8 + 1, regs::PortCountersRow{7, 700});
  bus_.poke(0, regs::AclCountersRow{5, 500});
  const StatsSnapshot stats = control_.snapshot();
  ASSERT_EQ(stats.virtuals.size(), 3u);
  EXPECT_EQ(stats.virtuals[0].name, "shop");
  EXPECT_EQ(stats.virtuals[0].forward, (PacketCount{10, 1000}));
  EXPECT_EQ(stats.virtuals[0].reverse, (PacketCount{9, 900}));
  EXPECT_EQ(stats.virtuals[0].live(), 3u);
  EXPECT_TRUE(stats.virtuals[2].own_addresses);
  ASSERT_EQ(stats.members.size(), 4u);
  EXPECT_EQ(stats.members[1].endpoint.toString(), "10.0.0.12:80");
  EXPECT_EQ(stats.members[1].reverse, (PacketCount{3, 300}));
  EXPECT_NEAR(stats.members[1].expected_share, 1 / 3.0, 0.002);
  EXPECT_EQ(stats.drops[34].packets, 6u);
  EXPECT_EQ(stats.dropped(), 6u);
  EXPECT_EQ(stats.punted(), 2u);
  EXPECT_EQ(stats.ports[1].name, "e2");
  EXPECT_EQ(stats.ports[1].sent, (PacketCount{7, 700}));
  EXPECT_EQ(stats.ports[4].name, "cpu");
  ASSERT_EQ(stats.acl.size(), 1u);
  EXPECT_EQ(stats.acl[0].matched, (PacketCount{5, 500}));
  EXPECT_EQ(bus_.errors(), 0u);
}

TEST_F(ControlTest, NextHopsTakePacketsOnceTheyAreDiscovered) {
  Control::Options options;
  options.discover_neighbors = true;
  Control control(hal_, options);
  ASSERT_TRUE(control
                  .apply(load(std::string(kSite) +
                              "neighbor 10.0.0.12 mac 02:00:00:00:00:12 interface e2\n"))
                  .ok());
  const auto neighborOf = [&](const char* member) {
    const auto id = *control.memberId("web", endpoint(member));
    const uint32_t row = bus_.row<regs::MemberRow>(id, activeBank()).neighbor;
    return bus_.row<regs::NeighborRow>(row);
  };
  // Four members and the gateway; what is configured needs no discovery.
  EXPECT_EQ(control.nextHops().size(), 5u);
  EXPECT_TRUE(control.nextHops().at({"e2", *IpAddress::parse("10.0.0.12")}).mac_configured);
  EXPECT_TRUE(control.nextHops().at({"e1", *IpAddress::parse("203.0.113.1")}).via_gateway);
  EXPECT_TRUE(neighborOf("10.0.0.12:80").valid);
  EXPECT_FALSE(neighborOf("10.0.0.11:80").valid);

  const NeighborKey first{"e2", *IpAddress::parse("10.0.0.11")};
  const MacAddress mac = *MacAddress::parse("02:00:00:00:00:11");
  ASSERT_TRUE(control.setNeighbors({{first, mac}}).ok());
  EXPECT_TRUE(neighborOf("10.0.0.11:80").valid);
  EXPECT_EQ(neighborOf("10.0.0.11:80").mac, mac.bytes);
  EXPECT_FALSE(neighborOf("10.0.0.13:80").valid);
  // The same again changes nothing; a new configuration keeps what is known.
  const size_t before = flips();
  ASSERT_TRUE(control.setNeighbors({{first, mac}}).ok());
  EXPECT_EQ(flips(), before);
  ASSERT_TRUE(control.setMember("web", endpoint("10.0.0.13:80"), AdminState::kDrain).ok());
  EXPECT_TRUE(neighborOf("10.0.0.11:80").valid);
  // Gone again.
  ASSERT_TRUE(control.setNeighbors({}).ok());
  EXPECT_FALSE(neighborOf("10.0.0.11:80").valid);
  EXPECT_EQ(bus_.errors(), 0u);
}

TEST_F(ControlTest, EventsAreCounted) {
  regs::Event event;
  event.opened = true;
  event.closed = regs::CloseCause::kEvicted;
  control_.onEvent(event);
  EXPECT_EQ(control_.events().opened, 1u);
  EXPECT_EQ(control_.events().closed[static_cast<size_t>(regs::CloseCause::kEvicted)], 1u);
}

TEST_F(ControlTest, UnknownTableContentsAreCleared) {
  bus_.poke(7, regs::VirtualRow{true, regs::VirtualMode::kNat, 0, {}, 0, false, {}, 0, 0});
  bus_.poke(9, regs::RingRow{5});
  Control::Options options;
  options.tables_zeroed = false;
  Control control(hal_, options);
  ASSERT_TRUE(control.apply(load("")).ok());
  EXPECT_EQ(bus_.row<regs::VirtualRow>(7), regs::VirtualRow{});
  EXPECT_EQ(bus_.row<regs::RingRow>(9), regs::RingRow{});
  EXPECT_EQ(bus_.errors(), 0u);
}

// What an update costs, on a large configuration; the figures are printed, the bounds are generous.
TEST_F(ControlTest, UpdatesOfALargeConfigurationAreFast) {
  const Config config = load(largeConfigText(1000, 4));
  const auto timed = [](const char* what, auto&& run) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(run().ok());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    std::printf("%s: %.1f ms\n", what, took.count());
    EXPECT_LT(took.count(), 20'000);
  };
  timed("check", [&] { return loadConfig(largeConfigText(1000, 4), "f"); });
  timed("build 1000 virtuals, 4000 members", [&] { return buildTables(config, {}, {}); });
  timed("first apply", [&] { return control_.apply(config); });
  timed("drain one member",
        [&] { return control_.setMember("pool7", endpoint("10.1.7.1:8080"), AdminState::kDrain); });
}

}  // namespace
}  // namespace sluice
