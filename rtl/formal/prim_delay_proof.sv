// SPDX-License-Identifier: Apache-2.0
//
// prim_delay: what goes in comes out after exactly Cycles clocks, nothing else does, and the output holds in between.
//
// Against a plain shift register.
`include "proof.svh"

module prim_delay_proof #(
    parameter int unsigned Width = 2,
    parameter int unsigned Cycles = 5
) (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input logic [Width-1:0] data_i
);

  `PROOF_BEGIN

  logic valid;
  logic [Width-1:0] data;
  prim_delay #(
      .Width (Width),
      .Cycles(Cycles)
  ) dut (
      .clk_i,
      .rst_i,
      .valid_i,
      .data_i,
      .valid_o(valid),
      .data_o(data)
  );

  logic [Cycles-1:0] valid_q;
  logic [Cycles*Width-1:0] data_q;
  always_ff @(posedge clk_i) begin
    valid_q <= rst_i ? '0 : {valid_q[Cycles-2:0], valid_i};
    data_q <= {data_q[(Cycles-1)*Width-1:0], data_i};
  end

  logic past_reset;
  logic [Width-1:0] past_data;
  always_ff @(posedge clk_i) begin
    past_reset <= rst_i;
    past_data <= data;
  end

  `SLUICE_ASSERT(AfterExactlyCycles, valid == valid_q[Cycles-1])
  `SLUICE_ASSERT(Unchanged, !valid || data == data_q[(Cycles-1)*Width+:Width])
  `SLUICE_ASSERT(HeldBetween, past_reset || valid || data == past_data)

  `PROOF_COVER(cover_back_to_back, valid_q == '1)
  `PROOF_COVER(cover_out_while_nothing_goes_in, valid && valid_q[Cycles-2:0] == '0)

endmodule
