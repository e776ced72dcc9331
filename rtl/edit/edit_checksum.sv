// SPDX-License-Identifier: Apache-2.0
//
// New checksums of the packet's own headers: IPv4 header, TCP, UDP, ICMPv6 (docs/data-plane.md, section 9).
//
// LATENCY 2. Offsets are in halfwords: the headers stand at even bytes. ip_o is right for IPv4 packets, l4_o for TCP, UDP and ICMPv6 other than errors with nat_i; place_o[6:1]
// is where the layer-4 checksum stands, in halfwords from the start of the frame. address_change_o, after one cycle,
// is the change of the outer address of a packet with nat_i, for edit_icmp_error.
module edit_checksum (
    input logic clk_i,

    input logic valid_i,
    input logic nat_i,
    input logic reverse_i,
    input logic is_v6_i,
    input sluice_pkg::l4_kind_e l4_i,
    input logic [4:1] l3_offset_i,
    input logic [6:1] l4_offset_i,
    input sluice_pkg::tuple_t own_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,

    output logic [edit_pkg::CHANGE_W-1:0] address_change_o,
    output logic [15:0] ip_o,
    output logic [15:0] l4_o,
    output logic [6:1] place_o
);

  // Stage 1: what changes, and the old checksums.
  logic valid_q;
  logic nat_q;
  logic ports_q;
  logic udp_q;
  logic is_v6_q;
  logic [15:0] ip_q;
  logic [15:0] l4_q;
  logic [6:1] place_q;
  logic [edit_pkg::CHANGE_W-1:0] port_change_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    if (valid_i) begin : work
      logic [5:1] ip_place;
      logic [6:1] l4_place;
      nat_q <= nat_i;
      is_v6_q <= is_v6_i;
      ip_place = {1'b0, l3_offset_i} + 5'd5;
      ip_q <= window_i[32'(ip_place) * 16 +: 16];
      if (nat_i) begin
        if (!is_v6_i) begin
          address_change_o <= edit_pkg::change32(reverse_i ? own_i.src[31:0] : own_i.dst[31:0], address_i[31:0]);
        end else if (reverse_i) begin
          address_change_o <= edit_pkg::change64(own_i.src[63:0], address_i[63:0]) +
              edit_pkg::change64(own_i.src[127:64], address_i[127:64]);
        end else begin
          address_change_o <= edit_pkg::change64(own_i.dst[63:0], address_i[63:0]) +
              edit_pkg::change64(own_i.dst[127:64], address_i[127:64]);
        end
        // A member's port 0 keeps the packet's; a virtual's port 0 is a port.
        port_change_q <= reverse_i ? edit_pkg::change16(own_i.sport, port_i) :
            (port_i != '0) ? edit_pkg::change16(own_i.dport, port_i) : '0;
        ports_q <= l4_i == sluice_pkg::L4_KIND_TCP || l4_i == sluice_pkg::L4_KIND_UDP;
        udp_q <= l4_i == sluice_pkg::L4_KIND_UDP;
        l4_place = l4_offset_i +
            ((l4_i == sluice_pkg::L4_KIND_TCP) ? 6'd8 : (l4_i == sluice_pkg::L4_KIND_UDP) ? 6'd3 : 6'd1);
        place_q <= l4_place;
        l4_q <= window_i[32'(l4_place) * 16 +: 16];
      end
    end
  end

  // Stage 2: the new ones. TTL - 1 changes the halfword of TTL and protocol by ~m + m' = 0xfffe.
  always_ff @(posedge clk_i) begin
    if (valid_q) begin : fresh
      logic [15:0] l4;
      ip_o <= edit_pkg::update(ip_q, nat_q ? address_change_o + 40'hfffe : 40'hfffe);
      if (nat_q) begin
        l4 = edit_pkg::update(l4_q, ports_q ? address_change_o + port_change_q : address_change_o);
        l4_o <= !udp_q ? l4 : (!is_v6_q && l4_q == '0) ? '0 : (l4 == '0) ? '1 : l4;
        place_o <= place_q;
      end
    end
  end

  // The protocol does not change.
  logic unused;
  assign unused = &{1'b0, own_i.proto};

endmodule
