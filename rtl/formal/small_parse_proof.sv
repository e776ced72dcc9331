// SPDX-License-Identifier: Apache-2.0
//
// small_parse: one header for each frame, in order; it stands until it is taken; the beats that it counts are those that
// went to the packet buffer.
`include "proof.svh"

module small_parse_proof (
    input logic clk_i,
    input logic rst_i,
    input small_pkg::config_t config_i,
    input logic [63:0] tdata_i,
    input logic [7:0] tkeep_i,
    input logic tvalid_i,
    input logic tlast_i,
    input logic tuser_i,
    input logic [2:0] tid_i,
    input logic [2:0] tdest_i,
    input logic room_i,
    input logic header_ready_i
);

  `PROOF_BEGIN

  logic tready, put, start, rewind, header_valid;
  small_pkg::header_t header;
  small_parse dut (
      .clk_i,
      .rst_i,
      .config_i,
      .s_axis_tdata_i (tdata_i),
      .s_axis_tkeep_i (tkeep_i),
      .s_axis_tvalid_i(tvalid_i),
      .s_axis_tlast_i (tlast_i),
      .s_axis_tuser_i (tuser_i),
      .s_axis_tid_i   (tid_i),
      .s_axis_tdest_i (tdest_i),
      .s_axis_tready_o(tready),
      .room_i,
      .put_o          (put),
      .start_o        (start),
      .rewind_o       (rewind),
      .header_valid_o (header_valid),
      .header_o       (header),
      .header_ready_i
  );

  // Frames that came whole and whose header was not taken, and the beats in the buffer of the frame at hand.
  logic accept, taken;
  assign accept = tvalid_i && tready;
  assign taken = header_valid && header_ready_i;
  logic [1:0] frames_q;
  logic inside_q;
  logic [8:0] beats_q;
  logic [2:0] port_q;
  logic [2:0] waits_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      frames_q <= '0;
      inside_q <= 1'b0;
    end else begin
      frames_q <= frames_q + 2'(accept && tlast_i) - 2'(taken);
      if (accept) inside_q <= !tlast_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (rst_i || taken || rewind) beats_q <= '0;
    else if (put) beats_q <= (start ? 9'd0 : beats_q) + 9'd1;
  end
  always_ff @(posedge clk_i) begin
    if (accept && !inside_q) port_q <= tid_i;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i || frames_q == '0 || header_valid) waits_q <= '0;
    else if (waits_q != '1) waits_q <= waits_q + 3'd1;
  end

  logic past_refused;
  small_pkg::header_t past_header;
  always_ff @(posedge clk_i) begin
    past_refused <= !rst_i && header_valid && !header_ready_i;
    past_header <= header;
  end

  `SLUICE_ASSERT(HeaderOfAFrame, !header_valid || frames_q == 2'd1)
  `SLUICE_ASSERT(OneFrameAtATime, frames_q <= 2'd1 && !(accept && frames_q != '0))
  `SLUICE_ASSERT(HeaderComes, waits_q <= 3'd4)
  `SLUICE_ASSERT(HeaderStands, !past_refused || (header_valid && header == past_header))
  `SLUICE_ASSERT(PortOfItsFirstBeat, !header_valid || header.in_port == port_q)
  `SLUICE_ASSERT(BeatsInTheBuffer, !header_valid || header.beats == beats_q)
  `SLUICE_ASSERT(PutsWhatItAccepts, !put || accept)
  `SLUICE_ASSERT(StartIsTheFirst, !put || start == !inside_q)

  `PROOF_COVER(cover_refused_header, past_refused && header_ready_i && header_valid)
  `PROOF_COVER(cover_second_frame, accept && start && port_q != tid_i && tlast_i)
  `PROOF_COVER(cover_no_room, tvalid_i && !tready && frames_q == '0 && inside_q)
  `PROOF_COVER(cover_rewound, rewind && beats_q == 9'd2)

endmodule
