// SPDX-License-Identifier: Apache-2.0
//
// Egress: polices punts, queues the packets that the pipeline is done with, emits their frames, gives their results,
// and counts. Owns tables 15 (punt_policer) and 19 to 24 (counters).
//
// LATENCY: from valid_i to the packet's first beat 6 cycles if nothing is before it; one beat per clock, one packet per
// clock for packets of one beat, and for dropped ones without body. See egress_emit for what is emitted, with keep and
// last; there is no ready. result_valid_o comes in the cycle of the packet's last beat (dropped: when the last beat of
// its body is discarded), in pipeline order. Frames dropped at ingress (drop_*) are counted here; their results are
// what ingress reports.
//
// The body FIFO gets the beats of a frame beyond the 128 bytes of the window, in packet order; body_pop_o gives one
// back to ingress, packet_done_o says that a packet is out or discarded completely. Ingress sees to it that never more
// than BodyBeats beats and MaxInFlight packets are inside.
//
// A packet that is not forwarded needs no edits: punts go out of the CPU port as the whole frame (window_i unedited),
// whatever out_port_i, out_len_i, strip_i and prefix_len_i are.
`include "prim_assert.svh"

module egress #(
    parameter int unsigned DataWidth = 512,
    parameter int unsigned BodyBeats = 512,
    parameter int unsigned MaxInFlight = 64,
    parameter int unsigned Virtuals = 1024,
    parameter int unsigned Members = 4096,
    parameter int unsigned Rules = 256,
    localparam int unsigned Ports = sluice_pkg::PORT_COUNT
) (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input sluice_pkg::routed_t routed_i,
    input logic acl_hit_i,
    input logic [7:0] acl_rule_i,
    input logic [2:0] out_port_i,
    input logic [13:0] out_len_i,
    input logic [6:0] strip_i,
    input logic [6:0] prefix_len_i,
    input logic [sluice_pkg::PREFIX_BYTES*8-1:0] prefix_i,
    input logic [sluice_pkg::WINDOW_BYTES*8-1:0] window_i,

    input logic body_valid_i,
    input logic [DataWidth-1:0] body_data_i,
    output logic body_pop_o,
    output logic packet_done_o,

    input logic [Ports-1:0] drop_valid_i,
    input logic [Ports*8-1:0] drop_reason_i,
    input logic [Ports*14-1:0] drop_len_i,

    output logic [DataWidth-1:0] m_axis_tdata_o,
    output logic [DataWidth/8-1:0] m_axis_tkeep_o,
    output logic m_axis_tvalid_o,
    output logic m_axis_tlast_o,
    output logic [2:0] m_axis_tdest_o,

    output logic result_valid_o,
    output sluice_pkg::result_t result_o,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o
);

  localparam int unsigned QueueW = sluice_pkg::RESULT_W + egress_pkg::PLAN_W + 7;

  logic police_ack;
  logic counters_ack;
  logic [383:0] police_rdata;
  logic [383:0] counters_rdata;
  assign tbl_ack_o = police_ack || counters_ack;
  assign tbl_rdata_o = police_rdata | counters_rdata;

  logic decided;
  sluice_pkg::result_t decided_result;
  egress_pkg::plan_t decided_plan;
  logic [6:0] decided_prefix_len;
  egress_police #(
      .DataWidth(DataWidth)
  ) u_police (
      .clk_i,
      .rst_i,
      .valid_i,
      .meta_i,
      .routed_i,
      .acl_hit_i,
      .acl_rule_i,
      .out_port_i,
      .out_len_i,
      .strip_i,
      .prefix_len_i,
      .valid_o(decided),
      .result_o(decided_result),
      .plan_o(decided_plan),
      .prefix_len_o(decided_prefix_len),
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_bank_i,
      .tbl_row_i,
      .tbl_wdata_i,
      .tbl_ack_o(police_ack),
      .tbl_rdata_o(police_rdata)
  );

  // The wide parts do not wait for the police. Of those only what can go out is stored.
  logic goes;
  logic edited;
  assign goes = routed_i.verdict != sluice_pkg::VERDICT_DROP;
  assign edited = routed_i.verdict == sluice_pkg::VERDICT_FORWARD;

  logic empty;
  logic done;
  sluice_pkg::result_t head_result;
  egress_pkg::plan_t head_plan;
  logic [6:0] head_prefix_len;
  logic [511:0] window_low;
  logic [511:0] window_high;
  logic [255:0] prefix_low;
  logic [383:0] prefix_high;
  egress_queue #(
      .Depth(1 << $clog2(MaxInFlight)),
      .Width(QueueW)
  ) u_queue (
      .clk_i,
      .rst_i,
      .wide_valid_i(valid_i),
      .wide_parts_i({
        edited && prefix_len_i > 7'd32, edited && prefix_len_i != '0, goes && meta_i.len > 14'd64, goes
      }),
      .window_i,
      .prefix_i,
      .valid_i(decided),
      .data_i({decided_plan, decided_prefix_len, decided_result}),
      .empty_o(empty),
      .data_o({head_plan, head_prefix_len, head_result}),
      .window_low_o(window_low),
      .window_high_o(window_high),
      .prefix_low_o(prefix_low),
      .prefix_high_o(prefix_high),
      .pop_i(done)
  );
  assign packet_done_o = done;

  logic body_empty;
  logic body_full;
  logic [DataWidth-1:0] body_data;
  logic [$clog2(BodyBeats):0] body_count;
  prim_fifo #(
      .Width(DataWidth),
      .Depth(BodyBeats)
  ) u_body (
      .clk_i,
      .rst_i,
      .push_i(body_valid_i),
      .data_i(body_data_i),
      .full_o(body_full),
      .pop_i(body_pop_o),
      .data_o(body_data),
      .empty_o(body_empty),
      .count_o(body_count)
  );

  egress_emit #(
      .DataWidth(DataWidth)
  ) u_emit (
      .clk_i,
      .rst_i,
      .empty_i(empty),
      .result_i(head_result),
      .plan_i(head_plan),
      .prefix_len_i(head_prefix_len),
      .window_low_i(window_low),
      .window_high_i(window_high),
      .prefix_low_i(prefix_low),
      .prefix_high_i(prefix_high),
      .done_o(done),
      .body_empty_i(body_empty),
      .body_i(body_data),
      .body_pop_o,
      .m_axis_tvalid_o,
      .m_axis_tlast_o,
      .m_axis_tdest_o,
      .m_axis_tkeep_o,
      .m_axis_tdata_o,
      .result_valid_o,
      .result_o
  );

  // Results and frames dropped at ingress are counted in two cycles; the table bus reads counters.
  logic count;
  logic [3:0] count_q;
  logic clk_counters;
  assign count = rst_i || result_valid_o || drop_valid_i != '0 || tbl_valid_i;
  always_ff @(posedge clk_i) count_q <= {count_q[2:0], count};
  prim_clock_gate u_gate (
      .clk_i,
      .en_i (count || count_q != '0),
      .clk_o(clk_counters)
  );

  egress_counters #(
      .Virtuals(Virtuals),
      .Members(Members),
      .Rules(Rules)
  ) u_counters (
      .clk_i(clk_counters),
      .rst_i,
      .result_valid_i(result_valid_o),
      .result_i(result_o),
      .drop_valid_i,
      .drop_reason_i,
      .drop_len_i,
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_row_i,
      .tbl_ack_o(counters_ack),
      .tbl_rdata_o(counters_rdata)
  );

  logic unused;
  assign unused = &{1'b0, body_full, body_count};

endmodule
