// SPDX-License-Identifier: Apache-2.0
//
// Emitter: turns the packet at the head of the queue into beats, one per clock.
//
// A packet that is not dropped leaves as the first prefix_len bytes of its prefix, followed by its frame from byte
// `strip` on, bytes below 128 from the window, the rest from the body FIFO; result.out_len bytes in all. plan_i says what
// egress_plan makes of these lengths. result_valid_o
// comes with its last beat. Beats of the body that are left over (padding that is cut off, a packet that is dropped)
// are discarded, one per clock; a dropped packet takes one clock at least, and its result comes with the last of them.
// done_o: the packet leaves the queue, nothing of it is left.
//
// LATENCY: from the head of the queue to m_axis_tvalid_o 1 cycle. Packets follow one another without a gap. Where
// strip equals prefix_len bytes keep their lane; any other front length goes through the byte shifter, which looks at
// two beats of the frame at once (the later one comes from the body FIFO, the earlier one was kept).
// Bytes of m_axis_tdata_o beyond tkeep are undefined. There is no ready: the port's MAC must take every beat.
`include "prim_assert.svh"

module egress_emit #(
    parameter int unsigned DataWidth = 512,
    localparam int unsigned BeatBytes = DataWidth / 8
) (
    input logic clk_i,
    input logic rst_i,

    input logic empty_i,
    input sluice_pkg::result_t result_i,
    input egress_pkg::plan_t plan_i,
    input logic [6:0] prefix_len_i,
    input logic [511:0] window_low_i,
    input logic [511:0] window_high_i,
    input logic [255:0] prefix_low_i,
    input logic [383:0] prefix_high_i,
    output logic done_o,

    input logic body_empty_i,
    input logic [DataWidth-1:0] body_i,
    output logic body_pop_o,

    output logic m_axis_tvalid_o,
    output logic m_axis_tlast_o,
    output logic [2:0] m_axis_tdest_o,
    output logic [BeatBytes-1:0] m_axis_tkeep_o,
    output logic [DataWidth-1:0] m_axis_tdata_o,

    output logic result_valid_o,
    output sluice_pkg::result_t result_o
);

  localparam int unsigned ShiftW = $clog2(BeatBytes);
  localparam int unsigned WindowBeats = sluice_pkg::WINDOW_BYTES / BeatBytes;
  localparam int unsigned PrefixBeats = (sluice_pkg::PREFIX_BYTES + BeatBytes - 1) / BeatBytes;
  localparam int unsigned Words = BeatBytes / 8;
  localparam int unsigned BeatsW = 15 - ShiftW;  // 16383 bytes

  // Where we are in the packet. left_q: beats of its body not taken yet.
  logic busy_q;
  logic drain_q;
  logic [BeatsW-1:0] beat_q;
  logic [BeatsW-1:0] left_q;

  // aligned: bytes keep their lane. Output beat beat_q is made of beat `low` of the frame and, if shifted, of the one
  // after it, from byte `shift` on; low is negative where only the prefix goes out. newest: the later of the two.
  logic emitting;
  logic long;
  logic aligned;
  logic last;
  logic [ShiftW-1:0] shift;
  logic [BeatsW:0] low;
  logic [BeatsW:0] newest;
  logic [BeatsW-1:0] left;
  logic [BeatsW-1:0] left_after;
  logic need_body;
  logic go;
  always_comb begin
    emitting = 1'b0;
    long = 1'b0;
    aligned = 1'b1;
    last = 1'b0;
    shift = '0;
    low = {1'b0, beat_q};
    newest = low;
    left = '0;
    left_after = '0;
    need_body = 1'b0;
    go = 1'b0;
    if (!empty_i) begin
      emitting = result_i.verdict != sluice_pkg::VERDICT_DROP && !drain_q;
      last = emitting && beat_q == plan_i.last[BeatsW-1:0];
      aligned = plan_i.aligned;
      if (!aligned) begin
        shift = plan_i.delta[ShiftW-1:0];
        newest = low + (BeatsW + 1)'({{16{plan_i.ahead[7]}}, plan_i.ahead});
        low = low + (BeatsW + 1)'({{16{plan_i.delta[7]}}, plan_i.delta} >> ShiftW);
      end
      long = plan_i.body != '0;
      if (long) begin
        left = busy_q ? left_q : plan_i.body[BeatsW-1:0];
        need_body = left != '0 &&
                    (!emitting || (!newest[BeatsW] && newest[BeatsW-1:0] >= BeatsW'(WindowBeats)));
        left_after = left - BeatsW'(need_body);
      end
      go = !(need_body && body_empty_i);
    end
  end
  assign body_pop_o = go && need_body;
  assign done_o = go && (last || !emitting) && left_after == '0;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q <= 1'b0;
      drain_q <= 1'b0;
      beat_q <= '0;
    end else if (go) begin
      busy_q <= !done_o;
      drain_q <= !done_o && (drain_q || last);
      beat_q <= (done_o || last || !emitting) ? '0 : beat_q + BeatsW'(1);
    end
  end
  always_ff @(posedge clk_i) begin
    if (go && long) left_q <= left_after;
  end

  // `base` with its first bytes replaced by those of `front`; `count`: how many, negative for none.
  function automatic [63:0] replace(input [63:0] base, input [63:0] front, input [8:0] count);
    replace = base;
    if (!count[8] && count != '0) begin
      if (count >= 9'd8) replace = front;
      else replace = ((base ^ front) & (64'hffff_ffff_ffff_ffff << {count[2:0], 3'd0})) ^ front;
    end
  endfunction

  // Any beat of any packet.
  function automatic [DataWidth-1:0] shifted(input [BeatsW-1:0] beat, input [BeatsW:0] first);
    logic [1023:0] window;
    logic [PrefixBeats*DataWidth-1:0] prefix;
    logic [DataWidth-1:0] from;
    logic [DataWidth-1:0] beyond;
    logic [2*DataWidth-1:0] both;
    logic [63:0] word;
    logic [BeatsW:0] second;
    second = first + (BeatsW + 1)'(1);
    window = {window_high_i, window_low_i};
    prefix = (PrefixBeats * DataWidth)'({prefix_high_i, prefix_low_i});
    // Beats before the frame (negative) are covered by the prefix.
    from = (!first[BeatsW] && 32'(first) >= WindowBeats) ? (shift == '0 ? body_i : kept_q) :
           window[32'(first[6-ShiftW:0])*DataWidth+:DataWidth];
    beyond = (!second[BeatsW] && 32'(second) >= WindowBeats) ? body_i :
             window[32'(second[6-ShiftW:0])*DataWidth+:DataWidth];
    both = {beyond, from};
    for (int unsigned w = 0; w < Words; w++) begin
      word = both[32'(shift)*8+w*64+:64];
      if (32'(beat) < PrefixBeats) begin
        word = replace(word, prefix[32'(beat)*DataWidth+w*64+:64],
                       9'(prefix_len_i) - 9'(beat) * 9'(BeatBytes) - 9'(w * 8));
      end
      shifted[w*64+:64] = word;
    end
  endfunction

  // The first beat, not shifted.
  function automatic [DataWidth-1:0] straight(input [DataWidth-1:0] base, input [DataWidth-1:0] front);
    straight = base;
    for (int unsigned w = 0; w < Words; w++) begin
      if ((w < 3 || prefix_len_i > 7'd24) && 32'(prefix_len_i) > w * 8) begin
        straight[w*64+:64] = replace(base[w*64+:64], front[w*64+:64], 9'(prefix_len_i) - 9'(w * 8));
      end
    end
  endfunction

  // kept_q: the newest beat of the body so far, for the shifter.
  logic [DataWidth-1:0] kept_q;
  always_ff @(posedge clk_i) begin
    if (go && emitting) begin
      if (aligned && beat_q == '0) begin
        m_axis_tdata_o <= straight(window_low_i[DataWidth-1:0], DataWidth'({prefix_high_i, prefix_low_i}));
      end else if (aligned && beat_q >= BeatsW'(WindowBeats)) begin
        m_axis_tdata_o <= body_i;
      end else begin
        m_axis_tdata_o <= shifted(beat_q, low);
        kept_q <= body_i;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    m_axis_tvalid_o <= go && emitting && !rst_i;
    m_axis_tlast_o <= go && last;
  end
  always_ff @(posedge clk_i) begin
    if (go && emitting) begin
      m_axis_tdest_o <= result_i.out_port;
      if (last && result_i.out_len[ShiftW-1:0] != '0) begin
        m_axis_tkeep_o <= ~({BeatBytes{1'b1}} << result_i.out_len[ShiftW-1:0]);
      end else begin
        m_axis_tkeep_o <= '1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    result_valid_o <= go && (emitting ? last : done_o && !drain_q) && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (go && !busy_q) result_o <= result_i;
  end

  // Narrower data takes more beats.
  logic unused;
  assign unused = &{1'b0, plan_i};

  `SLUICE_ASSERT(NoEmptyPacketOut, !emitting || result_i.out_len != '0)
  `SLUICE_ASSERT(DoneOnlyAtHead, !done_o || !empty_i)

endmodule
