// SPDX-License-Identifier: Apache-2.0
//
// flow_bucket: the connections that pass in any stretch of time are at most rate x time + burst, also when packets of one
// bucket follow one another in successive cycles, charged or not, with packets of other buckets between them.
//
// `held_q` is the most that the watched bucket may hold: it grows by rate x elapsed, to the burst, and shrinks by each token.
`include "proof.svh"

module flow_bucket_proof #(
    parameter int unsigned Rows = 2
) (
    input logic clk_i,
    input logic rst_i,
    input logic read_i,
    input logic row_i,
    input logic limited_i,
    input logic [1:0] step_i,
    input logic charge_i
);

  `PROOF_BEGIN

  // One configuration, any; packets of rows without a limit in between.
  (* anyconst *) logic [1:0] rate;
  (* anyconst *) logic [1:0] burst;
  (* anyconst *) logic row;
  logic read2_q, read3_q, row2_q, row3_q, limited3_q, ok;
  logic [4:0] now_q, now3_q;
  always_ff @(posedge clk_i) begin
    read2_q <= read_i && !rst_i;
    read3_q <= read2_q && !rst_i;
    if (read_i) row2_q <= row_i;
    {row3_q, now3_q, limited3_q} <= {row2_q, now_q, limited_i};
    now_q <= rst_i ? 5'd1 : now_q + 5'(step_i);
  end
  // Rates of 2^22 units: a token takes four ticks at rate 1. Time does not wrap.
  always_comb assume (rate != 2'd0);
  `PROOF_ASSUME(TimeGoesOn, now_q < 5'd28)
  `PROOF_ASSUME(ChargedAfterRead, !charge_i || read3_q)

  flow_bucket #(
      .Rows(Rows)
  ) dut (
      .clk_i,
      .rst_i,
      .read_i,
      .row_i({11'd0, row_i}),
      .rate_i(limited_i ? {16'd0, rate, 22'd0} : 40'd0),
      .burst_i({30'd0, burst}),
      .tick_i({49'd0, now_q}),
      .charge_i,
      .ok_o(ok)
  );

  // In quarters of a token, like the rate.
  logic known_q, tests, pass;
  logic [4:0] last_q;
  logic [7:0] held_q, earned, before, full;
  assign full = {4'd0, burst, 2'd0};
  assign tests = read3_q && limited3_q && row3_q == row;
  assign earned = {6'd0, rate} * {3'd0, now3_q - last_q};
  assign before = (!known_q || held_q + earned > full) ? full : held_q + earned;
  assign pass = before >= 8'd4;
  always_ff @(posedge clk_i) begin
    if (rst_i) known_q <= 1'b0;
    else if (tests && charge_i) known_q <= 1'b1;
    if (tests && charge_i) begin
      last_q <= now3_q;
      held_q <= before - (ok ? 8'd4 : 8'd0);
    end
  end

  `SLUICE_ASSERT(NeverMoreThanItHolds, !tests || !ok || pass)
  `SLUICE_ASSERT(NeverMoreThanTheBurst, !tests || !ok || burst != 2'd0)
  `SLUICE_ASSERT(NoLimitPasses, !read3_q || limited3_q || ok)

  // The bound itself: what was spent since some test, any, and what it has earned in that time.
  (* anyseq *) logic watch;
  logic watched_q, watches, takes;
  logic [4:0] since_q, time_since;
  logic [7:0] spent_q, spent;
  assign takes = tests && charge_i && ok;
  assign watches = watched_q || watch;
  assign spent = (watched_q ? spent_q : 8'd0) + (takes ? 8'd4 : 8'd0);
  assign time_since = watched_q ? now3_q - since_q : 5'd0;
  always_ff @(posedge clk_i) begin
    if (rst_i) watched_q <= 1'b0;
    else if (tests) watched_q <= watches;
    if (tests) spent_q <= spent;
    if (tests && !watched_q) since_q <= now3_q;
  end
  `SLUICE_ASSERT(RateTimesTimePlusBurst, !tests || !watches || spent <= full + {6'd0, rate} * {3'd0, time_since})

  `PROOF_COVER(cover_in_successive_cycles, takes && known_q && read2_q && row2_q == row && now3_q == last_q)
  `PROOF_COVER(cover_refused_then_earned, tests && known_q && !ok && earned != '0 && held_q != '0)
  `PROOF_COVER(cover_passed_uncharged, tests && known_q && ok && !charge_i && earned == 8'd2)
  `PROOF_COVER(cover_all_spent, takes && watched_q && time_since == 5'd2 && rate == 2'd2 && burst == 2'd2 && spent == 8'd12)

endmodule
