// SPDX-License-Identifier: Apache-2.0
//
// A row of token buckets: their state, read, refilled, charged and written back in packet order.
//
// One packet per clock, in two cycles: read_i with the row; in the next cycle test_i, if it is to be, with the same row,
// the configuration, the cost and the time. pass_o answers in the cycle of test_i. charge_i, in that cycle and perhaps
// depending on pass_o, says whether the tokens are taken; the refill is kept in any case. A row tested in one cycle may
// be tested again in the next: what was written last is also held beside the RAM.
// Rate 0 passes, leaves the state alone, and needs no read.
// State at power-up is 0 in simulation. In hardware it may be anything: the first refill cuts it to the burst.
`include "prim_assert.svh"

module police_bucket #(
    parameter int unsigned Rows = 1024,
    localparam int unsigned RowW = (Rows > 1) ? $clog2(Rows) : 1
) (
    input logic clk_i,
    input logic rst_i,

    input logic read_i,
    input logic [RowW-1:0] read_row_i,

    input logic test_i,
    input logic [RowW-1:0] row_i,
    input logic [39:0] rate_i,
    input logic [31:0] burst_i,
    input logic [13:0] cost_i,
    input logic [53:0] now_tick_i,
    input logic charge_i,
    output logic pass_o
);
  /*verilator inline_module*/

  logic [63:0] tokens_memory[1 << RowW];
  logic [53:0] last_memory[1 << RowW];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned r = 0; r < (1 << RowW); r++) begin
      tokens_memory[r] = '0;
      last_memory[r] = '0;
    end
  end
`endif

  logic [63:0] read_tokens_q;
  logic [53:0] read_last_q;
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      read_tokens_q <= tokens_memory[read_row_i];
      read_last_q <= last_memory[read_row_i];
    end
  end

  // The row written last is right whenever it was written; the RAM is one cycle behind.
  logic held_q;
  logic [RowW-1:0] held_row_q;
  logic [63:0] held_tokens_q;
  logic [53:0] held_last_q;

  logic held;
  logic [63:0] refilled, charged, tokens;
  assign held = held_q && held_row_q == row_i;
  prim_bucket u_bucket (
      .rate_i,
      .burst_i,
      .cost_i,
      .now_tick_i,
      .tokens_i(held ? held_tokens_q : read_tokens_q),
      .last_i(held ? held_last_q : read_last_q),
      .pass_o,
      .tokens_o(charged),
      .refilled_o(refilled)
  );
  assign tokens = charge_i ? charged : refilled;

  logic write;
  assign write = test_i && rate_i != '0;

  always_ff @(posedge clk_i) begin
    if (rst_i) held_q <= 1'b0;
    else if (write) held_q <= 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (write) begin
      held_row_q <= row_i;
      held_tokens_q <= tokens;
      held_last_q <= now_tick_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write) begin
      tokens_memory[row_i] <= tokens;
      last_memory[row_i] <= now_tick_i;
    end
  end

  logic read_q;
  logic [RowW-1:0] read_row_q;
  always_ff @(posedge clk_i) begin
    read_q <= read_i;
    if (read_i) read_row_q <= read_row_i;
  end

  `SLUICE_ASSERT(ReadBeforeTest, !write || (read_q && read_row_q == row_i))
  `SLUICE_ASSERT(ChargeOnlyWhatPasses, !write || !charge_i || pass_o)

endmodule
