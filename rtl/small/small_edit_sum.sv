// SPDX-License-Identifier: Apache-2.0
//
// The checksums of a packet that is rewritten, updated incrementally (RFC 1624), one 16-bit addition per clock.
//
// LATENCY 11: header_sum_o and l4_sum_o are those of job_i from the eleventh cycle after start_i on, done_o tells.
// A UDP checksum of 0 stays 0, and a result of 0 becomes 0xffff.
module small_edit_sum (
    input logic clk_i,
    input logic rst_i,

    input logic start_i,
    input small_pkg::job_t job_i,

    output logic done_o,
    output logic [15:0] header_sum_o,
    output logic [15:0] l4_sum_o
);

  // The step of the next clock; 10: done.
  logic [3:0] step_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) step_q <= 4'd10;
    else if (start_i) step_q <= '0;
    else if (step_q != 4'd10) step_q <= step_q + 4'd1;
  end
  assign done_o = step_q == 4'd10;

  // One's complement sum: carries come back at the other end. What the address changes is in both checksums.
  logic [15:0] sum_q;
  logic [15:0] address_q;
  logic [15:0] left, right;
  logic [16:0] plain;
  always_comb begin
    left = sum_q;
    unique case (step_q)
      4'd0: begin
        left = '0;
        right = job_i.nat ? ~job_i.old_address[15:0] : '0;
      end
      4'd1: right = job_i.nat ? job_i.new_address[15:0] : '0;
      4'd2: right = job_i.nat ? ~job_i.old_address[31:16] : '0;
      4'd3: right = job_i.nat ? job_i.new_address[31:16] : '0;
      4'd4: right = ~job_i.header_sum;
      4'd5: right = 16'hfffe;  // TTL: the word becomes less by one, ~m + m - 1
      4'd6: begin
        left = address_q;
        right = ~job_i.l4_sum;
      end
      4'd7: right = ~job_i.old_port;
      default: right = job_i.new_port;
    endcase
  end
  assign plain = {1'b0, left} + {1'b0, right};
  always_ff @(posedge clk_i) begin
    sum_q <= plain[15:0] + {15'd0, plain[16]};
  end

  always_ff @(posedge clk_i) begin
    if (step_q == 4'd4) address_q <= sum_q;
  end
  always_ff @(posedge clk_i) begin
    if (step_q == 4'd6) header_sum_o <= ~sum_q;
  end

  logic none, zero;
  assign none = job_i.udp && job_i.l4_sum == '0;
  assign zero = job_i.udp && sum_q == '1;
  always_ff @(posedge clk_i) begin
    if (step_q == 4'd9) l4_sum_o <= none ? '0 : zero ? '1 : ~sum_q;
  end

  logic unused;
  assign unused = &{1'b0, job_i};

endmodule
