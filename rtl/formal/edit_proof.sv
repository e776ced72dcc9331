// SPDX-License-Identifier: Apache-2.0
//
// edit: what goes in comes out three clocks later, nothing else does, and it is that packet's.
//
// All of routed_t but verdict, reason and cause has to come out as it went in. What is written into the frame is another
// proof's (edit_rewrite, edit_checksum).
`include "proof.svh"

module edit_proof (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input sluice_pkg::parsed_t parsed_i,
    input sluice_pkg::tuple_t own_i,
    input sluice_pkg::routed_t routed_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,
    input logic [31:0] tunnel_source4_i,
    input logic [127:0] tunnel_source6_i,
    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i
);

  `PROOF_BEGIN

  localparam int unsigned Latency = 3;

  logic valid_o, tbl_ack;
  logic [383:0] tbl_rdata;
  sluice_pkg::routed_t routed;
  logic [2:0] out_port;
  logic [13:0] out_len;
  logic [6:0] strip, prefix_len;
  logic [8*sluice_pkg::PREFIX_BYTES-1:0] prefix;
  logic [8*sluice_pkg::WINDOW_BYTES-1:0] window;
  logic [sluice_pkg::PORT_ROWS*sluice_pkg::PORT_ROW_W-1:0] port_rows;
  edit #(
      .NeighborRows(2)
  ) dut (
      .clk_i,
      .rst_i,
      .valid_i,
      .meta_i,
      .parsed_i,
      .own_i,
      .routed_i,
      .window_i,
      .tunnel_source4_i,
      .tunnel_source6_i,
      .valid_o,
      .routed_o    (routed),
      .out_port_o  (out_port),
      .out_len_o   (out_len),
      .strip_o     (strip),
      .prefix_len_o(prefix_len),
      .prefix_o    (prefix),
      .window_o    (window),
      .port_rows_o (port_rows),
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

  logic [Latency*sluice_pkg::ROUTED_W-1:0] data_q;
  logic [sluice_pkg::ROUTED_W-1:0] mine;
  always_ff @(posedge clk_i) data_q <= {data_q[(Latency-1)*sluice_pkg::ROUTED_W-1:0], routed_i};
  assign mine = data_q[Latency*sluice_pkg::ROUTED_W-1-:sluice_pkg::ROUTED_W];

  `SLUICE_ASSERT(AfterExactlyLatency, valid_o == past_q[Latency-1])
  `SLUICE_ASSERT(ItsOwn, !valid_o || routed[sluice_pkg::ROUTED_W-1:14] == mine[sluice_pkg::ROUTED_W-1:14])
  `SLUICE_ASSERT(DropStaysDrop,
                 !valid_o || mine[1:0] != sluice_pkg::VERDICT_DROP || routed[13:0] == mine[13:0])

  `PROOF_COVER(cover_back_to_back, valid_o && past_q == '1)
  `PROOF_COVER(cover_alone, valid_o && past_q[Latency-2:0] == '0)
  `PROOF_COVER(cover_punted_here,
               valid_o && routed.verdict == sluice_pkg::VERDICT_PUNT && mine[1:0] == sluice_pkg::VERDICT_FORWARD)

endmodule
