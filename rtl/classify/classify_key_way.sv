// SPDX-License-Identifier: Apache-2.0
//
// One way of the hash table of virtuals: a key in each of its buckets, searched by exact and by any-port key
// (docs/data-plane.md, section 5, step 3).
//
// LATENCY 2 for each of the two searches, one of each per clock: rows of both buckets, then the comparison; answers
// hold until the next search of that kind. result: {virtual_id, punt}.
// Exact: address, protocol and port. Any-port: address, and the protocol (specific) or any (general).
// Rows are {bucket, bank}. bus_access_i is one access, a write if bus_write_i; the row is on bus_rdata_o in the next cycle
// and holds until the next access.
module classify_key_way #(
    parameter int unsigned Buckets = 1024,
    localparam int unsigned BucketW = (Buckets > 1) ? $clog2(Buckets) : 1
) (
    input logic clk_i,

    input logic bus_access_i,
    input logic bus_write_i,
    input logic [BucketW:0] bus_row_i,
    input logic [sluice_pkg::VIRTUAL_KEY_ROW_W-1:0] bus_wdata_i,
    output logic [sluice_pkg::VIRTUAL_KEY_ROW_W-1:0] bus_rdata_o,

    input logic exact_valid_i,
    input logic [BucketW:0] exact_row0_i,
    input logic [BucketW:0] exact_row1_i,
    // One cycle after exact_valid_i: the key.
    input logic exact_compare_i,
    input logic exact_is_v6_i,
    input logic [127:0] exact_address_i,
    input logic [15:0] exact_port_i,
    input logic [7:0] exact_proto_i,
    output logic exact_found_o,
    output logic [10:0] exact_result_o,

    input logic any_valid_i,
    input logic [BucketW:0] any_row0_i,
    input logic [BucketW:0] any_row1_i,
    // One cycle after any_valid_i: the key.
    input logic any_compare_i,
    input logic any_is_v6_i,
    input logic [127:0] any_address_i,
    input logic [7:0] any_proto_i,
    output logic any_specific_o,
    output logic [10:0] any_specific_result_o,
    output logic any_general_o,
    output logic [10:0] any_general_result_o
);
  /*verilator inline_module*/

  localparam int unsigned LATENCY = 2;
  localparam int unsigned HEAD_W = sluice_pkg::VIRTUAL_KEY_ROW_ADDRESS_LSB;
  localparam int unsigned DEPTH = 2 << BucketW;
  localparam int unsigned RESULT = sluice_pkg::VIRTUAL_KEY_ROW_PUNT_LSB;
  localparam int unsigned ANY_PROTO = sluice_pkg::VIRTUAL_KEY_ROW_ANY_PROTO_LSB;
  localparam int unsigned PROTO = sluice_pkg::VIRTUAL_KEY_ROW_PROTO_LSB;

  if (LATENCY != 2) begin : gen_latency_check
    $fatal(1, "classify_key_way: rows, then the comparison");
  end

  // A row in two parts: all that is not the address, and the address.
  logic [HEAD_W-1:0] heads[DEPTH];
  logic [127:0] addresses[DEPTH];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned r = 0; r < DEPTH; r++) begin
      heads[r] = '0;
      addresses[r] = '0;
    end
  end
`endif

  always_ff @(posedge clk_i) begin
    if (bus_access_i) begin
      if (bus_write_i) begin
        heads[bus_row_i] <= bus_wdata_i[HEAD_W-1:0];
        addresses[bus_row_i] <= bus_wdata_i[HEAD_W+:128];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (bus_access_i) bus_rdata_o <= {addresses[bus_row_i], heads[bus_row_i]};
  end

  // ---------------------------------------------------------------- exact keys

  logic [HEAD_W-1:0] exact_head0_q, exact_head1_q;
  logic [127:0] exact_address0_q, exact_address1_q;
  always_ff @(posedge clk_i) begin
    if (exact_valid_i) begin
      exact_head0_q <= heads[exact_row0_i];
      exact_head1_q <= heads[exact_row1_i];
      exact_address0_q <= addresses[exact_row0_i];
      exact_address1_q <= addresses[exact_row1_i];
    end
  end

  // What of the head must be as the packet says; punt, any_proto and virtual_id may be anything.
  localparam logic [HEAD_W-1:0] EXACT_MASK = {16'hffff, 8'hff, 10'd0, 1'b0, 1'b0, 1'b1, 1'b1, 1'b1};
  logic [HEAD_W-1:0] exact_head;
  assign exact_head = {exact_port_i, exact_proto_i, 10'd0, 1'b0, 1'b0, 1'b0, exact_is_v6_i, 1'b1};

  always_ff @(posedge clk_i) begin : exact
    logic match0;
    if (exact_compare_i) begin
      match0 = (exact_head0_q & EXACT_MASK) == exact_head && exact_address0_q == exact_address_i;
      exact_found_o <= match0 ||
          ((exact_head1_q & EXACT_MASK) == exact_head && exact_address1_q == exact_address_i);
      exact_result_o <= match0 ? exact_head0_q[RESULT+:11] : exact_head1_q[RESULT+:11];
    end
  end

  // ---------------------------------------------------------------- any-port keys

  logic [HEAD_W-1:0] any_head0_q, any_head1_q;
  logic [127:0] any_address0_q, any_address1_q;
  always_ff @(posedge clk_i) begin
    if (any_valid_i) begin
      any_head0_q <= heads[any_row0_i];
      any_head1_q <= heads[any_row1_i];
      any_address0_q <= addresses[any_row0_i];
      any_address1_q <= addresses[any_row1_i];
    end
  end

  always_ff @(posedge clk_i) begin : any
    logic match0, match1, specific0, specific1;
    if (any_compare_i) begin
      match0 = any_head0_q[2:0] == {1'b1, any_is_v6_i, 1'b1} && any_address0_q == any_address_i;
      match1 = any_head1_q[2:0] == {1'b1, any_is_v6_i, 1'b1} && any_address1_q == any_address_i;
      specific0 = match0 && !any_head0_q[ANY_PROTO] && any_head0_q[PROTO+:8] == any_proto_i;
      specific1 = match1 && !any_head1_q[ANY_PROTO] && any_head1_q[PROTO+:8] == any_proto_i;
      any_specific_o <= specific0 || specific1;
      any_specific_result_o <= specific0 ? any_head0_q[RESULT+:11] : any_head1_q[RESULT+:11];
      any_general_o <= (match0 && any_head0_q[ANY_PROTO]) || (match1 && any_head1_q[ANY_PROTO]);
      any_general_result_o <= (match0 && any_head0_q[ANY_PROTO]) ? any_head0_q[RESULT+:11] : any_head1_q[RESULT+:11];
    end
  end

  // Of the head: port and virtual_id of an any-port key.
  logic unused;
  assign unused = &{1'b0, any_head0_q, any_head1_q};

endmodule
