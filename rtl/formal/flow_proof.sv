// SPDX-License-Identifier: Apache-2.0
//
// flow: what goes in comes out six clocks later, nothing else does, and it is that packet's.
//
// Whatever the connection table and the tables of members answer (they are taken out). What was decided before stays decided.
`include "proof.svh"

module flow_proof (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input sluice_pkg::parsed_t parsed_i,
    input sluice_pkg::tuple_t key_i,
    input sluice_pkg::classified_t classified_i,
    input logic [63:0] hash_src_i,
    input logic [63:0] hash_dst_i,
    input logic [63:0] hash_src0_i,
    input logic [2:0] event_enable_i
);

  `PROOF_BEGIN

  localparam int unsigned Latency = 6;

  // Settings, table bus and scrub engine do what they want.
  (* anyseq *) logic tbl_valid, tbl_write, tbl_bank, scrub_start;
  (* anyseq *) logic [4:0] tbl_id;
  (* anyseq *) logic [19:0] tbl_row;
  (* anyseq *) logic [383:0] tbl_wdata;
  (* anyseq *) logic [20:0] half_open_max;
  (* anyseq *) logic [39:0] source_rate;
  (* anyseq *) logic [31:0] source_burst;
  (* anyseq *) logic [24*23-1:0] timers;
  (* anyseq *) logic [1:0] scrub_mode;
  (* anyseq *) logic [11:0] scrub_arg;
  (* anyseq *) logic [63:0] now;

  logic valid_o, tbl_ack, event_valid, scrub_busy;
  logic [383:0] tbl_rdata;
  sluice_pkg::routed_t routed;
  sluice_pkg::event_t event_data;
  logic [31:0] scrub_freed, live, half_open;
  logic [63:0] hits, misses, opened, closed, evicted, full, alias_count;
  // Four clocks behind a packet comes what it is with the policer's verdict.
  localparam int unsigned Policed = 4;
  (* anyseq *) logic refuse;
  logic [Policed*sluice_pkg::CLASSIFIED_W-1:0] before_q;
  sluice_pkg::classified_t policed;
  always_ff @(posedge clk_i) before_q <= {before_q[(Policed-1)*sluice_pkg::CLASSIFIED_W-1:0], classified_i};
  always_comb begin
    policed = before_q[Policed*sluice_pkg::CLASSIFIED_W-1-:sluice_pkg::CLASSIFIED_W];
    if (refuse && policed.verdict == sluice_pkg::VERDICT_FORWARD) begin
      policed.verdict = sluice_pkg::VERDICT_DROP;
      policed.reason  = sluice_pkg::DROP_REASON_SOURCE_RATE;
    end
  end

  flow #(
      .FlowRowsLog2(4),
      .Virtuals    (2),
      .Pools       (2),
      .Members     (2),
      .Sources     (2),
      .RingLog2    (2)
  ) dut (
      .clk_i,
      .rst_i,
      .tbl_valid_i(tbl_valid),
      .tbl_write_i(tbl_write),
      .tbl_id_i(tbl_id),
      .tbl_bank_i(tbl_bank),
      .tbl_row_i(tbl_row),
      .tbl_wdata_i(tbl_wdata),
      .tbl_ack_o(tbl_ack),
      .tbl_rdata_o(tbl_rdata),
      .half_open_max_i(half_open_max),
      .source_rate_i(source_rate),
      .source_burst_i(source_burst),
      .timers_i(timers),
      .event_enable_i,
      .scrub_start_i(scrub_start),
      .scrub_mode_i(scrub_mode),
      .scrub_arg_i(scrub_arg),
      .now_i(now),
      .valid_i,
      .meta_i,
      .parsed_i,
      .key_i,
      .classified_i,
      .hash_src_i,
      .hash_dst_i,
      .hash_src0_i,
      .policed_i(policed),
      .valid_o,
      .routed_o(routed),
      .event_valid_o(event_valid),
      .event_o(event_data),
      .scrub_busy_o(scrub_busy),
      .scrub_freed_o(scrub_freed),
      .live_o(live),
      .half_open_o(half_open),
      .hits_o(hits),
      .misses_o(misses),
      .opened_o(opened),
      .closed_o(closed),
      .evicted_o(evicted),
      .full_o(full),
      .alias_o(alias_count)
  );

  logic [Latency-1:0] past_q;
  always_ff @(posedge clk_i) past_q <= rst_i ? '0 : {past_q[Latency-2:0], valid_i};

  logic [2*14-1:0] data_q;
  logic [13:0] mine;
  always_ff @(posedge clk_i) data_q <= {data_q[13:0], policed[13:0]};
  assign mine = data_q[27:14];

  `SLUICE_ASSERT(AfterExactlyLatency, valid_o == past_q[Latency-1])
  `SLUICE_ASSERT(DecidedStaysDecided, !valid_o || mine[1:0] == sluice_pkg::VERDICT_FORWARD || routed[13:0] == mine)

  `PROOF_COVER(cover_back_to_back, valid_o && past_q == '1)
  `PROOF_COVER(cover_alone, valid_o && past_q[Latency-2:0] == '0)
  `PROOF_COVER(cover_dropped_behind_another,
               valid_o && mine[1:0] == sluice_pkg::VERDICT_DROP && past_q[Latency-2]
               && data_q[1:0] == sluice_pkg::VERDICT_FORWARD)

endmodule
