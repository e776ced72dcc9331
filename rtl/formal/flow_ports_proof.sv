// SPDX-License-Identifier: Apache-2.0
//
// flow_ports: no port is handed out twice, none is lost, and the one that is free for the longest time comes first.
//
// Against one bit per port, and for the order against a watched port: all that were free when it was given back, and
// they alone, are handed out before it.
`include "proof.svh"

module flow_ports_proof #(
    parameter int unsigned PortsLog2 = 2
) (
    input logic clk_i,
    input logic rst_i,
    input logic take_i,
    input logic give_i,
    input logic [PortsLog2-1:0] give_port_i
);

  `PROOF_BEGIN

  localparam int unsigned PORTS = 1 << PortsLog2;

  logic any;
  logic next_any;
  logic [PortsLog2-1:0] port;
  logic [PortsLog2-1:0] next_port;
  logic [PortsLog2:0] used;
  flow_ports #(
      .PortsLog2(PortsLog2)
  ) dut (
      .clk_i,
      .rst_i,
      .any_o(any),
      .port_o(port),
      .next_any_o(next_any),
      .next_port_o(next_port),
      .take_i,
      .give_i,
      .give_port_i,
      .used_o(used)
  );

  // Which are taken, and how many.
  logic [PORTS-1:0] taken_q;
  logic [PortsLog2:0] count_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) taken_q <= '0;
    else begin
      if (take_i) taken_q[port] <= 1'b1;
      if (give_i) taken_q[give_port_i] <= 1'b0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) count_q <= '0;
    else count_q <= count_q + (PortsLog2 + 1)'(take_i) - (PortsLog2 + 1)'(give_i);
  end

  `PROOF_ASSUME(NoTakeWithoutAny, !(take_i && !any))
  `PROOF_ASSUME(GivenWasTaken, !give_i || taken_q[give_port_i])

  // One watched port that was given back, and how many are ahead of it.
  (* anyseq *) logic watch;
  logic watched_q;
  logic [PortsLog2-1:0] value_q;
  logic [PortsLog2:0] ahead_q;
  logic starts;
  assign starts = give_i && watch && !watched_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) watched_q <= 1'b0;
    else if (starts) watched_q <= 1'b1;
    else if (take_i && ahead_q == '0) watched_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (starts) begin
      value_q <= give_port_i;
      ahead_q <= (PortsLog2 + 1)'(PORTS) - count_q - (PortsLog2 + 1)'(take_i);
    end else if (take_i) begin
      ahead_q <= ahead_q - (PortsLog2 + 1)'(1);
    end
  end

  // What was told a cycle ahead.
  logic told_q;
  logic told_any_q;
  logic [PortsLog2-1:0] told_port_q;
  always_ff @(posedge clk_i) begin
    told_q <= !rst_i;
    told_any_q <= next_any;
    told_port_q <= next_port;
  end
  `SLUICE_ASSERT(AsTold, rst_i || !told_q || (any == told_any_q && (!any || port == told_port_q)))
  `SLUICE_ASSERT(NoneTwice, !any || !taken_q[port])
  `SLUICE_ASSERT(NoneLost, any == (taken_q != '1))
  `SLUICE_ASSERT(Counts, used == count_q)
  `SLUICE_ASSERT(LongestFreeFirst, !watched_q || (ahead_q == '0) == (port == value_q))

  `PROOF_COVER(cover_last_one_back_and_forth, give_i && take_i && 32'(used) == PORTS - 1)
  `PROOF_COVER(cover_from_the_ram, watched_q && any && port == value_q)
  `PROOF_COVER(cover_none, !any)

endmodule
