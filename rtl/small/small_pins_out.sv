// SPDX-License-Identifier: Apache-2.0
//
// Beats of 64 bits to a stream of 16 bits at the pins, as small_pins_in takes it.
//
// After tx_ready_i falls at most three more halfwords come. A beat takes a clock for each of its halfwords.
module small_pins_out (
    input logic clk_i,
    input logic rst_i,

    input logic [63:0] s_axis_tdata_i,
    input logic [7:0] s_axis_tkeep_i,
    input logic s_axis_tvalid_i,
    input logic s_axis_tlast_i,
    input logic [2:0] s_axis_tdest_i,
    output logic s_axis_tready_o,

    output logic [15:0] tx_data_o,
    output logic tx_valid_o,
    output logic tx_last_o,
    output logic tx_odd_o,
    output logic [2:0] tx_port_o,
    input logic tx_ready_i
);

  logic ready_q;
  always_ff @(posedge clk_i) ready_q <= !rst_i && tx_ready_i;

  // Which halfword is next; the beat goes with its last one.
  logic [1:0] place_q;
  logic final_word, last;
  always_comb begin
    unique case (place_q)
      2'd0: final_word = !s_axis_tkeep_i[2];
      2'd1: final_word = !s_axis_tkeep_i[4];
      2'd2: final_word = !s_axis_tkeep_i[6];
      default: final_word = 1'b1;
    endcase
  end
  assign last = final_word && s_axis_tlast_i;
  assign s_axis_tready_o = ready_q && final_word;

  always_ff @(posedge clk_i) begin
    if (rst_i) place_q <= '0;
    else if (s_axis_tvalid_i && ready_q) place_q <= final_word ? '0 : place_q + 2'd1;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) tx_valid_o <= 1'b0;
    else tx_valid_o <= s_axis_tvalid_i && ready_q;
  end
  always_ff @(posedge clk_i) begin
    tx_data_o <= s_axis_tdata_i[16*place_q+:16];
    tx_last_o <= last;
    tx_odd_o <= last && !s_axis_tkeep_i[2*place_q+3'd1];
    tx_port_o <= s_axis_tdest_i;
  end

endmodule
