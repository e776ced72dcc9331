// SPDX-License-Identifier: Apache-2.0
//
// Toeplitz hash of an address and a port as they stand on the wire: a candidate that prim_hash is compared with.
//
// LATENCY 1, one hash per clock; hash_o holds until the next. IPv4 addresses are in address_i[31:0]: six bytes are
// hashed, of IPv6 eighteen. Bit i of the input, from the first on the wire, adds bits i to i + 31 of the key, written
// here as one parity per bit of the hash. Microsoft, "RSS hashing functions". key_i: first bit of the key in bit 175.
// It is linear: collisions can be computed without the key. Not part of the data plane (`./sluice bench policies`).
module prim_hash_toeplitz (
    input logic clk_i,
    input logic rst_i,

    input logic [175:0] key_i,

    input logic valid_i,
    input logic is_v6_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,

    output logic valid_o,
    output logic [31:0] hash_o
);

  localparam int unsigned LATENCY = 1;

  always_ff @(posedge clk_i) begin
    valid_o <= valid_i && !rst_i;
  end

  // The bytes in the order of the wire, first bit on the left; unused ones 0.
  logic [143:0] text;
  always_comb begin
    text = '0;
    if (is_v6_i) begin
      for (int unsigned i = 0; i < 16; i++) text[136-8*i+:8] = address_i[8*i+:8];
      text[15:0] = {port_i[7:0], port_i[15:8]};
    end else begin
      for (int unsigned i = 0; i < 4; i++) text[136-8*i+:8] = address_i[8*i+:8];
      text[111:96] = {port_i[7:0], port_i[15:8]};
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      for (int unsigned i = 0; i < 32; i++) hash_o[i] <= ^(text & key_i[1+i+:144]);
    end
  end

  if (LATENCY != 1) begin : gen_latency_check
    $fatal(1, "prim_hash_toeplitz: one register");
  end

endmodule
