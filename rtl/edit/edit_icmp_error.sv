// SPDX-License-Identifier: Apache-2.0
//
// New checksums of an ICMP error under NAT: the inner IPv4 header's, the inner UDP's, and the ICMP checksum over all
// of the changes (docs/data-plane.md, section 9).
//
// LATENCY 2. Offsets are in halfwords: the headers stand at even bytes. valid_i: an ICMP error with mode nat. The inner
// packet's source (forward) or destination (reverse) becomes a new address, whose halfwords sum up to fresh_address_i
// (for IPv4 it is also wanted itself, as address4_i), and port_i; with fullnat_i its other end becomes peer4_i and
// peer_port_i, and fresh_address_i is the sum of both. ip_o is right for IPv4, udp_o for inner UDP.
// old_address_i + fresh_address_i is the change of the outer address; both come one cycle later than the other inputs.
module edit_icmp_error (
    input logic clk_i,

    input logic valid_i,
    input logic reverse_i,
    input logic is_v6_i,
    input logic [6:1] l4_offset_i,
    input logic [6:1] inner_l4_offset_i,
    input logic [7:0] inner_proto_i,
    input logic [31:0] address4_i,
    input logic [15:0] port_i,
    input logic fullnat_i,
    input logic [31:0] peer4_i,
    input logic [15:0] peer_port_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,

    input logic [edit_pkg::CHANGE_W-1:0] old_address_i,
    input logic [edit_pkg::CHANGE_W-1:0] fresh_address_i,

    output logic [15:0] ip_o,
    output logic [15:0] udp_o,
    output logic [15:0] icmp_o
);

  localparam logic [7:0] PROTO_TCP = 8'd6;
  localparam logic [7:0] PROTO_UDP = 8'd17;

  // Stage 1: what changes, and the old checksums.
  logic valid_q;
  logic is_v6_q;
  logic has_udp_q;  // and its checksum
  logic uncovered_q;  // IPv6 without: only the ICMP checksum covers the inner address
  logic [edit_pkg::CHANGE_W-1:0] old_q;  // the inner address leaves, or both do: ~m
  logic [edit_pkg::CHANGE_W-1:0] old_high_q;  // its second half: 0 for IPv4
  logic [edit_pkg::CHANGE_W-1:0] undone_q;  // minus both, for IPv4
  logic [edit_pkg::CHANGE_W-1:0] port_change_q;  // with 0xffff, so that no sum is 0
  logic [15:0] ip_checksum_q;
  logic [15:0] udp_checksum_q;
  logic [15:0] icmp_checksum_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    if (valid_i) begin : work
      logic [255:0] inner;  // the inner packet from byte 8 on: checksum and addresses of IPv4, addresses of IPv6
      logic [127:0] old;
      logic [127:0] peer;
      logic [15:0] port;
      logic [15:0] peer_port;
      logic [15:0] udp_checksum;
      inner = 256'(window_i >> {4'd0, l4_offset_i, 4'd0} >> (8 * 16));
      is_v6_q <= is_v6_i;
      if (is_v6_i) {peer, old} = reverse_i ? {inner[127:0], inner[255:128]} : inner[255:0];
      else begin
        old  = {{96{1'b1}}, reverse_i ? inner[95:64] : inner[63:32]};
        peer = {{96{1'b1}}, reverse_i ? inner[63:32] : inner[95:64]};
      end
      if (!fullnat_i) peer = '1;
      old_q <= edit_pkg::sum64(~old[63:0]) + edit_pkg::sum64(~peer[63:0]);
      old_high_q <= edit_pkg::sum64(~old[127:64]) + edit_pkg::sum64(~peer[127:64]);
      undone_q <= edit_pkg::change32(address4_i, old[31:0]) + (fullnat_i ? edit_pkg::change32(peer4_i, peer[31:0]) : '0);
      port = window_i[16 * (32'(inner_l4_offset_i) + (reverse_i ? 1 : 0)) +: 16];
      peer_port = window_i[16 * (32'(inner_l4_offset_i) + (reverse_i ? 0 : 1)) +: 16];
      port_change_q <= 23'hffff;
      if (inner_proto_i == PROTO_TCP || inner_proto_i == PROTO_UDP) begin
        port_change_q <= 23'hffff + ((reverse_i || port_i != '0) ? edit_pkg::change16(port, port_i) : '0) +
            (fullnat_i ? edit_pkg::change16(peer_port, peer_port_i) : '0);
      end
      ip_checksum_q <= inner[31:16];
      udp_checksum = window_i[16 * (32'(inner_l4_offset_i) + 3) +: 16];
      udp_checksum_q <= udp_checksum;
      has_udp_q <= inner_proto_i == PROTO_UDP && udp_checksum != '0;
      uncovered_q <= is_v6_i && !(inner_proto_i == PROTO_UDP && udp_checksum != '0);
      icmp_checksum_q <= window_i[16 * (32'(l4_offset_i) + 1) +: 16];
    end
  end

  // Stage 2: the new ones. In the ICMP checksum the changes of the inner checksums undo the changes that they cover
  // (their own change is minus that): the inner IPv4 header's that of the address, the inner UDP's, if there is one,
  // those of address and port. What is left is added. Each is a sum of its own from the checksum on: one carry-save tree.
  always_ff @(posedge clk_i) begin
    if (valid_q) begin : fresh
      ip_o <= edit_pkg::update(edit_pkg::sum16(~ip_checksum_q) + old_q + fresh_address_i, 1'b0);
      udp_o <= !has_udp_q ? udp_checksum_q :
          edit_pkg::update(edit_pkg::sum16(~udp_checksum_q) + port_change_q + old_q + old_high_q + fresh_address_i, 1'b1);
      icmp_o <= edit_pkg::update(edit_pkg::sum16(~icmp_checksum_q) + (has_udp_q ? 23'hffff : port_change_q) +
          (is_v6_q ? old_address_i : has_udp_q ? undone_q : '0) + (uncovered_q ? old_q : '0) + (uncovered_q ? old_high_q : '0) +
          (!is_v6_q ? '0 : uncovered_q ? fresh_address_i << 1 : fresh_address_i), 1'b0);
    end
  end

endmodule
