// SPDX-License-Identifier: Apache-2.0
//
// How a packet of these lengths is put together: what egress_emit would have to work out in every cycle. Combinational.
//
// strip_i bytes of the frame's front are left out, prefix_len_i others go before it. out_len_i of 0: nothing goes out.
module egress_plan #(
    parameter int unsigned DataWidth = 512
) (
    input logic [13:0] in_len_i,
    input logic [13:0] out_len_i,
    input logic [6:0] strip_i,
    input logic [6:0] prefix_len_i,
    output egress_pkg::plan_t plan_o
);

  localparam int unsigned ShiftW = $clog2(DataWidth / 8);

  logic [7:0] delta;
  logic [13:0] last;
  logic [13:0] above;
  assign delta = {1'b0, strip_i} - {1'b0, prefix_len_i};
  assign last = out_len_i - 14'd1;
  assign above = in_len_i - 14'(sluice_pkg::WINDOW_BYTES + 1);

  always_comb begin
    plan_o = '0;
    plan_o.aligned = strip_i == prefix_len_i;
    plan_o.delta = delta;
    plan_o.ahead = 8'({{16{delta[7]}}, delta} >> ShiftW) + 8'(delta[ShiftW-1:0] != '0);
    plan_o.last = 12'(last >> ShiftW);
    if (in_len_i > 14'(sluice_pkg::WINDOW_BYTES)) plan_o.body = 12'(above >> ShiftW) + 12'd1;
  end

endmodule
