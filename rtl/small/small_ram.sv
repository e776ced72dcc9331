// SPDX-License-Identifier: Apache-2.0
//
// RAM with one write port and one read port, the shape of an iCE40 block RAM.
//
// rdata_o answers one cycle after ren_i and holds until the next. The user does not read a row in the cycle in which it
// is written, or takes whatever comes then (MayCollide): this spares the registers that would give the old row. Content
// at power-up is 0 in simulation and in an iCE40 bitstream; users that need zeros after a reset write them.
`include "prim_assert.svh"

module small_ram #(
    parameter int unsigned Width = 64,
    parameter int unsigned Depth = 256,
    parameter bit MayCollide = 1'b0,
    localparam int unsigned AddrW = $clog2(Depth)
) (
    input logic clk_i,
    input logic rst_i,

    input logic we_i,
    input logic [AddrW-1:0] waddr_i,
    input logic [Width-1:0] wdata_i,

    input logic ren_i,
    input logic [AddrW-1:0] raddr_i,
    output logic [Width-1:0] rdata_o
);

  logic [Width-1:0] memory[Depth];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < Depth; i++) memory[i] = '0;
  end
`endif

  always_ff @(posedge clk_i) begin
    if (we_i) memory[waddr_i] <= wdata_i;
  end

  logic collides;
  assign collides = ren_i && we_i && waddr_i == raddr_i;
  always_ff @(posedge clk_i) begin
    if (ren_i) rdata_o <= memory[raddr_i];
`ifndef SLUICE_SIM
    // Said so that Yosys understands it.
    if (collides) rdata_o <= 'x;
`endif
  end

  logic unused;
  assign unused = &{1'b0, rst_i, collides, MayCollide};

  `SLUICE_ASSERT(NoCollision, MayCollide || !collides)

endmodule
