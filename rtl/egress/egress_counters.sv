// SPDX-License-Identifier: Apache-2.0
//
// Packet and byte counters, and the tables they are read by (19 to 24): virtual, member, port, drop, punt, ACL.
//
// Takes one result per cycle, and one frame dropped at ingress per port and cycle; nothing is ever lost or merged. A
// table read includes every result and every drop of the cycles before the request. LATENCY of the acknowledgement: 3
// cycles; 11 for received packets of a port and 13 for the drop reasons of ingress, which are summed from the frames
// that reached the pipeline and, per port and reason, those that did not. Writes are acknowledged and ignored, rows
// that do not exist in this profile (virtual or member beyond Virtuals or Members, rule beyond Rules) read 0.
//
// drop_reason_i is one of the four reasons of ingress (1 to 4).
`include "prim_assert.svh"

module egress_counters #(
    parameter int unsigned Virtuals = 1024,
    parameter int unsigned Members = 4096,
    parameter int unsigned Rules = 256,
    localparam int unsigned Ports = sluice_pkg::PORT_COUNT
) (
    input logic clk_i,
    input logic rst_i,

    input logic result_valid_i,
    input sluice_pkg::result_t result_i,

    input logic [Ports-1:0] drop_valid_i,
    input logic [Ports*8-1:0] drop_reason_i,
    input logic [Ports*14-1:0] drop_len_i,

    input logic tbl_valid_i,
    input logic [4:0] tbl_id_i,
    input logic [19:0] tbl_row_i,
    input logic tbl_write_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o
);

  localparam int unsigned VirtualW = (Virtuals > 1) ? $clog2(Virtuals) : 1;
  localparam int unsigned MemberW = (Members > 1) ? $clog2(Members) : 1;
  localparam int unsigned RuleW = (Rules > 1) ? $clog2(Rules) : 1;
  localparam int unsigned Reasons = 128;  // all that are defined are below
  localparam int unsigned IngressReasons = 4;

  // Reading: the row's own RAM, then as many parts as were counted at ingress. Each takes a cycle to read and one to
  // add.
  logic [127:0] sum_q;
  logic [2:0] step_q;
  logic active_q;
  logic adding_q;
  logic ack_q;
  logic mine;
  logic is_port;
  logic is_reason;
  logic [2:0] last_step;
  logic read;
  logic read_own;
  assign mine = tbl_valid_i && tbl_id_i >= sluice_pkg::TABLE_VIRTUAL_COUNTERS &&
                tbl_id_i <= sluice_pkg::TABLE_ACL_COUNTERS && !ack_q;
  assign is_port = tbl_id_i == sluice_pkg::TABLE_PORT_COUNTERS && tbl_row_i < 20'(Ports);
  assign is_reason = tbl_id_i == sluice_pkg::TABLE_DROP_COUNTERS && tbl_row_i != '0 &&
                     tbl_row_i <= 20'(IngressReasons);
  assign last_step = is_port ? 3'(IngressReasons) : is_reason ? 3'(Ports) : 3'd0;
  assign read = active_q && !adding_q;
  assign read_own = read && step_q == 3'd0;

  // Which rows exist.
  logic [4:0] own;
  logic tx_port;
  always_comb begin
    own = '0;
    tx_port = 1'b0;
    unique case (tbl_id_i)
      sluice_pkg::TABLE_VIRTUAL_COUNTERS: own[0] = tbl_row_i < 20'd2048 && 32'(tbl_row_i[9:0]) < Virtuals;
      sluice_pkg::TABLE_MEMBER_COUNTERS: own[1] = tbl_row_i < 20'd8192 && 32'(tbl_row_i[11:0]) < Members;
      sluice_pkg::TABLE_PORT_COUNTERS: tx_port = tbl_row_i < 20'd16;
      sluice_pkg::TABLE_DROP_COUNTERS: own[2] = tbl_row_i < 20'(Reasons);
      sluice_pkg::TABLE_PUNT_COUNTERS: own[3] = tbl_row_i < 20'd16;
      sluice_pkg::TABLE_ACL_COUNTERS: own[4] = tbl_row_i < 20'(Rules);
      default: ;
    endcase
  end

  logic [127:0] virtual_data;
  prim_counter_ram #(
      .Rows(2 << VirtualW)
  ) u_virtual (
      .clk_i,
      .rst_i,
      .inc_valid_i(result_valid_i && result_i.has_virtual),
      .inc_row_i({result_i.direction, result_i.virtual_id[VirtualW-1:0]}),
      .inc_bytes_i(result_i.in_len),
      .rd_en_i(read_own && own[0]),
      .rd_row_i({tbl_row_i[10], tbl_row_i[VirtualW-1:0]}),
      .rd_data_o(virtual_data)
  );

  logic [127:0] member_data;
  prim_counter_ram #(
      .Rows(2 << MemberW)
  ) u_member (
      .clk_i,
      .rst_i,
      .inc_valid_i(result_valid_i && result_i.has_member && result_i.verdict == sluice_pkg::VERDICT_FORWARD),
      .inc_row_i({result_i.direction, result_i.member[MemberW-1:0]}),
      .inc_bytes_i(result_i.in_len),
      .rd_en_i(read_own && own[1]),
      .rd_row_i({tbl_row_i[12], tbl_row_i[MemberW-1:0]}),
      .rd_data_o(member_data)
  );

  logic [127:0] received_data;
  prim_counter_ram #(
      .Rows(8)
  ) u_received (
      .clk_i,
      .rst_i,
      .inc_valid_i(result_valid_i),
      .inc_row_i(result_i.in_port),
      .inc_bytes_i(result_i.in_len),
      .rd_en_i(read_own && tx_port && !tbl_row_i[3]),
      .rd_row_i(tbl_row_i[2:0]),
      .rd_data_o(received_data)
  );

  logic [127:0] sent_data;
  prim_counter_ram #(
      .Rows(8)
  ) u_sent (
      .clk_i,
      .rst_i,
      .inc_valid_i(result_valid_i && result_i.verdict != sluice_pkg::VERDICT_DROP),
      .inc_row_i(result_i.out_port),
      .inc_bytes_i(result_i.out_len),
      .rd_en_i(read_own && tx_port && tbl_row_i[3]),
      .rd_row_i(tbl_row_i[2:0]),
      .rd_data_o(sent_data)
  );

  logic [127:0] reason_data;
  prim_counter_ram #(
      .Rows(Reasons)
  ) u_reason (
      .clk_i,
      .rst_i,
      .inc_valid_i(result_valid_i && result_i.verdict == sluice_pkg::VERDICT_DROP),
      .inc_row_i(result_i.reason[6:0]),
      .inc_bytes_i(result_i.in_len),
      .rd_en_i(read_own && own[2]),
      .rd_row_i(tbl_row_i[6:0]),
      .rd_data_o(reason_data)
  );

  logic [127:0] cause_data;
  prim_counter_ram #(
      .Rows(16)
  ) u_cause (
      .clk_i,
      .rst_i,
      .inc_valid_i(result_valid_i && result_i.verdict == sluice_pkg::VERDICT_PUNT),
      .inc_row_i(result_i.cause),
      .inc_bytes_i(result_i.in_len),
      .rd_en_i(read_own && own[3]),
      .rd_row_i(tbl_row_i[3:0]),
      .rd_data_o(cause_data)
  );

  logic [127:0] rule_data;
  prim_counter_ram #(
      .Rows(1 << RuleW)
  ) u_rule (
      .clk_i,
      .rst_i,
      .inc_valid_i(result_valid_i && result_i.acl_hit),
      .inc_row_i(result_i.acl_rule[RuleW-1:0]),
      .inc_bytes_i(result_i.in_len),
      .rd_en_i(read_own && own[4]),
      .rd_row_i(tbl_row_i[RuleW-1:0]),
      .rd_data_o(rule_data)
  );

  // Frames dropped at ingress, by port and reason. A port's frames are summed over the reasons, a reason's over the
  // ports, one step each.
  logic [2:0] part_port;
  logic [1:0] part_reason;
  assign part_port = is_port ? tbl_row_i[2:0] : step_q - 3'd1;
  assign part_reason = 2'(is_port ? step_q - 3'd1 : tbl_row_i[2:0] - 3'd1);
  for (genvar p = 0; p < Ports; p++) begin : gen_ingress
    logic [127:0] data;
    prim_counter_ram #(
        .Rows(IngressReasons)
    ) u_dropped (
        .clk_i,
        .rst_i,
        .inc_valid_i(drop_valid_i[p]),
        .inc_row_i(2'(drop_reason_i[p*8+:3] - 3'd1)),
        .inc_bytes_i(drop_len_i[p*14+:14]),
        .rd_en_i(read && step_q != 3'd0 && part_port == 3'(p)),
        .rd_row_i(part_reason),
        .rd_data_o(data)
    );
    `SLUICE_ASSERT(IngressReason, !drop_valid_i[p] || (drop_reason_i[p*8+:8] >= 8'd1 && drop_reason_i[p*8+:8] <= 8'd4))
  end

  // What the RAM that was read holds.
  logic [127:0] part;
  always_comb begin
    part = '0;
    if (adding_q) begin
      if (step_q != 3'd0) begin
        unique case (part_port)
          3'd0: part = gen_ingress[0].data;
          3'd1: part = gen_ingress[1].data;
          3'd2: part = gen_ingress[2].data;
          3'd3: part = gen_ingress[3].data;
          default: part = gen_ingress[4].data;
        endcase
      end else begin
        unique case (1'b1)
          own[0]: part = virtual_data;
          own[1]: part = member_data;
          own[2]: part = reason_data;
          own[3]: part = cause_data;
          own[4]: part = rule_data;
          tx_port: part = tbl_row_i[3] ? sent_data : received_data;
          default: part = '0;
        endcase
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      active_q <= 1'b0;
      adding_q <= 1'b0;
      ack_q <= 1'b0;
    end else begin
      active_q <= mine && !(adding_q && step_q == last_step);
      adding_q <= read;
      ack_q <= active_q && adding_q && step_q == last_step;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!active_q) step_q <= '0;
    else if (adding_q) step_q <= step_q + 3'd1;
  end
  always_ff @(posedge clk_i) begin
    if (!active_q) sum_q <= '0;
    else if (adding_q) sum_q <= {sum_q[127:64] + part[127:64], sum_q[63:0] + part[63:0]};
  end

  assign tbl_ack_o = ack_q;
  assign tbl_rdata_o = (ack_q && !tbl_write_i) ? 384'(sum_q) : 384'd0;

  // What of a result is not counted.
  logic unused;
  assign unused = &{1'b0, result_i, drop_reason_i};

  `SLUICE_ASSERT(VirtualExists, !result_valid_i || !result_i.has_virtual || 32'(result_i.virtual_id) < Virtuals)
  `SLUICE_ASSERT(MemberExists, !result_valid_i || !result_i.has_member || 32'(result_i.member) < Members)
  `SLUICE_ASSERT(RuleExists, !result_valid_i || !result_i.acl_hit || 32'(result_i.acl_rule) < Rules)

endmodule
