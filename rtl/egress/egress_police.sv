// SPDX-License-Identifier: Apache-2.0
//
// What finally becomes of a packet: assembles its result, with punts held to the rate of their cause.
//
// LATENCY = 3. A punted packet takes one token of the bucket of its cause (table punt_policer, id 15, owned here), in
// pipeline order; without one it becomes a drop with reason cpu_rate. result_o is the packet's complete result record,
// with all parts that do not apply 0; prefix_len_o is 0 but for packets that are forwarded. plan_o is that of the packet
// before it lost its token. result_o, plan_o and prefix_len_o stand in the cycle of valid_o only.
//
// Bucket states are 0 at power-up (in hardware: what the RAM is loaded with); reset does not change them.
`include "prim_assert.svh"

module egress_police #(
    parameter int unsigned DataWidth = 512
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

    output logic valid_o,
    output sluice_pkg::result_t result_o,
    output egress_pkg::plan_t plan_o,
    output logic [6:0] prefix_len_o,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o
);

  localparam int unsigned LATENCY = 3;

  logic forwarded;
  logic punted;
  logic dropped;
  assign forwarded = routed_i.verdict == sluice_pkg::VERDICT_FORWARD;
  assign punted = routed_i.verdict == sluice_pkg::VERDICT_PUNT;
  assign dropped = routed_i.verdict == sluice_pkg::VERDICT_DROP;

  // The result, if there is a token.
  sluice_pkg::result_t result;
  sluice_pkg::result_t wanted;
  logic punted_q;
  logic [53:0] tick_q;
  assign result = {
    meta_i[sluice_pkg::INGRESS_META_STAMP_LSB+:128],  // now, stamp
    forwarded ? out_len_i : punted ? meta_i.len : 14'd0,
    meta_i.len,
    acl_hit_i ? acl_rule_i : 8'd0,
    acl_hit_i,
    routed_i.close_cause,
    routed_i.result,
    routed_i.has_member ? routed_i.member : 12'd0,
    routed_i.has_member,
    routed_i.has_virtual ? routed_i.virtual_id : 10'd0,
    routed_i.has_virtual,
    routed_i.direction,
    forwarded ? out_port_i : punted ? sluice_pkg::CPU_PORT : sluice_pkg::PORT_NONE,
    meta_i.port,
    punted ? routed_i.cause : sluice_pkg::PUNT_CAUSE_NONE,
    dropped ? routed_i.reason : sluice_pkg::DROP_REASON_NONE,
    routed_i.verdict
  };
  // All of its lengths are known by now; what follows from them is, too, when the packet goes out.
  logic [6:0] strip;
  logic [6:0] prefix_len;
  egress_pkg::plan_t plan;
  assign strip = forwarded ? strip_i : 7'd0;
  assign prefix_len = forwarded ? prefix_len_i : 7'd0;
  egress_plan #(
      .DataWidth(DataWidth)
  ) u_plan (
      .in_len_i(result.in_len),
      .out_len_i(result.out_len),
      .strip_i(strip),
      .prefix_len_i(prefix_len),
      .plan_o(plan)
  );

  prim_delay #(
      .Width (sluice_pkg::RESULT_W + egress_pkg::PLAN_W + 7),
      .Cycles(LATENCY)
  ) u_delay (
      .clk_i,
      .rst_i,
      .valid_i,
      .data_i({plan, prefix_len, result}),
      .valid_o,
      .data_o({plan_o, prefix_len_o, wanted})
  );
  always_ff @(posedge clk_i) begin
    punted_q <= valid_i && punted && !rst_i;
    if (valid_i) tick_q <= meta_i.now[63:10];
  end

  // The bucket of the cause.
  logic [sluice_pkg::PUNT_POLICER_ROW_W-1:0] policer;
  csr_table #(
      .Id(sluice_pkg::TABLE_PUNT_POLICER),
      .Width(sluice_pkg::PUNT_POLICER_ROW_W),
      .Rows(sluice_pkg::PUNT_POLICER_ROWS)
  ) u_policer (
      .clk_i,
      .rst_i,
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_bank_i,
      .tbl_row_i,
      .tbl_wdata_i,
      .tbl_ack_o,
      .tbl_rdata_o,
      .read_en_i(valid_i && punted),
      .read_bank_i(1'b0),
      .read_row_i(routed_i.cause),
      .read_data_o(policer)
  );

  logic [39:0] rate;
  logic pass;
  assign rate = policer[sluice_pkg::PUNT_POLICER_ROW_RATE_LSB+:40];
  police_bucket #(
      .Rows(sluice_pkg::PUNT_POLICER_ROWS)
  ) u_bucket (
      .clk_i,
      .rst_i,
      .read_i(valid_i && punted),
      .row_i(routed_i.cause),
      .use_i(punted_q && rate != '0),
      .rate_i(rate),
      .burst_i(policer[sluice_pkg::PUNT_POLICER_ROW_BURST_LSB+:32]),
      .cost_i(14'd1),
      .now_tick_i(tick_q),
      .charge_i(pass),
      .pass_o(pass)
  );

  always_comb begin
    result_o = wanted;
    if (!pass) begin
      result_o.verdict = sluice_pkg::VERDICT_DROP;
      result_o.reason = sluice_pkg::DROP_REASON_CPU_RATE;
      result_o.cause = sluice_pkg::PUNT_CAUSE_NONE;
      result_o.out_port = sluice_pkg::PORT_NONE;
      result_o.out_len = '0;
    end
  end

  // What of a packet does not reach its result.
  logic unused;
  assign unused = &{1'b0, meta_i.bank, meta_i.cpu_dest, routed_i.mode, routed_i.neighbor, routed_i.address,
                    routed_i.address_v6, routed_i.port, routed_i.entropy, routed_i.peer_address, routed_i.peer_port};

  `SLUICE_ASSERT(VerdictKnown, !valid_i || forwarded || punted || dropped)
  `SLUICE_ASSERT(PuntHasCause, !valid_i || !punted || routed_i.cause != sluice_pkg::PUNT_CAUSE_NONE)
  `SLUICE_ASSERT(DropHasReason, !valid_i || !dropped || routed_i.reason != sluice_pkg::DROP_REASON_NONE)

endmodule
