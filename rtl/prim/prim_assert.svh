// SPDX-License-Identifier: Apache-2.0
//
// SLUICE_ASSERT(name, cond): `cond` holds at every rising edge of clk_i at which rst_i is low.
//
// Written once per property, as an immediate assertion in a clocked block: Verilator checks it in every simulation
// (SLUICE_SIM), yosys-smtbmc proves the same text (FORMAL, defined by `read_verilog -formal`), synthesis sees nothing.
// The module needs clk_i and rst_i; `name` must be unique in it. `cond` sees register values from before the edge.
`ifndef PRIM_ASSERT_SVH
`define PRIM_ASSERT_SVH

`ifdef SLUICE_SIM
`define SLUICE_ASSERT_ON
`endif
`ifdef FORMAL
`define SLUICE_ASSERT_ON
`endif

`ifdef SLUICE_ASSERT_ON
`define SLUICE_ASSERT(name, cond) \
  always_ff @(posedge clk_i) begin \
    if (!rst_i) begin \
      name : assert (cond); \
    end \
  end
`else
`define SLUICE_ASSERT(name, cond)
`endif

`endif
