// SPDX-License-Identifier: Apache-2.0
//
// The buckets of new connections, by source and by virtual: flow_rates and flow_bucket at their times. Owner of the table
// connection_policer.
//
// Cycle 2: read_i, virtual_i, source_i. Cycle 3: tick_i, and the rates. Cycle 4: source_ok_o, virtual_ok_o: there is a
// token; source_charge_i, virtual_charge_i take it.
module flow_charge #(
    parameter int unsigned Virtuals = 1024,
    parameter int unsigned Sources  = 4096
) (
    input logic clk_i,
    input logic rst_i,

    input logic tbl_start_i,
    input logic tbl_write_i,
    input logic [19:0] tbl_row_i,
    input logic [71:0] tbl_wdata_i,
    output logic [71:0] tbl_rdata_o,

    input logic [39:0] source_rate_i,
    input logic [31:0] source_burst_i,

    input logic read_i,
    input logic [9:0] virtual_i,
    input logic [11:0] source_i,
    input logic [53:0] tick_i,

    input logic source_charge_i,
    output logic source_ok_o,
    input logic virtual_charge_i,
    output logic virtual_ok_o
);

  logic [39:0] rate;
  logic [31:0] burst;
  flow_rates #(
      .Virtuals(Virtuals)
  ) u_rates (
      .clk_i,
      .tbl_start_i,
      .tbl_write_i,
      .tbl_row_i,
      .tbl_wdata_i,
      .tbl_rdata_o,
      .read_i,
      .virtual_i,
      .rate_o(rate),
      .burst_o(burst)
  );

  flow_bucket #(
      .Rows(Virtuals)
  ) u_virtual (
      .clk_i,
      .rst_i,
      .read_i,
      .row_i({2'd0, virtual_i}),
      .rate_i(rate),
      .burst_i(burst),
      .tick_i,
      .charge_i(virtual_charge_i),
      .ok_o(virtual_ok_o)
  );

  flow_bucket #(
      .Rows(Sources)
  ) u_source (
      .clk_i,
      .rst_i,
      .read_i,
      .row_i(source_i),
      .rate_i(source_rate_i),
      .burst_i(source_burst_i),
      .tick_i,
      .charge_i(source_charge_i),
      .ok_o(source_ok_o)
  );

endmodule
