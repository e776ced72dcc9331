// SPDX-License-Identifier: Apache-2.0
//
// The data plane: five AXI4-Stream inputs (front ports 0..3, CPU port 4), one output bus with the port in tdest, an
// AXI4-Lite register bus, a result record per packet and an event stream.
//
// What it does: docs/data-plane.md. How it is cut: rtl/README.md.
// LATENCY, from the packet leaving ingress to the decision at egress, is the sum of the stages'; see the constants below.
// Inputs are always ready: what does not fit is dropped at ingress with a reason. Outputs have no ready; the user
// takes a beat, a result and an event in every cycle.
// now_i is the time of day in nanoseconds; it must never decrease. While busy_o is low, every
// frame that went in has its result and no bus access is pending, clocks may be skipped without changing anything but
// time (leave sixteen cycles after the last result: counters are behind it).
`include "prim_assert.svh"

module sluice_top #(
    parameter int unsigned DataWidth = 512,
    parameter int unsigned IngressBeats = 512,
    parameter int unsigned BodyBeats = 512,
    parameter int unsigned MaxInFlight = 64,
    parameter int unsigned FlowBanks = 4,
    parameter int unsigned FlowWays = 4,
    parameter int unsigned FlowRowsLog2 = 16,
    parameter int unsigned FlowDigestBits = 24,
    parameter bit FlowExactKeys = 1'b1,
    parameter int unsigned EventDepth = 64,
    localparam int unsigned Ports = sluice_pkg::PORT_COUNT,
    localparam int unsigned KeepWidth = DataWidth / 8
) (
    input logic clk_i,
    input logic rst_i,
    input logic [63:0] now_i,
    output logic busy_o,

    input logic [Ports*DataWidth-1:0] s_axis_tdata_i,
    input logic [Ports*KeepWidth-1:0] s_axis_tkeep_i,
    input logic [Ports-1:0] s_axis_tvalid_i,
    input logic [Ports-1:0] s_axis_tlast_i,
    input logic [Ports-1:0] s_axis_tuser_i,
    input logic [Ports*3-1:0] s_axis_tdest_i,
    output logic [Ports-1:0] s_axis_tready_o,

    output logic [DataWidth-1:0] m_axis_tdata_o,
    output logic [KeepWidth-1:0] m_axis_tkeep_o,
    output logic m_axis_tvalid_o,
    output logic m_axis_tlast_o,
    output logic [2:0] m_axis_tdest_o,

    output logic result_valid_o,
    output sluice_pkg::result_t result_o,
    output logic [Ports-1:0] ingress_drop_valid_o,
    output logic [Ports*8-1:0] ingress_drop_reason_o,
    output logic [Ports*14-1:0] ingress_drop_len_o,
    output logic [Ports*64-1:0] ingress_drop_stamp_o,

    output logic m_axis_event_tvalid_o,
    output sluice_pkg::event_t m_axis_event_tdata_o,
    input logic m_axis_event_tready_i,

    input logic [31:0] s_axil_awaddr_i,
    input logic [2:0] s_axil_awprot_i,
    input logic s_axil_awvalid_i,
    output logic s_axil_awready_o,
    input logic [31:0] s_axil_wdata_i,
    input logic [3:0] s_axil_wstrb_i,
    input logic s_axil_wvalid_i,
    output logic s_axil_wready_o,
    output logic [1:0] s_axil_bresp_o,
    output logic s_axil_bvalid_o,
    input logic s_axil_bready_i,
    input logic [31:0] s_axil_araddr_i,
    input logic [2:0] s_axil_arprot_i,
    input logic s_axil_arvalid_i,
    output logic s_axil_arready_o,
    output logic [31:0] s_axil_rdata_o,
    output logic [1:0] s_axil_rresp_o,
    output logic s_axil_rvalid_o,
    input logic s_axil_rready_i
);

  // Latencies of the stages, checked below against what comes out of them. police works beside the first cycles of flow.
  localparam int unsigned ParseLatency = 4;
  localparam int unsigned ClassifyLatency = 8;
  localparam int unsigned PoliceLatency = 4;
  localparam int unsigned FlowLatency = 6;
  localparam int unsigned EditLatency = 3;

  // ---------------------------------------------------------------- clocks

  sluice_pkg::csr_config_t cfg;
  sluice_pkg::csr_command_t command;
  sluice_pkg::csr_status_t status_q;
  logic tbl_valid;
  logic ingress_valid;
  logic [7:0] in_flight;
  logic clk_csr, clk_parse, clk_classify, clk_police, clk_flow, clk_edit, clk_egress, clk_pipe;
  logic scrub_busy;
  logic [31:0] scrub_freed, event_lost, flow_live, flow_half_open;
  logic [63:0] flow_hits, flow_misses, flow_opened, flow_closed, flow_evicted, flow_full, flow_alias;
  logic csr_open_q;
  logic csr_done;
  assign csr_done = (s_axil_bvalid_o && s_axil_bready_i) || (s_axil_rvalid_o && s_axil_rready_i);
  always_ff @(posedge clk_i) begin
    if (rst_i || csr_done) csr_open_q <= 1'b0;
    else if (s_axil_awready_o || s_axil_arready_o) csr_open_q <= 1'b1;
  end

  sluice_clocks #(
      .ParseLatency(ParseLatency),
      .ClassifyLatency(ClassifyLatency),
      .PoliceLatency(PoliceLatency),
      .FlowLatency(FlowLatency),
      .EditLatency(EditLatency)
  ) u_clocks (
      .clk_i,
      .rst_i,
      .packet_i(ingress_valid),
      .tbl_valid_i(tbl_valid),
      .csr_busy_i(s_axil_awvalid_i || s_axil_arvalid_i || csr_open_q),
      .flow_busy_i(command.scrub_start_valid || scrub_busy),
      .egress_busy_i(in_flight != 8'd0 || ingress_drop_valid_o != '0),
      .clk_csr_o(clk_csr),
      .clk_parse_o(clk_parse),
      .clk_classify_o(clk_classify),
      .clk_police_o(clk_police),
      .clk_flow_o(clk_flow),
      .clk_edit_o(clk_edit),
      .clk_egress_o(clk_egress),
      .clk_pipe_o(clk_pipe)
  );

  // ---------------------------------------------------------------- registers and table bus

  logic csr_tbl_valid;
  logic tbl_ack_q;
  logic [383:0] tbl_rdata_q;
  logic tbl_write;
  logic [4:0] tbl_id;
  logic tbl_bank;
  logic [19:0] tbl_row;
  logic [383:0] tbl_wdata;
  logic classify_tbl_ack, police_tbl_ack, flow_tbl_ack, edit_tbl_ack, egress_tbl_ack;
  logic [383:0] classify_tbl_rdata, police_tbl_rdata, flow_tbl_rdata, edit_tbl_rdata, egress_tbl_rdata;

  csr_block u_csr (
      .clk_i(clk_csr),
      .rst_i,
      .s_axil_awaddr_i,
      .s_axil_awprot_i,
      .s_axil_awvalid_i,
      .s_axil_awready_o,
      .s_axil_wdata_i,
      .s_axil_wstrb_i,
      .s_axil_wvalid_i,
      .s_axil_wready_o,
      .s_axil_bresp_o,
      .s_axil_bvalid_o,
      .s_axil_bready_i,
      .s_axil_araddr_i,
      .s_axil_arprot_i,
      .s_axil_arvalid_i,
      .s_axil_arready_o,
      .s_axil_rdata_o,
      .s_axil_rresp_o,
      .s_axil_rvalid_o,
      .s_axil_rready_i,
      .config_o(cfg),
      .command_o(command),
      .status_i(status_q),
      .tbl_valid_o(csr_tbl_valid),
      .tbl_write_o(tbl_write),
      .tbl_id_o(tbl_id),
      .tbl_bank_o(tbl_bank),
      .tbl_row_o(tbl_row),
      .tbl_wdata_o(tbl_wdata),
      .tbl_ack_i(tbl_ack_q),
      .tbl_rdata_i(tbl_rdata_q)
  );

  // Registered on the way back, so that nobody looks at the wide answer but while it is awaited.
  always_ff @(posedge clk_csr) begin
    tbl_ack_q <= (classify_tbl_ack || police_tbl_ack || flow_tbl_ack || edit_tbl_ack || egress_tbl_ack) && !rst_i;
    if (tbl_valid) begin
      tbl_rdata_q <= classify_tbl_rdata | police_tbl_rdata | flow_tbl_rdata | edit_tbl_rdata | egress_tbl_rdata;
    end
  end
  assign tbl_valid = csr_tbl_valid && !tbl_ack_q;

  // ---------------------------------------------------------------- ingress

  sluice_pkg::ingress_meta_t ingress_meta;
  logic [1023:0] ingress_window;
  logic body_valid;
  logic [DataWidth-1:0] body_data;
  logic body_pop;
  logic packet_done;
  logic ingress_busy;

  ingress #(
      .DataWidth(DataWidth),
      .BufferBeats(IngressBeats),
      .BodyBeats(BodyBeats),
      .MaxInFlight(MaxInFlight)
  ) u_ingress (
      .clk_i,
      .rst_i,
      .now_i,
      .bank_i(cfg.control_bank),
      .min_frame_i(cfg.ingress_min_frame),
      .max_frame_i(cfg.ingress_max_frame),
      .s_axis_tdata_i,
      .s_axis_tkeep_i,
      .s_axis_tvalid_i,
      .s_axis_tlast_i,
      .s_axis_tuser_i,
      .s_axis_tdest_i,
      .s_axis_tready_o,
      .valid_o(ingress_valid),
      .meta_o(ingress_meta),
      .window_o(ingress_window),
      .body_valid_o(body_valid),
      .body_data_o(body_data),
      .body_pop_i(body_pop),
      .packet_done_i(packet_done),
      .in_flight_o(in_flight),
      .busy_o(ingress_busy),
      .drop_valid_o(ingress_drop_valid_o),
      .drop_reason_o(ingress_drop_reason_o),
      .drop_len_o(ingress_drop_len_o),
      .drop_stamp_o(ingress_drop_stamp_o)
  );

  // ---------------------------------------------------------------- parse

  logic [8*sluice_pkg::PORT_ROW_W-1:0] port_rows;
  logic parse_valid;
  sluice_pkg::parsed_t parsed;
  sluice_pkg::tuple_t own;
  sluice_pkg::tuple_t key;

  parse u_parse (
      .clk_i(clk_parse),
      .rst_i,
      .valid_i(ingress_valid),
      .meta_i(ingress_meta),
      .window_i(ingress_window),
      .port_rows_i(port_rows),
      .fragments_i(cfg.control_fragments),
      .drop_options_i(cfg.control_drop_options),
      .valid_o(parse_valid),
      .parsed_o(parsed),
      .own_o(own),
      .key_o(key)
  );

  logic parse_meta_valid;
  sluice_pkg::ingress_meta_t parse_meta;
  prim_delay #(
      .Width (sluice_pkg::INGRESS_META_W),
      .Cycles(ParseLatency)
  ) u_parse_meta (
      .clk_i(clk_parse),
      .rst_i,
      .valid_i(ingress_valid),
      .data_i(ingress_meta),
      .valid_o(parse_meta_valid),
      .data_o(parse_meta)
  );

  // ---------------------------------------------------------------- classify

  logic classify_valid;
  sluice_pkg::classified_t classified;
  logic acl_police;
  logic [63:0] hash_src, hash_dst, hash_src0, hash_dst0;

  classify u_classify (
      .clk_i(clk_classify),
      .rst_i,
      .acl_enable_i(cfg.control_acl_enable),
      .prefix_enable_i(cfg.control_prefix_enable),
      .hash_key_i(cfg.hash_key),
      .valid_i(parse_valid),
      .meta_i(parse_meta),
      .parsed_i(parsed),
      .own_i(own),
      .key_i(key),
      .valid_o(classify_valid),
      .classified_o(classified),
      .acl_police_o(acl_police),
      .hash_src_o(hash_src),
      .hash_dst_o(hash_dst),
      .hash_src0_o(hash_src0),
      .hash_dst0_o(hash_dst0),
      .tbl_valid_i(tbl_valid),
      .tbl_write_i(tbl_write),
      .tbl_id_i(tbl_id),
      .tbl_bank_i(tbl_bank),
      .tbl_row_i(tbl_row),
      .tbl_wdata_i(tbl_wdata),
      .tbl_ack_o(classify_tbl_ack),
      .tbl_rdata_o(classify_tbl_rdata)
  );

  logic classify_meta_valid;
  sluice_pkg::ingress_meta_t classify_meta;
  sluice_pkg::parsed_t classify_parsed;
  sluice_pkg::tuple_t classify_key;
  prim_delay #(
      .Width (sluice_pkg::INGRESS_META_W + sluice_pkg::PARSED_W + sluice_pkg::TUPLE_W),
      .Cycles(ClassifyLatency)
  ) u_classify_meta (
      .clk_i(clk_classify),
      .rst_i,
      .valid_i(parse_valid),
      .data_i({parse_meta, parsed, key}),
      .valid_o(classify_meta_valid),
      .data_o({classify_meta, classify_parsed, classify_key})
  );

  // ---------------------------------------------------------------- police

  logic police_valid;
  sluice_pkg::classified_t policed;
  logic [PoliceLatency-1:0] past_classify;
  always_ff @(posedge clk_police) begin
    past_classify <= rst_i ? '0 : {past_classify[PoliceLatency-2:0], classify_valid};
  end

  police u_police (
      .clk_i(clk_police),
      .rst_i,
      .source_rate_i({cfg.source_rate_hi, cfg.source_rate_lo}),
      .source_burst_i(cfg.source_burst),
      .valid_i(classify_valid),
      .meta_i(classify_meta),
      .acl_police_i(acl_police),
      .classified_i(classified),
      .hash_src0_i(hash_src0),
      .valid_o(police_valid),
      .classified_o(policed),
      .tbl_valid_i(tbl_valid),
      .tbl_write_i(tbl_write),
      .tbl_id_i(tbl_id),
      .tbl_bank_i(tbl_bank),
      .tbl_row_i(tbl_row),
      .tbl_wdata_i(tbl_wdata),
      .tbl_ack_o(police_tbl_ack),
      .tbl_rdata_o(police_tbl_rdata)
  );

  // ---------------------------------------------------------------- flow and dispatch, beside police

  logic flow_valid;
  sluice_pkg::routed_t routed;
  logic event_valid;
  sluice_pkg::event_t event_data;

  flow #(
      .FlowBanks(FlowBanks),
      .FlowWays(FlowWays),
      .FlowRowsLog2(FlowRowsLog2),
      .DigestBits(FlowDigestBits),
      .ExactKeys(FlowExactKeys)
  ) u_flow (
      .clk_i(clk_flow),
      .rst_i,
      .now_i,
      .half_open_max_i(cfg.half_open_max),
      .source_rate_i({cfg.source_connection_rate_hi, cfg.source_connection_rate_lo}),
      .source_burst_i(cfg.source_connection_burst),
      .timers_i(cfg.timer),
      .event_enable_i({cfg.event_enable_failed, cfg.event_enable_closed, cfg.event_enable_opened}),
      .scrub_start_i(command.scrub_start_valid),
      .scrub_mode_i(command.scrub_start_mode),
      .scrub_arg_i(cfg.scrub_arg),
      .valid_i(classify_valid),
      .meta_i(classify_meta),
      .parsed_i(classify_parsed),
      .key_i(classify_key),
      .classified_i(classified),
      .hash_src_i(hash_src),
      .hash_dst_i(hash_dst),
      .hash_src0_i(hash_src0),
      .policed_i(policed),
      .valid_o(flow_valid),
      .routed_o(routed),
      .event_valid_o(event_valid),
      .event_o(event_data),
      .scrub_busy_o(scrub_busy),
      .scrub_freed_o(scrub_freed),
      .live_o(flow_live),
      .half_open_o(flow_half_open),
      .hits_o(flow_hits),
      .misses_o(flow_misses),
      .opened_o(flow_opened),
      .closed_o(flow_closed),
      .evicted_o(flow_evicted),
      .full_o(flow_full),
      .alias_o(flow_alias),
      .tbl_valid_i(tbl_valid),
      .tbl_write_i(tbl_write),
      .tbl_id_i(tbl_id),
      .tbl_bank_i(tbl_bank),
      .tbl_row_i(tbl_row),
      .tbl_wdata_i(tbl_wdata),
      .tbl_ack_o(flow_tbl_ack),
      .tbl_rdata_o(flow_tbl_rdata)
  );

  logic flow_meta_valid;
  sluice_pkg::ingress_meta_t flow_meta;
  sluice_pkg::parsed_t flow_parsed;
  prim_delay #(
      .Width (sluice_pkg::INGRESS_META_W + sluice_pkg::PARSED_W),
      .Cycles(FlowLatency)
  ) u_flow_meta (
      .clk_i(clk_flow),
      .rst_i,
      .valid_i(classify_valid),
      .data_i({classify_meta, classify_parsed}),
      .valid_o(flow_meta_valid),
      .data_o({flow_meta, flow_parsed})
  );

  logic flow_own_valid;
  sluice_pkg::tuple_t flow_own;
  prim_delay #(
      .Width (sluice_pkg::TUPLE_W),
      .Cycles(ClassifyLatency + FlowLatency)
  ) u_flow_own (
      .clk_i(clk_pipe),
      .rst_i,
      .valid_i(parse_valid),
      .data_i(own),
      .valid_o(flow_own_valid),
      .data_o(flow_own)
  );

  logic flow_window_valid;
  logic [1023:0] flow_window;
  prim_delay #(
      .Width (1024),
      .Cycles(ParseLatency + ClassifyLatency + FlowLatency)
  ) u_flow_window (
      .clk_i(clk_pipe),
      .rst_i,
      .valid_i(ingress_valid),
      .data_i(ingress_window),
      .valid_o(flow_window_valid),
      .data_o(flow_window)
  );

  event_queue #(
      .Depth(EventDepth)
  ) u_events (
      .clk_i,
      .rst_i,
      .valid_i(event_valid),
      .event_i(event_data),
      .lost_o(event_lost),
      .m_axis_event_tvalid_o,
      .m_axis_event_tdata_o,
      .m_axis_event_tready_i
  );

  // ---------------------------------------------------------------- edit

  logic edit_valid;
  sluice_pkg::routed_t edited;
  logic [2:0] edit_out_port;
  logic [13:0] edit_out_len;
  logic [6:0] edit_strip;
  logic [6:0] edit_prefix_len;
  logic [8*sluice_pkg::PREFIX_BYTES-1:0] edit_prefix;
  logic [1023:0] edit_window;

  edit u_edit (
      .clk_i(clk_edit),
      .rst_i,
      .tunnel_source4_i(cfg.tunnel_source4),
      .tunnel_source6_i(cfg.tunnel_source6),
      .port_rows_o(port_rows),
      .valid_i(flow_valid),
      .meta_i(flow_meta),
      .parsed_i(flow_parsed),
      .own_i(flow_own),
      .routed_i(routed),
      .window_i(flow_window),
      .valid_o(edit_valid),
      .routed_o(edited),
      .out_port_o(edit_out_port),
      .out_len_o(edit_out_len),
      .strip_o(edit_strip),
      .prefix_len_o(edit_prefix_len),
      .prefix_o(edit_prefix),
      .window_o(edit_window),
      .tbl_valid_i(tbl_valid),
      .tbl_write_i(tbl_write),
      .tbl_id_i(tbl_id),
      .tbl_bank_i(tbl_bank),
      .tbl_row_i(tbl_row),
      .tbl_wdata_i(tbl_wdata),
      .tbl_ack_o(edit_tbl_ack),
      .tbl_rdata_o(edit_tbl_rdata)
  );

  logic edit_meta_valid;
  sluice_pkg::ingress_meta_t edit_meta;
  prim_delay #(
      .Width (sluice_pkg::INGRESS_META_W),
      .Cycles(EditLatency)
  ) u_edit_meta (
      .clk_i(clk_edit),
      .rst_i,
      .valid_i(flow_valid),
      .data_i(flow_meta),
      .valid_o(edit_meta_valid),
      .data_o(edit_meta)
  );

  logic edit_acl_valid;
  logic edit_acl_hit;
  logic [7:0] edit_acl_rule;
  prim_delay #(
      .Width (9),
      .Cycles(FlowLatency + EditLatency)
  ) u_edit_acl (
      .clk_i(clk_pipe),
      .rst_i,
      .valid_i(classify_valid),
      .data_i({classified.acl_hit, classified.acl_rule}),
      .valid_o(edit_acl_valid),
      .data_o({edit_acl_hit, edit_acl_rule})
  );

  // ---------------------------------------------------------------- egress

  egress #(
      .DataWidth(DataWidth),
      .BodyBeats(BodyBeats),
      .MaxInFlight(MaxInFlight)
  ) u_egress (
      .clk_i(clk_egress),
      .rst_i,
      .valid_i(edit_valid),
      .meta_i(edit_meta),
      .routed_i(edited),
      .acl_hit_i(edit_acl_hit),
      .acl_rule_i(edit_acl_rule),
      .out_port_i(edit_out_port),
      .out_len_i(edit_out_len),
      .strip_i(edit_strip),
      .prefix_len_i(edit_prefix_len),
      .prefix_i(edit_prefix),
      .window_i(edit_window),
      .body_valid_i(body_valid),
      .body_data_i(body_data),
      .body_pop_o(body_pop),
      .packet_done_o(packet_done),
      .drop_valid_i(ingress_drop_valid_o),
      .drop_reason_i(ingress_drop_reason_o),
      .drop_len_i(ingress_drop_len_o),
      .m_axis_tdata_o,
      .m_axis_tkeep_o,
      .m_axis_tvalid_o,
      .m_axis_tlast_o,
      .m_axis_tdest_o,
      .result_valid_o,
      .result_o,
      .tbl_valid_i(tbl_valid),
      .tbl_write_i(tbl_write),
      .tbl_id_i(tbl_id),
      .tbl_bank_i(tbl_bank),
      .tbl_row_i(tbl_row),
      .tbl_wdata_i(tbl_wdata),
      .tbl_ack_o(egress_tbl_ack),
      .tbl_rdata_o(egress_tbl_rdata)
  );

  // ---------------------------------------------------------------- status

  // As of the cycle before, while the register bus is in use.
  always_ff @(posedge clk_csr) begin
    status_q <= {
      flow_alias,
      flow_full,
      flow_evicted,
      flow_closed,
      flow_opened,
      flow_misses,
      flow_hits,
      flow_half_open,
      flow_live,
      scrub_freed,
      event_lost,
      scrub_busy,
      in_flight,
      5'(FlowRowsLog2),
      4'(FlowWays),
      4'(FlowBanks),
      12'(DataWidth)
    };
  end

  logic unused;
  assign unused = ^{hash_dst0, cfg.scratch};
  assign busy_o = ingress_busy || in_flight != 8'd0 || scrub_busy || m_axis_event_tvalid_o;

  // ---------------------------------------------------------------- the delays meet the stages

  `SLUICE_ASSERT(ParseAligned, parse_valid == parse_meta_valid)
  `SLUICE_ASSERT(ClassifyAligned, classify_valid == classify_meta_valid)
  `SLUICE_ASSERT(PoliceAligned, police_valid == past_classify[PoliceLatency-1])
  `SLUICE_ASSERT(FlowAligned, flow_valid == flow_meta_valid && flow_valid == flow_own_valid
                              && flow_valid == flow_window_valid)
  `SLUICE_ASSERT(EditAligned, edit_valid == edit_meta_valid && edit_valid == edit_acl_valid)

endmodule
