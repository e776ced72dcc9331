// SPDX-License-Identifier: Apache-2.0
//
// Front of the connection table: where to look, what to look for, and the context that waits for the decision.
//
// Cycle 0: a packet (valid_i), or in its place a visit of the scrub engine or of the table bus. look_o: the packet is to go
// through the table and dispatch. Cycle 1: the row of each bank. Cycle 2: digest and
// time, and whose connection buckets are asked. Cycle 3: what the lookup needs. Cycle 4: all of the context, for
// flow_commit; what classify and police say of the packet comes from them then. A step of the scrub engine ends in cycle 3 if a pass is started then (scrub_start_i).
//
// Row of bank b: hc[19:0] + b * (hc[39:20] | 1); digests as in docs/data-plane.md section 7, cut to DigestBits. An answer
// to a source of full NAT (answer_i, with its id_i) has the rows of back1_i, {step, row of bank 0}, in cycle 1, and the
// reference of its id for a digest.
// Nothing but the valid bits moves in a cycle without a packet or visit.
module flow_front #(
    parameter int unsigned Banks = 4,
    parameter int unsigned WayW = 2,
    parameter int unsigned RowsLog2 = 16,
    parameter int unsigned DigestBits = 24
) (
    input logic clk_i,
    input logic rst_i,

    // Cycle 0.
    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input sluice_pkg::parsed_t parsed_i,
    input sluice_pkg::tuple_t key_i,
    input sluice_pkg::classified_t classified_i,
    input logic [63:0] hash_src_i,
    input logic [63:0] hash_dst_i,
    input logic [63:0] hash_src0_i,
    input logic answer_i,
    input logic [16:0] id_i,
    input logic scrub_i,
    input logic fetch_i,
    input logic [RowsLog2-1:0] visit_row_i,
    input logic [Banks-1:0] visit_banks_i,
    input logic [WayW-1:0] visit_way_i,
    input logic [63:0] now_i,
    input logic scrub_start_i,
    output logic look_o,

    // Cycle 1.
    input logic [2*RowsLog2-1:0] back1_i,
    output logic read1_o,
    output logic [Banks*RowsLog2-1:0] rows1_o,

    // Cycle 2.
    output logic look2_o,
    output logic scrub2_o,
    output logic [Banks-1:0] fetch2_o,
    output logic [WayW-1:0] fetch_way2_o,
    output logic [Banks*RowsLog2-1:0] rows2_o,
    output logic reverse2_o,
    output logic bank2_o,
    output logic [9:0] virtual2_o,
    output logic [11:0] source2_o,  // S0[11:0]
    output logic [23:0] digest2_o,
    output logic [23:0] age2_o,

    // Cycle 3.
    output logic look3_o,
    output logic scrub3_o,
    output logic [Banks-1:0] fetch3_o,
    output logic [Banks*RowsLog2-1:0] rows3_o,
    output sluice_pkg::tuple_t key3_o,
    output logic reverse3_o,
    output logic [9:0] virtual3_o,
    output logic is_v6_3_o,
    output logic [2:0] l4_3_o,
    output logic [3:0] flags3_o,  // ACK, RST, SYN, FIN
    output logic bank3_o,
    output logic answer3_o,
    output logic [23:0] digest3_o,
    output logic [53:0] tick3_o,
    output logic [23:0] age3_o,

    // Cycle 4.
    output logic look4_o,
    output logic scrub4_o,
    output logic [Banks-1:0] fetch4_o,
    output logic [Banks*RowsLog2-1:0] rows4_o,
    output sluice_pkg::tuple_t key4_o,
    output logic is_v6_4_o,
    output logic [2:0] l4_4_o,
    output logic [3:0] flags4_o,
    output logic bank4_o,
    output logic [15:0] entropy4_o,
    output logic answer4_o,
    output logic [23:0] digest4_o,
    output logic [23:0] client4_o,
    output logic [23:0] age4_o
);

  localparam logic [23:0] DIGEST_MASK = 24'hffffff >> (24 - DigestBits);
  // Bit 23 of a reverse digest tells a reference.
  localparam logic [23:0] REVERSE_MASK = DIGEST_MASK & 24'h7fffff;

  logic reverse;
  assign reverse = classified_i.direction == sluice_pkg::DIRECTION_REVERSE;
  assign look_o = valid_i && classified_i.verdict == sluice_pkg::VERDICT_FORWARD && !parsed_i.direct;

  // Client hash and other end.
  logic [63:0] hc;
  logic [23:0] client;
  logic [23:0] other;
  logic [23:0] portmix;
  assign hc = reverse ? hash_dst_i : hash_src_i;
  assign client = hc[63:40] ^ {16'd0, key_i.proto};
  assign portmix = 24'({8'd0, key_i.sport} * 24'h9e3779);
  assign other = reverse ? hash_src0_i[63:40] ^ portmix : hash_dst_i[63:40];

  logic [RowsLog2-1:0] row0;
  logic [RowsLog2-1:0] step;
  assign row0 = hc[RowsLog2-1:0];
  assign step = hc[20+:RowsLog2] | RowsLog2'(1);

  // Cycle 1. What follows a packet from cycle to cycle: mix {source, entropy, client}, digest,
  // side {layer 4, flags, virtual, bank, reverse}.
  logic look1_q;
  logic scrub1_q;
  logic [Banks-1:0] fetch1_q;
  logic [WayW-1:0] fetch_way1_q;
  logic [51:0] mix1_q;
  logic [23:0] digest1_q;
  logic answer1_q;
  logic [Banks*RowsLog2-1:0] rows1_q;
  logic [18:0] side1_q;
  logic [53:0] tick1_q;
  always_ff @(posedge clk_i) begin
    look1_q  <= look_o && !rst_i;
    scrub1_q <= scrub_i && !rst_i;
    fetch1_q <= (fetch_i && !rst_i) ? visit_banks_i : '0;
  end
  always_ff @(posedge clk_i) begin
    if (look_o) begin
      for (int unsigned b = 0; b < Banks; b++) rows1_q[b*RowsLog2+:RowsLog2] <= row0 + RowsLog2'(b) * step;
      answer1_q <= answer_i;
      mix1_q <= {hash_src0_i[11:0], hash_src_i[15:0] ^ hash_dst_i[47:32], client & DIGEST_MASK};
      if (answer_i) digest1_q <= {1'b1, 6'd0, id_i};
      else digest1_q <= (client ^ {other[22:0], other[23]}) & (reverse ? REVERSE_MASK : DIGEST_MASK);
      side1_q <= {
        parsed_i.l4,
        parsed_i.tcp_flags[4],
        parsed_i.tcp_flags[2],
        parsed_i.tcp_flags[1],
        parsed_i.tcp_flags[0],
        classified_i.virtual_id,
        meta_i.bank,
        reverse
      };
      tick1_q <= meta_i.now[63:10];
    end else if (scrub_i || fetch_i) begin
      for (int unsigned b = 0; b < Banks; b++) rows1_q[b*RowsLog2+:RowsLog2] <= visit_row_i;
      answer1_q <= 1'b0;
      fetch_way1_q <= visit_way_i;
      tick1_q <= now_i[63:10];
    end
  end
  assign read1_o = look1_q || scrub1_q || fetch1_q != '0;
  always_comb begin
    rows1_o = rows1_q;
    if (answer1_q) begin
      for (int unsigned b = 0; b < Banks; b++)
        rows1_o[b*RowsLog2+:RowsLog2] = back1_i[RowsLog2-1:0] + RowsLog2'(b) * back1_i[2*RowsLog2-1:RowsLog2];
    end
  end

  // Cycle 2.
  logic look2_q;
  logic scrub2_q;
  logic [Banks-1:0] fetch2_q;
  logic [51:0] mix2_q;
  logic [23:0] digest2_q;
  logic answer2_q;
  logic [18:0] side2_q;
  logic [53:0] tick2_q;
  always_ff @(posedge clk_i) begin
    look2_q  <= look1_q && !rst_i;
    scrub2_q <= scrub1_q && !rst_i;
    fetch2_q <= rst_i ? '0 : fetch1_q;
  end
  always_ff @(posedge clk_i) begin
    if (read1_o) begin
      rows2_o <= rows1_o;
      fetch_way2_o <= fetch_way1_q;
      mix2_q <= mix1_q;
      digest2_q <= digest1_q;
      answer2_q <= answer1_q;
      side2_q <= side1_q;
      tick2_q <= tick1_q;
    end
  end
  assign look2_o = look2_q;
  assign scrub2_o = scrub2_q;
  assign fetch2_o = fetch2_q;
  assign reverse2_o = side2_q[0];
  assign bank2_o = side2_q[1];
  assign virtual2_o = side2_q[11:2];
  assign source2_o = mix2_q[51:40];
  assign digest2_o = digest2_q;
  assign age2_o = tick2_q[36:13];

  // Cycle 3.
  logic [39:0] mix3_q;
  logic [18:0] side3_q;
  always_ff @(posedge clk_i) begin
    scrub3_o <= scrub2_q && !rst_i;
    fetch3_o <= rst_i ? '0 : fetch2_q;
  end
  always_ff @(posedge clk_i) begin
    if (look2_q || scrub2_q || fetch2_q != '0) begin
      rows3_o <= rows2_o;
      mix3_q <= mix2_q[39:0];
      digest3_o <= digest2_q;
      answer3_o <= answer2_q && look2_q;
      side3_q <= side2_q;
      tick3_o <= tick2_q;
    end
  end
  assign reverse3_o = side3_q[0];
  assign bank3_o = side3_q[1];
  assign virtual3_o = side3_q[11:2];
  assign flags3_o = side3_q[15:12];
  assign l4_3_o = side3_q[18:16];
  assign age3_o = tick3_o[36:13];

  // Cycle 4.
  logic [39:0] mix4_q;
  always_ff @(posedge clk_i) begin
    look4_o  <= look3_o && !rst_i;
    scrub4_o <= scrub3_o && !scrub_start_i && !rst_i;
    fetch4_o <= rst_i ? '0 : fetch3_o;
  end
  always_ff @(posedge clk_i) begin
    if (look3_o || scrub3_o || fetch3_o != '0) begin
      rows4_o <= rows3_o;
      mix4_q <= mix3_q;
      digest4_o <= digest3_o;
      answer4_o <= answer3_o;
      bank4_o <= side3_q[1];
      flags4_o <= flags3_o;
      l4_4_o <= l4_3_o;
      age4_o <= age3_o;
    end
  end
  assign client4_o  = mix4_q[23:0];
  assign entropy4_o = mix4_q[39:24];

  // The wide part of the context meets its packet in cycles 3 and 4.
  prim_delay #(
      .Width (sluice_pkg::TUPLE_W + 1),
      .Cycles(3)
  ) u_key (
      .clk_i,
      .rst_i,
      .valid_i(look_o),
      .data_i ({parsed_i.is_v6, key_i}),
      .valid_o(look3_o),
      .data_o ({is_v6_3_o, key3_o})
  );
  always_ff @(posedge clk_i) begin
    if (look3_o) {is_v6_4_o, key4_o} <= {is_v6_3_o, key3_o};
  end


  // Small tables use fewer bits of the hashes; the rest of the metadata is for others.
  logic unused;
  assign unused = &{1'b0, meta_i, parsed_i, classified_i, now_i, hc, hash_src0_i, hash_dst_i};

endmodule
