// SPDX-License-Identifier: Apache-2.0
//
// egress_queue: packets leave in order, none lost or doubled, each with its own window, although its two parts come at
// different times.
//
// Packets are numbered as they come, in both parts; one packet, any, carries marks in all of them.
`include "proof.svh"

module egress_queue_proof #(
    parameter int unsigned Depth = 4,
    parameter int unsigned Width = 2
) (
    input logic clk_i,
    input logic rst_i,
    input logic wide_valid_i,
    input logic [3:0] wide_parts_i,
    input logic [3:0] wide_i,
    input logic valid_i,
    input logic [Width-1:0] data_i,
    input logic pop_i
);

  `PROOF_BEGIN

  logic empty;
  logic [Width-1:0] data;
  logic [511:0] window_low, window_high;
  logic [255:0] prefix_low;
  logic [383:0] prefix_high;
  egress_queue #(
      .Depth(Depth),
      .Width(Width)
  ) dut (
      .clk_i,
      .rst_i,
      .wide_valid_i,
      .wide_parts_i,
      .window_i({511'd0, wide_i[1], 511'd0, wide_i[0]}),
      .prefix_i({383'd0, wide_i[3], 255'd0, wide_i[2]}),
      .valid_i,
      .data_i,
      .empty_o(empty),
      .data_o(data),
      .window_low_o(window_low),
      .window_high_o(window_high),
      .prefix_low_o(prefix_low),
      .prefix_high_o(prefix_high),
      .pop_i
  );

  // Numbers modulo 8: wide parts, small parts, and packets that left.
  logic [2:0] wide_q, small_q, out_q, watched_q, in_flight;
  (* anyconst *) logic [2:0] watched;
  assign in_flight = wide_q - out_q;
  assign watched_q = watched;
  always_ff @(posedge clk_i) begin
    wide_q <= rst_i ? '0 : wide_q + 3'(wide_valid_i);
    small_q <= rst_i ? '0 : small_q + 3'(valid_i);
    out_q <= rst_i ? '0 : out_q + 3'(pop_i);
  end
  `PROOF_ASSUME(NotMoreThanDepth, !wide_valid_i || 32'(in_flight) < Depth)
  `PROOF_ASSUME(WidePartFirst, !valid_i || small_q != wide_q)
  `PROOF_ASSUME(NoPopWhenEmpty, !pop_i || !empty)

  logic seen_q;
  logic [3:0] parts_q, marks_q;
  logic [Width-1:0] data_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) seen_q <= 1'b0;
    else if (wide_valid_i && wide_q == watched_q) seen_q <= 1'b1;
    if (wide_valid_i && wide_q == watched_q) begin
      parts_q <= wide_parts_i;
      marks_q <= wide_i;
    end
    if (valid_i && small_q == watched_q) data_q <= data_i;
  end
  logic head;
  assign head = !empty && out_q == watched_q && seen_q;
  `SLUICE_ASSERT(NothingFromNothing, empty || small_q != out_q)
  `SLUICE_ASSERT(OwnData, !head || data == data_q)
  `SLUICE_ASSERT(OwnWindow, !head || ((!parts_q[0] || window_low[0] == marks_q[0]) &&
                 (!parts_q[1] || window_high[0] == marks_q[1])))
  `SLUICE_ASSERT(OwnPrefix, !head || ((!parts_q[2] || prefix_low[0] == marks_q[2]) &&
                 (!parts_q[3] || prefix_high[0] == marks_q[3])))

  // A complete packet is at the head after two cycles.
  logic [1:0] idle_q;
  always_ff @(posedge clk_i) idle_q <= (rst_i || small_q == out_q || !empty || pop_i) ? 2'd0 : idle_q + 2'd1;
  `SLUICE_ASSERT(HeadComes, idle_q < 2'd2)

  `PROOF_COVER(cover_head_with_others_behind, head && parts_q == 4'hf && marks_q == 4'h5 && in_flight == 3'd4 && pop_i)
  `PROOF_COVER(cover_empty_again, empty && out_q == 3'd2 && small_q == 3'd2)

  logic unused;
  assign unused = &{1'b0, window_low, window_high, prefix_low, prefix_high};

endmodule
