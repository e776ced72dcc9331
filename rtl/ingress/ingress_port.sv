// SPDX-License-Identifier: Apache-2.0
//
// Store and forward of port Port: its buffer, the rules by which frames are dropped, the queue of complete frames.
//
// Takes the bus of all ports and looks at its own part (a slice of a wide bus as a port costs a copy per cycle in
// simulation). Every beat is taken, there is no ready. In the cycle after its last beat a frame is judged, in the order
// ingress_error, runt, oversize, ingress_overload: it is either dropped, its beats forgotten, and reported on drop_* in
// that cycle; or it is in the queue of complete frames (ready_o) from the next cycle on. pick_i takes the first of
// them: in the next cycle, and until the next pick_i, desc_o is its part of ingress_meta_t below `now`, with bank 0.
// The user then reads (read_i) all of its beats, in order; beat_o is the beat read in the cycle before.
// A frame has room while a beat of the buffer is free and fewer than MaxFrames frames wait.
//
// The MAC fills all bytes of a beat that is not the last, and at least one, from byte 0 on, of the last. cpu_dest is
// taken with the first beat, PORT_NONE but for the CPU port. Lengths of 16384 and more are reported as 16383, and are
// always oversize.
`include "prim_assert.svh"

module ingress_port #(
    parameter int unsigned DataWidth = 512,
    parameter int unsigned BufferBeats = 512,
    parameter int unsigned MaxFrames = BufferBeats,
    parameter int unsigned Port = 0,
    localparam int unsigned Ports = sluice_pkg::PORT_COUNT,
    localparam int unsigned BeatBytes = DataWidth / 8,
    localparam int unsigned DescW = sluice_pkg::INGRESS_META_NOW_LSB
) (
    input logic clk_i,
    input logic rst_i,

    input logic [63:0] now_i,
    input logic [6:0] min_frame_i,
    input logic [13:0] max_frame_i,

    input logic [Ports*DataWidth-1:0] s_axis_tdata_i,
    input logic [Ports*BeatBytes-1:0] s_axis_tkeep_i,
    input logic [Ports-1:0] s_axis_tvalid_i,
    input logic [Ports-1:0] s_axis_tlast_i,
    input logic [Ports-1:0] s_axis_tuser_i,
    input logic [Ports*3-1:0] s_axis_tdest_i,

    output logic ready_o,
    input logic pick_i,
    output logic [DescW-1:0] desc_o,
    input logic read_i,
    output logic [DataWidth-1:0] beat_o,

    output logic drop_valid_o,
    output logic [7:0] drop_reason_o,
    output logic [13:0] drop_len_o,
    output logic [63:0] drop_stamp_o
);

  localparam int unsigned AddrW = $clog2(BufferBeats);
  localparam int unsigned FrameW = $clog2(MaxFrames);

  if (BufferBeats < 2 || (BufferBeats & (BufferBeats - 1)) != 0) begin : gen_beats_check
    $fatal(1, "ingress_port: BufferBeats must be a power of two, at least 2");
  end
  if (MaxFrames < 2 || (MaxFrames & (MaxFrames - 1)) != 0 || MaxFrames > BufferBeats) begin : gen_frames_check
    $fatal(1, "ingress_port: MaxFrames must be a power of two, at least 2, and not above BufferBeats");
  end

  // Pointers of buffer and queue, one bit longer than the address. start_q: first beat of the frame that is coming in,
  // or of the one that is judged; if that is dropped, the next frame starts there in its stead.
  logic [AddrW:0] write_q;
  logic [AddrW:0] start_q;
  logic [AddrW:0] read_q;
  logic [FrameW:0] push_q;
  logic [FrameW:0] pick_q;

  // The frame that is coming in: what is known of it up to the beat before.
  logic in_frame_q;
  logic overload_q;
  logic [14:0] bytes_q;
  logic [63:0] stamp_q;
  logic [2:0] dest_q;

  // The frame that ended in the cycle before, and what becomes of it.
  logic ended_q;
  logic bad_q;
  logic lost_q;
  logic [14:0] len_q;
  logic kept;
  logic dropped;
  logic [7:0] reason;
  always_comb begin
    kept = 1'b0;
    dropped = 1'b0;
    reason = sluice_pkg::DROP_REASON_NONE;
    if (ended_q) begin
      if (bad_q) reason = sluice_pkg::DROP_REASON_INGRESS_ERROR;
      else if (len_q < {8'd0, min_frame_i}) reason = sluice_pkg::DROP_REASON_RUNT;
      else if (len_q > {1'b0, max_frame_i}) reason = sluice_pkg::DROP_REASON_OVERSIZE;
      else if (lost_q) reason = sluice_pkg::DROP_REASON_INGRESS_OVERLOAD;
      dropped = reason != sluice_pkg::DROP_REASON_NONE;
      kept = !dropped;
    end
  end
  assign drop_valid_o = dropped;
  assign drop_reason_o = reason;
  assign drop_len_o = len_q[14] ? 14'h3fff : len_q[13:0];
  assign drop_stamp_o = stamp_q;

  // Where a beat goes, and whether there is room for it; functions, so that simulation asks only if there is a beat.
  function automatic [AddrW:0] place(input rewind);
    place = rewind ? start_q : write_q;
  endfunction
  function automatic has_room(input rewind);
    logic frames_full;
    logic [FrameW:0] waiting;
    waiting = push_q - pick_q;
    frames_full = MaxFrames < BufferBeats && 32'(waiting) + 32'(ended_q) >= MaxFrames;
    has_room = !overload_q && !frames_full && place(rewind) != {~read_q[AddrW], read_q[AddrW-1:0]};
  endfunction

  // What comes in.
  logic [DataWidth-1:0] memory[BufferBeats];
  always_ff @(posedge clk_i) begin
    if (s_axis_tvalid_i[Port]) begin
      if (has_room(dropped)) memory[AddrW'(place(dropped))] <= s_axis_tdata_i[Port*DataWidth+:DataWidth];
    end
  end
  always_ff @(posedge clk_i) begin
    if (s_axis_tvalid_i[Port]) begin
      in_frame_q <= !s_axis_tlast_i[Port];
      overload_q <= !has_room(dropped) && !s_axis_tlast_i[Port];
      bytes_q <= s_axis_tlast_i[Port] ? 15'd0 : bytes_q[14] ? bytes_q : bytes_q + 15'(BeatBytes);
      write_q <= place(dropped) + (AddrW + 1)'(has_room(dropped));
      if (!in_frame_q) begin
        stamp_q <= now_i;
        dest_q <= Port == 32'(sluice_pkg::CPU_PORT) ? s_axis_tdest_i[Port*3+:3] : sluice_pkg::PORT_NONE;
      end
      if (s_axis_tlast_i[Port]) begin
        bad_q <= s_axis_tuser_i[Port];
        lost_q <= !has_room(dropped);
        len_q <= bytes_q + 15'($countones(s_axis_tkeep_i[Port*BeatBytes+:BeatBytes]));
      end
    end else if (dropped) begin
      write_q <= start_q;
    end
    if (rst_i) begin
      in_frame_q <= 1'b0;
      overload_q <= 1'b0;
      bytes_q <= '0;
      write_q <= '0;
    end
  end
  always_ff @(posedge clk_i) begin
    ended_q <= s_axis_tvalid_i[Port] && s_axis_tlast_i[Port] && !rst_i;
  end

  // Frames that are complete. A frame has at least one beat: a queue with a place for each beat never overflows.
  logic [DescW-1:0] frames[MaxFrames];
  always_ff @(posedge clk_i) begin
    if (kept) begin
      frames[push_q[FrameW-1:0]] <= {stamp_q, 1'b0, len_q[13:0], dest_q, 3'(Port)};
      push_q <= push_q + (FrameW + 1)'(1);
      start_q <= write_q;
    end
    if (rst_i) begin
      push_q <= '0;
      start_q <= '0;
    end
  end
  assign ready_o = push_q != pick_q;

  // What goes out.
  always_ff @(posedge clk_i) begin
    if (pick_i) begin
      desc_o <= frames[pick_q[FrameW-1:0]];
      pick_q <= pick_q + (FrameW + 1)'(1);
    end
    if (rst_i) pick_q <= '0;
  end
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      beat_o <= memory[read_q[AddrW-1:0]];
      read_q <= read_q + (AddrW + 1)'(1);
    end
    if (rst_i) read_q <= '0;
  end

  logic [BeatBytes-1:0] keep;
  assign keep = s_axis_tkeep_i[Port*BeatBytes+:BeatBytes];
  logic unused;
  assign unused = &{1'b0, keep, s_axis_tdata_i, s_axis_tkeep_i, s_axis_tvalid_i, s_axis_tlast_i, s_axis_tuser_i,
                    s_axis_tdest_i};
  `SLUICE_ASSERT(FullBeatsBeforeTheLast, !s_axis_tvalid_i[Port] || s_axis_tlast_i[Port] || (&keep))
  `SLUICE_ASSERT(LastBeatHasBytes, !s_axis_tvalid_i[Port] || keep[0])
  `SLUICE_ASSERT(LastBeatHasNoGaps, !s_axis_tvalid_i[Port] || (keep & (keep + BeatBytes'(1))) == '0)
  `SLUICE_ASSERT(ReadOnlyWhatIsComplete, !read_i || read_q != start_q)
  `SLUICE_ASSERT(QueueHasRoom, !kept || push_q - pick_q != (FrameW + 1)'(MaxFrames))
  `SLUICE_ASSERT(PickOnlyWhatIsReady, !pick_i || ready_o)

endmodule
