// SPDX-License-Identifier: Apache-2.0
//
// edit_rewrite: a packet leaves with exactly the fields of docs/data-plane.md section 9 replaced, and every other byte of
// the window as it was.
//
// One byte of the window, any, is followed; the fields are said as byte offsets into the headers, by kind of packet.
`include "proof.svh"

module edit_rewrite_proof (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input logic edit_i,
    input logic nat_i,
    input logic fullnat_i,
    input logic reverse_i,
    input logic is_v6_i,
    input logic [2:0] l4_i,
    input logic [7:0] ttl_i,
    input logic [1:0] tags_i,
    input logic [6:1] l4_offset_i,
    input logic [6:1] inner_l4_offset_i,
    input logic [7:0] inner_proto_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [127:0] peer_address_i,
    input logic [15:0] peer_port_i,
    input logic [15:0] ip_checksum_i,
    input logic [15:0] l4_checksum_i,
    input logic [15:0] icmp_checksum_i,
    input logic [15:0] inner_ip_checksum_i,
    input logic [15:0] inner_udp_checksum_i,
    input logic [1023:0] window_i
);

  `PROOF_BEGIN

  // Where headers stand, as the parser finds them: two tags at most, and each header behind the one before.
  logic [4:0] l3_offset;
  logic [7:0] l3, l4, inner_l3, inner_l4, header;
  assign l3_offset = 5'd14 + {1'b0, tags_i, 2'b00};
  assign l3 = {3'd0, l3_offset};
  assign l4 = {1'b0, l4_offset_i, 1'b0};
  assign inner_l3 = l4 + 8'd8;
  assign inner_l4 = {1'b0, inner_l4_offset_i, 1'b0};
  assign header = is_v6_i ? 8'd40 : 8'd20;
  logic tcp, udp, error, inner_tcp, inner_udp;
  assign tcp = l4_i == sluice_pkg::L4_KIND_TCP;
  assign udp = l4_i == sluice_pkg::L4_KIND_UDP;
  assign error = l4_i == sluice_pkg::L4_KIND_ICMP_ERROR;
  assign inner_tcp = inner_proto_i == 8'd6;
  assign inner_udp = inner_proto_i == 8'd17;

  `PROOF_ASSUME(TwoTagsAtMost, tags_i != 2'd3)
  `PROOF_ASSUME(FullNatIsNat, nat_i || !fullnat_i)
  `PROOF_ASSUME(HeadersFollow, l4 >= l3 + header && (!error || inner_l4 >= inner_l3 + header))

  logic [1023:0] window;
  edit_rewrite dut (
      .clk_i,
      .valid_i,
      .edit_i,
      .nat_i,
      .fullnat_i,
      .reverse_i,
      .is_v6_i,
      .l4_i,
      .ttl_i,
      .l3_offset_i(l3_offset),
      .l4_offset_i,
      .inner_l4_offset_i,
      .inner_proto_i,
      .address_i,
      .port_i,
      .peer_address_i,
      .peer_port_i,
      .ip_checksum_i,
      .l4_checksum_i,
      .l4_checksum_place_i(l4_offset_i + (tcp ? 6'd8 : udp ? 6'd3 : 6'd1)),  // edit_checksum
      .icmp_checksum_i,
      .inner_ip_checksum_i,
      .inner_udp_checksum_i,
      .window_i,
      .window_o(window)
  );

  // The byte, and whether it is byte `index` of a field of `bytes` bytes at byte `at`.
  (* anyconst *) logic [6:0] lane;
  function automatic inside_field(input [6:0] byte_at, input [7:0] at, input [7:0] bytes);
    inside_field = {1'b0, byte_at} >= at && {1'b0, byte_at} < at + bytes;
  endfunction
  function automatic [7:0] of_field(input [127:0] field, input [6:0] byte_at, input [7:0] at);
    logic [7:0] index;
    index = {1'b0, byte_at} - at;
    of_field = 8'd0;
    for (int unsigned i = 0; i < 16; i++) begin
      if (index == 8'(i)) of_field = field[8*i+:8];
    end
  endfunction

  logic [7:0] was, now, want, want_q;
  logic [6:0] lane_q;
  logic port_kept, ports, inner_ports, in_ttl, in_sum, in_address, in_port, in_l4_sum, in_inner, named, valid_q;
  logic in_peer_address, in_peer_port;
  logic [7:0] ttl_at, address_at, address_len, port_at, l4_sum_at, inner_address_at, inner_port_at;
  logic [7:0] peer_address_at, peer_port_at, inner_peer_address_at, inner_peer_port_at;
  always_comb begin
    was = 8'd0;
    now = 8'd0;
    for (int unsigned i = 0; i < 128; i++) begin
      if (lane == 7'(i)) was = window_i[8*i+:8];
      if (lane_q == 7'(i)) now = window[8*i+:8];
    end
  end
  assign address_len = is_v6_i ? 8'd16 : 8'd4;
  assign ttl_at = l3 + (is_v6_i ? 8'd7 : 8'd8);
  assign address_at = l3 + (is_v6_i ? 8'd8 : 8'd12) + (reverse_i ? 8'd0 : address_len);
  assign port_at = l4 + (reverse_i ? 8'd0 : 8'd2);
  assign l4_sum_at = l4 + (tcp ? 8'd16 : udp ? 8'd6 : 8'd2);
  assign inner_address_at = inner_l3 + (is_v6_i ? 8'd8 : 8'd12) + (reverse_i ? address_len : 8'd0);
  assign inner_port_at = inner_l4 + (reverse_i ? 8'd2 : 8'd0);
  // The other end: the other one of each pair.
  assign peer_address_at = l3 + (is_v6_i ? 8'd8 : 8'd12) + (reverse_i ? address_len : 8'd0);
  assign peer_port_at = l4 + (reverse_i ? 8'd2 : 8'd0);
  assign inner_peer_address_at = inner_l3 + (is_v6_i ? 8'd8 : 8'd12) + (reverse_i ? 8'd0 : address_len);
  assign inner_peer_port_at = inner_l4 + (reverse_i ? 8'd0 : 8'd2);
  assign port_kept = !reverse_i && port_i == '0;
  assign ports = (tcp || udp) && !port_kept;
  assign inner_ports = (inner_tcp || inner_udp) && !port_kept;

  assign in_ttl = inside_field(lane, ttl_at, 8'd1);
  assign in_sum = !is_v6_i && inside_field(lane, l3 + 8'd10, 8'd2);
  assign in_address = nat_i && inside_field(lane, address_at, address_len);
  assign in_port = nat_i && ports && inside_field(lane, port_at, 8'd2);
  assign in_peer_address = fullnat_i && inside_field(lane, peer_address_at, address_len);
  assign in_peer_port = fullnat_i && (tcp || udp) && inside_field(lane, peer_port_at, 8'd2);
  assign in_l4_sum = nat_i && (tcp || udp || error || (l4_i == sluice_pkg::L4_KIND_ICMP && is_v6_i)) &&
      inside_field(lane, l4_sum_at, 8'd2);
  assign in_inner = nat_i && error && {1'b0, lane} >= inner_l3;
  always_comb begin
    want = was;
    if (in_ttl) want = ttl_i - 8'd1;
    else if (in_sum) want = of_field({112'd0, ip_checksum_i}, lane, l3 + 8'd10);
    else if (in_address) want = of_field(address_i, lane, address_at);
    else if (in_port) want = of_field({112'd0, port_i}, lane, port_at);
    else if (in_peer_address) want = of_field(peer_address_i, lane, peer_address_at);
    else if (in_peer_port) want = of_field({112'd0, peer_port_i}, lane, peer_port_at);
    else if (in_l4_sum) want = of_field({112'd0, error ? icmp_checksum_i : l4_checksum_i}, lane, l4_sum_at);
    else if (in_inner) begin
      if (!is_v6_i && inside_field(lane, inner_l3 + 8'd10, 8'd2)) begin
        want = of_field({112'd0, inner_ip_checksum_i}, lane, inner_l3 + 8'd10);
      end else if (inside_field(lane, inner_address_at, address_len)) begin
        want = of_field(address_i, lane, inner_address_at);
      end else if (inner_ports && inside_field(lane, inner_port_at, 8'd2)) begin
        want = of_field({112'd0, port_i}, lane, inner_port_at);
      end else if (fullnat_i && inside_field(lane, inner_peer_address_at, address_len)) begin
        want = of_field(peer_address_i, lane, inner_peer_address_at);
      end else if (fullnat_i && (inner_tcp || inner_udp) && inside_field(lane, inner_peer_port_at, 8'd2)) begin
        want = of_field({112'd0, peer_port_i}, lane, inner_peer_port_at);
      end else if (inner_udp && inside_field(lane, inner_l4 + 8'd6, 8'd2)) begin
        want = of_field({112'd0, inner_udp_checksum_i}, lane, inner_l4 + 8'd6);
      end
    end
    if (!edit_i) want = was;
  end
  assign named = edit_i && (in_ttl || in_sum || in_address || in_port || in_peer_address || in_peer_port ||
                            in_l4_sum || in_inner);

  logic named_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i && !rst_i;
    want_q  <= want;
    lane_q  <= lane;
    named_q <= named;
  end
  `SLUICE_ASSERT(OtherBytesStay, !valid_q || named_q || now == want_q)
  `SLUICE_ASSERT(FieldsAreWhatTheyMustBe, !valid_q || !named_q || now == want_q)

  `PROOF_COVER(cover_passed, valid_i && !edit_i && in_ttl)
  `PROOF_COVER(cover_reverse_6, valid_i && edit_i && in_address && reverse_i && is_v6_i && lane == 7'd45)
  `PROOF_COVER(cover_port, valid_i && edit_i && in_port && lane == 7'd100)
  `PROOF_COVER(cover_client_6, valid_i && edit_i && in_peer_address && reverse_i && is_v6_i && lane == 7'd61)
  `PROOF_COVER(cover_tcp_checksum, valid_i && edit_i && in_l4_sum && tcp && lane == 7'd127)
  `PROOF_COVER(cover_inner_checksum, valid_i && edit_i && in_inner && inner_udp && want == 8'h5a &&
               lane == inner_l4[6:0] + 7'd6 && was == 8'h00)
  `PROOF_COVER(cover_beyond, valid_i && edit_i && nat_i && in_inner && want == was && {1'b0, lane} > inner_l4 + 8'd8)

endmodule
