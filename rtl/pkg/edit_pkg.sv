// SPDX-License-Identifier: Apache-2.0
//
// Incremental checksums (RFC 1624, equation 3: HC' = ~(~HC + ~m + m')) and what else the stages of edit share.
//
// One's-complement sums do not care for byte order, so all words are taken as they stand in memory. A *change* is the
// plain sum of ~m + m' over the words that change, taken 32 bits at a time; it is folded once, in update(). Adding
// 0xffff to a change alters nothing as long as the sum is not 0. Results are 0..0xfffe (0xffff only for a sum of 0).

// A module uses what it needs of a shared package, never all of it.
/* verilator lint_off UNUSEDPARAM */
package edit_pkg;

  localparam int unsigned RULING_W = 14;  // {cause, reason, verdict} as in the low bits of routed_t
  localparam int unsigned CHANGE_W = 40;
  localparam int unsigned TUNNEL_BYTES = 52;  // IPv6, UDP, GUE

  function automatic [15:0] fold(input [CHANGE_W-1:0] sum);
    logic [17:0] once;
    logic [16:0] twice;
    once = {2'd0, sum[15:0]} + {2'd0, sum[31:16]} + {10'd0, sum[39:32]};
    twice = {1'd0, once[15:0]} + {15'd0, once[17:16]};
    fold = twice[15:0] + {15'd0, twice[16]};
  endfunction

  function automatic [15:0] update(input [15:0] checksum, input [CHANGE_W-1:0] change);
    update = ~fold({24'd0, ~checksum} + change);
  endfunction

  function automatic [CHANGE_W-1:0] change16(input [15:0] old, input [15:0] fresh);
    change16 = {24'd0, ~old} + {24'd0, fresh};
  endfunction

  function automatic [CHANGE_W-1:0] change32(input [31:0] old, input [31:0] fresh);
    change32 = {8'd0, ~old} + {8'd0, fresh};
  endfunction

  function automatic [CHANGE_W-1:0] change64(input [63:0] old, input [63:0] fresh);
    change64 = {8'd0, ~old[31:0]} + {8'd0, fresh[31:0]} + {8'd0, ~old[63:32]} + {8'd0, fresh[63:32]};
  endfunction

  // Bytes of the tunnel header, 0 for modes without one; `v6`: the outer header is IPv6.
  function automatic [5:0] tunnel_len(input [2:0] mode, input v6);
    case (mode)
      sluice_pkg::VIRTUAL_MODE_IPIP: tunnel_len = v6 ? 6'd40 : 6'd20;
      sluice_pkg::VIRTUAL_MODE_GUE0: tunnel_len = v6 ? 6'd52 : 6'd32;
      sluice_pkg::VIRTUAL_MODE_GUE1: tunnel_len = v6 ? 6'd48 : 6'd28;
      default: tunnel_len = 6'd0;
    endcase
  endfunction

endpackage
/* verilator lint_on UNUSEDPARAM */
