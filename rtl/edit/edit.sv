// SPDX-License-Identifier: Apache-2.0
//
// The last decision and the new headers: next hop, NAT, checksums, tunnels (docs/data-plane.md, section 9).
//
// LATENCY 3, one packet per clock, in order. The frame that leaves is prefix_o[0 .. prefix_len_o-1], then the frame
// from byte strip_o on (window_o, edited in place), out_len_o bytes in all. Punted and direct frames leave unchanged
// (strip_o and prefix_len_o 0); drops have out_len_o 0 and out_port_o PORT_NONE. Packets whose verdict is not forward
// pass with it. routed_o is routed_i with the last word on verdict, reason and cause. All outputs hold in the cycle
// with valid_o.
// Owns the tables neighbor (10) and port (11); the latter's rows are on port_rows_o, row p at bits p*PORT_ROW_W.
// The user keeps the family of a NAT member that of its virtual.
`include "prim_assert.svh"

module edit #(
    parameter int unsigned NeighborRows = sluice_pkg::NEIGHBOR_ROWS
) (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input sluice_pkg::parsed_t parsed_i,
    input sluice_pkg::tuple_t own_i,
    input sluice_pkg::routed_t routed_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,

    input logic [31:0] tunnel_source4_i,
    input logic [127:0] tunnel_source6_i,

    output logic valid_o,
    output sluice_pkg::routed_t routed_o,
    output logic [2:0] out_port_o,
    output logic [13:0] out_len_o,
    output logic [6:0] strip_o,
    output logic [6:0] prefix_len_o,
    output logic [8*sluice_pkg::PREFIX_BYTES-1:0] prefix_o,
    output logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_o,

    output logic [sluice_pkg::PORT_ROWS*sluice_pkg::PORT_ROW_W-1:0] port_rows_o,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o
);

  localparam int unsigned LATENCY = 3;

  logic neighbors_ack;
  logic ports_ack;
  logic [383:0] neighbors_rdata;
  logic [383:0] ports_rdata;
  assign tbl_ack_o = neighbors_ack | ports_ack;
  assign tbl_rdata_o = neighbors_rdata | ports_rdata;

  edit_ports u_ports (
      .clk_i,
      .rst_i,
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_row_i,
      .tbl_wdata_i,
      .tbl_ack_o(ports_ack),
      .tbl_rdata_o(ports_rdata),
      .rows_o(port_rows_o)
  );

  // Stages 1 and 2: next hop and checksums; the packet goes past them.
  logic edited;  // it will be, unless the next hop objects
  logic nat;
  logic fullnat;
  logic reverse;
  logic [5:0] tunnel_len;
  assign edited = valid_i && routed_i.verdict == sluice_pkg::VERDICT_FORWARD && !parsed_i.direct;
  assign fullnat = routed_i.mode == sluice_pkg::VIRTUAL_MODE_FULLNAT;
  assign nat = routed_i.mode == sluice_pkg::VIRTUAL_MODE_NAT || fullnat;
  assign reverse = routed_i.direction == sluice_pkg::DIRECTION_REVERSE;
  assign tunnel_len = edit_pkg::tunnel_len(routed_i.mode, routed_i.address_v6);

  logic valid_q1;
  logic valid_q2;
  logic edited_q1;
  logic [5:0] tunnel_len_q1;
  logic [5:0] tunnel_len_q2;
  logic [13:0] len_q1;
  logic [16:0] sent_len_q1;  // layer 3 and tunnel header
  logic [13:0] len_q2;
  sluice_pkg::parsed_t parsed_q1;
  sluice_pkg::parsed_t parsed_q2;
  sluice_pkg::routed_t routed_q1;
  sluice_pkg::routed_t routed_q2;
  logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_q1;
  logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_q2;
  always_ff @(posedge clk_i) begin
    valid_q1 <= valid_i && !rst_i;
    if (valid_i) begin
      edited_q1 <= edited;
      tunnel_len_q1 <= tunnel_len;
      len_q1 <= meta_i.len;
      sent_len_q1 <= {1'b0, parsed_i.l3_len} + {11'd0, tunnel_len};
      parsed_q1 <= parsed_i;
      routed_q1 <= routed_i;
      window_q1 <= window_i;
    end
  end
  always_ff @(posedge clk_i) begin
    valid_q2 <= valid_q1 && !rst_i;
    if (valid_q1) begin
      tunnel_len_q2 <= tunnel_len_q1;
      len_q2 <= len_q1;
      parsed_q2 <= parsed_q1;
      routed_q2 <= routed_q1;
      window_q2 <= window_q1;
    end
  end

  logic [edit_pkg::RULING_W-1:0] ruling_q2;
  logic edit_q2;
  logic [2:0] port_q2;
  logic [47:0] dst_mac_q2;
  logic [47:0] src_mac_q2;
  logic tagged_q2;
  logic [11:0] vlan_q2;
  edit_next_hop #(
      .NeighborRows(NeighborRows)
  ) u_next_hop (
      .clk_i,
      .rst_i,
      .valid_i,
      .ruling_i({routed_i.cause, routed_i.reason, routed_i.verdict}),
      .direct_i(parsed_i.direct),
      .cpu_dest_i(meta_i.cpu_dest),
      .neighbor_i(routed_i.neighbor),
      .ttl_i(parsed_i.ttl),
      .len_q_i(sent_len_q1),
      .ruling_o(ruling_q2),
      .edit_o(edit_q2),
      .port_o(port_q2),
      .dst_mac_o(dst_mac_q2),
      .src_mac_o(src_mac_q2),
      .tagged_o(tagged_q2),
      .vlan_o(vlan_q2),
      .port_rows_i(port_rows_o),
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_row_i,
      .tbl_wdata_i,
      .tbl_ack_o(neighbors_ack),
      .tbl_rdata_o(neighbors_rdata)
  );

  logic [edit_pkg::CHANGE_W-1:0] old_address_q1;
  logic [edit_pkg::CHANGE_W-1:0] fresh_address_q1;
  logic [15:0] ip_checksum_q2;
  logic [15:0] l4_checksum_q2;
  logic [6:1] l4_checksum_place_q2;
  edit_checksum u_checksum (
      .clk_i,
      .valid_i(edited),
      .nat_i(nat),
      .fullnat_i(fullnat),
      .reverse_i(reverse),
      .is_v6_i(parsed_i.is_v6),
      .l4_i(parsed_i.l4),
      .l3_offset_i(parsed_i.l3_offset[4:1]),
      .l4_offset_i(parsed_i.l4_offset[6:1]),
      .own_i,
      .address_i(routed_i.address),
      .port_i(routed_i.port),
      .peer_address_i(routed_i.peer_address),
      .peer_port_i(routed_i.peer_port),
      .window_i,
      .old_address_o(old_address_q1),
      .fresh_address_o(fresh_address_q1),
      .ip_o(ip_checksum_q2),
      .l4_o(l4_checksum_q2),
      .place_o(l4_checksum_place_q2)
  );

  logic [15:0] icmp_checksum_q2;
  logic [15:0] inner_ip_checksum_q2;
  logic [15:0] inner_udp_checksum_q2;
  edit_icmp_error u_icmp_error (
      .clk_i,
      .valid_i(edited && nat && parsed_i.l4 == sluice_pkg::L4_KIND_ICMP_ERROR),
      .reverse_i(reverse),
      .is_v6_i(parsed_i.is_v6),
      .l4_offset_i(parsed_i.l4_offset[6:1]),
      .inner_l4_offset_i(parsed_i.inner_l4_offset[6:1]),
      .inner_proto_i(parsed_i.inner_proto),
      .address4_i(routed_i.address[31:0]),
      .port_i(routed_i.port),
      .fullnat_i(fullnat),
      .peer4_i(routed_i.peer_address[31:0]),
      .peer_port_i(routed_i.peer_port),
      .window_i,
      .old_address_i(old_address_q1),
      .fresh_address_i(fresh_address_q1),
      .ip_o(inner_ip_checksum_q2),
      .udp_o(inner_udp_checksum_q2),
      .icmp_o(icmp_checksum_q2)
  );

  logic [8*edit_pkg::TUNNEL_BYTES-1:0] tunnel_q2;
  edit_tunnel u_tunnel (
      .clk_i,
      .valid_i(valid_q1 && edited_q1 && tunnel_len_q1 != '0),
      .mode_i(routed_q1.mode),
      .inner_v6_i(parsed_q1.is_v6),
      .outer_v6_i(routed_q1.address_v6),
      .tos_i(parsed_q1.tos),
      .len_i(sent_len_q1[15:0]),
      .entropy_i(routed_q1.entropy),
      .address_i(routed_q1.address),
      .source4_i(tunnel_source4_i),
      .source6_i(tunnel_source6_i),
      .header_o(tunnel_q2)
  );

  // Stage 3: the packet as it leaves.
  always_ff @(posedge clk_i) begin
    valid_o <= valid_q2 && !rst_i;
    if (valid_q2) begin
      routed_o <= {routed_q2[sluice_pkg::ROUTED_W-1:edit_pkg::RULING_W], ruling_q2};
      out_port_o <= port_q2;
    end
  end

  edit_encap u_encap (
      .clk_i,
      .valid_i(valid_q2),
      .edit_i(edit_q2),
      .drop_i(ruling_q2[1:0] == sluice_pkg::VERDICT_DROP),
      .len_i(len_q2),
      .l3_offset_i(parsed_q2.l3_offset),
      .l3_len_i(parsed_q2.l3_len),
      .outer_v6_i((tunnel_len_q2 == '0) ? parsed_q2.is_v6 : routed_q2.address_v6),
      .dst_mac_i(dst_mac_q2),
      .src_mac_i(src_mac_q2),
      .tagged_i(tagged_q2),
      .vlan_i(vlan_q2),
      .tunnel_len_i(tunnel_len_q2),
      .tunnel_i(tunnel_q2),
      .out_len_o,
      .strip_o,
      .prefix_len_o,
      .prefix_o
  );

  logic nat_q2;
  logic fullnat_q2;
  assign fullnat_q2 = routed_q2.mode == sluice_pkg::VIRTUAL_MODE_FULLNAT;
  assign nat_q2 = routed_q2.mode == sluice_pkg::VIRTUAL_MODE_NAT || fullnat_q2;
  edit_rewrite u_rewrite (
      .clk_i,
      .valid_i(valid_q2),
      .edit_i(edit_q2),
      .nat_i(nat_q2),
      .fullnat_i(fullnat_q2),
      .reverse_i(routed_q2.direction == sluice_pkg::DIRECTION_REVERSE),
      .is_v6_i(parsed_q2.is_v6),
      .l4_i(parsed_q2.l4),
      .ttl_i(parsed_q2.ttl),
      .l3_offset_i(parsed_q2.l3_offset),
      .l4_offset_i(parsed_q2.l4_offset[6:1]),
      .inner_l4_offset_i(parsed_q2.inner_l4_offset[6:1]),
      .inner_proto_i(parsed_q2.inner_proto),
      .address_i(routed_q2.address),
      .port_i(routed_q2.port),
      .peer_address_i(routed_q2.peer_address),
      .peer_port_i(routed_q2.peer_port),
      .ip_checksum_i(ip_checksum_q2),
      .l4_checksum_i(l4_checksum_q2),
      .l4_checksum_place_i(l4_checksum_place_q2),
      .icmp_checksum_i(icmp_checksum_q2),
      .inner_ip_checksum_i(inner_ip_checksum_q2),
      .inner_udp_checksum_i(inner_udp_checksum_q2),
      .window_i(window_q2),
      .window_o
  );

  // What edit does not look at.
  logic unused;
  assign unused = &{1'b0, tbl_bank_i, meta_i, parsed_i, own_i, parsed_q2, routed_q2};

`ifdef SLUICE_ASSERT_ON
  logic [LATENCY-1:0] expected_q;
  always_ff @(posedge clk_i) expected_q <= rst_i ? '0 : {expected_q[LATENCY-2:0], valid_i};
  `SLUICE_ASSERT(ValidAfterLatency, valid_o == expected_q[LATENCY-1])
`endif
  `SLUICE_ASSERT(NoLocalForward, !edited || routed_i.mode != sluice_pkg::VIRTUAL_MODE_LOCAL)
  `SLUICE_ASSERT(ReverseIsNat, !edited || !reverse || nat)
  `SLUICE_ASSERT(ForwardIsIp, !edited || parsed_i.is_ip)
  `SLUICE_ASSERT(PrefixFits, !valid_o || 32'(prefix_len_o) <= sluice_pkg::PREFIX_BYTES)
  `SLUICE_ASSERT(DropIsEmpty, !valid_o || (routed_o.verdict == sluice_pkg::VERDICT_DROP) == (out_len_o == '0))
  `SLUICE_ASSERT(DropHasNoPort, !valid_o || (routed_o.verdict == sluice_pkg::VERDICT_DROP) ==
                 (out_port_o == sluice_pkg::PORT_NONE))

endmodule
