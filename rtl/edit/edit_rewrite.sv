// SPDX-License-Identifier: Apache-2.0
//
// Edits in place: TTL, addresses, ports, checksums (docs/data-plane.md, section 9).
//
// LATENCY 1. The window keeps its alignment; without edit_i it passes unchanged. The checksums come from edit_checksum
// and edit_icmp_error. Offsets and places of layer 4 are in halfwords: the headers stand at even bytes.
module edit_rewrite (
    input logic clk_i,

    input logic valid_i,
    input logic edit_i,
    input logic nat_i,
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

  logic set_port;  // a member's port 0 keeps the packet's; a virtual's port 0 is a port
  assign set_port = reverse_i || port_i != '0;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin : work
      logic [8*sluice_pkg::WINDOW_BYTES-1:0] edited;
      logic [6:1] port_place;
      logic [6:1] address_place;
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
              if (nat_i && reverse_i) edited[8 * (14 + 4 * tags) + 96 +: 32] = address_i[31:0];
              if (nat_i && !reverse_i) edited[8 * (14 + 4 * tags) + 128 +: 32] = address_i[31:0];
            end else begin
              edited[8 * (14 + 4 * tags) + 56 +: 8] = ttl_i - 8'd1;
              if (nat_i && reverse_i) edited[8 * (14 + 4 * tags) + 64 +: 128] = address_i;
              if (nat_i && !reverse_i) edited[8 * (14 + 4 * tags) + 192 +: 128] = address_i;
            end
          end
        end

        // Layer 4. The place of an ICMP error's checksum is computed like that of any ICMP.
        if (nat_i && has_sum) begin
          port_place = l4_offset_i + (reverse_i ? 6'd0 : 6'd1);
          for (int unsigned place = FIRST_PLACE; place < PLACES; place++) begin
            if (set_port && has_ports && 32'(port_place) == place) edited[16*place +: 16] = port_i;
            if (32'(l4_checksum_place_i) == place) begin
              edited[16*place +: 16] = is_error ? icmp_checksum_i : l4_checksum_i;
            end
          end
        end

        // The packet inside an ICMP error.
        if (nat_i && is_error) begin
          address_place = l4_offset_i + (is_v6_i ? (reverse_i ? 6'd16 : 6'd8) : (reverse_i ? 6'd12 : 6'd10));
          ip_place = l4_offset_i + 6'd9;
          port_place = inner_l4_offset_i + (reverse_i ? 6'd1 : 6'd0);
          udp_place = inner_l4_offset_i + 6'd3;
          for (int unsigned place = FIRST_PLACE; place < PLACES; place++) begin
            if (!is_v6_i && 32'(ip_place) == place) edited[16*place +: 16] = inner_ip_checksum_i;
            if (32'(address_place) == place) begin
              if (place + 2 <= PLACES) edited[16*place +: 32] = address_i[31:0];
              if (place + 8 <= PLACES) begin
                if (is_v6_i) edited[16*place+32 +: 96] = address_i[127:32];
              end
            end
          end
          for (int unsigned place = FIRST_PLACE; place < PLACES; place++) begin
            if (set_port && inner_ports && 32'(port_place) == place) edited[16*place +: 16] = port_i;
            if (inner_udp && 32'(udp_place) == place) edited[16*place +: 16] = inner_udp_checksum_i;
          end
        end
      end
      window_o <= edited;
    end
  end

endmodule
