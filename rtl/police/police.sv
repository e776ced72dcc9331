// SPDX-License-Identifier: Apache-2.0
//
// Token buckets in front of the connection table (docs/data-plane.md, section 6, steps 1 to 3): of the ACL rule, of the
// source address, of the virtual.
//
// LATENCY 4, one packet per clock, in order. classified_o is classified_i but for packets that a bucket has no token
// for: they get verdict drop and a reason. Only packets with verdict forward and a virtual are policed.
// All buckets of a packet are refilled and tested in the same cycle; it takes tokens of those that it gets to.
// Owner of the tables virtual_policer and acl_policer. The state of a bucket is no table; nothing but traffic changes it.
//
//   cycle
//   0       configuration and state of all buckets
//   1       time since their last use
//   2       times rate
//   3       tests
`include "prim_assert.svh"

module police #(
    parameter int unsigned AclRules = sluice_pkg::ACL_POLICER_ROWS,
    parameter int unsigned Virtuals = sluice_pkg::VIRTUAL_POLICER_ROWS,
    parameter int unsigned Sources  = 4096
) (
    input logic clk_i,
    input logic rst_i,

    input logic [39:0] source_rate_i,
    input logic [31:0] source_burst_i,

    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input logic acl_police_i,
    input sluice_pkg::classified_t classified_i,
    input logic [63:0] hash_src0_i,

    output logic valid_o,
    output sluice_pkg::classified_t classified_o,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o
);

  localparam int unsigned LATENCY = 4;
  localparam int unsigned RuleW = (AclRules > 1) ? $clog2(AclRules) : 1;
  localparam int unsigned VirtualW = (Virtuals > 1) ? $clog2(Virtuals) : 1;
  localparam int unsigned SourceW = (Sources > 1) ? $clog2(Sources) : 1;
  localparam int unsigned TickW = 64 - sluice_pkg::RATE_TICK_SHIFT;

  if (Sources != (1 << SourceW) || Virtuals != (1 << VirtualW) || LATENCY != 4) begin : gen_rows_check
    $fatal(1, "police: Sources and Virtuals must be powers of two");
  end

  // ---------------------------------------------------------------- table bus: look, wait for the row, ack

  logic bus_start, bus_exists, bus_acl, bus_mine;
  logic bus_wait_q, bus_read_q;
  assign bus_acl = tbl_id_i == sluice_pkg::TABLE_ACL_POLICER;
  assign bus_mine = bus_acl || tbl_id_i == sluice_pkg::TABLE_VIRTUAL_POLICER;
  assign bus_exists = {12'd0, tbl_row_i} < (bus_acl ? AclRules : Virtuals);
  assign bus_start = tbl_valid_i && bus_mine && !bus_wait_q && !tbl_ack_o;

  logic [sluice_pkg::ACL_POLICER_ROW_W-1:0] acl_bus_rdata;
  logic [sluice_pkg::VIRTUAL_POLICER_ROW_W-1:0] virtual_bus_rdata;
  logic [sluice_pkg::VIRTUAL_POLICER_ROW_W-1:0] bus_rdata_q;
  always_ff @(posedge clk_i) begin
    bus_wait_q <= bus_start && !rst_i;
    tbl_ack_o <= bus_wait_q && !rst_i;
    if (bus_start) bus_read_q <= bus_exists && !tbl_write_i;
    if (bus_wait_q && bus_read_q) bus_rdata_q <= bus_acl ? sluice_pkg::VIRTUAL_POLICER_ROW_W'(acl_bus_rdata) : virtual_bus_rdata;
    else if (tbl_ack_o || rst_i) bus_rdata_q <= '0;
  end
  assign tbl_rdata_o = 384'(bus_rdata_q);

  // ---------------------------------------------------------------- the packets to police

  // Bit k: a packet to police came k + 1 cycles ago.
  logic active;
  logic [2:0] active_q;
  assign active = valid_i && classified_i.verdict == sluice_pkg::VERDICT_FORWARD && classified_i.has_virtual;
  always_ff @(posedge clk_i) begin
    if (rst_i) active_q <= '0;
    else active_q <= {active_q[1:0], active};
  end

  logic acl_q1;
  logic [39:0] source_rate_q1;
  logic [31:0] source_burst_q1;
  logic [TickW-1:0] tick_q1;
  logic [13:0] len_q1;
  always_ff @(posedge clk_i) begin
    if (active) begin
      acl_q1 <= acl_police_i;
      source_rate_q1 <= source_rate_i;
      source_burst_q1 <= source_burst_i;
      tick_q1 <= meta_i.now[63:sluice_pkg::RATE_TICK_SHIFT];
      len_q1 <= meta_i.len;
    end
  end

  // ---------------------------------------------------------------- configuration

  sluice_pkg::acl_policer_row_t acl_row;
  prim_table_ram #(
      .Width(sluice_pkg::ACL_POLICER_ROW_W),
      .Depth(1 << RuleW)
  ) u_acl_policer (
      .clk_i,
      .a_en_i(bus_start && bus_exists && bus_acl),
      .a_we_i(tbl_write_i),
      .a_addr_i(tbl_row_i[RuleW-1:0]),
      .a_wdata_i(tbl_wdata_i[sluice_pkg::ACL_POLICER_ROW_W-1:0]),
      .a_rdata_o(acl_bus_rdata),
      .b_en_i(active && acl_police_i),
      .b_addr_i(classified_i.acl_rule[RuleW-1:0]),
      .b_rdata_o(acl_row)
  );

  sluice_pkg::virtual_policer_row_t virtual_row;
  prim_table_ram #(
      .Width(sluice_pkg::VIRTUAL_POLICER_ROW_W),
      .Depth(Virtuals)
  ) u_virtual_policer (
      .clk_i,
      .a_en_i(bus_start && bus_exists && !bus_acl),
      .a_we_i(tbl_write_i),
      .a_addr_i(tbl_row_i[VirtualW-1:0]),
      .a_wdata_i(tbl_wdata_i[sluice_pkg::VIRTUAL_POLICER_ROW_W-1:0]),
      .a_rdata_o(virtual_bus_rdata),
      .b_en_i(active),
      .b_addr_i(classified_i.virtual_id[VirtualW-1:0]),
      .b_rdata_o(virtual_row)
  );

  // ---------------------------------------------------------------- buckets

  logic acl_pass, source_pass, packet_pass, byte_pass;
  logic source_charge, virtual_charge;
  assign source_charge = acl_pass && source_pass;
  assign virtual_charge = source_charge && packet_pass && byte_pass;

  police_bucket #(
      .Rows(AclRules)
  ) u_acl_bucket (
      .clk_i,
      .rst_i,
      .read_i(active && acl_police_i),
      .row_i(classified_i.acl_rule[RuleW-1:0]),
      .use_i(active_q[0] && acl_q1 && acl_row.rate != '0),
      .rate_i(acl_row.rate),
      .burst_i(acl_row.burst),
      .cost_i(14'd1),
      .now_tick_i(tick_q1),
      .charge_i(acl_pass),
      .pass_o(acl_pass)
  );

  police_bucket #(
      .Rows(Sources)
  ) u_source_bucket (
      .clk_i,
      .rst_i,
      .read_i(active && source_rate_i != '0),
      .row_i(hash_src0_i[SourceW-1:0]),
      .use_i(active_q[0] && source_rate_q1 != '0),
      .rate_i(source_rate_q1),
      .burst_i(source_burst_q1),
      .cost_i(14'd1),
      .now_tick_i(tick_q1),
      .charge_i(source_charge),
      .pass_o(source_pass)
  );

  police_bucket #(
      .Rows(Virtuals)
  ) u_packet_bucket (
      .clk_i,
      .rst_i,
      .read_i(active),
      .row_i(classified_i.virtual_id[VirtualW-1:0]),
      .use_i(active_q[0] && virtual_row.packet_rate != '0),
      .rate_i(virtual_row.packet_rate),
      .burst_i(virtual_row.packet_burst),
      .cost_i(14'd1),
      .now_tick_i(tick_q1),
      .charge_i(virtual_charge),
      .pass_o(packet_pass)
  );

  police_bucket #(
      .Rows(Virtuals)
  ) u_byte_bucket (
      .clk_i,
      .rst_i,
      .read_i(active),
      .row_i(classified_i.virtual_id[VirtualW-1:0]),
      .use_i(active_q[0] && virtual_row.byte_rate != '0),
      .rate_i(virtual_row.byte_rate),
      .burst_i(virtual_row.byte_burst),
      .cost_i(len_q1),
      .now_tick_i(tick_q1),
      .charge_i(virtual_charge),
      .pass_o(byte_pass)
  );

  // ---------------------------------------------------------------- verdict

  logic last_valid;
  sluice_pkg::classified_t last;
  prim_delay #(
      .Width (sluice_pkg::CLASSIFIED_W),
      .Cycles(LATENCY - 1)
  ) u_classified_delay (
      .clk_i,
      .rst_i,
      .valid_i,
      .data_i(classified_i),
      .valid_o(last_valid),
      .data_o(last)
  );

  always_ff @(posedge clk_i) begin
    valid_o <= last_valid && !rst_i;
  end

  always_ff @(posedge clk_i) begin
    if (last_valid) begin
      classified_o <= last;
      if (active_q[2] && !virtual_charge) begin
        classified_o.verdict <= sluice_pkg::VERDICT_DROP;
        if (!acl_pass) classified_o.reason <= sluice_pkg::DROP_REASON_ACL_POLICE;
        else if (!source_pass) classified_o.reason <= sluice_pkg::DROP_REASON_SOURCE_RATE;
        else if (!packet_pass) classified_o.reason <= sluice_pkg::DROP_REASON_VIRTUAL_PACKET_RATE;
        else classified_o.reason <= sluice_pkg::DROP_REASON_VIRTUAL_BIT_RATE;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, meta_i, hash_src0_i, tbl_bank_i, tbl_wdata_i};

  `SLUICE_ASSERT(OnlyPackets, !active_q[2] || last_valid)

endmodule
