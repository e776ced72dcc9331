// SPDX-License-Identifier: Apache-2.0
//
// The Verilated classify beside the golden: rows go into both, what comes out is compared.
#pragma once

#include <deque>

#include "Vclassify.h"
#include "testbenches/rtl/classify/table_bus_fixture.h"

// After GoogleTest's namespace was used: there is sluice::testing, too.
#include "testbenches/rtl/classify/classify_golden.h"

namespace sluice::classify_test {

inline constexpr Sizes kSizes{CLASSIFY_RULES, CLASSIFY_KEYS, CLASSIFY_VIRTUALS, CLASSIFY_PREFIXES};
inline constexpr uint64_t kLatency = CLASSIFY_LATENCY;

class ClassifyBench : public rtl_test::TableBusFixture<Vclassify> {
 protected:
  void SetUp() override {
    TableBusFixture::SetUp();
    hashKey({0x5bd1e995, 0x1b873593, 0xcc9e2d51});
  }

  void hashKey(const sluice::testing::HashKey& key) {
    golden_.hash_key = key;
    for (int i = 0; i < 3; ++i) dut_.hash_key_i[i] = key[i];
  }

  void aclEnable(bool on) { dut_.acl_enable_i = golden_.acl_enable = on; }
  void prefixEnable(bool on) { dut_.prefix_enable_i = golden_.prefix_enable = on; }

  void set(uint32_t row, const regs::AclBitsRow& value, bool bank = false) {
    writeRow(row, value, bank);
    golden_.banks[bank].acl_bits[row] = value;
  }
  void set(uint32_t row, const regs::AclActionRow& value, bool bank = false) {
    writeRow(row, value, bank);
    golden_.banks[bank].acl_action[row] = value;
  }
  void set(uint32_t row, const regs::VirtualKeyRow& value, bool bank = false) {
    writeRow(row, value, bank);
    golden_.banks[bank].keys[row] = value;
  }
  void set(uint32_t row, const regs::VirtualRow& value, bool bank = false) {
    writeRow(row, value, bank);
    golden_.banks[bank].virtuals[row] = value;
  }
  void set(uint32_t row, const regs::PrefixBitsRow& value, bool bank = false) {
    writeRow(row, value, bank);
    golden_.banks[bank].prefix_bits[row] = value;
  }
  void set(uint32_t row, const regs::PrefixResultRow& value, bool bank = false) {
    writeRow(row, value, bank);
    golden_.banks[bank].prefix_result[row] = value;
  }

  /// Row `choice` (0 to 3) of those where a key may stand.
  uint32_t rowOf(const regs::VirtualKeyRow& key, uint32_t choice) const {
    const uint64_t hash =
        hashOf(golden_.hash_key, key.is_v6, key.address, key.any_port ? 0 : key.port);
    const uint32_t bucket =
        static_cast<uint32_t>(choice < 2 ? hash : hash >> 32) % (kSizes.keys / 2);
    return 2 * bucket + choice % 2;
  }

  /// One clock with a packet; what the golden says of it.
  Outcome send(const Arrival& arrival) {
    dut_.valid_i = 1;
    pack(arrival.meta, {&dut_.meta_i[0], regs::IngressMeta::kWords});
    pack(arrival.parsed, {&dut_.parsed_i[0], regs::Parsed::kWords});
    pack(arrival.own, {&dut_.own_i[0], regs::Tuple::kWords});
    pack(arrival.key, {&dut_.key_i[0], regs::Tuple::kWords});
    const Outcome expected = golden_.decide(arrival);
    due_.push_back({cycle_ + kLatency, expected});
    step();
    dut_.valid_i = 0;
    return expected;
  }

  void idle(uint64_t cycles) {
    for (uint64_t i = 0; i < cycles; ++i) step();
  }

  void drain() {
    idle(kLatency);
    EXPECT_TRUE(due_.empty());
  }

  void step() {
    clock();
    const bool expected = !due_.empty() && due_.front().first == cycle_;
    ASSERT_EQ(dut_.valid_o, expected) << "cycle " << cycle_;
    if (!expected) return;
    compare(due_.front().second);
    due_.pop_front();
    ++out_;
  }

  void compare(const Outcome& wanted) {
    SCOPED_TRACE(::testing::Message() << "packet " << out_);
    const auto got = regs::unpack<regs::Classified>(
        std::span<const uint32_t>(&dut_.classified_o[0], regs::Classified::kWords));
    EXPECT_EQ(regs::name(got.verdict), regs::name(wanted.classified.verdict));
    EXPECT_EQ(regs::name(got.reason), regs::name(wanted.classified.reason));
    EXPECT_EQ(regs::name(got.cause), regs::name(wanted.classified.cause));
    EXPECT_EQ(got.acl_hit, wanted.classified.acl_hit);
    EXPECT_EQ(got.acl_rule, wanted.classified.acl_rule);
    EXPECT_EQ(got.has_virtual, wanted.classified.has_virtual);
    EXPECT_EQ(got.virtual_id, wanted.classified.virtual_id);
    EXPECT_TRUE(got == wanted.classified);
    EXPECT_EQ(dut_.acl_police_o, wanted.acl_police);
    if (!wanted.hashed) return;
    EXPECT_EQ(dut_.hash_src_o, wanted.src);
    EXPECT_EQ(dut_.hash_dst_o, wanted.dst);
    EXPECT_EQ(dut_.hash_src0_o, wanted.src0);
    EXPECT_EQ(dut_.hash_dst0_o, wanted.dst0);
  }

  Classify golden_{kSizes};
  std::deque<std::pair<uint64_t, Outcome>> due_;
  uint64_t out_ = 0;
};

}  // namespace sluice::classify_test
