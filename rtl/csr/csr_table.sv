// SPDX-License-Identifier: Apache-2.0
//
// A configuration table: its RAM, its place on the table bus, and the read port of the pipeline.
//
// Table bus: answers requests for table Id with tbl_ack_o one cycle after it sees them; tbl_ack_o and tbl_rdata_o are 0
// otherwise, so that all tables of a design may be ORed. Rows from Rows on (a smaller profile) read 0 and ignore writes.
// Pipeline: a row read with read_en_i is on read_data_o in the next cycle and stays until the next read. The user keeps
// read_row_i below Rows. Tables with one bank (Banked = 0) ignore the bank.
`include "prim_assert.svh"

module csr_table #(
    parameter logic [4:0] Id = 5'd1,
    parameter int unsigned Width = 32,
    parameter int unsigned Rows = 1024,
    parameter bit Banked = 1'b0,
    localparam int unsigned RowW = (Rows > 1) ? $clog2(Rows) : 1
) (
    input logic clk_i,
    input logic rst_i,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o,

    input logic read_en_i,
    input logic read_bank_i,
    input logic [RowW-1:0] read_row_i,
    output logic [Width-1:0] read_data_o
);

  localparam int unsigned Depth = Banked ? 2 * Rows : Rows;
  localparam int unsigned AddrW = (Depth > 1) ? $clog2(Depth) : 1;

  // Requests: seen once, answered in the next cycle.
  logic seen;
  logic exists;
  logic ack_q;
  logic filled_q;
  assign seen = tbl_valid_i && tbl_id_i == Id && !ack_q;
  assign exists = {12'd0, tbl_row_i} < Rows;

  always_ff @(posedge clk_i) begin
    ack_q <= seen && !rst_i;
    filled_q <= seen && !rst_i && exists && !tbl_write_i;
  end

  // Bank 1 stands behind bank 0.
  logic [AddrW-1:0] bus_addr;
  logic [AddrW-1:0] read_addr;
  assign bus_addr = AddrW'(tbl_row_i) + ((Banked && tbl_bank_i) ? AddrW'(Rows) : '0);
  assign read_addr = AddrW'(read_row_i) + ((Banked && read_bank_i) ? AddrW'(Rows) : '0);

  logic [Width-1:0] bus_rdata;
  prim_table_ram #(
      .Width(Width),
      .Depth(Depth)
  ) u_ram (
      .clk_i,
      .a_en_i(seen && exists),
      .a_we_i(tbl_write_i),
      .a_addr_i(bus_addr),
      .a_wdata_i(tbl_wdata_i[Width-1:0]),
      .a_rdata_o(bus_rdata),
      .b_en_i(read_en_i),
      .b_addr_i(read_addr),
      .b_rdata_o(read_data_o)
  );

  assign tbl_ack_o = ack_q;
  assign tbl_rdata_o = filled_q ? 384'(bus_rdata) : 384'd0;

  // The bits of the bus that this table does not have.
  logic unused;
  assign unused = &{1'b0, tbl_wdata_i, tbl_bank_i, read_bank_i};

  `SLUICE_ASSERT(ReadRowExists, !read_en_i || 32'(read_row_i) < Rows)

endmodule
