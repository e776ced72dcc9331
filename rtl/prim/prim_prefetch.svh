// SPDX-License-Identifier: Apache-2.0
//
// SLUICE_PREFETCH(memory, row): the next cycle reads this row of this memory.
//
// Nothing in hardware, where a memory answers in its cycle whatever the row. A simulation on a processor waits some
// hundred instructions for a row of a large table that is in no cache; told a cycle before, it does not wait. Is a
// statement, to be put into an always_comb under the condition of the read. Has no effect on any value.
`ifndef PRIM_PREFETCH_SVH
`define PRIM_PREFETCH_SVH

`ifdef SLUICE_SIM
`define SLUICE_PREFETCH(memory, row) \
  $c("{ const auto& wanted = ", memory, "[", row, "]; __builtin_prefetch(&wanted); ", \
     "__builtin_prefetch(reinterpret_cast<const char*>(&wanted + 1) - 1); }");
`else
`define SLUICE_PREFETCH(memory, row)
`endif

`endif
