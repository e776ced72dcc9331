// SPDX-License-Identifier: Apache-2.0
//
// New checksums of the packet's own headers: IPv4 header, TCP, UDP, ICMPv6 (docs/data-plane.md, section 9).
//
// LATENCY 2. Offsets are in halfwords: the headers stand at even bytes. ip_o is right for IPv4 packets, l4_o for TCP,
// UDP and ICMPv6 other than errors with nat_i (and fullnat_i: both ends change); place_o[6:1] is where the layer-4 checksum stands (with nat_i, of any
// ICMP, too), in halfwords from the start of the frame. old_address_o + fresh_address_o, after one cycle, is the change
// of the outer address of a packet with nat_i, for edit_icmp_error.
module edit_checksum (
    input logic clk_i,

    input logic valid_i,
    input logic nat_i,
    input logic fullnat_i,
    input logic reverse_i,
    input logic is_v6_i,
    input sluice_pkg::l4_kind_e l4_i,
    input logic [4:1] l3_offset_i,
    input logic [6:1] l4_offset_i,
    input sluice_pkg::tuple_t own_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [127:0] peer_address_i,
    input logic [15:0] peer_port_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,

    output logic [edit_pkg::CHANGE_W-1:0] old_address_o,
    output logic [edit_pkg::CHANGE_W-1:0] fresh_address_o,
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
      logic [127:0] old;
      logic [127:0] peer;
      logic [15:0] peer_port;
      logic [5:1] ip_place;
      logic [6:1] l4_place;
      nat_q <= nat_i;
      is_v6_q <= is_v6_i;
      ip_place = {1'b0, l3_offset_i} + 5'd5;
      ip_q <= window_i[32'(ip_place) * 16 +: 16];
      if (nat_i) begin
        old = reverse_i ? own_i.src : own_i.dst;
        peer = reverse_i ? own_i.dst : own_i.src;
        peer_port = reverse_i ? own_i.dport : own_i.sport;
        old_address_o <= edit_pkg::sum128(is_v6_i ? ~old : {96'd0, ~old[31:0]}) +
            (!fullnat_i ? '0 : edit_pkg::sum128(is_v6_i ? ~peer : {96'd0, ~peer[31:0]}));
        fresh_address_o <= edit_pkg::sum128(is_v6_i ? address_i : {96'd0, address_i[31:0]}) +
            (!fullnat_i ? '0 : edit_pkg::sum128(is_v6_i ? peer_address_i : {96'd0, peer_address_i[31:0]}));
        // A member's port 0 keeps the packet's; a virtual's port 0 is a port.
        port_change_q <= (reverse_i ? edit_pkg::change16(own_i.sport, port_i) :
            (port_i != '0) ? edit_pkg::change16(own_i.dport, port_i) : '0) +
            (fullnat_i ? edit_pkg::change16(peer_port, peer_port_i) : '0);
        ports_q <= l4_i == sluice_pkg::L4_KIND_TCP || l4_i == sluice_pkg::L4_KIND_UDP;
        udp_q <= l4_i == sluice_pkg::L4_KIND_UDP;
        l4_place = l4_offset_i +
            ((l4_i == sluice_pkg::L4_KIND_TCP) ? 6'd8 : (l4_i == sluice_pkg::L4_KIND_UDP) ? 6'd3 : 6'd1);
        place_q <= l4_place;
        l4_q <= window_i[32'(l4_place) * 16 +: 16];
      end
    end
  end

  // Stage 2: the new ones, each a sum of its own from the checksum on: one carry-save tree each.
  // TTL - 1 changes the halfword of TTL and protocol by ~m + m' = 0xfffe.
  always_ff @(posedge clk_i) begin
    if (valid_q) begin : fresh
      ip_o <= edit_pkg::update(edit_pkg::sum16(~ip_q) + 23'hfffe + (nat_q ? old_address_o : '0) +
          (nat_q ? fresh_address_o : '0), 1'b0);
      if (nat_q) begin
        l4_o <= (udp_q && !is_v6_q && l4_q == '0) ? '0 :
            edit_pkg::update(edit_pkg::sum16(~l4_q) + (ports_q ? port_change_q : '0) + old_address_o + fresh_address_o, udp_q);
        place_o <= place_q;
      end
    end
  end

  // The protocol does not change.
  logic unused;
  assign unused = &{1'b0, own_i.proto};

endmodule
