// SPDX-License-Identifier: Apache-2.0
//
// Stream of 16 bits from the pins to beats of 64 bits.
//
// Every halfword with rx_valid_i counts. After rx_ready_o falls the sender may send four more, and then waits for it to
// rise. rx_last_i marks the last halfword of a frame, of which rx_odd_i says that only its low byte counts; rx_error_i
// with it: the frame is damaged. Port and destination stay the same throughout a frame.
`include "prim_assert.svh"

module small_pins_in (
    input logic clk_i,
    input logic rst_i,

    input logic [15:0] rx_data_i,
    input logic rx_valid_i,
    input logic rx_last_i,
    input logic rx_odd_i,
    input logic rx_error_i,
    input logic [2:0] rx_port_i,
    input logic [2:0] rx_dest_i,
    output logic rx_ready_o,

    output logic [63:0] m_axis_tdata_o,
    output logic [7:0] m_axis_tkeep_o,
    output logic m_axis_tvalid_o,
    output logic m_axis_tlast_o,
    output logic m_axis_tuser_o,
    output logic [2:0] m_axis_tid_o,
    output logic [2:0] m_axis_tdest_o,
    input logic m_axis_tready_i
);

  localparam int unsigned WIDTH = 25;

  // At the pins.
  logic valid_q;
  logic [WIDTH-1:0] word_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= 1'b0;
    else valid_q <= rx_valid_i;
  end
  always_ff @(posedge clk_i) word_q <= {rx_port_i, rx_dest_i, rx_error_i, rx_odd_i, rx_last_i, rx_data_i};

  // Eight halfwords in registers: the oldest at the bottom.
  logic [8*WIDTH-1:0] words_q;
  logic [3:0] count_q;
  logic pop;
  always_ff @(posedge clk_i) begin
    if (rst_i) count_q <= '0;
    else count_q <= count_q + {3'd0, valid_q} - {3'd0, pop};
  end
  for (genvar i = 0; i < 8; i++) begin : gen_word
    logic [WIDTH-1:0] above;
    if (i == 7) begin : gen_top
      assign above = word_q;
    end else begin : gen_other
      assign above = words_q[WIDTH*(i+1)+:WIDTH];
    end
    always_ff @(posedge clk_i) begin
      if (valid_q && count_q - {3'd0, pop} == i[3:0]) words_q[WIDTH*i+:WIDTH] <= word_q;
      else if (pop) words_q[WIDTH*i+:WIDTH] <= above;
    end
  end
  always_ff @(posedge clk_i) rx_ready_o <= !rst_i && count_q < 4'd2;

  // Four of them are a beat.
  logic [1:0] place_q;
  logic last;
  assign pop = count_q != '0 && (!m_axis_tvalid_o || m_axis_tready_i);
  assign last = words_q[16];
  always_ff @(posedge clk_i) begin
    if (rst_i) place_q <= '0;
    else if (pop) place_q <= last ? '0 : place_q + 2'd1;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) m_axis_tvalid_o <= 1'b0;
    else if (pop) m_axis_tvalid_o <= last || place_q == 2'd3;
    else if (m_axis_tready_i) m_axis_tvalid_o <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (pop) begin
      m_axis_tdata_o[16*place_q+:16] <= words_q[15:0];
      m_axis_tlast_o <= last;
      m_axis_tuser_o <= words_q[18];
      m_axis_tdest_o <= words_q[21:19];
      m_axis_tid_o <= words_q[24:22];
    end
  end
  always_ff @(posedge clk_i) begin
    if (pop) begin
      for (int unsigned i = 0; i < 4; i++) begin
        m_axis_tkeep_o[2*i] <= place_q >= i[1:0];
        m_axis_tkeep_o[2*i+1] <= place_q > i[1:0] || (place_q == i[1:0] && !(last && words_q[17]));
      end
    end
  end

  `SLUICE_ASSERT(NoHalfwordIsLost, !(valid_q && count_q == 4'd8 && !pop))

endmodule
