// SPDX-License-Identifier: Apache-2.0
//
// small_emit: each job becomes one frame of its length, or none; all of its beats are read or freed, once each, in order.
//
// Whatever the rewriting puts into the beats (it is taken out).
`include "proof.svh"

module small_emit_proof (
    input logic clk_i,
    input logic rst_i,
    input logic [47:0] mac_i,
    input logic job_valid_i,
    input small_pkg::job_t job_i,
    input logic [63:0] beat_i,
    input logic tready_i
);

  `PROOF_BEGIN

  logic job_ready, read, free_valid, tvalid, tlast;
  logic [7:0] read_address;
  logic [8:0] free;
  logic [63:0] tdata;
  logic [7:0] tkeep;
  logic [2:0] tdest;
  small_emit dut (
      .clk_i,
      .rst_i,
      .mac_i,
      .job_valid_i,
      .job_i,
      .job_ready_o   (job_ready),
      .read_o        (read),
      .read_address_o(read_address),
      .beat_i,
      .free_valid_o  (free_valid),
      .free_o        (free),
      .m_axis_tdata_o (tdata),
      .m_axis_tkeep_o (tkeep),
      .m_axis_tvalid_o(tvalid),
      .m_axis_tlast_o (tlast),
      .m_axis_tdest_o (tdest),
      .m_axis_tready_i(tready_i)
  );

  // Frames of 1 to 4 beats out. One that is sent as it came has as many in; one that is rewritten may have padding behind it
  // that goes, and has one less at most, if a tag comes.
  logic [2:0] wanted;
  logic tag_comes;
  assign wanted = job_i.out_len[5:3] + 3'(job_i.out_len[2:0] != '0);
  assign tag_comes = job_i.vlan_tagged && !job_i.has_tag;
  `PROOF_ASSUME(ShortFrames, job_i.out_len != '0 && job_i.out_len <= 14'd32 && job_i.beats <= 9'd5)
  `PROOF_ASSUME(AsItCame, !job_i.raw || job_i.beats == 9'(wanted))
  `PROOF_ASSUME(Rewritten, job_i.raw || !job_i.send || job_i.beats + 9'(tag_comes) >= 9'(wanted))

  // The job at hand.
  logic busy_q;
  small_pkg::job_t job_q;
  logic [2:0] wanted_q, sent_q;
  logic [8:0] base_q;  // its first beat in the packet buffer
  logic done;
  assign done = busy_q && job_ready;
  always_ff @(posedge clk_i) begin
    if (rst_i) busy_q <= 1'b0;
    else if (job_valid_i && job_ready) busy_q <= 1'b1;
    else if (job_ready) busy_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (job_valid_i && job_ready) begin
      job_q <= job_i;
      wanted_q <= wanted;
    end
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) base_q <= '0;
    else if (done) base_q <= base_q + job_q.beats;
  end
  logic taken;
  assign taken = tvalid && tready_i;
  always_ff @(posedge clk_i) begin
    if (rst_i || job_ready) sent_q <= '0;
    else sent_q <= sent_q + 3'(taken);
  end
  // free_o is the first beat that is still needed.
  logic [8:0] freed_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) freed_q <= '0;
    else if (free_valid) freed_q <= free;
  end

  logic [2:0] silent_q;  // clocks without a beat since the last one, if there is one to come
  always_ff @(posedge clk_i) begin
    if (rst_i || tvalid || sent_q == '0 || job_ready) silent_q <= '0;
    else if (silent_q != '1) silent_q <= silent_q + 3'd1;
  end

  logic past_refused;
  logic [75:0] past_beat;
  always_ff @(posedge clk_i) begin
    past_refused <= !rst_i && tvalid && !tready_i;
    past_beat <= {tdest, tlast, tkeep, tdata};
  end

  logic [7:0] last_keep;
  assign last_keep = job_q.out_len[2:0] == '0 ? 8'hff : 8'hff >> (4'd8 - 4'(job_q.out_len[2:0]));

  `SLUICE_ASSERT(BeatOfAJob, !tvalid || (busy_q && !job_ready && job_q.send))
  `SLUICE_ASSERT(NotMoreThanItsBeats, !tvalid || sent_q < wanted_q)
  `SLUICE_ASSERT(LastIsTheLast, !tvalid || tlast == (sent_q + 3'd1 == wanted_q))
  `SLUICE_ASSERT(ItsLength, !tvalid || tkeep == (tlast ? last_keep : 8'hff))
  `SLUICE_ASSERT(ItsPort, !tvalid || tdest == job_q.port)
  `SLUICE_ASSERT(WholeFrame, !done || sent_q == (job_q.send ? wanted_q : 3'd0))
  `SLUICE_ASSERT(NextBeatComes, silent_q < 3'd4)
  `SLUICE_ASSERT(BeatStands, !past_refused || (tvalid && past_beat == {tdest, tlast, tkeep, tdata}))
  `SLUICE_ASSERT(ReadsItsOwn, !read || (busy_q && 8'(read_address - base_q[7:0]) <= 8'(job_q.beats)))
  `SLUICE_ASSERT(FreesItsOwn, !free_valid || (busy_q && 9'(free - freed_q) <= job_q.beats && 9'(free - base_q) <= job_q.beats))
  `SLUICE_ASSERT(FreesAllOfIt, !done || freed_q == base_q + job_q.beats)

  `PROOF_COVER(cover_refused, past_refused && tready_i && tlast)
  `PROOF_COVER(cover_three_beats_raw, done && job_q.raw && sent_q == 3'd3)
  `PROOF_COVER(cover_tag_added, done && job_q.send && !job_q.raw && job_q.vlan_tagged && !job_q.has_tag)
  `PROOF_COVER(cover_tag_removed, done && job_q.send && !job_q.raw && !job_q.vlan_tagged && job_q.has_tag)
  `PROOF_COVER(cover_discarded, done && !job_q.send && job_q.beats != '0)

endmodule
