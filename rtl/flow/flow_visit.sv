// SPDX-License-Identifier: Apache-2.0
//
// Visits to the connection table in cycles without a packet: reads of the table bus first, then the scrub engine.
//
// fetch_start_i asks for one read of slot fetch_slot_i. scrub_start_i starts a pass over all rows, also during a pass; it
// judges by the time, mode and argument of then (scrub_now_o and so on).
// Rows are visited one per free cycle, all banks at once; a visit frees at most one entry. Visits commit in order:
// commit_i with the row and whether it freed an entry. After one that did, its row is visited again, and the visits
// already on their way are void (commit_void_o: the one that commits now). busy_o until a visit has found nothing left in
// the last row. freed_o counts from the start of the pass.
//
// Nothing moves without a fetch or a running pass.
module flow_visit #(
    parameter int unsigned Banks = 4,
    parameter int unsigned Ways = 4,
    parameter int unsigned RowsLog2 = 16,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1
) (
    input logic clk_i,
    input logic rst_i,

    input logic packet_i,
    output logic scrub_o,
    output logic fetch_o,
    output logic [RowsLog2-1:0] row_o,
    output logic [Banks-1:0] banks_o,
    output logic [WayW-1:0] way_o,

    input logic fetch_start_i,
    input logic [19:0] fetch_slot_i,

    input logic scrub_start_i,
    input logic [1:0] scrub_mode_i,
    input logic [11:0] scrub_arg_i,
    input logic [63:0] scrub_now_i,
    output logic [63:0] scrub_now_o,
    output logic [1:0] scrub_mode_o,
    output logic [11:0] scrub_arg_o,

    input logic commit_i,
    input logic [RowsLog2-1:0] commit_row_i,
    input logic commit_freed_i,
    output logic commit_void_o,

    output logic busy_o,
    output logic [31:0] freed_o
);

  localparam int unsigned WayBits = $clog2(Ways);

  // Reads of the table bus.
  logic pending_q;
  assign fetch_o = pending_q && !packet_i;
  always_ff @(posedge clk_i) begin
    if (rst_i || fetch_o) pending_q <= 1'b0;
    else if (fetch_start_i) pending_q <= 1'b1;
  end

  logic [19:0] slot;
  logic [19:0] slot_bank;
  assign slot = fetch_slot_i >> WayBits;
  assign slot_bank = slot >> RowsLog2;
  logic [RowsLog2-1:0] fetch_row_q;
  logic [Banks-1:0] fetch_banks_q;
  logic [WayW-1:0] fetch_way_q;
  always_ff @(posedge clk_i) begin
    if (fetch_start_i) begin
      fetch_row_q <= slot[RowsLog2-1:0];
      fetch_way_q <= (Ways > 1) ? fetch_slot_i[WayW-1:0] : '0;
      for (int unsigned b = 0; b < Banks; b++) fetch_banks_q[b] <= slot_bank == 20'(b);
    end
  end
  assign banks_o = fetch_banks_q;
  assign way_o = fetch_way_q;
  assign row_o = fetch_o ? fetch_row_q : issue_q[RowsLog2-1:0];

  // The scrub engine: the row to visit next and the row whose visit counts.
  logic [RowsLog2:0] issue_q;
  logic [RowsLog2:0] expect_q;
  logic done;
  logic counts;
  assign busy_o = !expect_q[RowsLog2];
  assign scrub_o = !issue_q[RowsLog2] && !packet_i && !pending_q && !scrub_start_i;
  assign counts = commit_i && {1'b0, commit_row_i} == expect_q;
  assign done = counts && !commit_freed_i;
  assign commit_void_o = !counts;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      issue_q <= {1'b1, RowsLog2'(0)};
      expect_q <= {1'b1, RowsLog2'(0)};
    end else if (scrub_start_i) begin
      issue_q <= '0;
      expect_q <= '0;
    end else if (busy_o) begin
      if (counts && commit_freed_i) issue_q <= expect_q;
      else if (scrub_o) issue_q <= issue_q + 1'b1;
      if (done) expect_q <= expect_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i || scrub_start_i) freed_o <= 32'd0;
    else if (counts && commit_freed_i) freed_o <= freed_o + 32'd1;
  end

  always_ff @(posedge clk_i) begin
    if (scrub_start_i) begin
      scrub_now_o  <= scrub_now_i;
      scrub_mode_o <= scrub_mode_i;
      scrub_arg_o  <= scrub_arg_i;
    end
  end

endmodule
