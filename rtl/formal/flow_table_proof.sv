// SPDX-License-Identifier: Apache-2.0
//
// flow_table: packets of one row in successive cycles see it as if each had waited for the one before.
//
// One slot of one row, any, is followed: what the packet in cycle 4 sees of it, put together as flow_pick and flow_place do,
// is what the last write to it left, whoever wrote it and how long ago.
`include "proof.svh"

module flow_table_proof #(
    parameter int unsigned RowsLog2 = 1,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,
    input logic rst_i,
    input logic look1_i,
    input logic [1:0] rows1_i,
    input logic write_i,
    input logic write_bank_i,
    input logic write_way_i,
    input logic [2:0] write_hot_i,
    input logic [1:0] write_cold_i
);

  `PROOF_BEGIN

  // The pipeline of flow_front.
  logic look2_q, look3_q, look4_q;
  logic [1:0] rows1_q, rows2_q, rows3_q, rows4_q;
  logic look1_q;
  always_ff @(posedge clk_i) begin
    look1_q <= look1_i && !rst_i;
    look2_q <= look1_q && !rst_i;
    look3_q <= look2_q && !rst_i;
    look4_q <= look3_q && !rst_i;
    if (look1_i) rows1_q <= rows1_i;
    if (look1_q) rows2_q <= rows1_q;
    if (look2_q) rows3_q <= rows2_q;
    if (look3_q) rows4_q <= rows3_q;
  end

  // Only a packet in cycle 4 writes.
  logic write;
  assign write = write_i && look4_q && !rst_i;

  logic [1:0] match2, match3, ways3;
  logic [23:0] member2;
  logic [639:0] key3;
  logic [255:0] hot3, hot4;
  logic [127:0] cold3, cold4;
  logic [15:0] high3, high4;
  logic last3, last4, last, last_bank, last_way;
  logic [63:0] last_hot;
  logic [35:0] last_cold;
  flow_table #(
      .Banks(2),
      .Ways(2),
      .RowsLog2(RowsLog2),
      .ExactKeys(1'b0)
  ) dut (
      .clk_i,
      .rst_i,
      .read1_i(look1_q),
      .rows1_i(rows1_q),
      .look2_i(look2_q),
      .scrub2_i(1'b0),
      .fetch2_i(2'd0),
      .fetch_way2_i(1'b0),
      .rows2_i(rows2_q),
      .reverse2_i(1'b0),
      .digest2_i(24'd0),
      .age2_i(24'd0),
      .match2_o(match2),
      .member2_o(member2),
      .rows3_i(rows3_q),
      .match3_o(match3),
      .ways3_o(ways3),
      .key3_o(key3),
      .hot3_o(hot3),
      .cold3_o(cold3),
      .high3_o(high3),
      .last3_o(last3),
      .rows4_i(rows4_q),
      .hot4_o(hot4),
      .cold4_o(cold4),
      .high4_o(high4),
      .last4_o(last4),
      .write_i(write ? (write_bank_i ? 2'b10 : 2'b01) : 2'b00),
      .write_key_i(2'b00),
      .write_bank_i,
      .write_way_i,
      .write_hot_i({61'd0, write_hot_i}),
      .write_cold_i({34'd0, write_cold_i}),
      .write_key_data_i(KeyW'(0)),
      .last_o(last),
      .last_bank_o(last_bank),
      .last_way_o(last_way),
      .last_hot_o(last_hot),
      .last_cold_o(last_cold)
  );

  // The slot, and what the writes so far left in it. Bank b's row is bit b of rows.
  (* anyconst *) logic bank;
  (* anyconst *) logic way;
  (* anyconst *) logic row;
  logic here, ahead, known_q;
  logic [4:0] left_q;
  assign here  = rows4_q[bank] == row;
  assign ahead = rows3_q[bank] == row;
  always_ff @(posedge clk_i) begin
    if (rst_i) known_q <= 1'b0;
    else if (write && here && write_bank_i == bank && write_way_i == way) begin
      known_q <= 1'b1;
      left_q <= {write_cold_i, write_hot_i};
    end
  end

  logic [1:0] slot;
  logic [4:0] seen, found;
  assign slot = {bank, way};
  always_comb begin
    found = {cold3[32*slot+:2], hot3[64*slot+:3]};
    if (last4 && last_bank == bank && last_way == way) seen = {last_cold[1:0], last_hot[2:0]};
    else seen = {cold4[32*slot+:2], hot4[64*slot+:3]};
  end
  `SLUICE_ASSERT(AsIfSequential, !look4_q || !known_q || !here || seen == left_q)
  // The packet behind, in cycle 3, has it but for what is decided now.
  `SLUICE_ASSERT(ButForTheOneAhead, !look3_q || !known_q || !ahead || found == left_q)

  `PROOF_COVER(cover_last_write_seen, look4_q && known_q && here && last4 && last_bank == bank && last_way == way)
  `PROOF_COVER(cover_write_before_seen,
               look3_q && known_q && ahead && last3 && last_bank == bank && last_way == way && write)
  `PROOF_COVER(cover_old_write_seen, look4_q && known_q && here && !last4 && !last)
  `PROOF_COVER(cover_other_way_written, write && known_q && here && write_bank_i == bank && write_way_i != way && last4)

  logic unused;
  assign unused = &{1'b0, match2, member2, match3, ways3, key3, high3, high4, hot3, cold3, hot4, cold4, last_hot, last_cold};

endmodule
