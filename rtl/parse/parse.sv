// SPDX-License-Identifier: Apache-2.0
//
// The parser: from the header window to a first verdict and the packet's tuples (docs/data-plane.md, section 3).
//
// LATENCY 4, one packet per clock, in order: one stage per layer, Ethernet, IP, layer 4, packets inside ICMP errors.
// Drops and punts leave with parsed_o.verdict and reason or cause, and with the fields of the layers that were passed.
// own_o and key_o hold only if the verdict is forward and the packet is not direct. All outputs hold in the cycle
// with valid_o. port_rows_i: row p at bits p*PORT_ROW_W. Bytes of window_i beyond the frame are not relied on.
`include "prim_assert.svh"

module parse (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,

    input logic [sluice_pkg::PORT_ROWS*sluice_pkg::PORT_ROW_W-1:0] port_rows_i,
    input logic [1:0] fragments_i,
    input logic drop_options_i,

    output logic valid_o,
    output sluice_pkg::parsed_t parsed_o,
    output sluice_pkg::tuple_t own_o,
    output sluice_pkg::tuple_t key_o
);

  localparam int unsigned LATENCY = 4;

  // Stage 1: Ethernet.
  logic valid_q1;
  logic [parse_pkg::RULING_W-1:0] ruling_q1;
  logic direct_q1;
  logic is_v6_q1;
  logic [4:0] l3_offset_q1;
  logic [13:0] l3_room_q1;
  logic [parse_pkg::L3_W-1:0] l3_q1;
  parse_ethernet u_ethernet (
      .clk_i,
      .rst_i,
      .valid_i,
      .port_i(meta_i.port),
      .cpu_dest_i(meta_i.cpu_dest),
      .len_i(meta_i.len),
      .window_i,
      .port_rows_i,
      .valid_o(valid_q1),
      .ruling_o(ruling_q1),
      .direct_o(direct_q1),
      .is_v6_o(is_v6_q1),
      .l3_offset_o(l3_offset_q1),
      .l3_room_o(l3_room_q1),
      .l3_o(l3_q1)
  );

  // Stage 2: IP, one module per family; the packet goes past them.
  logic is_ip_q1;
  assign is_ip_q1 = valid_q1 && ruling_q1 == '0 && !direct_q1;

  logic [parse_pkg::RULING_W-1:0] v4_ruling;
  logic v4_ip;
  logic v4_multicast;
  logic v4_fragment;
  logic [7:0] v4_proto;
  logic [15:0] v4_l3_len;
  logic [6:0] v4_l4_skip;
  parse_ipv4 u_ipv4 (
      .clk_i,
      .valid_i(is_ip_q1 && !is_v6_q1),
      .l3_room_i(l3_room_q1),
      .l3_i(l3_q1),
      .fragments_i,
      .drop_options_i,
      .ruling_o(v4_ruling),
      .ip_o(v4_ip),
      .multicast_o(v4_multicast),
      .fragment_o(v4_fragment),
      .proto_o(v4_proto),
      .l3_len_o(v4_l3_len),
      .l4_skip_o(v4_l4_skip)
  );

  logic [parse_pkg::RULING_W-1:0] v6_ruling;
  logic v6_ip;
  logic v6_multicast;
  logic v6_fragment;
  logic [7:0] v6_proto;
  logic [15:0] v6_l3_len;
  logic [6:0] v6_l4_skip;
  parse_ipv6 u_ipv6 (
      .clk_i,
      .valid_i(is_ip_q1 && is_v6_q1),
      .l3_offset_i(l3_offset_q1),
      .l3_room_i(l3_room_q1),
      .l3_i(l3_q1),
      .fragments_i,
      .ruling_o(v6_ruling),
      .ip_o(v6_ip),
      .multicast_o(v6_multicast),
      .fragment_o(v6_fragment),
      .proto_o(v6_proto),
      .l3_len_o(v6_l3_len),
      .l4_skip_o(v6_l4_skip)
  );

  logic valid_q2;
  logic ruled_q2;  // before the IP stage
  logic [parse_pkg::RULING_W-1:0] ruling_q2;
  logic direct_q2;
  logic is_v6_q2;
  logic [4:0] l3_offset_q2;
  logic [parse_pkg::L3_W-1:0] l3_q2;
  always_ff @(posedge clk_i) begin
    valid_q2 <= valid_q1 && !rst_i;
    if (valid_q1) begin
      ruled_q2 <= ruling_q1 != '0 || direct_q1;
      ruling_q2 <= ruling_q1;
      direct_q2 <= direct_q1;
      is_v6_q2 <= is_v6_q1;
      l3_offset_q2 <= l3_offset_q1;
      l3_q2 <= l3_q1;
    end
  end

  // Stage 3: layer 4.
  logic valid_q3;
  logic [parse_pkg::RULING_W-1:0] ruling_q3;
  logic direct_q3;
  logic ip_q3;
  logic is_v6_q3;
  logic multicast_q3;
  logic fragment_q3;
  sluice_pkg::l4_kind_e l4_q3;
  logic [7:0] tcp_flags_q3;
  logic [7:0] ttl_q3;
  logic [7:0] tos_q3;
  logic [4:0] l3_offset_q3;
  logic [6:0] l4_offset_q3;
  logic [15:0] l3_len_q3;
  logic [sluice_pkg::TUPLE_W-1:0] own_q3;
  logic error_q3;
  logic [6:0] l4_skip_q3;
  logic [6:0] l4_room_q3;
  logic [parse_pkg::L3_W-1:0] l3_q3;
  parse_l4 u_l4 (
      .clk_i,
      .rst_i,
      .valid_i(valid_q2),
      .ruling_i(ruled_q2 ? ruling_q2 : is_v6_q2 ? v6_ruling : v4_ruling),
      .direct_i(direct_q2),
      .ip_i(!ruled_q2 && (is_v6_q2 ? v6_ip : v4_ip)),
      .is_v6_i(is_v6_q2),
      .multicast_i(is_v6_q2 ? v6_multicast : v4_multicast),
      .fragment_i(is_v6_q2 ? v6_fragment : v4_fragment),
      .proto_i(is_v6_q2 ? v6_proto : v4_proto),
      .l3_offset_i(l3_offset_q2),
      .l3_len_i(is_v6_q2 ? v6_l3_len : v4_l3_len),
      .l4_skip_i(is_v6_q2 ? v6_l4_skip : v4_l4_skip),
      .l3_i(l3_q2),
      .valid_o(valid_q3),
      .ruling_o(ruling_q3),
      .direct_o(direct_q3),
      .ip_o(ip_q3),
      .is_v6_o(is_v6_q3),
      .multicast_o(multicast_q3),
      .fragment_o(fragment_q3),
      .l4_o(l4_q3),
      .tcp_flags_o(tcp_flags_q3),
      .ttl_o(ttl_q3),
      .tos_o(tos_q3),
      .l3_offset_o(l3_offset_q3),
      .l4_offset_o(l4_offset_q3),
      .l3_len_o(l3_len_q3),
      .own_o(own_q3),
      .error_o(error_q3),
      .l4_skip_o(l4_skip_q3),
      .l4_room_o(l4_room_q3),
      .l3_o(l3_q3)
  );

  // Stage 4: the packet inside an ICMP error.
  parse_icmp_error u_icmp_error (
      .clk_i,
      .rst_i,
      .valid_i(valid_q3),
      .ruling_i(ruling_q3),
      .direct_i(direct_q3),
      .ip_i(ip_q3),
      .is_v6_i(is_v6_q3),
      .multicast_i(multicast_q3),
      .fragment_i(fragment_q3),
      .l4_i(l4_q3),
      .tcp_flags_i(tcp_flags_q3),
      .ttl_i(ttl_q3),
      .tos_i(tos_q3),
      .l3_offset_i(l3_offset_q3),
      .l4_offset_i(l4_offset_q3),
      .l3_len_i(l3_len_q3),
      .own_i(own_q3),
      .error_i(error_q3),
      .l4_skip_i(l4_skip_q3),
      .l4_room_i(l4_room_q3),
      .l3_i(l3_q3),
      .valid_o,
      .parsed_o,
      .own_o,
      .key_o
  );

  // What the parser does not look at.
  logic unused;
  assign unused = &{1'b0, meta_i.bank, meta_i.stamp, meta_i.now};

`ifdef SLUICE_ASSERT_ON
  logic [LATENCY-1:0] expected_q;
  always_ff @(posedge clk_i) expected_q <= rst_i ? '0 : {expected_q[LATENCY-2:0], valid_i};
  `SLUICE_ASSERT(ValidAfterLatency, valid_o == expected_q[LATENCY-1])
`endif
  `SLUICE_ASSERT(WindowFits, parse_pkg::L3_BYTES == sluice_pkg::WINDOW_BYTES - 14)

  `SLUICE_ASSERT(DropHasReason, !valid_o || (parsed_o.verdict == sluice_pkg::VERDICT_DROP) ==
                 (parsed_o.reason != sluice_pkg::DROP_REASON_NONE))
  `SLUICE_ASSERT(PuntHasCause, !valid_o || (parsed_o.verdict == sluice_pkg::VERDICT_PUNT) ==
                 (parsed_o.cause != sluice_pkg::PUNT_CAUSE_NONE))
  `SLUICE_ASSERT(ForwardHasLayer4, !valid_o || (parsed_o.verdict == sluice_pkg::VERDICT_FORWARD && !parsed_o.direct) ==
                 (parsed_o.l4 != sluice_pkg::L4_KIND_NONE))
  `SLUICE_ASSERT(ForwardIsIp, !valid_o || parsed_o.l4 == sluice_pkg::L4_KIND_NONE || parsed_o.is_ip)

endmodule
