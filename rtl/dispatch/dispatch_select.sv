// SPDX-License-Identifier: Apache-2.0
//
// Pools and the dispatch ring: names the two candidate members of a packet's hash.
//
// LATENCY 2: with valid_i a pool, its bank and the dispatch hash; two cycles later member1_o and member2_o (0 = none),
// empty_o (ring_size 0; then the members mean nothing) and least_o (algorithm least), which stay until the next packet.
// Ring slots wrap modulo the ring memory; pool numbers wrap modulo Pools.
//
// Owns the tables pool and ring. tbl_start_i is one cycle, for a row that exists; a read is on tbl_rdata_o in the next
// cycle. The ring has two read ports for packets and one for the table bus (replicated block RAM).
module dispatch_select #(
    parameter int unsigned Pools = 1024,
    parameter int unsigned RingLog2 = 20
) (
    input logic clk_i,

    input logic tbl_start_i,
    input logic tbl_write_i,
    input logic tbl_ring_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [sluice_pkg::POOL_ROW_W-1:0] tbl_wdata_i,
    output logic [sluice_pkg::POOL_ROW_W-1:0] tbl_rdata_o,

    input logic valid_i,
    input logic bank_i,
    input logic [9:0] pool_i,
    input logic [63:0] hash_i,

    output logic [11:0] member1_o,
    output logic [11:0] member2_o,
    output logic empty_o,
    output logic least_o
);

  localparam int unsigned PoolW = (Pools > 1) ? $clog2(Pools) : 1;
  localparam int unsigned RowW = sluice_pkg::POOL_ROW_W;

  logic [RowW-1:0] pools[2 * Pools];
  logic [11:0] ring[1 << RingLog2];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < 2 * Pools; i++) pools[i] = '0;
    for (int unsigned i = 0; i < (1 << RingLog2); i++) ring[i] = '0;
  end
`endif

  // Table bus.
  logic [PoolW:0] pool_row;
  logic [RingLog2-1:0] ring_row;
  assign pool_row = {tbl_bank_i, tbl_row_i[PoolW-1:0]};
  assign ring_row = tbl_row_i[RingLog2-1:0];

  logic [RowW-1:0] pool_rdata_q;
  logic [11:0] ring_rdata_q;
  logic was_ring_q;
  always_ff @(posedge clk_i) begin
    if (tbl_start_i) begin
      was_ring_q <= tbl_ring_i;
      if (tbl_write_i && tbl_ring_i) ring[ring_row] <= tbl_wdata_i[11:0];
      else if (tbl_write_i) pools[pool_row] <= tbl_wdata_i;
      else if (tbl_ring_i) ring_rdata_q <= ring[ring_row];
      else pool_rdata_q <= pools[pool_row];
    end
  end
  assign tbl_rdata_o = was_ring_q ? RowW'(ring_rdata_q) : pool_rdata_q;

  // Cycle 0: the pool row.
  logic valid_q;
  sluice_pkg::pool_row_t pool_q;
  logic [63:0] hash_q;
  always_ff @(posedge clk_i) valid_q <= valid_i;
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      pool_q <= pools[{bank_i, pool_i[PoolW-1:0]}];
      hash_q <= hash_i;
    end
  end

  // Cycle 1: two slots, by multiply-high; the base goes into the same sum.
  logic [63:0] place1;
  logic [63:0] place2;
  logic [RingLog2-1:0] slot1;
  logic [RingLog2-1:0] slot2;
  assign place1 = 64'(hash_q[31:0]) * 64'(pool_q.ring_size) + {12'd0, pool_q.ring_base, 32'd0};
  assign place2 = 64'(hash_q[63:32]) * 64'(pool_q.ring_size) + {12'd0, pool_q.ring_base, 32'd0};
  assign slot1 = place1[32+:RingLog2];
  assign slot2 = place2[32+:RingLog2];

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      member1_o <= ring[slot1];
      member2_o <= ring[slot2];
      empty_o <= pool_q.ring_size == 17'd0;
      least_o <= pool_q.algorithm == sluice_pkg::ALGORITHM_LEAST;
    end
  end

  // Smaller builds use fewer bits of row, pool and base.
  logic unused;
  assign unused = &{1'b0, tbl_row_i, pool_i, place1, place2};

endmodule
