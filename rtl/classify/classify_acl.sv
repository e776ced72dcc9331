// SPDX-License-Identifier: Apache-2.0
//
// The ACL: which of the rules decides about a packet, and its action (docs/data-plane.md, section 5, step 1).
//
// LATENCY 5, one packet per clock: rows of all chunks, AND by header field, AND of all, lowest rule, action.
// valid_o comes LATENCY cycles after valid_i; hit_o, rule_o and action_o hold in that cycle. Address bytes beyond an
// IPv4 address are not read for IPv4. values_*_i are in memory order.
// Bus: tables acl_bits and acl_action, rows {row, bank}. bus_access_i is one access; the other bus inputs hold until it is over. A row read
// is on bus_rdata_o four cycles later and holds until the next access. Rows of chunks that do not exist and rules from
// Rules on read 0 and ignore writes.
`include "prim_assert.svh"

module classify_acl #(
    parameter int unsigned Rules = 256
) (
    input logic clk_i,
    input logic rst_i,

    input logic bus_access_i,
    input logic bus_write_i,
    input logic bus_action_i,
    input logic [14:0] bus_row_i,
    input logic [Rules-1:0] bus_wdata_i,
    output logic [Rules-1:0] bus_rdata_o,

    input logic valid_i,
    input logic bank_i,
    input logic is_v6_i,
    input logic [127:0] src_i,
    input logic [127:0] dst_i,
    input logic [15:0] sport_i,
    input logic [15:0] dport_i,
    input logic [7:0] proto_i,
    input logic [7:0] misc_i,

    output logic valid_o,
    output logic hit_o,
    output logic [7:0] rule_o,
    output logic [1:0] action_o
);
  /*verilator inline_module*/

  localparam int unsigned LATENCY = 5;
  // Groups of chunks: 0 to 3 source address words, 4 to 7 destination address words, protocol and misc, ports.
  localparam int unsigned GROUPS = 11;
  localparam int unsigned GROUP_MISC = 8;
  localparam int unsigned GROUP_SPORT = 9;
  localparam int unsigned GROUP_DPORT = 10;
  localparam int unsigned RuleW = (Rules > 1) ? $clog2(Rules) : 1;

  if (Rules < 2 || Rules > 256) begin : gen_rules_check
    $fatal(1, "classify_acl: Rules must be 2 to 256");
  end

  // Bit k: a lookup began k + 1 cycles ago.
  logic [LATENCY-1:0] valid_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= '0;
    else valid_q <= {valid_q[LATENCY-2:0], valid_i};
  end
  assign valid_o = valid_q[LATENCY-1];

  // ---------------------------------------------------------------- bus: which group and chunk, then the row

  // Bit k: an access began k + 1 cycles ago.
  logic [2:0] bus_access_q;
  logic [5:0] bus_chunk;
  logic [3:0] bus_group_q;
  logic [2:0] bus_part_q;
  assign bus_chunk = bus_row_i[14:9];
  always_ff @(posedge clk_i) begin
    bus_access_q <= {bus_access_q[1:0], bus_access_i};
    if (bus_access_i) begin
      bus_group_q <= 4'(GROUPS);
      if (!bus_action_i) begin
        if (bus_chunk < 6'd34) begin
          bus_group_q <= bus_chunk[5:2];
          bus_part_q <= {1'b0, bus_chunk[1:0]};
        end else if (bus_chunk < 6'd39) begin
          bus_group_q <= 4'(GROUP_SPORT);
          bus_part_q <= 3'(bus_chunk - 6'd34);
        end else if (bus_chunk < 6'd44) begin
          bus_group_q <= 4'(GROUP_DPORT);
          bus_part_q <= 3'(bus_chunk - 6'd39);
        end
      end
    end
  end

  // ---------------------------------------------------------------- stages 1 and 2: rows, AND by group

  for (genvar g = 0; g < GROUPS; g++) begin : gen_group
    logic [Rules-1:0] match;
    logic [Rules-1:0] bus_rdata;

    if (g < GROUP_MISC) begin : gen_address
      classify_stride #(
          .Chunks(4),
          .Rules(Rules),
          .Group(4'(g))
      ) u_stride (
          .clk_i,
          .bus_access_i(bus_access_q[0]),
          .bus_collect_i(bus_access_q[1]),
          .bus_write_i,
          .bus_group_i(bus_group_q),
          .bus_chunk_i(bus_part_q[1:0]),
          .bus_row_i(bus_row_i[8:0]),
          .bus_wdata_i,
          .bus_rdata_o(bus_rdata),
          .valid_i(valid_i && (is_v6_i || g % 4 == 0)),
          .bank_i,
          .values_i((g < 4) ? src_i[32*(g%4)+:32] : dst_i[32*(g%4)+:32]),
          .match_o(match)
      );
    end else if (g == GROUP_MISC) begin : gen_misc
      classify_stride #(
          .Chunks(2),
          .Rules(Rules),
          .Group(4'(g))
      ) u_stride (
          .clk_i,
          .bus_access_i(bus_access_q[0]),
          .bus_collect_i(bus_access_q[1]),
          .bus_write_i,
          .bus_group_i(bus_group_q),
          .bus_chunk_i(bus_part_q[1:0]),
          .bus_row_i(bus_row_i[8:0]),
          .bus_wdata_i,
          .bus_rdata_o(bus_rdata),
          .valid_i,
          .bank_i,
          .values_i({misc_i, proto_i}),
          .match_o(match)
      );
    end else begin : gen_port
      classify_range #(
          .Rules(Rules),
          .Group(4'(g))
      ) u_range (
          .clk_i,
          .bus_access_i(bus_access_q[0]),
          .bus_collect_i(bus_access_q[1]),
          .bus_write_i,
          .bus_group_i(bus_group_q),
          .bus_chunk_i(bus_part_q),
          .bus_row_i(bus_row_i[8:0]),
          .bus_wdata_i,
          .bus_rdata_o(bus_rdata),
          .valid_i,
          .bank_i,
          .port_i((g == GROUP_SPORT) ? sport_i : dport_i),
          .match_o(match)
      );
    end
  end

  // ---------------------------------------------------------------- stage 3: AND of all

  logic is_v6_q1, is_v6_q2, bank_q1, bank_q2, bank_q3, bank_q4;
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      is_v6_q1 <= is_v6_i;
      bank_q1 <= bank_i;
    end
    if (valid_q[0]) begin
      is_v6_q2 <= is_v6_q1;
      bank_q2 <= bank_q1;
    end
    if (valid_q[1]) bank_q3 <= bank_q2;
    if (valid_q[2]) bank_q4 <= bank_q3;
  end

  logic [Rules-1:0] match_q3;
  always_ff @(posedge clk_i) begin
    if (valid_q[1]) begin
      if (is_v6_q2) begin
        match_q3 <= gen_group[0].match & gen_group[1].match & gen_group[2].match & gen_group[3].match &
            gen_group[4].match & gen_group[5].match & gen_group[6].match & gen_group[7].match &
            gen_group[8].match & gen_group[9].match & gen_group[10].match;
      end else begin
        match_q3 <= gen_group[0].match & gen_group[4].match &
            gen_group[8].match & gen_group[9].match & gen_group[10].match;
      end
    end
  end

  // ---------------------------------------------------------------- stages 4 and 5: the rule, its action

  logic hit_q4;
  logic [7:0] rule_q4;
  classify_lowest #(
      .Width(Rules)
  ) u_lowest (
      .clk_i,
      .valid_i(valid_q[2]),
      .bits_i(match_q3),
      .any_o(hit_q4),
      .index_o(rule_q4)
  );

  always_ff @(posedge clk_i) begin
    if (valid_q[3]) begin
      hit_o <= hit_q4;
      rule_o <= rule_q4;
    end
  end

  logic action_exists;
  logic [1:0] bus_action;
  assign action_exists = {18'd0, bus_row_i[14:1]} < Rules;
  prim_table_ram #(
      .Width(sluice_pkg::ACL_ACTION_ROW_W),
      .Depth(2 << RuleW)
  ) u_action (
      .clk_i,
      .a_en_i(bus_access_q[0] && bus_action_i && action_exists),
      .a_we_i(bus_write_i),
      .a_addr_i(bus_row_i[RuleW:0]),
      .a_wdata_i(bus_wdata_i[1:0]),
      .a_rdata_o(bus_action),
      .b_en_i(valid_q[3]),
      .b_addr_i({rule_q4[RuleW-1:0], bank_q4}),
      .b_rdata_o(action_o)
  );

  // ---------------------------------------------------------------- answers to the bus

  always_ff @(posedge clk_i) begin
    if (bus_access_q[2]) begin
      if (bus_action_i) begin
        bus_rdata_o <= action_exists ? Rules'(bus_action) : '0;
      end else begin
        unique case (bus_group_q)
          4'd0: bus_rdata_o <= gen_group[0].bus_rdata;
          4'd1: bus_rdata_o <= gen_group[1].bus_rdata;
          4'd2: bus_rdata_o <= gen_group[2].bus_rdata;
          4'd3: bus_rdata_o <= gen_group[3].bus_rdata;
          4'd4: bus_rdata_o <= gen_group[4].bus_rdata;
          4'd5: bus_rdata_o <= gen_group[5].bus_rdata;
          4'd6: bus_rdata_o <= gen_group[6].bus_rdata;
          4'd7: bus_rdata_o <= gen_group[7].bus_rdata;
          4'd8: bus_rdata_o <= gen_group[8].bus_rdata;
          4'd9: bus_rdata_o <= gen_group[9].bus_rdata;
          4'd10: bus_rdata_o <= gen_group[10].bus_rdata;
          default: bus_rdata_o <= '0;
        endcase
      end
    end
  end

  `SLUICE_ASSERT(RuleExists, !valid_o || {24'd0, rule_o} < Rules)

endmodule
