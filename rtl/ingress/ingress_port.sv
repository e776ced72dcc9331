// SPDX-License-Identifier: Apache-2.0
//
// Store and forward of one port, all but the beats themselves: where they go in the port's buffer, which frames are
// dropped, and the queue of the frames that are complete.
//
// Every beat of the port is taken (valid_i; there is no ready). The user writes it to the buffer at write_addr_o if
// room_o. In the cycle after its last beat a frame is judged, in the order ingress_error, runt, oversize,
// ingress_overload: it is either dropped, its beats forgotten, and reported on drop_* in that cycle; or it comes up in
// the queue (empty_o low, desc_o = {cpu_dest, length, stamp}) two cycles later. The user pops it together with the
// read of its first beat, and reads (read_i) all of its beats, in order, at read_addr_o.
// busy_o: there are complete frames of which beats are still to be read, or a frame is being judged.
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
    output logic room_o,
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

  // The frame that is coming in: what is known of it up to the beat before.
  logic in_frame_q;
  logic overload_q;
  logic [14:0] bytes_q;
  logic [63:0] stamp_q;
  logic [2:0] dest_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      in_frame_q <= 1'b0;
      overload_q <= 1'b0;
      bytes_q <= '0;
    end else if (valid_i) begin
      in_frame_q <= !last_i;
      overload_q <= !room_o && !last_i;
      bytes_q <= last_i ? 15'd0 : bytes_q[14] ? bytes_q : bytes_q + 15'(BeatBytes);
      if (!in_frame_q) begin
        stamp_q <= now_i;
        dest_q <= dest_i;
      end
    end
  end

  // The frame that ended in the cycle before.
  logic ended_q;
  logic bad_q;
  logic lost_q;
  logic [14:0] len_q;
  always_ff @(posedge clk_i) begin
    ended_q <= valid_i && last_i && !rst_i;
    if (valid_i && last_i) begin
      bad_q <= bad_i;
      lost_q <= !room_o;
      len_q <= bytes_q + 15'($countones(keep_i));
    end
  end

  logic [7:0] reason;
  logic dropped;
  always_comb begin
    reason = sluice_pkg::DROP_REASON_NONE;
    if (ended_q) begin
      if (bad_q) reason = sluice_pkg::DROP_REASON_INGRESS_ERROR;
      else if (len_q < {8'd0, min_frame_i}) reason = sluice_pkg::DROP_REASON_RUNT;
      else if (len_q > {1'b0, max_frame_i}) reason = sluice_pkg::DROP_REASON_OVERSIZE;
      else if (lost_q) reason = sluice_pkg::DROP_REASON_INGRESS_OVERLOAD;
    end
  end
  assign dropped = reason != sluice_pkg::DROP_REASON_NONE;
  assign drop_valid_o = dropped;
  assign drop_reason_o = reason;
  assign drop_len_o = len_q[14] ? 14'h3fff : len_q[13:0];
  assign drop_stamp_o = stamp_q;

  // The buffer. The pointers have one bit more than the address. start_q: first beat of the frame that is coming in,
  // or of the one that is judged; if that is dropped, the next frame starts there in its stead.
  logic [AddrW:0] write_q;
  logic [AddrW:0] start_q;
  logic [AddrW:0] read_q;
  logic [AddrW:0] next;
  logic frames_full;
  assign next = dropped ? start_q : write_q;
  assign room_o = !overload_q && !frames_full && next != {~read_q[AddrW], read_q[AddrW-1:0]};
  assign write_addr_o = next[AddrW-1:0];
  assign read_addr_o = read_q[AddrW-1:0];
  assign busy_o = ended_q || read_q != start_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) write_q <= '0;
    else if (valid_i && room_o) write_q <= next + (AddrW + 1)'(1);
    else if (dropped) write_q <= start_q;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) start_q <= '0;
    else if (ended_q && !dropped) start_q <= write_q;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) read_q <= '0;
    else if (read_i) read_q <= read_q + (AddrW + 1)'(1);
  end

  // Frames that are complete. A frame in the buffer has at least one beat, so the queue has room whenever the buffer
  // has, if it has a place for each beat.
  logic [$clog2(MaxFrames):0] frames;
  logic unused_full;
  prim_fifo #(
      .Width(81),
      .Depth(MaxFrames)
  ) u_frames (
      .clk_i,
      .rst_i,
      .push_i (ended_q && !dropped),
      .data_i ({dest_q, len_q[13:0], stamp_q}),
      .full_o (unused_full),
      .pop_i,
      .data_o (desc_o),
      .empty_o,
      .count_o(frames)
  );
  if (MaxFrames < BufferBeats) begin : gen_frames_limit
    assign frames_full = 32'(frames) + 32'(ended_q) >= MaxFrames;
  end else begin : gen_no_frames_limit
    logic unused_frames;
    assign unused_frames = ^frames;
    assign frames_full = 1'b0;
  end

  `SLUICE_ASSERT(FullBeatsBeforeTheLast, !valid_i || last_i || (&keep_i))
  `SLUICE_ASSERT(LastBeatHasBytes, !valid_i || !last_i || keep_i[0])
  `SLUICE_ASSERT(LastBeatHasNoGaps, !valid_i || (keep_i & (keep_i + BeatBytes'(1))) == '0)
  `SLUICE_ASSERT(ReadOnlyWhatIsComplete, !read_i || read_q != start_q)
  `SLUICE_ASSERT(PopReadsFirstBeat, !pop_i || read_i)

endmodule
