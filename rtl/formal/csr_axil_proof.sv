// SPDX-License-Identifier: Apache-2.0
//
// csr_axil: each AXI4-Lite transaction is answered once, in order, with its own answer; requests and responses stand
// until they are taken; reads and writes take turns.
`include "proof.svh"

module csr_axil_proof (
    input logic clk_i,
    input logic rst_i,
    input logic [31:0] awaddr_i,
    input logic awvalid_i,
    input logic [31:0] wdata_i,
    input logic [3:0] wstrb_i,
    input logic wvalid_i,
    input logic bready_i,
    input logic [31:0] araddr_i,
    input logic arvalid_i,
    input logic rready_i,
    input logic rsp_valid_i,
    input logic rsp_error_i,
    input logic [31:0] rsp_rdata_i
);

  `PROOF_BEGIN

  logic awready, wready, bvalid, arready, rvalid;
  logic [1:0] bresp, rresp;
  logic [31:0] rdata;
  logic req_valid, req_write;
  logic [31:0] req_addr, req_wdata;
  csr_axil dut (
      .clk_i,
      .rst_i,
      .s_axil_awaddr_i(awaddr_i),
      .s_axil_awprot_i(3'd0),
      .s_axil_awvalid_i(awvalid_i),
      .s_axil_awready_o(awready),
      .s_axil_wdata_i(wdata_i),
      .s_axil_wstrb_i(wstrb_i),
      .s_axil_wvalid_i(wvalid_i),
      .s_axil_wready_o(wready),
      .s_axil_bresp_o(bresp),
      .s_axil_bvalid_o(bvalid),
      .s_axil_bready_i(bready_i),
      .s_axil_araddr_i(araddr_i),
      .s_axil_arprot_i(3'd0),
      .s_axil_arvalid_i(arvalid_i),
      .s_axil_arready_o(arready),
      .s_axil_rdata_o(rdata),
      .s_axil_rresp_o(rresp),
      .s_axil_rvalid_o(rvalid),
      .s_axil_rready_i(rready_i),
      .req_valid_o(req_valid),
      .req_write_o(req_write),
      .req_addr_o(req_addr),
      .req_wdata_o(req_wdata),
      .rsp_valid_i,
      .rsp_error_i,
      .rsp_rdata_i
  );

  // The transaction that is open, and what was answered to its request.
  logic takes_write, takes_read;
  assign takes_write = awvalid_i && awready;
  assign takes_read = arvalid_i && arready;
  logic open_q, write_q, bad_q, answered_q, error_q;
  logic [31:0] addr_q, wdata_q, rdata_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) open_q <= 1'b0;
    else if (takes_write || takes_read) open_q <= 1'b1;
    else if ((bvalid && bready_i) || (rvalid && rready_i)) open_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (takes_write || takes_read) begin
      write_q <= takes_write;
      addr_q <= takes_write ? awaddr_i : araddr_i;
      wdata_q <= wdata_i;
      bad_q <= takes_write ? awaddr_i[1:0] != 2'd0 || wstrb_i != 4'hf : araddr_i[1:0] != 2'd0;
      answered_q <= 1'b0;
    end else if (req_valid && rsp_valid_i) begin
      answered_q <= 1'b1;
      error_q <= rsp_error_i;
      rdata_q <= rsp_rdata_i;
    end
    if (rst_i) answered_q <= 1'b0;
  end

  `SLUICE_ASSERT(OneOpen, !(takes_write || takes_read) || !open_q)
  `SLUICE_ASSERT(NotBoth, !(takes_write && takes_read))
  `SLUICE_ASSERT(AddressWithData, takes_write == (wvalid_i && wready))
  `SLUICE_ASSERT(RequestIsOpen, !req_valid || (open_q && !bad_q && !answered_q))
  `SLUICE_ASSERT(RequestIsItsOwn, !req_valid || (req_write == write_q && req_addr == addr_q &&
                 (!req_write || req_wdata == wdata_q)))
  `SLUICE_ASSERT(WriteAnswer, !bvalid || (open_q && write_q && (bad_q || answered_q) &&
                 bresp == ((bad_q || error_q) ? 2'b10 : 2'b00)))
  `SLUICE_ASSERT(ReadAnswer, !rvalid || (open_q && !write_q && (bad_q || answered_q) &&
                 rresp == ((bad_q || error_q) ? 2'b10 : 2'b00) && rdata == ((bad_q || error_q) ? 32'd0 : rdata_q)))

  // What must happen: an answered request is a response, an open one is a request.
  logic past_open, past_reset, past_taken, past_answered;
  always_ff @(posedge clk_i) begin
    past_reset <= rst_i;
    past_open <= open_q;
    past_taken <= takes_write || takes_read;
    past_answered <= open_q && (answered_q || bad_q);
  end
  `SLUICE_ASSERT(RequestComes, !open_q || req_valid || bvalid || rvalid || bad_q)
  `SLUICE_ASSERT(ResponseComes, past_reset || !past_open || !past_answered || !open_q || bvalid || rvalid || past_taken)
  `SLUICE_ASSERT(TakenWhenFree, open_q || !(arvalid_i || (awvalid_i && wvalid_i)) || takes_read || takes_write)

  // Turns: a waiting read lets one write go first, and the other way round.
  logic [1:0] writes_q, reads_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || takes_read || !arvalid_i) writes_q <= '0;
    else if (takes_write) writes_q <= writes_q + 2'd1;
    if (rst_i || takes_write || !(awvalid_i && wvalid_i)) reads_q <= '0;
    else if (takes_read) reads_q <= reads_q + 2'd1;
  end
  `SLUICE_ASSERT(ReadWaitsForOneWrite, writes_q <= 2'd1)
  `SLUICE_ASSERT(WriteWaitsForOneRead, reads_q <= 2'd1)

  `PROOF_COVER(cover_write_answered, bvalid && bready_i && answered_q && !error_q)
  `PROOF_COVER(cover_write_refused, bvalid && bresp == 2'b10 && answered_q)
  `PROOF_COVER(cover_read_answered, rvalid && rready_i && answered_q && rdata == 32'hffffffff)
  `PROOF_COVER(cover_malformed_read, rvalid && bad_q)
  `PROOF_COVER(cover_turns, takes_write && reads_q == 2'd1)

endmodule
