// SPDX-License-Identifier: Apache-2.0
//
// egress_emit: every packet has one result, its own; it leaves as one frame of its length exactly if it is not dropped; and
// it takes its own beats of the body FIFO, no more and no less.
//
// Packets are counted as they leave the queue, frames and results as they go out. Bytes are not looked at.
`include "proof.svh"

module egress_emit_proof #(
    parameter int unsigned DataWidth = 64
) (
    input logic clk_i,
    input logic rst_i,
    input logic empty_i,
    input logic body_empty_i
);

  `PROOF_BEGIN

  // The packet at the head: any, and it stands until it is done. `first`: it has just come.
  (* anyseq *) logic [5:0] in_len_above;
  (* anyseq *) logic [7:0] out_len;
  (* anyseq *) logic [6:0] strip;
  (* anyseq *) logic [6:0] prefix_len;
  (* anyseq *) logic drops;
  (* anyseq *) logic long;
  (* anyseq *) logic [1:0] mark;
  logic done, at_head_q;
  logic [23:0] head, head_q;
  assign head = {in_len_above, out_len, drops, long, mark, 6'd0};
  sluice_pkg::result_t result, result_out;
  logic [13:0] in_len;
  assign in_len = long ? 14'd128 + {8'd0, in_len_above} : 14'd60 + {8'd0, in_len_above};
  always_comb begin
    result = '0;
    result.in_len = in_len;
    result.out_len = {6'd0, out_len};
    result.verdict = drops ? sluice_pkg::VERDICT_DROP : sluice_pkg::VERDICT_FORWARD;
    result.out_port = {1'b0, mark};
  end
  logic [13:0] heads_q, heads;
  assign heads = {strip, prefix_len};
  always_ff @(posedge clk_i) begin
    at_head_q <= !rst_i && !empty_i && !done;
    head_q <= head;
    heads_q <= heads;
  end
  `PROOF_ASSUME(HeadStands, !at_head_q || (!empty_i && head == head_q && heads == heads_q))
  // Prefix and rest of the frame: out_len bytes are there.
  `PROOF_ASSUME(LengthsAgree, empty_i || drops || (out_len != '0 && strip <= 7'd64 && prefix_len <= 7'd64 &&
                {6'd0, out_len} + {7'd0, strip} <= in_len + {7'd0, prefix_len}))

  logic pop, tvalid, tlast, result_valid;
  logic [2:0] tdest;
  logic [DataWidth/8-1:0] tkeep;
  logic [DataWidth-1:0] tdata;
  egress_pkg::plan_t plan;
  egress_plan #(
      .DataWidth(DataWidth)
  ) u_plan (
      .in_len_i(result.in_len),
      .out_len_i(result.out_len),
      .strip_i(strip),
      .prefix_len_i(prefix_len),
      .plan_o(plan)
  );
  egress_emit #(
      .DataWidth(DataWidth)
  ) dut (
      .clk_i,
      .rst_i,
      .empty_i,
      .result_i(result),
      .plan_i(plan),
      .prefix_len_i(prefix_len),
      .window_low_i('0),
      .window_high_i('0),
      .prefix_low_i('0),
      .prefix_high_i('0),
      .done_o(done),
      .body_empty_i,
      .body_i('0),
      .body_pop_o(pop),
      .m_axis_tvalid_o(tvalid),
      .m_axis_tlast_o(tlast),
      .m_axis_tdest_o(tdest),
      .m_axis_tkeep_o(tkeep),
      .m_axis_tdata_o(tdata),
      .result_valid_o(result_valid),
      .result_o(result_out)
  );

  // Of the packet at the head: results and beats so far, those of the last cycle included (they are registered).
  logic [5:0] beats_q, beats, body_q, body, body_all, beats_all;
  logic results_q, results;
  assign results = results_q || result_valid;
  assign beats = beats_q + 6'(tvalid);
  assign body_all = long ? 6'((in_len - 14'd128 + 14'd7) >> 3) : 6'd0;
  assign beats_all = 6'(({1'b0, out_len} + 9'd7) >> 3);
  assign body = body_q + 6'(pop);
  // What is known of the packet that was at the head in the cycle before.
  logic was_q, done_q, drops_q;
  logic [5:0] beats_all_q;
  logic [7:0] out_len_q;
  logic [1:0] mark_q;
  logic [13:0] in_len_q;
  always_ff @(posedge clk_i) begin
    was_q <= !rst_i && !empty_i;
    done_q <= !rst_i && done;
    if (!empty_i) begin
      drops_q <= drops;
      beats_all_q <= beats_all;
      out_len_q <= out_len;
      mark_q <= mark;
      in_len_q <= in_len;
    end
    if (rst_i || done_q) begin
      beats_q <= '0;
      results_q <= 1'b0;
    end else begin
      beats_q <= beats;
      results_q <= results_q || result_valid;
    end
    if (rst_i || done) body_q <= '0;
    else body_q <= body;
  end

  `SLUICE_ASSERT(OneResult, !done_q || results)
  `SLUICE_ASSERT(NotTwo, !result_valid || !results_q)
  `SLUICE_ASSERT(ResultOfAPacket, !result_valid || was_q)
  `SLUICE_ASSERT(ResultIsItsOwn, !result_valid || (result_out.in_len == in_len_q && result_out.out_len == {6'd0, out_len_q} &&
                 result_out.out_port == {1'b0, mark_q} && (result_out.verdict == sluice_pkg::VERDICT_DROP) == drops_q))
  `SLUICE_ASSERT(FrameWithItsResult, (tvalid && tlast) == (result_valid && !drops_q))
  `SLUICE_ASSERT(NothingOfADrop, !tvalid || (was_q && !drops_q))
  `SLUICE_ASSERT(AllBeats, !done_q || beats == (drops_q ? 6'd0 : beats_all_q))
  `SLUICE_ASSERT(LastBeatIsTheLast, !tvalid || tlast == (beats == beats_all_q))
  `SLUICE_ASSERT(BytesOfTheLastBeat, !tvalid || tkeep == ((!tlast || out_len_q[2:0] == 3'd0) ? 8'hff :
                 ~(8'hff << out_len_q[2:0])))
  `SLUICE_ASSERT(PortIsItsOwn, !tvalid || tdest == {1'b0, mark_q})
  `SLUICE_ASSERT(BodyIsItsOwn, empty_i ? !pop : body <= body_all)
  `SLUICE_ASSERT(BodyIsTaken, !done || body == body_all)
  `SLUICE_ASSERT(PopsWhatIsThere, !pop || !body_empty_i)

  `PROOF_COVER(cover_forwarded, done_q && !drops_q && beats == 6'd3)
  `PROOF_COVER(cover_left_over, done_q && !drops_q && !result_valid && results_q)
  `PROOF_COVER(cover_dropped_with_a_body, done_q && drops_q && result_valid && in_len_q > 14'd136)
  `PROOF_COVER(cover_back_to_back, done_q && result_valid && done)

  logic unused;
  assign unused = &{1'b0, tdata, result_out};

endmodule
