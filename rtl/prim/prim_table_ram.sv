// SPDX-License-Identifier: Apache-2.0
//
// RAM of a configuration table: one port for the CSR bus, one for the pipeline.
//
// Port A writes or reads, port B reads; each answers one cycle after its enable and holds its answer until the next.
// A write on A and a read of the same row on B in one cycle: B gets the old row. A write leaves a_rdata_o as it is.
// The user keeps addresses below Depth. Content at power-up is 0 in simulation and unknown in hardware.
module prim_table_ram #(
    parameter int unsigned Width = 32,
    parameter int unsigned Depth = 1024,
    localparam int unsigned AddrW = (Depth > 1) ? $clog2(Depth) : 1
) (
    input logic clk_i,

    input logic a_en_i,
    input logic a_we_i,
    input logic [AddrW-1:0] a_addr_i,
    input logic [Width-1:0] a_wdata_i,
    output logic [Width-1:0] a_rdata_o,

    input logic b_en_i,
    input logic [AddrW-1:0] b_addr_i,
    output logic [Width-1:0] b_rdata_o
);

  logic [Width-1:0] memory[Depth];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < Depth; i++) memory[i] = '0;
  end
`endif

  always_ff @(posedge clk_i) begin
    if (a_en_i && a_we_i) memory[a_addr_i] <= a_wdata_i;
  end

  always_ff @(posedge clk_i) begin
    if (a_en_i && !a_we_i) a_rdata_o <= memory[a_addr_i];
  end

  always_ff @(posedge clk_i) begin
    if (b_en_i) b_rdata_o <= memory[b_addr_i];
  end

endmodule
