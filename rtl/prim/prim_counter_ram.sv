// SPDX-License-Identifier: Apache-2.0
//
// Packet and byte counters of Rows rows, 64 bits each, in RAM; they wrap.
//
// One increment per cycle, also of the same row in successive cycles: inc_valid_i adds 1 to the packets and inc_bytes_i
// to the bytes of inc_row_i. LATENCY: a read (rd_en_i) answers in the next cycle, for that cycle only, with {bytes,
// packets} after all increments of earlier cycles. The user keeps rows below Rows. Content at power-up is 0 in
// simulation and what the RAM is loaded with in hardware; reset does not change it.
`include "prim_assert.svh"

module prim_counter_ram #(
    parameter int unsigned Rows = 256,
    localparam int unsigned RowW = (Rows > 1) ? $clog2(Rows) : 1
) (
    input logic clk_i,
    input logic rst_i,

    input logic inc_valid_i,
    input logic [RowW-1:0] inc_row_i,
    input logic [13:0] inc_bytes_i,

    input logic rd_en_i,
    input logic [RowW-1:0] rd_row_i,
    output logic [127:0] rd_data_o
);

  logic [63:0] packets[Rows];
  logic [63:0] bytes[Rows];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < Rows; i++) begin
      packets[i] = '0;
      bytes[i] = '0;
    end
  end
`endif

  // First cycle: the row is read. stale_q: it is being written in the same cycle, and stands in *_sum_q after it.
  logic add_q;
  logic stale_q;
  logic [RowW-1:0] row_q;
  logic [13:0] length_q;
  logic [63:0] packets_q;
  logic [63:0] bytes_q;
  always_ff @(posedge clk_i) begin
    add_q <= inc_valid_i && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (inc_valid_i) begin
      row_q <= inc_row_i;
      length_q <= inc_bytes_i;
      stale_q <= add_q && inc_row_i == row_q;
      packets_q <= packets[inc_row_i];
      bytes_q <= bytes[inc_row_i];
    end
  end

  // Second cycle: the sums are written. Of the upper half both that it may become stand beside the sum of the lower one.
  function automatic [63:0] sum(input logic [63:0] value, input logic [13:0] add);
    logic [32:0] low;
    logic [31:0] high;
    low  = {1'b0, value[31:0]} + {19'd0, add};
    high = value[63:32] + 32'd1;
    sum  = {low[32] ? high : value[63:32], low[31:0]};
  endfunction

  logic [63:0] packets_sum;
  logic [63:0] bytes_sum;
  logic [63:0] packets_sum_q;
  logic [63:0] bytes_sum_q;
  assign packets_sum = sum(stale_q ? packets_sum_q : packets_q, 14'd1);
  assign bytes_sum = sum(stale_q ? bytes_sum_q : bytes_q, length_q);
  always_ff @(posedge clk_i) begin
    if (add_q) begin
      packets[row_q] <= packets_sum;
      bytes[row_q] <= bytes_sum;
      packets_sum_q <= packets_sum;
      bytes_sum_q <= bytes_sum;
    end
  end

  // The reader has a port of its own.
  logic rd_stale_q;
  logic [63:0] rd_packets_q;
  logic [63:0] rd_bytes_q;
  always_ff @(posedge clk_i) begin
    if (rd_en_i) begin
      rd_stale_q <= add_q && rd_row_i == row_q;
      rd_packets_q <= packets[rd_row_i];
      rd_bytes_q <= bytes[rd_row_i];
    end
  end
  assign rd_data_o = rd_stale_q ? {bytes_sum_q, packets_sum_q} : {rd_bytes_q, rd_packets_q};

  `SLUICE_ASSERT(CarryReachesTheTop, !add_q || (packets_sum == (stale_q ? packets_sum_q : packets_q) + 64'd1 &&
                 bytes_sum == (stale_q ? bytes_sum_q : bytes_q) + {50'd0, length_q}))
  `SLUICE_ASSERT(IncrementRowExists, !inc_valid_i || 32'(inc_row_i) < Rows)
  `SLUICE_ASSERT(ReadRowExists, !rd_en_i || 32'(rd_row_i) < Rows)

endmodule
