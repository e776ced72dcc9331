// SPDX-License-Identifier: Apache-2.0
//
// One token bucket: refill to `now`, test, charge (docs/data-plane.md, section 6). Combinational.
//
// Tokens count in units of 2^-24 token; cost_i and burst_i are in whole tokens, rate_i is in units per rate tick.
// pass_o: the bucket, refilled, holds the cost. refilled_o: tokens after the refill. tokens_o: after the refill and, if
// it passes, the charge. The caller writes back one of the two and now_tick_i as the new `last`.
// Rate 0 (no limit): passes, both outputs are tokens_i, and the caller writes nothing.
// Any state whatever is safe: the refill never leaves more than the burst.
// A multiplication and an addition in one clock: police_bucket does the same in steps where the clock is short.
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
  logic [63:0] earned;
  logic fresh;

  always_comb begin
    elapsed = '0;
    earned = '0;
    fresh = 1'b0;
    if (rate_i != '0) begin
      elapsed = now_tick_i - last_i;
      // Below 2^64, as elapsed counts only below 2^24.
      earned = {40'd0, elapsed[23:0]} * {24'd0, rate_i};
      fresh = last_i == '0 || elapsed[53:24] != '0 || tokens_i[63:56] != '0;
    end
  end

  logic pass;
  logic [55:0] charged, refilled;
  prim_bucket_take u_take (
      .fresh_i(fresh),
      .earned_i(earned),
      .burst_i,
      .cost_i,
      .tokens_i(tokens_i[55:0]),
      .pass_o(pass),
      .charged_o(charged),
      .refilled_o(refilled)
  );

  assign pass_o = rate_i == '0 || pass;
  assign refilled_o = (rate_i == '0) ? tokens_i : {8'd0, refilled};
  assign tokens_o = (rate_i == '0) ? tokens_i : {8'd0, charged};

endmodule
