// SPDX-License-Identifier: Apache-2.0
//
// A row of token buckets: their state, read, refilled, charged and written back in packet order.
//
// One packet per clock, in four cycles:
//   0   read_i and row_i: the state is read
//   1   use_i, if the bucket counts (a rate other than 0), with configuration, cost and time: the time since the last use
//   2   times the rate
//   3   the test: pass_o, 1 for a packet without use_i. charge_i, in the same cycle and perhaps depending on pass_o, says
//       whether the tokens are taken; the refill is kept in any case.
// A row may be used again in the very next cycle: that a packet ahead uses it is known, and with it the time of its last
// use, before its tokens are.
// State at power-up is 0 in simulation. In hardware it may be anything: the first refill cuts it to the burst.
`include "prim_assert.svh"

module police_bucket #(
    parameter int unsigned Rows = 1024,
    localparam int unsigned RowW = (Rows > 1) ? $clog2(Rows) : 1
) (
    input logic clk_i,
    input logic rst_i,

    input logic read_i,
    input logic [RowW-1:0] row_i,

    input logic use_i,
    input logic [39:0] rate_i,
    input logic [31:0] burst_i,
    input logic [13:0] cost_i,
    input logic [53:0] now_tick_i,

    input logic charge_i,
    output logic pass_o
);
  /*verilator inline_module*/

  logic [55:0] tokens_memory[1 << RowW];
  logic [53:0] last_memory[1 << RowW];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned r = 0; r < (1 << RowW); r++) begin
      tokens_memory[r] = '0;
      last_memory[r] = '0;
    end
  end
`endif

  logic use_q2, use_q3;
  always_ff @(posedge clk_i) begin
    use_q2 <= use_i && !rst_i;
    use_q3 <= use_q2 && !rst_i;
  end

  // Cycle 0: the state, and which of the three packets ahead use the row, too.
  logic [RowW-1:0] row_q1, row_q2, row_q3;
  logic [55:0] tokens_q1;
  logic [53:0] last_q1;
  logic same1_q1, same2_q1, same3_q1;
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      row_q1 <= row_i;
      tokens_q1 <= tokens_memory[row_i];
      last_q1 <= last_memory[row_i];
      same1_q1 <= use_i && row_q1 == row_i;
      same2_q1 <= use_q2 && row_q2 == row_i;
      same3_q1 <= use_q3 && row_q3 == row_i;
    end
  end

  // Cycle 1: time. The packet ahead is in cycle 2, the one before it leaves its tokens in this cycle, the third has.
  logic [55:0] kept, kept_q;
  logic [53:0] now_q2, now_q3, now_q4;
  logic [53:0] last;
  logic first_q2, same1_q2;
  logic [53:0] elapsed_q2;
  logic [39:0] rate_q2;
  logic [31:0] burst_q2;
  logic [13:0] cost_q2;
  logic [55:0] tokens_q2;
  assign last = same1_q1 ? now_q2 : same2_q1 ? now_q3 : same3_q1 ? now_q4 : last_q1;
  always_ff @(posedge clk_i) begin
    if (use_i) begin
      row_q2 <= row_q1;
      now_q2 <= now_tick_i;
      first_q2 <= last == '0;
      elapsed_q2 <= now_tick_i - last;
      same1_q2 <= same1_q1;
      rate_q2 <= rate_i;
      burst_q2 <= burst_i;
      cost_q2 <= cost_i;
      tokens_q2 <= same2_q1 ? kept : same3_q1 ? kept_q : tokens_q1;
    end
  end

  // Cycle 2: what that earned. Below 2^64, as elapsed counts only below 2^24.
  logic fresh_q3;
  logic [63:0] earned_q3;
  logic [31:0] burst_q3;
  logic [13:0] cost_q3;
  logic [55:0] tokens_q3;
  always_ff @(posedge clk_i) begin
    if (use_q2) begin
      row_q3 <= row_q2;
      now_q3 <= now_q2;
      fresh_q3 <= first_q2 || elapsed_q2[53:24] != '0;
      earned_q3 <= {40'd0, elapsed_q2[23:0]} * {24'd0, rate_q2};
      burst_q3 <= burst_q2;
      cost_q3 <= cost_q2;
      tokens_q3 <= same1_q2 ? kept : tokens_q2;
    end
  end

  // Cycle 3: the test.
  logic pass;
  logic [55:0] charged, refilled;
  prim_bucket_take u_take (
      .fresh_i(fresh_q3),
      .earned_i(earned_q3),
      .burst_i(burst_q3),
      .cost_i(cost_q3),
      .tokens_i(tokens_q3),
      .pass_o(pass),
      .charged_o(charged),
      .refilled_o(refilled)
  );
  assign pass_o = !use_q3 || pass;
  assign kept = charge_i ? charged : refilled;

  always_ff @(posedge clk_i) begin
    if (use_q3) begin
      now_q4 <= now_q3;
      kept_q <= kept;
      tokens_memory[row_q3] <= kept;
      last_memory[row_q3] <= now_q3;
    end
  end

  logic read_q;
  always_ff @(posedge clk_i) read_q <= read_i;

  `SLUICE_ASSERT(ReadBeforeUse, !use_i || read_q)
  `SLUICE_ASSERT(UseHasRate, !use_i || rate_i != '0)
  `SLUICE_ASSERT(ChargeOnlyWhatPasses, !use_q3 || !charge_i || pass_o)

endmodule
