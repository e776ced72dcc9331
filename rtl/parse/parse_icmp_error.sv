// SPDX-License-Identifier: Apache-2.0
//
// The packet inside an ICMP error (docs/data-plane.md, section 3, step 9), and the key tuple.
//
// LATENCY 1. With error_i, looks for the inner packet and swaps its tuple into key_o; all other packets pass, with
// their own tuple as key. own_o and key_o hold only if the verdict is forward and the packet is not direct.
module parse_icmp_error (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input logic [parse_pkg::RULING_W-1:0] ruling_i,
    input logic direct_i,
    input logic ip_i,
    input logic is_v6_i,
    input logic multicast_i,
    input logic fragment_i,
    input sluice_pkg::l4_kind_e l4_i,
    input logic [7:0] tcp_flags_i,
    input logic [7:0] ttl_i,
    input logic [7:0] tos_i,
    input logic [4:0] l3_offset_i,
    input logic [6:0] l4_offset_i,
    input logic [15:0] l3_len_i,
    input logic [sluice_pkg::TUPLE_W-1:0] own_i,
    input logic error_i,
    input logic [6:0] l4_skip_i,
    input logic [6:0] l4_room_i,
    input logic [parse_pkg::L3_W-1:0] l3_i,

    output logic valid_o,
    output sluice_pkg::parsed_t parsed_o,
    output sluice_pkg::tuple_t own_o,
    output sluice_pkg::tuple_t key_o
);

  always_ff @(posedge clk_i) begin
    valid_o <= valid_i && !rst_i;
    if (valid_i) begin : work
      logic [parse_pkg::RULING_W-1:0] ruling;
      logic [2:0] l4;
      logic [9:0] inner;  // first bit of the inner IP header
      logic [9:0] inner_l4;  // first bit of the inner layer 4
      logic [6:0] header_len;
      logic [7:0] first;
      logic [31:0] ports;
      logic [7:0] proto;
      logic [6:0] inner_l4_offset;
      logic has_ports;
      logic unreadable;

      ruling = ruling_i;
      l4 = l4_i;
      proto = '0;
      inner_l4_offset = '0;

      own_o <= own_i;
      if (!error_i) begin
        key_o <= own_i;
      end else begin
        inner = {l4_skip_i, 3'd0} + 10'd64;
        first = l3_i[32'(inner) +: 8];
        header_len = is_v6_i ? 7'd40 : {1'b0, first[3:0], 2'd0};
        proto = is_v6_i ? l3_i[32'(inner) + 48 +: 8] : l3_i[32'(inner) + 72 +: 8];
        has_ports = proto == parse_pkg::PROTO_TCP || proto == parse_pkg::PROTO_UDP;
        unreadable = (is_v6_i ? first[7:4] != 4'd6 : (first[7:4] != 4'd4 || first[3:0] < 4'd5 ||
                      (l3_i[32'(inner) + 48 +: 16] & 16'hff1f) != '0)) ||
                     {1'b0, l4_room_i} < {1'b0, header_len} + (has_ports ? 8'd16 : 8'd8);
        inner_l4 = inner + {header_len[6:2], 5'd0};
        ports = has_ports ? l3_i[32'(inner_l4) +: 32] : '0;
        inner_l4_offset = l4_offset_i + 7'd8 + header_len;
        key_o <= is_v6_i ?
            {proto, ports[15:0], ports[31:16], l3_i[32'(inner) + 64 +: 128], l3_i[32'(inner) + 192 +: 128]} :
            {proto, ports[15:0], ports[31:16], 96'd0, l3_i[32'(inner) + 96 +: 32], 96'd0, l3_i[32'(inner) + 128 +: 32]};
        if (unreadable) begin
          ruling = parse_pkg::drop(sluice_pkg::DROP_REASON_ICMP_HEADER);
          l4 = sluice_pkg::L4_KIND_NONE;
          proto = '0;
          inner_l4_offset = '0;
        end
      end

      // Fields of layers that were not reached are 0.
      parsed_o <= {
        fragment_i,
        proto,
        inner_l4_offset,
        ip_i ? l3_len_i : 16'd0,
        ip_i ? l4_offset_i : 7'd0,
        l3_offset_i,
        ip_i ? tos_i : 8'd0,
        ip_i ? ttl_i : 8'd0,
        tcp_flags_i,
        l4,
        direct_i,
        ip_i && multicast_i,
        ip_i && is_v6_i,
        ip_i,
        ruling
      };
    end
  end

endmodule
