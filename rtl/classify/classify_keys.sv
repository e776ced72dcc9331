// SPDX-License-Identifier: Apache-2.0
//
// The hash table of virtuals: exact keys and, beside them, any-port keys (docs/data-plane.md, section 5, step 3).
//
// LATENCY 2, one packet per clock. A key stands in one of two buckets of two ways each; the bucket numbers are bits of
// the destination's hash with its port (exact) and without (any-port). An any-port key counts only if no exact key
// matches. valid_o, with found_o, virtual_id_o and punt_o, comes LATENCY cycles after valid_i.
// Bus: rows {bucket, way, bank}. bus_access_i is one access; the other bus inputs hold until it is over. A row read is on
// bus_rdata_o two cycles later and holds until the next access.
`include "prim_assert.svh"

module classify_keys #(
    parameter int unsigned Rows = 2048,
    localparam int unsigned BucketW = $clog2(Rows / 2)
) (
    input logic clk_i,
    input logic rst_i,

    input logic bus_access_i,
    input logic bus_write_i,
    input logic [BucketW+1:0] bus_row_i,
    input logic [sluice_pkg::VIRTUAL_KEY_ROW_W-1:0] bus_wdata_i,
    output logic [sluice_pkg::VIRTUAL_KEY_ROW_W-1:0] bus_rdata_o,

    input logic valid_i,
    input logic bank_i,
    input logic is_v6_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [7:0] proto_i,
    input logic [63:0] hash_i,
    input logic [63:0] hash0_i,

    output logic valid_o,
    output logic bank_o,
    output logic found_o,
    output logic [9:0] virtual_id_o,
    output logic punt_o
);
  /*verilator inline_module*/

  localparam int unsigned LATENCY = 2;

  if (Rows < 4 || Rows != (2 << BucketW) || BucketW > 32) begin : gen_rows_check
    $fatal(1, "classify_keys: Rows must be a power of two from 4 on");
  end

  logic [LATENCY-1:0] valid_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= '0;
    else valid_q <= {valid_q[LATENCY-2:0], valid_i};
  end

  // ---------------------------------------------------------------- what goes along

  logic bank_q1, bank_q2;
  logic is_v6_q1;
  logic [127:0] address_q1;
  logic [15:0] port_q1;
  logic [7:0] proto_q1;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      bank_q1 <= bank_i;
      is_v6_q1 <= is_v6_i;
      address_q1 <= address_i;
      port_q1 <= port_i;
      proto_q1 <= proto_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_q[0]) bank_q2 <= bank_q1;
  end

  // ---------------------------------------------------------------- both searches

  for (genvar w = 0; w < 2; w++) begin : gen_way
    logic exact_found;
    logic [10:0] exact_result;
    logic specific, general;
    logic [10:0] specific_result, general_result;
    logic [sluice_pkg::VIRTUAL_KEY_ROW_W-1:0] bus_rdata;

    classify_key_way #(
        .Buckets(1 << BucketW)
    ) u_way (
        .clk_i,
        .bus_access_i,
        .bus_write_i(bus_write_i && bus_row_i[1] == 1'(w)),
        .bus_row_i({bus_row_i[BucketW+1:2], bus_row_i[0]}),
        .bus_wdata_i,
        .bus_rdata_o(bus_rdata),
        .exact_valid_i(valid_i),
        .exact_row0_i({hash_i[BucketW-1:0], bank_i}),
        .exact_row1_i({hash_i[32+:BucketW], bank_i}),
        .exact_compare_i(valid_q[0]),
        .exact_is_v6_i(is_v6_q1),
        .exact_address_i(address_q1),
        .exact_port_i(port_q1),
        .exact_proto_i(proto_q1),
        .exact_found_o(exact_found),
        .exact_result_o(exact_result),
        .any_valid_i(valid_i),
        .any_row0_i({hash0_i[BucketW-1:0], bank_i}),
        .any_row1_i({hash0_i[32+:BucketW], bank_i}),
        .any_compare_i(valid_q[0]),
        .any_is_v6_i(is_v6_q1),
        .any_address_i(address_q1),
        .any_proto_i(proto_q1),
        .any_specific_o(specific),
        .any_specific_result_o(specific_result),
        .any_general_o(general),
        .any_general_result_o(general_result)
    );
  end

  logic [10:0] result;
  always_comb begin
    if (gen_way[0].exact_found) result = gen_way[0].exact_result;
    else if (gen_way[1].exact_found) result = gen_way[1].exact_result;
    else if (gen_way[0].specific) result = gen_way[0].specific_result;
    else if (gen_way[1].specific) result = gen_way[1].specific_result;
    else if (gen_way[0].general) result = gen_way[0].general_result;
    else result = gen_way[1].general_result;
  end

  assign valid_o = valid_q[LATENCY-1];
  assign bank_o = bank_q2;
  assign found_o = gen_way[0].exact_found || gen_way[1].exact_found || gen_way[0].specific || gen_way[1].specific ||
      gen_way[0].general || gen_way[1].general;
  assign {virtual_id_o, punt_o} = result;

  // ---------------------------------------------------------------- answers to the bus

  logic bus_access_q;
  always_ff @(posedge clk_i) begin
    bus_access_q <= bus_access_i;
    if (bus_access_q) bus_rdata_o <= bus_row_i[1] ? gen_way[1].bus_rdata : gen_way[0].bus_rdata;
  end

  logic unused;
  assign unused = &{1'b0, hash_i, hash0_i};

  `SLUICE_ASSERT(OneExactKey, !valid_q[1] || !(gen_way[0].exact_found && gen_way[1].exact_found))

endmodule
