// SPDX-License-Identifier: Apache-2.0
//
// ingress_select: a fair arbiter that reads whole frames and never promises room that is not there.
`include "proof.svh"

module ingress_select_proof #(
    parameter int unsigned DataWidth = 512,
    parameter int unsigned BodyBeats = 6,
    parameter int unsigned MaxInFlight = 3,
    localparam int unsigned Ports = sluice_pkg::PORT_COUNT
) (
    input logic clk_i,
    input logic rst_i,
    input logic [Ports-1:0] ready_i,
    input logic body_pop_i,
    input logic packet_done_i
);

  `PROOF_BEGIN

  logic [Ports-1:0] pick;
  logic [2:0] chosen, port;
  logic read, start, last, busy;
  logic [1:0] index;
  logic [7:0] in_flight;
  logic [13:0] len;
  ingress_select #(
      .DataWidth(DataWidth),
      .BodyBeats(BodyBeats),
      .MaxInFlight(MaxInFlight)
  ) dut (
      .clk_i,
      .rst_i,
      .ready_i,
      .pick_o(pick),
      .chosen_o(chosen),
      .len_i(len),
      .read_o(read),
      .start_o(start),
      .last_o(last),
      .port_o(port),
      .index_o(index),
      .body_pop_i,
      .packet_done_i,
      .in_flight_o(in_flight),
      .busy_o(busy)
  );

  // The frame that was picked last has a length of its own, which stands until the next pick.
  (* anyseq *) logic [13:0] picked_len;
  logic [13:0] len_q;
  logic [2:0] owner_q;
  always_ff @(posedge clk_i) begin
    if (pick != '0) len_q <= picked_len;
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned p = 0; p < Ports; p++) if (pick[p]) owner_q <= 3'(p);
  end
  assign len = len_q;
  `PROOF_ASSUME(FrameFitsTheBody, picked_len != 14'd0 && picked_len <= 14'(64 * (BodyBeats + 2)))

  // A port that is ready stays so until it is picked.
  (* anyconst *) logic [2:0] watched;
  always_comb assume (32'(watched) < Ports);
  logic waits_q;
  always_ff @(posedge clk_i) waits_q <= !rst_i && ready_i[watched] && !pick[watched];
  `PROOF_ASSUME(ReadyUntilPicked, !waits_q || ready_i[watched])

  // Fairness: while a port waits, each of the others is picked at most once.
  logic [2:0] passed_q;
  logic others;
  assign others = pick != '0 && !pick[watched];
  always_ff @(posedge clk_i) begin
    if (rst_i || !ready_i[watched] || pick[watched]) passed_q <= 3'd0;
    else if (others) passed_q <= passed_q + 3'd1;
  end
  `SLUICE_ASSERT(WaitsForFourAtMost, 32'(passed_q) + 32'(others) < Ports)
  `SLUICE_ASSERT(OneAtATime, (pick & (pick - 1'b1)) == '0)

  // Picks and starts alternate: no frame is left out, none is read twice.
  logic open_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) open_q <= 1'b0;
    else if (pick != '0) open_q <= 1'b1;
    else if (start) open_q <= 1'b0;
  end
  `SLUICE_ASSERT(PickedOnceAhead, pick == '0 || !open_q || start)
  `SLUICE_ASSERT(StartsWhatWasPicked, !start || (open_q && port == owner_q))

  // A frame is read without a gap, from one port, all of its beats and no more.
  logic [8:0] beats, left_q;
  logic [2:0] port_q;
  logic [1:0] index_q;
  assign beats = 9'((15'(len) + 15'd63) >> 6);
  always_ff @(posedge clk_i) begin
    if (rst_i) left_q <= '0;
    else if (start) left_q <= beats - 9'd1;
    else if (left_q != '0) left_q <= left_q - 9'd1;
    if (start) port_q <= port;
    index_q <= start ? 2'd1 : (left_q != '0 && index_q != 2'd2) ? index_q + 2'd1 : index_q;
  end
  `SLUICE_ASSERT(NoGap, read == (start || left_q != '0))
  `SLUICE_ASSERT(NoStartInside, !start || left_q == '0)
  `SLUICE_ASSERT(AllBeats, !read || last == (start ? beats == 9'd1 : left_q == 9'd1))
  `SLUICE_ASSERT(OnePort, !read || start || port == port_q)
  `SLUICE_ASSERT(BeatsCounted, !read || index == (start ? 2'd0 : index_q))

  // Credits, counted anew: held_q beats are in the body FIFO or promised, flying_q packets on their way.
  logic [8:0] held_q, body;
  logic [7:0] flying_q;
  assign body = beats > 9'd2 ? beats - 9'd2 : 9'd0;
  always_ff @(posedge clk_i) begin
    if (rst_i) held_q <= '0;
    else held_q <= held_q + (start ? body : 9'd0) - 9'(body_pop_i);
    if (rst_i) flying_q <= '0;
    else flying_q <= flying_q + 8'(start) - 8'(packet_done_i);
  end
  `PROOF_ASSUME(PopsWhatIsThere, !body_pop_i || held_q != '0)
  `PROOF_ASSUME(EndsWhatIsThere, !packet_done_i || flying_q != '0)
  `SLUICE_ASSERT(NeverMoreThanTheBody, 32'(held_q) <= BodyBeats)
  `SLUICE_ASSERT(NeverTooManyInFlight, 32'(flying_q) <= MaxInFlight)
  `SLUICE_ASSERT(InFlightIsExact, in_flight == flying_q)
  `SLUICE_ASSERT(BusyUntilDone, busy == (open_q || flying_q != '0))
  `SLUICE_ASSERT(StartsWhenItCan, !open_q || left_q != '0 || start || 32'(flying_q) == MaxInFlight ||
                 32'(body) > BodyBeats - 32'(held_q))

  `PROOF_COVER(cover_waits_for_four, pick[watched] && passed_q == 3'd4)
  `PROOF_COVER(cover_body_full, 32'(held_q) == BodyBeats)
  `PROOF_COVER(cover_in_flight_full, 32'(flying_q) == MaxInFlight)
  `PROOF_COVER(cover_last_of_a_long_frame, last && index == 2'd2 && left_q != '0)

endmodule
