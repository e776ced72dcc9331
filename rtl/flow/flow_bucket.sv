// SPDX-License-Identifier: Apache-2.0
//
// The virtuals' buckets of new connections.
//
// Cycle 2: read_i, virtual2_i. Cycle 3, combinational: ok_o if the bucket has a token at tick_i; with charge_i the
// token is taken (or only the refill kept) and the next packet sees it. ok_o means nothing in other cycles.
//
// Owns the table connection_policer. tbl_start_i is one cycle, for a row that exists; a read is on tbl_rdata_o in the
// next cycle. Buckets are 0, untouched, at power-up.
module flow_bucket #(
    parameter int unsigned Virtuals = 1024
) (
    input logic clk_i,

    input logic tbl_start_i,
    input logic tbl_write_i,
    input logic [19:0] tbl_row_i,
    input logic [71:0] tbl_wdata_i,
    output logic [71:0] tbl_rdata_o,

    input logic read_i,
    input logic [9:0] virtual2_i,

    input logic charge_i,
    input logic [9:0] virtual3_i,
    input logic [53:0] tick_i,
    output logic ok_o
);

  localparam int unsigned VirtualW = (Virtuals > 1) ? $clog2(Virtuals) : 1;

  logic [71:0] rates[Virtuals];
  logic [117:0] buckets[Virtuals];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < Virtuals; i++) begin
      rates[i]   = '0;
      buckets[i] = '0;
    end
  end
`endif

  logic [VirtualW-1:0] tbl_row;
  logic [VirtualW-1:0] row2;
  logic [VirtualW-1:0] row3;
  assign tbl_row = tbl_row_i[VirtualW-1:0];
  assign row2 = virtual2_i[VirtualW-1:0];
  assign row3 = virtual3_i[VirtualW-1:0];

  always_ff @(posedge clk_i) begin
    if (tbl_start_i) begin
      if (tbl_write_i) rates[tbl_row] <= tbl_wdata_i;
      else tbl_rdata_o <= rates[tbl_row];
    end
  end

  // Cycle 2: the bucket, unless the packet just before is about to write it.
  logic write;
  logic [63:0] new_tokens;
  sluice_pkg::connection_policer_row_t rate_q;
  logic [63:0] tokens_q;
  logic [53:0] last_q;
  logic late_q;
  logic [63:0] late_tokens_q;
  logic [53:0] late_last_q;
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      rate_q <= rates[row2];
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
  logic [39:0] rate;
  logic [63:0] tokens;
  logic [53:0] last;
  logic [63:0] refilled;
  always_comb begin
    rate = 40'd0;
    tokens = 64'd0;
    last = 54'd0;
    if (charge_i && rate_q.rate != 40'd0) begin
      rate   = rate_q.rate;
      tokens = late_q ? late_tokens_q : tokens_q;
      last   = late_q ? late_last_q : last_q;
    end
  end
  assign write = rate != 40'd0;

  prim_bucket u_bucket (
      .rate_i(rate),
      .burst_i(rate_q.burst),
      .cost_i(14'd1),
      .now_tick_i(tick_i),
      .tokens_i(tokens),
      .last_i(last),
      .pass_o(ok_o),
      .tokens_o(new_tokens),
      .refilled_o(refilled)
  );

  logic unused;
  assign unused = &{1'b0, refilled, tbl_row_i, virtual2_i, virtual3_i};

endmodule
