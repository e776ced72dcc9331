// SPDX-License-Identifier: Apache-2.0
//
// Match vector of a port range: five vectors in rows {byte, bank}, one bit per rule. By the port's high byte: strictly inside
// the bounds' high bytes, equal to the low bound's, equal to the high bound's; by its low byte: at or above the low
// bound's, at or below the high bound's (docs/data-plane.md, section 5). port_i is in memory order.
//
// LATENCY 2: match_o holds until the next lookup. One lookup per clock.
// Bus: as classify_stride, chunks 0 to 4. Content at power-up is 0 in simulation and unknown in hardware.
module classify_range #(
    parameter int unsigned Rules = 256,
    parameter logic [3:0] Group = 4'd0
) (
    input logic clk_i,

    input logic bus_access_i,
    input logic bus_collect_i,
    input logic bus_write_i,
    input logic [3:0] bus_group_i,
    input logic [2:0] bus_chunk_i,
    input logic [8:0] bus_row_i,
    input logic [Rules-1:0] bus_wdata_i,
    output logic [Rules-1:0] bus_rdata_o,

    input logic valid_i,
    input logic bank_i,
    input logic [15:0] port_i,
    output logic [Rules-1:0] match_o
);
  /*verilator inline_module*/

  localparam int unsigned LATENCY = 2;
  localparam int unsigned CHUNKS = 5;
  localparam int unsigned STRICT = 0;
  localparam int unsigned EQUAL_LOW = 1;
  localparam int unsigned EQUAL_HIGH = 2;
  localparam int unsigned ABOVE_LOW = 3;
  localparam int unsigned BELOW_HIGH = 4;

  if (LATENCY != 2) begin : gen_latency_check
    $fatal(1, "classify_range: rows, then the match");
  end

  logic valid_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
  end

  // Columns of all chunks side by side, as in classify_stride.
  logic [CHUNKS*Rules-1:0] memory[512];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned r = 0; r < 512; r++) memory[r] = '0;
  end
`endif

  always_ff @(posedge clk_i) begin
    if (bus_access_i) begin
      for (int unsigned c = 0; c < CHUNKS; c++) begin
        if (bus_write_i && bus_group_i == Group && 32'(bus_chunk_i) == c) memory[bus_row_i][Rules*c+:Rules] <= bus_wdata_i;
      end
    end
  end

  for (genvar i = 0; i < CHUNKS; i++) begin : gen_chunk
    logic [Rules-1:0] row_q, bus_row_q;

    always_ff @(posedge clk_i) begin
      if (bus_access_i) bus_row_q <= memory[bus_row_i][Rules*i+:Rules];
    end

    // The high byte is the first on the wire.
    always_ff @(posedge clk_i) begin
      if (valid_i) row_q <= memory[{(i < ABOVE_LOW) ? port_i[7:0] : port_i[15:8], bank_i}][Rules*i+:Rules];
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      match_o <= gen_chunk[STRICT].row_q |
          ((gen_chunk[EQUAL_LOW].row_q | gen_chunk[EQUAL_HIGH].row_q) &
           (~gen_chunk[EQUAL_LOW].row_q | gen_chunk[ABOVE_LOW].row_q) &
           (~gen_chunk[EQUAL_HIGH].row_q | gen_chunk[BELOW_HIGH].row_q));
    end
  end

  always_ff @(posedge clk_i) begin
    if (bus_collect_i) begin
      unique case (bus_chunk_i)
        3'd0: bus_rdata_o <= gen_chunk[0].bus_row_q;
        3'd1: bus_rdata_o <= gen_chunk[1].bus_row_q;
        3'd2: bus_rdata_o <= gen_chunk[2].bus_row_q;
        3'd3: bus_rdata_o <= gen_chunk[3].bus_row_q;
        default: bus_rdata_o <= gen_chunk[4].bus_row_q;
      endcase
    end
  end

endmodule
