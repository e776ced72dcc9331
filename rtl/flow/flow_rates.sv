// SPDX-License-Identifier: Apache-2.0
//
// The limits of new connections by virtual: owner of the table connection_policer.
//
// read_i, virtual_i; rate_o and burst_o in the next cycle, until the next read. tbl_start_i is one cycle, for a row that
// exists; a read is on tbl_rdata_o in the next cycle. Rows are 0, no limit, at power-up.
module flow_rates #(
    parameter int unsigned Virtuals = 1024
) (
    input logic clk_i,

    input logic tbl_start_i,
    input logic tbl_write_i,
    input logic [19:0] tbl_row_i,
    input logic [71:0] tbl_wdata_i,
    output logic [71:0] tbl_rdata_o,

    input logic read_i,
    input logic [9:0] virtual_i,
    output logic [39:0] rate_o,
    output logic [31:0] burst_o
);

  localparam int unsigned VirtualW = (Virtuals > 1) ? $clog2(Virtuals) : 1;

  logic [71:0] rates[Virtuals];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < Virtuals; i++) rates[i] = '0;
  end
`endif

  logic [VirtualW-1:0] tbl_row;
  logic [VirtualW-1:0] row;
  assign tbl_row = tbl_row_i[VirtualW-1:0];
  assign row = virtual_i[VirtualW-1:0];

  always_ff @(posedge clk_i) begin
    if (tbl_start_i) begin
      if (tbl_write_i) rates[tbl_row] <= tbl_wdata_i;
      else tbl_rdata_o <= rates[tbl_row];
    end
  end

  sluice_pkg::connection_policer_row_t rate_q;
  always_ff @(posedge clk_i) begin
    if (read_i) rate_q <= rates[row];
  end
  assign rate_o  = rate_q.rate;
  assign burst_o = rate_q.burst;

  logic unused;
  assign unused = &{1'b0, tbl_row_i, virtual_i};

endmodule
