// SPDX-License-Identifier: Apache-2.0
//
// Which virtual a packet is for: compares it with the keys as they come out of the lookup RAM; the first that
// matches counts.
//
// The user gives the eight keys in order, valid_i with each, after clear_i. LATENCY 1 after the last one.
module small_virtual (
    input logic clk_i,

    input logic clear_i,
    input logic valid_i,
    input logic [2:0] index_i,
    input small_pkg::virtual_key_t key_i,
    input small_pkg::header_t header_i,

    output logic found_o,
    output logic [2:0] index_o,
    output logic punt_o,
    output logic enabled_o,
    output logic [1:0] mode_o,
    output logic loose_o
);

  logic agrees;
  assign agrees = valid_i && key_i.valid && key_i.address == header_i.dst
      && (key_i.any_port || key_i.port == header_i.dport) && (key_i.any_proto || key_i.proto == header_i.proto);

  always_ff @(posedge clk_i) begin
    if (clear_i) found_o <= 1'b0;
    else if (agrees) found_o <= 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (agrees && !found_o) begin
      index_o <= index_i;
      punt_o <= key_i.punt;
      enabled_o <= key_i.enabled;
      mode_o <= key_i.mode;
      loose_o <= key_i.loose;
    end
  end

  logic unused;
  assign unused = &{1'b0, header_i};

endmodule
