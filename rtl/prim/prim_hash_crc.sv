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

  // CRC of `bits` bits, each byte from its lowest bit on, is linear in each of them: this is what bit number `from` adds
  // to the register after all that follow it.
  function automatic [31:0] weight(input integer from, input integer bits);
    logic [31:0] crc;
    crc = 32'd1;
    for (int i = 0; i < bits - from; i++) crc = {1'b0, crc[31:1]} ^ (POLYNOMIAL & {32{crc[0]}});
    weight = crc;
  endfunction

  // What the initial value of all ones becomes, and the final inversion.
  function automatic [31:0] offset(input integer bits);
    logic [31:0] crc;
    crc = '1;
    for (int i = 0; i < bits; i++) crc = {1'b0, crc[31:1]} ^ (POLYNOMIAL & {32{crc[0]}});
    offset = ~crc;
  endfunction

  localparam logic [31:0] OFFSET4 = offset(48);
  localparam logic [31:0] OFFSET6 = offset(144);

  // By bits of the hash: the bits of the input that it is the parity of.
  logic [32*48-1:0] mask4;
  logic [32*144-1:0] mask6;
  for (genvar i = 0; i < 48; i++) begin : gen_mask4
    localparam logic [31:0] W = weight(i, 48);
    for (genvar b = 0; b < 32; b++) begin : gen_bit
      assign mask4[48*b+i] = W[b];
    end
  end
  for (genvar i = 0; i < 144; i++) begin : gen_mask6
    localparam logic [31:0] W = weight(i, 144);
    for (genvar b = 0; b < 32; b++) begin : gen_bit
      assign mask6[144*b+i] = W[b];
    end
  end

  always_ff @(posedge clk_i) begin
    valid_o <= valid_i && !rst_i;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      for (int unsigned b = 0; b < 32; b++) begin
        hash_o[b] <= is_v6_i ? OFFSET6[b] ^ ^({port_i, address_i} & mask6[144*b+:144])
                             : OFFSET4[b] ^ ^({port_i, address_i[31:0]} & mask4[48*b+:48]);
      end
    end
  end

  if (LATENCY != 1) begin : gen_latency_check
    $fatal(1, "prim_hash_crc: one register");
  end

endmodule
