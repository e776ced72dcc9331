// SPDX-License-Identifier: Apache-2.0
//
// Chooses one of two candidate members. Combinational; all outputs are 0 without en_i.
//
// A candidate is present if its number is not 0 and it accepts new connections, able if also below its connection
// limit. Algorithm maglev takes the first able one; least, with both able, the one with fewer live connections per
// weight (the first on a tie). ok_o: chosen. Not ok: limited_o tells that a present one was at its limit. port_o is the
// server's port: the member's, or the packet's (dport_i) if that is 0; server_o is the server's part of the reverse digest.
// Both candidates' are worked out beside the choice.
// Control words: {digest, port, connection_limit, weight, accept_new}, as from dispatch_members.
module dispatch_choose (
    input logic en_i,
    input logic empty_i,
    input logic least_i,
    input logic [11:0] member1_i,
    input logic [11:0] member2_i,
    input logic [68:0] control1_i,
    input logic [68:0] control2_i,
    input logic [31:0] live1_i,
    input logic [31:0] live2_i,
    input logic [15:0] dport_i,

    output logic ok_o,
    output logic limited_o,
    output logic [11:0] member_o,
    output logic [15:0] port_o,
    output logic [23:0] server_o
);

  // {port, server's part of the digest} of a member, from {digest, port} of its control word.
  function automatic [39:0] server(input logic [39:0] control, input logic [15:0] dport);
    logic [15:0] port;
    port   = control[15:0] == 16'd0 ? dport : control[15:0];
    server = {port, control[39:16] ^ 24'({8'd0, port} * 24'h9e3779)};
  endfunction

  logic present1;
  logic present2;
  logic able1;
  logic able2;
  logic second;

  always_comb begin
    present1 = 1'b0;
    present2 = 1'b0;
    able1 = 1'b0;
    able2 = 1'b0;
    second = 1'b0;
    ok_o = 1'b0;
    limited_o = 1'b0;
    member_o = 12'd0;
    port_o = 16'd0;
    server_o = 24'd0;
    if (en_i) begin
      present1 = !empty_i && member1_i != 12'd0 && control1_i[0];
      present2 = !empty_i && member2_i != 12'd0 && control2_i[0];
      able1 = present1 && (control1_i[28:9] == 20'd0 || live1_i < {12'd0, control1_i[28:9]});
      able2 = present2 && (control2_i[28:9] == 20'd0 || live2_i < {12'd0, control2_i[28:9]});
      second = !able1;
      if (least_i && able1 && able2) begin
        second = 64'(live1_i) * 64'(control2_i[8:1]) > 64'(live2_i) * 64'(control1_i[8:1]);
      end
      ok_o = able1 || able2;
      limited_o = present1 || present2;
      member_o = second ? member2_i : member1_i;
      {port_o, server_o} = second ? server(control2_i[68:29], dport_i) : server(control1_i[68:29], dport_i);
    end
  end

endmodule
