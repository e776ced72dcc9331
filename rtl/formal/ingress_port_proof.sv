// SPDX-License-Identifier: Apache-2.0
//
// ingress_port: every frame is dropped, with one reason, or comes out whole; no beat of a dropped frame is ever read.
//
// Frames are counted as they end, as they are dropped and as they are picked. One beat of one frame that is kept, any,
// is followed by its number among the beats that are kept.
`include "proof.svh"

module ingress_port_proof #(
    parameter int unsigned BufferBeats = 4,
    localparam int unsigned Ports = sluice_pkg::PORT_COUNT
) (
    input logic clk_i,
    input logic rst_i,
    input logic [15:0] tdata_i,
    input logic half_i,
    input logic tvalid_i,
    input logic tlast_i,
    input logic tuser_i,
    input logic pick_i,
    input logic read_i
);

  `PROOF_BEGIN

  // Beats of 2 bytes. A beat that is not the last is full.
  (* anyconst *) logic [2:0] min_frame;
  (* anyconst *) logic [2:0] max_frame;
  logic [1:0] tkeep;
  logic [2*Ports-1:0] all_tkeep;
  logic [16*Ports-1:0] all_tdata;
  assign tkeep = (tlast_i && half_i) ? 2'b01 : 2'b11;
  always_comb begin
    all_tkeep = '0;
    all_tdata = '0;
    all_tkeep[1:0] = tkeep;
    all_tdata[15:0] = tdata_i;
  end

  logic ready, drop;
  logic [7:0] reason;
  logic [13:0] drop_len;
  logic [63:0] drop_stamp;
  logic [15:0] beat;
  logic [sluice_pkg::INGRESS_META_NOW_LSB-1:0] desc;
  ingress_port #(
      .DataWidth(16),
      .BufferBeats(BufferBeats),
      .Port(0)
  ) dut (
      .clk_i,
      .rst_i,
      .now_i(64'd0),
      .min_frame_i({4'd0, min_frame}),
      .max_frame_i({11'd0, max_frame}),
      .s_axis_tdata_i(all_tdata),
      .s_axis_tkeep_i(all_tkeep),
      .s_axis_tvalid_i({{Ports - 1{1'b0}}, tvalid_i}),
      .s_axis_tlast_i({{Ports - 1{1'b0}}, tlast_i}),
      .s_axis_tuser_i({{Ports - 1{1'b0}}, tuser_i}),
      .s_axis_tdest_i('0),
      .ready_o(ready),
      .pick_i,
      .desc_o(desc),
      .read_i,
      .beat_o(beat),
      .drop_valid_o(drop),
      .drop_reason_o(reason),
      .drop_len_o(drop_len),
      .drop_stamp_o(drop_stamp)
  );

  // The frame that comes in, and the one that ended in the cycle before. Lengths to 15 are told apart.
  logic [3:0] bytes_q, len_q;
  logic ended_q, bad_q;
  logic [3:0] more;
  assign more = (bytes_q >= 4'd14) ? 4'd15 : bytes_q + (tkeep[1] ? 4'd2 : 4'd1);
  always_ff @(posedge clk_i) begin
    if (rst_i) bytes_q <= '0;
    else if (tvalid_i) bytes_q <= tlast_i ? '0 : more;
    ended_q <= tvalid_i && tlast_i && !rst_i;
    if (tvalid_i && tlast_i) begin
      bad_q <= tuser_i;
      len_q <= more;
    end
  end
  logic runt, oversize, kept;
  assign runt = len_q < {1'b0, min_frame};
  assign oversize = len_q > {1'b0, max_frame};
  assign kept = ended_q && !drop;

  `SLUICE_ASSERT(DropHasAReason, drop == (reason != sluice_pkg::DROP_REASON_NONE))
  `SLUICE_ASSERT(DropOfAFrame, !drop || ended_q)
  `SLUICE_ASSERT(ErrorFirst, (reason == sluice_pkg::DROP_REASON_INGRESS_ERROR) == (ended_q && bad_q))
  `SLUICE_ASSERT(RuntThen, (reason == sluice_pkg::DROP_REASON_RUNT) == (ended_q && !bad_q && runt))
  `SLUICE_ASSERT(OversizeThen, (reason == sluice_pkg::DROP_REASON_OVERSIZE) ==
                 (ended_q && !bad_q && !runt && oversize))
  `SLUICE_ASSERT(NoOtherReason, !drop || bad_q || runt || oversize ||
                 reason == sluice_pkg::DROP_REASON_INGRESS_OVERLOAD)
  `SLUICE_ASSERT(DropLength, !drop || len_q == 4'd15 || drop_len == {10'd0, len_q})

  // in = dropped + picked + waiting: what waits is offered, until the last of it is picked.
  logic [3:0] waiting_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) waiting_q <= '0;
    else waiting_q <= waiting_q + 4'(kept) - 4'(pick_i);
  end
  `PROOF_ASSUME(PickWhatIsReady, !pick_i || ready)
  `SLUICE_ASSERT(InIsDroppedPlusPickedPlusWaiting, ready == (waiting_q != '0) && 32'(waiting_q) <= BufferBeats)

  // Beats: those kept for good, those of the frame that comes in, those read.
  logic lost;
  logic [3:0] kept_q, coming_q, read_q, base, held;
  assign base = kept_q + (kept ? coming_q : 4'd0);
  assign held = base - read_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      kept_q <= '0;
      coming_q <= '0;
      read_q <= '0;
    end else begin
      kept_q <= base;
      coming_q <= (ended_q ? 4'd0 : coming_q) + 4'(tvalid_i && !lost);
      read_q <= read_q + 4'(read_i);
    end
  end
  // The user reads a frame once it was picked, all of it before it picks the next one.
  logic picked_q;
  logic [3:0] left_q, left;
  assign left = picked_q ? 4'((desc[9:6] + 4'd1) >> 1) : left_q;
  always_ff @(posedge clk_i) begin
    picked_q <= pick_i && !rst_i;
    left_q <= rst_i ? '0 : left - 4'(read_i);
  end
  `PROOF_ASSUME(ReadWhatIsPicked, !read_i || left != '0)
  `PROOF_ASSUME(PickWhenAllIsRead, !pick_i || left == 4'(read_i))
  `SLUICE_ASSERT(ReadWhatIsKept, !read_i || read_q != kept_q)

  // Overload exactly when a beat came and there was no room: kept and coming beats fill the buffer.
  logic lost_q, coming_full;
  logic [3:0] coming;
  assign coming = ended_q ? 4'd0 : coming_q;
  assign coming_full = 32'(held + coming) >= BufferBeats;
  assign lost = tvalid_i && (coming_full || (lost_q && !ended_q));
  always_ff @(posedge clk_i) begin
    if (rst_i) lost_q <= 1'b0;
    else if (tvalid_i) lost_q <= lost;
    else if (ended_q) lost_q <= 1'b0;
  end
  `SLUICE_ASSERT(OverloadOnlyWhenFull, (reason == sluice_pkg::DROP_REASON_INGRESS_OVERLOAD) ==
                 (ended_q && !bad_q && !runt && !oversize && lost_q))

  // One beat.
  (* anyseq *) logic watch;
  logic watched_q, sure_q, starts, past_hit;
  logic [3:0] number_q;
  logic [15:0] value_q;
  assign starts = watch && tvalid_i && !lost && !watched_q;
  always_ff @(posedge clk_i) begin
    past_hit <= !rst_i && read_i && watched_q && read_q == number_q;
    if (rst_i) watched_q <= 1'b0;
    else if (starts) watched_q <= 1'b1;
    else if ((!sure_q && drop) || (read_i && read_q == number_q)) watched_q <= 1'b0;
    if (rst_i || starts) sure_q <= 1'b0;
    else if (kept) sure_q <= 1'b1;
    if (starts) begin
      number_q <= base + coming;
      value_q <= tdata_i;
    end
  end
  `SLUICE_ASSERT(BeatsComeOutUnchanged, !past_hit || beat == value_q)

  `PROOF_COVER(cover_overload, reason == sluice_pkg::DROP_REASON_INGRESS_OVERLOAD)
  `PROOF_COVER(cover_kept_behind_a_drop, drop && tvalid_i && waiting_q != '0)
  `PROOF_COVER(cover_read_of_a_second_frame, past_hit && sure_q && number_q == 4'd2 && len_q == 4'd3)
  `PROOF_COVER(cover_buffer_full_of_frames, 32'(waiting_q) == BufferBeats)

  logic unused;
  assign unused = &{1'b0, desc, drop_stamp};

endmodule
