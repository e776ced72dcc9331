// SPDX-License-Identifier: Apache-2.0
//
// flow_table and flow_find: a lookup finds what it would find if the packet had waited for the ones before it.
//
// The view of a packet in cycle 3 is what was read, corrected by the two writes that the reads may have missed (that this is
// what the last write left is the proof of flow_table). The match is made a cycle earlier, of rows that are older still, and
// corrected twice: here it is compared with the first live match in the view. Keys are left to the comparison behind it.
//
// Writes are anything, of packets in cycle 3, into one of their rows. An age is any, the same for all: a packet is only
// ever judged by its own.
`include "proof.svh"

module flow_lookup_proof #(
    parameter int unsigned Banks = 2,
    parameter int unsigned Ways = 2,
    parameter int unsigned RowsLog2 = 1,
    localparam int unsigned Slots = Banks * Ways,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,
    input logic rst_i,
    input logic look1_i,
    input logic [Banks*RowsLog2-1:0] rows1_i,
    input logic reverse1_i,
    input logic [1:0] digest1_i,
    input logic write_i,
    input logic write_bank_i,
    input logic write_way_i,
    input logic [63:0] write_hot_i,
    input logic [35:0] write_cold_i
);

  `PROOF_BEGIN

  // The pipeline of flow_front.
  (* anyconst *) logic [23:0] age;
  logic look2_q, look3_q, reverse2_q, reverse3_q;
  logic [Banks*RowsLog2-1:0] rows2_q, rows3_q;
  logic [1:0] digest2_q, digest3_q;
  always_ff @(posedge clk_i) begin
    look2_q <= look1_i && !rst_i;
    look3_q <= look2_q && !rst_i;
    if (look1_i) begin
      rows2_q <= rows1_i;
      reverse2_q <= reverse1_i;
      digest2_q <= digest1_i;
    end
    if (look2_q) begin
      rows3_q <= rows2_q;
      reverse3_q <= reverse2_q;
      digest3_q <= digest2_q;
    end
  end
  logic [23:0] digest2, digest3;
  assign digest2 = {22'd0, digest2_q};
  assign digest3 = {22'd0, digest3_q};

  // Only a packet in cycle 3 writes.
  logic [Banks-1:0] write, match2, match3;
  always_comb begin
    write = '0;
    write[write_bank_i] = write_i && look3_q && !rst_i;
  end

  logic [Banks*12-1:0] member2;
  logic [Banks-1:0] ways3;
  logic [Banks*320-1:0] keys3;
  logic [Slots*64-1:0] hots3;
  logic [Slots*32-1:0] colds3;
  logic [Slots*4-1:0] highs3;
  logic last, last3, prev3, last_bank, last_way, prev_bank, prev_way;
  logic [63:0] last_hot, prev_hot;
  logic [35:0] last_cold, prev_cold;
  flow_table #(
      .Banks(Banks),
      .Ways(Ways),
      .RowsLog2(RowsLog2),
      .ExactKeys(1'b0)
  ) u_table (
      .clk_i,
      .rst_i,
      .read1_i(look1_i),
      .rows1_i,
      .look2_i(look2_q),
      .scrub2_i(1'b0),
      .fetch2_i('0),
      .fetch_way2_i(1'b0),
      .rows2_i(rows2_q),
      .reverse2_i(reverse2_q),
      .digest2_i(digest2),
      .age2_i(age),
      .match2_o(match2),
      .member2_o(member2),
      .rows3_i(rows3_q),
      .match3_o(match3),
      .ways3_o(ways3),
      .key3_o(keys3),
      .hot3_o(hots3),
      .cold3_o(colds3),
      .high3_o(highs3),
      .last3_o(last3),
      .prev3_o(prev3),
      .write_i(write),
      .write_key_i(2'b00),
      .write_bank_i,
      .write_way_i,
      .write_hot_i,
      .write_cold_i,
      .write_key_data_i(KeyW'(0)),
      .last_o(last),
      .last_bank_o(last_bank),
      .last_way_o(last_way),
      .last_hot_o(last_hot),
      .last_cold_o(last_cold),
      .prev_bank_o(prev_bank),
      .prev_way_o(prev_way),
      .prev_hot_o(prev_hot),
      .prev_cold_o(prev_cold)
  );

  logic found, exact, hit_bank, hit_way;
  logic [63:0] hit_hot;
  logic [35:0] hit_cold;
  logic [15:0] server_port;
  logic [KeyW-1:0] key;
  flow_find #(
      .Banks(Banks),
      .Ways(Ways),
      .ExactKeys(1'b0)
  ) u_find (
      .look_i(look3_q),
      .fetch_i(1'b0),
      .reverse_i(reverse3_q),
      .answer_i(1'b0),
      .recent_i(1'b0),
      .digest_i(digest3),
      .age_i(age),
      .key_i('0),
      .is_v6_i(1'b0),
      .match_i(match3),
      .ways_i(ways3),
      .hot_i(hots3),
      .cold_i(colds3),
      .high_i(highs3),
      .keys_i(keys3),
      .addresses_i('0),
      .last_i(last3),
      .last_bank_i(last_bank),
      .last_way_i(last_way),
      .last_hot_i(last_hot),
      .last_cold_i(last_cold),
      .last_key_i('0),
      .last_same_i(1'b0),
      .last_address_i('0),
      .last_other_address_i('0),
      .prev_i(prev3),
      .prev_bank_i(prev_bank),
      .prev_way_i(prev_way),
      .prev_hot_i(prev_hot),
      .prev_cold_i(prev_cold),
      .found_o(found),
      .exact_o(exact),
      .bank_o(hit_bank),
      .way_o(hit_way),
      .hot_o(hit_hot),
      .cold_o(hit_cold),
      .server_port_o(server_port),
      .key_o(key)
  );

  // The rows as they were read, after the write before last, and after the last one: the view. A live entry with the
  // digest of the packet in each.
  function automatic matches(input logic [63:0] hot, input logic [35:0] cold, input logic reverse,
                             input logic [23:0] digest, input logic [23:0] at);
    logic [23:0] since;
    since   = at - hot[63:40];
    matches = since >= 24'h800000 && hot[2:0] != sluice_pkg::FLOW_STATE_FREE &&
        (reverse ? hot[3] && cold[31:8] == digest : hot[31:8] == digest);
  endfunction

  logic [Slots*100-1:0] view;
  logic [Slots-1:0] by_last, by_prev, read_matches, prev_matches, view_matches;
  logic last_matches, before_matches;
  assign last_matches   = matches(last_hot, last_cold, reverse3_q, digest3, age);
  assign before_matches = matches(prev_hot, prev_cold, reverse3_q, digest3, age);
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      by_last[s] = last3 && {last_bank, last_way} == 2'(s);
      by_prev[s] = prev3 && {prev_bank, prev_way} == 2'(s);
      view[s*100+:100] = by_last[s] ? {last_cold, last_hot} : by_prev[s] ? {prev_cold, prev_hot} :
          {highs3[s*4+:4], colds3[s*32+:32], hots3[s*64+:64]};
      read_matches[s] = matches(hots3[s*64+:64], {highs3[s*4+:4], colds3[s*32+:32]}, reverse3_q, digest3, age);
      prev_matches[s] = by_prev[s] ? before_matches : read_matches[s];
      view_matches[s] = by_last[s] ? last_matches : prev_matches[s];
    end
  end
  // No row has two at any of these times: flow_insert.
  function automatic one_per_row(input logic [3:0] found_in);
    one_per_row = found_in[1:0] != 2'b11 && found_in[3:2] != 2'b11;
  endfunction
  `PROOF_ASSUME(OneMatchPerRow, !look3_q || (one_per_row(read_matches) && one_per_row(prev_matches) &&
                one_per_row(view_matches)))

  logic any;
  logic [1:0] first;
  assign any = view_matches != '0;
  assign first = view_matches[0] ? 2'd0 : view_matches[1] ? 2'd1 : view_matches[2] ? 2'd2 : 2'd3;
  `SLUICE_ASSERT(FoundIfThere, !look3_q || found == any)
  `SLUICE_ASSERT(FoundIsTheFirst, !look3_q || !found || {hit_bank, hit_way} == first)
  `SLUICE_ASSERT(FoundAsItIs, !look3_q || !found || {hit_cold, hit_hot} == view[first*100+:100])

  `PROOF_COVER(cover_found_in_the_last_write, look3_q && found && by_last[first])
  `PROOF_COVER(cover_found_in_the_write_before, look3_q && found && by_prev[first] && !by_last[first])
  `PROOF_COVER(cover_last_write_ended_it, look3_q && match3[last_bank] && last3 && ways3[last_bank] == last_way && !found)
  `PROOF_COVER(cover_answer_found, look3_q && found && reverse3_q && first == 2'd3)

  logic unused;
  assign unused = &{1'b0, match2, member2, last, exact, server_port, key};

endmodule
