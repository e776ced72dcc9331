// SPDX-License-Identifier: Apache-2.0
//
// One token bucket: refill to `now`, test, charge (docs/data-plane.md, section 6). Combinational.
//
// Tokens count in units of 2^-24 token; cost_i and burst_i are in whole tokens, rate_i is in units per rate tick.
// pass_o: the bucket, refilled, holds the cost. refilled_o: tokens after the refill. tokens_o: after the refill and, if
// it passes, the charge. The caller writes back one of the two and now_tick_i as the new `last`.
// Rate 0 (no limit): passes, both outputs are tokens_i, and the caller writes nothing.
// Any state whatever is safe: the refill never leaves more than the burst.
module prim_bucket (
    input logic [39:0] rate_i,
    input logic [31:0] burst_i,
    input logic [13:0] cost_i,
    input logic [53:0] now_tick_i,
    input logic [63:0] tokens_i,
    input logic [53:0] last_i,

    output logic pass_o,
    output logic [63:0] tokens_o,
    output logic [63:0] refilled_o
);

  logic [53:0] elapsed;
  logic [63:0] full;
  logic [63:0] cost;
  logic [63:0] earned;
  logic [63:0] sum;

  always_comb begin
    elapsed = '0;
    full = '0;
    cost = '0;
    earned = '0;
    sum = '0;
    pass_o = 1'b1;
    refilled_o = tokens_i;
    tokens_o = tokens_i;
    if (rate_i != '0) begin
      elapsed = now_tick_i - last_i;
      full = {8'd0, burst_i, 24'd0};
      cost = {26'd0, cost_i, 24'd0};
      // Below 2^64, as elapsed counts only below 2^24; the sum may wrap once.
      earned = {40'd0, elapsed[23:0]} * {24'd0, rate_i};
      sum = tokens_i + earned;
      refilled_o = (last_i == '0 || elapsed[53:24] != '0 || sum < earned || sum > full) ? full : sum;
      pass_o = refilled_o >= cost;
      tokens_o = pass_o ? refilled_o - cost : refilled_o;
    end
  end

endmodule
