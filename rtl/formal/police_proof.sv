// SPDX-License-Identifier: Apache-2.0
//
// police: what goes in comes out four clocks later, nothing else does, and all but the verdict is as it was.
//
// Whatever the buckets answer (they are taken out). What was decided before stays decided, and nothing becomes more than it was.
`include "proof.svh"

module police_proof (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input logic [39:0] source_rate_i,
    input logic [31:0] source_burst_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input logic acl_police_i,
    input sluice_pkg::classified_t classified_i,
    input logic [63:0] hash_src0_i,
    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i
);

  `PROOF_BEGIN

  localparam int unsigned Latency = 4;

  logic valid_o, tbl_ack;
  logic [383:0] tbl_rdata;
  sluice_pkg::classified_t classified;
  police #(
      .AclRules(2),
      .Virtuals(2),
      .Sources (2)
  ) dut (
      .clk_i,
      .rst_i,
      .source_rate_i,
      .source_burst_i,
      .valid_i,
      .meta_i,
      .acl_police_i,
      .classified_i,
      .hash_src0_i,
      .valid_o,
      .classified_o(classified),
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

  logic [Latency*sluice_pkg::CLASSIFIED_W-1:0] data_q;
  logic [sluice_pkg::CLASSIFIED_W-1:0] mine;
  always_ff @(posedge clk_i) data_q <= {data_q[(Latency-1)*sluice_pkg::CLASSIFIED_W-1:0], classified_i};
  assign mine = data_q[Latency*sluice_pkg::CLASSIFIED_W-1-:sluice_pkg::CLASSIFIED_W];

  `SLUICE_ASSERT(AfterExactlyLatency, valid_o == past_q[Latency-1])
  `SLUICE_ASSERT(ItsOwn, !valid_o || classified[sluice_pkg::CLASSIFIED_W-1:10] == mine[sluice_pkg::CLASSIFIED_W-1:10])
  `SLUICE_ASSERT(OnlyForwardedAreDropped,
                 !valid_o || classified == mine || (mine[1:0] == sluice_pkg::VERDICT_FORWARD
                 && classified.verdict == sluice_pkg::VERDICT_DROP))

  `PROOF_COVER(cover_back_to_back, valid_o && past_q == '1)
  `PROOF_COVER(cover_alone, valid_o && past_q[Latency-2:0] == '0)
  `PROOF_COVER(cover_dropped, valid_o && classified.verdict == sluice_pkg::VERDICT_DROP && mine[1:0] != sluice_pkg::VERDICT_DROP)

endmodule
