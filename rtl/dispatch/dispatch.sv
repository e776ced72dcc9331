// SPDX-License-Identifier: Apache-2.0
//
// Dispatch inside the connection table: section 8 of docs/data-plane.md, and all reads of the member table.
//
// Cycle 0: a forward packet (valid_i) and its pool row. Cycle 2: valid2_i; ring slots became candidates. Cycle 3: valid3_i;
// their control words. Cycle 4: with choose_i and the candidates' live connections the choice; without, the choice's
// outputs mean nothing. The other ports go to dispatch_members, whose header says what they do.
//
// Owns the tables pool, ring and member. Starts are one cycle, for rows that exist; reads are there in the next cycle.
module dispatch #(
    parameter int unsigned Pools = 1024,
    parameter int unsigned Members = 4096,
    parameter int unsigned RingLog2 = 20,
    parameter int unsigned Checks = 4
) (
    input logic clk_i,

    input logic tbl_pool_i,
    input logic tbl_ring_i,
    input logic tbl_member_i,
    input logic tbl_write_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [sluice_pkg::MEMBER_ROW_W-1:0] tbl_wdata_i,
    output logic [sluice_pkg::POOL_ROW_W-1:0] tbl_rdata_o,
    output logic [sluice_pkg::MEMBER_ROW_W-1:0] tbl_member_rdata_o,

    // Cycle 0.
    input logic valid_i,
    input logic bank_i,
    input logic [1:0] affinity_i,
    input logic [9:0] pool_i,
    input logic [63:0] hash_src_i,
    input logic [63:0] hash_dst_i,
    input logic [63:0] hash_src0_i,

    // Cycle 2.
    input logic valid2_i,
    input logic bank2_i,
    input logic [Checks-1:0] check_en_i,
    input logic [Checks*12-1:0] check_member_i,
    output logic [Checks*128-1:0] check_address_o,

    // Cycle 3.
    input logic valid3_i,
    input logic [15:0] dport_i,
    output logic [11:0] candidate1_o,
    output logic [11:0] candidate2_o,

    // Cycles 3 and (the last one) 4.
    input logic [Checks:0] existing_en_i,
    input logic [Checks:0] existing_bank_i,
    input logic [(Checks+1)*12-1:0] existing_member_i,
    output logic [Checks:0] accept_existing_o,

    // Cycle 4.
    input logic bank4_i,
    input logic choose_i,
    input logic [31:0] live1_i,
    input logic [31:0] live2_i,
    input logic more1_i,
    input logic more2_i,
    input logic less1_i,
    input logic less2_i,
    output logic ok_o,
    output logic limited_o,
    output logic second_o,
    output logic [11:0] member_o,
    output logic [15:0] port_o,
    output logic [23:0] server_o,
    output logic [23:0] server1_o,
    output logic [23:0] server2_o,
    input logic final_en_i,
    input logic other_en_i,
    input logic [11:0] final_member_i,
    output logic [154:0] final_o,
    output logic [127:0] other_address_o
);

  logic [63:0] hash;
  always_comb begin
    hash = 64'd0;
    if (valid_i) begin
      unique case (affinity_i)
        sluice_pkg::AFFINITY_SOURCE: hash = hash_src0_i;
        sluice_pkg::AFFINITY_SOURCE_PORT: hash = hash_src_i;
        default: hash = hash_src_i ^ {hash_dst_i[31:0], hash_dst_i[63:32]};
      endcase
    end
  end

  logic [11:0] candidate1, candidate2;
  logic empty, least;
  dispatch_select #(
      .Pools(Pools),
      .RingLog2(RingLog2)
  ) u_select (
      .clk_i,
      .tbl_start_i(tbl_pool_i || tbl_ring_i),
      .tbl_write_i,
      .tbl_ring_i,
      .tbl_bank_i,
      .tbl_row_i,
      .tbl_wdata_i(tbl_wdata_i[sluice_pkg::POOL_ROW_W-1:0]),
      .tbl_rdata_o,
      .valid_i,
      .bank_i,
      .pool_i,
      .hash_i(hash),
      .member1_o(candidate1),
      .member2_o(candidate2),
      .empty_o(empty),
      .least_o(least)
  );

  // The candidates with their control words in cycle 3.
  logic empty3_q, least3_q;
  always_ff @(posedge clk_i) begin
    if (valid2_i) begin
      candidate1_o <= candidate1;
      candidate2_o <= candidate2;
      empty3_q <= empty;
      least3_q <= least;
    end
  end

  logic [68:0] control1, control2;
  dispatch_members #(
      .Members(Members),
      .Checks (Checks)
  ) u_members (
      .clk_i,
      .tbl_start_i(tbl_member_i),
      .tbl_write_i,
      .tbl_bank_i,
      .tbl_row_i,
      .tbl_wdata_i,
      .tbl_rdata_o(tbl_member_rdata_o),
      .candidate_en_i(valid2_i),
      .candidate_bank_i(bank2_i),
      .candidate1_i(candidate1),
      .candidate2_i(candidate2),
      .control1_o(control1),
      .control2_o(control2),
      .check_en_i,
      .check_bank_i(bank2_i),
      .check_member_i,
      .check_address_o,
      .existing_en_i,
      .existing_bank_i,
      .existing_member_i,
      .accept_existing_o,
      .final_en_i,
      .other_en_i,
      .final_bank_i(bank4_i),
      .final_member_i,
      .final_o,
      .other_address_o
  );

  dispatch_choose u_choose (
      .clk_i,
      .read_i(valid3_i),
      .empty_i(empty3_q),
      .least_i(least3_q),
      .member1_i(candidate1_o),
      .member2_i(candidate2_o),
      .control1_i(control1),
      .control2_i(control2),
      .dport_i,
      .en_i(choose_i),
      .live1_i,
      .live2_i,
      .more1_i,
      .more2_i,
      .less1_i,
      .less2_i,
      .ok_o,
      .limited_o,
      .second_o,
      .member_o,
      .port_o,
      .server_o,
      .server1_o,
      .server2_o
  );

endmodule
