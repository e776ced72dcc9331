// SPDX-License-Identifier: Apache-2.0
//
// The Verilated csr_block between an AXI4-Lite manager and an owner of all tables.
//
// A call of transfer() is one bus transaction on each channel asked for, with `pause()` cycles of
// waiting wherever the manager may wait. The owner keeps rows in memory, acknowledges after
// `ack_delay()` cycles and notes every access.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "Vcsr_block.h"
#include "firmware/hal/gen/sluice_regs.h"
#include "gtest/gtest.h"
#include "verilated.h"

namespace sluice::csr_test {

using Row = std::array<uint32_t, 12>;

struct TableAccess {
  bool write;
  uint32_t id;
  uint32_t bank;
  uint32_t row;
  Row data;
};

struct WriteRequest {
  uint32_t address;
  uint32_t data;
  uint8_t strobes = 0xf;
};

struct Reply {
  bool done = false;
  bool ok = false;
  uint32_t data = 0;
};

class CsrBench : public testing::Test {
 protected:
  static constexpr int kTimeoutCycles = 64;
  static constexpr int kPatience = 1000;

  void SetUp() override {
    context_.errorLimit(1000000);  // count failing assertions, go on
    reset();
  }

  void TearDown() override {
    dut_.final();
    EXPECT_EQ(context_.errorCount(), 0) << "an assertion of the RTL failed";
  }

  void reset() {
    dut_.rst_i = 1;
    for (int cycle = 0; cycle < 3; ++cycle) tick();
    dut_.rst_i = 0;
  }

  /// One clock. Outputs are those after the edge.
  void tick() {
    settle();
    const bool acknowledged = dut_.tbl_ack_i != 0;
    const bool asked = dut_.tbl_valid_o != 0 && !acknowledged;
    dut_.clk_i = 1;
    dut_.eval();
    dut_.tbl_ack_i = 0;
    if (!asked) owner_wait_.reset();
    if (asked && owner_wait_ && *owner_wait_ > 0) --*owner_wait_;
    if (command().scrub_start_valid) orders_.push_back(command());
    ++cycle_;
  }

  /// Outputs for the inputs as they are now, before the edge; the owner answers here.
  void settle() {
    dut_.clk_i = 0;
    dut_.eval();
    if (dut_.tbl_valid_o == 0 || dut_.tbl_ack_i != 0 || !owner_answers_) return;
    if (!owner_wait_) owner_wait_ = ack_delay_();
    if (*owner_wait_ == 0) answer();
  }

  Reply write(uint32_t address, uint32_t data, uint8_t strobes = 0xf) {
    return transfer(WriteRequest{address, data, strobes}, std::nullopt).first;
  }

  Reply read(uint32_t address) { return transfer(std::nullopt, address).second; }

  void expectRead(uint32_t address, uint32_t expected) {
    const Reply reply = read(address);
    EXPECT_TRUE(reply.ok) << "address 0x" << std::hex << address;
    EXPECT_EQ(reply.data, expected) << "address 0x" << std::hex << address;
  }

  void expectError(const Reply& reply) {
    EXPECT_TRUE(reply.done);
    EXPECT_FALSE(reply.ok);
    EXPECT_EQ(reply.data, 0u);
  }

  /// A write and a read side by side: replies to both.
  std::pair<Reply, Reply> transfer(std::optional<WriteRequest> write,
                                   std::optional<uint32_t> read) {
    int aw = write ? pause_() : kDone, w = write ? pause_() : kDone, b = write ? pause_() : kDone;
    int ar = read ? pause_() : kDone, r = read ? pause_() : kDone;
    Reply written, got;
    for (int cycle = 0; cycle < kPatience && (b != kDone || r != kDone); ++cycle) {
      if (write) drive(*write, aw == 0, w == 0);
      dut_.s_axil_arvalid_i = ar == 0;
      dut_.s_axil_araddr_i = ar == 0 ? *read : kJunk;
      dut_.s_axil_bready_i = b == 0;
      dut_.s_axil_rready_i = r == 0;
      settle();
      if (dut_.s_axil_bvalid_o && b == 0) written = {true, dut_.s_axil_bresp_o == 0, 0};
      if (dut_.s_axil_rvalid_o && r == 0)
        got = {true, dut_.s_axil_rresp_o == 0, dut_.s_axil_rdata_o};
      advance(aw, dut_.s_axil_awready_o);
      advance(w, dut_.s_axil_wready_o);
      advance(b, dut_.s_axil_bvalid_o);
      advance(ar, dut_.s_axil_arready_o);
      advance(r, dut_.s_axil_rvalid_o);
      tick();
    }
    quiet();
    EXPECT_TRUE(aw == kDone && w == kDone && ar == kDone) << "a response without its request";
    EXPECT_EQ(written.done, write.has_value()) << "write response";
    EXPECT_EQ(got.done, read.has_value()) << "read response";
    return {written, got};
  }

  /// The state of the registers as the data plane sees it.
  regs::CsrConfig config() {
    settle();
    return regs::unpack<regs::CsrConfig>({dut_.config_o.data(), regs::CsrConfig::kWords});
  }

  regs::CsrCommand command() {
    const uint32_t word = dut_.command_o;
    return regs::unpack<regs::CsrCommand>({&word, 1});
  }

  void setStatus(const regs::CsrStatus& status) {
    regs::pack(status, {dut_.status_i.data(), regs::CsrStatus::kWords});
  }

  VerilatedContext context_;
  Vcsr_block dut_{&context_};
  int cycle_ = 0;
  bool owner_answers_ = true;
  std::function<int()> pause_ = [] { return 0; };
  std::function<int()> ack_delay_ = [] { return 1; };
  std::vector<TableAccess> accesses_;
  std::vector<regs::CsrCommand> orders_;  ///< one for each cycle of the pulse
  std::map<std::tuple<uint32_t, uint32_t, uint32_t>, Row> rows_;  ///< id, bank, row

 private:
  static constexpr int kDone = -1;
  static constexpr uint32_t kJunk = 0xdeadbee8;

  /// A channel waits, then stands until its handshake, then is done.
  static void advance(int& wait, bool handshake) {
    if (wait > 0) {
      --wait;
    } else if (wait == 0 && handshake) {
      wait = kDone;
    }
  }

  /// What is not valid yet is junk.
  void drive(const WriteRequest& request, bool address_valid, bool data_valid) {
    dut_.s_axil_awvalid_i = address_valid;
    dut_.s_axil_awaddr_i = address_valid ? request.address : kJunk;
    dut_.s_axil_wvalid_i = data_valid;
    dut_.s_axil_wdata_i = data_valid ? request.data : kJunk;
    dut_.s_axil_wstrb_i = data_valid ? request.strobes : 0xf;
  }

  void quiet() {
    dut_.s_axil_awvalid_i = dut_.s_axil_wvalid_i = dut_.s_axil_arvalid_i = 0;
    dut_.s_axil_bready_i = dut_.s_axil_rready_i = 0;
  }

  void answer() {
    TableAccess access{dut_.tbl_write_o != 0, dut_.tbl_id_o, dut_.tbl_bank_o, dut_.tbl_row_o, {}};
    Row& row = rows_[{access.id, access.bank, access.row}];
    if (access.write) std::copy_n(dut_.tbl_wdata_o.data(), row.size(), row.begin());
    access.data = row;
    std::copy_n(row.begin(), row.size(), dut_.tbl_rdata_i.data());
    dut_.tbl_ack_i = 1;
    dut_.eval();
    accesses_.push_back(access);
  }

  std::optional<int> owner_wait_;
};

}  // namespace sluice::csr_test
