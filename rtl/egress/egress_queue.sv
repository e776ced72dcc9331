// SPDX-License-Identifier: Apache-2.0
//
// Queue of the packets that wait for their turn on the egress bus, Depth of them: result, edits, header window.
//
// A packet comes in two parts: the wide one (window and prefix) with wide_valid_i and what is small with valid_i, one
// or more cycles later, in the same order. It is at the head (empty_o low) two cycles after its second part, and stays
// until pop_i; one packet in and out per cycle is sustained.
//
// Only the parts that emission will look at are stored and read: wide_parts_i = {prefix bytes 32 to 79, prefix bytes 0
// to 31, window bytes 64 to 127, window bytes 0 to 63}. What is left out is undefined at the head.
// The user never has more than Depth packets inside.
`include "prim_assert.svh"

module egress_queue #(
    parameter int unsigned Depth = 64,
    parameter int unsigned Width = 230
) (
    input logic clk_i,
    input logic rst_i,

    input logic wide_valid_i,
    input logic [3:0] wide_parts_i,
    input logic [1023:0] window_i,
    input logic [639:0] prefix_i,

    input logic valid_i,
    input logic [Width-1:0] data_i,

    output logic empty_o,
    output logic [Width-1:0] data_o,
    output logic [511:0] window_low_o,
    output logic [511:0] window_high_o,
    output logic [255:0] prefix_low_o,
    output logic [383:0] prefix_high_o,
    input logic pop_i
);

  localparam int unsigned AddrW = $clog2(Depth);

  if (Depth < 2 || (Depth & (Depth - 1)) != 0) begin : gen_depth_check
    $fatal(1, "egress_queue: Depth must be a power of two, at least 2");
  end

  // The wide part.
  logic [511:0] window_low[Depth];
  logic [511:0] window_high[Depth];
  logic [255:0] prefix_low[Depth];
  logic [383:0] prefix_high[Depth];
  logic [3:0] parts[Depth];
  logic [AddrW-1:0] wide_q;
  always_ff @(posedge clk_i) begin
    if (wide_valid_i) begin
      wide_q <= wide_q + AddrW'(1);
      parts[wide_q] <= wide_parts_i;
      if (wide_parts_i[0]) window_low[wide_q] <= window_i[511:0];
      if (wide_parts_i[1]) window_high[wide_q] <= window_i[1023:512];
      if (wide_parts_i[2]) prefix_low[wide_q] <= prefix_i[255:0];
      if (wide_parts_i[3]) prefix_high[wide_q] <= prefix_i[639:256];
    end
    if (rst_i) wide_q <= '0;
  end

  // The small part; it decides what is in the queue.
  logic [Width-1:0] data[Depth];
  logic [AddrW:0] write_q;
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      write_q <= write_q + (AddrW + 1)'(1);
      data[write_q[AddrW-1:0]] <= data_i;
    end
    if (rst_i) write_q <= '0;
  end

  // The head, fetched from read_q.
  logic [AddrW:0] read_q;
  logic head_q;
  logic fetch;
  logic [3:0] fetch_parts;
  assign fetch = write_q != read_q && (!head_q || pop_i);
  assign fetch_parts = parts[read_q[AddrW-1:0]];
  always_ff @(posedge clk_i) begin
    if (fetch) begin
      read_q <= read_q + (AddrW + 1)'(1);
      head_q <= 1'b1;
      data_o <= data[read_q[AddrW-1:0]];
      if (fetch_parts[0]) window_low_o <= window_low[read_q[AddrW-1:0]];
      if (fetch_parts[1]) window_high_o <= window_high[read_q[AddrW-1:0]];
      if (fetch_parts[2]) prefix_low_o <= prefix_low[read_q[AddrW-1:0]];
      if (fetch_parts[3]) prefix_high_o <= prefix_high[read_q[AddrW-1:0]];
    end else if (pop_i) begin
      head_q <= 1'b0;
    end
    if (rst_i) begin
      read_q <= '0;
      head_q <= 1'b0;
    end
  end
  assign empty_o = !head_q;

  `SLUICE_ASSERT(NeverOverfull, !valid_i || write_q - read_q != (AddrW + 1)'(Depth))
  `SLUICE_ASSERT(NoPopWhenEmpty, !pop_i || head_q)

endmodule
