// SPDX-License-Identifier: Apache-2.0
//
// The emitter: takes the oldest frame out of the packet buffer and sends it as its job says - as it came, or with a new
// layer-2 header, TTL, addresses, ports and checksums - or discards it.
//
// A job (job_valid_i while job_ready_o) of b beats out takes b + 3 clocks, 11 more if the packet is rewritten; a
// discarded frame takes 2. Old and new layer-2 header differ by 0 or 4 bytes, so that words of 32 bits move by one at most.
// Output stalls while tready is low; tvalid, once high, stays until then with the beat unchanged.
`include "prim_assert.svh"

module small_emit (
    input logic clk_i,
    input logic rst_i,

    input logic [47:0] mac_i,

    input logic job_valid_i,
    input small_pkg::job_t job_i,
    output logic job_ready_o,

    output logic read_o,
    output logic [7:0] read_address_o,
    input logic [63:0] beat_i,
    output logic free_valid_o,
    output logic [8:0] free_o,

    output logic [63:0] m_axis_tdata_o,
    output logic [7:0] m_axis_tkeep_o,
    output logic m_axis_tvalid_o,
    output logic m_axis_tlast_o,
    output logic [2:0] m_axis_tdest_o,
    input logic m_axis_tready_i
);

  typedef enum logic [2:0] {
    STATE_IDLE = 3'd0,
    STATE_BEGIN = 3'd1,
    STATE_SUM = 3'd2,
    STATE_SEND = 3'd3,
    STATE_END = 3'd4
  } state_e;
  state_e state_q;

  small_pkg::job_t job_q;
  assign job_ready_o = state_q == STATE_IDLE;
  always_ff @(posedge clk_i) begin
    if (job_valid_i && job_ready_o) job_q <= job_i;
  end

  logic sums_done;
  logic [15:0] header_sum, l4_sum;
  small_edit_sum u_sum (
      .clk_i,
      .rst_i,
      .start_i(state_q == STATE_BEGIN),
      .job_i(job_q),
      .done_o(sums_done),
      .header_sum_o(header_sum),
      .l4_sum_o(l4_sum)
  );

  logic sent;
  always_ff @(posedge clk_i) begin
    if (rst_i) state_q <= STATE_IDLE;
    else begin
      unique case (state_q)
        STATE_IDLE: if (job_valid_i) state_q <= STATE_BEGIN;
        STATE_BEGIN: state_q <= !job_q.send ? STATE_END : job_q.raw ? STATE_SEND : STATE_SUM;
        STATE_SUM: if (sums_done) state_q <= STATE_SEND;
        STATE_SEND: if (sent) state_q <= STATE_END;
        default: state_q <= STATE_IDLE;
      endcase
    end
  end

  // Beats in: read_q is the next one, end_q that of the next frame. One more than the frame has may be read.
  logic [8:0] read_q;
  logic [8:0] end_q;
  logic [8:0] to_read_q;
  logic shifted;  // words move by one
  logic early;  // the first beat out needs the second one in
  logic advance;
  logic reading;
  assign shifted = !job_q.raw && job_q.has_tag != job_q.vlan_tagged;
  assign early = shifted && job_q.has_tag;
  assign advance = !m_axis_tvalid_o || m_axis_tready_i;
  assign reading = state_q == STATE_SEND && to_read_q != '0 && advance;
  always_ff @(posedge clk_i) begin
    if (rst_i) read_q <= '0;
    else if (state_q == STATE_END) read_q <= end_q;
    else if (reading) read_q <= read_q + 9'd1;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_BEGIN) end_q <= read_q + job_q.beats;
  end
  logic [8:0] beats_out;
  assign beats_out = job_q.out_len[11:3] + {8'd0, job_q.out_len[2:0] != '0};
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_BEGIN) to_read_q <= beats_out + {8'd0, early};
    else if (reading) to_read_q <= to_read_q - 9'd1;
  end
  assign read_o = reading;
  assign read_address_o = read_q[7:0];
  assign free_valid_o = state_q == STATE_END || (reading && read_q != end_q);
  assign free_o = state_q == STATE_END ? end_q : read_q + 9'd1;

  // A beat is there; of the one before, the high half is kept.
  logic beat_q;
  logic ahead_q;
  logic [31:0] high_q;
  logic load;
  logic first_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) beat_q <= 1'b0;
    else if (advance) beat_q <= reading;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_BEGIN) first_q <= 1'b1;
    else if (reading) first_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (reading) ahead_q <= first_q && early;
  end
  always_ff @(posedge clk_i) begin
    if (advance && beat_q) high_q <= beat_i[63:32];
  end
  assign load = advance && beat_q && !ahead_q;

  // Beats out. place_q: place of the low word, see small_edit_lane.
  logic [8:0] left_q;
  logic [1:0] index_q;
  logic [5:0] place_q;
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_BEGIN) left_q <= beats_out;
    else if (load) left_q <= left_q - 9'd1;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_BEGIN) index_q <= '0;
    else if (load && index_q != 2'd2) index_q <= index_q + 2'd1;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_BEGIN) place_q <= job_q.vlan_tagged ? -6'd4 : -6'd3;
    else if (load && (place_q[5] || place_q < 6'd25)) place_q <= place_q + 6'd2;
  end

  logic [63:0] moved;
  logic [31:0] low, high;
  assign moved = shifted ? {beat_i[31:0], high_q} : beat_i;
  small_edit_lane u_low (
      .job_i(job_q),
      .header_sum_i(header_sum),
      .l4_sum_i(l4_sum),
      .place_i(place_q),
      .word_i(moved[31:0]),
      .word_o(low)
  );
  small_edit_lane u_high (
      .job_i(job_q),
      .header_sum_i(header_sum),
      .l4_sum_i(l4_sum),
      .place_i(place_q + 6'd1),
      .word_i(moved[63:32]),
      .word_o(high)
  );

  logic [63:0] data;
  always_comb begin
    data = {high, low};
    if (job_q.raw) data = beat_i;
    else if (index_q == 2'd0) data = {mac_i[15:0], job_q.mac};
    else if (index_q == 2'd1) begin
      data[31:0] = mac_i[47:16];
      if (job_q.vlan_tagged) data[63:32] = {job_q.vlan[7:0], 4'd0, job_q.vlan[11:8], 16'h0081};
    end
  end

  logic last;
  assign last = left_q == 9'd1;
  assign sent = m_axis_tvalid_o && m_axis_tready_i && m_axis_tlast_o;
  always_ff @(posedge clk_i) begin
    if (rst_i) m_axis_tvalid_o <= 1'b0;
    else if (advance) m_axis_tvalid_o <= load;
  end
  logic [7:0] last_keep;
  always_comb begin
    for (int unsigned i = 0; i < 8; i++) last_keep[i] = job_q.out_len[2:0] == '0 || job_q.out_len[2:0] > i[2:0];
  end
  always_ff @(posedge clk_i) begin
    if (load) begin
      m_axis_tdata_o <= data;
      m_axis_tlast_o <= last;
      m_axis_tkeep_o <= last ? last_keep : '1;
      m_axis_tdest_o <= job_q.port;
    end
  end

  logic unused;
  assign unused = &{1'b0, job_q.out_len[13:12]};

`ifdef SLUICE_ASSERT_ON
  // The beat that was refused, to see that it stays.
  logic refused_q;
  logic [75:0] refused_beat_q;
  always_ff @(posedge clk_i) begin
    refused_q <= !rst_i && m_axis_tvalid_o && !m_axis_tready_i;
    refused_beat_q <= {m_axis_tdest_o, m_axis_tlast_o, m_axis_tkeep_o, m_axis_tdata_o};
  end
`endif
  `SLUICE_ASSERT(RefusedBeatStays,
                 !refused_q || (m_axis_tvalid_o
                 && refused_beat_q == {m_axis_tdest_o, m_axis_tlast_o, m_axis_tkeep_o, m_axis_tdata_o}))
  `SLUICE_ASSERT(FreedIsRead, state_q != STATE_END || !m_axis_tvalid_o)
  `SLUICE_ASSERT(ReadsAtMostOneMore, state_q != STATE_SEND || 9'(read_q - end_q - 9'd2) >= 9'd200)

endmodule
