// SPDX-License-Identifier: Apache-2.0
//
// classify: what goes in comes out ten clocks later, nothing else does, and it is that packet's.
//
// Whatever hashes and tables answer (they are taken out). What the parser decided stays decided.
`include "proof.svh"

module classify_proof (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input logic acl_enable_i,
    input logic prefix_enable_i,
    input logic [95:0] hash_key_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input sluice_pkg::parsed_t parsed_i,
    input sluice_pkg::tuple_t own_i,
    input sluice_pkg::tuple_t key_i,
    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i
);

  `PROOF_BEGIN

  localparam int unsigned Latency = 8;

  logic valid_o, acl_police, tbl_ack;
  logic [383:0] tbl_rdata;
  logic [63:0] hash_src, hash_dst, hash_src0, hash_dst0;
  sluice_pkg::classified_t classified;
  classify dut (
      .clk_i,
      .rst_i,
      .acl_enable_i,
      .prefix_enable_i,
      .hash_key_i,
      .valid_i,
      .meta_i,
      .parsed_i,
      .own_i,
      .key_i,
      .valid_o,
      .classified_o(classified),
      .acl_police_o(acl_police),
      .hash_src_o  (hash_src),
      .hash_dst_o  (hash_dst),
      .hash_src0_o (hash_src0),
      .hash_dst0_o (hash_dst0),
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_bank_i,
      .tbl_row_i,
      .tbl_wdata_i,
      .tbl_ack_o   (tbl_ack),
      .tbl_rdata_o (tbl_rdata)
  );

  logic [Latency-1:0] past_q;
  always_ff @(posedge clk_i) past_q <= rst_i ? '0 : {past_q[Latency-2:0], valid_i};

  logic [Latency*14-1:0] data_q;
  logic [14-1:0] mine;
  always_ff @(posedge clk_i) data_q <= {data_q[(Latency-1)*14-1:0], parsed_i[13:0]};
  assign mine = data_q[Latency*14-1-:14];

  `SLUICE_ASSERT(AfterExactlyLatency, valid_o == past_q[Latency-1])
  `SLUICE_ASSERT(DecidedStaysDecided,
                 !valid_o || mine[1:0] == sluice_pkg::VERDICT_FORWARD || classified[13:0] == mine)

  `PROOF_COVER(cover_back_to_back, valid_o && past_q == '1)
  `PROOF_COVER(cover_alone, valid_o && past_q[Latency-2:0] == '0)
  `PROOF_COVER(cover_decided_behind_another,
               valid_o && mine[1:0] == sluice_pkg::VERDICT_DROP && data_q[(Latency-2)*14+:2] != sluice_pkg::VERDICT_DROP
               && past_q[Latency-2])

endmodule
