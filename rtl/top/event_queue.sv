// SPDX-License-Identifier: Apache-2.0
//
// Events of the connection table on their way to firmware: a FIFO of Depth (a power of two), an AXI4-Stream on the other
// side. An event that finds the queue full is lost and counted in lost_o.
// LATENCY 2 cycles into an empty queue. tdata is stable while tvalid waits for tready.
`include "prim_assert.svh"

module event_queue #(
    parameter int unsigned Depth = 64
) (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input sluice_pkg::event_t event_i,
    output logic [31:0] lost_o,

    output logic m_axis_event_tvalid_o,
    output sluice_pkg::event_t m_axis_event_tdata_o,
    input logic m_axis_event_tready_i
);

  localparam int unsigned CountW = $clog2(Depth) + 1;

  logic full;
  logic empty;
  logic [CountW-1:0] count;

  prim_fifo #(
      .Width(sluice_pkg::EVENT_W),
      .Depth(Depth)
  ) u_fifo (
      .clk_i,
      .rst_i,
      .push_i(valid_i && !full),
      .data_i(event_i),
      .full_o(full),
      .pop_i(m_axis_event_tvalid_o && m_axis_event_tready_i),
      .data_o(m_axis_event_tdata_o),
      .empty_o(empty),
      .count_o(count)
  );

  assign m_axis_event_tvalid_o = !empty;

  logic [31:0] lost_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) lost_q <= '0;
    else if (valid_i && full) lost_q <= lost_q + 32'd1;
  end
  assign lost_o = lost_q;

  logic unused;
  assign unused = ^count;

endmodule
