// SPDX-License-Identifier: Apache-2.0
//
// event_queue: in = out + lost + held; tdata stands until tready; an event is lost only when the queue is full.
`include "proof.svh"

module event_queue_proof #(
    parameter int unsigned Depth = 2
) (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input logic [sluice_pkg::EVENT_W-1:0] event_i,
    input logic tready_i
);

  `PROOF_BEGIN

  logic tvalid;
  logic [sluice_pkg::EVENT_W-1:0] tdata;
  logic [31:0] lost;
  event_queue #(
      .Depth(Depth)
  ) dut (
      .clk_i,
      .rst_i,
      .valid_i,
      .event_i,
      .lost_o(lost),
      .m_axis_event_tvalid_o(tvalid),
      .m_axis_event_tdata_o(tdata),
      .m_axis_event_tready_i(tready_i)
  );

  logic [3:0] in_q, out_q;
  logic [3:0] held;
  logic past_reset, past_wait;
  logic [7:0] past_data;
  assign held = in_q - out_q - lost[3:0];
  always_ff @(posedge clk_i) begin
    in_q <= rst_i ? '0 : in_q + 4'(valid_i);
    out_q <= rst_i ? '0 : out_q + 4'(tvalid && tready_i);
    past_reset <= rst_i;
    past_wait <= tvalid && !tready_i;
    past_data <= tdata[7:0];
  end
  logic past_lost, past_full, past_valid;
  logic [3:0] past_lost_count;
  always_ff @(posedge clk_i) begin
    past_full <= 32'(held) == Depth;
    past_valid <= valid_i;
    past_lost_count <= lost[3:0];
  end
  assign past_lost = lost[3:0] != past_lost_count;
  `SLUICE_ASSERT(InIsOutPlusLostPlusHeld, 32'(held) <= Depth && (held != '0 || !tvalid))
  `SLUICE_ASSERT(LostOnlyWhenFull, past_reset || past_lost == (past_full && past_valid))
  `SLUICE_ASSERT(HeldUntilTaken, past_reset || !past_wait || (tvalid && tdata[7:0] == past_data))

  `PROOF_COVER(cover_lost, past_lost && lost[3:0] == 4'd2)
  `PROOF_COVER(cover_waits_and_taken, tvalid && tready_i && past_wait)

  logic unused;
  assign unused = &{1'b0, tdata, lost};

endmodule
