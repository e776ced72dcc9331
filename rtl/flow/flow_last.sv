// SPDX-License-Identifier: Apache-2.0
//
// What the write of the packet before means to the lookup of a packet: match_o, the entry that it left is live and has
// the packet's digest; exact_o, its key is the packet's. Combinational; both are 0 without last_i: the write is in a
// row of the packet.
//
// The entry's member has address_i with the configuration that the write was made with, other_address_i with the other
// one; same_i: the packet's is the former. Words as in flow_table.
module flow_last #(
    parameter bit ExactKeys = 1'b1,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic last_i,
    input logic [63:0] hot_i,
    input logic [35:0] cold_i,
    input logic [KeyW-1:0] entry_i,
    input logic same_i,
    input logic [127:0] address_i,
    input logic [127:0] other_address_i,

    input logic reverse_i,
    input logic answer_i,
    input logic [23:0] digest_i,
    input logic [23:0] age_i,
    input sluice_pkg::tuple_t key_i,
    input logic is_v6_i,

    output logic match_o,
    output logic exact_o
);
  /*verilator inline_module*/

  always_comb begin
    match_o = 1'b0;
    if (last_i) begin
      match_o = (age_i - hot_i[63:40]) >= 24'h800000 && hot_i[2:0] != sluice_pkg::FLOW_STATE_FREE &&
          (reverse_i ? hot_i[3] && cold_i[31:8] == digest_i : hot_i[31:8] == digest_i);
    end
  end

  flow_exact #(
      .ExactKeys(ExactKeys)
  ) u_exact (
      .en_i(last_i),
      .reverse_i,
      .answer_i,
      .key_i,
      .is_v6_i,
      .entry_i,
      .address_i(same_i ? address_i : other_address_i),
      .exact_o
  );

  // Virtual, member and timer do not matter here.
  logic unused;
  assign unused = &{1'b0, hot_i, cold_i};

endmodule
