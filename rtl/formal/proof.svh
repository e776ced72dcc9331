// SPDX-License-Identifier: Apache-2.0
//
// What every proof wrapper begins with.
//
// PROOF_BEGIN: the first cycle is a reset; later ones may come at any time. `started` is low before it.
// PROOF_ASSUME(name, cond): the environment keeps `cond` in every cycle out of reset.
// PROOF_COVER(name, cond): `cond` must be possible, or what is proven says nothing about it. `name` is a new signal.
// Assertions are those of prim_assert.svh: SLUICE_ASSERT.
`ifndef PROOF_SVH
`define PROOF_SVH

`include "prim_assert.svh"

`define PROOF_BEGIN \
  logic started; \
  initial started = 1'b0; \
  always_ff @(posedge clk_i) started <= 1'b1; \
  always_comb assume (started || rst_i);

`define PROOF_ASSUME(name, cond) \
  always_comb begin \
    if (!rst_i) assume (cond); \
  end

`define PROOF_COVER(name, cond) \
  (* keep *) logic name; \
  initial name = 1'b0; \
  always_ff @(posedge clk_i) name <= started && !rst_i && (cond);

`endif
