// SPDX-License-Identifier: Apache-2.0
//
// prim_counter_ram: no increment is lost or counted twice, whatever rows come one after the other.
//
// One row, any, is watched from a first read of it on: all later reads are that value plus the increments since. The low
// four bits of each counter are compared.
`include "proof.svh"

module prim_counter_ram_proof #(
    parameter int unsigned Rows = 4
) (
    input logic clk_i,
    input logic rst_i,
    input logic inc_valid_i,
    input logic [1:0] inc_row_i,
    input logic [13:0] inc_bytes_i,
    input logic rd_en_i,
    input logic [1:0] rd_row_i
);

  `PROOF_BEGIN

  logic [127:0] rd_data;
  prim_counter_ram #(
      .Rows(Rows)
  ) dut (
      .clk_i,
      .rst_i,
      .inc_valid_i,
      .inc_row_i,
      .inc_bytes_i,
      .rd_en_i,
      .rd_row_i,
      .rd_data_o(rd_data)
  );

  `PROOF_ASSUME(IncrementRowExists, inc_row_i != 2'd3)
  `PROOF_ASSUME(ReadRowExists, rd_row_i != 2'd3)
  `PROOF_ASSUME(SmallIncrements, inc_bytes_i < 14'd2)

  (* anyconst *) logic [1:0] row;
  logic hit;
  assign hit = inc_valid_i && inc_row_i == row;

  // Counted since the watch began; base_q is what the first read said.
  logic reads_q, known_q;
  logic [3:0] packets_q, bytes_q, packets_then_q, bytes_then_q;
  logic [3:0] base_packets_q, base_bytes_q;
  logic first;
  assign first = reads_q && !known_q;
  always_ff @(posedge clk_i) begin
    reads_q <= !rst_i && rd_en_i && rd_row_i == row;
    known_q <= !rst_i && (known_q || first);
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      packets_q <= '0;
      bytes_q <= '0;
    end else if (known_q || first || (rd_en_i && rd_row_i == row)) begin
      packets_q <= packets_q + 4'(hit);
      bytes_q <= bytes_q + (hit ? 4'(inc_bytes_i) : 4'd0);
    end
    packets_then_q <= packets_q;
    bytes_then_q <= bytes_q;
    if (first) begin
      base_packets_q <= rd_data[3:0];
      base_bytes_q <= rd_data[67:64];
    end
  end

  `SLUICE_ASSERT(NoPacketLostOrDoubled, !known_q || !reads_q || rd_data[3:0] == base_packets_q + packets_then_q)
  `SLUICE_ASSERT(NoByteLostOrDoubled, !known_q || !reads_q || rd_data[67:64] == base_bytes_q + bytes_then_q)

  `PROOF_COVER(cover_read_after_two, known_q && reads_q && packets_then_q == 4'd2 && bytes_then_q == 4'd2)
  `PROOF_COVER(cover_read_with_increment, known_q && hit && rd_en_i && rd_row_i == row)

  logic unused;
  assign unused = &{1'b0, rd_data};

endmodule
