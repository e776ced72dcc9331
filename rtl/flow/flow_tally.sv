// SPDX-License-Identifier: Apache-2.0
//
// A table of counters. count_i adds one to row_i; both may come late in the cycle: they are only stored in it, and added in
// the next. All reads are combinational and show everything counted up to the cycle before; counts_o is 0 where read_i is.
//
// Counters wrap. They are 0 at power-up; reset leaves them alone. Rows must be a power of two.
module flow_tally #(
    parameter int unsigned Rows  = 1024,
    parameter int unsigned Reads = 2,
    localparam int unsigned RowW = (Rows > 1) ? $clog2(Rows) : 1
) (
    input logic clk_i,
    input logic rst_i,

    input logic count_i,
    input logic [RowW-1:0] row_i,

    input logic [Reads-1:0] read_i,
    input logic [Reads*RowW-1:0] rows_i,
    output logic [Reads*32-1:0] counts_o
);
  /*verilator inline_module*/

  logic [31:0] counts[Rows];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < Rows; i++) counts[i] = 32'd0;
  end
`endif

  logic pending_q;
  logic [RowW-1:0] row_q;
  always_ff @(posedge clk_i) pending_q <= count_i && !rst_i;
  always_ff @(posedge clk_i) begin
    if (count_i) row_q <= row_i;
  end
  always_ff @(posedge clk_i) begin
    if (pending_q) counts[row_q] <= counts[row_q] + 32'd1;
  end

  always_comb begin
    counts_o = '0;
    for (int unsigned r = 0; r < Reads; r++) begin
      if (read_i[r]) begin
        counts_o[r*32+:32] = counts[rows_i[r*RowW+:RowW]] + 32'(pending_q && row_q == rows_i[r*RowW+:RowW]);
      end
    end
  end

endmodule
