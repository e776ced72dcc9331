// SPDX-License-Identifier: Apache-2.0
//
// flow_lookup: a lookup finds what it would find if the packet had waited for the ones before it.
//
// The view of a packet in cycle 4 is its rows as they come out of flow_table, with the last write (that this is what the
// writes before it left is the proof of flow_table). The match is made two cycles earlier, of rows that are older still, and
// corrected three times: here it is compared with the first live match in the view. Keys are left to the comparison behind it.
//
// Writes are anything, of packets in cycle 4, into one of their rows, as long as no row of the writer had twins before.
// An age is any, the same for all: a packet is only ever judged by its own.
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
  logic look2_q, look3_q, look4_q, reverse2_q, reverse3_q, reverse4_q;
  logic [Banks*RowsLog2-1:0] rows2_q, rows3_q, rows4_q;
  logic [1:0] digest2_q, digest3_q, digest4_q;
  always_ff @(posedge clk_i) begin
    look2_q <= look1_i && !rst_i;
    look3_q <= look2_q && !rst_i;
    look4_q <= look3_q && !rst_i;
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
    if (look3_q) begin
      rows4_q <= rows3_q;
      reverse4_q <= reverse3_q;
      digest4_q <= digest3_q;
    end
  end
  logic [23:0] digest4;
  assign digest4 = {22'd0, digest4_q};

  // Only a packet in cycle 4 writes.
  logic [Banks-1:0] write, match2;
  always_comb begin
    write = '0;
    write[write_bank_i] = write_i && look4_q && !rst_i;
  end

  logic [Banks*12-1:0] member2;
  logic [Slots*64-1:0] hots3, hots4;
  logic [Slots*32-1:0] colds3, colds4;
  logic [Slots*4-1:0] highs3, highs4;
  logic [Banks:0] accept_en;
  logic [(Banks+1)*12-1:0] accept_member;
  logic last4, last_bank, last_way, settled, found, exact, accept_existing, hit_bank, hit_way;
  logic [63:0] last_hot, hit_hot;
  logic [35:0] last_cold, hit_cold;
  logic [15:0] server_port;
  logic [KeyW-1:0] key;
  logic [27:0] next;
  flow_lookup #(
      .Banks(Banks),
      .Ways(Ways),
      .RowsLog2(RowsLog2),
      .ExactKeys(1'b0)
  ) dut (
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
      .digest2_i({22'd0, digest2_q}),
      .age2_i(age),
      .match2_o(match2),
      .member2_o(member2),
      .look3_i(look3_q),
      .fetch3_i('0),
      .rows3_i(rows3_q),
      .reverse3_i(reverse3_q),
      .answer3_i(1'b0),
      .digest3_i({22'd0, digest3_q}),
      .age3_i(age),
      .l4_3_i('0),
      .flags3_i('0),
      .timers_i('0),
      .key3_i('0),
      .is_v6_3_i(1'b0),
      .bank3_i(1'b0),
      .addresses3_i('0),
      .hot3_o(hots3),
      .cold3_o(colds3),
      .high3_o(highs3),
      .accept_en_o(accept_en),
      .accept_member_o(accept_member),
      .accept_i('1),
      .look4_i(look4_q),
      .fetch4_i('0),
      .rows4_i(rows4_q),
      .reverse4_i(reverse4_q),
      .answer4_i(1'b0),
      .recent4_i(1'b0),
      .digest4_i(digest4),
      .age4_i(age),
      .l4_4_i('0),
      .flags4_i('0),
      .key4_i('0),
      .is_v6_4_i(1'b0),
      .bank4_i(1'b0),
      .last_address_i('0),
      .last_other_address_i('0),
      .hot4_o(hots4),
      .cold4_o(colds4),
      .high4_o(highs4),
      .settled_o(settled),
      .found_o(found),
      .exact_o(exact),
      .accept_existing_o(accept_existing),
      .bank_o(hit_bank),
      .way_o(hit_way),
      .hot_o(hit_hot),
      .cold_o(hit_cold),
      .server_port_o(server_port),
      .key_o(key),
      .next_o(next),
      .write_i(write),
      .write_key_i(2'b00),
      .write_bank_i,
      .write_way_i,
      .write_hot_i,
      .write_cold_i,
      .write_key_data_i(KeyW'(0)),
      .last4_o(last4),
      .last_bank_o(last_bank),
      .last_way_o(last_way),
      .last_hot_o(last_hot),
      .last_cold_o(last_cold),
      .last_key_i('0)
  );

  // The rows with the last write: the view, and what of it matches.
  function automatic is_live(input logic [63:0] hot, input logic [23:0] at);
    logic [23:0] since;
    since   = at - hot[63:40];
    is_live = since >= 24'h800000 && hot[2:0] != sluice_pkg::FLOW_STATE_FREE;
  endfunction

  logic [Slots*64-1:0] hot;
  logic [Slots*36-1:0] cold;
  logic [Slots-1:0] by_last, live, matches;
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      by_last[s] = last4 && {last_bank, last_way} == 2'(s);
      hot[s*64+:64] = by_last[s] ? last_hot : hots4[s*64+:64];
      cold[s*36+:36] = by_last[s] ? last_cold : {highs4[s*4+:4], colds4[s*32+:32]};
      live[s] = is_live(hot[s*64+:64], age);
      matches[s] = live[s] &&
          (reverse4_q ? hot[s*64+3] && cold[s*36+8+:24] == digest4 : hot[s*64+8+:24] == digest4);
    end
  end

  // No two live entries of a row have one digest of either kind before the row is written: flow_insert.
  logic [Banks-1:0] twins;
  always_comb begin
    for (int unsigned b = 0; b < Banks; b++) begin
      twins[b] = live[b*2+:2] == 2'b11 &&
          (hot[b*128+8+:24] == hot[b*128+72+:24] ||
           (hot[b*128+3] && hot[b*128+67] && cold[b*72+8+:24] == cold[b*72+44+:24]));
    end
  end
  `PROOF_ASSUME(NoTwinsBefore, write == '0 || twins == '0)

  logic any;
  logic [1:0] first;
  assign any = matches != '0;
  assign first = matches[0] ? 2'd0 : matches[1] ? 2'd1 : matches[2] ? 2'd2 : 2'd3;
  `SLUICE_ASSERT(FoundIfThere, !look4_q || found == any)
  `SLUICE_ASSERT(FoundIsTheFirst, !look4_q || !found || {hit_bank, hit_way} == first)
  `SLUICE_ASSERT(FoundAsItIs, !look4_q || !found || {hit_cold, hit_hot} == {cold[first*36+:36], hot[first*64+:64]})
  // What becomes of the entry found, whenever that was worked out. Packets are of no kind, so that only a first answer
  // changes its state, and timers are 0.
  logic [2:0] state;
  assign state = (reverse4_q && hit_hot[2:0] == sluice_pkg::FLOW_STATE_ONE_WAY) ?
      sluice_pkg::FLOW_STATE_TWO_WAY : hit_hot[2:0];
  `SLUICE_ASSERT(NextIsOfTheEntry, !look4_q || !found ||
                 next == {{age, state} != {hit_hot[63:40], hit_hot[2:0]}, age, state})
  // Keys are all the same here, and all members keep their connections.
  `SLUICE_ASSERT(SettledIsFound, !settled || (found && exact))

  // A match in cycle 2, two cycles later.
  logic match3_q, match4_q;
  always_ff @(posedge clk_i) begin
    match3_q <= look2_q && !rst_i && match2 != '0;
    match4_q <= match3_q && !rst_i;
  end
  `PROOF_COVER(cover_found_in_the_last_write, look4_q && found && by_last[first])
  `PROOF_COVER(cover_found_beside_the_last_write, look4_q && found && last4 && !by_last[first] && last_bank < hit_bank)
  `PROOF_COVER(cover_last_write_ended_it, look4_q && match4_q && last4 && !found)
  `PROOF_COVER(cover_answer_found, look4_q && found && reverse4_q && first == 2'd3)

  logic unused;
  assign unused = &{1'b0, member2, hots3, colds3, highs3, accept_en, accept_member, accept_existing, server_port, key};

endmodule
