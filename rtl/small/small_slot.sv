// SPDX-License-Identifier: Apache-2.0
//
// The slot of a ring that a hash stands for: (hash * size) >> 32, by adding and shifting, one bit of `size` per clock.
//
// LATENCY 9: slot_o is that of hash_i and size_i from the ninth cycle after start_i on; done_o tells. size_i must not
// change meanwhile.
module small_slot (
    input logic clk_i,
    input logic rst_i,

    input logic start_i,
    input logic [31:0] hash_i,
    input logic [7:0] size_i,

    output logic done_o,
    output logic [7:0] slot_o
);

  logic [31:0] hash_q;
  logic [31:0] sum_q;
  logic [7:0] size_q;
  logic [3:0] left_q;
  assign done_o = left_q == '0;
  assign slot_o = sum_q[31:24];

  always_ff @(posedge clk_i) begin
    if (rst_i) left_q <= '0;
    else if (start_i) left_q <= 4'd8;
    else if (!done_o) left_q <= left_q - 4'd1;
  end

  logic [32:0] sum;
  assign sum = {1'b0, sum_q} + {1'b0, size_q[0] ? hash_q : 32'd0};
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      hash_q <= hash_i;
      sum_q <= '0;
      size_q <= size_i;
    end else if (!done_o) begin
      sum_q <= sum[32:1];
      size_q <= {1'b0, size_q[7:1]};
    end
  end

  logic unused;
  assign unused = &{1'b0, sum[0]};

endmodule
