// SPDX-License-Identifier: Apache-2.0
//
// Steps First to Last (0 to 5) of `mix` of the keyed hash (docs/data-plane.md, section 4), then a register.
//
// LATENCY 1. Words that have no need of it (enable_i = 0) go past the steps. Outputs hold until the next valid_i.
// All steps are one step with the words in turn: x -= z; x ^= rot(z); z += y; then y is x, z is y, x is z.
// The words are in the turn of step First at the input and of step Last + 1 at the output; 0 and 6 are (a, b, c).
module prim_hash_mix #(
    parameter int unsigned First = 0,
    parameter int unsigned Last  = 5
) (
    input logic clk_i,

    input logic valid_i,
    input logic enable_i,
    input logic [31:0] x_i,
    input logic [31:0] y_i,
    input logic [31:0] z_i,

    output logic [31:0] x_o,
    output logic [31:0] y_o,
    output logic [31:0] z_o
);

  localparam int unsigned LATENCY = 1;
  // Left rotations of steps 5 to 0.
  localparam logic [6*5-1:0] ROTATIONS = {5'd4, 5'd19, 5'd16, 5'd8, 5'd6, 5'd4};

  if (First > Last || Last > 5 || LATENCY != 1) begin : gen_steps_check
    $fatal(1, "prim_hash_mix: no such steps");
  end

  function automatic [31:0] rotate(input [31:0] word, input [4:0] by);
    rotate = (word << by) | (word >> (6'd32 - {1'b0, by}));
  endfunction

  always_ff @(posedge clk_i) begin : steps
    logic [31:0] x, y, z, next;
    if (valid_i) begin
      x = x_i;
      y = y_i;
      z = z_i;
      for (int unsigned step = First; step <= Last; step++) begin
        if (enable_i) begin
          x = (x - z) ^ rotate(z, ROTATIONS[5*step+:5]);
          z = z + y;
        end
        next = y;
        y = z;
        z = x;
        x = next;
      end
      x_o <= x;
      y_o <= y;
      z_o <= z;
    end
  end

endmodule
