// SPDX-License-Identifier: Apache-2.0
//
// classify against the golden with random tables and random packets, back to back and with gaps.

#include <set>
#include <vector>

#include "testbenches/rtl/classify/classify_bench.h"

namespace sluice::classify_test {
namespace {

using rtl_test::Random;
using sluice::testing::memoryOrder;

class ClassifyRandom : public ClassifyBench {
 protected:
  /// Few values of everything, so that tables and packets meet.
  static constexpr uint8_t kProtocols[] = {1, 6, 17, 58};
  static constexpr uint8_t kBytes[] = {0, 10, 77, 255};

  uint8_t byte() { return kBytes[random_.between(0, std::size(kBytes) - 1)]; }
  uint8_t protocol() { return kProtocols[random_.between(0, std::size(kProtocols) - 1)]; }
  uint16_t port() { return static_cast<uint16_t>(byte() << 8 | byte()); }

  void drawAddresses() {
    addresses_.clear();
    for (int i = 0; i < 12; ++i) {
      std::array<uint8_t, 16> address{};
      for (size_t k = 0; k < (i < 6 ? 4 : 16); ++k) address[k] = byte();
      addresses_.push_back(address);
    }
  }

  const std::array<uint8_t, 16>& address(bool v6) {
    return addresses_[random_.between(v6 ? 6 : 0, v6 ? 11 : 5)];
  }

  /// Many bits set, none below `from`: the lowest match lies anywhere.
  uint64_t denseWord(uint32_t word, uint32_t from) {
    const uint64_t bits = random_.bits(64) | random_.bits(64) | random_.bits(64) |
                          random_.bits(64) | random_.bits(64);
    if (from >= 64 * word + 64) return 0;
    return from <= 64 * word ? bits : bits & ~uint64_t{0} << (from % 64);
  }

  void fillAcl(bool bank) {
    const uint32_t from = static_cast<uint32_t>(random_.between(0, kSizes.rules));
    for (uint32_t chunk = 0; chunk < 44; ++chunk) {
      for (uint32_t value = 0; value < 256; ++value) {
        if (!appears(chunk, static_cast<uint8_t>(value))) continue;
        regs::AclBitsRow row;
        for (uint32_t word = 0; word < 4; ++word)
          row.rules[word] = chunk < 34 ? denseWord(word, from) : random_.bits(64);
        set(chunk << 8 | value, row, bank);
      }
    }
    for (uint32_t rule = 0; rule < kSizes.rules; ++rule)
      set(rule, regs::AclActionRow{static_cast<regs::AclAction>(random_.bits(2))}, bank);
  }

  static bool appears(uint32_t chunk, uint8_t value) {
    if (chunk == 32) return std::count(std::begin(kProtocols), std::end(kProtocols), value) > 0;
    if (chunk == 33) return value < 32;
    return std::count(std::begin(kBytes), std::end(kBytes), value) > 0;
  }

  void fillPrefixes(bool bank) {
    const uint32_t from = static_cast<uint32_t>(random_.between(0, kSizes.prefixes));
    for (uint32_t chunk = 0; chunk < 20; ++chunk) {
      for (uint32_t value = 0; value < 256; ++value) {
        const bool used =
            chunk == 17 ? value < 16 : appears(chunk == 16 ? 32 : 0, static_cast<uint8_t>(value));
        if (!used) continue;
        set(chunk << 8 | value, regs::PrefixBitsRow{{denseWord(0, from), denseWord(1, from)}},
            bank);
      }
    }
    for (uint32_t entry = 0; entry < kSizes.prefixes; ++entry)
      set(entry, regs::PrefixResultRow{virtualId(), random_.percent(20)}, bank);
  }

  uint16_t virtualId() { return static_cast<uint16_t>(random_.between(0, kSizes.virtuals - 1)); }

  void fillVirtuals(bool bank) {
    for (uint32_t id = 0; id < kSizes.virtuals; ++id) {
      regs::VirtualRow row;
      row.enabled = random_.percent(80);
      row.mode = static_cast<regs::VirtualMode>(random_.between(0, 5));
      row.pool = static_cast<uint16_t>(random_.bits(10));
      row.affinity = static_cast<regs::Affinity>(random_.between(0, 2));
      row.timer = static_cast<uint8_t>(random_.bits(2));
      row.loose = random_.percent(50);
      row.on_down = static_cast<regs::OnDown>(random_.bits(1));
      row.client_neighbor = static_cast<uint16_t>(random_.bits(10));
      row.connection_limit = static_cast<uint32_t>(random_.bits(20));
      row.half_open_limit = static_cast<uint32_t>(random_.bits(20));
      row.snat = static_cast<uint8_t>(random_.bits(8));
      row.fragments = random_.percent(50);
      set(id, row, bank);
    }
  }

  /// Keys in free rows of theirs, none twice; the others empty.
  void fillKeys(bool bank) {
    for (uint32_t row = 0; row < kSizes.keys; ++row)
      if (golden_.banks[bank].keys[row].valid) set(row, regs::VirtualKeyRow{}, bank);
    std::set<std::vector<uint32_t>> placed;
    for (int i = 0; i < 60; ++i) {
      regs::VirtualKeyRow key;
      key.valid = true;
      key.is_v6 = random_.percent(50);
      key.address = address(key.is_v6);
      key.any_port = random_.percent(40);
      key.any_proto = key.any_port && random_.percent(40);
      key.proto = key.any_proto ? 0 : protocol();
      key.port = key.any_port ? 0 : port();
      std::vector<uint32_t> words(regs::VirtualKeyRow::kWords);
      pack(key, words);
      if (!placed.insert(words).second) continue;
      if (key.any_proto) key.proto = protocol();  // is not looked at
      key.virtual_id = virtualId();
      key.punt = random_.percent(10);
      const uint32_t row = rowOf(key, static_cast<uint32_t>(random_.between(0, 3)));
      if (!golden_.banks[bank].keys[row].valid) set(row, key, bank);
    }
  }

  Arrival arrival() {
    Arrival arrival;
    const bool v6 = random_.percent(50);
    arrival.meta.port = static_cast<uint8_t>(random_.bits(3));
    arrival.meta.bank = random_.percent(50);
    arrival.meta.now = random_.bits(64);
    arrival.parsed.is_ip = true;
    arrival.parsed.is_v6 = v6;
    arrival.parsed.multicast = random_.percent(5);
    arrival.parsed.fragment = random_.percent(10);
    arrival.parsed.direct = random_.percent(3);
    arrival.parsed.l4 = static_cast<regs::L4Kind>(random_.between(1, 5));
    arrival.parsed.tcp_flags = static_cast<uint8_t>(random_.bits(8));
    arrival.parsed.l3_len = static_cast<uint16_t>(random_.bits(16));
    if (random_.percent(5)) {
      arrival.parsed.verdict = regs::Verdict::kDrop;
      arrival.parsed.reason = static_cast<regs::DropReason>(random_.between(8, 24));
    } else if (random_.percent(3)) {
      arrival.parsed.verdict = regs::Verdict::kPunt;
      arrival.parsed.cause = static_cast<regs::PuntCause>(random_.between(1, 7));
    }
    arrival.own = {address(v6), address(v6), port(), port(), protocol()};
    arrival.key = arrival.own;
    if (random_.percent(10)) arrival.key = {address(v6), address(v6), port(), port(), protocol()};
    return arrival;
  }

  /// A packet for a key that is there, now and then.
  Arrival aimed() {
    Arrival result = arrival();
    const auto& keys = golden_.banks[result.meta.bank].keys;
    if (keys.empty() || random_.percent(30)) return result;
    auto key = keys.lower_bound(static_cast<uint32_t>(random_.between(0, kSizes.keys - 1)));
    while (key != keys.end() && !key->second.valid) ++key;
    if (key == keys.end()) return result;
    if (key->second.is_v6 != result.parsed.is_v6) return result;
    result.key.dst = key->second.address;
    if (!key->second.any_port) result.key.dport = key->second.port;
    if (!key->second.any_proto && random_.percent(80)) result.key.proto = key->second.proto;
    return result;
  }

  void send(int packets, int gaps) {
    for (int i = 0; i < packets; ++i) {
      if (random_.percent(gaps)) idle(random_.between(1, 5));
      const Outcome outcome = ClassifyBench::send(aimed());
      const regs::Classified& result = outcome.classified;
      ++seen_[std::string(regs::name(result.reason)) + " " + std::string(regs::name(result.cause))];
      virtuals_ += result.has_virtual;
      policed_ += outcome.acl_police;
      rules_.insert(result.acl_rule);
    }
    drain();
  }

  Random random_;
  std::vector<std::array<uint8_t, 16>> addresses_;
  std::map<std::string, int> seen_;
  std::set<uint32_t> rules_;
  int virtuals_ = 0, policed_ = 0;
};

TEST_F(ClassifyRandom, AgainstTheGolden) {
  for (int round = 0; round < 12; ++round) {
    drawAddresses();
    hashKey({static_cast<uint32_t>(random_.bits(32)), static_cast<uint32_t>(random_.bits(32)),
             static_cast<uint32_t>(random_.bits(32))});
    for (const bool bank : {false, true}) {
      fillAcl(bank);
      if (round % 3 == 0) fillVirtuals(bank);
      fillPrefixes(bank);
      fillKeys(bank);
    }
    for (int step = 0; step < 4; ++step) {
      aclEnable(step % 2 == 0);
      prefixEnable(step / 2 == 0);
      send(500, round % 2 == 0 ? 0 : 30);
      if (HasFailure()) return;
    }
  }
  for (const char* what : {"none none", "acl_deny none", "virtual_disabled none", "none acl",
                           "none multicast", "none icmp", "none local", "ip_fragment none"})
    EXPECT_GT(seen_[what], 20) << "the traffic shows little of " << what;
  EXPECT_GT(virtuals_, 1000);
  EXPECT_GT(policed_, 100);
  EXPECT_GT(rules_.size(), 5u);
}

}  // namespace
}  // namespace sluice::classify_test
