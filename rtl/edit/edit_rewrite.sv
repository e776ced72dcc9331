// SPDX-License-Identifier: Apache-2.0
//
// Edits in place: TTL, addresses, ports, checksums (docs/data-plane.md, section 9).
//
// LATENCY 1. The window keeps its alignment; without edit_i it passes unchanged. The checksums come from edit_checksum
// and edit_icmp_error. Offsets
// of layer 4 are in halfwords: the headers stand at even bytes.
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

  logic set_port;  // a member's port 0 keeps the packet's; a virtual's port 0 is a port
  assign set_port = reverse_i || port_i != '0;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin : work
      logic [8*sluice_pkg::WINDOW_BYTES-1:0] edited;
      logic [6:1] inner;  // the inner IP header
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

        if (nat_i && (l4_i == sluice_pkg::L4_KIND_TCP || l4_i == sluice_pkg::L4_KIND_UDP)) begin
          if (set_port) edited[16 * (32'(l4_offset_i) + (reverse_i ? 0 : 1)) +: 16] = port_i;
          edited[16 * 32'(l4_checksum_place_i) +: 16] = l4_checksum_i;
        end else if (nat_i && l4_i == sluice_pkg::L4_KIND_ICMP && is_v6_i) begin
          edited[16 * 32'(l4_checksum_place_i) +: 16] = l4_checksum_i;
        end else if (nat_i && l4_i == sluice_pkg::L4_KIND_ICMP_ERROR) begin
          inner = l4_offset_i + 6'd4;
          edited[16 * (32'(l4_offset_i) + 1) +: 16] = icmp_checksum_i;
          if (is_v6_i) begin
            for (int unsigned word = 0; word < 4; word++) begin
              edited[16 * (32'(inner) + (reverse_i ? 12 : 4) + 2 * word) +: 32] = address_i[32*word +: 32];
            end
          end else begin
            edited[16 * (32'(inner) + 5) +: 16] = inner_ip_checksum_i;
            edited[16 * (32'(inner) + (reverse_i ? 8 : 6)) +: 32] = address_i[31:0];
          end
          if (inner_proto_i == PROTO_TCP || inner_proto_i == PROTO_UDP) begin
            if (set_port) edited[16 * (32'(inner_l4_offset_i) + (reverse_i ? 1 : 0)) +: 16] = port_i;
            if (inner_proto_i == PROTO_UDP) edited[16 * (32'(inner_l4_offset_i) + 3) +: 16] = inner_udp_checksum_i;
          end
        end
      end
      window_o <= edited;
    end
  end

endmodule
