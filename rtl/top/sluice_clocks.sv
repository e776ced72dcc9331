// SPDX-License-Identifier: Apache-2.0
//
// The clocks of the stages: a stage is clocked while a packet is in it, while the table bus is in use, in reset, and a few
// cycles beyond that; the rest of the time it stands still.
//
// packet_i: a packet leaves ingress in this cycle; with their fixed latencies the stages follow from that. *_busy_i: what
// has no fixed end. In return a stage must have nothing to do once its packet has left it but in the *_SLACK cycles that
// follow (writes of tables, valid bits that fall): then the design works the same with all gates open.
// All inputs must stand while clk_i is low.
module sluice_clocks #(
    parameter int unsigned ParseLatency = 4,
    parameter int unsigned ClassifyLatency = 8,
    parameter int unsigned PoliceLatency = 4,
    parameter int unsigned FlowLatency = 6,
    parameter int unsigned EditLatency = 3
) (
    input logic clk_i,
    input logic rst_i,

    input logic packet_i,
    input logic tbl_valid_i,
    input logic csr_busy_i,
    input logic flow_busy_i,
    input logic egress_busy_i,

    output logic clk_csr_o,
    output logic clk_parse_o,
    output logic clk_classify_o,
    output logic clk_police_o,
    output logic clk_flow_o,
    output logic clk_edit_o,
    output logic clk_egress_o,
    output logic clk_pipe_o
);

  // Cycles after the last packet, access or busy cycle. Police and flow hand their last write to the next packet.
  localparam int unsigned SLACK = 4;
  localparam int unsigned PARSE_SLACK = 1;
  localparam int unsigned CLASSIFY_SLACK = 1;
  localparam int unsigned POLICE_SLACK = 2;
  localparam int unsigned FLOW_SLACK = 4;
  localparam int unsigned EDIT_SLACK = 1;
  localparam int unsigned CLASSIFY = ParseLatency;
  localparam int unsigned POLICE = CLASSIFY + ClassifyLatency;
  localparam int unsigned FLOW = POLICE;  // beside each other, police is done first
  localparam int unsigned EDIT = FLOW + FlowLatency;
  localparam int unsigned EGRESS = EDIT + EditLatency;
  localparam int unsigned LENGTH = EGRESS + SLACK;

  // Bit k: a packet left ingress k cycles ago.
  logic [LENGTH:1] travel_q;
  logic [LENGTH:0] travel;
  assign travel = {travel_q, packet_i};
  always_ff @(posedge clk_i) begin
    if (rst_i) travel_q <= '0;
    else travel_q <= travel[LENGTH-1:0];
  end

  // The bus, commands and egress have no fixed end.
  logic [SLACK:1] common_q;
  logic [SLACK:1] egress_q;
  logic [SLACK:1] flow_q;
  logic [SLACK:1] csr_q;
  logic common, egress, csr, flow;
  assign common = rst_i || tbl_valid_i || common_q != '0;
  assign egress = common || egress_busy_i || egress_q != '0;
  assign flow = common || flow_busy_i || flow_q != '0;
  assign csr = common || csr_busy_i || csr_q != '0;
  always_ff @(posedge clk_i) begin
    common_q <= {common_q[SLACK-1:1], rst_i || tbl_valid_i};
    egress_q <= {egress_q[SLACK-1:1], !rst_i && egress_busy_i};
    flow_q <= {flow_q[SLACK-1:1], !rst_i && flow_busy_i};
    csr_q <= {csr_q[SLACK-1:1], !rst_i && csr_busy_i};
  end

  prim_clock_gate u_csr (
      .clk_i,
      .en_i (csr),
      .clk_o(clk_csr_o)
  );
  prim_clock_gate u_parse (
      .clk_i,
      .en_i (common || travel[0+:ParseLatency+PARSE_SLACK] != '0),
      .clk_o(clk_parse_o)
  );
  prim_clock_gate u_classify (
      .clk_i,
      .en_i (common || travel[CLASSIFY+:ClassifyLatency+CLASSIFY_SLACK] != '0),
      .clk_o(clk_classify_o)
  );
  prim_clock_gate u_police (
      .clk_i,
      .en_i (common || travel[POLICE+:PoliceLatency+POLICE_SLACK] != '0),
      .clk_o(clk_police_o)
  );
  prim_clock_gate u_flow (
      .clk_i,
      .en_i (flow || travel[FLOW+:FlowLatency+FLOW_SLACK] != '0),
      .clk_o(clk_flow_o)
  );
  prim_clock_gate u_edit (
      .clk_i,
      .en_i (common || travel[EDIT+:EditLatency+EDIT_SLACK] != '0),
      .clk_o(clk_edit_o)
  );
  prim_clock_gate u_egress (
      .clk_i,
      .en_i (egress),
      .clk_o(clk_egress_o)
  );
  prim_clock_gate u_pipe (
      .clk_i,
      .en_i (common || travel != '0),
      .clk_o(clk_pipe_o)
  );

endmodule
