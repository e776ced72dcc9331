// SPDX-License-Identifier: Apache-2.0
//
// The data plane of the small profile: IPv4, NAT and direct server return, 8 virtuals, 16 members, 512 connections.
//
// Frames come in on one 64-bit stream with the ingress port in tid, for frames of the CPU port the egress port or
// PORT_NONE in tdest, and tuser if the MAC found the frame damaged. They leave in the same order, with the egress port in
// tdest; dropped ones do not. There is one record on result_o (small_pkg::result_t) for every frame, in order, before its
// first beat goes out. tick_i is the age tick; it is sampled once per packet and does not go back.
// 64 bits per clock in and out; a packet of a known connection takes the engine 24 clocks, a longer one no more, so that
// frames from 200 bytes on pass at full rate.
module sluice_small (
    input logic clk_i,
    input logic rst_i,
    input logic [small_pkg::TICK_W-1:0] tick_i,

    input logic bus_valid_i,
    input logic bus_write_i,
    input logic [15:0] bus_address_i,
    input logic [31:0] bus_wdata_i,
    output logic bus_ack_o,
    output logic [31:0] bus_rdata_o,

    input logic [63:0] s_axis_tdata_i,
    input logic [7:0] s_axis_tkeep_i,
    input logic s_axis_tvalid_i,
    input logic s_axis_tlast_i,
    input logic s_axis_tuser_i,
    input logic [2:0] s_axis_tid_i,
    input logic [2:0] s_axis_tdest_i,
    output logic s_axis_tready_o,

    output logic [63:0] m_axis_tdata_o,
    output logic [7:0] m_axis_tkeep_o,
    output logic m_axis_tvalid_o,
    output logic m_axis_tlast_o,
    output logic [2:0] m_axis_tdest_o,
    input logic m_axis_tready_i,

    output logic result_valid_o,
    output logic [small_pkg::RESULT_W-1:0] result_o
);

  small_pkg::config_t cfg;
  logic acl_we, lookup_we, ring_we;
  logic [10:0] bus_row;
  logic [63:0] bus_wdata;
  logic idle;
  logic [9:0] live, half_open;
  logic counter_read, counter_ack;
  logic [7:0] counter_row;
  logic [63:0] counter;
  small_csr u_csr (
      .clk_i,
      .rst_i,
      .bus_valid_i,
      .bus_write_i,
      .bus_address_i,
      .bus_wdata_i,
      .bus_ack_o,
      .bus_rdata_o,
      .config_o(cfg),
      .acl_we_o(acl_we),
      .lookup_we_o(lookup_we),
      .ring_we_o(ring_we),
      .row_o(bus_row),
      .wdata_o(bus_wdata),
      .idle_i(idle),
      .live_i(live),
      .half_open_i(half_open),
      .counter_read_o(counter_read),
      .counter_row_o(counter_row),
      .counter_ack_i(counter_ack),
      .counter_i(counter)
  );

  logic room, put, put_start, put_rewind;
  logic header_valid, header_ready;
  small_pkg::header_t header;
  small_parse u_parse (
      .clk_i,
      .rst_i,
      .config_i(cfg),
      .s_axis_tdata_i,
      .s_axis_tkeep_i,
      .s_axis_tvalid_i,
      .s_axis_tlast_i,
      .s_axis_tuser_i,
      .s_axis_tid_i,
      .s_axis_tdest_i,
      .s_axis_tready_o,
      .room_i(room),
      .put_o(put),
      .start_o(put_start),
      .rewind_o(put_rewind),
      .header_valid_o(header_valid),
      .header_o(header),
      .header_ready_i(header_ready)
  );

  logic read, free_valid;
  logic [7:0] read_address;
  logic [63:0] beat;
  logic [8:0] free;
  small_buffer u_buffer (
      .clk_i,
      .rst_i,
      .room_o(room),
      .put_i(put),
      .beat_i(s_axis_tdata_i),
      .start_i(put_start),
      .rewind_i(put_rewind),
      .read_i(read),
      .read_address_i(read_address),
      .beat_o(beat),
      .free_valid_i(free_valid),
      .free_i(free)
  );

  logic job_valid, job_ready, result_ready;
  small_pkg::job_t job;
  small_pkg::result_t result;
  small_engine u_engine (
      .clk_i,
      .rst_i,
      .config_i(cfg),
      .tick_i,
      .acl_we_i(acl_we),
      .lookup_we_i(lookup_we),
      .ring_we_i(ring_we),
      .bus_row_i(bus_row),
      .bus_wdata_i(bus_wdata),
      .idle_o(idle),
      .live_o(live),
      .half_open_o(half_open),
      .header_valid_i(header_valid),
      .header_i(header),
      .header_ready_o(header_ready),
      .job_valid_o(job_valid),
      .job_o(job),
      .result_o(result),
      .job_ready_i(job_ready),
      .result_ready_i(result_ready)
  );
  assign result_valid_o = job_valid;
  assign result_o = result;

  small_emit u_emit (
      .clk_i,
      .rst_i,
      .mac_i(cfg.mac),
      .job_valid_i(job_valid),
      .job_i(job),
      .job_ready_o(job_ready),
      .read_o(read),
      .read_address_o(read_address),
      .beat_i(beat),
      .free_valid_o(free_valid),
      .free_o(free),
      .m_axis_tdata_o,
      .m_axis_tkeep_o,
      .m_axis_tvalid_o,
      .m_axis_tlast_o,
      .m_axis_tdest_o,
      .m_axis_tready_i
  );

  small_counters u_counters (
      .clk_i,
      .rst_i,
      .valid_i(job_valid),
      .result_i(result),
      .ready_o(result_ready),
      .read_i(counter_read),
      .read_row_i(counter_row),
      .read_ack_o(counter_ack),
      .read_data_o(counter)
  );

endmodule
