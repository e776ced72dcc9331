// SPDX-License-Identifier: Apache-2.0
//
// Store and forward of one port, all but the beats themselves: where they go in the port's buffer, which frames are
// dropped, and the queue of the frames that are complete.
//
// Every beat of the port is taken (valid_i; there is no ready). write_o says that it goes to the buffer at
// write_addr_o. With its last beat a frame is judged, in the order ingress_error, runt, oversize, ingress_overload: it
// is either dropped, its beats forgotten, and reported on drop_* one cycle after the last beat; or it comes up in the
// queue (empty_o low, desc_o = {cpu_dest, length, stamp}) three cycles after the last beat. The user pops it together
// with the read of its first beat, and reads (read_i) all of its beats, in order, at read_addr_o.
// busy_o: beats of complete frames are still to be read.
// A frame has room while a beat of the buffer is free and fewer than MaxFrames frames wait.
//
// The MAC fills all bytes of a beat that is not the last, and at least one, from byte 0 on, of the last. cpu_dest is
// taken with the first beat. Lengths of 16384 and more are reported as 16383, and are always oversize.
`include "prim_assert.svh"

module ingress_port #(
    parameter int unsigned DataWidth = 512,
    parameter int unsigned BufferBeats = 512,
    parameter int unsigned MaxFrames = BufferBeats,
    localparam int unsigned BeatBytes = DataWidth / 8,
    localparam int unsigned AddrW = $clog2(BufferBeats)
) (
    input logic clk_i,
    input logic rst_i,

    input logic [63:0] now_i,
    input logic [6:0] min_frame_i,
    input logic [13:0] max_frame_i,

    input logic valid_i,
    input logic last_i,
    input logic bad_i,
    input logic [BeatBytes-1:0] keep_i,
    input logic [2:0] dest_i,

    output logic write_o,
    output logic [AddrW-1:0] write_addr_o,

    output logic empty_o,
    output logic [80:0] desc_o,
    input logic pop_i,
    input logic read_i,
    output logic [AddrW-1:0] read_addr_o,
    output logic busy_o,

    output logic drop_valid_o,
    output logic [7:0] drop_reason_o,
    output logic [13:0] drop_len_o,
    output logic [63:0] drop_stamp_o
);

  if (MaxFrames > BufferBeats) begin : gen_frames_check
    $fatal(1, "ingress_port: MaxFrames must not be above BufferBeats");
  end

  // The first reason that holds.
  function automatic [7:0] judge(input bad, input [14:0] len, input [6:0] min_frame, input [13:0] max_frame,
                                 input overload);
    judge = sluice_pkg::DROP_REASON_NONE;
    if (bad) judge = sluice_pkg::DROP_REASON_INGRESS_ERROR;
    else if (len < {8'd0, min_frame}) judge = sluice_pkg::DROP_REASON_RUNT;
    else if (len > {1'b0, max_frame}) judge = sluice_pkg::DROP_REASON_OVERSIZE;
    else if (overload) judge = sluice_pkg::DROP_REASON_INGRESS_OVERLOAD;
  endfunction

  // The buffer's pointers have one bit more than the address. start_q: first beat of the frame that is coming in.
  logic [AddrW:0] write_q;
  logic [AddrW:0] start_q;
  logic [AddrW:0] read_q;
  logic in_frame_q;
  logic overload_q;
  logic overload;
  logic frames_full;
  assign overload = overload_q || frames_full || write_q == {~read_q[AddrW], read_q[AddrW-1:0]};
  assign write_o = valid_i && !overload;
  assign write_addr_o = write_q[AddrW-1:0];
  assign read_addr_o = read_q[AddrW-1:0];

  logic ends;
  logic [14:0] bytes_q;
  logic [14:0] len;
  logic [7:0] reason;
  assign ends = valid_i && last_i;
  always_comb begin
    len = '0;
    reason = sluice_pkg::DROP_REASON_NONE;
    if (ends) begin
      len = bytes_q + 15'($countones(keep_i));
      reason = judge(bad_i, len, min_frame_i, max_frame_i, overload);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      write_q <= '0;
      start_q <= '0;
    end else if (ends) begin
      write_q <= reason == sluice_pkg::DROP_REASON_NONE ? write_q + (AddrW + 1)'(1) : start_q;
      start_q <= reason == sluice_pkg::DROP_REASON_NONE ? write_q + (AddrW + 1)'(1) : start_q;
    end else if (write_o) begin
      write_q <= write_q + (AddrW + 1)'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      in_frame_q <= 1'b0;
      overload_q <= 1'b0;
      bytes_q <= '0;
    end else if (valid_i) begin
      in_frame_q <= !last_i;
      overload_q <= overload && !last_i;
      bytes_q <= last_i ? 15'd0 : bytes_q[14] ? bytes_q : bytes_q + 15'(BeatBytes);
    end
  end

  logic [63:0] stamp_q;
  logic [2:0] dest_q;
  always_ff @(posedge clk_i) begin
    if (valid_i && !in_frame_q) begin
      stamp_q <= now_i;
      dest_q <= dest_i;
    end
  end

  // The frame that ended in the cycle before.
  logic kept_q;
  logic dropped_q;
  logic [7:0] reason_q;
  logic [13:0] len_q;
  always_ff @(posedge clk_i) begin
    kept_q <= ends && reason == sluice_pkg::DROP_REASON_NONE && !rst_i;
    dropped_q <= ends && reason != sluice_pkg::DROP_REASON_NONE && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (ends) begin
      reason_q <= reason;
      len_q <= len[14] ? 14'h3fff : len[13:0];
    end
  end

  // A frame of one beat, one cycle after another, overwrites stamp_q only as it ends itself.
  assign drop_valid_o = dropped_q;
  assign drop_reason_o = reason_q;
  assign drop_len_o = len_q;
  assign drop_stamp_o = stamp_q;

  logic unused_full;
  logic [$clog2(MaxFrames):0] frames;
  prim_fifo #(
      .Width(81),
      .Depth(MaxFrames)
  ) u_frames (
      .clk_i,
      .rst_i,
      .push_i (kept_q),
      .data_i ({dest_q, len_q, stamp_q}),
      .full_o (unused_full),
      .pop_i,
      .data_o (desc_o),
      .empty_o,
      .count_o(frames)
  );
  assign frames_full = MaxFrames < BufferBeats &&
                       32'(frames) + 32'(kept_q) >= MaxFrames;

  always_ff @(posedge clk_i) begin
    if (rst_i) read_q <= '0;
    else if (read_i) read_q <= read_q + (AddrW + 1)'(1);
  end

  assign busy_o = read_q != start_q;

  `SLUICE_ASSERT(FullBeatsBeforeTheLast, !valid_i || last_i || (&keep_i))
  `SLUICE_ASSERT(LastBeatHasBytes, !ends || keep_i[0])
  `SLUICE_ASSERT(LastBeatHasNoGaps, !ends || (keep_i & (keep_i + BeatBytes'(1))) == '0)
  `SLUICE_ASSERT(ReadOnlyWhatIsComplete, !read_i || read_q != start_q)
  `SLUICE_ASSERT(PopReadsFirstBeat, !pop_i || read_i)

endmodule
