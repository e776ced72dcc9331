// SPDX-License-Identifier: Apache-2.0
//
// Words of tables: collects the words of a row into a table write, spreads a table read over its words.
//
// A write of the last word of a row puts the row on the table bus, with the words written before it; these wait in one
// staging register, whichever table and row they were written to. A read of word 0 fetches the row; reads of other
// words answer from the row fetched last. rsp_error_o: no such table, row or word, a write to a read-only table, or no
// tbl_ack_i within TimeoutCycles cycles; but for the last, nothing happened on the bus.
//
// Table bus: tbl_valid_o and the request stand until tbl_ack_i, one cycle, with tbl_rdata_i for reads. Owners
// acknowledge only while tbl_valid_o is high, and once: it falls in the cycle after. Bits of tbl_wdata_o beyond the
// row's width are undefined.
`include "prim_assert.svh"

module csr_tables #(
    parameter int unsigned TimeoutCycles = 4096
) (
    input logic clk_i,
    input logic rst_i,

    input logic req_valid_i,
    input logic req_write_i,
    input logic [31:2] req_addr_i,
    input logic [31:0] req_wdata_i,
    output logic rsp_valid_o,
    output logic rsp_error_o,
    output logic [31:0] rsp_rdata_o,

    output logic tbl_valid_o,
    output logic tbl_write_o,
    output logic [4:0] tbl_id_o,
    output logic tbl_bank_o,
    output logic [19:0] tbl_row_o,
    output logic [383:0] tbl_wdata_o,
    input logic tbl_ack_i,
    input logic [383:0] tbl_rdata_i
);

  // Address: table, bank, row, word. Tables without banks have one more address bit.
  logic [4:0] id;
  logic banked;
  logic [2:0] stride_log2;
  logic [3:0] words;
  logic [24:0] index;
  logic [24:0] row;
  logic [24:0] word;
  assign id = req_addr_i[31:27];
  assign banked = sluice_pkg::table_banked(id);
  assign stride_log2 = sluice_pkg::table_stride_log2(id);
  assign words = sluice_pkg::table_words(id);
  assign index = {req_addr_i[26] && !banked, req_addr_i[25:2]};
  assign row = index >> stride_log2;
  assign word = index - (row << stride_log2);

  logic exists;
  logic last;
  logic needs_bus;
  assign exists = row < {4'd0, sluice_pkg::table_rows(id)} && word < {21'd0, words} &&
                  (!req_write_i || sluice_pkg::table_writable(id));
  assign last = word == {21'd0, words} - 25'd1;
  assign needs_bus = exists && (req_write_i ? last : word == 25'd0);

  // The bus: idle, then the request until it is acknowledged or given up.
  logic start;
  logic expired;
  logic finish;
  logic valid_q;
  assign start = req_valid_i && needs_bus && !valid_q;
  assign finish = valid_q && (tbl_ack_i || expired);
  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= 1'b0;
    else if (start) valid_q <= 1'b1;
    else if (finish) valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      tbl_write_o <= req_write_i;
      tbl_id_o <= id;
      tbl_bank_o <= banked && req_addr_i[26];
      tbl_row_o <= row[19:0];
    end
  end
  assign tbl_valid_o = valid_q;

  localparam int unsigned WaitW = $clog2(TimeoutCycles + 1);
  logic [WaitW-1:0] wait_q;
  assign expired = 32'(wait_q) == TimeoutCycles - 1;
  always_ff @(posedge clk_i) begin
    if (start) wait_q <= '0;
    else if (valid_q) wait_q <= wait_q + WaitW'(1);
  end

  // The row on its way in, the last word included.
  logic [383:0] staged_q;
  always_ff @(posedge clk_i) begin
    if (req_valid_i && req_write_i && exists && !valid_q) staged_q[word[3:0]*32+:32] <= req_wdata_i;
  end
  assign tbl_wdata_o = staged_q;

  // The row fetched last. Word 0 is answered as it arrives.
  logic [383:0] fetched_q;
  always_ff @(posedge clk_i) begin
    if (valid_q && tbl_ack_i && !tbl_write_o) fetched_q <= tbl_rdata_i;
  end

  assign rsp_valid_o = req_valid_i && (needs_bus ? finish : 1'b1);
  assign rsp_error_o = !exists || (needs_bus && !tbl_ack_i);
  assign rsp_rdata_o = needs_bus ? tbl_rdata_i[31:0] : fetched_q[word[3:0]*32+:32];

  // The request on the bus stands still. past_* are values of the cycle before.
  logic past_reset;
  logic past_wait;
  logic [26:0] past_request;
  logic [383:0] past_wdata;
  always_ff @(posedge clk_i) begin
    past_reset <= rst_i;
    past_wait <= valid_q && !finish;
    past_request <= {tbl_write_o, tbl_id_o, tbl_bank_o, tbl_row_o};
    past_wdata <= tbl_wdata_o;
  end
  `SLUICE_ASSERT(RequestHeld, past_reset || !past_wait || tbl_valid_o)
  `SLUICE_ASSERT(RequestStable,
                 past_reset || !past_wait || {tbl_write_o, tbl_id_o, tbl_bank_o, tbl_row_o} == past_request)
  `SLUICE_ASSERT(DataStable, past_reset || !past_wait || tbl_wdata_o == past_wdata)
  `SLUICE_ASSERT(AckOnlyWhenAsked, !tbl_ack_i || tbl_valid_o)
  `SLUICE_ASSERT(RequestNotWithdrawn, !valid_q || req_valid_i)

endmodule
