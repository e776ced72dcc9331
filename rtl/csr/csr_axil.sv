// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite subordinate: turns bus transactions into single requests, one at a time.
//
// A write is accepted when its address and its data are both there. Reads and writes that wait together take turns.
// Misaligned addresses and writes without all four strobes are answered SLVERR here, without a request. Others hold
// req_valid_o and the request until rsp_valid_i (which may come in the same cycle); rsp_error_i becomes SLVERR and
// then the read data is 0. The user answers every request. Protection bits are ignored.
// Shortest transaction: acceptance, request, response, one cycle each.
`include "prim_assert.svh"

module csr_axil (
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

    output logic req_valid_o,
    output logic req_write_o,
    output logic [31:0] req_addr_o,
    output logic [31:0] req_wdata_o,
    input logic rsp_valid_i,
    input logic rsp_error_i,
    input logic [31:0] rsp_rdata_i
);

  localparam logic [1:0] RESP_OKAY = 2'b00;
  localparam logic [1:0] RESP_SLVERR = 2'b10;

  typedef enum logic [1:0] {
    STATE_IDLE = 2'd0,
    STATE_REQUEST = 2'd1,
    STATE_WRITE_RESPONSE = 2'd2,
    STATE_READ_RESPONSE = 2'd3
  } state_e;
  state_e state_q;

  // Who is next.
  logic write_waits;
  logic take_write;
  logic take_read;
  logic write_q;
  assign write_waits = s_axil_awvalid_i && s_axil_wvalid_i;
  assign take_write = state_q == STATE_IDLE && write_waits && !(s_axil_arvalid_i && write_q);
  assign take_read = state_q == STATE_IDLE && s_axil_arvalid_i && !take_write;
  assign s_axil_awready_o = take_write;
  assign s_axil_wready_o = take_write;
  assign s_axil_arready_o = take_read;

  always_ff @(posedge clk_i) begin
    if (rst_i) write_q <= 1'b0;
    else if (take_write || take_read) write_q <= take_write;
  end

  // The request.
  logic malformed_q;
  logic [31:0] addr_q;
  logic [31:0] wdata_q;
  always_ff @(posedge clk_i) begin
    if (take_write) begin
      malformed_q <= s_axil_awaddr_i[1:0] != 2'd0 || s_axil_wstrb_i != 4'hf;
      addr_q <= s_axil_awaddr_i;
      wdata_q <= s_axil_wdata_i;
    end else if (take_read) begin
      malformed_q <= s_axil_araddr_i[1:0] != 2'd0;
      addr_q <= s_axil_araddr_i;
    end
  end
  assign req_valid_o = state_q == STATE_REQUEST && !malformed_q;
  assign req_write_o = write_q;
  assign req_addr_o = addr_q;
  assign req_wdata_o = wdata_q;

  // The response.
  logic answered;
  logic error;
  logic [1:0] resp_q;
  logic [31:0] rdata_q;
  assign answered = state_q == STATE_REQUEST && (malformed_q || rsp_valid_i);
  assign error = malformed_q || rsp_error_i;
  always_ff @(posedge clk_i) begin
    if (answered) begin
      resp_q <= error ? RESP_SLVERR : RESP_OKAY;
      rdata_q <= error ? 32'd0 : rsp_rdata_i;
    end
  end
  assign s_axil_bvalid_o = state_q == STATE_WRITE_RESPONSE;
  assign s_axil_bresp_o = resp_q;
  assign s_axil_rvalid_o = state_q == STATE_READ_RESPONSE;
  assign s_axil_rresp_o = resp_q;
  assign s_axil_rdata_o = rdata_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      state_q <= STATE_IDLE;
    end else begin
      unique case (state_q)
        STATE_IDLE: if (take_write || take_read) state_q <= STATE_REQUEST;
        STATE_REQUEST: if (answered) state_q <= write_q ? STATE_WRITE_RESPONSE : STATE_READ_RESPONSE;
        STATE_WRITE_RESPONSE: if (s_axil_bready_i) state_q <= STATE_IDLE;
        STATE_READ_RESPONSE: if (s_axil_rready_i) state_q <= STATE_IDLE;
        default: state_q <= STATE_IDLE;
      endcase
    end
  end

  logic unused;
  assign unused = &{1'b0, s_axil_awprot_i, s_axil_arprot_i};

  // Responses wait, unchanged, until they are taken. past_* are values of the cycle before.
  logic past_reset;
  logic past_bwait;
  logic past_rwait;
  logic [1:0] past_resp;
  logic [31:0] past_rdata;
  always_ff @(posedge clk_i) begin
    past_reset <= rst_i;
    past_bwait <= s_axil_bvalid_o && !s_axil_bready_i;
    past_rwait <= s_axil_rvalid_o && !s_axil_rready_i;
    past_resp <= resp_q;
    past_rdata <= rdata_q;
  end
  `SLUICE_ASSERT(WriteResponseHeld, past_reset || !past_bwait || (s_axil_bvalid_o && s_axil_bresp_o == past_resp))
  `SLUICE_ASSERT(ReadResponseHeld, past_reset || !past_rwait || (s_axil_rvalid_o && s_axil_rresp_o == past_resp))
  `SLUICE_ASSERT(ReadDataHeld, past_reset || !past_rwait || s_axil_rdata_o == past_rdata)
  `SLUICE_ASSERT(OneAtATime, !(s_axil_bvalid_o && s_axil_rvalid_o))
  `SLUICE_ASSERT(WriteChannelsTogether, s_axil_awready_o == s_axil_wready_o)

endmodule
