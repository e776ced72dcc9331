// SPDX-License-Identifier: Apache-2.0
//
// dispatch_select: a packet's candidates are those that one version of its pool names, the one of its own bank when the
// packet came, whatever is written to the other bank meanwhile; and they stand until the next packet.
//
// One pool of one bank and one slot of the ring, any, are followed. The place in the ring is hash x size / 2^32: hashes have
// 2 bits here, the topmost ones, and sizes are below 4.
`include "proof.svh"

module dispatch_select_proof #(
    parameter int unsigned Pools = 2,
    parameter int unsigned RingLog2 = 2
) (
    input logic clk_i,
    input logic rst_i,
    input logic tbl_start_i,
    input logic tbl_write_i,
    input logic tbl_ring_i,
    input logic tbl_bank_i,
    input logic [1:0] tbl_row_i,
    input logic [1:0] size_i,
    input logic [1:0] base_i,
    input logic least_i,
    input logic [1:0] member_i,
    input logic valid_i,
    input logic bank_i,
    input logic pool_i,
    input logic [1:0] hash1_i,
    input logic [1:0] hash2_i
);

  `PROOF_BEGIN

  sluice_pkg::pool_row_t row;
  logic [sluice_pkg::POOL_ROW_W-1:0] wdata, rdata;
  always_comb begin
    row = '0;
    row.ring_size = {15'd0, size_i};
    row.ring_base = {18'd0, base_i};
    row.algorithm = least_i ? sluice_pkg::ALGORITHM_LEAST : sluice_pkg::ALGORITHM_MAGLEV;
    wdata = row;
    if (tbl_ring_i) wdata = sluice_pkg::POOL_ROW_W'(member_i);
  end
  `PROOF_ASSUME(PoolExists, tbl_ring_i || !tbl_row_i[1])

  logic [11:0] member1, member2;
  logic empty, least;
  dispatch_select #(
      .Pools(Pools),
      .RingLog2(RingLog2)
  ) dut (
      .clk_i,
      .tbl_start_i,
      .tbl_write_i,
      .tbl_ring_i,
      .tbl_bank_i,
      .tbl_row_i({18'd0, tbl_row_i}),
      .tbl_wdata_i(wdata),
      .tbl_rdata_o(rdata),
      .valid_i,
      .bank_i,
      .pool_i({9'd0, pool_i}),
      .hash_i({hash2_i, 30'd0, hash1_i, 30'd0}),
      .member1_o(member1),
      .member2_o(member2),
      .empty_o(empty),
      .least_o(least)
  );

  // What was written to the pool, and to the slot.
  (* anyconst *) logic bank;
  (* anyconst *) logic pool;
  (* anyconst *) logic [1:0] slot;
  logic writes_pool, writes_slot, pool_known_q, slot_known_q, least_q;
  logic [1:0] size_q, base_q, left_q;
  assign writes_pool = tbl_start_i && tbl_write_i && !tbl_ring_i && tbl_bank_i == bank && tbl_row_i == {1'b0, pool};
  assign writes_slot = tbl_start_i && tbl_write_i && tbl_ring_i && tbl_row_i == slot;
  always_ff @(posedge clk_i) begin
    if (rst_i) pool_known_q <= 1'b0;
    else if (writes_pool) pool_known_q <= 1'b1;
    if (rst_i) slot_known_q <= 1'b0;
    else if (writes_slot) slot_known_q <= 1'b1;
    if (writes_pool) {size_q, base_q, least_q} <= {size_i, base_i, least_i};
    if (writes_slot) left_q <= member_i;
  end

  // Cycle 0: the packet takes the pool as it stands. Cycle 1: the slots, of that version. Cycle 2: the result.
  logic came_q, ours_q, ours2_q, want_empty_q, want_least_q, empty1_q, least1_q, first2_q, second2_q;
  logic [1:0] slot1_q, slot2_q, want_q;
  logic [3:0] place1, place2;
  assign place1 = {2'd0, hash1_i} * {2'd0, size_q};
  assign place2 = {2'd0, hash2_i} * {2'd0, size_q};
  always_ff @(posedge clk_i) begin
    came_q <= valid_i && !rst_i;
    ours_q <= !rst_i && valid_i && bank_i == bank && pool_i == pool && pool_known_q;
    slot1_q <= base_q + place1[3:2];
    slot2_q <= base_q + place2[3:2];
    empty1_q <= size_q == '0;
    least1_q <= least_q;
    if (rst_i) ours2_q <= 1'b0;
    else if (came_q) ours2_q <= ours_q;
    if (came_q) begin
      first2_q <= slot_known_q && slot1_q == slot;
      second2_q <= slot_known_q && slot2_q == slot;
      want_q <= left_q;
      want_empty_q <= empty1_q;
      want_least_q <= least1_q;
    end
  end
  `SLUICE_ASSERT(PoolOfItsBank, !ours2_q || (empty == want_empty_q && least == want_least_q))
  `SLUICE_ASSERT(FirstOfItsVersion, !ours2_q || !first2_q || member1 == {10'd0, want_q})
  `SLUICE_ASSERT(SecondOfItsVersion, !ours2_q || !second2_q || member2 == {10'd0, want_q})

  // The pool is rewritten, or its other bank, while the packet is under way.
  logic rewritten_q, other_q;
  always_ff @(posedge clk_i) begin
    rewritten_q <= ours_q && writes_pool && size_i != size_q;
    other_q <= ours_q && tbl_start_i && tbl_write_i && !tbl_ring_i && tbl_bank_i != bank;
  end
  `PROOF_COVER(cover_rewritten_under_way, ours2_q && rewritten_q && first2_q && member1 == 12'd3)
  `PROOF_COVER(cover_other_bank_written, ours2_q && other_q && second2_q && !first2_q && member2 == 12'd1)
  `PROOF_COVER(cover_empty, ours2_q && empty)

  logic unused;
  assign unused = &{1'b0, rdata};

endmodule
