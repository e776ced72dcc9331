// SPDX-License-Identifier: Apache-2.0
//
// small_engine: each header gives one job and one result, its own, in order, and nothing else does.
//
// Whatever memories, hashes, ACL and connection table answer (they are taken out): what is decided is the benches' matter.
`include "proof.svh"

module small_engine_proof (
    input logic clk_i,
    input logic rst_i,
    input small_pkg::config_t config_i,
    input logic [small_pkg::TICK_W-1:0] tick_i,
    input logic [2:0] we_i,
    input logic [10:0] bus_row_i,
    input logic [63:0] bus_wdata_i,
    input logic header_valid_i,
    input small_pkg::header_t header_i,
    input logic job_ready_i,
    input logic result_ready_i
);

  `PROOF_BEGIN

  logic idle, header_ready, job_valid;
  logic [9:0] live, half_open;
  small_pkg::job_t job;
  small_pkg::result_t result;
  small_engine dut (
      .clk_i,
      .rst_i,
      .config_i,
      .tick_i,
      .acl_we_i      (we_i[0]),
      .lookup_we_i   (we_i[1]),
      .ring_we_i     (we_i[2]),
      .bus_row_i,
      .bus_wdata_i,
      .idle_o        (idle),
      .live_o        (live),
      .half_open_o   (half_open),
      .header_valid_i,
      .header_i,
      .header_ready_o(header_ready),
      .job_valid_o   (job_valid),
      .job_o         (job),
      .result_o      (result),
      .job_ready_i,
      .result_ready_i
  );

  `PROOF_ASSUME(BusWritesBetweenPackets, we_i == '0 || idle)

  logic pending_q;
  small_pkg::header_t header_q;
  logic taken;
  assign taken = header_valid_i && header_ready;
  always_ff @(posedge clk_i) begin
    if (rst_i) pending_q <= 1'b0;
    else if (taken) pending_q <= 1'b1;
    else if (job_valid) pending_q <= 1'b0;
  end
  always_ff @(posedge clk_i) if (taken) header_q <= header_i;

  logic decided;  // by the parser
  assign decided = header_q.verdict != sluice_pkg::VERDICT_FORWARD || header_q.direct;

  `SLUICE_ASSERT(JobOfAHeader, !job_valid || pending_q)
  `SLUICE_ASSERT(OneAtATime, !(header_ready && pending_q))
  `SLUICE_ASSERT(IdleWithNoneInHand, idle == !pending_q)
  `SLUICE_ASSERT(GivenWhenBothAreReady, !job_valid || (job_ready_i && result_ready_i))
  `SLUICE_ASSERT(ItsOwnBeats, !job_valid || job.beats == header_q.beats)
  `SLUICE_ASSERT(ItsOwnLength, !job_valid || result.in_len == header_q.len)
  `SLUICE_ASSERT(ItsOwnPort, !job_valid || result.in_port == header_q.in_port)
  `SLUICE_ASSERT(SentUnlessDropped, !job_valid || job.send == (result.verdict != sluice_pkg::VERDICT_DROP))
  `SLUICE_ASSERT(DecidedStaysDecided,
                 !job_valid || !decided || (result.verdict == header_q.verdict && result.reason == header_q.reason
                 && result.cause == header_q.cause))

  `PROOF_COVER(cover_refused_by_the_counters, pending_q && !header_ready && job_ready_i && !result_ready_i && !job_valid)
  `PROOF_COVER(cover_job_of_a_decided_header, job_valid && decided && job.send)

endmodule
