// SPDX-License-Identifier: Apache-2.0
//
// Which beat is read next: round robin over the ports that have a complete frame, whole frames, and only frames for
// which there is room behind.
//
// Frames are picked one ahead (pick_o, one-hot), so that the length of the next, of port chosen_o, is known in time:
// it comes back on len_i in the cycle after. While port_o's frame is read, read_o is high; start_o with its first beat,
// last_o with its last, and index_o counts the beats up to WindowBeats. Frames follow one another without a gap.
//
// A frame starts only if fewer than MaxInFlight packets are in flight and the body FIFO has room for all of its beats
// beyond the window, both counted exactly: from start_o to packet_done_i, and until body_pop_i, one for each such beat.
// If the frame whose turn it is has no room, all wait. busy_o: a frame is picked and not started, or packets are in
// flight. To sustain one packet per clock MaxInFlight must be above the cycles from start_o to packet_done_i.
`include "prim_assert.svh"

module ingress_select #(
    parameter int unsigned DataWidth = 512,
    parameter int unsigned BodyBeats = 512,
    parameter int unsigned MaxInFlight = 64,
    localparam int unsigned BeatBytes = DataWidth / 8,
    localparam int unsigned WindowBeats = sluice_pkg::WINDOW_BYTES / BeatBytes,
    localparam int unsigned IndexW = $clog2(WindowBeats + 1)
) (
    input logic clk_i,
    input logic rst_i,

    input logic [sluice_pkg::PORT_COUNT-1:0] ready_i,
    output logic [sluice_pkg::PORT_COUNT-1:0] pick_o,
    output logic [2:0] chosen_o,
    input logic [13:0] len_i,

    output logic read_o,
    output logic start_o,
    output logic last_o,
    output logic [2:0] port_o,
    output logic [IndexW-1:0] index_o,

    input logic body_pop_i,
    input logic packet_done_i,
    output logic [7:0] in_flight_o,
    output logic busy_o
);

  localparam int unsigned ShiftW = $clog2(BeatBytes);
  localparam int unsigned BeatsW = 15 - ShiftW;  // 16383 bytes
  localparam int unsigned SpaceW = $clog2(BodyBeats + 1);

  if (MaxInFlight < 1 || MaxInFlight > 255) begin : gen_in_flight_check
    $fatal(1, "ingress_select: MaxInFlight must be 1 to 255");
  end

  // The first ready port after `previous`, around the ring; any if none is ready.
  function automatic [2:0] next_port(input [sluice_pkg::PORT_COUNT-1:0] ready, input [2:0] previous);
    logic [3:0] ring;
    logic [3:0] distance;
    ring = 4'({ready, ready} >> (4'(previous) + 4'd1));
    distance = ring[0] ? 4'd1 : ring[1] ? 4'd2 : ring[2] ? 4'd3 : ring[3] ? 4'd4 : 4'd5;
    distance = distance + {1'b0, previous};
    next_port = distance >= 4'(sluice_pkg::PORT_COUNT) ? 3'(distance - 4'(sluice_pkg::PORT_COUNT)) : distance[2:0];
  endfunction

  // The frame that is next.
  logic picks;
  logic chosen_q;
  logic [2:0] chosen_port_q;
  logic [2:0] pick_port;
  assign picks = ready_i != '0 && (!chosen_q || start_o);
  always_comb begin
    pick_port = chosen_port_q;
    pick_o = '0;
    if (picks) begin
      pick_port = next_port(ready_i, chosen_port_q);
      pick_o = sluice_pkg::PORT_COUNT'(1) << pick_port;
    end
  end
  assign chosen_o = chosen_port_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      chosen_q <= 1'b0;
      chosen_port_q <= 3'(sluice_pkg::PORT_COUNT - 1);
    end else if (picks) begin
      chosen_q <= 1'b1;
      chosen_port_q <= pick_port;
    end else if (start_o) begin
      chosen_q <= 1'b0;
    end
  end

  // The frame that is being read: left_q beats of it are still to come.
  logic [BeatsW-1:0] left_q;
  logic [2:0] port_q;
  logic idle;
  assign idle = left_q == '0;
  assign port_o = idle ? chosen_port_q : port_q;

  // What the next frame needs.
  logic [BeatsW-1:0] beats;
  logic [BeatsW-1:0] body_beats;
  logic [SpaceW-1:0] space_q;
  logic [7:0] in_flight_q;
  always_comb begin
    beats = '0;
    body_beats = '0;
    start_o = 1'b0;
    if (idle && chosen_q) begin
      beats = BeatsW'((15'(len_i) + 15'(BeatBytes - 1)) >> ShiftW);
      if (beats > BeatsW'(WindowBeats)) body_beats = beats - BeatsW'(WindowBeats);
      start_o = 32'(in_flight_q) < MaxInFlight && 32'(body_beats) <= 32'(space_q);
    end
  end

  assign read_o = start_o || !idle;
  assign last_o = start_o ? beats == BeatsW'(1) : left_q == BeatsW'(1);

  always_ff @(posedge clk_i) begin
    if (rst_i) left_q <= '0;
    else if (start_o) left_q <= beats - BeatsW'(1);
    else if (!idle) left_q <= left_q - BeatsW'(1);
  end

  logic [IndexW-1:0] index_q;
  assign index_o = start_o ? '0 : index_q;
  always_ff @(posedge clk_i) begin
    if (start_o) begin
      port_q <= chosen_port_q;
      index_q <= IndexW'(1);
    end else if (!idle && index_q != IndexW'(WindowBeats)) begin
      index_q <= index_q + IndexW'(1);
    end
  end

  // Credits.
  always_ff @(posedge clk_i) begin
    if (rst_i) space_q <= SpaceW'(BodyBeats);
    else if (start_o || body_pop_i) space_q <= space_q + SpaceW'(body_pop_i) - (start_o ? SpaceW'(body_beats) : '0);
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) in_flight_q <= '0;
    else if (start_o != packet_done_i) in_flight_q <= start_o ? in_flight_q + 8'd1 : in_flight_q - 8'd1;
  end
  assign in_flight_o = in_flight_q;
  assign busy_o = chosen_q || in_flight_q != 8'd0;

  `SLUICE_ASSERT(SpaceWithinBody, 32'(space_q) <= BodyBeats)
  `SLUICE_ASSERT(InFlightWithinLimit, 32'(in_flight_q) <= MaxInFlight)
  `SLUICE_ASSERT(DoneOnlyWhatStarted, !packet_done_i || in_flight_q != 8'd0)
  `SLUICE_ASSERT(PickOnlyReady, (pick_o & ~ready_i) == '0)
  `SLUICE_ASSERT(NoEmptyFrame, !start_o || len_i != '0)

endmodule
