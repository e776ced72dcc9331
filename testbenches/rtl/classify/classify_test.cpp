// SPDX-License-Identifier: Apache-2.0
//
// classify, case by case. Every packet is compared with the golden; the tests also say what they
// expect of it.

#include "testbenches/rtl/classify/classify_bench.h"

namespace sluice::classify_test {
namespace {

using regs::AclAction;
using regs::Direction;
using regs::DropReason;
using regs::PuntCause;
using regs::Verdict;
using sluice::testing::End;
using sluice::testing::Ip;
using sluice::testing::memoryOrder;

class ClassifyTest : public ClassifyBench {
 protected:
  static regs::Tuple tuple(const End& from, const End& to, uint8_t proto) {
    return {from.address.bytes, to.address.bytes, memoryOrder(from.port), memoryOrder(to.port),
            proto};
  }

  static Arrival packet(const End& from, const End& to, uint8_t proto = 6) {
    Arrival arrival;
    arrival.parsed.is_ip = true;
    arrival.parsed.is_v6 = to.address.v6;
    arrival.parsed.l4 = proto == 6 ? regs::L4Kind::kTcp : regs::L4Kind::kUdp;
    arrival.own = arrival.key = tuple(from, to, proto);
    return arrival;
  }

  static Arrival web() { return packet({"198.51.100.7", 40000}, {"192.0.2.1", 80}); }
  static Arrival web6() { return packet({"2001:db8::7", 40000}, {"2001:db8:1::1", 80}); }

  static regs::VirtualKeyRow keyFor(const Arrival& arrival, uint16_t virtual_id) {
    regs::VirtualKeyRow key;
    key.valid = true;
    key.is_v6 = arrival.parsed.is_v6;
    key.virtual_id = virtual_id;
    key.proto = arrival.key.proto;
    key.port = arrival.key.dport;
    key.address = arrival.key.dst;
    return key;
  }

  static regs::VirtualKeyRow anyPort(regs::VirtualKeyRow key, bool any_proto) {
    key.any_port = true;
    key.any_proto = any_proto;
    key.port = 0;
    return key;
  }

  /// Virtual `id`, with its number in all that it says.
  void enable(uint16_t id, regs::VirtualMode mode = regs::VirtualMode::kDsr, bool bank = false) {
    regs::VirtualRow row;
    row.enabled = true;
    row.mode = mode;
    row.pool = 0x2a0 + id;
    row.affinity = regs::Affinity::kSourcePort;
    row.timer = 2;
    row.loose = true;
    row.on_down = regs::OnDown::kDrop;
    row.client_neighbor = 0x150 + id;
    row.connection_limit = 0xabc00 + id;
    row.half_open_limit = 0x12300 + id;
    row.snat = static_cast<uint8_t>(0xa0 + id);
    set(id, row, bank);
  }

  void place(const regs::VirtualKeyRow& key, uint32_t choice = 0, bool bank = false) {
    set(rowOf(key, choice), key, bank);
  }

  /// Rule `rule` accepts what the packet has in a chunk.
  void accept(uint32_t chunk, uint8_t value, uint32_t rule, bool bank = false) {
    const uint32_t row = chunk << 8 | value;
    regs::AclBitsRow bits = golden_.banks[bank].acl_bits[row];
    bits.rules[rule / 64] |= uint64_t{1} << (rule % 64);
    set(row, bits, bank);
  }

  static uint8_t misc(const Arrival& arrival) {
    const bool syn =
        arrival.parsed.l4 == regs::L4Kind::kTcp && (arrival.parsed.tcp_flags & 0x12) == 2;
    return static_cast<uint8_t>(arrival.parsed.is_v6 | arrival.meta.port << 1 | syn << 4);
  }

  /// All but the chunks of the ports.
  void acceptAddresses(const Arrival& arrival, uint32_t rule, bool bank = false) {
    for (uint32_t i = 0; i < (arrival.parsed.is_v6 ? 16 : 4); ++i) {
      accept(i, arrival.own.src[i], rule, bank);
      accept(16 + i, arrival.own.dst[i], rule, bank);
    }
    accept(32, arrival.own.proto, rule, bank);
    accept(33, misc(arrival), rule, bank);
  }

  void acceptAll(const Arrival& arrival, uint32_t rule, AclAction action, bool bank = false) {
    acceptAddresses(arrival, rule, bank);
    accept(34, static_cast<uint8_t>(arrival.own.sport), rule, bank);
    accept(39, static_cast<uint8_t>(arrival.own.dport), rule, bank);
    set(rule, regs::AclActionRow{action}, bank);
    aclEnable(true);
  }

  void acceptPrefix(const Arrival& arrival, uint32_t entry, const regs::PrefixResultRow& result) {
    const auto one = [&](uint32_t chunk, uint8_t value) {
      const uint32_t row = chunk << 8 | value;
      regs::PrefixBitsRow bits = golden_.banks[0].prefix_bits[row];
      bits.entries[entry / 64] |= uint64_t{1} << (entry % 64);
      set(row, bits);
    };
    for (uint32_t i = 0; i < (arrival.parsed.is_v6 ? 16 : 4); ++i) one(i, arrival.key.dst[i]);
    one(16, arrival.key.proto);
    one(17, static_cast<uint8_t>(arrival.parsed.is_v6 | arrival.meta.port << 1));
    one(18, static_cast<uint8_t>(arrival.key.dport));
    one(19, static_cast<uint8_t>(arrival.key.dport >> 8));
    set(entry, result);
  }

  regs::Classified classify(const Arrival& arrival) {
    const Outcome outcome = send(arrival);
    drain();
    return outcome.classified;
  }
};

TEST_F(ClassifyTest, ResetForgetsPackets) {
  for (int i = 0; i < 5; ++i) send(web());
  due_.clear();
  dut_.rst_i = 1;
  idle(2);
  dut_.rst_i = 0;
  idle(2 * kLatency);
}

TEST_F(ClassifyTest, NothingConfigured) {
  EXPECT_EQ(classify(web()).direction, Direction::kReverse);
  EXPECT_EQ(classify(web6()).direction, Direction::kReverse);
}

TEST_F(ClassifyTest, RowOfTheVirtual) {
  enable(3);
  place(keyFor(web(), 3));
  const regs::Classified got = classify(web());
  EXPECT_TRUE(got.has_virtual);
  EXPECT_EQ(got.pool, 0x2a3);
  EXPECT_EQ(got.connection_limit, 0xabc03u);
  EXPECT_EQ(got.half_open_limit, 0x12303u);
  EXPECT_EQ(got.snat, 0xa3);
}

TEST_F(ClassifyTest, KeyInEachOfItsRows) {
  enable(3);
  for (const Arrival& arrival : {web(), web6()}) {
    for (uint32_t choice = 0; choice < 4; ++choice) {
      const regs::VirtualKeyRow key = keyFor(arrival, 3);
      place(key, choice);
      EXPECT_TRUE(classify(arrival).has_virtual) << choice;
      set(rowOf(key, choice), regs::VirtualKeyRow{});
      place(anyPort(key, false), choice);
      EXPECT_TRUE(classify(arrival).has_virtual) << choice;
      set(rowOf(anyPort(key, false), choice), regs::VirtualKeyRow{});
      EXPECT_FALSE(classify(arrival).has_virtual) << choice;
    }
  }
}

TEST_F(ClassifyTest, EveryPartOfAKeyCounts) {
  enable(3);
  regs::VirtualKeyRow other = keyFor(web(), 3);
  other.valid = false;
  place(other);
  EXPECT_FALSE(classify(web()).has_virtual) << "valid";
  for (int change = 0; change < 5; ++change) {
    SCOPED_TRACE(change);
    other = keyFor(web(), 3);
    const uint32_t row = rowOf(other, 0);
    if (change == 0) other.is_v6 = true;
    if (change == 1) other.proto = 17;
    if (change == 2) other.port = memoryOrder(81);
    if (change == 3) other.address[3] ^= 1;
    if (change == 4) other.address[15] = 1;
    set(row, other);
    EXPECT_FALSE(classify(web()).has_virtual);
  }
}

TEST_F(ClassifyTest, ExactBeforeProtocolBeforeAny) {
  for (uint16_t id = 1; id <= 4; ++id) enable(id);
  const regs::VirtualKeyRow exact = keyFor(web(), 1);
  const regs::VirtualKeyRow specific = anyPort(keyFor(web(), 2), false);
  const regs::VirtualKeyRow general = anyPort(keyFor(web(), 3), true);
  acceptPrefix(web(), 4, {4, false});
  prefixEnable(true);
  EXPECT_EQ(classify(web()).virtual_id, 4);
  place(general, 0);
  EXPECT_EQ(classify(web()).virtual_id, 3);
  place(specific, 3);
  EXPECT_EQ(classify(web()).virtual_id, 2);
  place(exact, 2);
  EXPECT_EQ(classify(web()).virtual_id, 1);
  Arrival udp = packet({"198.51.100.7", 40000}, {"192.0.2.1", 80}, 17);
  EXPECT_EQ(classify(udp).virtual_id, 3);
}

TEST_F(ClassifyTest, ProtocolBeforeAnyInWhateverRows) {
  enable(2);
  enable(3);
  const regs::VirtualKeyRow specific = anyPort(keyFor(web(), 2), false);
  const regs::VirtualKeyRow general = anyPort(keyFor(web(), 3), true);
  ASSERT_EQ(general.proto, specific.proto) << "nothing but any_proto tells them apart";
  for (uint32_t first = 0; first < 4; ++first) {
    for (uint32_t second = 0; second < 4; ++second) {
      if (rowOf(specific, first) == rowOf(general, second)) continue;
      place(specific, first);
      place(general, second);
      EXPECT_EQ(classify(web()).virtual_id, 2) << first << " and " << second;
      set(rowOf(specific, first), regs::VirtualKeyRow{});
      EXPECT_EQ(classify(web()).virtual_id, 3) << first << " and " << second;
      set(rowOf(general, second), regs::VirtualKeyRow{});
    }
  }
}

TEST_F(ClassifyTest, PrefixOnlyIfEnabledAndTheLowest) {
  enable(1);
  enable(2);
  for (const Arrival& arrival : {web(), web6()}) {
    acceptPrefix(arrival, CLASSIFY_PREFIXES - 1, {2, false});
    EXPECT_FALSE(classify(arrival).has_virtual);
    prefixEnable(true);
    EXPECT_EQ(classify(arrival).virtual_id, 2);
    acceptPrefix(arrival, 1, {1, false});
    EXPECT_EQ(classify(arrival).virtual_id, 1);
    prefixEnable(false);
  }
}

TEST_F(ClassifyTest, PrefixMatchesInAllChunks) {
  enable(1);
  acceptPrefix(web(), 0, {1, false});
  prefixEnable(true);
  Arrival other = web();
  other.key.dst[3] ^= 1;
  EXPECT_FALSE(classify(other).has_virtual);
  other = web();
  other.key.dport = memoryOrder(81);
  EXPECT_FALSE(classify(other).has_virtual);
  other = web();
  other.key.dport = memoryOrder(80 + 256);
  EXPECT_FALSE(classify(other).has_virtual);
  other = web();
  other.key.proto = 17;
  EXPECT_FALSE(classify(other).has_virtual);
  other = web();
  other.parsed.is_v6 = true;
  EXPECT_FALSE(classify(other).has_virtual);
  EXPECT_TRUE(classify(web()).has_virtual);
}

TEST_F(ClassifyTest, PuntDisabledLocal) {
  regs::VirtualKeyRow key = keyFor(web(), 3);
  place(key);
  EXPECT_EQ(classify(web()).reason, DropReason::kVirtualDisabled);
  enable(3, regs::VirtualMode::kLocal);
  EXPECT_EQ(classify(web()).cause, PuntCause::kLocal);
  key.punt = true;
  place(key);
  regs::Classified got = classify(web());
  EXPECT_EQ(got.cause, PuntCause::kIcmp);
  EXPECT_EQ(got.virtual_id, 3);
  set(3, regs::VirtualRow{});
  EXPECT_EQ(classify(web()).cause, PuntCause::kIcmp) << "punt goes before disabled";
  acceptPrefix(web6(), 2, {5, true});
  prefixEnable(true);
  EXPECT_EQ(classify(web6()).cause, PuntCause::kIcmp);
}

TEST_F(ClassifyTest, MulticastGoesBeforeTheVirtual) {
  enable(3);
  place(keyFor(web(), 3));
  Arrival arrival = web();
  arrival.parsed.multicast = true;
  const regs::Classified got = classify(arrival);
  EXPECT_EQ(got.cause, PuntCause::kMulticast);
  EXPECT_FALSE(got.has_virtual);
}

TEST_F(ClassifyTest, ActionsOfRules) {
  enable(3);
  place(keyFor(web(), 3));
  Arrival multicast = web();
  multicast.parsed.multicast = true;
  for (const AclAction action :
       {AclAction::kPermit, AclAction::kDeny, AclAction::kPunt, AclAction::kPolice}) {
    acceptAll(web(), 7, action);
    const Outcome outcome = send(web());
    drain();
    EXPECT_TRUE(outcome.classified.acl_hit);
    EXPECT_EQ(outcome.classified.acl_rule, 7);
    EXPECT_EQ(outcome.acl_police, action == AclAction::kPolice);
    classify(multicast);
  }
}

TEST_F(ClassifyTest, AclOnlyIfEnabled) {
  acceptAll(web(), 0, AclAction::kDeny);
  EXPECT_EQ(classify(web()).reason, DropReason::kAclDeny);
  aclEnable(false);
  const regs::Classified got = classify(web());
  EXPECT_EQ(got.verdict, Verdict::kForward);
  EXPECT_FALSE(got.acl_hit);
}

TEST_F(ClassifyTest, LowestRuleDecides) {
  for (const Arrival& arrival : {web(), web6()}) {
    acceptAll(arrival, CLASSIFY_RULES - 1, AclAction::kDeny);
    EXPECT_EQ(classify(arrival).acl_rule, CLASSIFY_RULES - 1);
    acceptAll(arrival, CLASSIFY_RULES - 2, AclAction::kPermit);
    EXPECT_EQ(classify(arrival).acl_rule, CLASSIFY_RULES - 2);
    acceptAll(arrival, 2, AclAction::kPunt);
    EXPECT_EQ(classify(arrival).acl_rule, 2);
    acceptAll(arrival, 0, AclAction::kPermit);
    EXPECT_EQ(classify(arrival).acl_rule, 0);
  }
}

TEST_F(ClassifyTest, AclMatchesInAllChunks) {
  Arrival arrival = web6();
  arrival.meta.port = 5;
  acceptAll(arrival, 3, AclAction::kDeny);
  EXPECT_TRUE(classify(arrival).acl_hit);
  for (int i = 0; i < 16; ++i) {
    Arrival other = arrival;
    other.own.src[i] ^= 0x80;
    EXPECT_FALSE(classify(other).acl_hit) << i;
    other = arrival;
    other.own.dst[i] ^= 1;
    EXPECT_FALSE(classify(other).acl_hit) << i;
  }
  Arrival other = arrival;
  other.own.proto = 17;
  EXPECT_FALSE(classify(other).acl_hit);
  other = arrival;
  other.meta.port = 1;
  EXPECT_FALSE(classify(other).acl_hit);
  other = arrival;
  other.parsed.tcp_flags = 2;
  EXPECT_FALSE(classify(other).acl_hit) << "SYN";
  other.parsed.tcp_flags = 0x12;
  EXPECT_TRUE(classify(other).acl_hit) << "SYN and ACK";
  other.parsed.tcp_flags = 2;
  other.parsed.l4 = regs::L4Kind::kUdp;
  EXPECT_TRUE(classify(other).acl_hit) << "flags of TCP only";
  other = arrival;
  other.parsed.is_v6 = false;
  EXPECT_FALSE(classify(other).acl_hit);
}

TEST_F(ClassifyTest, Ipv4LeavesOutTheHighAddressChunks) {
  acceptAll(web(), 3, AclAction::kDeny);
  EXPECT_TRUE(classify(web()).acl_hit);
  Arrival six = web();
  six.parsed.is_v6 = true;
  accept(33, misc(six), 3);
  EXPECT_FALSE(classify(six).acl_hit);
}

TEST_F(ClassifyTest, PortRanges) {
  // Which of the five vectors of a port field accept, and whether the field then matches.
  for (uint32_t base : {34u, 39u}) {
    for (uint32_t vectors = 0; vectors < 32; ++vectors) {
      const uint32_t rule = vectors % 11;
      Arrival arrival = web();
      arrival.own.sport = memoryOrder(static_cast<uint16_t>(0x1000 + vectors + base));
      arrival.own.dport = memoryOrder(static_cast<uint16_t>(0x2000 + vectors + base));
      // A first byte of its own, so that no earlier case accepts it.
      const uint16_t first = static_cast<uint16_t>(0x40 + vectors + (base == 39 ? 32 : 0));
      (base == 34 ? arrival.own.sport : arrival.own.dport) =
          memoryOrder(static_cast<uint16_t>(first << 8 | first));
      acceptAll(arrival, rule, AclAction::kDeny);
      const uint32_t row = base << 8 | first;
      set(row, regs::AclBitsRow{});
      for (uint32_t vector = 0; vector < 5; ++vector)
        if (vectors >> vector & 1) accept(base + vector, static_cast<uint8_t>(first), rule);
      const bool strict = vectors & 1, low = vectors & 2, high = vectors & 4;
      const bool above = vectors & 8, below = vectors & 16;
      const bool matches = strict || ((low || high) && (!low || above) && (!high || below));
      EXPECT_EQ(classify(arrival).acl_hit, matches) << "chunk " << base << " vectors " << vectors;
    }
  }
}

TEST_F(ClassifyTest, ErrorsAreFilteredByTheOuterAndFoundByTheKeyTuple) {
  enable(3);
  place(keyFor(web(), 3));
  Arrival error = web();
  error.parsed.l4 = regs::L4Kind::kIcmpError;
  error.own = tuple({"203.0.113.9", 0}, {"192.0.2.1", 0}, 1);
  acceptAll(error, 5, AclAction::kPermit);
  const regs::Classified got = classify(error);
  EXPECT_EQ(got.virtual_id, 3);
  EXPECT_EQ(got.acl_rule, 5);
}

TEST_F(ClassifyTest, OtherVerdictsGoThrough) {
  acceptAll(web(), 0, AclAction::kDeny);
  enable(3);
  place(keyFor(web(), 3));
  Arrival dropped = web();
  dropped.parsed.verdict = Verdict::kDrop;
  dropped.parsed.reason = DropReason::kMartian;
  Arrival punted = web();
  punted.parsed.verdict = Verdict::kPunt;
  punted.parsed.cause = PuntCause::kNd;
  Arrival direct = web();
  direct.parsed.direct = true;
  direct.parsed.multicast = true;
  for (const Arrival& arrival : {dropped, punted, direct, web(), direct, punted, dropped})
    send(arrival);
  drain();
}

TEST_F(ClassifyTest, BanksOfTables) {
  enable(3);
  enable(5, regs::VirtualMode::kLocal, true);
  place(keyFor(web(), 3), 0);
  place(keyFor(web(), 5), 0, true);
  acceptAll(web(), 1, AclAction::kPermit);
  acceptAll(web(), 2, AclAction::kPolice, true);
  for (int i = 0; i < 10; ++i) {
    Arrival arrival = web();
    arrival.meta.bank = i % 3 == 1;
    const Outcome outcome = send(arrival);
    EXPECT_EQ(outcome.classified.virtual_id, arrival.meta.bank ? 5 : 3);
    EXPECT_EQ(outcome.classified.acl_rule, arrival.meta.bank ? 2 : 1);
  }
  drain();
}

// ---------------------------------------------------------------- table bus

class ClassifyTables : public ClassifyBench {
 protected:
  template <typename Row>
  Row sample(uint32_t salt) {
    std::array<uint32_t, Row::kWords> words;
    for (size_t i = 0; i < words.size(); ++i) words[i] = 0x9e3779b9u * (salt + 1 + i);
    return regs::unpack<Row>(words);
  }

  /// Cuts a sample to the width of a small profile.
  static regs::AclBitsRow cut(regs::AclBitsRow row) {
    for (uint32_t i = kSizes.rules; i < 256; ++i) row.rules[i / 64] &= ~(uint64_t{1} << (i % 64));
    return row;
  }
  static regs::PrefixBitsRow cut(regs::PrefixBitsRow row) {
    for (uint32_t i = kSizes.prefixes; i < 128; ++i)
      row.entries[i / 64] &= ~(uint64_t{1} << (i % 64));
    return row;
  }
  template <typename Row>
  static Row cut(Row row) {
    return row;
  }

  /// Writes all of `rows`, both banks, then reads them.
  template <typename Row>
  void fillAndRead(const std::vector<uint32_t>& rows) {
    for (const uint32_t bank : {0u, 1u})
      for (const uint32_t row : rows) writeRow(row, sample<Row>(2 * row + bank), bank);
    for (const uint32_t bank : {0u, 1u})
      for (const uint32_t row : rows)
        EXPECT_TRUE(readRow<Row>(row, bank) == cut(sample<Row>(2 * row + bank))) << row;
  }

  template <typename Row>
  void expectAbsent(uint32_t row) {
    writeRow(row, sample<Row>(row));
    EXPECT_TRUE(readRow<Row>(row) == Row{}) << row;
  }
};

TEST_F(ClassifyTables, AclBits) {
  std::vector<uint32_t> rows;
  for (uint32_t chunk = 0; chunk < 44; ++chunk)
    for (const uint32_t value : {0u, 1u, 128u, 255u}) rows.push_back(chunk << 8 | value);
  fillAndRead<regs::AclBitsRow>(rows);
  for (const uint32_t row : {44u << 8, 63u << 8 | 255, regs::AclBitsRow::kRows, 0xfffffu})
    expectAbsent<regs::AclBitsRow>(row);
  EXPECT_TRUE(readRow<regs::AclBitsRow>(0) == cut(sample<regs::AclBitsRow>(0)));
}

TEST_F(ClassifyTables, PrefixBits) {
  std::vector<uint32_t> rows;
  for (uint32_t chunk = 0; chunk < 20; ++chunk)
    for (const uint32_t value : {0u, 1u, 128u, 255u}) rows.push_back(chunk << 8 | value);
  fillAndRead<regs::PrefixBitsRow>(rows);
  for (const uint32_t row : {20u << 8, 31u << 8 | 255, regs::PrefixBitsRow::kRows, 0xfffffu})
    expectAbsent<regs::PrefixBitsRow>(row);
}

TEST_F(ClassifyTables, Others) {
  fillAndRead<regs::AclActionRow>({0, 1, kSizes.rules - 1});
  fillAndRead<regs::VirtualKeyRow>({0, 1, 2, 3, kSizes.keys - 1});
  fillAndRead<regs::VirtualRow>({0, 1, kSizes.virtuals - 1});
  fillAndRead<regs::PrefixResultRow>({0, 1, kSizes.prefixes - 1});
  expectAbsent<regs::AclActionRow>(kSizes.rules);
  expectAbsent<regs::VirtualKeyRow>(kSizes.keys);
  expectAbsent<regs::VirtualRow>(kSizes.virtuals);
  expectAbsent<regs::PrefixResultRow>(kSizes.prefixes);
  EXPECT_TRUE(readRow<regs::AclActionRow>(0) == sample<regs::AclActionRow>(0));
  EXPECT_TRUE(readRow<regs::VirtualRow>(0) == sample<regs::VirtualRow>(0));
}

TEST_F(ClassifyTables, TablesOfOthers) {
  for (const uint32_t id : {0u, 7u, 8u, 12u, 14u, 31u})
    for (const bool write : {false, true})
      EXPECT_FALSE(access(write, id, 0, 0, {})) << "table " << id;
}

}  // namespace
}  // namespace sluice::classify_test
