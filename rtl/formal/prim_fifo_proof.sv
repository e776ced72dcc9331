// SPDX-License-Identifier: Apache-2.0
//
// prim_fifo: values come out in order, none lost, none twice, none changed; the head stands until it is taken.
//
// Against the history of pushes: the value pushed as number n (any n) is at the head exactly when n values were popped.
`include "proof.svh"

module prim_fifo_proof #(
    parameter int unsigned Width = 3,
    parameter int unsigned Depth = 4
) (
    input logic clk_i,
    input logic rst_i,
    input logic push_i,
    input logic [Width-1:0] data_i,
    input logic pop_i
);

  `PROOF_BEGIN

  logic full, empty;
  logic [Width-1:0] data;
  logic [$clog2(Depth):0] count;
  prim_fifo #(
      .Width(Width),
      .Depth(Depth)
  ) dut (
      .clk_i,
      .rst_i,
      .push_i,
      .data_i,
      .full_o(full),
      .pop_i,
      .data_o(data),
      .empty_o(empty),
      .count_o(count)
  );

  `PROOF_ASSUME(NoPushWhenFull, !(push_i && full))
  `PROOF_ASSUME(NoPopWhenEmpty, !(pop_i && empty))

  // One watched value: `before` others are ahead of it. The watch may start at any push.
  (* anyseq *) logic watch;
  logic watched_q;
  logic [$clog2(Depth):0] before_q;
  logic [Width-1:0] value_q;
  logic [$clog2(Depth):0] held_q;
  logic starts;
  assign starts = push_i && watch && !watched_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) held_q <= '0;
    else held_q <= held_q + ($clog2(Depth) + 1)'(push_i) - ($clog2(Depth) + 1)'(pop_i);
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) watched_q <= 1'b0;
    else if (starts) watched_q <= 1'b1;
    else if (pop_i && before_q == '0) watched_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (starts) begin
      value_q <= data_i;
      before_q <= held_q - ($clog2(Depth) + 1)'(pop_i);
    end else if (pop_i) begin
      before_q <= before_q - ($clog2(Depth) + 1)'(1);
    end
  end

  logic past_wait, past_reset;
  logic [Width-1:0] past_data;
  logic [2:0] idle_q;
  always_ff @(posedge clk_i) begin
    past_reset <= rst_i;
    past_wait <= !empty && !pop_i;
    past_data <= data;
    idle_q <= (rst_i || count == '0 || !empty) ? 3'd0 : idle_q + 3'd1;
  end

  `SLUICE_ASSERT(CountsWhatIsHeld, count == held_q)
  `SLUICE_ASSERT(FullAtDepth, full == (32'(held_q) == Depth))
  `SLUICE_ASSERT(NothingFromNothing, held_q != '0 || empty)
  `SLUICE_ASSERT(InOrderAndUnchanged, !watched_q || before_q != '0 || empty || data == value_q)
  `SLUICE_ASSERT(WatchedIsHeld, !watched_q || before_q < held_q)
  `SLUICE_ASSERT(HeadHeld, past_reset || !past_wait || (!empty && data == past_data))
  `SLUICE_ASSERT(HeadComes, idle_q < 3'd2)

  `PROOF_COVER(cover_full_and_popped, full && pop_i && watched_q)
  `PROOF_COVER(cover_watched_at_the_head, watched_q && !empty && before_q == '0 && held_q != '0 && pop_i)
  `PROOF_COVER(cover_push_with_pop, push_i && pop_i)

endmodule
