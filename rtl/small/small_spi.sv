// SPDX-License-Identifier: Apache-2.0
//
// SPI bridge to the register bus: mode 0, most significant bit first, the bridge is the peripheral.
//
// One access per selection (cs_n low): 8 bits of command (0x80 write, 0x00 read), 16 bits of word address, then 32 bits of
// data to write, or 8 bits of pause and 32 bits that are read. The clock is sampled: at most an eighth of clk_i. A write
// that ends before its last bit does nothing. Reads of counters wait for the packet in hand, less than the pause at an
// eighth of clk_i.
module small_spi (
    input logic clk_i,
    input logic rst_i,

    input logic spi_sclk_i,
    input logic spi_cs_n_i,
    input logic spi_mosi_i,
    output logic spi_miso_o,

    output logic bus_valid_o,
    output logic bus_write_o,
    output logic [15:0] bus_address_o,
    output logic [31:0] bus_wdata_o,
    input logic bus_ack_i,
    input logic [31:0] bus_rdata_i
);

  // Three samples: two against metastability, the third to see edges.
  logic [2:0] sclk_q;
  logic [1:0] cs_n_q;
  logic [1:0] mosi_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      sclk_q <= '0;
      cs_n_q <= '1;
      mosi_q <= '0;
    end else begin
      sclk_q <= {sclk_q[1:0], spi_sclk_i};
      cs_n_q <= {cs_n_q[0], spi_cs_n_i};
      mosi_q <= {mosi_q[0], spi_mosi_i};
    end
  end
  logic rises, falls, selected;
  assign rises = sclk_q[1] && !sclk_q[2];
  assign falls = !sclk_q[1] && sclk_q[2];
  assign selected = !cs_n_q[1];

  // Bits taken so far, and the last 56 of them.
  logic [5:0] bits_q;
  logic [55:0] shift_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || !selected) bits_q <= '0;
    else if (rises && bits_q != 6'd63) bits_q <= bits_q + 6'd1;
  end
  always_ff @(posedge clk_i) begin
    if (selected && rises) shift_q <= {shift_q[54:0], mosi_q[1]};
  end

  // After 24 bits a read begins, after 56 a write.
  logic asked_q;  // one access per selection
  logic read_ready, write_ready;
  assign read_ready = bits_q == 6'd24 && !shift_q[23];
  assign write_ready = bits_q == 6'd56 && shift_q[55];
  always_ff @(posedge clk_i) begin
    if (rst_i || !selected) asked_q <= 1'b0;
    else if (read_ready || write_ready) asked_q <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) bus_valid_o <= 1'b0;
    else if (bus_ack_i) bus_valid_o <= 1'b0;
    else if (selected && !asked_q && (read_ready || write_ready)) bus_valid_o <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (selected && !asked_q && (read_ready || write_ready)) begin
      bus_write_o <= write_ready;
      bus_address_o <= write_ready ? shift_q[47:32] : shift_q[15:0];
      bus_wdata_o <= shift_q[31:0];
    end
  end

  // The answer goes out after the 32nd bit, a bit at each falling edge.
  logic [31:0] answer_q;
  always_ff @(posedge clk_i) begin
    if (bus_ack_i) answer_q <= bus_rdata_i;
    else if (falls && bits_q > 6'd32) answer_q <= {answer_q[30:0], 1'b0};
  end
  always_ff @(posedge clk_i) spi_miso_o <= answer_q[31];

endmodule
