// SPDX-License-Identifier: Apache-2.0
//
// The port table (table 11), in registers: every stage sees all rows at once. Row p at bits p*PORT_ROW_W of rows_o.
//
// Table bus as in csr_table: one cycle from request to acknowledgement; rows from PORT_ROWS on read 0 and ignore writes.
// All rows are 0 after reset, so all ports are down.
module edit_ports (
    input logic clk_i,
    input logic rst_i,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o,

    output logic [sluice_pkg::PORT_ROWS*sluice_pkg::PORT_ROW_W-1:0] rows_o
);

  logic seen;
  logic exists;
  assign seen = tbl_valid_i && tbl_id_i == sluice_pkg::TABLE_PORT && !tbl_ack_o;
  assign exists = {12'd0, tbl_row_i} < sluice_pkg::PORT_ROWS;

  always_ff @(posedge clk_i) begin
    if (rst_i) rows_o <= '0;
    else if (seen && exists && tbl_write_i) begin
      rows_o[sluice_pkg::PORT_ROW_W * 32'(tbl_row_i[2:0]) +: sluice_pkg::PORT_ROW_W] <=
          tbl_wdata_i[sluice_pkg::PORT_ROW_W-1:0];
    end
  end

  logic [sluice_pkg::PORT_ROW_W-1:0] rdata_q;  // 0 but with the acknowledgement of a read
  always_ff @(posedge clk_i) begin
    tbl_ack_o <= seen && !rst_i;
    if (seen && exists && !tbl_write_i) begin
      rdata_q <= rows_o[sluice_pkg::PORT_ROW_W * 32'(tbl_row_i[2:0]) +: sluice_pkg::PORT_ROW_W];
    end else begin
      rdata_q <= '0;
    end
  end
  assign tbl_rdata_o = {{(384 - sluice_pkg::PORT_ROW_W) {1'b0}}, rdata_q};

  // Rows are narrower than the bus.
  logic unused;
  assign unused = &{1'b0, tbl_wdata_i[383:sluice_pkg::PORT_ROW_W]};

endmodule
