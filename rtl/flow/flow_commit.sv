// SPDX-License-Identifier: Apache-2.0
//
// Cycle 4 of the connection table: the one place where everything is decided and written, for one packet or scrub step.
//
// Combinational but for last_key_o, the key of the entry that the cycle before wrote. What is decided follows
// docs/data-plane.md section 7, steps and order alike. What flow_place says counts once a member is chosen; the source's and the virtual's connection bucket are charged (charge_source_o, charge_o) if nothing earlier decided.
// At the budget of half-open entries the place of an entry that does not replace the one hit must be one of those
// (evict_o), of this virtual (evict_own_o). With mirror_o no other may have the reverse digest either, which is reverse1_o
// or reverse2_o, by candidate; a source of full NAT is nobody else's. old_*: of the
// entry that was hit or is closed. An entry of mode fullnat takes the id snat_next_i (take_o) and gives it back when closed
// (give_o). source_o is the id of the entry made or hit.
//
// Outputs for packets (look_i) and scrub steps (scrub_i) that are looked up; without, the flags are 0.
module flow_commit #(
    parameter int unsigned Banks = 4,
    parameter int unsigned Ways = 4,
    parameter int unsigned RowsLog2 = 16,
    parameter int unsigned DigestBits = 24,
    localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,

    input logic [20:0] half_open_max_i,
    input logic [551:0] timers_i,
    input logic [1:0] scrub_mode_i,

    // Context.
    input logic look_i,
    input logic scrub_i,
    input logic [Banks*RowsLog2-1:0] rows_i,
    input sluice_pkg::tuple_t key_i,
    input sluice_pkg::classified_t classified_i,
    input logic is_v6_i,
    input logic [2:0] l4_i,
    input logic [3:0] flags_i,
    input logic [23:0] digest_i,
    input logic [23:0] client_i,
    input logic [23:0] age_i,

    // The entry hit.
    input logic hit_i,
    input logic [BankW-1:0] hit_bank_i,
    input logic [WayW-1:0] hit_way_i,
    input logic [63:0] hit_hot_i,
    input logic [35:0] hit_cold_i,
    input logic [15:0] hit_server_port_i,
    input logic [KeyW-1:0] hit_key_i,
    input logic [27:0] hit_next_i,
    input logic accept_existing_i,

    // Choice of a member.
    output logic choose_o,
    input logic [31:0] live_virtual_i,
    input logic choice_ok_i,
    input logic choice_limited_i,
    input logic [11:0] choice_member_i,
    input logic [15:0] choice_port_i,
    input logic [23:0] choice_server_i,
    input logic [23:0] choice_server1_i,
    input logic [23:0] choice_server2_i,
    output logic charge_source_o,
    input logic charge_source_ok_i,
    output logic charge_o,
    input logic charge_ok_i,
    input logic [31:0] half_open_i,
    input logic [31:0] half_open_virtual_i,

    // Room.
    output logic in_place_o,
    output logic mirror_o,
    output logic [23:0] reverse1_o,
    output logic [23:0] reverse2_o,
    output logic evict_o,
    output logic evict_own_o,
    input logic alias_i,
    input logic room_i,
    input logic taken_i,
    input logic [BankW-1:0] place_bank_i,
    input logic [WayW-1:0] place_way_i,
    input logic [48:0] place_entry_i,
    input logic place_live_i,

    // Sources of full NAT.
    input logic snat_any_i,
    input logic [16:0] snat_next_i,
    output logic take_o,
    output logic give_o,
    output logic [16:0] give_id_o,
    output logic [16:0] source_o,

    // The write.
    output logic [Banks-1:0] write_o,
    output logic [Banks-1:0] write_key_o,
    output logic [BankW-1:0] write_bank_o,
    output logic [WayW-1:0] write_way_o,
    output logic [63:0] write_hot_o,
    output logic [35:0] write_cold_o,
    output logic [KeyW-1:0] write_key_data_o,
    output logic [KeyW-1:0] last_key_o,

    // What happened to the table.
    output logic opened_o,
    output logic closed_o,
    output logic [2:0] cause_o,
    output logic [9:0] old_virtual_o,
    output logic [11:0] old_member_o,
    output logic [19:0] slot_o,
    output logic half_more_o,
    output logic half_less_o,

    // What becomes of the packet.
    output logic [1:0] verdict_o,
    output logic [7:0] reason_o,
    output logic [2:0] result_o,
    output logic has_member_o,
    output logic [11:0] member_o
);

  localparam logic [2:0] HALF_OPEN = sluice_pkg::FLOW_STATE_HALF_OPEN;
  localparam logic [23:0] REVERSE_MASK = (24'hffffff >> (24 - DigestBits)) & 24'h7fffff;

  logic reverse;
  logic tcp;
  logic first_syn;
  logic fullnat;
  logic nat;
  assign reverse = classified_i.direction == sluice_pkg::DIRECTION_REVERSE;
  assign tcp = l4_i == sluice_pkg::L4_KIND_TCP;
  assign first_syn = tcp && flags_i[1] && !flags_i[3];
  assign fullnat = classified_i.mode == sluice_pkg::VIRTUAL_MODE_FULLNAT;
  assign nat = classified_i.mode == sluice_pkg::VIRTUAL_MODE_NAT || fullnat;

  // ---------------------------------------------------------------- the entry hit

  logic renew;
  logic lone;
  logic in_place;
  logic hit_close;
  logic [2:0] hit_cause;
  logic update;
  logic [2:0] state;
  logic [7:0] hit_reason;

  flow_hit u_hit (
      .look_i,
      .reverse_i(reverse),
      .l4_i,
      .flags_i,
      .loose_i(classified_i.loose),
      .on_down_drop_i(classified_i.on_down == sluice_pkg::ON_DOWN_DROP),
      .hit_i,
      .entry_state_i(hit_hot_i[2:0]),
      .accept_existing_i,
      .new_o(renew),
      .lone_o(lone),
      .in_place_o(in_place),
      .close_o(hit_close),
      .cause_o(hit_cause),
      .update_o(update),
      .reason_o(hit_reason)
  );

  // What an entry hit becomes.
  logic hit_changes;
  logic [23:0] hit_expires;
  assign {hit_changes, hit_expires, state} = hit_next_i;

  // What a new entry is: kinds 0, 1 and 4 of the timers of the virtual's profile.
  logic [2:0] new_state;
  logic [4:0] timer;
  logic [23:0] new_expires;
  always_comb begin
    new_state = 3'd0;
    timer = 5'd0;
    new_expires = 24'd0;
    if (look_i && !reverse) begin
      new_state = first_syn ? HALF_OPEN : tcp ? sluice_pkg::FLOW_STATE_ESTABLISHED : sluice_pkg::FLOW_STATE_ONE_WAY;
      timer = {3'd0, classified_i.timer} * 5'd6 + (first_syn ? 5'd0 : tcp ? 5'd1 : 5'd4);
      new_expires = age_i + {1'b0, timers_i[timer*23+:23]};
    end
  end

  // ---------------------------------------------------------------- steps 1 to 4 of a new entry

  logic full_virtual;
  assign full_virtual = classified_i.connection_limit != 20'd0 &&
      live_virtual_i >= {12'd0, classified_i.connection_limit};
  assign choose_o = renew && !full_virtual;
  assign charge_source_o = choose_o && choice_ok_i && !lone;
  assign charge_o = charge_source_o && charge_source_ok_i;

  assign mirror_o = classified_i.mode == sluice_pkg::VIRTUAL_MODE_NAT;
  assign in_place_o = in_place;
  // A reference to the source of full NAT, or the digest of client and server.
  function automatic [23:0] reverse_digest(input logic [23:0] client, input logic [23:0] server);
    reverse_digest = (client ^ {server[22:0], server[23]}) & REVERSE_MASK;
  endfunction
  logic [23:0] new_reverse;
  always_comb begin
    reverse1_o  = 24'd0;
    reverse2_o  = 24'd0;
    new_reverse = 24'd0;
    if (look_i) begin
      reverse1_o = reverse_digest(client_i, choice_server1_i);
      reverse2_o = reverse_digest(client_i, choice_server2_i);
      new_reverse = fullnat ? {1'b1, 6'd0, snat_next_i} : reverse_digest(client_i, choice_server_i);
    end
  end

  logic half_open_full;
  logic spent;
  assign half_open_full = half_open_max_i != 21'd0 && half_open_i >= {11'd0, half_open_max_i};
  assign evict_own_o = first_syn && classified_i.half_open_limit != 20'd0 &&
      half_open_virtual_i >= {12'd0, classified_i.half_open_limit};
  assign evict_o = evict_own_o || (first_syn && half_open_full);
  assign spent = evict_o && !in_place;

  // ---------------------------------------------------------------- where it goes

  logic elsewhere;
  logic [2:0] old_state;
  logic [23:0] old_reverse;
  assign elsewhere = (renew && !in_place) || scrub_i;
  assign write_bank_o = elsewhere ? place_bank_i : hit_bank_i;
  assign write_way_o = elsewhere ? place_way_i : hit_way_i;
  assign {old_reverse, old_member_o, old_virtual_o, old_state} =
      elsewhere ? place_entry_i :
      {hit_cold_i[31:8], hit_cold_i[35:32], hit_cold_i[7:0], hit_hot_i[39:32], hit_hot_i[7:6], hit_hot_i[2:0]};

  assign take_o = opened_o && fullnat;
  assign give_o = closed_o && old_reverse[23];
  assign give_id_o = old_reverse[16:0];
  assign source_o = opened_o ? snat_next_i : hit_cold_i[24:8];

  // ---------------------------------------------------------------- the decision

  always_comb begin
    verdict_o = sluice_pkg::VERDICT_FORWARD;
    reason_o = sluice_pkg::DROP_REASON_NONE;
    result_o = sluice_pkg::FLOW_RESULT_NONE;
    has_member_o = 1'b0;
    member_o = 12'd0;
    opened_o = 1'b0;
    closed_o = 1'b0;
    cause_o = sluice_pkg::CLOSE_CAUSE_NONE;
    if (look_i) begin
      result_o = hit_i ? sluice_pkg::FLOW_RESULT_HIT : sluice_pkg::FLOW_RESULT_MISS;
      has_member_o = hit_i;
      member_o = hit_i ? {hit_cold_i[35:32], hit_cold_i[7:0]} : 12'd0;
      reason_o = hit_reason;
      closed_o = hit_close;
      cause_o = hit_close ? hit_cause : sluice_pkg::CLOSE_CAUSE_NONE;
      if (renew) begin
        result_o = sluice_pkg::FLOW_RESULT_MISS;
        if (choose_o && choice_ok_i) begin
          has_member_o = 1'b1;
          member_o = choice_member_i;
        end
        if (full_virtual) begin
          reason_o = sluice_pkg::DROP_REASON_VIRTUAL_CONNECTION_LIMIT;
        end else if (!choice_ok_i) begin
          reason_o = choice_limited_i ? sluice_pkg::DROP_REASON_MEMBER_CONNECTION_LIMIT :
              sluice_pkg::DROP_REASON_NO_MEMBER;
        end else if (lone) begin
          if (nat) reason_o = sluice_pkg::DROP_REASON_NO_CONNECTION;
        end else if (!charge_source_ok_i) begin
          reason_o = sluice_pkg::DROP_REASON_SOURCE_CONNECTION_RATE;
        end else if (!charge_ok_i) begin
          reason_o = sluice_pkg::DROP_REASON_VIRTUAL_CONNECTION_RATE;
        end else if (fullnat && !snat_any_i) begin
          result_o = sluice_pkg::FLOW_RESULT_UNTRACKED_SNAT;
          reason_o = sluice_pkg::DROP_REASON_SNAT_EXHAUSTED;
        end else if (alias_i) begin
          result_o = sluice_pkg::FLOW_RESULT_UNTRACKED_ALIAS;
          if (nat) reason_o = sluice_pkg::DROP_REASON_FLOW_ALIAS;
        end else if (spent && !taken_i) begin
          result_o = sluice_pkg::FLOW_RESULT_UNTRACKED_HALF_OPEN;
          if (nat) reason_o = sluice_pkg::DROP_REASON_HALF_OPEN_LIMIT;
        end else if (!in_place && !room_i && !taken_i) begin
          result_o = sluice_pkg::FLOW_RESULT_UNTRACKED_FULL;
          if (nat) reason_o = sluice_pkg::DROP_REASON_FLOW_TABLE_FULL;
        end else begin
          result_o = sluice_pkg::FLOW_RESULT_OPENED;
          opened_o = 1'b1;
          closed_o = in_place || old_state != sluice_pkg::FLOW_STATE_FREE;
          if (in_place) cause_o = hit_cause;
          else if (closed_o) cause_o = place_live_i ? sluice_pkg::CLOSE_CAUSE_EVICTED : sluice_pkg::CLOSE_CAUSE_EXPIRED;
        end
      end
      if (reason_o != sluice_pkg::DROP_REASON_NONE) verdict_o = sluice_pkg::VERDICT_DROP;
    end else if (scrub_i && taken_i) begin
      closed_o = 1'b1;
      cause_o = scrub_mode_i == sluice_pkg::SCRUB_MODE_EXPIRED ? sluice_pkg::CLOSE_CAUSE_EXPIRED :
          sluice_pkg::CLOSE_CAUSE_PURGED;
    end
  end

  // ---------------------------------------------------------------- the write

  // Whether there is one is known last; what it would be, and where, before that.
  logic write;
  logic changed;
  assign changed = update && hit_changes;
  assign write   = opened_o || closed_o || changed;
  always_comb begin
    write_o = '0;
    write_key_o = '0;
    write_hot_o = 64'd0;
    write_cold_o = 36'd0;
    write_key_data_o = '0;
    if (look_i || scrub_i) begin
      write_o[write_bank_o] = write;
      write_key_o[write_bank_o] = opened_o;
      write_key_data_o = {choice_port_i, is_v6_i, key_i};
      if (renew) begin
        write_hot_o = {
          new_expires,
          classified_i.virtual_id[9:2],
          digest_i,
          classified_i.virtual_id[1:0],
          classified_i.timer,
          nat,
          new_state
        };
        write_cold_o = {choice_member_i[11:8], new_reverse, choice_member_i[7:0]};
      end else if (update) begin
        write_hot_o = {hit_expires, hit_hot_i[39:3], state};
        write_cold_o = hit_cold_i;
      end
    end
  end
  assign half_more_o = (opened_o && new_state == HALF_OPEN);
  assign half_less_o = (closed_o && old_state == HALF_OPEN) ||
      (changed && hit_hot_i[2:0] == HALF_OPEN && state != HALF_OPEN);

  logic [RowsLog2-1:0] row;
  assign row = rows_i[write_bank_o*RowsLog2+:RowsLog2];
  if (Banks > 1 && Ways > 1) begin : gen_slot
    assign slot_o = 20'({write_bank_o, row, write_way_o});
  end else if (Ways > 1) begin : gen_slot
    assign slot_o = 20'({row, write_way_o});
  end else if (Banks > 1) begin : gen_slot
    assign slot_o = 20'({write_bank_o, row});
  end else begin : gen_slot
    assign slot_o = 20'(row);
  end

  // A forward packet has all of its entry's key but the server's port.
  always_ff @(posedge clk_i) begin
    if (opened_o) last_key_o <= write_key_data_o;
    else if (changed) last_key_o <= reverse ? hit_key_i : {hit_server_port_i, is_v6_i, key_i};
  end

  logic unused;
  assign unused = &{1'b0, classified_i, old_reverse, hit_hot_i};

endmodule
