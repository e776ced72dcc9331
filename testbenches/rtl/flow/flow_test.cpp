// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "testbenches/rtl/flow/flow_bench.h"
#include "testbenches/rtl/flow/flow_traffic.h"

namespace sluice::flow_test {
namespace {

using regs::CloseCause;
using regs::DropReason;
using regs::FlowResult;
using regs::FlowState;
using regs::ScrubMode;
using regs::Verdict;

constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10;

/// Of the environment variable SLUICE_SEED if set; printed with the command that repeats the run.
uint64_t seed() {
  static const uint64_t value = [] {
    const char* given = std::getenv("SLUICE_SEED");
    const uint64_t chosen = given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
    std::cout << "repeat with: SLUICE_SEED=" << chosen << ' ' << FLOW_PROGRAM << '\n';
    return chosen;
  }();
  return value;
}

/// One virtual (0, TCP, nat), one pool, one member (1), all of the ring on it.
class Flow : public FlowBench {
 protected:
  void SetUp() override {
    FlowBench::SetUp();
    golden_.timers.fill(100);
    for (auto& bank : golden_.members) {
      bank[1].accept_new = bank[1].accept_existing = true;
      bank[1].weight = 1;
      bank[1].neighbor = 77;
      bank[1].port = 0x901f;
      bank[1].address = {10, 0, 0, 1};
      bank[1].digest = static_cast<uint32_t>(testHash(bank[1].address, 0) >> 40);
    }
    for (auto& bank : golden_.pools) bank[0].ring_size = 4;
    for (auto& bank : golden_.virtuals) bank[0].client_neighbor = 55;
    std::fill(golden_.ring.begin(), golden_.ring.end(), uint16_t{1});
    loadTables();
    loadRegisters();
  }

  Packet client(uint8_t flags, uint32_t number = 1, uint16_t port = 0x8000) {
    traffic_maker_.now = now_;
    Packet packet = traffic_maker_.forward(number, port, 0);
    packet.parsed.tcp_flags = flags;
    packet.meta.bank = false;
    return packet;
  }
  Packet server(uint8_t flags, uint32_t number = 1, uint16_t port = 0x8000) {
    const Packet there = client(0, number, port);
    regs::FlowKeyRow key;
    key.proto = there.key.proto;
    key.client = there.key.src;
    key.client_port = port;
    key.server_port = 0x901f;
    Packet packet = traffic_maker_.reverse(key, 1);
    packet.parsed.tcp_flags = flags;
    packet.meta.bank = false;
    return packet;
  }
  const regs::Routed& send(const Packet& packet) {
    tick(packet);
    drain();
    return lastRouted();
  }

  void random(uint64_t packets, uint32_t bubbles, uint64_t start);

  FlowTraffic traffic_maker_{trafficSeed(), geometry_, golden_};

 private:
  /// The test of what random traffic meets needs the same traffic every time.
  static uint64_t trafficSeed() {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    return name == "RandomMeetsEveryOutcome" ? 1 : seed();
  }
};

TEST_F(Flow, IsQuietAfterReset) {
  EXPECT_FALSE(dut_.valid_o || dut_.event_valid_o || dut_.tbl_ack_o || dut_.scrub_busy_o);
  for (int cycle = 0; cycle < 50; ++cycle) tick();
  compareState();
  EXPECT_EQ(golden_.totals(), Totals{});
}

TEST_F(Flow, ConnectionFromOpenToClose) {
  if (!geometry_.exact_keys) GTEST_SKIP() << "needs a NAT virtual";
  const regs::Routed opened = send(client(kSyn));
  EXPECT_EQ(opened.verdict, Verdict::kForward);
  EXPECT_EQ(opened.result, FlowResult::kOpened);
  EXPECT_TRUE(opened.has_member);
  EXPECT_EQ(opened.member, 1);
  EXPECT_EQ(opened.neighbor, 77);
  EXPECT_EQ(opened.port, 0x901f);
  EXPECT_EQ(opened.address[0], 10);
  EXPECT_EQ(dut_.half_open_o, 1u);
  ASSERT_EQ(events().size(), 1u);
  EXPECT_TRUE(events()[0].opened);

  const regs::Routed answer = send(server(kSyn | kAck));
  EXPECT_EQ(answer.verdict, Verdict::kForward);
  EXPECT_EQ(answer.result, FlowResult::kHit);
  EXPECT_TRUE(answer.has_virtual);
  EXPECT_EQ(answer.neighbor, 55);
  EXPECT_EQ(answer.address, client(0).key.dst);
  EXPECT_EQ(answer.port, client(0).key.dport);

  EXPECT_EQ(send(client(kAck)).result, FlowResult::kHit);
  EXPECT_EQ(dut_.half_open_o, 0u);
  send(client(kFin | kAck));
  send(server(kFin | kAck));
  EXPECT_EQ(send(client(kSyn)).close_cause, CloseCause::kReuse);
  EXPECT_EQ(send(client(kRst)).close_cause, CloseCause::kReset);
  EXPECT_EQ(dut_.live_o, 0u);
  EXPECT_EQ(send(client(kAck)).reason, DropReason::kNoConnection);
  EXPECT_EQ(send(server(kAck)).reason, DropReason::kNoVirtual);
  compareState();
}

TEST_F(Flow, FullNatFromOpenToClose) {
  if (!geometry_.exact_keys) GTEST_SKIP() << "needs a virtual of mode fullnat";
  for (auto& bank : golden_.virtuals) {
    bank[0].mode = regs::VirtualMode::kFullnat;
    bank[0].snat = 0b0100;
  }
  golden_.snat_addresses[2] = {true, false, {10, 0, 9, 2}};
  loadTables();
  const auto answer = [&](uint8_t flags, uint32_t port) {
    const Packet there = client(0);
    regs::FlowKeyRow key;
    key.proto = there.key.proto;
    key.server_port = 0x901f;
    Packet packet = traffic_maker_.answer(key, 1, 2 << 14 | port);
    packet.parsed.tcp_flags = flags;
    packet.meta.bank = false;
    return packet;
  };
  // Each of the four ports once, then none.
  for (uint32_t number = 0; number < 4; ++number) {
    const regs::Routed opened = send(client(kSyn, number));
    EXPECT_EQ(opened.result, FlowResult::kOpened);
    EXPECT_EQ(opened.peer_address, golden_.snat_addresses[2].address);
    EXPECT_EQ(opened.peer_port, 0x00c0 | number << 8);
  }
  EXPECT_EQ(read<regs::SnatPortsRow>(2), (regs::SnatPortsRow{4, 4}));
  const regs::Routed refused = send(client(kSyn, 4));
  EXPECT_EQ(refused.verdict, Verdict::kDrop);
  EXPECT_EQ(refused.reason, DropReason::kSnatExhausted);
  EXPECT_EQ(refused.result, FlowResult::kUntrackedSnat);

  // Answers go to the clients; who is not the member, or comes with another port, does not.
  for (uint32_t number = 0; number < 4; ++number) {
    const regs::Routed back = send(answer(kSyn | kAck, number));
    EXPECT_EQ(back.result, FlowResult::kHit);
    EXPECT_EQ(back.mode, regs::VirtualMode::kFullnat);
    EXPECT_EQ(back.address, client(0).key.dst);
    EXPECT_EQ(back.peer_address, client(0, number).key.src);
    EXPECT_EQ(back.peer_port, client(0, number).key.sport);
  }
  Packet stranger = answer(kAck, 0);
  stranger.key.src[3] ^= 1;
  EXPECT_EQ(send(stranger).reason, DropReason::kNoVirtual);
  stranger = answer(kAck, 0);
  stranger.key.sport ^= 1;
  EXPECT_EQ(send(stranger).reason, DropReason::kNoVirtual);

  // What is given back is taken again; an answer among the next three packets is not one.
  EXPECT_EQ(send(client(kRst, 1)).close_cause, CloseCause::kReset);
  EXPECT_EQ(send(answer(kAck, 1)).reason, DropReason::kNoVirtual);
  EXPECT_EQ(send(client(kSyn, 4)).peer_port, 0x00c0 | 1 << 8);
  for (int early = 0; early < 3; ++early)
    EXPECT_EQ(send(answer(kSyn | kAck, 1)).reason, DropReason::kNoVirtual);
  EXPECT_EQ(send(answer(kSyn | kAck, 1)).peer_address, client(0, 4).key.src);
  compareState();
}

TEST_F(Flow, EveryPacketSeesTheOneBefore) {
  // Each pair, triple and quadruple of these in successive cycles, with and without gaps.
  const auto make = [this](uint32_t which) {
    switch (which) {
      case 0:
        return client(kSyn);
      case 1:
        return server(kSyn | kAck);
      case 2:
        return client(kAck);
      case 3:
        return client(kFin | kAck);
      case 4:
        return server(kFin | kAck);
      case 5:
        return client(kRst);
      default:
        return client(kSyn, 2);
    }
  };
  for (uint32_t mix = 0; mix < 7 * 7 * 7 * 7 && !failed_; ++mix) {
    for (uint32_t rest = mix, i = 0; i < 4; ++i, rest /= 7) {
      tick(make(rest % 7));
      if (mix % 3 == 1 && i == 1) tick();
    }
    if (mix % 16 == 0) {
      drain();
      now_ += uint64_t{50} << 23;
    }
  }
  compareState();
}

TEST_F(Flow, ReportsOnlyWhatIsAskedFor) {
  for (uint32_t mask = 0; mask < 8; ++mask) {
    golden_.report_opened = mask & 1;
    golden_.report_closed = mask & 2;
    golden_.report_failed = mask & 4;
    loadRegisters();
    send(client(kSyn));
    send(client(kFin | kAck));
    send(client(kSyn));  // in place: one closes, one opens
    golden_.half_open_max = 1;
    loadRegisters();
    send(client(kSyn, 2));  // untracked, or in place of a half-open one
    golden_.half_open_max = 0;
    send(client(kRst));
  }
  compareState();
}

TEST_F(Flow, TablesReadBack) {
  std::mt19937_64 random(seed());
  const auto row = [&](uint32_t bits) {
    Row data{};
    for (uint32_t bit = 0; bit < bits; ++bit) data[bit / 32] |= (random() & 1) << (bit % 32);
    return data;
  };
  struct Table {
    uint32_t id, bits, rows;
    bool banked;
  };
  const Table tables[] = {{regs::PoolRow::kTableId, 39, geometry_.pools, true},
                          {regs::RingRow::kTableId, 12, 1u << geometry_.ring_log2, false},
                          {regs::MemberRow::kTableId, 209, geometry_.members, true},
                          {regs::ConnectionPolicerRow::kTableId, 72, geometry_.virtuals, false},
                          {regs::SnatAddressRow::kTableId, 130, 8, false}};
  for (const Table& table : tables) {
    std::vector<Row> written;
    const uint32_t banks = table.banked ? 2 : 1;
    for (uint32_t i = 0; i < banks * table.rows; ++i) {
      written.push_back(row(table.bits));
      writeRow(table.id, i / banks, i % banks, written.back());
    }
    writeRow(table.id, table.rows, 0, row(table.bits));  // beyond the end: nothing happens
    for (uint32_t i = 0; i < banks * table.rows; ++i)
      ASSERT_EQ(readRow(table.id, i / banks, i % banks), written[i]) << "table " << table.id;
    EXPECT_EQ(readRow(table.id, table.rows), Row{});
  }
  // Tables of the pipeline ignore writes.
  for (uint32_t id :
       {regs::FlowTagRow::kTableId, regs::FlowKeyRow::kTableId,
        regs::VirtualConnectionsRow::kTableId, regs::MemberConnectionsRow::kTableId}) {
    writeRow(id, 0, 0, row(100));
    EXPECT_EQ(readRow(id, 0), Row{});
    EXPECT_EQ(readRow(id, 0xfffff), Row{});
  }
  // Tables of others are left alone.
  dut_.tbl_id_i = 10;
  dut_.tbl_valid_i = 1;
  for (int cycle = 0; cycle < 20; ++cycle) {
    tick();
    EXPECT_FALSE(dut_.tbl_ack_o);
  }
}

TEST_F(Flow, ScrubFreesWhatItsModeSelects) {
  traffic_maker_.configure();
  golden_.report_closed = true;
  loadTables();
  for (const ScrubMode mode :
       {ScrubMode::kExpired, ScrubMode::kMember, ScrubMode::kVirtual, ScrubMode::kAll}) {
    loadRegisters();
    traffic_maker_.now = now_;
    for (int i = 0; i < 2000; ++i) tick(traffic_maker_.next());
    drain();
    now_ += uint64_t{2} << 23;
    const uint32_t argument = mode == ScrubMode::kMember ? 2 : 1;
    startScrub(mode, argument);
    finishScrub();
    for (uint32_t row = 0; row < geometry_.rows(); ++row)
      EXPECT_FALSE(golden_.scrubChoice(row, mode, argument, scrub_now_)) << "left behind";
    compareState();
  }
  EXPECT_EQ(dut_.live_o, 0u);
}

TEST_F(Flow, ScrubStartsAnewWhenAsked) {
  for (uint32_t number = 0; number < 12; ++number) tick(client(kSyn, number));
  drain();
  startScrub(ScrubMode::kMember, 9);  // none of them
  for (int cycle = 0; cycle < 3; ++cycle) tick();
  drain();
  startScrub(ScrubMode::kAll, 0);
  finishScrub();
  EXPECT_EQ(dut_.live_o, 0u);
  compareState();
}

TEST_F(Flow, TableReadsBetweenPackets) {
  // A read answers with the slot as it was at some time between request and answer.
  traffic_maker_.configure();
  loadTables();
  loadRegisters();
  traffic_maker_.now = now_;
  std::vector<Entry> seen;
  uint32_t slot = 0;
  traffic_ = [&]() -> std::optional<Packet> {
    seen.push_back(golden_.entry(slot));
    if (traffic_maker_.chance(30)) return std::nullopt;
    return traffic_maker_.next();
  };
  for (int i = 0; i < 3000 && !failed_; ++i) {
    slot = traffic_maker_.below(geometry_.slots());
    const bool tag = traffic_maker_.chance(50);
    seen.clear();
    const Row got = readRow(tag ? regs::FlowTagRow::kTableId : regs::FlowKeyRow::kTableId, slot);
    // The golden is kEventLatency behind the inputs, and so are the contents it has shown.
    for (size_t cycle = 0; cycle < kLatency; ++cycle) {
      tick();
      seen.push_back(golden_.entry(slot));
    }
    bool matches = false;
    for (const Entry& entry : seen) {
      Row expected{};
      if (tag)
        pack(entry.tag, expected);
      else
        pack(golden_.keyRow(entry), expected);
      matches = matches || expected == got;
    }
    ASSERT_TRUE(matches) << "slot " << slot;
  }
  traffic_ = nullptr;
  compareState();
}

void Flow::random(uint64_t packets, uint32_t bubbles, uint64_t start) {
  now_ = start;
  traffic_maker_.now = start;
  const uint64_t end = packets_ + packets;
  for (int round = 0; packets_ < end && !failed_; ++round) {
    if (round % 4 == 0)
      traffic_maker_.configure();
    else
      traffic_maker_.reconfigure();
    loadTables();
    loadRegisters();
    for (int i = 0; i < 1000 && !failed_; ++i) {
      if (bubbles != 0 && !dut_.scrub_busy_o && traffic_maker_.chance(1))
        startScrub(static_cast<ScrubMode>(traffic_maker_.below(4)), traffic_maker_.below(16));
      while (traffic_maker_.chance(bubbles)) tick();
      tick(traffic_maker_.next());
    }
    while (dut_.scrub_busy_o) tick();
    drain();
    traffic_maker_.now = now_;
  }
  compareState();
  const Totals& totals = golden_.totals();
  std::cout << packets_ << " packets: " << totals.hits << " hits, " << totals.misses << " misses, "
            << totals.opened << " opened, " << totals.evicted << " evicted, " << totals.full
            << " full, " << totals.alias << " alias\n";
}

TEST_F(Flow, RandomBackToBack) { random(40'000, 0, uint64_t{1} << 40); }

TEST_F(Flow, RandomWithGapsAndScrub) { random(40'000, 40, uint64_t{1} << 40); }

TEST_F(Flow, RandomAcrossTheWrapOfTheAgeTick) {
  random(20'000, 10, (uint64_t{1} << 47) - (uint64_t{200} << 23));
}

TEST_F(Flow, RandomMeetsEveryOutcome) {
  random(160'000, 20, uint64_t{1} << 40);
  std::vector<std::string> expected = {"result hit",
                                       "result opened",
                                       "result miss",
                                       "close reset",
                                       "close reuse",
                                       "close expired",
                                       "close member_down",
                                       "reason no_virtual",
                                       "reason no_connection",
                                       "reason no_member",
                                       "reason member_down",
                                       "reason virtual_connection_limit",
                                       "reason member_connection_limit",
                                       "reason virtual_connection_rate",
                                       "reason source_connection_rate",
                                       "result untracked_half_open"};
  expected.push_back("close evicted");
  if (geometry_.slots() <= 128) expected.push_back("result untracked_full");
  // Untracked packets are dropped in mode nat only, and aliases noticed by their keys only.
  if (geometry_.exact_keys) {
    expected.insert(expected.end(), {"reason half_open_limit", "reason snat_exhausted", "answer",
                                     "answer too early"});
    if (geometry_.digest_bits <= 12)
      expected.insert(expected.end(), {"result untracked_alias", "reason flow_alias"});
    if (geometry_.slots() <= 128) expected.push_back("reason flow_table_full");
  }
  for (const std::string& outcome : expected) EXPECT_GT(seen_[outcome], 0u) << outcome;
}

TEST_F(Flow, RandomFromTheFirstMicrosecond) { random(5'000, 10, 0); }

}  // namespace
}  // namespace sluice::flow_test
