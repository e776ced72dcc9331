// SPDX-License-Identifier: Apache-2.0
//
// 32 bits of a packet that is rewritten: puts the new fields where they stand. Combinational.
//
// place_i is the place of the word from the ethertype on: word 0 is the ethertype and the first two bytes of the IP
// header, word k holds bytes 4k - 2 to 4k + 1 of the IP packet; anything below 0 or above 24 is left alone.
module small_edit_lane (
    input small_pkg::job_t job_i,
    input logic [15:0] header_sum_i,
    input logic [15:0] l4_sum_i,

    input logic [5:0] place_i,  // signed
    input logic [31:0] word_i,
    output logic [31:0] word_o
);

  logic [5:0] ihl;
  logic with_ports, forward_nat, reverse_nat;
  assign ihl = {2'b00, job_i.ihl};
  assign with_ports = job_i.nat && (job_i.tcp || job_i.udp);
  assign forward_nat = job_i.nat && !job_i.reverse;
  assign reverse_nat = job_i.nat && job_i.reverse;

  always_comb begin
    word_o[15:0] = word_i[15:0];
    if (place_i == 6'd0) word_o[15:0] = 16'h0008;
    else if (place_i == 6'd3) word_o[15:0] = header_sum_i;
    else if ((place_i == 6'd4 && reverse_nat) || (place_i == 6'd5 && forward_nat)) word_o[15:0] = job_i.new_address[31:16];
    else if (place_i == ihl + 6'd1 && with_ports && !job_i.reverse) word_o[15:0] = job_i.new_port;
    else if (place_i == ihl + 6'd2 && with_ports && job_i.udp) word_o[15:0] = l4_sum_i;
  end

  always_comb begin
    word_o[31:16] = word_i[31:16];
    if (place_i == 6'd2) word_o[23:16] = word_i[23:16] - 8'd1;  // TTL
    else if ((place_i == 6'd3 && reverse_nat) || (place_i == 6'd4 && forward_nat)) word_o[31:16] = job_i.new_address[15:0];
    else if (place_i == ihl && with_ports && job_i.reverse) word_o[31:16] = job_i.new_port;
    else if (place_i == ihl + 6'd4 && with_ports && job_i.tcp) word_o[31:16] = l4_sum_i;
  end

  logic unused;
  assign unused = &{1'b0, job_i};

endmodule
