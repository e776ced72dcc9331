// SPDX-License-Identifier: Apache-2.0
//
// The engine: decides what becomes of a packet, one packet after the other (docs/data-plane.md, sections 4, 5 and 7 to 9).
//
// Takes a header from the parser (header_ready_o) and gives one job to the emitter and one result to the counters, in the
// same cycle, when both are ready. While it works on a packet the parser takes the next and the emitter sends the one before.
// Clocks from header to job: 2 if the parser has decided; 19 if the ACL or the virtual decides; 23 for a packet of a known
// connection; about 50 for the first one of a new connection (more for a second ring slot or affinity `source`).
// The bus writes the memories between packets, in cycles of idle_o: a row changes for whole packets.
`include "prim_assert.svh"

module small_engine (
    input logic clk_i,
    input logic rst_i,

    input small_pkg::config_t config_i,
    input logic [small_pkg::TICK_W-1:0] tick_i,

    // Bus: writes of the memories, and what is live.
    input logic acl_we_i,
    input logic lookup_we_i,
    input logic ring_we_i,
    input logic [10:0] bus_row_i,
    input logic [63:0] bus_wdata_i,
    output logic idle_o,
    output logic [9:0] live_o,
    output logic [9:0] half_open_o,

    input logic header_valid_i,
    input small_pkg::header_t header_i,
    output logic header_ready_o,

    output logic job_valid_o,
    output small_pkg::job_t job_o,
    output small_pkg::result_t result_o,
    input logic job_ready_i,
    input logic result_ready_i
);

  typedef enum logic [4:0] {
    STATE_IDLE = 5'd0,
    STATE_SCAN = 5'd1,  // ACL, virtuals, hashes, connection table
    STATE_DECIDE = 5'd2,  // what ACL and virtual say
    STATE_VIRTUAL = 5'd3,  // the virtual's row comes
    STATE_FLOW = 5'd4,  // what the connection table says
    STATE_UPDATE = 5'd5,  // the entry found gets its new state
    STATE_LIMIT = 5'd6,  // new connection: the virtual's live count is read
    STATE_REHASH = 5'd7,  // hash of the source address alone
    STATE_ADMIT = 5'd8,
    STATE_SLOT = 5'd9,  // ring slot
    STATE_RING = 5'd10,  // the member's row and live count are read
    STATE_ABLE = 5'd11,
    STATE_PLACE = 5'd12,
    STATE_INSERT = 5'd13,
    STATE_COUNT = 5'd14,  // live counts
    STATE_NEXT = 5'd15,  // member or virtual's address is read
    STATE_TARGET = 5'd16,  // neighbour is read
    STATE_CHECK = 5'd17,  // may it go out
    STATE_FINISH = 5'd18
  } state_e;
  state_e state_q;

  // The packet.
  small_pkg::header_t header_q;
  logic [small_pkg::TICK_W-1:0] tick_q;
  logic clearing;
  assign header_ready_o = state_q == STATE_IDLE && !clearing;
  assign idle_o = state_q == STATE_IDLE;
  always_ff @(posedge clk_i) begin
    if (header_valid_i && header_ready_o) begin
      header_q <= header_i;
      tick_q <= tick_i;
    end
  end

  logic [4:0] clock_q;  // of STATE_SCAN, STATE_REHASH
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_SCAN || state_q == STATE_REHASH) clock_q <= clock_q + 5'd1;
    else clock_q <= '0;
  end

  // Lookup memory: one read port, by state.
  logic lookup_read;
  logic [7:0] lookup_row;
  logic [63:0] lookup;
  small_ram #(
      .Width(64),
      .Depth(256)
  ) u_lookup (
      .clk_i,
      .rst_i,
      .we_i(lookup_we_i),
      .waddr_i(bus_row_i[7:0]),
      .wdata_i(bus_wdata_i),
      .ren_i(lookup_read),
      .raddr_i(lookup_row),
      .rdata_o(lookup)
  );
  small_pkg::virtual_key_t key;
  small_pkg::virtual_row_t row;
  small_pkg::member_row_t member;
  small_pkg::neighbor_row_t neighbor;
  assign key = lookup;
  assign row = lookup;
  assign member = lookup;
  assign neighbor = lookup;

  // Hashes.
  logic begins;
  logic rehash;
  logic [63:0] src_hash, dst_hash;
  assign begins = state_q == STATE_SCAN && clock_q == '0;
  small_hash u_src_hash (
      .clk_i,
      .key_i({config_i.key2, config_i.key1, config_i.key0}),
      .start_i(begins || rehash),
      .address_i(header_q.src),
      .port_i(rehash ? 16'd0 : header_q.sport),
      .hash_o(src_hash)
  );
  small_hash u_dst_hash (
      .clk_i,
      .key_i({config_i.key2, config_i.key1, config_i.key0}),
      .start_i(begins),
      .address_i(header_q.dst),
      .port_i(header_q.dport),
      .hash_o(dst_hash)
  );

  logic acl_hit;
  logic [2:0] acl_rule;
  logic [1:0] acl_action;
  small_acl u_acl (
      .clk_i,
      .rst_i,
      .we_i(acl_we_i),
      .waddr_i(bus_row_i[3:0]),
      .wdata_i(bus_wdata_i),
      .start_i(begins),
      .header_i(header_q),
      .hit_o(acl_hit),
      .rule_o(acl_rule),
      .action_o(acl_action)
  );

  logic is_virtual;
  logic [2:0] virtual_index;
  logic virtual_punt, virtual_enabled, virtual_loose;
  logic [1:0] virtual_mode;
  logic [2:0] key_index;
  assign key_index = clock_q[2:0] - 3'd1;
  small_virtual u_virtual (
      .clk_i,
      .clear_i(begins),
      .valid_i(state_q == STATE_SCAN && clock_q >= 5'd1 && clock_q <= 5'd8),
      .index_i(key_index),
      .key_i(key),
      .header_i(header_q),
      .found_o(is_virtual),
      .index_o(virtual_index),
      .punt_o(virtual_punt),
      .enabled_o(virtual_enabled),
      .mode_o(virtual_mode),
      .loose_o(virtual_loose)
  );

  // Rows of the connection table: by the client's hash, which is that of the source if a virtual was found.
  logic [6:0] row0_q;
  logic [6:0] row1_q;
  logic [1:0] victim_q;
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_SCAN && clock_q == 5'd9) begin
      row0_q <= is_virtual ? src_hash[6:0] : dst_hash[6:0];
      row1_q <= is_virtual ? src_hash[6:0] + {src_hash[26:21], 1'b1} : dst_hash[6:0] + {dst_hash[26:21], 1'b1};
      victim_q <= src_hash[41:40] ^ header_q.proto[1:0];
    end
  end

  logic member_read;
  logic [3:0] member_row;
  logic found, found_accepts;
  logic [1:0] found_slot;
  logic [2:0] found_state;
  logic [15:0] found_port;
  logic aliased, place_found, spent;
  logic [1:0] place_slot;
  logic slot_free, slot_dead, slot_half_open;
  logic [2:0] slot_virtual;
  logic [3:0] slot_member;
  logic tag_we, key_we;
  small_pkg::flow_tag_t new_tag;
  small_pkg::flow_key_t new_key;
  logic [1:0] slot_q;  // of the entry in hand
  logic [1:0] slot;
  logic [3:0] candidate_q;
  logic has_port_q;
  logic in_place_q;
  assign slot = state_q == STATE_DECIDE || state_q == STATE_FLOW ? found_slot : slot_q;
  small_flow u_flow (
      .clk_i,
      .rst_i,
      .clearing_o(clearing),
      .start_i(state_q == STATE_SCAN && clock_q == 5'd10),
      .header_i(header_q),
      .forward_i(is_virtual),
      .virtual_i(virtual_index),
      .row0_i(row0_q),
      .row1_i(row1_q),
      .tick_i(tick_q),
      .member_read_o(member_read),
      .member_row_o(member_row),
      .member_i(member),
      .found_o(found),
      .found_slot_o(found_slot),
      .found_state_o(found_state),
      .found_port_o(found_port),
      .found_accepts_o(found_accepts),
      .new_member_i(candidate_q),
      .new_port_i(has_port_q),
      .except_i(in_place_q),
      .except_slot_i(slot_q),
      .alias_o(aliased),
      .start_slot_i(victim_q),
      .evict_i(spent),
      .place_found_o(place_found),
      .place_slot_o(place_slot),
      .slot_i(slot),
      .slot_free_o(slot_free),
      .slot_dead_o(slot_dead),
      .slot_half_open_o(slot_half_open),
      .slot_virtual_o(slot_virtual),
      .slot_member_o(slot_member),
      .tag_we_i(tag_we),
      .tag_i(new_tag),
      .key_we_i(key_we),
      .key_i(new_key)
  );

  // The virtual that counts: the one found, or the entry's.
  logic [2:0] virtual_q;
  small_pkg::virtual_row_t row_q;
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_DECIDE) virtual_q <= is_virtual ? virtual_index : slot_virtual;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_VIRTUAL) row_q <= row;
  end

  // What kind of packet it is for the connection table.
  logic opens, ends, nat;
  logic closing_entry, member_down, reuse, reselect, close_down, reset;
  assign opens = header_q.tcp && header_q.syn && !header_q.ack;
  assign ends = header_q.tcp && (header_q.fin || header_q.rst);
  assign reset = header_q.tcp && header_q.rst;
  assign nat = !is_virtual || virtual_mode == small_pkg::MODE_NAT;
  assign closing_entry = found_state == sluice_pkg::FLOW_STATE_CLOSING_CLIENT
      || found_state == sluice_pkg::FLOW_STATE_CLOSING_SERVER || found_state == sluice_pkg::FLOW_STATE_CLOSING;
  assign member_down = found && is_virtual && !found_accepts;
  assign reselect = member_down && row_q.on_down == sluice_pkg::ON_DOWN_RESELECT && !ends;
  assign close_down = member_down && !reselect;
  assign reuse = found && is_virtual && !member_down && opens && closing_entry;

  // State of the entry found after this packet; of a new entry at its start.
  logic [2:0] next_state, new_state, timed_state;
  always_comb begin
    next_state = found_state;
    if (found_state == sluice_pkg::FLOW_STATE_ONE_WAY) begin
      if (!is_virtual) next_state = sluice_pkg::FLOW_STATE_TWO_WAY;
    end else if (header_q.tcp) begin
      if (header_q.fin) begin
        unique case (found_state)
          sluice_pkg::FLOW_STATE_HALF_OPEN, sluice_pkg::FLOW_STATE_ESTABLISHED:
            next_state = is_virtual ? sluice_pkg::FLOW_STATE_CLOSING_CLIENT : sluice_pkg::FLOW_STATE_CLOSING_SERVER;
          sluice_pkg::FLOW_STATE_CLOSING_CLIENT: if (!is_virtual) next_state = sluice_pkg::FLOW_STATE_CLOSING;
          sluice_pkg::FLOW_STATE_CLOSING_SERVER: if (is_virtual) next_state = sluice_pkg::FLOW_STATE_CLOSING;
          default: ;
        endcase
      end else if (found_state == sluice_pkg::FLOW_STATE_HALF_OPEN && is_virtual && header_q.ack && !header_q.syn) begin
        next_state = sluice_pkg::FLOW_STATE_ESTABLISHED;
      end
    end
  end
  assign new_state = !header_q.tcp ? sluice_pkg::FLOW_STATE_ONE_WAY
      : opens ? sluice_pkg::FLOW_STATE_HALF_OPEN : sluice_pkg::FLOW_STATE_ESTABLISHED;
  logic [2:0] timer;
  assign timed_state = state_q == STATE_FLOW ? next_state : new_state;
  always_comb begin
    unique case (timed_state)
      sluice_pkg::FLOW_STATE_HALF_OPEN: timer = 3'd0;
      sluice_pkg::FLOW_STATE_ESTABLISHED: timer = 3'd1;
      sluice_pkg::FLOW_STATE_CLOSING_CLIENT, sluice_pkg::FLOW_STATE_CLOSING_SERVER: timer = 3'd2;
      sluice_pkg::FLOW_STATE_CLOSING: timer = 3'd3;
      sluice_pkg::FLOW_STATE_ONE_WAY: timer = 3'd4;
      default: timer = 3'd5;
    endcase
  end

  // Ring slot and member.
  logic second_q;  // the second candidate
  logic seen_q;  // a candidate was present
  logic rehashed_q;
  logic slot_start, slot_done;
  logic [7:0] ring_slot;
  logic [63:0] spread;
  logic [3:0] ring_member;
  logic able, again;
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_DECIDE) rehashed_q <= 1'b0;
    else if (rehash) rehashed_q <= 1'b1;
  end
  assign rehash = state_q == STATE_LIMIT && row_q.affinity == sluice_pkg::AFFINITY_SOURCE && !rehashed_q;
  assign spread = row_q.affinity == sluice_pkg::AFFINITY_TUPLE ? src_hash ^ {dst_hash[31:0], dst_hash[63:32]} : src_hash;
  small_slot u_slot (
      .clk_i,
      .rst_i,
      .start_i(slot_start),
      .hash_i(again ? spread[63:32] : spread[31:0]),
      .size_i(row_q.ring_size),
      .done_o(slot_done),
      .slot_o(ring_slot)
  );
  small_ram #(
      .Width(4),
      .Depth(small_pkg::RING_SLOTS)
  ) u_ring (
      .clk_i,
      .rst_i,
      .we_i(ring_we_i),
      .waddr_i(bus_row_i),
      .wdata_i(bus_wdata_i[35:32]),
      .ren_i(state_q == STATE_SLOT),
      .raddr_i({row_q.ring, ring_slot}),
      .rdata_o(ring_member)
  );

  // Live connections of virtuals (rows 0 to 7) and members (rows 16 to 31).
  logic [9:0] live;
  logic live_read, live_we;
  logic [4:0] live_row, live_row_q;
  logic [9:0] live_wdata;
  logic [5:0] clear_q;
  logic live_clearing;
  assign live_clearing = !clear_q[5];
  always_ff @(posedge clk_i) begin
    if (rst_i) clear_q <= '0;
    else if (live_clearing) clear_q <= clear_q + 6'd1;
  end
  small_ram #(
      .Width(10),
      .Depth(32)
  ) u_live (
      .clk_i,
      .rst_i,
      .we_i(live_clearing || live_we),
      .waddr_i(live_clearing ? clear_q[4:0] : live_row_q),
      .wdata_i(live_clearing ? '0 : live_wdata),
      .ren_i(live_read),
      .raddr_i(live_row),
      .rdata_o(live)
  );

  // STATE_COUNT: four counts, read and written in turn: old virtual, old member, new virtual, new member.
  logic [2:0] count_q;
  logic closes_q, opened_q;
  logic count_done;
  always_ff @(posedge clk_i) begin
    if (state_q != STATE_COUNT) count_q <= '0;
    else count_q <= count_q + 3'd1;
  end
  assign count_done = count_q == 3'd7;
  assign live_read = state_q == STATE_LIMIT || state_q == STATE_RING || (state_q == STATE_COUNT && !count_q[0]);
  always_comb begin
    unique case (state_q)
      STATE_LIMIT: live_row = {2'b00, virtual_q};
      STATE_RING: live_row = {1'b1, ring_member};
      default: begin
        unique case (count_q[2:1])
          2'd0: live_row = {2'b00, slot_virtual};
          2'd1: live_row = {1'b1, slot_member};
          2'd2: live_row = {2'b00, virtual_q};
          default: live_row = {1'b1, candidate_q};
        endcase
      end
    endcase
  end
  always_ff @(posedge clk_i) if (live_read) live_row_q <= live_row;
  assign live_we = state_q == STATE_COUNT && count_q[0] && (count_q[2] ? opened_q : closes_q);
  assign live_wdata = count_q[2] ? live + 10'd1 : live - 10'd1;

  // Members: present, able.
  logic present;
  assign present = member.accept_new;
  assign able = present && (member.connection_limit == '0 || live < member.connection_limit);
  assign again = state_q == STATE_ABLE && !able && !second_q;
  assign slot_start = (state_q == STATE_ADMIT && !over_limit && row_q.ring_size != '0) || again;
  logic over_limit;
  assign over_limit = row_q.connection_limit != '0 && live >= row_q.connection_limit;
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_ADMIT) begin
      second_q <= 1'b0;
      seen_q <= 1'b0;
    end else if (again) begin
      second_q <= 1'b1;
      seen_q <= present;
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_RING) candidate_q <= ring_member;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_ABLE) has_port_q <= member.port != '0;
  end

  // A new entry: why there is none.
  logic lone_q;  // end of a connection that is not known
  logic too_many, untracked;
  assign spent = !in_place_q && opens && config_i.half_open_max != '0 && half_open_o >= config_i.half_open_max;
  assign too_many = spent && !place_found;
  assign untracked = (nat && aliased) || !(in_place_q || place_found);

  // What the bus sees.
  logic frees, makes;
  assign frees = state_q == STATE_FLOW && ((found && !member_down && reset) || close_down);
  assign makes = state_q == STATE_INSERT;
  always_ff @(posedge clk_i) begin
    if (rst_i) live_o <= '0;
    else if (frees) live_o <= live_o - 10'd1;
    else if (makes && slot_free) live_o <= live_o + 10'd1;
  end
  logic more_half_open, fewer_half_open;
  assign more_half_open = makes && opens && !slot_half_open;
  assign fewer_half_open = (makes && !opens && slot_half_open) || (frees && slot_half_open)
      || (state_q == STATE_UPDATE && slot_half_open && next_state != sluice_pkg::FLOW_STATE_HALF_OPEN);
  always_ff @(posedge clk_i) begin
    if (rst_i) half_open_o <= '0;
    else if (more_half_open) half_open_o <= half_open_o + 10'd1;
    else if (fewer_half_open) half_open_o <= half_open_o - 10'd1;
  end

  // Writing entries.
  assign tag_we = frees || makes || state_q == STATE_UPDATE;
  assign key_we = makes;
  always_comb begin
    new_tag.state = frees ? sluice_pkg::FLOW_STATE_FREE : makes ? new_state : next_state;
    new_tag.expires = tick_q + lookup[small_pkg::TICK_W-1:0];
  end
  always_comb begin
    new_key.nat = nat;
    new_key.member = candidate_q;
    new_key.virtual_id = virtual_q;
    new_key.proto = header_q.proto;
    new_key.virtual_port = header_q.dport;
    new_key.client_port = header_q.sport;
    new_key.client = header_q.src;
  end

  // What is read from the lookup memory.
  always_comb begin
    lookup_read = 1'b1;
    lookup_row = '0;
    unique case (state_q)
      STATE_SCAN: begin
        lookup_read = !clock_q[3] || member_read;
        lookup_row = member_read ? small_pkg::LOOKUP_MEMBER | {4'd0, member_row} : small_pkg::LOOKUP_KEY | {5'd0, clock_q[2:0]};
      end
      STATE_DECIDE: lookup_row = small_pkg::LOOKUP_VIRTUAL | {5'd0, is_virtual ? virtual_index : slot_virtual};
      STATE_FLOW, STATE_PLACE: lookup_row = small_pkg::LOOKUP_TIMER | {5'd0, timer};
      STATE_RING: lookup_row = small_pkg::LOOKUP_MEMBER | {4'd0, ring_member};
      STATE_UPDATE, STATE_NEXT: begin
        lookup_row = is_virtual ? small_pkg::LOOKUP_MEMBER | {4'd0, member_q} : small_pkg::LOOKUP_KEY | {5'd0, virtual_q};
      end
      STATE_TARGET: lookup_row = small_pkg::LOOKUP_NEIGHBOR | {4'd0, is_virtual ? member.neighbor : row_q.client_neighbor};
      default: lookup_read = 1'b0;
    endcase
  end

  // Where it goes.
  logic [31:0] target_q;
  logic [15:0] target_port_q;
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_TARGET) begin
      target_q <= lookup[31:0];
      target_port_q <= !is_virtual ? found_port : member.port == '0 ? header_q.dport : member.port;
    end
  end

  // The verdict and the rest of the result, each set where it is decided.
  logic [1:0] verdict_q;
  logic [7:0] reason_q;
  logic [3:0] cause_q;
  logic direction_q, has_virtual_q, has_member_q, acl_hit_q;
  logic [3:0] member_q;
  logic [2:0] result_q;
  logic [2:0] close_q;
  logic [7:0] reason;
  logic [3:0] cause;
  logic decided;
  always_comb begin
    reason = sluice_pkg::DROP_REASON_NONE;
    cause = sluice_pkg::PUNT_CAUSE_NONE;
    unique case (state_q)
      STATE_DECIDE: begin
        if (config_i.acl_enable && acl_hit && acl_action == sluice_pkg::ACL_ACTION_DENY) reason = sluice_pkg::DROP_REASON_ACL_DENY;
        else if (config_i.acl_enable && acl_hit && acl_action == sluice_pkg::ACL_ACTION_PUNT) cause = sluice_pkg::PUNT_CAUSE_ACL;
        else if (header_q.multicast) cause = sluice_pkg::PUNT_CAUSE_MULTICAST;
        else if (is_virtual && virtual_punt) cause = sluice_pkg::PUNT_CAUSE_ICMP;
        else if (is_virtual && !virtual_enabled) reason = sluice_pkg::DROP_REASON_VIRTUAL_DISABLED;
        else if (is_virtual && virtual_mode == small_pkg::MODE_LOCAL) cause = sluice_pkg::PUNT_CAUSE_LOCAL;
      end
      STATE_FLOW: begin
        if (close_down) reason = sluice_pkg::DROP_REASON_MEMBER_DOWN;
        else if (!found && !is_virtual) reason = sluice_pkg::DROP_REASON_NO_VIRTUAL;
        else if (!found && header_q.tcp && !opens && !virtual_loose) reason = sluice_pkg::DROP_REASON_NO_CONNECTION;
      end
      STATE_ADMIT: begin
        if (over_limit) reason = sluice_pkg::DROP_REASON_VIRTUAL_CONNECTION_LIMIT;
        else if (row_q.ring_size == '0) reason = sluice_pkg::DROP_REASON_NO_MEMBER;
      end
      STATE_ABLE: begin
        if (!able && second_q) begin
          reason = present || seen_q ? sluice_pkg::DROP_REASON_MEMBER_CONNECTION_LIMIT : sluice_pkg::DROP_REASON_NO_MEMBER;
        end
      end
      STATE_PLACE: begin
        if (nat && lone_q) reason = sluice_pkg::DROP_REASON_NO_CONNECTION;
        else if (nat && aliased) reason = sluice_pkg::DROP_REASON_FLOW_ALIAS;
        else if (nat && too_many) reason = sluice_pkg::DROP_REASON_HALF_OPEN_LIMIT;
        else if (nat && untracked) reason = sluice_pkg::DROP_REASON_FLOW_TABLE_FULL;
      end
      STATE_CHECK: begin
        if (header_q.last_hop) cause = sluice_pkg::PUNT_CAUSE_TTL;
        else if (neighbor.port == 3'd7) reason = sluice_pkg::DROP_REASON_NEIGHBOR_UNRESOLVED;
        else if (neighbor.port[2] || !config_i.port_up[neighbor.port]) reason = sluice_pkg::DROP_REASON_PORT_DOWN;
        else if ({3'd0, header_q.l3_len} > config_i.mtu) cause = sluice_pkg::PUNT_CAUSE_MTU;
      end
      default: ;
    endcase
  end
  assign decided = reason != sluice_pkg::DROP_REASON_NONE || cause != sluice_pkg::PUNT_CAUSE_NONE;

  always_ff @(posedge clk_i) begin
    if (header_ready_o) begin
      verdict_q <= header_i.verdict;
      reason_q <= header_i.reason;
      cause_q <= header_i.cause;
    end else if (decided) begin
      verdict_q <= reason != sluice_pkg::DROP_REASON_NONE ? sluice_pkg::VERDICT_DROP : sluice_pkg::VERDICT_PUNT;
      reason_q <= reason;
      cause_q <= cause;
    end
  end

  logic acl_ended;
  assign acl_ended = config_i.acl_enable && acl_hit && acl_action != sluice_pkg::ACL_ACTION_PERMIT;
  always_ff @(posedge clk_i) begin
    if (header_ready_o) begin
      acl_hit_q <= 1'b0;
      direction_q <= sluice_pkg::DIRECTION_FORWARD;
    end else if (state_q == STATE_DECIDE) begin
      acl_hit_q <= config_i.acl_enable && acl_hit;
      direction_q <= !is_virtual && !acl_ended && !header_q.multicast;
    end
  end
  always_ff @(posedge clk_i) begin
    if (header_ready_o) has_virtual_q <= 1'b0;
    else if (state_q == STATE_DECIDE) has_virtual_q <= is_virtual && !acl_ended && !header_q.multicast;
    else if (state_q == STATE_FLOW && found) has_virtual_q <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (header_ready_o) has_member_q <= 1'b0;
    else if ((state_q == STATE_FLOW && found) || state_q == STATE_PLACE) has_member_q <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_FLOW) member_q <= slot_member;
    else if (state_q == STATE_PLACE) member_q <= candidate_q;
  end
  always_ff @(posedge clk_i) begin
    if (header_ready_o) result_q <= sluice_pkg::FLOW_RESULT_NONE;
    else if (state_q == STATE_FLOW) result_q <= found ? sluice_pkg::FLOW_RESULT_HIT : sluice_pkg::FLOW_RESULT_MISS;
    else if (state_q == STATE_ADMIT) result_q <= sluice_pkg::FLOW_RESULT_MISS;
    else if (state_q == STATE_PLACE && !lone_q) begin
      result_q <= nat && aliased ? sluice_pkg::FLOW_RESULT_UNTRACKED_ALIAS
          : too_many ? sluice_pkg::FLOW_RESULT_UNTRACKED_HALF_OPEN
          : untracked ? sluice_pkg::FLOW_RESULT_UNTRACKED_FULL : sluice_pkg::FLOW_RESULT_OPENED;
    end
  end

  // The entry in hand, and why one is closed.
  logic [2:0] in_place_cause_q;
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_FLOW) begin
      in_place_q <= reselect || reuse;
      in_place_cause_q <= reuse ? sluice_pkg::CLOSE_CAUSE_REUSE : sluice_pkg::CLOSE_CAUSE_MEMBER_DOWN;
      lone_q <= !found && ends;
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == STATE_FLOW) slot_q <= found_slot;
    else if (state_q == STATE_PLACE && !in_place_q) slot_q <= place_slot;
  end
  always_ff @(posedge clk_i) begin
    if (header_ready_o) close_q <= sluice_pkg::CLOSE_CAUSE_NONE;
    else if (frees) close_q <= close_down ? sluice_pkg::CLOSE_CAUSE_MEMBER_DOWN : sluice_pkg::CLOSE_CAUSE_RESET;
    else if (makes && !slot_free) begin
      close_q <= in_place_q ? in_place_cause_q : slot_dead ? sluice_pkg::CLOSE_CAUSE_EXPIRED : sluice_pkg::CLOSE_CAUSE_EVICTED;
    end
  end
  always_ff @(posedge clk_i) begin
    if (frees) {closes_q, opened_q} <= 2'b10;
    else if (makes) {closes_q, opened_q} <= {!slot_free, 1'b1};
  end

  // The way through the states.
  state_e state_d;
  always_comb begin
    state_d = state_q;
    unique case (state_q)
      STATE_IDLE: begin
        if (header_valid_i && !clearing) begin
          state_d = header_i.verdict != sluice_pkg::VERDICT_FORWARD || header_i.direct ? STATE_FINISH : STATE_SCAN;
        end
      end
      STATE_SCAN: if (clock_q == 5'd16) state_d = STATE_DECIDE;
      STATE_DECIDE: state_d = decided ? STATE_FINISH : STATE_VIRTUAL;
      STATE_VIRTUAL: state_d = STATE_FLOW;
      STATE_FLOW: begin
        if (frees) state_d = STATE_COUNT;
        else if (decided) state_d = STATE_FINISH;
        else if (found && !reselect && !reuse) state_d = STATE_UPDATE;
        else state_d = STATE_LIMIT;
      end
      STATE_UPDATE: state_d = STATE_TARGET;
      STATE_LIMIT: state_d = rehash ? STATE_REHASH : STATE_ADMIT;
      STATE_REHASH: if (clock_q == 5'd7) state_d = STATE_LIMIT;
      STATE_ADMIT: state_d = decided ? STATE_FINISH : STATE_SLOT;
      STATE_SLOT: if (slot_done) state_d = STATE_RING;
      STATE_RING: state_d = STATE_ABLE;
      STATE_ABLE: state_d = decided ? STATE_FINISH : again ? STATE_SLOT : STATE_PLACE;
      STATE_PLACE: state_d = decided ? STATE_FINISH : lone_q || untracked ? STATE_NEXT : STATE_INSERT;
      STATE_INSERT: state_d = STATE_COUNT;
      STATE_COUNT: if (count_done) state_d = verdict_q == sluice_pkg::VERDICT_FORWARD ? STATE_NEXT : STATE_FINISH;
      STATE_NEXT: state_d = STATE_TARGET;
      STATE_TARGET: state_d = STATE_CHECK;
      STATE_CHECK: state_d = STATE_FINISH;
      default: if (job_ready_i && result_ready_i) state_d = STATE_IDLE;
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) state_q <= STATE_IDLE;
    else state_q <= state_d;
  end

  // Job and result.
  logic raw;
  logic [13:0] new_len;
  assign raw = verdict_q == sluice_pkg::VERDICT_PUNT || header_q.direct;
  assign new_len = {3'd0, header_q.l3_len} + (neighbor.vlan_tagged ? 14'd18 : 14'd14);
  assign job_valid_o = state_q == STATE_FINISH && job_ready_i && result_ready_i;

  logic [2:0] out_port;
  logic [13:0] out_len;
  always_comb begin
    if (verdict_q == sluice_pkg::VERDICT_DROP) begin
      out_port = sluice_pkg::PORT_NONE;
      out_len = '0;
    end else if (raw) begin
      out_port = header_q.direct ? header_q.cpu_dest : sluice_pkg::CPU_PORT;
      out_len = header_q.len;
    end else begin
      out_port = neighbor.port;
      out_len = new_len;
    end
  end

  always_comb begin
    job_o.send = verdict_q != sluice_pkg::VERDICT_DROP;
    job_o.raw = raw;
    job_o.port = out_port;
    job_o.out_len = out_len;
    job_o.beats = header_q.beats;
    job_o.has_tag = header_q.has_tag;
    job_o.ihl = header_q.ihl;
    job_o.tcp = header_q.tcp;
    job_o.udp = header_q.udp;
    job_o.nat = nat;
    job_o.reverse = !is_virtual;
    job_o.old_address = is_virtual ? header_q.dst : header_q.src;
    job_o.new_address = target_q;
    job_o.old_port = is_virtual ? header_q.dport : header_q.sport;
    job_o.new_port = target_port_q;
    job_o.header_sum = header_q.header_sum;
    job_o.l4_sum = header_q.l4_sum;
    job_o.vlan_tagged = neighbor.vlan_tagged;
    job_o.vlan = neighbor.vlan;
    job_o.mac = neighbor.mac;
  end

  always_comb begin
    result_o.verdict = verdict_q;
    result_o.reason = reason_q;
    result_o.cause = cause_q;
    result_o.in_port = header_q.in_port;
    result_o.out_port = out_port;
    result_o.direction = direction_q;
    result_o.has_virtual = has_virtual_q;
    result_o.virtual_id = has_virtual_q ? virtual_q : '0;
    result_o.has_member = has_member_q;
    result_o.member = has_member_q ? member_q : '0;
    result_o.flow = result_q;
    result_o.close_cause = close_q;
    result_o.acl_hit = acl_hit_q;
    result_o.acl_rule = acl_hit_q ? acl_rule : '0;
    result_o.in_len = header_q.len;
    result_o.out_len = out_len;
  end

  logic unused;
  assign unused = &{1'b0, config_i, row, row_q.spare, member, neighbor, bus_wdata_i};

  `SLUICE_ASSERT(WritesBetweenPackets, idle_o || !(acl_we_i || lookup_we_i || ring_we_i))
  `SLUICE_ASSERT(OneReason, !job_valid_o || (verdict_q == sluice_pkg::VERDICT_DROP) == (reason_q != '0))
  `SLUICE_ASSERT(OneCause, !job_valid_o || (verdict_q == sluice_pkg::VERDICT_PUNT) == (cause_q != '0))
  `SLUICE_ASSERT(HalfOpenAreLive, half_open_o <= live_o)

endmodule
