// SPDX-License-Identifier: Apache-2.0
//
// Is an entry the packet's? Combinational; exact_o is 0 without en_i.
//
// entry_i is the key of the entry, address_i the address of its member, for reverse packets. A forward packet's key is
// compared whole; a reverse one's source with the member and its destination with the client, which is left out for an
// answer to a source of full NAT (answer_i). Without ExactKeys there are no keys: the digest alone makes a forward
// packet's entry, answers have none. Compared in pieces of 64 bits.
module flow_exact #(
    parameter bit ExactKeys = 1'b1,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic en_i,
    input logic reverse_i,
    input logic answer_i,
    input sluice_pkg::tuple_t key_i,
    input logic is_v6_i,
    input logic [KeyW-1:0] entry_i,
    input logic [127:0] address_i,
    output logic exact_o
);
  /*verilator inline_module*/

  logic [63:0] client0, client1, virtual0, virtual1;
  logic [56:0] rest;  // {server_port, is_v6, proto, virtual_port, client_port}
  assign {rest, virtual1, virtual0, client1, client0} = entry_i;

  always_comb begin
    exact_o = 1'b0;
    if (en_i) begin
      if (!ExactKeys) begin
        exact_o = !reverse_i;
      end else if (reverse_i) begin
        exact_o = address_i == key_i.src && rest[56:32] == {key_i.sport, is_v6_i, key_i.proto} &&
            (answer_i || ({client1, client0} == key_i.dst && rest[15:0] == key_i.dport));
      end else begin
        exact_o = {client1, client0} == key_i.src && {virtual1, virtual0} == key_i.dst &&
            rest[40:0] == {is_v6_i, key_i.proto, key_i.dport, key_i.sport};
      end
    end
  end

endmodule
