// SPDX-License-Identifier: Apache-2.0
//
// Synchronous FIFO in a RAM with one write and one synchronous read port, first word falls through.
//
// The oldest value is on data_o whenever empty_o is low; pop_i removes it. LATENCY: a value pushed into an empty FIFO
// is on data_o two cycles later; one push and one pop in every cycle are sustained, also when only few values are held.
// count_o counts all values held, those not yet on data_o included. The user does not push when full_o (count_o =
// Depth) and does not pop when empty_o; Depth is a power of two, at least 2. data_o is undefined while empty_o.
`include "prim_assert.svh"

module prim_fifo #(
    parameter int unsigned Width = 32,
    parameter int unsigned Depth = 16,
    localparam int unsigned AddrW = $clog2(Depth)
) (
    input logic clk_i,
    input logic rst_i,

    input logic push_i,
    input logic [Width-1:0] data_i,
    output logic full_o,

    input logic pop_i,
    output logic [Width-1:0] data_o,
    output logic empty_o,

    output logic [AddrW:0] count_o
);

  if (Depth < 2 || (Depth & (Depth - 1)) != 0) begin : gen_depth_check
    $fatal(1, "prim_fifo: Depth must be a power of two, at least 2");
  end

  // The pointers have one bit more than the address. The head register is fetched from read_q.
  logic [Width-1:0] memory[Depth];
  logic [AddrW:0] write_q;
  logic [AddrW:0] read_q;
  logic [AddrW:0] count_q;
  logic head_q;
  logic fetch;
  assign fetch = write_q != read_q && (!head_q || pop_i);

  always_ff @(posedge clk_i) begin
    if (rst_i) write_q <= '0;
    else if (push_i) write_q <= write_q + (AddrW + 1)'(1);
  end

  always_ff @(posedge clk_i) begin
    if (push_i) memory[write_q[AddrW-1:0]] <= data_i;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) read_q <= '0;
    else if (fetch) read_q <= read_q + (AddrW + 1)'(1);
  end

  always_ff @(posedge clk_i) begin
    if (fetch) data_o <= memory[read_q[AddrW-1:0]];
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) head_q <= 1'b0;
    else if (fetch) head_q <= 1'b1;
    else if (pop_i) head_q <= 1'b0;
  end
  assign empty_o = !head_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) count_q <= '0;
    else if (push_i != pop_i) count_q <= push_i ? count_q + (AddrW + 1)'(1) : count_q - (AddrW + 1)'(1);
  end
  assign count_o = count_q;
  assign full_o = count_q[AddrW];

  `SLUICE_ASSERT(NoPushWhenFull, !push_i || !full_o)
  `SLUICE_ASSERT(NoPopWhenEmpty, !pop_i || !empty_o)
  `SLUICE_ASSERT(CountIsExact, count_q == (write_q - read_q) + (AddrW + 1)'(head_q))

endmodule
