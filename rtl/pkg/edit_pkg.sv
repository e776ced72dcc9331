// SPDX-License-Identifier: Apache-2.0
//
// Incremental checksums (RFC 1624, equation 3: HC' = ~(~HC + ~m + m')) and what else the stages of edit share.
//
// One's-complement sums do not care for byte order, so all words are taken as they stand in memory. A *change* is the
// plain sum of the halfwords of ~m and m' over what changes, so that synthesis makes one carry-save tree of all of it; it
// is folded once, in update(). Adding 0xffff to a change alters nothing as long as the sum is not 0. Results are
// 0..0xfffe (0xffff only for a sum of 0).

// A module uses what it needs of a shared package, never all of it.
/* verilator lint_off UNUSEDPARAM */
package edit_pkg;

  localparam int unsigned RULING_W = 14;  // {cause, reason, verdict} as in the low bits of routed_t
  localparam int unsigned CHANGE_W = 23;  // up to 128 halfwords
  localparam int unsigned TUNNEL_BYTES = 52;  // IPv6, UDP, GUE

  // The carry out of the sum comes back in; both sums are ready by then. `udp`: a result of 0 is
  // written 0xffff, so a sum of 0xffff counts as one that carries.
  function automatic [15:0] fold(input [CHANGE_W-1:0] sum, input udp);
    logic [16:0] plain;
    logic [16:0] carried;
    plain = {1'd0, sum[15:0]} + {10'd0, sum[22:16]};
    carried = {1'd0, sum[15:0]} + {10'd0, sum[22:16]} + 17'd1;
    fold = (udp ? carried[16] : plain[16]) ? carried[15:0] : plain[15:0];
  endfunction

  // `sum`: ~HC and changes.
  function automatic [15:0] update(input [CHANGE_W-1:0] sum, input udp);
    update = ~fold(sum, udp);
  endfunction

  function automatic [CHANGE_W-1:0] sum16(input [15:0] word);
    sum16 = {7'd0, word};
  endfunction

  function automatic [CHANGE_W-1:0] sum32(input [31:0] words);
    sum32 = sum16(words[15:0]) + sum16(words[31:16]);
  endfunction

  function automatic [CHANGE_W-1:0] sum64(input [63:0] words);
    sum64 = sum32(words[31:0]) + sum32(words[63:32]);
  endfunction

  function automatic [CHANGE_W-1:0] sum128(input [127:0] words);
    sum128 = sum64(words[63:0]) + sum64(words[127:64]);
  endfunction

  function automatic [CHANGE_W-1:0] change16(input [15:0] old, input [15:0] fresh);
    change16 = sum16(~old) + sum16(fresh);
  endfunction

  function automatic [CHANGE_W-1:0] change32(input [31:0] old, input [31:0] fresh);
    change32 = sum32(~old) + sum32(fresh);
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
