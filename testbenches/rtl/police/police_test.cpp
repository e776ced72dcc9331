// SPDX-License-Identifier: Apache-2.0
//
// police against the bench's own token buckets, POLICE_RULES, POLICE_VIRTUALS and POLICE_SOURCES of
// them.

#include <deque>

#include "Vpolice.h"
#include "testbenches/rtl/classify/table_bus_fixture.h"
#include "testbenches/rtl/police/police_golden.h"

namespace sluice::police_test {
namespace {

using regs::DropReason;
using rtl_test::Random;

constexpr uint64_t kLatency = 4;
constexpr uint64_t kToken = 1 << 24;
constexpr uint64_t kTick = 1 << 10;
constexpr uint64_t kStart = 1000 * kTick;

class PoliceBench : public rtl_test::TableBusFixture<Vpolice> {
 protected:
  void sourceBucket(const BucketConfig& config) {
    golden_.source = config;
    dut_.source_rate_i = config.rate;
    dut_.source_burst_i = config.burst;
  }

  void ruleBucket(uint32_t rule, const BucketConfig& config) {
    golden_.rules[rule] = config;
    writeRow<regs::AclPolicerRow>(rule, {config.rate, config.burst});
  }

  void virtualBuckets(uint32_t id, const BucketConfig& packets, const BucketConfig& bytes) {
    const regs::VirtualPolicerRow row{packets.rate, packets.burst, bytes.rate, bytes.burst};
    golden_.policers[id] = row;
    writeRow(id, row);
  }

  /// A packet to police.
  static Arrival packet(uint64_t now, uint64_t source = 0, uint16_t virtual_id = 0,
                        uint16_t len = 64) {
    Arrival arrival;
    arrival.meta.now = now;
    arrival.meta.len = len;
    arrival.classified.has_virtual = true;
    arrival.classified.virtual_id = virtual_id;
    arrival.classified.pool = 0x155;
    arrival.classified.connection_limit = 0xabcde;
    arrival.hash_src0 = source;
    return arrival;
  }

  static Arrival policed(Arrival arrival, uint8_t rule) {
    arrival.acl_police = true;
    arrival.classified.acl_hit = true;
    arrival.classified.acl_rule = rule;
    return arrival;
  }

  /// One clock with a packet; the reason that the golden has for it.
  DropReason send(const Arrival& arrival) {
    dut_.valid_i = 1;
    pack(arrival.meta, {&dut_.meta_i[0], regs::IngressMeta::kWords});
    pack(arrival.classified, {&dut_.classified_i[0], regs::Classified::kWords});
    dut_.acl_police_i = arrival.acl_police;
    dut_.hash_src0_i = arrival.hash_src0;
    const regs::Classified expected = golden_.decide(arrival);
    due_.push_back({cycle_ + kLatency, expected});
    step();
    dut_.valid_i = 0;
    return expected.reason;
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
    const auto got = regs::unpack<regs::Classified>(
        std::span<const uint32_t>(&dut_.classified_o[0], regs::Classified::kWords));
    const regs::Classified wanted = due_.front().second;
    EXPECT_EQ(got.verdict, wanted.verdict) << "packet " << out_;
    EXPECT_EQ(got.reason, wanted.reason) << "packet " << out_;
    EXPECT_TRUE(got == wanted) << "packet " << out_;
    due_.pop_front();
    ++out_;
  }

  Police golden_{POLICE_VIRTUALS, POLICE_SOURCES};
  std::deque<std::pair<uint64_t, regs::Classified>> due_;
  uint64_t out_ = 0;
};

TEST_F(PoliceBench, ResetForgetsPacketsAndKeepsState) {
  sourceBucket({1, 2});
  EXPECT_EQ(send(packet(kStart)), DropReason::kNone);
  drain();
  send(packet(kStart));
  due_.clear();
  dut_.rst_i = 1;
  idle(2);
  dut_.rst_i = 0;
  idle(2 * kLatency);
}

TEST_F(PoliceBench, AllOff) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(send(policed(packet(kStart), 1)), DropReason::kNone);
  drain();
}

TEST_F(PoliceBench, BurstThenRateBackToBack) {
  sourceBucket({kToken / 4, 3});
  uint64_t now = kStart;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(packet(now)), DropReason::kNone);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(packet(now)), DropReason::kSourceRate);
  now += 4 * kTick;
  EXPECT_EQ(send(packet(now)), DropReason::kNone);
  EXPECT_EQ(send(packet(now)), DropReason::kSourceRate);
  drain();
}

TEST_F(PoliceBench, EachGapBetweenPacketsOfABucket) {
  sourceBucket({1, 1000});
  for (uint64_t gap = 0; gap < 2 * kLatency; ++gap) {
    for (int i = 0; i < 4; ++i) {
      send(packet(kStart));
      idle(gap);
    }
  }
  sourceBucket({1, 1});  // cuts what is left
  idle(kLatency);
  send(packet(kStart + kTick));
  send(packet(kStart + kTick));
  drain();
}

TEST_F(PoliceBench, OthersBetweenPacketsOfABucket) {
  sourceBucket({1, 4});
  for (int others = 0; others < 4; ++others) {
    for (int i = 0; i < 3; ++i) {
      send(packet(kStart, 1));
      for (int other = 0; other < others; ++other) send(packet(kStart, 2 + other));
    }
  }
  drain();
}

TEST_F(PoliceBench, StepsInOrder) {
  ruleBucket(3, {1, 4});
  sourceBucket({1, 3});
  virtualBuckets(2, {1, 2}, {1, 64});
  std::vector<DropReason> reasons;
  for (int i = 0; i < 5; ++i) reasons.push_back(send(policed(packet(kStart, 7, 2), 3)));
  EXPECT_EQ(reasons, (std::vector{DropReason::kNone, DropReason::kVirtualBitRate,
                                  DropReason::kVirtualBitRate, DropReason::kSourceRate,
                                  DropReason::kAclPolice}));
  drain();
}

TEST_F(PoliceBench, FailureLeavesLaterBucketsAlone) {
  ruleBucket(3, {1, 1});
  sourceBucket({1, 2});
  virtualBuckets(2, {1, 2}, {});
  EXPECT_EQ(send(policed(packet(kStart, 7, 2), 3)), DropReason::kNone);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(send(policed(packet(kStart, 7, 2), 3)), DropReason::kAclPolice);
  EXPECT_EQ(send(packet(kStart, 7, 2)), DropReason::kNone);
  EXPECT_EQ(send(packet(kStart, 7, 2)), DropReason::kSourceRate);
  EXPECT_EQ(send(packet(kStart, 6, 2)), DropReason::kVirtualPacketRate);
  drain();
}

TEST_F(PoliceBench, NeitherBucketOfAVirtualIsChargedIfOneFails) {
  virtualBuckets(5, {1, 2}, {1, 100});
  EXPECT_EQ(send(packet(kStart, 0, 5, 101)), DropReason::kVirtualBitRate);
  EXPECT_EQ(send(packet(kStart, 0, 5, 60)), DropReason::kNone);
  EXPECT_EQ(send(packet(kStart, 0, 5, 60)), DropReason::kVirtualBitRate);
  EXPECT_EQ(send(packet(kStart, 0, 5, 40)), DropReason::kNone);
  EXPECT_EQ(send(packet(kStart, 0, 5, 40)), DropReason::kVirtualPacketRate);
  drain();
}

TEST_F(PoliceBench, OnlyForwardPacketsWithAVirtual) {
  sourceBucket({1, 1});
  Arrival dropped = packet(kStart);
  dropped.classified.verdict = regs::Verdict::kDrop;
  dropped.classified.reason = DropReason::kVirtualDisabled;
  Arrival punted = packet(kStart);
  punted.classified.verdict = regs::Verdict::kPunt;
  punted.classified.cause = regs::PuntCause::kLocal;
  Arrival reverse = packet(kStart);
  reverse.classified.has_virtual = false;
  reverse.classified.direction = regs::Direction::kReverse;
  for (const Arrival& arrival : {dropped, punted, reverse}) send(policed(arrival, 1));
  EXPECT_EQ(send(packet(kStart)), DropReason::kNone) << "the token is still there";
  EXPECT_EQ(send(packet(kStart)), DropReason::kSourceRate);
  drain();
}

TEST_F(PoliceBench, FirstMicrosecondCountsAsUntouched) {
  sourceBucket({1, 1});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(send(packet(1023)), DropReason::kNone);
  EXPECT_EQ(send(packet(1024)), DropReason::kNone);
  EXPECT_EQ(send(packet(1024)), DropReason::kSourceRate);
  drain();
}

TEST_F(PoliceBench, Tables) {
  const regs::VirtualPolicerRow policer{0xa5a5a5a5a5, 0x12345678, 0x5a5a5a5a5a, 0x87654321};
  for (const uint32_t row : {0u, POLICE_VIRTUALS - 1u}) {
    writeRow(row, policer);
    EXPECT_TRUE(readRow<regs::VirtualPolicerRow>(row) == policer);
    EXPECT_TRUE(readRow<regs::VirtualPolicerRow>(row, 1) == policer) << "the table has no banks";
  }
  const regs::AclPolicerRow rule{0xa5a5a5a5a5, 0x12345678};
  for (const uint32_t row : {0u, POLICE_RULES - 1u}) {
    writeRow(row, rule);
    EXPECT_TRUE(readRow<regs::AclPolicerRow>(row) == rule);
  }
  writeRow(POLICE_VIRTUALS, policer);
  EXPECT_TRUE(readRow<regs::VirtualPolicerRow>(POLICE_VIRTUALS) == regs::VirtualPolicerRow{});
  EXPECT_TRUE(readRow<regs::VirtualPolicerRow>(0) == policer);
  writeRow(POLICE_RULES, regs::AclPolicerRow{1, 2});
  EXPECT_TRUE(readRow<regs::AclPolicerRow>(POLICE_RULES) == regs::AclPolicerRow{});
  EXPECT_TRUE(readRow<regs::AclPolicerRow>(0) == rule);
  for (const uint32_t id : {1u, 4u, 11u, 13u, 15u, 16u, 31u})
    EXPECT_FALSE(access(false, id, 0, 0, {})) << "table " << id << " is another's";
}

class PoliceRandom : public PoliceBench {
 protected:
  BucketConfig bucket(uint32_t burst) {
    if (random_.percent(25)) return {};
    return {random_.bits(static_cast<int>(random_.between(1, 30))),
            static_cast<uint32_t>(random_.between(0, burst))};
  }

  void configure() {
    sourceBucket(bucket(20));
    for (uint32_t rule = 0; rule < 4; ++rule) ruleBucket(rule, bucket(20));
    for (uint32_t id = 0; id < 4; ++id) virtualBuckets(id, bucket(20), bucket(20000));
  }

  Arrival arrival() {
    Arrival arrival =
        packet(now_, random_.between(0, 5), static_cast<uint16_t>(random_.between(0, 3)),
               static_cast<uint16_t>(random_.between(14, 9216)));
    if (random_.percent(40))
      arrival = policed(arrival, static_cast<uint8_t>(random_.between(0, 3)));
    if (random_.percent(5)) arrival.classified.verdict = regs::Verdict::kPunt;
    if (random_.percent(5)) arrival.classified.has_virtual = false;
    return arrival;
  }

  void passTime() {
    if (random_.percent(70)) return;
    now_ += random_.bits(static_cast<int>(random_.between(0, 16)));
    if (random_.percent(1)) now_ += uint64_t{1} << random_.between(20, 36);
  }

  Random random_;
  uint64_t now_ = 0;
};

TEST_F(PoliceRandom, AgainstTheGolden) {
  std::map<DropReason, int> reasons;
  for (int round = 0; round < 60; ++round) {
    configure();
    const int gaps = round % 2 == 0 ? 0 : 40;
    for (int i = 0; i < 1000; ++i) {
      if (random_.percent(gaps)) idle(random_.between(1, 4));
      passTime();
      ++reasons[send(arrival())];
    }
    drain();
    if (HasFailure()) return;
  }
  for (const DropReason reason :
       {DropReason::kNone, DropReason::kAclPolice, DropReason::kSourceRate,
        DropReason::kVirtualPacketRate, DropReason::kVirtualBitRate})
    EXPECT_GT(reasons[reason], 100) << "the traffic shows little of " << regs::name(reason);
}

}  // namespace
}  // namespace sluice::police_test
