// SPDX-License-Identifier: Apache-2.0
//
// The keyed hash of an IPv4 address and a port (hash64 of docs/data-plane.md, section 4), one step of `final` per clock.
//
// LATENCY 8: hash_o is the hash of what start_i brought from the eighth cycle after it on, until the next start_i.
module small_hash (
    input logic clk_i,

    input logic [95:0] key_i,

    input logic start_i,
    input logic [31:0] address_i,
    input logic [15:0] port_i,

    output logic [63:0] hash_o
);

  // Words in turn, as in prim_hash_final: x ^= y; x -= rot(y); then x is y, y is z, z is x.
  logic [31:0] x_q;
  logic [31:0] y_q;
  logic [31:0] z_q;
  // One bit for each step still to come; bit 0 is the next one.
  logic [6:0] steps_q;
  logic [6:0] turn_q;

  logic [31:0] turned;
  always_comb begin
    unique case (1'b1)
      turn_q[1]: turned = {y_q[20:0], y_q[31:21]};  // 11
      turn_q[2]: turned = {y_q[6:0], y_q[31:7]};  // 25
      turn_q[3]: turned = {y_q[15:0], y_q[31:16]};  // 16
      turn_q[4]: turned = {y_q[27:0], y_q[31:28]};  // 4
      turn_q[6]: turned = {y_q[7:0], y_q[31:8]};  // 24
      default: turned = {y_q[17:0], y_q[31:18]};  // 14, steps 0 and 5
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      steps_q <= '1;
      turn_q <= 7'd1;
    end else begin
      steps_q <= {1'b0, steps_q[6:1]};
      turn_q <= {turn_q[5:0], 1'b0};
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      x_q <= key_i[95:64];
      y_q <= key_i[63:32] + {16'd0, port_i};
      z_q <= key_i[31:0] + address_i;
    end else if (steps_q[0]) begin
      x_q <= z_q;
      y_q <= (x_q ^ y_q) - turned;
      z_q <= y_q;
    end
  end

  // After the last step the words are (a, c, b); x is a.
  assign hash_o = {z_q, y_q};

endmodule
