// SPDX-License-Identifier: Apache-2.0
//
// The small profile for an iCE40 HX8K: sluice_small with registers at all pins, 16-bit streams (small_pins_in,
// small_pins_out), registers over SPI (small_spi), and the age tick counted from the clock.
//
// ClockHz is the clock's frequency; a tick is 2^23 ns of it. rst_i is sampled twice before it is used.
module sluice_ice40 #(
    parameter int unsigned ClockHz = 50_000_000
) (
    input logic clk_i,
    input logic rst_i,

    input logic spi_sclk_i,
    input logic spi_cs_n_i,
    input logic spi_mosi_i,
    output logic spi_miso_o,

    input logic [15:0] rx_data_i,
    input logic rx_valid_i,
    input logic rx_last_i,
    input logic rx_odd_i,
    input logic rx_error_i,
    input logic [2:0] rx_port_i,
    input logic [2:0] rx_dest_i,
    output logic rx_ready_o,

    output logic [15:0] tx_data_o,
    output logic tx_valid_o,
    output logic tx_last_o,
    output logic tx_odd_o,
    output logic [2:0] tx_port_o,
    input logic tx_ready_i
);

  // Clocks of a tick: ClockHz * 2^23 / 10^9 to within 0.002 %, without leaving 32 bits.
  localparam int unsigned TICK_CLOCKS = (ClockHz / 1000) * 16777 / 2000;

  logic [1:0] rst_q;
  logic rst;
  always_ff @(posedge clk_i) rst_q <= {rst_q[0], rst_i};
  assign rst = rst_q[1];

  logic [19:0] left_q;
  logic [small_pkg::TICK_W-1:0] tick_q;
  always_ff @(posedge clk_i) begin
    if (rst || left_q == '0) left_q <= 20'(TICK_CLOCKS - 1);
    else left_q <= left_q - 20'd1;
  end
  always_ff @(posedge clk_i) begin
    if (rst) tick_q <= '0;
    else if (left_q == '0) tick_q <= tick_q + small_pkg::TICK_W'(1);
  end

  logic bus_valid, bus_write, bus_ack;
  logic [15:0] bus_address;
  logic [31:0] bus_wdata, bus_rdata;
  small_spi u_spi (
      .clk_i,
      .rst_i(rst),
      .spi_sclk_i,
      .spi_cs_n_i,
      .spi_mosi_i,
      .spi_miso_o,
      .bus_valid_o(bus_valid),
      .bus_write_o(bus_write),
      .bus_address_o(bus_address),
      .bus_wdata_o(bus_wdata),
      .bus_ack_i(bus_ack),
      .bus_rdata_i(bus_rdata)
  );

  logic [63:0] in_tdata, out_tdata;
  logic [7:0] in_tkeep, out_tkeep;
  logic in_tvalid, in_tlast, in_tuser, in_tready;
  logic [2:0] in_tid, in_tdest, out_tdest;
  logic out_tvalid, out_tlast, out_tready;
  small_pins_in u_pins_in (
      .clk_i,
      .rst_i(rst),
      .rx_data_i,
      .rx_valid_i,
      .rx_last_i,
      .rx_odd_i,
      .rx_error_i,
      .rx_port_i,
      .rx_dest_i,
      .rx_ready_o,
      .m_axis_tdata_o(in_tdata),
      .m_axis_tkeep_o(in_tkeep),
      .m_axis_tvalid_o(in_tvalid),
      .m_axis_tlast_o(in_tlast),
      .m_axis_tuser_o(in_tuser),
      .m_axis_tid_o(in_tid),
      .m_axis_tdest_o(in_tdest),
      .m_axis_tready_i(in_tready)
  );

  logic result_valid;
  logic [small_pkg::RESULT_W-1:0] result;
  sluice_small u_small (
      .clk_i,
      .rst_i(rst),
      .tick_i(tick_q),
      .bus_valid_i(bus_valid),
      .bus_write_i(bus_write),
      .bus_address_i(bus_address),
      .bus_wdata_i(bus_wdata),
      .bus_ack_o(bus_ack),
      .bus_rdata_o(bus_rdata),
      .s_axis_tdata_i(in_tdata),
      .s_axis_tkeep_i(in_tkeep),
      .s_axis_tvalid_i(in_tvalid),
      .s_axis_tlast_i(in_tlast),
      .s_axis_tuser_i(in_tuser),
      .s_axis_tid_i(in_tid),
      .s_axis_tdest_i(in_tdest),
      .s_axis_tready_o(in_tready),
      .m_axis_tdata_o(out_tdata),
      .m_axis_tkeep_o(out_tkeep),
      .m_axis_tvalid_o(out_tvalid),
      .m_axis_tlast_o(out_tlast),
      .m_axis_tdest_o(out_tdest),
      .m_axis_tready_i(out_tready),
      .result_valid_o(result_valid),
      .result_o(result)
  );

  small_pins_out u_pins_out (
      .clk_i,
      .rst_i(rst),
      .s_axis_tdata_i(out_tdata),
      .s_axis_tkeep_i(out_tkeep),
      .s_axis_tvalid_i(out_tvalid),
      .s_axis_tlast_i(out_tlast),
      .s_axis_tdest_i(out_tdest),
      .s_axis_tready_o(out_tready),
      .tx_data_o,
      .tx_valid_o,
      .tx_last_o,
      .tx_odd_o,
      .tx_port_o,
      .tx_ready_i
  );

  // Results are for benches: counters say the same to firmware.
  logic unused;
  assign unused = &{1'b0, result_valid, result};

endmodule
