// SPDX-License-Identifier: Apache-2.0
//
// csr_table: a packet sees the rows of its own bank, as they were written last; what is written to the other bank it never
// sees. Requests of the bus are answered once, in the next cycle, with what is there.
//
// One row of one bank, any, is followed.
`include "proof.svh"

module csr_table_proof #(
    parameter int unsigned Width = 2,
    parameter int unsigned Rows = 2
) (
    input logic clk_i,
    input logic rst_i,
    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [1:0] tbl_row_i,
    input logic [Width-1:0] tbl_wdata_i,
    input logic read_en_i,
    input logic read_bank_i,
    input logic read_row_i
);

  `PROOF_BEGIN

  logic ack;
  logic [383:0] rdata;
  logic [Width-1:0] data;
  csr_table #(
      .Id(5'd3),
      .Width(Width),
      .Rows(Rows),
      .Banked(1'b1)
  ) dut (
      .clk_i,
      .rst_i,
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_bank_i,
      .tbl_row_i({18'd0, tbl_row_i}),
      .tbl_wdata_i(384'(tbl_wdata_i)),
      .tbl_ack_o(ack),
      .tbl_rdata_o(rdata),
      .read_en_i,
      .read_bank_i,
      .read_row_i,
      .read_data_o(data)
  );

  (* anyconst *) logic bank;
  (* anyconst *) logic row;
  logic asks, takes, here, ours, known_q;
  logic [Width-1:0] left_q;
  logic asked_q, read_q, missing_q, bus_known_q;
  logic [Width-1:0] bus_want_q;
  assign asks  = tbl_valid_i && tbl_id_i == 5'd3;
  assign takes = asks && !asked_q;
  assign here  = tbl_bank_i == bank && tbl_row_i == {1'b0, row};
  assign ours  = read_en_i && read_bank_i == bank && read_row_i == row;
  always_ff @(posedge clk_i) begin
    asked_q <= takes && !rst_i;
    read_q <= takes && !rst_i && !tbl_write_i;
    missing_q <= tbl_row_i[1];
    bus_known_q <= here && known_q;
    bus_want_q <= left_q;
    if (rst_i) known_q <= 1'b0;
    else if (takes && tbl_write_i && here) known_q <= 1'b1;
    if (takes && tbl_write_i && here) left_q <= tbl_wdata_i;
  end

  // A packet's read, and what it read until the next one.
  logic holds_q, past_reset, past_read;
  logic [Width-1:0] want_q, past_data;
  always_ff @(posedge clk_i) begin
    if (rst_i) holds_q <= 1'b0;
    else if (read_en_i) holds_q <= ours && known_q;
    if (read_en_i) want_q <= left_q;
    past_reset <= rst_i;
    past_read <= read_en_i;
    past_data <= data;
  end
  `SLUICE_ASSERT(OwnBankAsWritten, !holds_q || data == want_q)
  `SLUICE_ASSERT(StandsUntilTheNextRead, past_reset || past_read || data == past_data)
  `SLUICE_ASSERT(AnsweredOnce, ack == asked_q)
  `SLUICE_ASSERT(BusReadsWhatIsThere, !read_q || missing_q || !bus_known_q || rdata == 384'(bus_want_q))
  `SLUICE_ASSERT(NothingElseOnTheBus, (read_q && !missing_q) || rdata == '0)

  // The other bank was written between the write and the read; and in the cycle of the read.
  logic other_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || (takes && tbl_write_i && here)) other_q <= 1'b0;
    else if (takes && tbl_write_i && tbl_bank_i != bank && tbl_row_i == {1'b0, row}) other_q <= 1'b1;
  end
  `PROOF_COVER(cover_other_bank_written, holds_q && other_q && want_q == 2'd2)
  `PROOF_COVER(cover_read_while_written, ours && known_q && takes && tbl_write_i && here)
  `PROOF_COVER(cover_missing_row, read_q && missing_q)

endmodule
