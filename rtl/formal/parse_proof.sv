// SPDX-License-Identifier: Apache-2.0
//
// parse: what goes in comes out four clocks later, nothing else does, and it is that packet's.
//
// `direct` stands for all that comes out: it depends on the packet's ports only.
`include "proof.svh"

module parse_proof (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,
    input logic [sluice_pkg::PORT_ROWS*sluice_pkg::PORT_ROW_W-1:0] port_rows_i,
    input logic [1:0] fragments_i,
    input logic drop_options_i
);

  `PROOF_BEGIN

  localparam int unsigned Latency = 4;

  logic valid_o;
  sluice_pkg::parsed_t parsed;
  sluice_pkg::tuple_t own, key;
  parse dut (
      .clk_i,
      .rst_i,
      .valid_i,
      .meta_i,
      .window_i,
      .port_rows_i,
      .fragments_i,
      .drop_options_i,
      .valid_o,
      .parsed_o(parsed),
      .own_o(own),
      .key_o(key)
  );

  logic [Latency-1:0] past_q;
  always_ff @(posedge clk_i) past_q <= rst_i ? '0 : {past_q[Latency-2:0], valid_i};

  logic [Latency*1-1:0] data_q;
  logic [1-1:0] mine;
  always_ff @(posedge clk_i) data_q <= {data_q[(Latency-1)*1-1:0], meta_i.port == sluice_pkg::CPU_PORT && meta_i.cpu_dest != sluice_pkg::PORT_NONE};
  assign mine = data_q[Latency*1-1-:1];

  `SLUICE_ASSERT(AfterExactlyLatency, valid_o == past_q[Latency-1])
  `SLUICE_ASSERT(ItsOwn, !valid_o || parsed.direct == mine)

  `PROOF_COVER(cover_back_to_back, valid_o && past_q == '1)
  `PROOF_COVER(cover_alone, valid_o && past_q[Latency-2:0] == '0)
  `PROOF_COVER(cover_direct_behind_another, valid_o && parsed.direct && !data_q[Latency-2] && past_q[Latency-2])

endmodule
