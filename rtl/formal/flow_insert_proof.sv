// SPDX-License-Identifier: Apache-2.0
//
// flow_judge, flow_place and flow_commit: what a packet or scrub step in cycle 4 does to its rows of the connection table.
//
// The view of a packet is its rows as they come out of the table, with the last write; that it is what that
// write left, and that a hit is the first live match in it, are proven of flow_table and flow_lookup. Here the view before the packet's own write is compared with the one after: if no two live entries
// of one digest are in the first, none are in the second. So it holds for the whole life of a table that starts empty: in
// between ages only grow, and no entry comes to life.
//
// Combinational, for any view. The hit is any live entry with the packet's digest: keys do not matter.
`include "proof.svh"

module flow_insert_proof #(
    parameter int unsigned Banks = 2,
    parameter int unsigned Ways = 2,
    localparam int unsigned Slots = Banks * Ways,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,
    input logic rst_i,
    // The rows, and the write before.
    input logic [Slots*64-1:0] hots_i,
    input logic [Slots*32-1:0] colds_i,
    input logic [Slots*4-1:0] highs_i,
    input logic last_i,
    input logic last_bank_i,
    input logic last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
    // A packet or a step of the scrub engine, and the world.
    input logic look_i,
    input logic scrub_i,
    input logic reverse_i,
    input logic [23:0] age_i,
    input logic [23:0] digest_i,
    input logic [23:0] client_i,
    input logic hit_i,
    input logic hit_bank_i,
    input logic hit_way_i,
    input logic [2:0] l4_i,
    input logic [3:0] flags_i,
    input logic [2:0] mode_i,
    input logic loose_i,
    input logic on_down_drop_i,
    input logic accept_existing_i,
    input logic choice_ok_i,
    input logic charge_source_ok_i,
    input logic charge_ok_i,
    input logic half_open_full_i,
    input logic half_open_virtual_full_i,
    input logic [9:0] virtual_i,
    input logic [11:0] member_i,
    input logic second_i,
    input logic [23:0] server1_i,
    input logic [23:0] server2_i,
    input logic [22:0] timeout_i,
    input logic [1:0] scrub_mode_i,
    input logic [11:0] scrub_arg_i,
    input logic snat_any_i,
    input logic [16:0] snat_next_i
);

  `PROOF_BEGIN
  `PROOF_ASSUME(PacketOrScrub, !look_i || !scrub_i)

  // ---------------------------------------------------------------- the view before

  logic [Slots*64-1:0] hot;
  logic [Slots*36-1:0] cold;
  logic [Slots-1:0] live, half_open;
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      hot[s*64+:64]  = hots_i[s*64+:64];
      cold[s*36+:36] = {highs_i[s*4+:4], colds_i[s*32+:32]};
      if (last_i && {last_bank_i, last_way_i} == 2'(s)) begin
        hot[s*64+:64]  = last_hot_i;
        cold[s*36+:36] = last_cold_i;
      end
    end
  end

  // expires - 1 - age < 2^23: the entry ends after now.
  function automatic is_live(input logic [2:0] state, input logic [23:0] expires, input logic [23:0] age);
    logic [23:0] since;
    since   = age - expires;
    is_live = since >= 24'h800000 && state != sluice_pkg::FLOW_STATE_FREE;
  endfunction

  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      live[s] = is_live(hot[s*64+:3], hot[s*64+40+:24], age_i);
      half_open[s] = live[s] && hot[s*64+:3] == sluice_pkg::FLOW_STATE_HALF_OPEN;
    end
  end

  // One slot of a view. (A variable part select would cost more.)
  function automatic [99:0] entry(input logic [1:0] of_slot, input logic [Slots*36-1:0] colds,
                                  input logic [Slots*64-1:0] hots);
    entry = '0;
    for (int unsigned s = 0; s < Slots; s++) begin
      if (of_slot == 2'(s)) entry = {colds[s*36+:36], hots[s*64+:64]};
    end
  endfunction

  // The hit is live and has the packet's digest.
  logic [1:0] hit;
  logic [63:0] hit_hot;
  logic [35:0] hit_cold;
  logic hit_matches;
  assign hit = {hit_bank_i, hit_way_i};
  assign {hit_cold, hit_hot} = entry(hit, cold, hot);
  assign hit_matches = live[hit] && (reverse_i ? hit_hot[3] && hit_cold[31:8] == digest_i : hit_hot[31:8] == digest_i);
  `PROOF_ASSUME(HitIsAMatch, !hit_i || (look_i && hit_matches))

  // The source that is free is nobody's: below it is shown that entries take and give back theirs, by flow_ports that none
  // is free that was not given back.
  logic [Slots-1:0] refers;
  always_comb begin
    for (int unsigned s = 0; s < Slots; s++) begin
      refers[s] = hot[s*64+:3] != sluice_pkg::FLOW_STATE_FREE && cold[s*36+8+:24] == {1'b1, 6'd0, snat_next_i};
    end
  end
  `PROOF_ASSUME(SourceIsFree, !snat_any_i || refers == '0)

  // ---------------------------------------------------------------- the modules

  logic [27:0] hit_next;
  flow_next u_next (
      .en_i(hit_i),
      .reverse_i,
      .l4_i,
      .flags_i,
      .age_i,
      .timers_i({24{timeout_i}}),
      .hot_i(hit_hot),
      .changed_o(hit_next[27]),
      .expires_o(hit_next[26:3]),
      .state_o(hit_next[2:0])
  );

  logic [Banks-1:0] write, write_key;
  logic write_bank, write_way;
  logic [63:0] write_hot;
  logic [35:0] write_cold;
  logic [KeyW-1:0] write_key_data, last_key;
  logic in_place, mirror, aliased, room, taken, place_bank, place_way;
  logic [23:0] reverse1, reverse2;
  logic [48:0] place_entry;
  logic place_live, evict, evict_own;
  logic take, give;
  logic [16:0] give_id, source;
  logic place;
  logic [Slots-1:0] slots_live, slots_half, slots_own, slots_twin, slots_nat, slots_scrub;
  logic last_live, last_half, last_own, last_twin, last_nat, last_scrub;
  assign place = look_i && !reverse_i;
  flow_judge #(
      .Slots(Slots)
  ) u_judge (
      .place_i(place),
      .scrub_i,
      .scrub_mode_i,
      .scrub_arg_i,
      .age_i,
      .forward_i(digest_i),
      .virtual_i,
      .hot_i(hots_i),
      .cold_i(colds_i),
      .high_i(highs_i),
      .live_o(slots_live),
      .half_o(slots_half),
      .own_o(slots_own),
      .twin_o(slots_twin),
      .nat_o(slots_nat),
      .scrub_o(slots_scrub)
  );
  flow_judge #(
      .Slots(1)
  ) u_last (
      .place_i(place),
      .scrub_i,
      .scrub_mode_i,
      .scrub_arg_i,
      .age_i,
      .forward_i(digest_i),
      .virtual_i,
      .hot_i(last_hot_i),
      .cold_i(last_cold_i[31:0]),
      .high_i(last_cold_i[35:32]),
      .live_o(last_live),
      .half_o(last_half),
      .own_o(last_own),
      .twin_o(last_twin),
      .nat_o(last_nat),
      .scrub_o(last_scrub)
  );
  flow_place #(
      .Banks(Banks),
      .Ways (Ways)
  ) u_place (
      .place_i(place),
      .scrub_i,
      .hot_i(hots_i),
      .cold_i(colds_i),
      .high_i(highs_i),
      .live_i(slots_live),
      .half_i(slots_half),
      .own_i(slots_own),
      .twin_i(slots_twin),
      .nat_slots_i(slots_nat),
      .scrub_slots_i(slots_scrub),
      .last_i,
      .last_bank_i,
      .last_way_i,
      .last_hot_i,
      .last_cold_i,
      .last_live_i(last_live),
      .last_half_i(last_half),
      .last_own_i(last_own),
      .last_twin_i(last_twin),
      .last_nat_i(last_nat),
      .last_scrub_i(last_scrub),
      .keep_i(in_place),
      .keep_bank_i(hit_bank_i),
      .keep_way_i(hit_way_i),
      .mirror_i(mirror),
      .second_i,
      .reverse1_i(reverse1),
      .reverse2_i(reverse2),
      .start_i(client_i[1:0]),
      .evict_i(evict),
      .evict_own_i(evict_own),
      .alias_o(aliased),
      .room_o(room),
      .taken_o(taken),
      .bank_o(place_bank),
      .way_o(place_way),
      .entry_o(place_entry),
      .live_o(place_live)
  );

  sluice_pkg::classified_t classified;
  always_comb begin
    classified = '0;
    classified.direction = reverse_i;
    classified.mode = mode_i;
    classified.loose = loose_i;
    classified.on_down = on_down_drop_i;
    classified.virtual_id = virtual_i;
    classified.half_open_limit = {19'd0, half_open_virtual_full_i};
  end
  logic choose, charge, charge_source, opened, closed, half_more, half_less, has_member;
  logic [2:0] cause, result;
  logic [9:0] old_virtual;
  logic [11:0] old_member, member;
  logic [19:0] slot;
  logic [1:0] verdict;
  logic [7:0] reason;
  flow_commit #(
      .Banks(Banks),
      .Ways(Ways),
      .RowsLog2(1)
  ) u_commit (
      .clk_i,
      .half_open_max_i({20'd0, half_open_full_i}),
      .timers_i({24{timeout_i}}),
      .scrub_mode_i,
      .look_i,
      .scrub_i,
      .rows_i('0),
      .key_i('0),
      .classified_i(classified),
      .is_v6_i(1'b0),
      .l4_i,
      .flags_i,
      .digest_i,
      .client_i,
      .age_i,
      .hit_i,
      .hit_bank_i,
      .hit_way_i,
      .hit_hot_i(hit_hot),
      .hit_cold_i(hit_cold),
      .hit_server_port_i('0),
      .hit_key_i('0),
      .hit_next_i(hit_next),
      .accept_existing_i,
      .choose_o(choose),
      .live_virtual_i(32'd0),
      .choice_ok_i,
      .choice_limited_i(1'b0),
      .choice_member_i(member_i),
      .choice_port_i(16'd0),
      .choice_server_i(second_i ? server2_i : server1_i),
      .choice_server1_i(server1_i),
      .choice_server2_i(server2_i),
      .charge_source_o(charge_source),
      .charge_source_ok_i,
      .charge_o(charge),
      .charge_ok_i,
      .half_open_i(32'd1),
      .half_open_virtual_i(32'd1),
      .in_place_o(in_place),
      .mirror_o(mirror),
      .reverse1_o(reverse1),
      .reverse2_o(reverse2),
      .evict_o(evict),
      .evict_own_o(evict_own),
      .alias_i(aliased),
      .room_i(room),
      .taken_i(taken),
      .place_bank_i(place_bank),
      .place_way_i(place_way),
      .place_entry_i(place_entry),
      .place_live_i(place_live),
      .snat_any_i,
      .snat_next_i,
      .take_o(take),
      .give_o(give),
      .give_id_o(give_id),
      .source_o(source),
      .write_o(write),
      .write_key_o(write_key),
      .write_bank_o(write_bank),
      .write_way_o(write_way),
      .write_hot_o(write_hot),
      .write_cold_o(write_cold),
      .write_key_data_o(write_key_data),
      .last_key_o(last_key),
      .opened_o(opened),
      .closed_o(closed),
      .cause_o(cause),
      .old_virtual_o(old_virtual),
      .old_member_o(old_member),
      .slot_o(slot),
      .half_more_o(half_more),
      .half_less_o(half_less),
      .verdict_o(verdict),
      .reason_o(reason),
      .result_o(result),
      .has_member_o(has_member),
      .member_o(member)
  );

  // ---------------------------------------------------------------- the view after

  logic writes;
  logic [1:0] written;
  logic [63:0] old_hot;
  logic [35:0] old_cold;
  assign writes  = write != '0;
  assign written = {write_bank, write_way};
  assign {old_cold, old_hot} = entry(written, cold, hot);
  `SLUICE_ASSERT(OneBank, !writes || write == (write_bank ? 2'b10 : 2'b01))

  // Another slot, any. The one that is written and that one are the only ones that can become twins.
  (* anyconst *) logic [1:0] other;
  logic beside;
  logic [63:0] other_hot;
  logic [35:0] other_cold;
  assign beside = writes && other != written && live[other];
  assign {other_cold, other_hot} = entry(other, cold, hot);
  logic now_live;
  assign now_live = is_live(write_hot[2:0], write_hot[63:40], age_i);
  logic twins, mirrors;
  assign twins = live[written] && old_hot[31:8] == other_hot[31:8];
  assign mirrors = live[written] && old_hot[3] && other_hot[3] && old_cold[31:8] == other_cold[31:8];
  `SLUICE_ASSERT(NoTwins, !beside || !now_live || twins || write_hot[31:8] != other_hot[31:8])
  `SLUICE_ASSERT(NoMirrors, !beside || !now_live || mirrors || !write_hot[3] || !other_hot[3] ||
                 write_cold[31:8] != other_cold[31:8])

  // The budgets of half-open entries: one each, and one there.
  logic counts, spent, own_spent;
  assign counts = l4_i == sluice_pkg::L4_KIND_TCP && flags_i[1] && !flags_i[3] && !in_place;
  assign own_spent = counts && half_open_virtual_full_i;
  assign spent = own_spent || (counts && half_open_full_i);

  // What a new entry may take.
  logic [Slots-1:0] elsewhere;
  logic full;
  assign elsewhere = ~live;
  assign full = result == sluice_pkg::FLOW_RESULT_UNTRACKED_FULL;
  `SLUICE_ASSERT(OpenedIsWritten, !opened || (writes && write_key == write && write_hot[31:8] == digest_i))
  `SLUICE_ASSERT(NoEstablishedOverwritten, !opened || in_place || !live[written] || half_open[written])
  `SLUICE_ASSERT(OpenWaysFirst, !opened || in_place || spent || !live[written] || elsewhere == '0)
  `SLUICE_ASSERT(AtTheBudgetOneForOne, !opened || !spent || old_hot[2:0] == sluice_pkg::FLOW_STATE_HALF_OPEN)
  `SLUICE_ASSERT(OfTheVirtualItsOwn, !opened || !own_spent || {old_hot[39:32], old_hot[7:6]} == virtual_i)
  `SLUICE_ASSERT(NoneForOneIfNone, result != sluice_pkg::FLOW_RESULT_UNTRACKED_HALF_OPEN ||
                 (spent && (own_spent || half_open == '0)))
  `SLUICE_ASSERT(EvictedWasLive, !opened || !closed || in_place ||
                 (cause == sluice_pkg::CLOSE_CAUSE_EVICTED) == live[written])
  `SLUICE_ASSERT(InPlaceIsTheHit, !opened || !in_place || (hit_i && written == hit))
  `SLUICE_ASSERT(FullIsFull, !full || (elsewhere == '0 && half_open == '0))

  // An id of full NAT is taken for an entry that refers to it, and given back with that entry: with flow_ports, no two
  // entries have the same.
  localparam logic [2:0] FULLNAT = sluice_pkg::VIRTUAL_MODE_FULLNAT;
  `SLUICE_ASSERT(TakenByTheEntry, take == (opened && mode_i == FULLNAT) && (!take || snat_any_i))
  `SLUICE_ASSERT(EntryRefersToIt, !take || (source == snat_next_i && write_cold[31:8] == {1'b1, 6'd0, snat_next_i}))
  `SLUICE_ASSERT(OnlyReferencesHaveTheBit, !opened || take || !write_cold[31])
  `SLUICE_ASSERT(GivenBackWithTheEntry, give == (closed && old_cold[31]) && (!give || give_id == old_cold[24:8]))

  // What other writes may change.
  `SLUICE_ASSERT(PacketsWriteTheirOwn, !look_i || !writes || opened || (hit_i && written == hit))
  `SLUICE_ASSERT(UpdateKeepsTheEntry, !writes || opened || closed ||
                 (write_cold == old_cold && write_hot[39:3] == old_hot[39:3]))
  `SLUICE_ASSERT(ClosedIsFree, !closed || opened || (writes && write_hot[2:0] == sluice_pkg::FLOW_STATE_FREE))
  `SLUICE_ASSERT(CloseIsCounted, !writes || !opened || closed == (old_hot[2:0] != sluice_pkg::FLOW_STATE_FREE))
  `SLUICE_ASSERT(CloseNamesTheEntry, !closed || {old_member, old_virtual} ==
                 {old_cold[35:32], old_cold[7:0], old_hot[39:32], old_hot[7:6]})
  `SLUICE_ASSERT(ScrubFreesWhatIsDead, !scrub_i || !closed || scrub_mode_i != sluice_pkg::SCRUB_MODE_EXPIRED ||
                 !live[written])

  // A packet is dropped with a reason, or not at all.
  `SLUICE_ASSERT(OneReason, (verdict == sluice_pkg::VERDICT_DROP) == (reason != sluice_pkg::DROP_REASON_NONE))

  `PROOF_COVER(cover_into_room, opened && !in_place && elsewhere == 4'b1000 && last_i)
  `PROOF_COVER(cover_evicted, opened && cause == sluice_pkg::CLOSE_CAUSE_EVICTED)
  `PROOF_COVER(cover_at_the_budget, opened && evict && !evict_own && !in_place && elsewhere != '0)
  `PROOF_COVER(cover_own_budget, opened && evict_own && half_open != 4'b0001 && written == 2'd0)
  `PROOF_COVER(cover_budget_spent, result == sluice_pkg::FLOW_RESULT_UNTRACKED_HALF_OPEN)
  `PROOF_COVER(cover_in_place, opened && in_place && hit == 2'd3)
  `PROOF_COVER(cover_full, full)
  `PROOF_COVER(cover_alias, result == sluice_pkg::FLOW_RESULT_UNTRACKED_ALIAS && elsewhere != '0)
  `PROOF_COVER(cover_update, look_i && writes && !opened && !closed && now_live)
  `PROOF_COVER(cover_reset, look_i && closed && !opened)
  `PROOF_COVER(cover_scrubbed, scrub_i && closed && scrub_mode_i == sluice_pkg::SCRUB_MODE_EXPIRED)

  logic unused;
  assign unused = &{1'b0, choose, charge, charge_source, half_more, half_less, has_member, slot, member,
                    write_key_data, last_key};

endmodule
