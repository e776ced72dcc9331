// SPDX-License-Identifier: Apache-2.0
//
// New checksums of an ICMP error under NAT: the inner IPv4 header's, the inner UDP's, and the ICMP checksum over all
// of the changes (docs/data-plane.md, section 9).
//
// LATENCY 2. Offsets are in halfwords: the headers stand at even bytes. valid_i: an ICMP error with mode nat. The inner packet's source (forward) or destination (reverse) becomes
// address_i, port_i. ip_o is right for IPv4, udp_o for inner UDP. address_change_i is the change of the outer address,
// one cycle later than the other inputs.
module edit_icmp_error (
    input logic clk_i,

    input logic valid_i,
    input logic reverse_i,
    input logic is_v6_i,
    input logic [6:1] l4_offset_i,
    input logic [6:1] inner_l4_offset_i,
    input logic [7:0] inner_proto_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,

    input logic [edit_pkg::CHANGE_W-1:0] address_change_i,

    output logic [15:0] ip_o,
    output logic [15:0] udp_o,
    output logic [15:0] icmp_o
);

  localparam logic [7:0] PROTO_TCP = 8'd6;
  localparam logic [7:0] PROTO_UDP = 8'd17;

  // Stage 1: what changes, and the old checksums.
  logic valid_q;
  logic is_v6_q;
  logic udp_q;
  logic [edit_pkg::CHANGE_W-1:0] inner_change_q;
  logic [edit_pkg::CHANGE_W-1:0] port_change_q;
  logic [15:0] ip_checksum_q;
  logic [15:0] udp_checksum_q;
  logic [15:0] icmp_checksum_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    if (valid_i) begin : work
      logic [6:1] inner;  // the inner IP header, the address in it
      logic [6:1] place;
      logic [15:0] port;
      inner = l4_offset_i + 6'd4;
      is_v6_q <= is_v6_i;
      if (is_v6_i) begin
        place = inner + (reverse_i ? 6'd12 : 6'd4);
        inner_change_q <= edit_pkg::change64(window_i[16 * 32'(place) +: 64], address_i[63:0]) +
            edit_pkg::change64(window_i[16 * (32'(place) + 4) +: 64], address_i[127:64]);
      end else begin
        place = inner + (reverse_i ? 6'd8 : 6'd6);
        inner_change_q <= edit_pkg::change32(window_i[16 * 32'(place) +: 32], address_i[31:0]);
      end
      udp_q <= inner_proto_i == PROTO_UDP;
      port = window_i[16 * (32'(inner_l4_offset_i) + (reverse_i ? 1 : 0)) +: 16];
      port_change_q <= '0;
      if ((inner_proto_i == PROTO_TCP || inner_proto_i == PROTO_UDP) && (reverse_i || port_i != '0)) begin
        port_change_q <= edit_pkg::change16(port, port_i);
      end
      ip_checksum_q <= window_i[16 * (32'(inner) + 5) +: 16];
      udp_checksum_q <= window_i[16 * (32'(inner_l4_offset_i) + 3) +: 16];
      icmp_checksum_q <= window_i[16 * (32'(l4_offset_i) + 1) +: 16];
    end
  end

  // Stage 2: the new ones. In the ICMP checksum the changes of the inner checksums undo the changes that they cover
  // (their own change is minus that): the inner IPv4 header's that of the address, the inner UDP's, if there is one,
  // those of address and port. What is left is added, with 0xffff so that the sum is not 0.
  always_ff @(posedge clk_i) begin
    if (valid_q) begin : fresh
      logic has_udp;
      logic [15:0] udp;
      logic [edit_pkg::CHANGE_W-1:0] change;
      has_udp = udp_q && udp_checksum_q != '0;
      ip_o <= edit_pkg::update(ip_checksum_q, inner_change_q);
      udp = edit_pkg::update(udp_checksum_q, inner_change_q + port_change_q);
      udp_o <= !has_udp ? udp_checksum_q : (udp == '0) ? '1 : udp;
      if (is_v6_q) begin
        change = address_change_i + (has_udp ? 40'd0 : inner_change_q + port_change_q);
      end else begin
        change = has_udp ? {24'd0, ~edit_pkg::fold(inner_change_q)} : port_change_q;
      end
      icmp_o <= edit_pkg::update(icmp_checksum_q, change + 40'hffff);
    end
  end

endmodule
