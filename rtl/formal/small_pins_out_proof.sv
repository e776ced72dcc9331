// SPDX-License-Identifier: Apache-2.0
//
// small_pins_out: halfwords are those of the beats, in order, nothing lost or doubled; few come after ready fell.
//
// A beat is compared with the halfwords that were sent since the one before was taken.
`include "proof.svh"

module small_pins_out_proof (
    input logic clk_i,
    input logic rst_i,
    input logic [63:0] tdata_i,
    input logic [2:0] tdest_i,
    input logic tvalid_i,
    input logic tlast_i,
    input logic [3:0] bytes_i,
    input logic tx_ready_i
);

  `PROOF_BEGIN

  logic [7:0] tkeep;
  for (genvar i = 0; i < 8; i++) begin : gen_keep
    assign tkeep[i] = bytes_i > 4'(i);
  end

  logic tready;
  logic [15:0] data;
  logic valid, last, odd;
  logic [2:0] port;
  small_pins_out dut (
      .clk_i,
      .rst_i,
      .s_axis_tdata_i (tdata_i),
      .s_axis_tkeep_i (tkeep),
      .s_axis_tvalid_i(tvalid_i),
      .s_axis_tlast_i (tlast_i),
      .s_axis_tdest_i (tdest_i),
      .s_axis_tready_o(tready),
      .tx_data_o(data),
      .tx_valid_o(valid),
      .tx_last_o(last),
      .tx_odd_o(odd),
      .tx_port_o(port),
      .tx_ready_i
  );

  // Beats as small_emit makes them: all but the last are full, and one stands until it is taken.
  logic refused_q;
  logic [71:0] refused_beat_q;
  logic [71:0] beat;
  assign beat = {tdest_i, tlast_i, bytes_i, tdata_i};
  always_ff @(posedge clk_i) begin
    refused_q <= !rst_i && tvalid_i && !tready;
    refused_beat_q <= beat;
  end
  `PROOF_ASSUME(Stands, !refused_q || (tvalid_i && beat == refused_beat_q))
  `PROOF_ASSUME(OnlyTheLastIsShort, bytes_i != '0 && bytes_i <= 4'd8 && (tlast_i || bytes_i == 4'd8))

  // Halfwords of the beat at hand that are out; of the one that was taken last, what it was.
  logic [2:0] sent_q;
  logic [71:0] taken_q;
  logic open_q;  // the last halfword of the beat that was taken comes now
  always_ff @(posedge clk_i) begin
    if (rst_i) open_q <= 1'b0;
    else open_q <= tvalid_i && tready;
    if (tvalid_i && tready) taken_q <= beat;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i || open_q) sent_q <= '0;
    else sent_q <= sent_q + 3'(valid);
  end
  logic [71:0] owner;
  logic [2:0] halfwords;
  assign owner = open_q ? taken_q : refused_beat_q;
  assign halfwords = owner[67:65] + 3'(owner[64]);

  logic [2:0] late_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || tx_ready_i) late_q <= '0;
    else if (late_q != '1) late_q <= late_q + 3'(valid);
  end

  `SLUICE_ASSERT(ComesFromABeat, !valid || open_q || refused_q)
  `SLUICE_ASSERT(TheNextOfIt, !valid || (sent_q < halfwords && data == owner[16*sent_q[1:0]+:16]))
  `SLUICE_ASSERT(PortOfIt, !valid || port == owner[71:69])
  `SLUICE_ASSERT(AllOfIt, !open_q || (valid && sent_q + 3'd1 == halfwords))
  `SLUICE_ASSERT(LastIsTold, !valid || last == (open_q && owner[68]))
  `SLUICE_ASSERT(OddIsTold, !valid || odd == (last && owner[64]))
  `SLUICE_ASSERT(FewAfterReadyFell, late_q <= 3'd3)

  `PROOF_COVER(cover_back_to_back, open_q && valid && tvalid_i && tready)
  `PROOF_COVER(cover_stopped_in_a_beat, valid && sent_q == 3'd1 && !tx_ready_i)
  `PROOF_COVER(cover_odd, valid && odd)

endmodule
