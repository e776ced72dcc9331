// SPDX-License-Identifier: Apache-2.0
//
// Match vectors of a few header bytes (chunks): for each chunk one bit per rule in row {value of the byte, bank}.
// A rule matches if its bit is set in the rows of all chunks.
//
// LATENCY 2: match_o, the AND of the rows; it holds until the next lookup. One lookup per clock.
// Bus: bus_access_i, common to all groups of chunks, is one access to a row of bus_group_i; a row read is on bus_rdata_o
// two cycles later and holds until the next access. bus_collect_i comes in the cycle after bus_access_i, the other
// bus inputs hold meanwhile. Content at power-up is 0 in simulation and unknown in hardware.
module classify_stride #(
    parameter int unsigned Chunks = 4,
    parameter int unsigned Rules = 256,
    parameter logic [3:0] Group = 4'd0
) (
    input logic clk_i,

    input logic bus_access_i,
    input logic bus_collect_i,
    input logic bus_write_i,
    input logic [3:0] bus_group_i,
    input logic [1:0] bus_chunk_i,
    input logic [8:0] bus_row_i,
    input logic [Rules-1:0] bus_wdata_i,
    output logic [Rules-1:0] bus_rdata_o,

    input logic valid_i,
    input logic bank_i,
    input logic [Chunks*8-1:0] values_i,
    output logic [Rules-1:0] match_o
);
  /*verilator inline_module*/

  localparam int unsigned LATENCY = 2;

  if (!(Chunks == 2 || Chunks == 4) || LATENCY != 2) begin : gen_chunks_check
    $fatal(1, "classify_stride: Chunks must be 2 or 4");
  end

  logic valid_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
  end

  // Columns of all chunks side by side, with a read port per chunk. What a port has no use for falls away in synthesis,
  // so this is one RAM per chunk; for a simulator it is one write port instead of many.
  logic [Chunks*Rules-1:0] memory[512];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned r = 0; r < 512; r++) memory[r] = '0;
  end
`endif

  always_ff @(posedge clk_i) begin
    if (bus_access_i) begin
      for (int unsigned c = 0; c < Chunks; c++) begin
        if (bus_write_i && bus_group_i == Group && 32'(bus_chunk_i) == c) memory[bus_row_i][Rules*c+:Rules] <= bus_wdata_i;
      end
    end
  end

  for (genvar i = 0; i < Chunks; i++) begin : gen_chunk
    logic [Rules-1:0] row_q, bus_row_q;

    always_ff @(posedge clk_i) begin
      if (bus_access_i) bus_row_q <= memory[bus_row_i][Rules*i+:Rules];
    end

    always_ff @(posedge clk_i) begin
      if (valid_i) row_q <= memory[{values_i[8*i+:8], bank_i}][Rules*i+:Rules];
    end
  end

  if (Chunks == 4) begin : gen_four
    always_ff @(posedge clk_i) begin
      if (valid_q) match_o <= gen_chunk[0].row_q & gen_chunk[1].row_q & gen_chunk[2].row_q & gen_chunk[3].row_q;
    end

    always_ff @(posedge clk_i) begin
      if (bus_collect_i) begin
        unique case (bus_chunk_i)
          2'd0: bus_rdata_o <= gen_chunk[0].bus_row_q;
          2'd1: bus_rdata_o <= gen_chunk[1].bus_row_q;
          2'd2: bus_rdata_o <= gen_chunk[2].bus_row_q;
          default: bus_rdata_o <= gen_chunk[3].bus_row_q;
        endcase
      end
    end
  end else begin : gen_two
    always_ff @(posedge clk_i) begin
      if (valid_q) match_o <= gen_chunk[0].row_q & gen_chunk[1].row_q;
    end

    always_ff @(posedge clk_i) begin
      if (bus_collect_i) bus_rdata_o <= bus_chunk_i[0] ? gen_chunk[1].bus_row_q : gen_chunk[0].bus_row_q;
    end
  end

endmodule
