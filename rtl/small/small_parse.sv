// SPDX-License-Identifier: Apache-2.0
//
// Ingress and parser of the small profile: takes a frame beat by beat into the packet buffer and picks the header fields
// out of the beats as they pass; when the frame is complete, it judges it (docs/data-plane.md, sections 2 and 3).
//
// 64 bits per clock; 6 clocks after the last beat header_valid_o rises, with header_o stable until header_ready_i; then
// the next frame is taken. tuser (the MAC found the frame damaged) counts with tlast, tid and tdest with the first beat.
// All beats but the last are full. Frames longer than MAX_FRAME are counted, and only their first beats are kept until
// they end. A frame that is not forwarded because of its MAC frame (error, runt, oversize) leaves no beats behind.
`include "prim_assert.svh"

module small_parse (
    input logic clk_i,
    input logic rst_i,

    input small_pkg::config_t config_i,

    input logic [63:0] s_axis_tdata_i,
    input logic [7:0] s_axis_tkeep_i,
    input logic s_axis_tvalid_i,
    input logic s_axis_tlast_i,
    input logic s_axis_tuser_i,
    input logic [2:0] s_axis_tid_i,
    input logic [2:0] s_axis_tdest_i,
    output logic s_axis_tready_o,

    input logic room_i,
    output logic put_o,
    output logic start_o,
    output logic rewind_o,

    output logic header_valid_o,
    output small_pkg::header_t header_o,
    input logic header_ready_i
);

  localparam logic [10:0] MAX_BEATS = 11'(small_pkg::MAX_FRAME / 8);

  // RECEIVE takes beats; FLUSH hands on what the last beat left over; then four clocks of judging.
  typedef enum logic [2:0] {
    STATE_RECEIVE = 3'd0,
    STATE_FLUSH = 3'd1,
    STATE_MEASURE = 3'd2,
    STATE_COMPARE = 3'd3,
    STATE_DECIDE = 3'd4,
    STATE_READY = 3'd5
  } state_e;
  state_e state_q;

  logic accept;
  assign s_axis_tready_o = state_q == STATE_RECEIVE && room_i;
  assign accept = s_axis_tvalid_i && s_axis_tready_o;

  always_ff @(posedge clk_i) begin
    if (rst_i) state_q <= STATE_RECEIVE;
    else begin
      unique case (state_q)
        STATE_RECEIVE: if (accept && s_axis_tlast_i) state_q <= STATE_FLUSH;
        STATE_FLUSH: state_q <= STATE_MEASURE;
        STATE_MEASURE: state_q <= STATE_COMPARE;
        STATE_COMPARE: state_q <= STATE_DECIDE;
        STATE_DECIDE: state_q <= STATE_READY;
        default: if (header_ready_i) state_q <= STATE_RECEIVE;
      endcase
    end
  end
  assign header_valid_o = state_q == STATE_READY;

  // Beats of this frame so far, and the length.
  logic [10:0] beat_q;
  logic first;
  logic over_q;
  logic [13:0] len_q;
  logic bad_q;
  logic [3:0] last_bytes;
  assign first = beat_q == '0;
  always_comb begin
    last_bytes = 4'd0;
    for (int unsigned i = 0; i < 8; i++) last_bytes = last_bytes + {3'd0, s_axis_tkeep_i[i]};
  end

  always_ff @(posedge clk_i) begin
    if (rst_i || state_q == STATE_READY) beat_q <= '0;
    else if (accept && !(&beat_q)) beat_q <= beat_q + 11'd1;
  end

  always_ff @(posedge clk_i) begin
    if (accept) over_q <= !first && (over_q || beat_q >= MAX_BEATS - 11'd1);
  end

  always_ff @(posedge clk_i) begin
    if (accept && s_axis_tlast_i) begin
      len_q <= (&beat_q) ? '1 : {beat_q, 3'd0} + {10'd0, last_bytes};
      bad_q <= s_axis_tuser_i;
    end
  end

  logic [2:0] in_port_q;
  logic [2:0] cpu_dest_q;
  always_ff @(posedge clk_i) begin
    if (accept && first) begin
      in_port_q <= s_axis_tid_i;
      cpu_dest_q <= s_axis_tdest_i;
    end
  end

  // The packet buffer.
  logic [8:0] beats_q;
  logic refused;
  assign put_o = accept && (first || !over_q);
  assign start_o = first;
  assign refused = bad_q || len_q < 14'(small_pkg::MIN_FRAME) || len_q > 14'(small_pkg::MAX_FRAME);
  assign rewind_o = state_q == STATE_MEASURE && refused;
  always_ff @(posedge clk_i) begin
    if (rst_i || (state_q == STATE_READY && header_ready_i)) beats_q <= '0;
    else if (rewind_o) beats_q <= '0;
    else if (put_o) beats_q <= beats_q + 9'd1;
  end

  // Ethernet.
  logic step;
  logic [63:0] beat;
  logic [47:0] rest_q;
  assign step = accept || state_q == STATE_FLUSH;
  assign beat = s_axis_tdata_i;
  always_ff @(posedge clk_i) begin
    if (accept) rest_q <= beat[63:16];
  end

  logic other_mac_q;
  logic tagged_q;
  logic [15:0] type_q;
  logic tag_at_1;
  assign tag_at_1 = beat[47:32] == 16'h0081 || beat[47:32] == 16'ha888;
  always_ff @(posedge clk_i) begin
    if (accept && first) other_mac_q <= !beat[0] && beat[47:0] != config_i.mac;
  end
  always_ff @(posedge clk_i) begin
    if (accept && beat_q == 11'd1) tagged_q <= tag_at_1;
  end
  always_ff @(posedge clk_i) begin
    if (accept && beat_q == 11'd1) type_q <= beat[47:32];
    else if (step && beat_q == 11'd2 && tagged_q) type_q <= beat[15:0];
  end

  // The IP packet in words of 64 bits from its first byte on.
  logic word_valid;
  logic [63:0] word;
  logic [4:0] word_q;
  assign word_valid = step && beat_q >= 11'd2 && !(tagged_q && beat_q == 11'd2);
  assign word = tagged_q ? {beat[15:0], rest_q} : {beat[47:0], rest_q[47:32]};
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_READY || rst_i) word_q <= '0;
    else if (word_valid && !word_q[4]) word_q <= word_q + 5'd1;  // no header goes beyond word 9
  end

  logic [3:0] version_q;
  logic [3:0] ihl_q;
  logic [15:0] total_q;
  logic fragment_q;
  always_ff @(posedge clk_i) begin
    if (word_valid && word_q == 5'd0) begin
      {version_q, ihl_q} <= word[7:0];
      total_q <= {word[23:16], word[31:24]};
      fragment_q <= {word[53:48], word[63:56]} != '0;
    end
  end

  logic last_hop_q;
  logic [7:0] proto_q;
  logic [15:0] header_sum_q;
  logic [31:0] src_q;
  always_ff @(posedge clk_i) begin
    if (word_valid && word_q == 5'd1) begin
      last_hop_q <= word[7:1] == '0;
      proto_q <= word[15:8];
      header_sum_q <= word[31:16];
      src_q <= word[63:32];
    end
  end

  logic [31:0] dst_q;
  always_ff @(posedge clk_i) begin
    if (word_valid && word_q == 5'd2) dst_q <= word[31:0];
  end

  // Layer 4 begins in either half of a word: `at` is the number of 32-bit words of layer 4 before the low half.
  logic [5:0] at;
  logic low_0, high_0, low_1, high_1, low_3, high_3, low_4, high_4;
  assign at = {word_q, 1'b0} - {2'b00, ihl_q};
  assign low_0 = word_valid && at == 6'd0;
  assign low_1 = word_valid && at == 6'd1;
  assign low_3 = word_valid && at == 6'd3;
  assign low_4 = word_valid && at == 6'd4;
  assign high_0 = word_valid && at == 6'd63;
  assign high_1 = low_0;
  assign high_3 = word_valid && at == 6'd2;
  assign high_4 = low_3;

  logic [31:0] ports_q;
  logic [15:0] udp_len_q;
  logic [15:0] udp_sum_q;
  logic [3:0] offset_q;
  logic [5:0] flags_q;
  logic [15:0] tcp_sum_q;
  always_ff @(posedge clk_i) begin
    if (low_0 || high_0) ports_q <= low_0 ? word[31:0] : word[63:32];
  end
  always_ff @(posedge clk_i) begin
    if (low_1) {udp_sum_q, udp_len_q} <= {word[31:16], word[7:0], word[15:8]};
    else if (high_1) {udp_sum_q, udp_len_q} <= {word[63:48], word[39:32], word[47:40]};
  end
  always_ff @(posedge clk_i) begin
    if (low_3) {offset_q, flags_q} <= {word[7:4], word[13:8]};
    else if (high_3) {offset_q, flags_q} <= {word[39:36], word[45:40]};
  end
  always_ff @(posedge clk_i) begin
    if (low_4) tcp_sum_q <= word[15:0];
    else if (high_4) tcp_sum_q <= word[47:32];
  end

  // Sum over the IPv4 header: halves of a word first, then the total.
  logic low_in_header, high_in_header;
  logic [16:0] low_sum, high_sum;
  logic [17:0] part_q;
  logic [20:0] sum_q;
  assign low_in_header = word_valid && (word_q <= 5'd2 || at[5]);
  assign high_in_header = word_valid && (word_q <= 5'd1 || (at[5] && !high_0));
  assign low_sum = {1'b0, word[15:0]} + {1'b0, word[31:16]};
  assign high_sum = {1'b0, word[47:32]} + {1'b0, word[63:48]};
  always_ff @(posedge clk_i) begin
    if (rst_i) part_q <= '0;
    else part_q <= {1'b0, low_in_header ? low_sum : 17'd0} + {1'b0, high_in_header ? high_sum : 17'd0};
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_READY || rst_i) sum_q <= '0;
    else if (state_q == STATE_RECEIVE || state_q == STATE_FLUSH || state_q == STATE_MEASURE) begin
      sum_q <= sum_q + {3'd0, part_q};
    end
  end

  // Measure: lengths.
  logic [14:0] available_q;  // signed
  logic [16:0] l4_len_q;  // signed
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_MEASURE) begin
      available_q <= {1'b0, len_q} - (tagged_q ? 15'd18 : 15'd14);
      l4_len_q <= {1'b0, total_q} - {11'd0, ihl_q, 2'b00};
    end
  end

  // Compare: what is wrong, one bit each. Bits are named by what they find.
  logic tcp, udp, icmp;
  assign tcp = proto_q == 8'd6;
  assign udp = proto_q == 8'd17;
  assign icmp = proto_q == 8'd1;
  logic fin, syn, rst, ack;
  assign {fin, syn, rst, ack} = {flags_q[0], flags_q[1], flags_q[2], flags_q[4]};

  logic runt_q, oversize_q, filtered_q, depth_q, arp_q, v6_q, unknown_q;
  logic header_q, truncated_q, checksum_q, martian_q, land_q, tcp_header_q, tcp_flags_q, udp_header_q, icmp_header_q;
  logic icmp_error_q;
  logic multicast_q;
  logic [16:0] folded;
  logic short_8, short_20;
  assign folded = {1'b0, sum_q[15:0]} + {12'd0, sum_q[20:16]};
  assign short_8 = l4_len_q[16] || l4_len_q[15:3] == '0;
  assign short_20 = l4_len_q[16] || l4_len_q[15:0] < 16'd20;
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_COMPARE) begin
      runt_q <= len_q < 14'(small_pkg::MIN_FRAME);
      oversize_q <= len_q > 14'(small_pkg::MAX_FRAME);
      filtered_q <= other_mac_q && config_i.mac_filter[in_port_q];
      depth_q <= tagged_q && (len_q < 14'd18 || type_q == 16'h0081 || type_q == 16'ha888);
      arp_q <= type_q == 16'h0608;
      v6_q <= type_q == 16'hdd86;
      unknown_q <= type_q != 16'h0008;
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_COMPARE) begin
      header_q <= available_q[14] || available_q[13:0] < 14'd20 || version_q != 4'd4 || ihl_q < 4'd5 || l4_len_q[16];
      truncated_q <= total_q > {2'b00, available_q[13:0]};
      checksum_q <= folded != 17'h0ffff;
      martian_q <= src_q[7:4] == 4'he || src_q == 32'hffffffff || src_q[7:0] == 8'd127 || src_q == '0
          || dst_q[7:0] == 8'd127 || dst_q == '0;
      land_q <= src_q == dst_q;
      multicast_q <= dst_q[7:4] == 4'he || dst_q == 32'hffffffff;
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_COMPARE) begin
      tcp_header_q <= tcp && (short_20 || offset_q < 4'd5 || {10'd0, offset_q, 2'b00} > l4_len_q[15:0]);
      tcp_flags_q <= tcp && (!(fin || syn || rst || ack) || (syn && fin) || (syn && rst) || (fin && !ack && !rst));
      udp_header_q <= udp && (short_8 || udp_len_q[15:3] == '0 || udp_len_q > l4_len_q[15:0]);
      icmp_header_q <= icmp && short_8;
      icmp_error_q <= icmp && (ports_q[7:0] == 8'd3 || ports_q[7:0] == 8'd4 || ports_q[7:0] == 8'd5
          || ports_q[7:0] == 8'd11 || ports_q[7:0] == 8'd12);
    end
  end

  // Decide: the first that is wrong.
  logic direct;
  assign direct = in_port_q == sluice_pkg::CPU_PORT && cpu_dest_q != sluice_pkg::PORT_NONE;

  logic [1:0] verdict_q;
  logic [7:0] reason_q;
  logic [3:0] cause_q;
  logic direct_q;
  logic [7:0] reason;
  logic [3:0] cause;
  always_comb begin
    reason = sluice_pkg::DROP_REASON_NONE;
    cause = sluice_pkg::PUNT_CAUSE_NONE;
    if (bad_q) reason = sluice_pkg::DROP_REASON_INGRESS_ERROR;
    else if (runt_q) reason = sluice_pkg::DROP_REASON_RUNT;
    else if (oversize_q) reason = sluice_pkg::DROP_REASON_OVERSIZE;
    else if (direct) begin
      // A number above the front ports has no bit in port_up that is set for it.
      if (cpu_dest_q[2] || !config_i.port_up[cpu_dest_q]) reason = sluice_pkg::DROP_REASON_PORT_DOWN;
    end else if (filtered_q) reason = sluice_pkg::DROP_REASON_NOT_OUR_MAC;
    else if (depth_q) reason = sluice_pkg::DROP_REASON_VLAN_DEPTH;
    else if (arp_q) cause = sluice_pkg::PUNT_CAUSE_ARP;
    else if (v6_q) cause = sluice_pkg::PUNT_CAUSE_LOCAL;
    else if (unknown_q) reason = sluice_pkg::DROP_REASON_UNKNOWN_ETHERTYPE;
    else if (header_q) reason = sluice_pkg::DROP_REASON_IPV4_HEADER;
    else if (truncated_q) reason = sluice_pkg::DROP_REASON_IPV4_TRUNCATED;
    else if (checksum_q) reason = sluice_pkg::DROP_REASON_IPV4_CHECKSUM;
    else if (ihl_q != 4'd5 && config_i.drop_options) reason = sluice_pkg::DROP_REASON_IPV4_OPTIONS;
    else if (martian_q) reason = sluice_pkg::DROP_REASON_MARTIAN;
    else if (land_q) reason = sluice_pkg::DROP_REASON_LAND;
    else if (fragment_q) begin
      if (config_i.punt_fragments) cause = sluice_pkg::PUNT_CAUSE_FRAGMENT;
      else reason = sluice_pkg::DROP_REASON_IP_FRAGMENT;
    end else if (tcp_header_q) reason = sluice_pkg::DROP_REASON_TCP_HEADER;
    else if (tcp_flags_q) reason = sluice_pkg::DROP_REASON_TCP_FLAGS;
    else if (udp_header_q) reason = sluice_pkg::DROP_REASON_UDP_HEADER;
    else if (icmp_header_q) reason = sluice_pkg::DROP_REASON_ICMP_HEADER;
    else if (icmp_error_q) cause = sluice_pkg::PUNT_CAUSE_ICMP;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_DECIDE) begin
      reason_q <= reason;
      cause_q <= cause;
      direct_q <= direct && reason == sluice_pkg::DROP_REASON_NONE;
      verdict_q <= reason != sluice_pkg::DROP_REASON_NONE ? sluice_pkg::VERDICT_DROP
          : cause != sluice_pkg::PUNT_CAUSE_NONE ? sluice_pkg::VERDICT_PUNT : sluice_pkg::VERDICT_FORWARD;
    end
  end

  always_comb begin
    header_o = '0;
    header_o.verdict = verdict_q;
    header_o.reason = reason_q;
    header_o.cause = cause_q;
    header_o.direct = direct_q;
    header_o.multicast = multicast_q;
    header_o.in_port = in_port_q;
    header_o.cpu_dest = cpu_dest_q;
    header_o.len = len_q;
    header_o.beats = beats_q;
    header_o.has_tag = tagged_q;
    header_o.ihl = ihl_q;
    header_o.l3_len = total_q[10:0];
    header_o.last_hop = last_hop_q;
    header_o.tcp = tcp;
    header_o.udp = udp;
    header_o.fin = fin;
    header_o.syn = syn;
    header_o.rst = rst;
    header_o.ack = ack;
    header_o.proto = proto_q;
    header_o.header_sum = header_sum_q;
    header_o.l4_sum = tcp ? tcp_sum_q : udp_sum_q;
    header_o.sport = tcp || udp ? ports_q[15:0] : 16'd0;
    header_o.dport = tcp || udp ? ports_q[31:16] : 16'd0;
    header_o.src = src_q;
    header_o.dst = dst_q;
  end

  logic unused;
  assign unused = &{1'b0, config_i, flags_q[5], flags_q[3]};

  `SLUICE_ASSERT(HeaderIsHeld, state_q != STATE_READY || verdict_q != 2'd3)
  `SLUICE_ASSERT(RefusedHaveNoBeats, state_q != STATE_READY || !refused || beats_q == '0)

endmodule
