// SPDX-License-Identifier: Apache-2.0
//
// Token buckets of new connections: one token per connection.
//
// Cycle 1: read_i, row_i. Cycle 2, for the same packet: rate_i, burst_i, tick_i; rate 0: no limit, the bucket stays as it is.
// Cycle 3, combinational: ok_o if the bucket has a token; with charge_i, which may come late and depend on ok_o of other
// buckets, the token is taken (or only the refill kept) and the next packet sees it. ok_o means nothing in other cycles.
// Row numbers wrap modulo Rows.
//
// What is earned until cycle 3 is worked out in cycle 2 for both that the packet ahead may do to the bucket: leave it alone,
// or write it now.
//
// Buckets are 0, untouched, at power-up.
`include "prim_assert.svh"

module flow_bucket #(
    parameter int unsigned Rows = 1024
) (
    input logic clk_i,
    input logic rst_i,

    input logic read_i,
    input logic [11:0] row_i,

    input logic [39:0] rate_i,
    input logic [31:0] burst_i,
    input logic [53:0] tick_i,

    input logic charge_i,
    output logic ok_o
);
  /*verilator inline_module*/

  localparam int unsigned RowW = (Rows > 1) ? $clog2(Rows) : 1;

  logic [117:0] buckets[Rows];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < Rows; i++) buckets[i] = '0;
  end
`endif

  logic read2_q, read3_q;
  always_ff @(posedge clk_i) begin
    read2_q <= read_i && !rst_i;
    read3_q <= read2_q && !rst_i;
  end

  // The last write: by the packet in cycle 3 in the cycle before.
  logic write;
  logic [55:0] kept, refilled;
  logic [55:0] late_tokens_q;
  logic [53:0] late_last_q;

  // Cycle 1: the bucket, unless the packet in cycle 3 is about to write it.
  logic [RowW-1:0] row, row2_q, row3_q;
  logic [63:0] read_tokens_q;
  logic [53:0] read_last_q;
  logic late2_q;
  assign row = row_i[RowW-1:0];
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      row2_q <= row;
      {read_last_q, read_tokens_q} <= buckets[row];
      late2_q <= write && row3_q == row;
    end
  end

  // Cycle 2: what it earns, from its own last use and from that of the packet ahead. Below 2^64, as elapsed counts only
  // below 2^24. Rate 0 is the usual case.
  logic [53:0] last, elapsed, elapsed_ahead;
  logic [63:0] tokens;
  logic limited3_q, late3_q, fresh3_q, fresh_ahead3_q;
  logic [53:0] tick3_q;
  logic [31:0] burst3_q;
  logic [55:0] tokens3_q;
  logic [63:0] earned3_q, earned_ahead3_q;
  assign last = late2_q ? late_last_q : read_last_q;
  assign tokens = late2_q ? {8'd0, late_tokens_q} : read_tokens_q;
  assign elapsed = tick_i - last;
  assign elapsed_ahead = tick_i - tick3_q;
  always_ff @(posedge clk_i) begin
    if (read2_q) begin
      limited3_q <= rate_i != '0;
      row3_q <= row2_q;
      tick3_q <= tick_i;
      late3_q <= write && row3_q == row2_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (read2_q && rate_i != '0) begin
      burst3_q <= burst_i;
      tokens3_q <= tokens[55:0];
      fresh3_q <= last == '0 || elapsed[53:24] != '0 || tokens[63:56] != '0;
      earned3_q <= {40'd0, elapsed[23:0]} * {24'd0, rate_i};
      fresh_ahead3_q <= tick3_q == '0 || elapsed_ahead[53:24] != '0;
      earned_ahead3_q <= {40'd0, elapsed_ahead[23:0]} * {24'd0, rate_i};
    end
  end

  // Cycle 3: the test.
  logic pass;
  prim_bucket_take u_take (
      .fresh_i(late3_q ? fresh_ahead3_q : fresh3_q),
      .earned_i(late3_q ? earned_ahead3_q : earned3_q),
      .burst_i(burst3_q),
      .cost_i(14'd1),
      .tokens_i(late3_q ? late_tokens_q : tokens3_q),
      .pass_o(pass),
      .charged_o(kept),  // the refill only, if it does not pass
      .refilled_o(refilled)
  );
  assign ok_o = !limited3_q || pass;
  assign write = charge_i && limited3_q;
  always_ff @(posedge clk_i) begin
    if (write) begin
      buckets[row3_q] <= {tick3_q, 8'd0, kept};
      late_tokens_q <= kept;
      late_last_q <= tick3_q;
    end
  end

  logic unused;
  assign unused = &{1'b0, refilled, row_i};

  `SLUICE_ASSERT(ChargeOnlyAfterRead, !charge_i || read3_q)

endmodule
