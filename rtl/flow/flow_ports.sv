// SPDX-License-Identifier: Apache-2.0
//
// The free ports of one address of a source pool: 2^PortsLog2 numbers, each free or taken.
//
// port_o is the next one to be taken, if any_o; take_i (not without any_o) takes it. give_i gives back give_port_i, which
// was taken. First all are given out in ascending order, then those that were given back, the longest free first. What is
// taken or given in one cycle shows in the next, also of the last free port; one of each in every cycle is sustained.
// next_any_o, next_port_o tell in the same cycle what any_o and port_o will be in the next. used_o counts those taken.
//
// Two registers hold the head of the list, so that a synchronous RAM can hold the rest: a port that is taken is replaced
// in the same cycle by a number that was never given out (fresh_q), or in the next from the RAM. So one of two:
// both registers are filled or being filled, or nothing else is free.
`include "prim_assert.svh"

module flow_ports #(
    parameter int unsigned PortsLog2 = 14
) (
    input logic clk_i,
    input logic rst_i,

    output logic any_o,
    output logic [PortsLog2-1:0] port_o,
    output logic next_any_o,
    output logic [PortsLog2-1:0] next_port_o,
    input logic take_i,

    input logic give_i,
    input logic [PortsLog2-1:0] give_port_i,

    output logic [PortsLog2:0] used_o
);

  localparam int unsigned PORTS = 1 << PortsLog2;

  if (PortsLog2 < 2 || PortsLog2 > 16) begin : gen_ports_check
    $fatal(1, "flow_ports: PortsLog2 must be 2 to 16");
  end

  // The RAM, oldest at read_q.
  logic [PortsLog2-1:0] rest[PORTS];
  logic [PortsLog2-1:0] fetched_q;
  logic [PortsLog2-1:0] write_q;
  logic [PortsLog2-1:0] read_q;
  logic fetch;
  logic keep;  // what is given goes to the RAM
  always_ff @(posedge clk_i) begin
    if (keep) rest[write_q] <= give_port_i;
  end
  always_ff @(posedge clk_i) begin
    if (fetch) fetched_q <= rest[read_q];
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) write_q <= '0;
    else if (keep) write_q <= write_q + PortsLog2'(1);
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) read_q <= '0;
    else if (fetch) read_q <= read_q + PortsLog2'(1);
  end

  // The head: held_q of two, and one more on its way if fetching_q.
  logic [1:0] held_q;
  logic fetching_q;
  logic [PortsLog2:0] fresh_q;
  logic has_fresh;
  logic has_rest;
  logic short;  // after take_i nothing takes the place
  assign has_fresh = !fresh_q[PortsLog2];
  assign has_rest = write_q != read_q;
  assign fetch = take_i && !has_fresh && has_rest;
  assign short = held_q + {1'b0, fetching_q} < 2'd2 || (take_i && !has_fresh && !has_rest);
  assign keep = give_i && !short;

  logic [2*PortsLog2-1:0] head_q;
  logic [2*PortsLog2-1:0] head;
  logic [1:0] held;
  always_comb begin
    head = head_q;
    held = held_q;
    if (take_i) begin
      head[PortsLog2-1:0] = head_q[PortsLog2+:PortsLog2];
      held = held_q - 2'd1;
    end
    if (fetching_q) begin
      head[32'(held[0])*PortsLog2+:PortsLog2] = fetched_q;
      held = held + 2'd1;
    end
    if (take_i && has_fresh) begin
      head[32'(held[0])*PortsLog2+:PortsLog2] = fresh_q[PortsLog2-1:0];
      held = held + 2'd1;
    end
    if (give_i && short) begin
      head[32'(held[0])*PortsLog2+:PortsLog2] = give_port_i;
      held = held + 2'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      head_q <= {PortsLog2'(1), PortsLog2'(0)};
      held_q <= 2'd2;
    end else if (take_i || give_i || fetching_q) begin
      head_q <= head;
      held_q <= held;
    end
  end
  always_ff @(posedge clk_i) begin
    fetching_q <= fetch && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) fresh_q <= (PortsLog2 + 1)'(2);
    else if (take_i && has_fresh) fresh_q <= fresh_q + (PortsLog2 + 1)'(1);
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) used_o <= '0;
    else if (take_i != give_i) used_o <= take_i ? used_o + (PortsLog2 + 1)'(1) : used_o - (PortsLog2 + 1)'(1);
  end

  assign any_o  = held_q != 2'd0;
  assign port_o = head_q[PortsLog2-1:0];
  assign next_any_o  = held != 2'd0;
  assign next_port_o = head[PortsLog2-1:0];

  `SLUICE_ASSERT(TakesWhatIsThere, rst_i || !take_i || any_o)
  `SLUICE_ASSERT(GivesWhatWasTaken, rst_i || !give_i || used_o != '0)
  `SLUICE_ASSERT(HeadFits, held_q <= 2'd2 && held_q + {1'b0, fetching_q} <= 2'd2)
  `SLUICE_ASSERT(NoneIsLost, any_o == (32'(used_o) != PORTS))

endmodule
