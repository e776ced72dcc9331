// SPDX-License-Identifier: Apache-2.0
//
// The Verilated egress behind a pipeline that decides at random times, and a golden egress beside
// it.
//
// Packets are queued with decide(); their decisions and their bodies go in by themselves, as far as
// the credits allow. Every frame and result that comes out is checked, and the golden punt buckets
// and counters are kept.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "Vegress.h"
#include "firmware/hal/gen/sluice_regs.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::rtl_test {

constexpr int kPorts = 5;
constexpr int kBeat = sizeof(std::remove_reference_t<decltype(Vegress::m_axis_tdata_o)>);
constexpr int kWindow = 128;
constexpr int kPrefix = 80;
// Parameters of the model, see CMakeLists.txt.
constexpr int kBodyBeats = 256;
constexpr int kMaxInFlight = 8;
constexpr int kVirtuals = 16;
constexpr int kMembers = 32;
constexpr int kRules = 8;

struct Packet {
  regs::IngressMeta meta;
  regs::Routed routed;
  bool acl_hit = false;
  uint8_t acl_rule = 0;
  uint8_t out_port = 1;
  int out_len = 0;
  int strip = 0;
  int prefix_len = 0;
  std::vector<uint8_t> bytes;  ///< the frame, its window edited already
  std::array<uint8_t, kPrefix> prefix{};

  int bodyBeats() const {
    return std::max(0, (static_cast<int>(bytes.size()) - kWindow + kBeat - 1) / kBeat);
  }
};

struct Expected {
  regs::Result result;
  std::vector<uint8_t> frame;  ///< empty if dropped
  int body_beats;
};

struct Count {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  bool operator==(const Count&) const = default;
};

class EgressBench : public RtlFixture<Vegress> {
 protected:
  using Row = std::array<uint32_t, 12>;

  void decide(Packet packet) {
    expected_.push_back(golden(packet));
    bodies_.push_back(packet);
    decisions_.push_back(std::move(packet));
  }

  /// One clock: a decision, a beat of body, and a check of all that comes out.
  void step() {
    dut_.valid_i = 0;
    dut_.body_valid_i = 0;
    if (!decisions_.empty() && in_flight_ < kMaxInFlight && decision_()) {
      present(decisions_.front());
      decisions_.pop_front();
      ++in_flight_;
    }
    while (!bodies_.empty() && bodies_.front().bodyBeats() == 0) bodies_.pop_front();
    if (!bodies_.empty() && body_held_ < kBodyBeats && body_()) presentBody();
    settle();
    const bool popped = dut_.body_pop_o;
    const bool done = dut_.packet_done_o;
    clock();
    dut_.valid_i = 0;
    dut_.body_valid_i = 0;
    if (popped) --body_held_, ++popped_;
    if (done) --in_flight_, ++done_;
    ASSERT_GE(body_held_, 0);
    ASSERT_GE(in_flight_, 0);
    if (dut_.m_axis_tvalid_o) checkBeat();
    if (dut_.result_valid_o) checkResult();
  }

  void finish() {
    for (int idle = 0; idle < 20; ++idle) {
      step();
      if (HasFatalFailure()) return;
      if (!expected_.empty() || in_flight_ > 0) idle = 0;
      ASSERT_LT(cycle_, 5000000u) << "does not come to an end";
    }
    EXPECT_EQ(body_held_, 0);
    EXPECT_EQ(in_flight_, 0);
  }

  /// A table access while everything else goes on; the row read.
  Row access(uint32_t id, uint32_t row, const Row* write = nullptr) {
    dut_.tbl_valid_i = 1;
    dut_.tbl_write_i = write != nullptr;
    dut_.tbl_id_i = id;
    dut_.tbl_row_i = row;
    for (int word = 0; word < 12; ++word) dut_.tbl_wdata_i[word] = write ? (*write)[word] : 0;
    Row got{};
    for (int cycle = 0;; ++cycle) {
      step();
      if (dut_.tbl_ack_o) break;
      EXPECT_EQ(dut_.tbl_rdata_o[0], 0u) << "data without an acknowledgement";
      if (cycle == 30) {
        ADD_FAILURE() << "table " << id << " row " << row << " is not acknowledged";
        break;
      }
    }
    std::copy_n(dut_.tbl_rdata_o.data(), 12, got.begin());
    dut_.tbl_valid_i = 0;
    step();
    EXPECT_FALSE(dut_.tbl_ack_o);
    return got;
  }

  void setPolicer(regs::PuntCause cause, uint64_t rate, uint32_t burst) {
    Row row{};
    regs::pack(regs::PuntPolicerRow{rate, burst}, row);
    access(regs::PuntPolicerRow::kTableId, static_cast<uint32_t>(cause), &row);
    buckets_[static_cast<int>(cause)].rate = rate;
    buckets_[static_cast<int>(cause)].burst = burst;
  }

  Count readCount(uint32_t id, uint32_t row) {
    const Row got = access(id, row);
    return {uint64_t{got[1]} << 32 | got[0], uint64_t{got[3]} << 32 | got[2]};
  }

  /// All counters against the golden ones, rows that must be 0 included.
  void checkCounters() {
    for (const auto& [id, rows] :
         {std::pair{19u, 2048u}, {20u, 8192u}, {21u, 16u}, {22u, 256u}, {23u, 16u}, {24u, 256u}}) {
      for (uint32_t row = 0; row < rows; row += row < 40 || row % 1024 < 40 ? 1 : 7) {
        const Count got = readCount(id, row);
        const Count expected = counts_[{id, row}];
        ASSERT_EQ(got.packets, expected.packets) << "table " << id << " row " << row;
        ASSERT_EQ(got.bytes, expected.bytes) << "table " << id << " row " << row;
      }
      ASSERT_EQ(readCount(id, rows), Count{}) << "beyond the last row of table " << id;
      ASSERT_EQ(readCount(id, 2 * rows + 3), Count{}) << "beyond the last row of table " << id;
    }
  }

  void count(uint32_t id, uint32_t row, uint32_t bytes) {
    Count& entry = counts_[{id, row}];
    ++entry.packets;
    entry.bytes += bytes;
  }

  std::function<bool()> decision_ = [] { return true; };
  std::function<bool()> body_ = [] { return true; };
  std::deque<Packet> decisions_;
  std::deque<Expected> expected_;
  std::map<std::pair<uint32_t, uint32_t>, Count> counts_;   ///< table and row
  std::vector<std::pair<uint64_t, regs::Result>> results_;  ///< cycle and result
  uint64_t popped_ = 0;
  uint64_t done_ = 0;

 private:
  struct Bucket {
    uint64_t rate = 0, burst = 0, tokens = 0, last = 0;
  };

  /// docs/data-plane.md, sections 6 and 10.
  bool takeToken(Bucket& bucket, uint64_t now) {
    if (bucket.rate == 0) return true;
    const uint64_t tick = now >> 10;
    const uint64_t elapsed = tick - bucket.last;
    const unsigned __int128 full = static_cast<unsigned __int128>(bucket.burst) << 24;
    const unsigned __int128 sum =
        bucket.tokens + static_cast<unsigned __int128>(elapsed) * bucket.rate;
    const bool fill = bucket.last == 0 || elapsed >= 1 << 24;
    bucket.tokens = static_cast<uint64_t>(fill ? full : std::min(full, sum));
    bucket.last = tick;
    if (bucket.tokens < 1 << 24) return false;
    bucket.tokens -= 1 << 24;
    return true;
  }

  Expected golden(const Packet& packet) {
    const regs::Routed& routed = packet.routed;
    Expected out{};
    regs::Result& result = out.result;
    result.verdict = routed.verdict;
    if (routed.verdict == regs::Verdict::kDrop) result.reason = routed.reason;
    if (routed.verdict == regs::Verdict::kPunt) result.cause = routed.cause;
    if (routed.verdict == regs::Verdict::kPunt &&
        !takeToken(buckets_[static_cast<int>(routed.cause)], packet.meta.now)) {
      result.verdict = regs::Verdict::kDrop;
      result.reason = regs::DropReason::kCpuRate;
      result.cause = regs::PuntCause::kNone;
    }
    result.in_port = packet.meta.port;
    result.out_port = 7;
    result.direction = routed.direction;
    result.has_virtual = routed.has_virtual;
    result.virtual_id = routed.has_virtual ? routed.virtual_id : 0;
    result.has_member = routed.has_member;
    result.member = routed.has_member ? routed.member : 0;
    result.flow = routed.result;
    result.close_cause = routed.close_cause;
    result.acl_hit = packet.acl_hit;
    result.acl_rule = packet.acl_hit ? packet.acl_rule : 0;
    result.in_len = packet.meta.len;
    result.stamp = packet.meta.stamp;
    result.now = packet.meta.now;
    if (result.verdict == regs::Verdict::kForward) {
      result.out_port = packet.out_port;
      result.out_len = packet.out_len;
      out.frame.assign(packet.prefix.begin(), packet.prefix.begin() + packet.prefix_len);
      out.frame.insert(out.frame.end(), packet.bytes.begin() + packet.strip, packet.bytes.end());
      EXPECT_LE(packet.out_len, static_cast<int>(out.frame.size()))
          << "the bench asks for too much";
      out.frame.resize(packet.out_len);
    } else if (result.verdict == regs::Verdict::kPunt) {
      result.out_port = 4;
      result.out_len = packet.meta.len;
      out.frame = packet.bytes;
    }
    out.body_beats = packet.bodyBeats();
    return out;
  }

  void present(const Packet& packet) {
    dut_.valid_i = 1;
    regs::pack(packet.meta, {dut_.meta_i.data(), regs::IngressMeta::kWords});
    regs::pack(packet.routed, {dut_.routed_i.data(), regs::Routed::kWords});
    dut_.acl_hit_i = packet.acl_hit;
    dut_.acl_rule_i = packet.acl_rule;
    dut_.out_port_i = packet.out_port;
    dut_.out_len_i = packet.out_len;
    dut_.strip_i = packet.strip;
    dut_.prefix_len_i = packet.prefix_len;
    std::memcpy(bytesOf(dut_.prefix_i), packet.prefix.data(), kPrefix);
    std::memset(bytesOf(dut_.window_i), 0, kWindow);
    std::memcpy(bytesOf(dut_.window_i), packet.bytes.data(),
                std::min<size_t>(kWindow, packet.bytes.size()));
  }

  void presentBody() {
    const std::vector<uint8_t>& bytes = bodies_.front().bytes;
    const int offset = kWindow + body_sent_ * kBeat;
    dut_.body_valid_i = 1;
    std::memset(bytesOf(dut_.body_data_i), 0xbd, kBeat);
    std::memcpy(bytesOf(dut_.body_data_i), bytes.data() + offset,
                std::min<int>(kBeat, static_cast<int>(bytes.size()) - offset));
    ++body_held_;
    if (++body_sent_ == bodies_.front().bodyBeats()) body_sent_ = 0, bodies_.pop_front();
  }

  void checkBeat() {
    ASSERT_FALSE(expected_.empty()) << "a beat out of nothing";
    const Expected& packet = expected_.front();
    ASSERT_FALSE(packet.frame.empty()) << "a dropped packet is emitted";
    const int left = static_cast<int>(packet.frame.size()) - emitted_;
    const int count = std::min(kBeat, left);
    ASSERT_EQ(dut_.m_axis_tlast_o, left <= kBeat) << emitted_ << " of " << packet.frame.size();
    ASSERT_EQ(dut_.m_axis_tdest_o, packet.result.out_port);
    uint64_t keep = 0;
    std::memcpy(&keep, bytesOf(dut_.m_axis_tkeep_o), kBeat / 8);
    ASSERT_EQ(keep, count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1);
    for (int byte = 0; byte < count; ++byte) {
      ASSERT_EQ(bytesOf(dut_.m_axis_tdata_o)[byte], packet.frame[emitted_ + byte])
          << "byte " << emitted_ + byte << " of " << packet.frame.size() << ", in "
          << packet.result.in_len;
    }
    emitted_ += count;
    ASSERT_LE(dut_.m_axis_tlast_o, dut_.result_valid_o) << "the result comes with the last beat";
  }

  void checkResult() {
    ASSERT_FALSE(expected_.empty()) << "a result out of nothing";
    const Expected& packet = expected_.front();
    ASSERT_EQ(emitted_, static_cast<int>(packet.frame.size())) << "a result before the last beat";
    const auto result = regs::unpack<regs::Result>({dut_.result_o.data(), regs::Result::kWords});
    EXPECT_TRUE(result == packet.result) << "verdict " << static_cast<int>(result.verdict)
                                         << " expected " << static_cast<int>(packet.result.verdict);
    results_.emplace_back(cycle_, result);
    countResult(packet.result);
    emitted_ = 0;
    expected_.pop_front();
  }

  void countResult(const regs::Result& result) {
    count(21, result.in_port, result.in_len);
    if (result.verdict != regs::Verdict::kDrop) count(21, 8 + result.out_port, result.out_len);
    if (result.verdict == regs::Verdict::kDrop)
      count(22, static_cast<uint32_t>(result.reason), result.in_len);
    if (result.verdict == regs::Verdict::kPunt)
      count(23, static_cast<uint32_t>(result.cause), result.in_len);
    if (result.acl_hit) count(24, result.acl_rule, result.in_len);
    const auto direction = static_cast<uint32_t>(result.direction);
    if (result.has_virtual) count(19, direction * 1024 + result.virtual_id, result.in_len);
    if (result.has_member && result.verdict == regs::Verdict::kForward) {
      count(20, direction * 4096 + result.member, result.in_len);
    }
  }

  std::array<Bucket, 16> buckets_;
  std::deque<Packet> bodies_;
  int body_sent_ = 0;
  int body_held_ = 0;
  int in_flight_ = 0;
  int emitted_ = 0;
};

}  // namespace sluice::rtl_test
