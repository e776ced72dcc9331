// SPDX-License-Identifier: Apache-2.0
//
// edit_checksum: the checksums updated incrementally are those that a computation over the whole new header gives.
//
// A checksum is ~R, where R is 1 to 0xffff and the sum of all halfwords is R plus a multiple of 0xffff (RFC 1071; UDP
// writes 0xffff for 0, and 0 over IPv4 for none). The halfwords that do not change are one number here, their own R, U.
// So, for halfwords m that become m':  U + sum(m) == R + i * 0xffff  and  U + sum(m') == R' + j * 0xffff. As m + ~m is
// 0xffff, the first may be said as  R + sum(~m) == U + i * 0xffff, which spares the solver a long way. U, R, R', i and j are
// free, and assumed to be what they are by these definitions: nothing is computed the way the module does it.
//
// Solvers do not see through long sums. So there are steps between, each asserted, and then taken for granted by the next
// one: all that the module adds up, in its order, is what leaves and what comes, in the order of the definitions; and
// that is R' plus a multiple of 0xffff.
//
// One packet is followed, of the first cycle out of reset, with anything behind it and before: the module has no
// feedback.
`include "proof.svh"

module edit_checksum_proof (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input logic nat_i,
    input logic reverse_i,
    input logic is_v6_i,
    input logic [2:0] l4_i,
    input logic [4:1] l3_offset_i,
    input logic [6:1] l4_offset_i,
    input sluice_pkg::tuple_t own_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [7:0] ttl_i,
    input logic [7:0] proto_i
);

  `PROOF_BEGIN

  localparam int unsigned W = 23;

  logic tcp, udp, icmp6;
  assign tcp = l4_i == sluice_pkg::L4_KIND_TCP;
  assign udp = l4_i == sluice_pkg::L4_KIND_UDP;
  assign icmp6 = l4_i == sluice_pkg::L4_KIND_ICMP && is_v6_i;
  `PROOF_ASSUME(TtlIsLeft, ttl_i != 8'd0)
  `PROOF_ASSUME(HeadersFollow, {1'b0, l3_offset_i} >= 5'd7 && {1'b0, l3_offset_i} <= 5'd11 &&
                {1'b0, l4_offset_i} >= {3'd0, l3_offset_i} + 7'd10 && l4_offset_i <= 6'd51)

  // What changes: the complements of what was there, and what comes.
  logic [127:0] old_address, new_address;
  logic [15:0] old_port;
  always_comb begin
    old_address = ~(reverse_i ? own_i.src : own_i.dst);
    new_address = address_i;
    if (!is_v6_i) old_address[127:32] = '0;
    if (!is_v6_i) new_address[127:32] = '0;
    old_port = reverse_i ? own_i.sport : own_i.dport;
  end

  // Places, as the headers have them.
  logic [5:0] ip_place, l4_place;
  logic [15:0] ip_checksum, l4_checksum;
  logic [1023:0] window;
  assign ip_place = {2'd0, l3_offset_i} + 6'd5;
  assign l4_place = l4_offset_i + (tcp ? 6'd8 : udp ? 6'd3 : 6'd1);
  always_comb begin
    for (int unsigned i = 0; i < 64; i++) begin
      window[16*i+:16] = (ip_place == 6'(i)) ? ip_checksum : (l4_place == 6'(i)) ? l4_checksum : '0;
    end
  end

  logic [W-1:0] old_sum, new_sum;
  logic [15:0] ip_new, l4_new;
  logic [6:1] place;
  edit_checksum dut (
      .clk_i,
      .valid_i,
      .nat_i,
      .fullnat_i(1'b0),
      .reverse_i,
      .is_v6_i,
      .l4_i,
      .l3_offset_i,
      .l4_offset_i,
      .own_i,
      .address_i,
      .port_i,
      .peer_address_i('0),
      .peer_port_i('0),
      .window_i(window),
      .old_address_o(old_sum),
      .fresh_address_o(new_sum),
      .ip_o(ip_new),
      .l4_o(l4_new),
      .place_o(place)
  );

  logic first;
  initial first = 1'b1;
  always_ff @(posedge clk_i) first <= first && !started;

  // Multiples of 0xffff, also -1 times; sum == many * 0xffff + rest.
  function automatic [W-1:0] times(input [5:0] many);
    times = {many[5], many, 16'd0} - {{17{many[5]}}, many};
  endfunction
  function automatic is_rest(input [W-1:0] of_sum, input [15:0] rest, input [5:0] many);
    is_rest = of_sum == times(many) + {7'd0, rest};
  endfunction

  // The checksums by definition.
  (* anyseq *) logic [15:0] ip_others;
  (* anyseq *) logic [15:0] l4_others;
  (* anyseq *) logic [15:0] ip_rest;
  (* anyseq *) logic [15:0] l4_rest;
  (* anyseq *) logic [15:0] ip_new_rest;
  (* anyseq *) logic [15:0] l4_new_rest;
  (* anyseq *) logic [4:0] ip_many;
  (* anyseq *) logic [4:0] l4_many;
  (* anyseq *) logic [4:0] ip_new_many;
  (* anyseq *) logic [4:0] l4_new_many;
  (* anyseq *) logic absent;
  logic [W-1:0] address_out, address_in, port_out, port_in, ttl_out, ttl_in;
  logic port_changes;
  assign port_changes = (tcp || udp) && (reverse_i || port_i != '0);
  assign address_out = nat_i ? edit_pkg::sum128(old_address) : '0;
  assign address_in = nat_i ? edit_pkg::sum128(new_address) : '0;
  assign port_out = port_changes ? {7'd0, ~old_port} : '0;
  assign port_in = port_changes ? {7'd0, port_i} : '0;
  assign ttl_out = {7'd0, ~{proto_i, ttl_i}};
  assign ttl_in = {7'd0, proto_i, ttl_i - 8'd1};
  `PROOF_ASSUME(SomethingElse, ip_others != '0 && l4_others != '0)
  `PROOF_ASSUME(Rests, ip_rest != '0 && l4_rest != '0 && ip_new_rest != '0 && l4_new_rest != '0)
  `PROOF_ASSUME(IpIsRight, is_rest({7'd0, ip_rest} + ttl_out + address_out, ip_others, {1'b0, ip_many}))
  `PROOF_ASSUME(L4IsRight, is_rest({7'd0, l4_rest} + port_out + address_out, l4_others, {1'b0, l4_many}))
  `PROOF_ASSUME(IpBecomes, is_rest({7'd0, ip_others} + ttl_in + address_in, ip_new_rest, {1'b0, ip_new_many}))
  `PROOF_ASSUME(L4Becomes, is_rest({7'd0, l4_others} + (port_in + address_in), l4_new_rest, {1'b0, l4_new_many}))
  logic none;  // no UDP checksum
  assign none = udp && !is_v6_i && absent;
  assign ip_checksum = ~ip_rest;
  assign l4_checksum = none ? '0 : (udp && l4_rest == '1) ? '1 : ~l4_rest;

  // The step between. A UDP checksum of 0xffff stands for R = 0xffff and is added as 0.
  logic [W-1:0] ip_all, l4_all;
  logic [5:0] ip_times, l4_times;
  logic [W-1:0] l4_sent, port_change, l4_1, l4_2, l4_3;
  logic ip_lemma, l4_lemma, step1, step2, step3;
  assign ip_all = {7'd0, ~ip_checksum} + 23'hfffe + address_out + address_in;
  assign l4_sent = {7'd0, ~l4_checksum};
  assign port_change = port_changes ? edit_pkg::change16(~port_out[15:0], port_i) : '0;
  assign l4_all = l4_sent + port_change + address_out + address_in;
  assign l4_1 = l4_sent + port_out + port_in;
  assign l4_2 = l4_sent + port_out + address_out + port_in;
  assign l4_3 = (l4_sent + port_out + address_out) + (port_in + address_in);
  assign step1 = l4_1 == l4_sent + port_change;
  assign step2 = l4_2 == l4_1 + address_out;
  assign step3 = l4_3 == l4_2 + address_in;
  assign ip_times = {1'b0, ip_many} + {1'b0, ip_new_many};
  assign l4_times = {1'b0, l4_many} + {1'b0, l4_new_many} - 6'(udp && l4_rest == '1);
  assign ip_lemma = is_rest(ip_all, ip_new_rest, ip_times);
  assign l4_lemma = is_rest(l4_3, l4_new_rest, l4_times);
  `SLUICE_ASSERT(IpSum, !first || ip_lemma)
  `SLUICE_ASSERT(L4PortChange, !first || step1)
  `SLUICE_ASSERT(L4PortLast, !first || step2)
  `SLUICE_ASSERT(L4Apart, !first || step3)
  `SLUICE_ASSERT(L4Order, !first || !(step1 && step2 && step3) || l4_all == l4_3)
  `SLUICE_ASSERT(L4Sum, !first || none || l4_lemma || !(step1 && step2 && step3))

  // What is wanted, two cycles later.
  logic ip_valid_q, l4_valid_q;
  logic ip_check_q, l4_check_q;
  logic [15:0] ip_want_q, ip_want2_q, l4_want_q, l4_want2_q;
  logic [5:0] place_q, place2_q;
  always_ff @(posedge clk_i) begin
    ip_check_q <= first && valid_i && !rst_i && ip_lemma;
    l4_check_q <= first && valid_i && !rst_i && nat_i && (tcp || udp || icmp6) &&
        l4_all == l4_3 && (none || l4_lemma);
    ip_valid_q <= ip_check_q && !rst_i;
    l4_valid_q <= l4_check_q && !rst_i;
    ip_want_q <= ~ip_new_rest;
    ip_want2_q <= ip_want_q;
    l4_want_q <= none ? '0 : (udp && l4_new_rest == '1) ? '1 : ~l4_new_rest;
    l4_want2_q <= l4_want_q;
    place_q <= l4_place;
    place2_q <= place_q;
  end
  `SLUICE_ASSERT(IpIsRecomputed, !ip_valid_q || ip_new == ip_want2_q)
  `SLUICE_ASSERT(L4IsRecomputed, !l4_valid_q || l4_new == l4_want2_q)
  `SLUICE_ASSERT(L4Place, !l4_valid_q || place == place2_q)

  `PROOF_COVER(cover_ip_4, ip_valid_q && ip_new == 16'h1234)
  `PROOF_COVER(cover_l4_6, l4_valid_q && l4_new == 16'h0000)
  `PROOF_COVER(cover_udp_becomes_all_ones, l4_valid_q && l4_new == 16'hffff)
  `PROOF_COVER(cover_carries, first && valid_i && nat_i && is_v6_i && udp && l4_times == 6'd9)
  `PROOF_COVER(cover_minus_one, first && valid_i && nat_i && udp && l4_times == 6'h3f)

endmodule
