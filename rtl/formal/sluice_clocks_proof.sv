// SPDX-License-Identifier: Apache-2.0
//
// The clocks of the stages, with real gates (latch and AND) and a clock whose phases last as long as they like.
//
// clk_i counts steps, in which any signal may change once; the clock of the design is clock_i. A gated clock is high only
// while clock_i is, and as long as that. A stage with work has a pulse with every one of clock_i: while a packet is in it,
// for its slack behind that, in reset and while the table bus is in use.
`include "proof.svh"

module sluice_clocks_proof (
    (* gclk *) input logic clk_i,
    input logic rst_i,
    input logic clock_i,
    input logic reset_i,
    input logic packet_i,
    input logic follow_i,
    input logic tbl_valid_i,
    input logic csr_busy_i,
    input logic flow_busy_i,
    input logic egress_busy_i
);

  localparam int unsigned GATES = 8;
  localparam int unsigned PARSE = 2;
  localparam int unsigned CLASSIFY = 3;
  localparam int unsigned POLICE = 2;
  localparam int unsigned FLOW = 3;
  localparam int unsigned EDIT = 2;

  logic [GATES-1:0] clocks;
  sluice_clocks #(
      .ParseLatency(PARSE),
      .ClassifyLatency(CLASSIFY),
      .PoliceLatency(POLICE),
      .FlowLatency(FLOW),
      .EditLatency(EDIT)
  ) dut (
      .clk_i(clock_i),
      .rst_i(reset_i),
      .packet_i,
      .tbl_valid_i,
      .csr_busy_i,
      .flow_busy_i,
      .egress_busy_i,
      .clk_parse_o(clocks[0]),
      .clk_classify_o(clocks[1]),
      .clk_police_o(clocks[2]),
      .clk_flow_o(clocks[3]),
      .clk_edit_o(clocks[4]),
      .clk_egress_o(clocks[5]),
      .clk_csr_o(clocks[6]),
      .clk_pipe_o(clocks[7])
  );

  `PROOF_BEGIN

  // Inputs change with the rising edge, as registers do: what they are worth at an edge is what they were before it.
  logic [6:0] inputs, inputs_q;
  logic clock_q, rise;
  logic [GATES-1:0] clocks_q;
  assign inputs = {reset_i, packet_i, follow_i, tbl_valid_i, csr_busy_i, flow_busy_i, egress_busy_i};
  assign rise = clock_i && !clock_q;
  always_ff @(posedge clk_i) begin
    clock_q  <= clock_i && !rst_i;
    inputs_q <= inputs;
    clocks_q <= clocks;
  end
  `PROOF_ASSUME(InputsOfRegisters, rise || inputs == inputs_q)
  always_comb assume (!rst_i || (reset_i && !clock_i));

  logic reset, packet, follow, bus, csr, flow, egress;
  assign {reset, packet, follow, bus, csr, flow, egress} = inputs_q;

  // Edges since one packet, any, and since the last use of the bus: 0 at the edge that sees it.
  localparam logic [4:0] LONG_AGO = 5'd31;
  logic [4:0] age_q, bus_age_q;
  logic [4:0] age, bus_age;
  assign age = (packet && follow && age_q == LONG_AGO) ? 5'd0 : age_q;
  assign bus_age = (bus || reset) ? 5'd0 : bus_age_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      age_q <= LONG_AGO;
      bus_age_q <= LONG_AGO;
    end else if (rise) begin
      age_q <= reset ? LONG_AGO : age + 5'(age != LONG_AGO);
      bus_age_q <= bus_age + 5'(bus_age != LONG_AGO);
    end
  end

  function automatic within(input logic [4:0] cycle, input logic [4:0] first, input logic [4:0] length);
    within = cycle >= first && cycle < first + length;
  endfunction

  logic common;
  logic [GATES-1:0] due;
  assign common = bus_age <= 5'd4;
  assign due = {
    common || within(age, 5'd0, PARSE + CLASSIFY + FLOW + EDIT + 4),
    common || csr,
    common || egress,
    common || within(age, PARSE + CLASSIFY + FLOW, EDIT + 1),
    common || flow || within(age, PARSE + CLASSIFY, FLOW + 4),
    common || within(age, PARSE + CLASSIFY, POLICE + 2),
    common || within(age, PARSE, CLASSIFY + 1),
    common || within(age, 5'd0, PARSE + 1)
  };

  `SLUICE_ASSERT(WorkIsClocked, !rise || (due & ~clocks) == '0)
  `SLUICE_ASSERT(NoPulseOfItsOwn, clock_i || clocks == '0)
  `SLUICE_ASSERT(PulsesAreWhole, rise || !clock_i || clocks == clocks_q)

  `PROOF_COVER(cover_all_stand_still, rise && clocks == '0)
  `PROOF_COVER(cover_enable_changes_while_the_clock_is_high, !rise && clock_i && packet && clocks[0] == 1'b0)
  `PROOF_COVER(cover_flow_and_edit_run_alone, rise && clocks == 8'b1001_1000)
  `PROOF_COVER(cover_flow_runs_for_a_scrub, rise && clocks == 8'b0000_1000)

endmodule
