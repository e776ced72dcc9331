// SPDX-License-Identifier: Apache-2.0
//
// egress_counters: results and drops of ingress in every cycle, and reads between them. 16
// virtuals, 32 members, 8 rules.

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "Vegress_counters.h"
#include "firmware/hal/gen/sluice_regs.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::rtl_test {
namespace {

struct Count {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  void operator+=(uint32_t length) { ++packets, bytes += length; }
};

struct Drop {
  int port;
  uint32_t reason;
  uint32_t length;
};

class EgressCounters : public RtlFixture<Vegress_counters> {
 protected:
  void step(const regs::Result* result, const std::vector<Drop>& drops) {
    dut_.result_valid_i = result != nullptr;
    if (result) regs::pack(*result, {dut_.result_i.data(), regs::Result::kWords});
    dut_.drop_valid_i = 0;
    std::array<uint64_t, 2> lengths{};
    for (const Drop& drop : drops) {
      dut_.drop_valid_i |= 1 << drop.port;
      bytesOf(dut_.drop_reason_i)[drop.port] = drop.reason;
      for (int bit = 0; bit < 14; ++bit) {
        const int at = drop.port * 14 + bit;
        if (drop.length >> bit & 1) lengths[at / 64] |= uint64_t{1} << at % 64;
      }
    }
    std::memcpy(bytesOf(dut_.drop_len_i), lengths.data(), 12);
    clock();
    if (result) {
      golden_[{21, result->in_port}] += result->in_len;
      golden_[{22, static_cast<uint32_t>(result->reason)}] += result->in_len;
    }
    for (const Drop& drop : drops) {
      golden_[{21, drop.port}] += drop.length;
      golden_[{22, drop.reason}] += drop.length;
    }
    dut_.result_valid_i = 0;
    dut_.drop_valid_i = 0;
  }

  /// Reads a row while `traffic` goes on; at least what was counted before, at most what is counted
  /// in the end.
  void read(uint32_t id, uint32_t row, const std::function<void()>& traffic) {
    const Count before = golden_[{id, row}];
    dut_.tbl_valid_i = 1;
    dut_.tbl_id_i = id;
    dut_.tbl_row_i = row;
    int cycles = 0;
    do {
      traffic();
      ASSERT_LT(++cycles, 20) << "no acknowledgement";
    } while (!dut_.tbl_ack_o);
    dut_.tbl_valid_i = 0;
    const Count got{uint64_t{dut_.tbl_rdata_o[1]} << 32 | dut_.tbl_rdata_o[0],
                    uint64_t{dut_.tbl_rdata_o[3]} << 32 | dut_.tbl_rdata_o[2]};
    EXPECT_GE(got.packets, before.packets) << "table " << id << " row " << row;
    EXPECT_GE(got.bytes, before.bytes) << "table " << id << " row " << row;
    const Count after = golden_[{id, row}];
    EXPECT_LE(got.packets, after.packets) << "table " << id << " row " << row;
    EXPECT_LE(got.bytes, after.bytes) << "table " << id << " row " << row;
    acknowledged_after_ = cycles;
    traffic();
    EXPECT_FALSE(dut_.tbl_ack_o);
  }

  std::map<std::pair<uint32_t, uint32_t>, Count> golden_;
  int acknowledged_after_ = 0;
};

TEST_F(EgressCounters, AllPortsDropInEveryCycle) {
  for (uint32_t i = 0; i < 100; ++i) {
    std::vector<Drop> drops;
    for (int port = 0; port < 5; ++port) drops.push_back({port, 1 + (i + port) % 4, i * 50 + port});
    step(nullptr, drops);
  }
  for (uint32_t row = 0; row < 8; ++row) {
    read(21, row, [&] { step(nullptr, {}); });
    read(22, row, [&] { step(nullptr, {}); });
  }
}

TEST_F(EgressCounters, ReadSeesTheCycleBefore) {
  regs::Result result;
  result.verdict = regs::Verdict::kDrop;
  result.reason = regs::DropReason::kLand;
  result.in_port = 3;
  result.in_len = 1000;
  for (int i = 0; i < 3; ++i) {
    step(&result, {{3, 2, 777}, {0, 2, 5}});
    read(22, 19, [&] { step(nullptr, {}); });
    step(&result, {{3, 2, 777}, {0, 2, 5}});
    read(22, 2, [&] { step(nullptr, {}); });
    step(&result, {{3, 2, 777}, {0, 2, 5}});
    read(21, 3, [&] { step(nullptr, {}); });
  }
}

TEST_F(EgressCounters, AcknowledgementLatency) {
  read(24, 0, [&] { step(nullptr, {}); });
  EXPECT_EQ(acknowledged_after_, 3);
  read(22, 1, [&] { step(nullptr, {}); });
  EXPECT_EQ(acknowledged_after_, 13);
  read(21, 4, [&] { step(nullptr, {}); });
  EXPECT_EQ(acknowledged_after_, 11);
}

TEST_F(EgressCounters, OtherTablesAreNotAnswered) {
  for (uint32_t id : {0, 15, 18, 25, 31}) {
    dut_.tbl_valid_i = 1;
    dut_.tbl_id_i = id;
    for (int i = 0; i < 20; ++i) {
      clock();
      EXPECT_FALSE(dut_.tbl_ack_o);
    }
    dut_.tbl_valid_i = 0;
    clock();
  }
}

TEST_F(EgressCounters, RandomTrafficAndReads) {
  rtl_test::Random random;
  auto traffic = [&] {
    regs::Result result;
    result.verdict = regs::Verdict::kDrop;
    result.reason = static_cast<regs::DropReason>(random.between(8, 12));
    result.in_port = random.between(0, 4);
    result.in_len = random.bits(14);
    std::vector<Drop> drops;
    for (int port = 0; port < 5; ++port) {
      if (random.percent(60)) {
        drops.push_back({port, static_cast<uint32_t>(random.between(1, 4)),
                         static_cast<uint32_t>(random.bits(14))});
      }
    }
    step(random.percent(70) ? &result : nullptr, drops);
  };
  for (int round = 0; round < 2000 && !HasFatalFailure(); ++round) {
    const uint32_t id = random.percent(50) ? 21 : 22;
    read(id, random.between(0, id == 21 ? 7 : 12), traffic);
  }
  for (uint32_t row = 0; row < 13; ++row) {
    read(22, row, [&] { step(nullptr, {}); });
    if (row < 8) read(21, row, [&] { step(nullptr, {}); });
  }
}

}  // namespace
}  // namespace sluice::rtl_test
