// SPDX-License-Identifier: Apache-2.0
//
// small_pins_in: beats are what came at the pins, in order, nothing lost or doubled; a beat stands until it is taken.
//
// One watched halfword (any): the number of those before it falls with every beat that is taken, until it is found in its
// place of one.
`include "proof.svh"

module small_pins_in_proof (
    input logic clk_i,
    input logic rst_i,
    input logic data_i,
    input logic rx_valid_i,
    input logic rx_last_i,
    input logic rx_odd_i,
    input logic rx_error_i,
    input logic port_i,
    input logic ready_i
);

  `PROOF_BEGIN

  // One bit of the data and of the port each; the others go the same way.
  logic [15:0] rx_data_i;
  logic [2:0] rx_port_i, rx_dest_i;
  assign rx_data_i = {15'd0, data_i};
  assign rx_port_i = {2'd0, port_i};
  assign rx_dest_i = '0;

  logic rx_ready;
  logic [63:0] tdata;
  logic [7:0] tkeep;
  logic tvalid, tlast, tuser;
  logic [2:0] tid, tdest;
  small_pins_in dut (
      .clk_i,
      .rst_i,
      .rx_data_i,
      .rx_valid_i,
      .rx_last_i,
      .rx_odd_i,
      .rx_error_i,
      .rx_port_i,
      .rx_dest_i,
      .rx_ready_o(rx_ready),
      .m_axis_tdata_o(tdata),
      .m_axis_tkeep_o(tkeep),
      .m_axis_tvalid_o(tvalid),
      .m_axis_tlast_o(tlast),
      .m_axis_tuser_o(tuser),
      .m_axis_tid_o(tid),
      .m_axis_tdest_o(tdest),
      .m_axis_tready_i(ready_i)
  );

  // The sender: four more after ready fell.
  logic [2:0] late_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || rx_ready) late_q <= '0;
    else late_q <= late_q + 3'(rx_valid_i);
  end
  `PROOF_ASSUME(AtMostFourMore, !rx_valid_i || rx_ready || late_q < 3'd4)
  `PROOF_ASSUME(NothingInReset, !(rst_i && rx_valid_i))

  // What a taken beat holds.
  logic taken;
  logic [2:0] halfwords;
  assign taken = tvalid && ready_i;
  assign halfwords = 3'(tkeep[0]) + 3'(tkeep[2]) + 3'(tkeep[4]) + 3'(tkeep[6]);

  logic [4:0] held_q;  // came and not taken
  always_ff @(posedge clk_i) begin
    if (rst_i) held_q <= '0;
    else held_q <= held_q + 5'(rx_valid_i) - (taken ? 5'(halfwords) : 5'd0);
  end

  (* anyseq *) logic watch;
  logic watched_q;
  logic [4:0] before_q;
  logic [24:0] value_q;
  logic starts, found;
  assign starts = rx_valid_i && watch && !watched_q;
  assign found = watched_q && taken && before_q < 5'(halfwords);
  always_ff @(posedge clk_i) begin
    if (rst_i) watched_q <= 1'b0;
    else if (starts) watched_q <= 1'b1;
    else if (found) watched_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (starts) begin
      value_q <= {rx_port_i, rx_dest_i, rx_error_i, rx_odd_i, rx_last_i, rx_data_i};
      before_q <= held_q - (taken ? 5'(halfwords) : 5'd0);
    end else if (taken) begin
      before_q <= before_q - 5'(halfwords);
    end
  end
  logic value_last, value_odd, last_of_beat;
  assign value_last = value_q[16];
  assign value_odd = value_q[17];
  assign last_of_beat = before_q == 5'(halfwords) - 5'd1;

  logic past_refused;
  logic [79:0] past_beat;
  always_ff @(posedge clk_i) begin
    past_refused <= !rst_i && tvalid && !ready_i;
    past_beat <= {tid, tdest, tuser, tlast, tkeep, tdata};
  end

  `SLUICE_ASSERT(NothingFromNothing, !tvalid || held_q >= 5'(halfwords))
  `SLUICE_ASSERT(Unchanged, !found || tdata[16*before_q[1:0]+:16] == value_q[15:0])
  `SLUICE_ASSERT(LastEndsItsFrame, !found || (value_last ? tlast && last_of_beat : !(tlast && last_of_beat)))
  `SLUICE_ASSERT(WholeBytes, !found || tkeep[2*before_q[1:0]+1] == !(value_last && value_odd))
  `SLUICE_ASSERT(DamageIsTold, !found || !value_last || tuser == value_q[18])
  `SLUICE_ASSERT(PortOfTheLast, !found || !last_of_beat || {tid, tdest} == value_q[24:19])
  `SLUICE_ASSERT(OnlyTheLastBeatIsShort, !tvalid || tlast || tkeep == '1)
  `SLUICE_ASSERT(BeatStands, !past_refused || (tvalid && past_beat == {tid, tdest, tuser, tlast, tkeep, tdata}))

  `PROOF_COVER(cover_stalled_and_full, held_q >= 5'd8 && !ready_i)
  `PROOF_COVER(cover_odd_last_found, found && value_last && value_odd && before_q == 5'd2)
  `PROOF_COVER(cover_full_beat_in_the_middle, found && !tlast && before_q == 5'd3)

endmodule
