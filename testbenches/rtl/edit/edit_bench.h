// SPDX-License-Identifier: Apache-2.0
//
// The Verilated edit, its tables, and packets in and out of it.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "Vedit.h"
#include "firmware/hal/gen/sluice_regs.h"
#include "gtest/gtest.h"
#include "testbenches/common/packet_builder.h"
#include "testbenches/rtl/edit/edit_golden.h"
#include "testbenches/rtl/parse/parse_golden.h"
#include "verilated.h"

namespace sluice::edit_test {

using namespace sluice::testing;  // NOLINT: the packet builder's words

class EditBench : public ::testing::Test {
 protected:
  static constexpr int kLatency = 3;

  void SetUp() override {
    context_.errorLimit(1000000);  // count failing assertions, go on
    reset();
  }

  void TearDown() override {
    dut_.final();
    EXPECT_EQ(context_.errorCount(), 0) << "an assertion of the RTL failed";
  }

  void reset(int cycles = 3) {
    dut_.rst_i = 1;
    dut_.tbl_valid_i = 0;
    for (int cycle = 0; cycle < cycles; ++cycle) tick();
    dut_.rst_i = 0;
    dut_.valid_i = 0;
  }

  void tick() {
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
    ++cycle_;
  }

  /// One request on the table bus; false if it is not acknowledged.
  bool request(bool write, uint32_t id, uint32_t row, std::span<uint32_t> words) {
    dut_.tbl_valid_i = 1;
    dut_.tbl_write_i = write;
    dut_.tbl_id_i = static_cast<uint8_t>(id);
    dut_.tbl_bank_i = row & 1;  // tables without banks ignore it
    dut_.tbl_row_i = row;
    for (size_t word = 0; word < 12; ++word)
      dut_.tbl_wdata_i[word] = word < words.size() ? words[word] : ~0u;
    bool acknowledged = false;
    for (int cycle = 0; cycle < 10 && !acknowledged; ++cycle) {
      tick();
      acknowledged = dut_.tbl_ack_o != 0;
      if (!acknowledged) expectQuietBus();
    }
    if (!write) {
      for (size_t word = 0; word < 12; ++word) {
        if (word < words.size()) {
          words[word] = dut_.tbl_rdata_o[word];
        } else {
          EXPECT_EQ(dut_.tbl_rdata_o[word], 0u);
        }
      }
    }
    tick();
    EXPECT_EQ(dut_.tbl_ack_o, 0) << "acknowledged once";
    expectQuietBus();
    dut_.tbl_valid_i = 0;
    tick();
    return acknowledged;
  }

  void expectQuietBus() {
    for (size_t word = 0; word < 12; ++word) EXPECT_EQ(dut_.tbl_rdata_o[word], 0u);
  }

  template <typename Row>
  void write(uint32_t row, const Row& value) {
    uint32_t words[Row::kWords];
    pack(value, words);
    EXPECT_TRUE(request(true, Row::kTableId, row, words));
  }

  template <typename Row>
  Row read(uint32_t row) {
    uint32_t words[Row::kWords] = {};
    EXPECT_TRUE(request(false, Row::kTableId, row, words));
    return unpack<Row>(words);
  }

  void setPort(uint8_t port, const PortRow& row) {
    tables_.ports[port] = row;
    write(port, row);
  }

  void setNeighbor(uint16_t neighbor, const NeighborRow& row) {
    tables_.neighbors[neighbor] = row;
    write(neighbor, row);
  }

  void setTunnelSources(const Ip& source4, const Ip& source6) {
    std::copy_n(source4.bytes.begin(), 4, tables_.tunnel_source4.begin());
    tables_.tunnel_source6 = source6.bytes;
    std::memcpy(&dut_.tunnel_source4_i, source4.bytes.data(), 4);
    std::memcpy(dut_.tunnel_source6_i.data(), source6.bytes.data(), 16);
  }

  /// What parser and flow would say of this packet.
  static Input inputOf(const Packet& packet, const Routed& routed) {
    return inputOf(packet.build(), routed);
  }
  static Input inputOf(const Bytes& frame, const Routed& routed) {
    const parse_test::Outcome outcome = parse_test::goldenParse(frame, 0, kPortNone, {});
    EXPECT_EQ(outcome.parsed.verdict, Verdict::kForward) << name(outcome.parsed.reason);
    return {frame, kPortNone, outcome.parsed, outcome.own, routed};
  }

  void offer(const Input& input) {
    IngressMeta meta;
    meta.port = 1;
    meta.cpu_dest = input.cpu_dest;
    meta.len = static_cast<uint16_t>(input.frame.size());
    pack(meta, std::span(dut_.meta_i.data(), IngressMeta::kWords));
    pack(input.parsed, std::span(dut_.parsed_i.data(), Parsed::kWords));
    pack(input.own, std::span(dut_.own_i.data(), Tuple::kWords));
    pack(input.routed, std::span(dut_.routed_i.data(), Routed::kWords));
    uint8_t window[kWindowBytes] = {};
    std::memcpy(window, input.frame.data(), std::min(input.frame.size(), sizeof window));
    std::memcpy(dut_.window_i.data(), window, sizeof window);
    dut_.valid_i = 1;
  }

  /// What egress would send of `frame`.
  Output collect(const Bytes& frame) {
    Output out;
    out.routed = unpack<Routed>(std::span(dut_.routed_o.data(), Routed::kWords));
    out.port = dut_.out_port_o;
    if (dut_.out_len_o == 0) return out;
    const auto* prefix = reinterpret_cast<const uint8_t*>(dut_.prefix_o.data());
    const auto* window = reinterpret_cast<const uint8_t*>(dut_.window_o.data());
    EXPECT_LE(dut_.prefix_len_o, kPrefixBytes);
    out.frame.assign(prefix, prefix + dut_.prefix_len_o);
    for (size_t i = dut_.strip_o; i < frame.size(); ++i)
      out.frame.push_back(i < kWindowBytes ? window[i] : frame[i]);
    EXPECT_GE(out.frame.size(), dut_.out_len_o) << "more than there is";
    out.frame.resize(dut_.out_len_o);
    return out;
  }

  /// The packets one per clock, each `gap(i)` idle cycles after the one before it.
  template <typename Gap>
  std::vector<Output> run(const std::vector<Input>& inputs, Gap gap) {
    std::vector<Output> outputs;
    std::deque<int64_t> due;
    const auto step = [&] {
      tick();
      if (!dut_.valid_o) return;
      ASSERT_FALSE(due.empty()) << "an output of no packet";
      EXPECT_EQ(cycle_, due.front());
      due.pop_front();
      outputs.push_back(collect(inputs[outputs.size()].frame));
    };
    for (size_t i = 0; i < inputs.size(); ++i) {
      dut_.valid_i = 0;
      for (int idle = gap(i); idle > 0; --idle) step();
      offer(inputs[i]);
      due.push_back(cycle_ + kLatency);
      step();
    }
    dut_.valid_i = 0;
    for (int cycle = 0; cycle < kLatency + 2; ++cycle) step();
    EXPECT_TRUE(due.empty()) << due.size() << " packets without an output";
    return outputs;
  }

  std::vector<Output> run(const std::vector<Input>& inputs) {
    return run(inputs, [](size_t) { return 0; });
  }

  Output runOne(const Input& input) {
    const std::vector<Output> outputs = run({input});
    return outputs.empty() ? Output{} : outputs[0];
  }

  void expectGolden(const std::vector<Input>& inputs, const std::vector<Output>& outputs) {
    ASSERT_EQ(outputs.size(), inputs.size());
    for (size_t i = 0; i < inputs.size() && !HasFailure(); ++i)
      expectSame(outputs[i], goldenEdit(inputs[i], tables_),
                 "packet " + std::to_string(i) + " in: " + hex(inputs[i].frame));
  }

  static void expectSame(const Output& got, const Output& want, const std::string& what) {
    SCOPED_TRACE(what);
    EXPECT_EQ(name(got.routed.verdict), name(want.routed.verdict));
    EXPECT_EQ(name(got.routed.reason), name(want.routed.reason));
    EXPECT_EQ(name(got.routed.cause), name(want.routed.cause));
    EXPECT_TRUE(got.routed == want.routed) << "routed";
    EXPECT_EQ(got.port, want.port);
    EXPECT_EQ(hex(got.frame), hex(want.frame));
  }

  static std::string hex(const Bytes& bytes) {
    std::string text;
    char byte[4];
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::snprintf(byte, sizeof byte, i % 16 == 0 ? "\n%02x" : " %02x", bytes[i]);
      text += byte;
    }
    return text;
  }

  VerilatedContext context_;
  Vedit dut_{&context_};
  Tables tables_;
  int64_t cycle_ = 0;
};

}  // namespace sluice::edit_test
