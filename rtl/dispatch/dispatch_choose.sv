// SPDX-License-Identifier: Apache-2.0
//
// Chooses one of two candidate members. LATENCY 1.
//
// Cycle 3: read_i with the candidates and their control words. Cycle 4: their live connections, and the choice,
// combinational; the outputs are 0 without en_i, but for second_o, which means nothing then.
//
// A candidate is present if its number is not 0 and it accepts new connections, able if also below its connection
// limit. Algorithm maglev takes the first able one; least, with both able, the one with fewer live connections per
// weight (the first on a tie). ok_o: chosen, second_o: the second one. Not ok: limited_o tells that a present one was at
// its limit. port_o is the server's port: the member's, or the packet's (dport_i) if that is 0; server_o is the server's part
// of the reverse digest. Both candidates' are worked out beside the choice: server1_o, server2_o.
//
// Live connections are live1_i and one more or one less: what the packet ahead did comes late.
// Control words: {digest, port, connection_limit, weight, accept_new}, as from dispatch_members.
module dispatch_choose (
    input logic clk_i,

    // Cycle 3.
    input logic read_i,
    input logic empty_i,
    input logic least_i,
    input logic [11:0] member1_i,
    input logic [11:0] member2_i,
    input logic [68:0] control1_i,
    input logic [68:0] control2_i,
    input logic [15:0] dport_i,

    // Cycle 4.
    input logic en_i,
    input logic [31:0] live1_i,
    input logic [31:0] live2_i,
    input logic more1_i,
    input logic more2_i,
    input logic less1_i,
    input logic less2_i,

    output logic ok_o,
    output logic limited_o,
    output logic second_o,
    output logic [11:0] member_o,
    output logic [15:0] port_o,
    output logic [23:0] server_o,
    output logic [23:0] server1_o,
    output logic [23:0] server2_o
);

  // {port, server's part of the digest} of a member, from {digest, port} of its control word.
  function automatic [39:0] server(input logic [39:0] control, input logic [15:0] dport);
    logic [15:0] port;
    port   = control[15:0] == 16'd0 ? dport : control[15:0];
    server = {port, control[39:16] ^ 24'({8'd0, port} * 24'h9e3779)};
  endfunction

  logic least_q, present1_q, present2_q;
  logic [7:0] weight1_q, weight2_q;
  logic [19:0] limit1_q, limit2_q;
  logic [11:0] member1_q, member2_q;
  logic [15:0] port1_q, port2_q;
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      least_q <= least_i;
      present1_q <= !empty_i && member1_i != 12'd0 && control1_i[0];
      present2_q <= !empty_i && member2_i != 12'd0 && control2_i[0];
      weight1_q <= control1_i[8:1];
      weight2_q <= control2_i[8:1];
      limit1_q <= control1_i[28:9];
      limit2_q <= control2_i[28:9];
      member1_q <= member1_i;
      member2_q <= member2_i;
      {port1_q, server1_o} <= server(control1_i[68:29], dport_i);
      {port2_q, server2_o} <= server(control2_i[68:29], dport_i);
    end
  end

  // Room below the limits, and by how much the first has more per weight: one sum each, below 0 or not.
  logic able1, able2;
  logic [33:0] room1, room2;
  logic [41:0] excess;
  always_comb begin
    able1 = 1'b0;
    able2 = 1'b0;
    room1 = 34'd0;
    room2 = 34'd0;
    excess = 42'd0;
    second_o = 1'b0;
    ok_o = 1'b0;
    limited_o = 1'b0;
    member_o = 12'd0;
    port_o = 16'd0;
    server_o = 24'd0;
    if (en_i) begin
      room1 = 34'(live1_i) + 34'(more1_i) - 34'(less1_i) - 34'(limit1_q);
      room2 = 34'(live2_i) + 34'(more2_i) - 34'(less2_i) - 34'(limit2_q);
      able1 = present1_q && (limit1_q == 20'd0 || room1[33]);
      able2 = present2_q && (limit2_q == 20'd0 || room2[33]);
      if (least_q) begin
        excess = 42'(live2_i) * 42'(weight1_q) - 42'(live1_i) * 42'(weight2_q) +
            (more2_i ? 42'(weight1_q) : 42'd0) - (less2_i ? 42'(weight1_q) : 42'd0) -
            (more1_i ? 42'(weight2_q) : 42'd0) + (less1_i ? 42'(weight2_q) : 42'd0);
      end
      second_o = !able1 || (able2 && excess[41]);
      ok_o = able1 || able2;
      limited_o = present1_q || present2_q;
      member_o = second_o ? member2_q : member1_q;
      port_o = second_o ? port2_q : port1_q;
      server_o = second_o ? server2_o : server1_o;
    end
  end

  logic unused;
  assign unused = &{1'b0, room1[32:0], room2[32:0], excess[40:0]};

endmodule
