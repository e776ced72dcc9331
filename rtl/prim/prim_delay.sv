// SPDX-License-Identifier: Apache-2.0
//
// Fixed delay: {valid_i, data_i} comes out as {valid_o, data_o} exactly Cycles clocks later, Cycles 1 to 64.
//
// LATENCY = Cycles. Takes a value in every cycle. The data waits in a circular RAM that is written only when valid_i
// and read only for a valid output, so that a wide delay costs as much as it is used. data_o holds its value between
// outputs and is undefined before the first. Reset forgets what is on its way.
`include "prim_assert.svh"

module prim_delay #(
    parameter int unsigned Width = 32,
    parameter int unsigned Cycles = 2
) (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input logic [Width-1:0] data_i,

    output logic valid_o,
    output logic [Width-1:0] data_o
);

  localparam int unsigned LATENCY = Cycles;

  if (Cycles < 1 || Cycles > 64) begin : gen_cycles_check
    $fatal(1, "prim_delay: Cycles must be 1 to 64");
  end

  if (Cycles == 1) begin : gen_register

    always_ff @(posedge clk_i) begin
      valid_o <= valid_i && !rst_i;
      if (valid_i) data_o <= data_i;
    end

  end else begin : gen_ram

    // Bit k: the value of k + 1 cycles ago was valid.
    logic [LATENCY-1:0] valid_q;
    always_ff @(posedge clk_i) begin
      if (rst_i) valid_q <= '0;
      else valid_q <= {valid_q[LATENCY-2:0], valid_i};
    end
    assign valid_o = valid_q[LATENCY-1];

    // The pointers move with the values, not with the clock: at most Cycles - 1 values are in the RAM.
    localparam int unsigned AddrW = $clog2(LATENCY);
    logic [Width-1:0] memory[1 << AddrW];
    logic [AddrW-1:0] write_q;
    logic [AddrW-1:0] read_q;

    always_ff @(posedge clk_i) begin
      if (rst_i) write_q <= '0;
      else if (valid_i) write_q <= write_q + AddrW'(1);
    end

    always_ff @(posedge clk_i) begin
      if (valid_i) memory[write_q] <= data_i;
    end

    always_ff @(posedge clk_i) begin
      if (rst_i) read_q <= '0;
      else if (valid_q[LATENCY-2]) read_q <= read_q + AddrW'(1);
    end

    always_ff @(posedge clk_i) begin
      if (valid_q[LATENCY-2]) data_o <= memory[read_q];
    end

    `SLUICE_ASSERT(NeverSameRow, !valid_i || !valid_q[LATENCY-2] || write_q != read_q)

  end

endmodule
