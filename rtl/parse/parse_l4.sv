// SPDX-License-Identifier: Apache-2.0
//
// TCP, UDP, ICMP (docs/data-plane.md, section 3, step 8), and the packet's own tuple.
//
// LATENCY 1. Acts on packets with ruling_i 0 and not direct_i; others pass with l4_o none. own_o holds only if ruling_o
// is 0 and direct_o is not set. error_o: an ICMP error, l4_o is icmp_error; only then l3_o holds (the window from the
// IP header on). l4_room_o: how many bytes from layer 4 on lie both in the packet and in the window.
module parse_l4 (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input logic [parse_pkg::RULING_W-1:0] ruling_i,
    input logic direct_i,
    input logic ip_i,
    input logic is_v6_i,
    input logic multicast_i,
    input logic fragment_i,
    input logic [7:0] proto_i,
    input logic [4:0] l3_offset_i,
    input logic [15:0] l3_len_i,
    input logic [6:0] l4_skip_i,
    input logic [parse_pkg::L3_W-1:0] l3_i,

    output logic valid_o,
    output logic [parse_pkg::RULING_W-1:0] ruling_o,
    output logic direct_o,
    output logic ip_o,
    output logic is_v6_o,
    output logic multicast_o,
    output logic fragment_o,
    output sluice_pkg::l4_kind_e l4_o,
    output logic [7:0] tcp_flags_o,
    output logic [7:0] ttl_o,
    output logic [7:0] tos_o,
    output logic [4:0] l3_offset_o,
    output logic [6:0] l4_offset_o,
    output logic [15:0] l3_len_o,
    output logic [sluice_pkg::TUPLE_W-1:0] own_o,
    output logic error_o,
    output logic [6:0] l4_skip_o,
    output logic [6:0] l4_room_o,
    output logic [parse_pkg::L3_W-1:0] l3_o
);

  // Flags that no stack sends.
  function automatic flags_bad(input ack, input rst, input syn, input fin);
    flags_bad = !(ack || rst || syn || fin) || (syn && (fin || rst)) || (fin && !ack && !rst);
  endfunction

  always_ff @(posedge clk_i) begin
    valid_o <= valid_i && !rst_i;
    if (valid_i) begin : work
      logic [9:0] base;  // first bit of layer 4; layer 4 starts at multiples of 4 bytes from the IP header
      logic [47:0] head;
      logic [15:0] l4_len;
      logic [6:0] l4_offset;
      logic [6:0] room;
      logic [15:0] stated;  // length by the layer-4 header: TCP header, UDP datagram
      logic [7:0] flags;
      logic [7:0] kind;
      logic [31:0] ports;

      ruling_o <= ruling_i;
      direct_o <= direct_i;
      ip_o <= ip_i;
      is_v6_o <= is_v6_i;
      multicast_o <= multicast_i;
      fragment_o <= 1'b0;
      l4_o <= sluice_pkg::L4_KIND_NONE;
      tcp_flags_o <= '0;
      ttl_o <= is_v6_i ? l3_i[63:56] : l3_i[71:64];
      tos_o <= is_v6_i ? {l3_i[3:0], l3_i[15:12]} : l3_i[15:8];
      l3_offset_o <= l3_offset_i;
      l4_offset = {2'd0, l3_offset_i} + l4_skip_i;
      l4_offset_o <= l4_offset;
      l3_len_o <= l3_len_i;
      error_o <= 1'b0;

      if (ruling_i == '0 && !direct_i) begin
        base = {l4_skip_i[6:2], 5'd0};
        head = l3_i[32'(base) +: 48];
        l4_len = l3_len_i - {9'd0, l4_skip_i};
        room = 7'd127 - l4_offset;  // one short of the window's end: see below
        room = (l4_len <= {9'd0, room}) ? l4_len[6:0] : room + 7'd1;
        kind = head[7:0];
        ports = '0;
        l4_o <= sluice_pkg::L4_KIND_OTHER;
        l4_skip_o <= l4_skip_i;
        l4_room_o <= room;

        if (fragment_i) begin
          fragment_o <= 1'b1;
        end else if (proto_i == parse_pkg::PROTO_TCP) begin
          flags = l3_i[32'(base) + 104 +: 8];
          stated = {10'd0, l3_i[32'(base) + 100 +: 4], 2'd0};
          ports = head[31:0];
          l4_o <= sluice_pkg::L4_KIND_TCP;
          tcp_flags_o <= flags;
          if (room < 7'd20 || stated < 16'd20 || stated > l4_len) begin
            ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_TCP_HEADER);
            l4_o <= sluice_pkg::L4_KIND_NONE;
            tcp_flags_o <= '0;
          end else if (flags_bad(flags[4], flags[2], flags[1], flags[0])) begin
            ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_TCP_FLAGS);
            l4_o <= sluice_pkg::L4_KIND_NONE;
            tcp_flags_o <= '0;
          end
        end else if (proto_i == parse_pkg::PROTO_UDP) begin
          stated = {head[39:32], head[47:40]};
          ports = head[31:0];
          l4_o <= sluice_pkg::L4_KIND_UDP;
          if (room < 7'd8 || stated < 16'd8 || stated > l4_len) begin
            ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_UDP_HEADER);
            l4_o <= sluice_pkg::L4_KIND_NONE;
          end
        end else if (proto_i == (is_v6_i ? parse_pkg::PROTO_ICMPV6 : parse_pkg::PROTO_ICMP)) begin
          l4_o <= sluice_pkg::L4_KIND_ICMP;
          if (room < 7'd8) begin
            ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_ICMP_HEADER);
            l4_o <= sluice_pkg::L4_KIND_NONE;
          end else if (is_v6_i && kind >= 8'd133 && kind <= 8'd137) begin
            ruling_o <= parse_pkg::punt(sluice_pkg::PUNT_CAUSE_ND);
            l4_o <= sluice_pkg::L4_KIND_NONE;
          end else if (is_v6_i ? (kind >= 8'd1 && kind <= 8'd4) :
                       ((kind >= 8'd3 && kind <= 8'd5) || kind == 8'd11 || kind == 8'd12)) begin
            l4_o <= sluice_pkg::L4_KIND_ICMP_ERROR;
            error_o <= 1'b1;
            l3_o <= l3_i;
          end
        end

        own_o <= is_v6_i ? {proto_i, ports, l3_i[319:64]} :
            {proto_i, ports, 96'd0, l3_i[159:128], 96'd0, l3_i[127:96]};
      end
    end
  end

endmodule
