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
    input logic rst_i,

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
    if (tbl_start_i && tbl_write_i) rates[tbl_row] <= tbl_wdata_i;
  end
  always_ff @(posedge clk_i) begin
    if (tbl_start_i && !tbl_write_i) tbl_rdata_o <= rates[tbl_row];
  end

  // Rate 0 is the usual case: the bucket is not even looked at.
  sluice_pkg::connection_policer_row_t rate_q;
  logic [117:0] bucket_q;
  always_ff @(posedge clk_i) begin
    if (read_i) rate_q <= rates[row2];
  end
  always_ff @(posedge clk_i) begin
    if (read_i) bucket_q <= buckets[row2];
  end

  // The bucket that the packet just before wrote while this packet's was read.
  logic write;
  logic late_q;
  logic [117:0] late_bucket_q;
  logic [63:0] tokens;
  logic [53:0] last;
  logic [63:0] new_tokens;
  logic [63:0] refilled;
  logic [39:0] rate;
  logic pass;
  assign rate = charge_i ? rate_q.rate : 40'd0;
  assign {last, tokens} = late_q ? late_bucket_q : bucket_q;

  prim_bucket u_bucket (
      .rate_i(rate),
      .burst_i(rate_q.burst),
      .cost_i(14'd1),
      .now_tick_i(tick_i),
      .tokens_i(tokens),
      .last_i(last),
      .pass_o(pass),
      .tokens_o(new_tokens),
      .refilled_o(refilled)
  );
  assign ok_o = pass;
  assign write = charge_i && rate_q.rate != 40'd0;

  always_ff @(posedge clk_i) begin
    if (write) buckets[row3] <= {tick_i, new_tokens};
  end
  always_ff @(posedge clk_i) begin
    late_q <= write && read_i && row2 == row3 && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (write) late_bucket_q <= {tick_i, new_tokens};
  end

  logic unused;
  assign unused = &{1'b0, refilled, tbl_row_i, virtual2_i, virtual3_i};

endmodule
