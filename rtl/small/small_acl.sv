// SPDX-License-Identifier: Apache-2.0
//
// The ACL: eight rules in a RAM, two rows each, read one after the other; the matching rule with the lowest index decides.
//
// LATENCY 17: hit_o, rule_o and action_o are those of header_i from the 17th cycle after start_i on, until the next
// start_i; header_i must not change meanwhile.
module small_acl (
    input logic clk_i,
    input logic rst_i,

    input logic we_i,
    input logic [3:0] waddr_i,
    input logic [63:0] wdata_i,

    input logic start_i,
    input small_pkg::header_t header_i,

    output logic hit_o,
    output logic [2:0] rule_o,
    output logic [1:0] action_o
);

  // Row being read; row_q of the cycle before says what data is there.
  logic busy_q;
  logic [3:0] row_q;
  logic reading;
  logic [3:0] row;
  assign reading = start_i || (busy_q && row_q != 4'd15);
  assign row = start_i ? 4'd0 : row_q + 4'd1;

  always_ff @(posedge clk_i) begin
    if (rst_i) busy_q <= 1'b0;
    else busy_q <= reading;
  end

  always_ff @(posedge clk_i) begin
    if (reading) row_q <= row;
  end

  logic [63:0] data;
  small_ram #(
      .Width(64),
      .Depth(16)
  ) u_rules (
      .clk_i,
      .rst_i,
      .we_i,
      .waddr_i,
      .wdata_i,
      .ren_i(reading),
      .raddr_i(row),
      .rdata_o(data)
  );

  small_pkg::acl_address_t address;
  small_pkg::acl_rule_t rule;
  assign address = data;
  assign rule = data;

  // Bits of an address in memory order that differ, and the ones that a prefix of `bits` looks at.
  function automatic [31:0] mask(input [5:0] bits);
    for (int unsigned i = 0; i < 32; i++) mask[8*(i/8)+7-(i%8)] = bits > i[5:0];
  endfunction

  // Even rows are remembered for the odd ones.
  logic [31:0] src_differs_q;
  logic [31:0] dst_differs_q;
  always_ff @(posedge clk_i) begin
    if (busy_q && !row_q[0]) begin
      src_differs_q <= address.src ^ header_i.src;
      dst_differs_q <= address.dst ^ header_i.dst;
    end
  end

  logic [15:0] dport;
  assign dport = {header_i.dport[7:0], header_i.dport[15:8]};

  logic agrees;
  assign agrees = rule.valid && (src_differs_q & mask(rule.src_bits)) == '0 && (dst_differs_q & mask(rule.dst_bits)) == '0
      && (rule.any_proto || rule.proto == header_i.proto) && (rule.any_port || rule.in_port == header_i.in_port)
      && (!rule.syn_only || (header_i.tcp && header_i.syn && !header_i.ack))
      && dport >= rule.dport_low && dport <= rule.dport_high;

  always_ff @(posedge clk_i) begin
    if (start_i) hit_o <= 1'b0;
    else if (busy_q && row_q[0] && agrees) hit_o <= 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (busy_q && row_q[0] && agrees && !hit_o) begin
      rule_o <= row_q[3:1];
      action_o <= rule.action;
    end
  end

  logic unused;
  assign unused = &{1'b0, rule.spare, header_i};

endmodule
