// SPDX-License-Identifier: Apache-2.0
//
// Ingress: takes the frames of the five ports in, drops those that the data plane does not accept, and feeds the others
// to the pipeline one after the other, at one beat per clock.
//
// Each port has a store-and-forward buffer of BufferBeats beats. s_axis_tready_o is always high: a frame that finds no
// room is dropped (see ingress_port for the drop rules and what the MAC must keep to). drop_* reports one frame per
// port and cycle, one cycle after its last beat.
//
// LATENCY: from a frame's last beat to the first beat of its window 5 cycles, then one beat per cycle; valid_o comes
// with the beat that completes the window, that is after min(length, 128) bytes, so that frames of one beat follow one
// another in every cycle. meta_o and window_o stand for that cycle only (bytes beyond the frame are 0). now and bank
// are sampled in the cycle before valid_o.
//
// The body FIFO in egress gets the beats beyond the window only, body_valid_o, in order; those of a packet come after,
// and without gaps to, its valid_o. Egress answers with body_pop_i for every such beat that it takes from its FIFO and
// packet_done_i for every packet that it is done with. So at most BodyBeats beats and MaxInFlight packets, counted
// exactly from the read of a frame's first beat to packet_done_i, are between; nothing there needs backpressure.
// busy_o: there are complete frames that egress has not done with yet.
`include "prim_assert.svh"

module ingress #(
    parameter int unsigned DataWidth = 512,
    parameter int unsigned BufferBeats = 512,
    parameter int unsigned MaxFrames = BufferBeats,
    parameter int unsigned BodyBeats = 512,
    parameter int unsigned MaxInFlight = 64,
    localparam int unsigned Ports = sluice_pkg::PORT_COUNT,
    localparam int unsigned WindowBits = sluice_pkg::WINDOW_BYTES * 8
) (
    input logic clk_i,
    input logic rst_i,

    input logic [Ports*DataWidth-1:0] s_axis_tdata_i,
    input logic [Ports*DataWidth/8-1:0] s_axis_tkeep_i,
    input logic [Ports-1:0] s_axis_tvalid_i,
    input logic [Ports-1:0] s_axis_tlast_i,
    input logic [Ports-1:0] s_axis_tuser_i,
    input logic [Ports*3-1:0] s_axis_tdest_i,
    output logic [Ports-1:0] s_axis_tready_o,

    input logic [63:0] now_i,
    input logic bank_i,
    input logic [6:0] min_frame_i,
    input logic [13:0] max_frame_i,

    output logic valid_o,
    output sluice_pkg::ingress_meta_t meta_o,
    output logic [WindowBits-1:0] window_o,

    output logic body_valid_o,
    output logic [DataWidth-1:0] body_data_o,
    input logic body_pop_i,
    input logic packet_done_i,
    output logic [7:0] in_flight_o,
    output logic busy_o,

    output logic [Ports-1:0] drop_valid_o,
    output logic [Ports*8-1:0] drop_reason_o,
    output logic [Ports*14-1:0] drop_len_o,
    output logic [Ports*64-1:0] drop_stamp_o
);

  localparam int unsigned BeatBytes = DataWidth / 8;
  localparam int unsigned ShiftW = $clog2(BeatBytes);
  localparam int unsigned WindowBeats = WindowBits / DataWidth;
  localparam int unsigned IndexW = $clog2(WindowBeats + 1);
  localparam int unsigned DescW = sluice_pkg::INGRESS_META_NOW_LSB;
  localparam int unsigned LenLsb = sluice_pkg::INGRESS_META_LEN_LSB;

  if (DataWidth != 64 && DataWidth != 128 && DataWidth != 256 && DataWidth != 512) begin : gen_width_check
    $fatal(1, "ingress: DataWidth must be 64, 128, 256 or 512");
  end
  if (BodyBeats + WindowBeats < BufferBeats) begin : gen_body_check
    $fatal(1, "ingress: a frame that fits in a port's buffer must fit in the body FIFO");
  end

  assign s_axis_tready_o = '1;

  // Frames that are complete, the next of them, and the beat that is read.
  logic [Ports-1:0] ready;
  logic [Ports-1:0] pick;
  logic select_busy;
  logic read;
  logic start;
  logic last;
  logic [2:0] chosen;
  logic [2:0] port;
  logic [IndexW-1:0] index;
  logic [Ports-1:0] reads;
  always_comb begin
    reads = '0;
    if (read) reads = Ports'(1) << port;
  end

  for (genvar p = 0; p < Ports; p++) begin : gen_port
    logic [DescW-1:0] desc;
    logic [DataWidth-1:0] beat;
    logic [63:0] drop_stamp;
    ingress_port #(
        .DataWidth(DataWidth),
        .BufferBeats(BufferBeats),
        .MaxFrames(MaxFrames),
        .Port(p)
    ) u_port (
        .clk_i,
        .rst_i,
        .now_i,
        .min_frame_i,
        .max_frame_i,
        .s_axis_tdata_i,
        .s_axis_tkeep_i,
        .s_axis_tvalid_i,
        .s_axis_tlast_i,
        .s_axis_tuser_i,
        .s_axis_tdest_i,
        .ready_o(ready[p]),
        .pick_i(pick[p]),
        .desc_o(desc),
        .read_i(reads[p]),
        .beat_o(beat),
        .drop_valid_o(drop_valid_o[p]),
        .drop_reason_o(drop_reason_o[p*8+:8]),
        .drop_len_o(drop_len_o[p*14+:14]),
        .drop_stamp_o(drop_stamp)
    );
    assign drop_stamp_o[p*64+:64] = drop_valid_o[p] ? drop_stamp : 64'd0;
  end

  // Metadata of the next frame.
  logic [DescW-1:0] desc;
  always_comb begin
    unique case (chosen)
      3'd1: desc = gen_port[1].desc;
      3'd2: desc = gen_port[2].desc;
      3'd3: desc = gen_port[3].desc;
      3'd4: desc = gen_port[4].desc;
      default: desc = gen_port[0].desc;
    endcase
  end

  ingress_select #(
      .DataWidth(DataWidth),
      .BodyBeats(BodyBeats),
      .MaxInFlight(MaxInFlight)
  ) u_select (
      .clk_i,
      .rst_i,
      .ready_i(ready),
      .pick_o(pick),
      .chosen_o(chosen),
      .len_i(desc[LenLsb+:14]),
      .read_o(read),
      .start_o(start),
      .last_o(last),
      .port_o(port),
      .index_o(index),
      .body_pop_i,
      .packet_done_i,
      .in_flight_o,
      .busy_o(select_busy)
  );

  // A frame is in the queue of its port one cycle after the one in which it is judged.
  logic judging_q;
  always_ff @(posedge clk_i) begin
    judging_q <= (s_axis_tvalid_i & s_axis_tlast_i) != '0 && !rst_i;
  end
  assign busy_o = judging_q || ready != '0 || select_busy;

  // The beat that was read in the cycle before, and its frame.
  logic valid_q;
  logic last_q;
  logic [IndexW-1:0] index_q;
  logic [2:0] port_q;
  logic [DescW-1:0] desc_q;
  always_ff @(posedge clk_i) begin
    valid_q <= read && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (read) begin
      last_q <= last;
      index_q <= index;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start) begin
      port_q <= port;
      desc_q <= desc;
    end
  end

  logic [DataWidth-1:0] beat;
  always_comb begin
    unique case (port_q)
      3'd1: beat = gen_port[1].beat;
      3'd2: beat = gen_port[2].beat;
      3'd3: beat = gen_port[3].beat;
      3'd4: beat = gen_port[4].beat;
      default: beat = gen_port[0].beat;
    endcase
  end

  logic in_window;
  assign in_window = index_q != IndexW'(WindowBeats);
  assign body_valid_o = valid_q && !in_window;
  assign body_data_o = beat;

  // The first `bytes` bytes of a frame's last beat; 0 stands for a full beat.
  function automatic [DataWidth-1:0] cut(input [DataWidth-1:0] data, input [ShiftW-1:0] bytes);
    cut = data;
    if (bytes != '0) begin
      for (int unsigned w = 0; w < BeatBytes / 8; w++) begin
        if (32'(bytes) <= w * 8) cut[w*64+:64] = '0;
        else if (32'(bytes) < w * 8 + 8) cut[w*64+:64] = data[w*64+:64] & ~({64{1'b1}} << {bytes[2:0], 3'd0});
      end
    end
  endfunction

  for (genvar i = 0; i < WindowBeats; i++) begin : gen_window
    logic [DataWidth-1:0] slice_q;
    always_ff @(posedge clk_i) begin
      if (valid_q) begin
        if (index_q == IndexW'(i)) slice_q <= last_q ? cut(beat, desc_q[LenLsb+:ShiftW]) : beat;
        else if (index_q == '0) slice_q <= '0;
      end
    end
    assign window_o[i*DataWidth+:DataWidth] = slice_q;
  end

  logic complete;
  assign complete = valid_q && in_window && (last_q || index_q == IndexW'(WindowBeats - 1));
  always_ff @(posedge clk_i) begin
    valid_o <= complete && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (complete) begin
      meta_o <= {now_i, desc_q | (DescW'(bank_i) << sluice_pkg::INGRESS_META_BANK_LSB)};
    end
  end

  `SLUICE_ASSERT(BodyAfterWindow, !body_valid_o || !complete)

endmodule
