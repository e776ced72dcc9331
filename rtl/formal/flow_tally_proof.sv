// SPDX-License-Identifier: Apache-2.0
//
// flow_tally: a counter grows by one with each count of its row, in the next cycle, and otherwise stands, whoever reads it.
`include "proof.svh"

module flow_tally_proof #(
    parameter int unsigned Rows = 4
) (
    input logic clk_i,
    input logic rst_i,
    input logic count_i,
    input logic [1:0] row_i,
    input logic [1:0] other_i
);

  `PROOF_BEGIN

  // One row, any, and another port that reads others.
  (* anyconst *) logic [1:0] row;
  logic [63:0] counts;
  flow_tally #(
      .Rows (Rows),
      .Reads(2)
  ) dut (
      .clk_i,
      .rst_i,
      .count_i,
      .row_i,
      .read_i(2'b11),
      .rows_i({other_i, row}),
      .counts_o(counts)
  );

  logic past, counted_q, twice_q;
  logic [31:0] count_q;
  always_ff @(posedge clk_i) begin
    past <= !rst_i;
    counted_q <= count_i && row_i == row;
    twice_q <= past && counted_q && count_i && row_i == row;
    count_q <= counts[31:0];
  end

  `SLUICE_ASSERT(EachCountOnce, !past || counts[31:0] == count_q + 32'(counted_q))
  `SLUICE_ASSERT(PortsAgree, other_i != row || counts[63:32] == counts[31:0])

  `PROOF_COVER(cover_same_row_twice, twice_q && counts[31:0] == 32'd5)
  `PROOF_COVER(cover_wraps, past && counted_q && counts[31:0] == '0)

endmodule
