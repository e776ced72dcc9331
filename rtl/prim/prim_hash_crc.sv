// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C of an address and a port as they stand on the wire: a candidate that prim_hash is compared with.
//
// LATENCY 1, one hash per clock; hash_o holds until the next. IPv4 addresses are in address_i[31:0]: six bytes are
// hashed, of IPv6 eighteen. Castagnoli polynomial, reflected, as in RFC 3720, appendix B.4. It has no key and is
// linear: who knows it can choose ports that meet in one row. Not part of the data plane (`./sluice bench policies`).
module prim_hash_crc (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input logic is_v6_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,

    output logic valid_o,
    output logic [31:0] hash_o
);

  localparam int unsigned LATENCY = 1;
  localparam logic [31:0] POLYNOMIAL = 32'h82f63b78;

  function automatic [31:0] next(input [31:0] crc, input [7:0] data);
    logic [31:0] sum;
    sum = crc ^ {24'd0, data};
    for (int unsigned i = 0; i < 8; i++) sum = {1'b0, sum[31:1]} ^ (POLYNOMIAL & {32{sum[0]}});
    next = sum;
  endfunction

  always_ff @(posedge clk_i) begin
    valid_o <= valid_i && !rst_i;
  end

  always_ff @(posedge clk_i) begin : hash
    logic [31:0] crc4;
    logic [31:0] crc6;
    if (valid_i) begin
      crc4 = '1;
      crc6 = '1;
      for (int unsigned i = 0; i < 4; i++) crc4 = next(crc4, address_i[8*i+:8]);
      for (int unsigned i = 0; i < 16; i++) crc6 = next(crc6, address_i[8*i+:8]);
      for (int unsigned i = 0; i < 2; i++) begin
        crc4 = next(crc4, port_i[8*i+:8]);
        crc6 = next(crc6, port_i[8*i+:8]);
      end
      hash_o <= ~(is_v6_i ? crc6 : crc4);
    end
  end

  if (LATENCY != 1) begin : gen_latency_check
    $fatal(1, "prim_hash_crc: one register");
  end

endmodule
