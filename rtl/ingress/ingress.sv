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
// another in every cycle. meta_o and window_o stand for that cycle only (bytes beyond the frame are 0). now and bank are
// sampled in the cycle before valid_o.
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
  localparam int unsigned AddrW = $clog2(BufferBeats);
  localparam int unsigned WindowBeats = WindowBits / DataWidth;
  localparam int unsigned IndexW = $clog2(WindowBeats + 1);

  if (DataWidth != 64 && DataWidth != 128 && DataWidth != 256 && DataWidth != 512) begin : gen_width_check
    $fatal(1, "ingress: DataWidth must be 64, 128, 256 or 512");
  end
  if (BodyBeats + WindowBeats < BufferBeats) begin : gen_body_check
    $fatal(1, "ingress: a frame that fits in a port's buffer must fit in the body FIFO");
  end

  assign s_axis_tready_o = '1;

  // What is read in this cycle.
  logic [Ports-1:0] empty;
  logic [Ports-1:0] waiting;
  logic read;
  logic start;
  logic last;
  logic [2:0] port;
  logic [IndexW-1:0] index;
  logic [Ports-1:0] reads;
  assign reads = read ? Ports'(1) << port : '0;

  for (genvar p = 0; p < Ports; p++) begin : gen_port
    logic room;
    logic [AddrW-1:0] write_addr;
    logic [AddrW-1:0] read_addr;
    logic [80:0] desc;

    ingress_port #(
        .DataWidth(DataWidth),
        .BufferBeats(BufferBeats),
        .MaxFrames(MaxFrames)
    ) u_port (
        .clk_i,
        .rst_i,
        .now_i,
        .min_frame_i,
        .max_frame_i,
        .valid_i(s_axis_tvalid_i[p]),
        .last_i(s_axis_tlast_i[p]),
        .bad_i(s_axis_tuser_i[p]),
        .keep_i(s_axis_tkeep_i[p*BeatBytes+:BeatBytes]),
        .dest_i(p == 32'(sluice_pkg::CPU_PORT) ? s_axis_tdest_i[p*3+:3] : sluice_pkg::PORT_NONE),
        .room_o(room),
        .write_addr_o(write_addr),
        .empty_o(empty[p]),
        .desc_o(desc),
        .pop_i(start && reads[p]),
        .read_i(reads[p]),
        .read_addr_o(read_addr),
        .busy_o(waiting[p]),
        .drop_valid_o(drop_valid_o[p]),
        .drop_reason_o(drop_reason_o[p*8+:8]),
        .drop_len_o(drop_len_o[p*14+:14]),
        .drop_stamp_o(drop_stamp_o[p*64+:64])
    );

    // The buffer stands here and not in ingress_port: a wide slice of the bus as a port is a copy per cycle in
    // simulation.
    logic [DataWidth-1:0] memory[BufferBeats];
    logic [DataWidth-1:0] beat_q;
    always_ff @(posedge clk_i) begin
      if (s_axis_tvalid_i[p] && room) memory[write_addr] <= s_axis_tdata_i[p*DataWidth+:DataWidth];
    end
    always_ff @(posedge clk_i) begin
      if (reads[p]) beat_q <= memory[read_addr];
    end
  end

  // {cpu_dest, length, stamp} of the frame of `port`.
  logic [80:0] desc;
  always_comb begin
    unique case (port)
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
      .ready_i(~empty),
      .len_i(desc[77:64]),
      .read_o(read),
      .start_o(start),
      .last_o(last),
      .port_o(port),
      .index_o(index),
      .body_pop_i,
      .packet_done_i,
      .in_flight_o
  );

  assign busy_o = waiting != '0 || in_flight_o != '0;

  // The beat that was read in the cycle before, and its frame.
  logic valid_q;
  logic last_q;
  logic [IndexW-1:0] index_q;
  logic [2:0] port_q;
  logic [80:0] desc_q;
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
      3'd1: beat = gen_port[1].beat_q;
      3'd2: beat = gen_port[2].beat_q;
      3'd3: beat = gen_port[3].beat_q;
      3'd4: beat = gen_port[4].beat_q;
      default: beat = gen_port[0].beat_q;
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
        if (index_q == IndexW'(i)) slice_q <= last_q ? cut(beat, desc_q[64+:ShiftW]) : beat;
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
      meta_o <= {now_i, desc_q[63:0], bank_i, desc_q[77:64], desc_q[80:78], port_q};
    end
  end

  `SLUICE_ASSERT(BodyAfterWindow, !body_valid_o || !complete)

endmodule
