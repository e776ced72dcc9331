// SPDX-License-Identifier: Apache-2.0
//
// Firmware's window into the data plane: an AXI4-Lite subordinate (32-bit data and addresses, one transaction at a
// time) in front of the registers and the table bus. Addresses: docs/registers/README.md.
//
// SLVERR answers an address without a register or table word, a misaligned address, a write without all strobes, a
// write to something read-only, and a table that does not acknowledge within TimeoutCycles. Such a transaction
// changes nothing.
//
// config_o holds what firmware set, from the cycle after a write on; command_o pulses; status_i is read as it stands.
// Table bus: see csr_tables. The user ORs tbl_ack_i and tbl_rdata_i over the owners of tables; an owner that is not
// asked drives 0.
module csr_block #(
    parameter int unsigned TimeoutCycles = 4096
) (
    input logic clk_i,
    input logic rst_i,

    input logic [31:0] s_axil_awaddr_i,
    input logic [2:0] s_axil_awprot_i,
    input logic s_axil_awvalid_i,
    output logic s_axil_awready_o,
    input logic [31:0] s_axil_wdata_i,
    input logic [3:0] s_axil_wstrb_i,
    input logic s_axil_wvalid_i,
    output logic s_axil_wready_o,
    output logic [1:0] s_axil_bresp_o,
    output logic s_axil_bvalid_o,
    input logic s_axil_bready_i,
    input logic [31:0] s_axil_araddr_i,
    input logic [2:0] s_axil_arprot_i,
    input logic s_axil_arvalid_i,
    output logic s_axil_arready_o,
    output logic [31:0] s_axil_rdata_o,
    output logic [1:0] s_axil_rresp_o,
    output logic s_axil_rvalid_o,
    input logic s_axil_rready_i,

    output sluice_pkg::csr_config_t config_o,
    output sluice_pkg::csr_command_t command_o,
    input sluice_pkg::csr_status_t status_i,

    output logic tbl_valid_o,
    output logic tbl_write_o,
    output logic [4:0] tbl_id_o,
    output logic tbl_bank_o,
    output logic [19:0] tbl_row_o,
    output logic [383:0] tbl_wdata_o,
    input logic tbl_ack_i,
    input logic [383:0] tbl_rdata_i
);

  logic req_valid;
  logic req_write;
  logic [31:0] req_addr;
  logic [31:0] req_wdata;
  logic rsp_valid;
  logic rsp_error;
  logic [31:0] rsp_rdata;

  csr_axil u_axil (
      .clk_i,
      .rst_i,
      .s_axil_awaddr_i,
      .s_axil_awprot_i,
      .s_axil_awvalid_i,
      .s_axil_awready_o,
      .s_axil_wdata_i,
      .s_axil_wstrb_i,
      .s_axil_wvalid_i,
      .s_axil_wready_o,
      .s_axil_bresp_o,
      .s_axil_bvalid_o,
      .s_axil_bready_i,
      .s_axil_araddr_i,
      .s_axil_arprot_i,
      .s_axil_arvalid_i,
      .s_axil_arready_o,
      .s_axil_rdata_o,
      .s_axil_rresp_o,
      .s_axil_rvalid_o,
      .s_axil_rready_i,
      .req_valid_o(req_valid),
      .req_write_o(req_write),
      .req_addr_o(req_addr),
      .req_wdata_o(req_wdata),
      .rsp_valid_i(rsp_valid),
      .rsp_error_i(rsp_error),
      .rsp_rdata_i(rsp_rdata)
  );

  // Table 0 is the registers, in the first 4 KiB of its range.
  logic for_registers;
  logic beyond_registers;
  assign for_registers = req_addr[31:27] == 5'd0;
  assign beyond_registers = req_addr[26:12] != 15'd0;

  logic regs_error;
  logic [31:0] regs_rdata;
  csr_regs u_regs (
      .clk_i,
      .rst_i,
      .req_i(req_valid && for_registers && !beyond_registers),
      .write_i(req_write),
      .addr_i(req_addr[11:0]),
      .wdata_i(req_wdata),
      .rdata_o(regs_rdata),
      .error_o(regs_error),
      .config_o,
      .command_o,
      .status_i
  );

  logic tables_valid;
  logic tables_error;
  logic [31:0] tables_rdata;
  csr_tables #(
      .TimeoutCycles(TimeoutCycles)
  ) u_tables (
      .clk_i,
      .rst_i,
      .req_valid_i(req_valid && !for_registers),
      .req_write_i(req_write),
      .req_addr_i(req_addr[31:2]),
      .req_wdata_i(req_wdata),
      .rsp_valid_o(tables_valid),
      .rsp_error_o(tables_error),
      .rsp_rdata_o(tables_rdata),
      .tbl_valid_o,
      .tbl_write_o,
      .tbl_id_o,
      .tbl_bank_o,
      .tbl_row_o,
      .tbl_wdata_o,
      .tbl_ack_i,
      .tbl_rdata_i
  );

  // Registers answer in the cycle of the request.
  assign rsp_valid = for_registers || tables_valid;
  assign rsp_error = for_registers ? (regs_error || beyond_registers) : tables_error;
  assign rsp_rdata = for_registers ? regs_rdata : tables_rdata;

endmodule
