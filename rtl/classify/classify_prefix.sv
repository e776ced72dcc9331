// SPDX-License-Identifier: Apache-2.0
//
// The prefix virtuals: the lowest entry that matches destination, protocol, family and ingress port (docs/data-plane.md, section 5,
// step 3).
//
// LATENCY 5, one packet per clock: rows of all chunks, AND by header field, AND of all, lowest entry, its result.
// found_o, virtual_id_o and punt_o hold LATENCY cycles after valid_i; found_o is 0 for all that was not asked.
// Bus: tables prefix_bits and prefix_result, rows {row, bank}. bus_access_i is one access; the other bus inputs hold until it is over. A row
// read is on bus_rdata_o four cycles later and holds until the next access. Rows of chunks that do not exist and
// entries from Entries on read 0 and ignore writes.
module classify_prefix #(
    parameter int unsigned Entries = 128
) (
    input logic clk_i,
    input logic rst_i,

    input logic bus_access_i,
    input logic bus_write_i,
    input logic bus_result_i,
    input logic [13:0] bus_row_i,
    input logic [sluice_pkg::PREFIX_BITS_ROW_W-1:0] bus_wdata_i,
    output logic [sluice_pkg::PREFIX_BITS_ROW_W-1:0] bus_rdata_o,

    input logic valid_i,
    input logic bank_i,
    input logic is_v6_i,
    input logic [2:0] in_port_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [7:0] proto_i,

    output logic found_o,
    output logic [9:0] virtual_id_o,
    output logic punt_o
);
  /*verilator inline_module*/

  localparam int unsigned LATENCY = 5;
  // Groups of four chunks: 0 to 3 address words, then protocol, family and ingress port, port.
  localparam int unsigned GROUPS = 5;
  localparam int unsigned EntryW = (Entries > 1) ? $clog2(Entries) : 1;

  if (Entries < 2 || Entries > 128 || LATENCY != 5) begin : gen_entries_check
    $fatal(1, "classify_prefix: Entries must be 2 to 128");
  end

  logic [3:0] valid_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= '0;
    else valid_q <= {valid_q[2:0], valid_i};
  end

  // ---------------------------------------------------------------- bus: which group, then the row

  // Bit k: an access began k + 1 cycles ago.
  logic [2:0] bus_access_q;
  logic [3:0] bus_group_q;
  always_ff @(posedge clk_i) begin
    bus_access_q <= {bus_access_q[1:0], bus_access_i};
    if (bus_access_i) bus_group_q <= bus_result_i ? 4'(GROUPS) : {1'b0, bus_row_i[13:11]};
  end

  // ---------------------------------------------------------------- stages 1 and 2: rows, AND by group

  for (genvar g = 0; g < GROUPS; g++) begin : gen_group
    logic [Entries-1:0] match;
    logic [Entries-1:0] bus_rdata;

    logic [31:0] values;
    if (g < 4) begin : gen_address
      assign values = address_i[32*g+:32];
    end else begin : gen_rest
      assign values = {port_i[15:8], port_i[7:0], 4'd0, in_port_i, is_v6_i, proto_i};
    end

    classify_stride #(
        .Chunks(4),
        .Rules(Entries),
        .Group(4'(g))
    ) u_stride (
        .clk_i,
        .bus_access_i(bus_access_q[0]),
        .bus_collect_i(bus_access_q[1]),
        .bus_write_i,
        .bus_group_i(bus_group_q),
        .bus_chunk_i(bus_row_i[10:9]),
        .bus_row_i(bus_row_i[8:0]),
        .bus_wdata_i(bus_wdata_i[Entries-1:0]),
        .bus_rdata_o(bus_rdata),
        .valid_i(valid_i && (is_v6_i || g == 0 || g == 4)),
        .bank_i,
        .values_i(values),
        .match_o(match)
    );
  end

  // ---------------------------------------------------------------- stage 3: AND of all

  logic is_v6_q1, is_v6_q2, bank_q1, bank_q2, bank_q3, bank_q4;
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      is_v6_q1 <= is_v6_i;
      bank_q1 <= bank_i;
    end
    if (valid_q[0]) begin
      is_v6_q2 <= is_v6_q1;
      bank_q2 <= bank_q1;
    end
    if (valid_q[1]) bank_q3 <= bank_q2;
    if (valid_q[2]) bank_q4 <= bank_q3;
  end

  logic [Entries-1:0] match_q3;
  always_ff @(posedge clk_i) begin
    if (valid_q[1]) begin
      if (is_v6_q2) begin
        match_q3 <= gen_group[0].match & gen_group[1].match & gen_group[2].match & gen_group[3].match &
            gen_group[4].match;
      end else begin
        match_q3 <= gen_group[0].match & gen_group[4].match;
      end
    end
  end

  // ---------------------------------------------------------------- stages 4 and 5: the entry, its result

  logic any_q4;
  logic [7:0] entry_q4;
  classify_lowest #(
      .Width(Entries)
  ) u_lowest (
      .clk_i,
      .valid_i(valid_q[2]),
      .bits_i(match_q3),
      .any_o(any_q4),
      .index_o(entry_q4)
  );

  always_ff @(posedge clk_i) begin
    if (rst_i) found_o <= 1'b0;
    else found_o <= valid_q[3] && any_q4;
  end

  logic result_exists;
  logic [sluice_pkg::PREFIX_RESULT_ROW_W-1:0] result;
  logic [sluice_pkg::PREFIX_RESULT_ROW_W-1:0] bus_result;
  assign result_exists = {19'd0, bus_row_i[13:1]} < Entries;
  prim_table_ram #(
      .Width(sluice_pkg::PREFIX_RESULT_ROW_W),
      .Depth(2 << EntryW)
  ) u_result (
      .clk_i,
      .a_en_i(bus_access_q[0] && bus_result_i && result_exists),
      .a_we_i(bus_write_i),
      .a_addr_i(bus_row_i[EntryW:0]),
      .a_wdata_i(bus_wdata_i[sluice_pkg::PREFIX_RESULT_ROW_W-1:0]),
      .a_rdata_o(bus_result),
      .b_en_i(valid_q[3] && any_q4),
      .b_addr_i({entry_q4[EntryW-1:0], bank_q4}),
      .b_rdata_o(result)
  );
  assign virtual_id_o = result[sluice_pkg::PREFIX_RESULT_ROW_VIRTUAL_ID_LSB+:10];
  assign punt_o = result[sluice_pkg::PREFIX_RESULT_ROW_PUNT_LSB];

  // The index of 256 entries.
  logic unused;
  assign unused = &{1'b0, entry_q4};

  // ---------------------------------------------------------------- answers to the bus, which holds its request

  always_ff @(posedge clk_i) begin
    if (bus_access_q[2]) begin
      if (bus_result_i) begin
        bus_rdata_o <= result_exists ? 128'(bus_result) : '0;
      end else begin
        unique case (bus_group_q)
          4'd0: bus_rdata_o <= 128'(gen_group[0].bus_rdata);
          4'd1: bus_rdata_o <= 128'(gen_group[1].bus_rdata);
          4'd2: bus_rdata_o <= 128'(gen_group[2].bus_rdata);
          4'd3: bus_rdata_o <= 128'(gen_group[3].bus_rdata);
          4'd4: bus_rdata_o <= 128'(gen_group[4].bus_rdata);
          default: bus_rdata_o <= '0;
        endcase
      end
    end
  end

endmodule
