// SPDX-License-Identifier: Apache-2.0
//
// Index of the lowest bit that is set, Width 1 to 256.
//
// LATENCY 1; outputs hold until the next valid_i. index_o is 0 if no bit is set.
// The first word with a bit, then that word's lowest bit alone (x & -x), then its place by six masks.
module classify_lowest #(
    parameter int unsigned Width = 256
) (
    input logic clk_i,

    input logic valid_i,
    input logic [Width-1:0] bits_i,

    output logic any_o,
    output logic [7:0] index_o
);

  localparam int unsigned LATENCY = 1;

  if (Width < 1 || Width > 256 || LATENCY != 1) begin : gen_width_check
    $fatal(1, "classify_lowest: Width must be 1 to 256");
  end

  logic [255:0] bits;
  assign bits = 256'(bits_i);

  always_ff @(posedge clk_i) begin : lowest
    logic [63:0] word;
    logic [1:0] place;
    if (valid_i) begin
      place = 2'd0;
      word = bits[63:0];
      if (word == '0) begin
        place = 2'd1;
        word = bits[127:64];
      end
      if (word == '0) begin
        place = 2'd2;
        word = bits[191:128];
      end
      if (word == '0) begin
        place = 2'd3;
        word = bits[255:192];
      end
      any_o <= word != '0;
      word = word & (64'd0 - word);
      index_o[7:6] <= (word == '0) ? 2'd0 : place;
      index_o[5] <= |(word & 64'hffffffff00000000);
      index_o[4] <= |(word & 64'hffff0000ffff0000);
      index_o[3] <= |(word & 64'hff00ff00ff00ff00);
      index_o[2] <= |(word & 64'hf0f0f0f0f0f0f0f0);
      index_o[1] <= |(word & 64'hcccccccccccccccc);
      index_o[0] <= |(word & 64'haaaaaaaaaaaaaaaa);
    end
  end

endmodule
