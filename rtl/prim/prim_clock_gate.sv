// SPDX-License-Identifier: Apache-2.0
//
// Clock gate: clk_o has the pulses of clk_i whose rising edge finds en_i high.
//
// en_i may change at any time in the cycle but must be settled before clk_i rises; what it does while clk_i is high is
// ignored, so that clk_o never glitches. The user gates only what would not change state without the pulse: then a
// design works the same with gates that are always open.
//
// In simulation this is a latch and an AND. Synthesis and proofs see a wire (define SLUICE_CLOCK_GATES for the latch
// there, too, or put the gating cell of the target in its place).
`ifdef SLUICE_SIM
`define SLUICE_CLOCK_GATES
`endif

module prim_clock_gate (
    input  logic clk_i,
    input  logic en_i,
    output logic clk_o
);

`ifdef SLUICE_CLOCK_GATES
  logic en_q;
  always_latch begin
    if (!clk_i) en_q = en_i;
  end
  assign clk_o = clk_i && en_q;
`else
  logic unused;
  assign unused = en_i;
  assign clk_o = clk_i;
`endif

endmodule
