// SPDX-License-Identifier: Apache-2.0
//
// The second half of a token bucket: add what was earned, test, charge (docs/data-plane.md, section 6). Combinational.
//
// Tokens, earned_i and the outputs count in units of 2^-24 token; cost_i and burst_i are in whole tokens. fresh_i: the
// bucket is full whatever it held. pass_o: the bucket, refilled, holds the cost. refilled_o: tokens after the refill.
// charged_o: after the refill and, if it passes, the charge. All three additions stand beside each other, so that the
// tokens of one packet are ready for the next in one clock.
module prim_bucket_take (
    input logic fresh_i,
    input logic [63:0] earned_i,
    input logic [31:0] burst_i,
    input logic [13:0] cost_i,
    input logic [55:0] tokens_i,

    output logic pass_o,
    output logic [55:0] charged_o,
    output logic [55:0] refilled_o
);

  logic [57:0] full, cost, tokens, earned;
  logic [57:0] sum, spare, room, rest;  // the last three below 0: not enough, too much, a burst below the cost
  logic whole;
  assign full = {2'd0, burst_i, 24'd0};
  assign cost = {20'd0, cost_i, 24'd0};
  assign tokens = {2'd0, tokens_i};
  assign earned = {2'd0, earned_i[55:0]};

  assign sum = tokens + earned;
  assign spare = tokens + earned - cost;
  assign room = full - tokens - earned;
  assign rest = full - cost;
  // Tokens of 2^56 units and more are more than any burst.
  assign whole = fresh_i || earned_i[63:56] != '0 || room[57];

  assign pass_o = whole ? !rest[57] : !spare[57];
  assign refilled_o = whole ? full[55:0] : sum[55:0];
  assign charged_o = !pass_o ? refilled_o : whole ? rest[55:0] : spare[55:0];

  logic unused;
  assign unused = &{1'b0, sum[57:56], spare[56], room[56:0], rest[56]};

endmodule
