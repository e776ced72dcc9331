// SPDX-License-Identifier: Apache-2.0
//
// police_bucket and prim_bucket_take: what passes in any stretch of time is at most rate x time + burst, also when packets of
// one bucket follow one another in successive cycles.
//
// `budget_q` is what the watched bucket may have left: it grows by rate x elapsed and shrinks by each cost taken. That
// the state in the module never exceeds it, and that costs are taken only from what is there, is the bound: over a
// stretch of tests the costs are at most the budget at its start, which is at most the burst, plus what was earned.
`include "proof.svh"

module police_bucket_proof #(
    parameter int unsigned Rows = 2
) (
    input logic clk_i,
    input logic rst_i,
    input logic read_i,
    input logic row_i,
    input logic [2:0] cost_i,
    input logic [1:0] step_i,
    input logic charge_i
);

  `PROOF_BEGIN

  // One configuration, any; what is read is used in the next cycle and tested two cycles later.
  (* anyconst *) logic [1:0] rate;
  (* anyconst *) logic [1:0] burst;
  (* anyconst *) logic row;
  logic use_q1, use_q2, use_q3, row_q1, row_q2, row_q3, pass;
  logic [4:0] now_q, now_q2, now_q3;
  logic [2:0] cost_q2, cost_q3;
  always_ff @(posedge clk_i) begin
    use_q1 <= read_i && !rst_i;
    use_q2 <= use_q1 && !rst_i;
    use_q3 <= use_q2 && !rst_i;
    if (read_i) row_q1 <= row_i;
    {row_q2, now_q2, cost_q2} <= {row_q1, now_q, cost_i};
    {row_q3, now_q3, cost_q3} <= {row_q2, now_q2, cost_q2};
    now_q <= rst_i ? 5'd1 : now_q + 5'(step_i);
  end
  // Rates of 2^22 units: a token takes four ticks at rate 1. Time does not wrap.
  always_comb assume (rate != 2'd0);
  `PROOF_ASSUME(TimeGoesOn, now_q < 5'd28)

  police_bucket #(
      .Rows(Rows)
  ) dut (
      .clk_i,
      .rst_i,
      .read_i,
      .row_i,
      .use_i(use_q1),
      .rate_i({16'd0, rate, 22'd0}),
      .burst_i({30'd0, burst}),
      .cost_i({11'd0, cost_i}),
      .now_tick_i({49'd0, now_q}),
      .charge_i(charge_i && pass),
      .pass_o(pass)
  );

  // In quarters of a token, like the rate.
  logic known_q;
  logic [4:0] last_q;
  logic [7:0] budget_q, earned, before;
  logic tests;
  assign tests = use_q3 && row_q3 == row;
  assign earned = {6'd0, rate} * {3'd0, now_q3 - last_q};
  assign before = (!known_q || budget_q + earned > {4'd0, burst, 2'd0}) ? {4'd0, burst, 2'd0} : budget_q + earned;
  always_ff @(posedge clk_i) begin
    if (rst_i) known_q <= 1'b0;
    else if (tests) known_q <= 1'b1;
    if (tests) begin
      last_q <= now_q3;
      budget_q <= before - ((charge_i && pass) ? {3'd0, cost_q3, 2'd0} : 8'd0);
    end
  end

  // The bound itself: what was spent since some test, any, and what it has earned in that time.
  (* anyseq *) logic watch;
  logic watched_q, watches;
  logic [4:0] since_q, time_since;
  logic [7:0] spent_q, spent;
  assign watches = watched_q || watch;
  assign spent = (watched_q ? spent_q : 8'd0) + ((charge_i && pass) ? {3'd0, cost_q3, 2'd0} : 8'd0);
  assign time_since = watched_q ? now_q3 - since_q : 5'd0;
  always_ff @(posedge clk_i) begin
    if (rst_i) watched_q <= 1'b0;
    else if (tests) watched_q <= watches;
    if (tests) spent_q <= spent;
    if (tests && !watched_q) since_q <= now_q3;
  end
  `SLUICE_ASSERT(RateTimesTimePlusBurst,
                 !tests || !watches || spent <= {4'd0, burst, 2'd0} + {6'd0, rate} * {3'd0, time_since})

  `SLUICE_ASSERT(NeverMoreThanTheBudget, !tests || !pass || {3'd0, cost_q3, 2'd0} <= before)
  `SLUICE_ASSERT(NeverMoreThanTheBurst, !tests || !pass || {1'b0, cost_q3} <= {2'd0, burst})

  `PROOF_COVER(cover_all_spent, tests && watched_q && time_since == 5'd2 && charge_i && pass && rate == 2'd2 &&
               burst == 2'd2 && spent == 8'd12)
  `PROOF_COVER(cover_passes, tests && known_q && pass && charge_i && cost_q3 != '0 && rate == 2'd1)
  `PROOF_COVER(cover_refused_then_earned, tests && known_q && !pass && earned != '0 && budget_q != '0)
  `PROOF_COVER(cover_in_successive_cycles, tests && known_q && use_q2 && row_q2 == row && now_q3 == last_q)

endmodule
