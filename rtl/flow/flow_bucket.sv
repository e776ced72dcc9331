// SPDX-License-Identifier: Apache-2.0
//
// Token buckets of new connections: one token per connection.
//
// Cycle 2: read_i, row2_i. Cycle 3, combinational: ok_o if the bucket has a token at tick_i, by rate_i and burst_i of
// that cycle; with charge_i, which may come late and depend on ok_o of other buckets, the token is taken (or only the
// refill kept) and the next packet sees it. ok_o means nothing in cycles that no read was before. Rate 0: no limit, the
// bucket stays as it is. Row numbers wrap modulo Rows.
//
// Buckets are 0, untouched, at power-up.
module flow_bucket #(
    parameter int unsigned Rows = 1024
) (
    input logic clk_i,

    input logic read_i,
    input logic [11:0] row2_i,

    input logic charge_i,
    input logic [11:0] row3_i,
    input logic [39:0] rate_i,
    input logic [31:0] burst_i,
    input logic [53:0] tick_i,
    output logic ok_o
);

  localparam int unsigned RowW = (Rows > 1) ? $clog2(Rows) : 1;

  logic [117:0] buckets[Rows];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < Rows; i++) buckets[i] = '0;
  end
`endif

  logic [RowW-1:0] row2;
  logic [RowW-1:0] row3;
  assign row2 = row2_i[RowW-1:0];
  assign row3 = row3_i[RowW-1:0];

  // Cycle 2: the bucket, unless the packet just before is about to write it.
  logic write;
  logic [63:0] new_tokens;
  logic [63:0] tokens_q;
  logic [53:0] last_q;
  logic late_q;
  logic [63:0] late_tokens_q;
  logic [53:0] late_last_q;
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      {last_q, tokens_q} <= buckets[row2];
      late_q <= write && row2 == row3;
    end
  end
  always_ff @(posedge clk_i) begin
    if (write) begin
      buckets[row3] <= {tick_i, new_tokens};
      late_tokens_q <= new_tokens;
      late_last_q   <= tick_i;
    end
  end

  // Cycle 3. Rate 0 is the usual case.
  logic [63:0] tokens;
  logic [53:0] last;
  logic [63:0] refilled;
  always_comb begin
    tokens = 64'd0;
    last = 54'd0;
    if (rate_i != 40'd0) begin
      tokens = late_q ? late_tokens_q : tokens_q;
      last   = late_q ? late_last_q : last_q;
    end
  end
  assign write = charge_i && rate_i != 40'd0;

  prim_bucket u_bucket (
      .rate_i,
      .burst_i,
      .cost_i(14'd1),
      .now_tick_i(tick_i),
      .tokens_i(tokens),
      .last_i(last),
      .pass_o(ok_o),
      .tokens_o(new_tokens),
      .refilled_o(refilled)
  );

  logic unused;
  assign unused = &{1'b0, refilled, row2_i, row3_i};

endmodule
