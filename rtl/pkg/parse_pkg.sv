// SPDX-License-Identifier: Apache-2.0
//
// What the stages of the parser have in common.
//
// A *ruling* is what a packet got so far: {cause, reason, verdict} as in the low bits of parsed_t, 0 = go on.

// A module uses what it needs of a shared package, never all of it.
/* verilator lint_off UNUSEDPARAM */
package parse_pkg;

  localparam int unsigned RULING_W = 14;

  // The window from the IP header on: 128 - 14 bytes (Yosys 0.23: a package cannot use another one's constants).
  // Behind VLAN tags it is shorter, and the last four or eight bytes are 0.
  localparam int unsigned L3_BYTES = 114;
  localparam int unsigned L3_W = 8 * L3_BYTES;

  localparam logic [7:0] PROTO_ICMP = 8'd1;
  localparam logic [7:0] PROTO_TCP = 8'd6;
  localparam logic [7:0] PROTO_UDP = 8'd17;
  localparam logic [7:0] PROTO_ICMPV6 = 8'd58;

  function automatic [RULING_W-1:0] drop(input [7:0] reason);
    drop = {sluice_pkg::PUNT_CAUSE_NONE, reason, sluice_pkg::VERDICT_DROP};
  endfunction

  function automatic [RULING_W-1:0] punt(input [3:0] cause);
    punt = {cause, sluice_pkg::DROP_REASON_NONE, sluice_pkg::VERDICT_PUNT};
  endfunction

endpackage
/* verilator lint_on UNUSEDPARAM */
