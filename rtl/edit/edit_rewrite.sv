// SPDX-License-Identifier: Apache-2.0
//
// Edits in place: TTL, addresses, ports, checksums (docs/data-plane.md, section 9).
//
// LATENCY 1. nat_i: address and port of one end become address_i and port_i: of the destination, or of the source of
// answers (reverse_i); fullnat_i, with nat_i: those of the other end become peer_*_i. In the packet inside an ICMP error it
// is the other way round. The window keeps its alignment; without edit_i it passes unchanged. The checksums come from edit_checksum
// and edit_icmp_error. Offsets and places of layer 4 are in halfwords: the headers stand at even bytes.
module edit_rewrite (
    input logic clk_i,

    input logic valid_i,
    input logic edit_i,
    input logic nat_i,
    input logic fullnat_i,
    input logic reverse_i,
    input logic is_v6_i,
    input sluice_pkg::l4_kind_e l4_i,
    input logic [7:0] ttl_i,
    input logic [4:0] l3_offset_i,
    input logic [6:1] l4_offset_i,
    input logic [6:1] inner_l4_offset_i,
    input logic [7:0] inner_proto_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [127:0] peer_address_i,
    input logic [15:0] peer_port_i,
    input logic [15:0] ip_checksum_i,
    input logic [15:0] l4_checksum_i,
    input logic [6:1] l4_checksum_place_i,
    input logic [15:0] icmp_checksum_i,
    input logic [15:0] inner_ip_checksum_i,
    input logic [15:0] inner_udp_checksum_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,

    output logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_o
);

  localparam logic [7:0] PROTO_TCP = 8'd6;
  localparam logic [7:0] PROTO_UDP = 8'd17;

  // Halfwords behind the layer-3 header are at computed places. Each place compares its own number with them, so that
  // it becomes a selector of what may stand there; writing to a computed place would become a shifter of the window.
  localparam int unsigned PLACES = sluice_pkg::WINDOW_BYTES / 2;
  localparam int unsigned FIRST_PLACE = (14 + 20) / 2;

  logic has_ports;
  logic is_error;
  logic has_sum;
  logic inner_udp;
  logic inner_ports;
  assign has_ports = l4_i == sluice_pkg::L4_KIND_TCP || l4_i == sluice_pkg::L4_KIND_UDP;
  assign is_error = l4_i == sluice_pkg::L4_KIND_ICMP_ERROR;
  assign has_sum = has_ports || is_error || (l4_i == sluice_pkg::L4_KIND_ICMP && is_v6_i);
  assign inner_udp = inner_proto_i == PROTO_UDP;
  assign inner_ports = inner_proto_i == PROTO_TCP || inner_udp;

  // The ends of the packet, and whether they change. A member's port 0 keeps the packet's; a virtual's port 0 is a port.
  logic set_source, set_destination, set_sport, set_dport;
  logic [127:0] source, destination;
  logic [15:0] sport, dport;
  assign set_source = nat_i && (reverse_i || fullnat_i);
  assign set_destination = nat_i && (!reverse_i || fullnat_i);
  assign set_sport = reverse_i || fullnat_i;
  assign set_dport = reverse_i ? fullnat_i : port_i != '0;
  assign source = reverse_i ? address_i : peer_address_i;
  assign destination = reverse_i ? peer_address_i : address_i;
  assign sport = reverse_i ? port_i : peer_port_i;
  assign dport = reverse_i ? peer_port_i : port_i;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin : work
      logic [8*sluice_pkg::WINDOW_BYTES-1:0] edited;
      logic [6:1] source_place;
      logic [6:1] destination_place;
      logic [6:1] ip_place;
      logic [6:1] udp_place;
      edited = window_i;
      if (edit_i) begin
        // IP header: one of three places, depending on VLAN tags.
        for (int unsigned tags = 0; tags < 3; tags++) begin
          if (32'(l3_offset_i) == 14 + 4 * tags) begin
            if (!is_v6_i) begin
              edited[8 * (14 + 4 * tags) + 64 +: 8] = ttl_i - 8'd1;
              edited[8 * (14 + 4 * tags) + 80 +: 16] = ip_checksum_i;
              if (set_source) edited[8 * (14 + 4 * tags) + 96 +: 32] = source[31:0];
              if (set_destination) edited[8 * (14 + 4 * tags) + 128 +: 32] = destination[31:0];
            end else begin
              edited[8 * (14 + 4 * tags) + 56 +: 8] = ttl_i - 8'd1;
              if (set_source) edited[8 * (14 + 4 * tags) + 64 +: 128] = source;
              if (set_destination) edited[8 * (14 + 4 * tags) + 192 +: 128] = destination;
            end
          end
        end

        // Layer 4. The place of an ICMP error's checksum is computed like that of any ICMP.
        if (nat_i && has_sum) begin
          for (int unsigned place = FIRST_PLACE; place < PLACES; place++) begin
            if (set_sport && has_ports && 32'(l4_offset_i) == place) edited[16*place +: 16] = sport;
            if (set_dport && has_ports && 32'(l4_offset_i) + 1 == place) edited[16*place +: 16] = dport;
            if (32'(l4_checksum_place_i) == place) begin
              edited[16*place +: 16] = is_error ? icmp_checksum_i : l4_checksum_i;
            end
          end
        end

        // The packet inside an ICMP error.
        if (nat_i && is_error) begin
          source_place = l4_offset_i + (is_v6_i ? 6'd8 : 6'd10);
          destination_place = l4_offset_i + (is_v6_i ? 6'd16 : 6'd12);
          ip_place = l4_offset_i + 6'd9;
          udp_place = inner_l4_offset_i + 6'd3;
          for (int unsigned place = FIRST_PLACE; place < PLACES; place++) begin
            if (!is_v6_i && 32'(ip_place) == place) edited[16*place +: 16] = inner_ip_checksum_i;
            if (set_destination && 32'(source_place) == place) begin
              if (place + 2 <= PLACES) edited[16*place +: 32] = destination[31:0];
              if (place + 8 <= PLACES) begin
                if (is_v6_i) edited[16*place+32 +: 96] = destination[127:32];
              end
            end
            if (set_source && 32'(destination_place) == place) begin
              if (place + 2 <= PLACES) edited[16*place +: 32] = source[31:0];
              if (place + 8 <= PLACES) begin
                if (is_v6_i) edited[16*place+32 +: 96] = source[127:32];
              end
            end
          end
          for (int unsigned place = FIRST_PLACE; place < PLACES; place++) begin
            if (set_dport && inner_ports && 32'(inner_l4_offset_i) == place) edited[16*place +: 16] = dport;
            if (set_sport && inner_ports && 32'(inner_l4_offset_i) + 1 == place) edited[16*place +: 16] = sport;
            if (inner_udp && 32'(udp_place) == place) edited[16*place +: 16] = inner_udp_checksum_i;
          end
        end
      end
      window_o <= edited;
    end
  end

endmodule
