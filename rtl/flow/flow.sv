// SPDX-License-Identifier: Apache-2.0
//
// Connection table and dispatch: sections 7 and 8 of docs/data-plane.md, one packet per clock, exactly sequential.
//
// In cycles 0 to 3 nothing is decided: the policer works beside them. policed_i, four cycles after classified_i, may drop.
// LATENCY 6: valid_o and routed_o six cycles after valid_i, for every packet, looked up or not; event_o five cycles
// after it. FlowBanks banks of FlowWays ways and 2^FlowRowsLog2 rows. A slot number is {bank, row, way}.
//
//   cycle 0  rows, digests                      pool row
//         1  tag rows of all banks              ring slots
//         2  match, key and address of matches  candidates' control, connection buckets
//         3  find: exact matches, judge entries candidates' connections, what the buckets earn
//         4  pick, decide, write (flow_commit)  choose, test
//         5  final member, client neighbour; event
//         6  routed_o
//
// All decisions and writes are in cycle 4. In cycle 3 a packet is looked up as the packet two ahead left the table; what the
// one just ahead did is then only a choice between what was found and what it wrote: nothing of the pipeline shows. Reads of the table bus and steps of the scrub engine take cycles in which valid_i is low, and go the
// same way; the scrub engine uses now_i at the start of its pass, packets their own now. The top's wide memories are block RAM; read in the same
// cycle are the members' accept_existing bits and the connection counters (dispatch_members, flow_counts).
//
// Tables: pool, ring, member, connection_policer, flow_tag, flow_key, virtual_connections, member_connections, snat_address,
// snat_ports. All tables are 0 at power-up; rst_i is for power-up and leaves them alone. Writes to the table virtual are overheard.
// DigestBits below 24 is for small tables and for tests, to meet aliases. Without ExactKeys the table holds no keys: a
// connection with the digest of another one is taken for it. That serves modes in which answers do not pass the data
// plane (direct return, tunnels); a NAT virtual's answers find nothing (`./sluice bench policies` shows what it saves).
`include "prim_assert.svh"

module flow #(
    parameter int unsigned FlowBanks = 4,
    parameter int unsigned FlowWays = 4,
    parameter int unsigned FlowRowsLog2 = 16,
    parameter bit ExactKeys = 1'b1,
    parameter int unsigned Virtuals = 1024,
    parameter int unsigned Pools = 1024,
    parameter int unsigned Members = 4096,
    parameter int unsigned Sources = 4096,
    parameter int unsigned RingLog2 = 20,
    parameter int unsigned DigestBits = 24,
    parameter int unsigned SnatPortsLog2 = 14
) (
    input logic clk_i,
    input logic rst_i,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o,

    input logic [20:0] half_open_max_i,
    input logic [39:0] source_rate_i,  // of new connections
    input logic [31:0] source_burst_i,
    input logic [24*23-1:0] timers_i,
    input logic [2:0] event_enable_i,
    input logic scrub_start_i,
    input logic [1:0] scrub_mode_i,
    input logic [11:0] scrub_arg_i,
    input logic [63:0] now_i,

    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input sluice_pkg::parsed_t parsed_i,
    input sluice_pkg::tuple_t key_i,
    input sluice_pkg::classified_t classified_i,
    input logic [63:0] hash_src_i,
    input logic [63:0] hash_dst_i,
    input logic [63:0] hash_src0_i,
    input sluice_pkg::classified_t policed_i,  // cycle 4

    output logic valid_o,
    output sluice_pkg::routed_t routed_o,

    output logic event_valid_o,
    output sluice_pkg::event_t event_o,
    output logic scrub_busy_o,
    output logic [31:0] scrub_freed_o,
    output logic [31:0] live_o,
    output logic [31:0] half_open_o,
    output logic [63:0] hits_o,
    output logic [63:0] misses_o,
    output logic [63:0] opened_o,
    output logic [63:0] closed_o,
    output logic [63:0] evicted_o,
    output logic [63:0] full_o,
    output logic [63:0] alias_o
);

  localparam int unsigned LATENCY = 6;
  localparam int unsigned WayW = (FlowWays > 1) ? $clog2(FlowWays) : 1;
  localparam int unsigned BankW = (FlowBanks > 1) ? $clog2(FlowBanks) : 1;
  localparam int unsigned Slots = FlowBanks * FlowWays;
  localparam int unsigned SlotW = (Slots > 1) ? $clog2(Slots) : 1;
  localparam int unsigned SlotsLog2 = $clog2(FlowBanks) + FlowRowsLog2 + $clog2(FlowWays);
  localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17;

  if (FlowBanks != 1 << $clog2(FlowBanks) || FlowWays != 1 << $clog2(FlowWays)) begin : gen_power_check
    $fatal(1, "flow: FlowBanks and FlowWays must be powers of two");
  end
  if (Virtuals < 2 || Pools < 2 || Members < 2 || Virtuals != 1 << $clog2(Virtuals) || Pools != 1 << $clog2(Pools) ||
      Members != 1 << $clog2(Members) || Sources < 2 || Sources != 1 << $clog2(Sources)) begin : gen_depth_check
    $fatal(1, "flow: Virtuals, Pools, Members and Sources must be powers of two");
  end
  if (FlowRowsLog2 < 1 || SlotsLog2 > 20) begin : gen_slots_check
    $fatal(1, "flow: there must be 2 rows or more per bank and at most 2^20 slots");
  end
  if (DigestBits < 1 || DigestBits > 24 || RingLog2 > 20) begin : gen_range_check
    $fatal(1, "flow: DigestBits must be 1 to 24 and RingLog2 at most 20");
  end

  // ---------------------------------------------------------------- table bus

  logic pool_start, ring_start, member_start, policer_start, virtual_counts_start, member_counts_start, fetch_start,
      snat_start;
  logic [sluice_pkg::POOL_ROW_W-1:0] dispatch_rdata;
  logic [sluice_pkg::MEMBER_ROW_W-1:0] member_rdata;
  logic [71:0] policer_rdata;
  logic [63:0] counts_rdata;
  logic [sluice_pkg::SNAT_ADDRESS_ROW_W-1:0] snat_rdata;
  logic [63:0] hit_hot;
  logic [35:0] hit_cold;
  logic [KeyW-1:0] hit_key;
  logic [FlowBanks-1:0] fetch2, fetch3, fetch4;

  flow_bus #(
      .Pools(Pools),
      .Members(Members),
      .Virtuals(Virtuals),
      .RingLog2(RingLog2),
      .SlotsLog2(SlotsLog2)
  ) u_bus (
      .clk_i,
      .rst_i,
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_row_i,
      .tbl_ack_o,
      .tbl_rdata_o,
      .pool_start_o(pool_start),
      .ring_start_o(ring_start),
      .member_start_o(member_start),
      .policer_start_o(policer_start),
      .virtual_counts_start_o(virtual_counts_start),
      .member_counts_start_o(member_counts_start),
      .snat_start_o(snat_start),
      .fetch_start_o(fetch_start),
      .dispatch_rdata_i(dispatch_rdata),
      .member_rdata_i(member_rdata),
      .policer_rdata_i(policer_rdata),
      .counts_rdata_i(counts_rdata),
      .snat_rdata_i(snat_rdata),
      .fetch_done_i(fetch4 != '0),
      .fetch_hot_i(hit_hot),
      .fetch_cold_i(hit_cold),
      .fetch_key_i(hit_key)
  );

  // ---------------------------------------------------------------- visits between packets

  logic visit_scrub, visit_fetch;
  logic [FlowRowsLog2-1:0] visit_row;
  logic [FlowBanks-1:0] visit_banks;
  logic [WayW-1:0] visit_way;
  logic [1:0] scrub_mode;
  logic [11:0] scrub_arg;
  logic [63:0] scrub_now;
  logic scrub4, scrub_void, closed;
  logic [FlowBanks*FlowRowsLog2-1:0] rows4;

  flow_visit #(
      .Banks(FlowBanks),
      .Ways(FlowWays),
      .RowsLog2(FlowRowsLog2)
  ) u_visit (
      .clk_i,
      .rst_i,
      .packet_i(valid_i),
      .scrub_o(visit_scrub),
      .fetch_o(visit_fetch),
      .row_o(visit_row),
      .banks_o(visit_banks),
      .way_o(visit_way),
      .fetch_start_i(fetch_start),
      .fetch_slot_i(tbl_row_i),
      .scrub_start_i,
      .scrub_mode_i,
      .scrub_arg_i,
      .scrub_now_i(now_i),
      .scrub_now_o(scrub_now),
      .scrub_mode_o(scrub_mode),
      .scrub_arg_o(scrub_arg),
      .commit_i(scrub4),
      .commit_row_i(rows4[FlowRowsLog2-1:0]),
      .commit_freed_i(closed),
      .commit_void_o(scrub_void),
      .busy_o(scrub_busy_o),
      .freed_o(scrub_freed_o)
  );

  // ---------------------------------------------------------------- front

  logic look, read1, look2, scrub2, reverse2, bank2, look3, scrub3, reverse3, bank3, is_v6_3, answer3, looked4, look4, reverse4,
      bank4, is_v6_4, answer, answer4;
  logic [FlowBanks*FlowRowsLog2-1:0] rows1, rows2, rows3;
  logic [WayW-1:0] fetch_way2;
  logic [9:0] virtual2, virtual3;
  logic [11:0] source2;
  logic [53:0] tick3;
  logic [23:0] digest2, age2, digest3, age3, digest4, client4, age4, choice_server, choice_server1, choice_server2;
  sluice_pkg::tuple_t key3, key4;
  logic [2:0] l4_3, l4_4;
  logic [3:0] flags3, flags4;
  logic [15:0] entropy4;
  logic [16:0] id;
  logic [2*FlowRowsLog2-1:0] back1;
  assign look4 = looked4 && policed_i.verdict == sluice_pkg::VERDICT_FORWARD;
  assign reverse4 = policed_i.direction == sluice_pkg::DIRECTION_REVERSE;

  // Valid bits of the past: the latency is part of the contract.
  logic [LATENCY-1:0] past_valid;
  always_ff @(posedge clk_i) past_valid <= rst_i ? '0 : {past_valid[LATENCY-2:0], valid_i};
  `SLUICE_ASSERT(LatencyIsFixed, valid_o == past_valid[LATENCY-1])

  flow_front #(
      .Banks(FlowBanks),
      .WayW(WayW),
      .RowsLog2(FlowRowsLog2),
      .DigestBits(DigestBits)
  ) u_front (
      .clk_i,
      .rst_i,
      .valid_i,
      .meta_i,
      .parsed_i,
      .key_i,
      .classified_i,
      .hash_src_i,
      .hash_dst_i,
      .hash_src0_i,
      .answer_i(answer),
      .id_i(id),
      .scrub_i(visit_scrub),
      .fetch_i(visit_fetch),
      .visit_row_i(visit_row),
      .visit_banks_i(visit_banks),
      .visit_way_i(visit_way),
      .now_i(scrub_now),
      .scrub_start_i,
      .look_o(look),
      .back1_i(back1),
      .read1_o(read1),
      .rows1_o(rows1),
      .look2_o(look2),
      .scrub2_o(scrub2),
      .fetch2_o(fetch2),
      .fetch_way2_o(fetch_way2),
      .rows2_o(rows2),
      .reverse2_o(reverse2),
      .bank2_o(bank2),
      .virtual2_o(virtual2),
      .source2_o(source2),
      .digest2_o(digest2),
      .age2_o(age2),
      .look3_o(look3),
      .scrub3_o(scrub3),
      .fetch3_o(fetch3),
      .rows3_o(rows3),
      .key3_o(key3),
      .reverse3_o(reverse3),
      .virtual3_o(virtual3),
      .is_v6_3_o(is_v6_3),
      .l4_3_o(l4_3),
      .flags3_o(flags3),
      .bank3_o(bank3),
      .answer3_o(answer3),
      .digest3_o(digest3),
      .tick3_o(tick3),
      .age3_o(age3),
      .look4_o(looked4),
      .scrub4_o(scrub4),
      .fetch4_o(fetch4),
      .rows4_o(rows4),
      .key4_o(key4),
      .is_v6_4_o(is_v6_4),
      .l4_4_o(l4_4),
      .flags4_o(flags4),
      .bank4_o(bank4),
      .entropy4_o(entropy4),
      .answer4_o(answer4),
      .digest4_o(digest4),
      .client4_o(client4),
      .age4_o(age4)
  );

  // ---------------------------------------------------------------- sources of full NAT

  logic recent, snat_any, snat_take, snat_give;
  logic [16:0] snat_next, snat_give_id, source;
  logic [127:0] source_address;
  flow_snat #(
      .PortsLog2(SnatPortsLog2),
      .Banks(FlowBanks),
      .RowsLog2(FlowRowsLog2)
  ) u_snat (
      .clk_i,
      .rst_i,
      .tbl_start_i(snat_start),
      .tbl_write_i,
      .tbl_ports_i(tbl_id_i == sluice_pkg::TABLE_SNAT_PORTS),
      .tbl_row_i(tbl_row_i[2:0]),
      .tbl_wdata_i(tbl_wdata_i[sluice_pkg::SNAT_ADDRESS_ROW_W-1:0]),
      .tbl_rdata_o(snat_rdata),
      .look_i(look),
      .reverse_i(classified_i.direction == sluice_pkg::DIRECTION_REVERSE),
      .is_v6_i(parsed_i.is_v6),
      .address_i(key_i.dst),
      .port_i(key_i.dport),
      .pool_i(classified_i.snat),
      .entropy_i(hash_src_i[7:0] ^ hash_dst_i[39:32]),
      .answer_o(answer),
      .id_o(id),
      .back_o(back1),
      .look3_i(look3),
      .tick3_i(tick3),
      .look4_i(look4),
      .answer4_i(answer4),
      .id4_i(digest4[16:0]),
      .pool4_i(policed_i.snat),
      .rows4_i(rows4),
      .recent_o(recent),
      .any_o(snat_any),
      .next_o(snat_next),
      .take_i(snat_take),
      .give_i(snat_give),
      .give_id_i(snat_give_id),
      .source_en_i(look4 && policed_i.mode == sluice_pkg::VIRTUAL_MODE_FULLNAT),
      .source_i(source[16:14]),
      .source_o(source_address)
  );

  // ---------------------------------------------------------------- dispatch

  logic forward, forward2, forward3;
  assign forward = look && classified_i.direction == sluice_pkg::DIRECTION_FORWARD;
  assign forward2 = look2 && !reverse2;
  assign forward3 = look3 && !reverse3;

  logic [11:0] candidate1, candidate2, choice_member, member;
  logic [FlowBanks-1:0] match2;
  logic [FlowBanks*12-1:0] member2;
  logic [FlowBanks*128-1:0] address3;
  logic [FlowBanks:0] accept_en, accept;
  logic [(FlowBanks+1)*12-1:0] accept_member;
  logic final_en, other_en, choose, choice_ok, choice_limited, choice_second, more1, more2, less1, less2;
  logic [154:0] final_row;
  logic [127:0] other_address;
  logic [15:0] choice_port;
  logic [31:0] live_virtual, half_open_virtual, half_open_now, live1, live2;
  dispatch #(
      .Pools(Pools),
      .Members(Members),
      .RingLog2(RingLog2),
      .Checks(FlowBanks)
  ) u_dispatch (
      .clk_i,
      .tbl_pool_i(pool_start),
      .tbl_ring_i(ring_start),
      .tbl_member_i(member_start),
      .tbl_write_i,
      .tbl_bank_i,
      .tbl_row_i,
      .tbl_wdata_i(tbl_wdata_i[sluice_pkg::MEMBER_ROW_W-1:0]),
      .tbl_rdata_o(dispatch_rdata),
      .tbl_member_rdata_o(member_rdata),
      .valid_i(forward),
      .bank_i(meta_i.bank),
      .affinity_i(classified_i.affinity),
      .pool_i(classified_i.pool),
      .hash_src_i,
      .hash_dst_i,
      .hash_src0_i,
      .valid2_i(forward2),
      .bank2_i(bank2),
      .check_en_i(reverse2 ? match2 : '0),
      .check_member_i(member2),
      .check_address_o(address3),
      .valid3_i(forward3),
      .dport_i(key3.dport),
      .candidate1_o(candidate1),
      .candidate2_o(candidate2),
      .existing_en_i(accept_en),
      .existing_bank_i({bank4, {FlowBanks{bank3}}}),
      .existing_member_i(accept_member),
      .accept_existing_o(accept),
      .bank4_i(bank4),
      .choose_i(choose),
      .live1_i(live1),
      .live2_i(live2),
      .more1_i(more1),
      .more2_i(more2),
      .less1_i(less1),
      .less2_i(less2),
      .ok_o(choice_ok),
      .limited_o(choice_limited),
      .second_o(choice_second),
      .member_o(choice_member),
      .port_o(choice_port),
      .server_o(choice_server),
      .server1_o(choice_server1),
      .server2_o(choice_server2),
      .final_en_i(final_en),
      .other_en_i(other_en),
      .final_member_i(member),
      .final_o(final_row),
      .other_address_o(other_address)
  );

  logic charge, charge_ok, charge_source, charge_source_ok;
  flow_charge #(
      .Virtuals(Virtuals),
      .Sources (Sources)
  ) u_charge (
      .clk_i,
      .rst_i,
      .tbl_start_i(policer_start),
      .tbl_write_i,
      .tbl_row_i,
      .tbl_wdata_i(tbl_wdata_i[71:0]),
      .tbl_rdata_o(policer_rdata),
      .source_rate_i,
      .source_burst_i,
      .read_i(forward2),
      .virtual_i(virtual2),
      .source_i(source2),
      .tick_i(tick3),
      .source_charge_i(charge_source),
      .source_ok_o(charge_source_ok),
      .virtual_charge_i(charge),
      .virtual_ok_o(charge_ok)
  );

  // ---------------------------------------------------------------- the table

  logic [FlowBanks-1:0] write, write_key;
  logic [Slots*64-1:0] hots3, hots4;
  logic [Slots*32-1:0] colds3, colds4;
  logic [Slots*4-1:0] highs3, highs4;
  logic last4, settled, hit, found, accept_existing;
  logic [BankW-1:0] write_bank, last_bank, hit_bank, place_bank;
  logic [WayW-1:0] write_way, last_way, hit_way, place_way;
  logic [63:0] write_hot, last_hot;
  logic [35:0] write_cold, last_cold;
  logic [15:0] hit_server_port;
  logic [27:0] hit_next;
  logic [KeyW-1:0] write_key_data, last_key;

  flow_lookup #(
      .Banks(FlowBanks),
      .Ways(FlowWays),
      .RowsLog2(FlowRowsLog2),
      .ExactKeys(ExactKeys)
  ) u_lookup (
      .clk_i,
      .rst_i,
      .read1_i(read1),
      .rows1_i(rows1),
      .look2_i(look2),
      .scrub2_i(scrub2),
      .fetch2_i(fetch2),
      .fetch_way2_i(fetch_way2),
      .rows2_i(rows2),
      .reverse2_i(reverse2),
      .digest2_i(digest2),
      .age2_i(age2),
      .match2_o(match2),
      .member2_o(member2),
      .look3_i(look3),
      .fetch3_i(fetch3),
      .rows3_i(rows3),
      .reverse3_i(reverse3),
      .answer3_i(answer3),
      .digest3_i(digest3),
      .age3_i(age3),
      .l4_3_i(l4_3),
      .flags3_i(flags3),
      .timers_i,
      .key3_i(key3),
      .is_v6_3_i(is_v6_3),
      .bank3_i(bank3),
      .addresses3_i(address3),
      .hot3_o(hots3),
      .cold3_o(colds3),
      .high3_o(highs3),
      .accept_en_o(accept_en),
      .accept_member_o(accept_member),
      .accept_i(accept),
      .look4_i(look4),
      .fetch4_i(fetch4),
      .rows4_i(rows4),
      .reverse4_i(reverse4),
      .answer4_i(answer4),
      .recent4_i(recent),
      .digest4_i(digest4),
      .age4_i(age4),
      .l4_4_i(l4_4),
      .flags4_i(flags4),
      .key4_i(key4),
      .is_v6_4_i(is_v6_4),
      .bank4_i(bank4),
      .last_address_i(final_row[127:0]),
      .last_other_address_i(other_address),
      .hot4_o(hots4),
      .cold4_o(colds4),
      .high4_o(highs4),
      .settled_o(settled),
      .found_o(found),
      .exact_o(hit),
      .accept_existing_o(accept_existing),
      .bank_o(hit_bank),
      .way_o(hit_way),
      .hot_o(hit_hot),
      .cold_o(hit_cold),
      .server_port_o(hit_server_port),
      .key_o(hit_key),
      .next_o(hit_next),
      .write_i(write),
      .write_key_i(write_key),
      .write_bank_i(write_bank),
      .write_way_i(write_way),
      .write_hot_i(write_hot),
      .write_cold_i(write_cold),
      .write_key_data_i(write_key_data),
      .last4_o(last4),
      .last_bank_o(last_bank),
      .last_way_o(last_way),
      .last_hot_o(last_hot),
      .last_cold_o(last_cold),
      .last_key_i(last_key)
  );

  // An entry that is settled stays, unless a SYN comes.
  logic scrub_step, place, in_place, mirror, aliased, room, taken, place_live, evict, evict_own;
  logic [23:0] with_reverse1, with_reverse2;
  logic [48:0] place_entry;
  assign scrub_step = scrub4 && !scrub_void;
  assign place = look4 && !reverse4 && (!settled || flags4[1]);
  flow_room #(
      .Banks(FlowBanks),
      .Ways (FlowWays)
  ) u_room (
      .clk_i,
      .scrub_mode_i(scrub_mode),
      .scrub_arg_i(scrub_arg),
      .look3_i(forward3),
      .scrub3_i(scrub3),
      .age3_i(age3),
      .forward3_i(digest3),
      .virtual3_i(virtual3),
      .hot3_i(hots3),
      .cold3_i(colds3),
      .high3_i(highs3),
      .place_i(place),
      .scrub_i(scrub_step),
      .age_i(age4),
      .forward_i(digest4),
      .virtual_i(policed_i.virtual_id),
      .hot4_i(hots4),
      .cold4_i(colds4),
      .high4_i(highs4),
      .last_i(last4),
      .last_bank_i(last_bank),
      .last_way_i(last_way),
      .last_hot_i(last_hot),
      .last_cold_i(last_cold),
      .keep_i(in_place),
      .keep_bank_i(hit_bank),
      .keep_way_i(hit_way),
      .mirror_i(mirror),
      .second_i(choice_second),
      .reverse1_i(with_reverse1),
      .reverse2_i(with_reverse2),
      .start_i(client4[SlotW-1:0]),
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

  // ---------------------------------------------------------------- the decision

  logic opened, half_more, half_less, has_member;
  logic [2:0] cause, result;
  logic [9:0] old_virtual;
  logic [11:0] old_member;
  logic [19:0] slot;
  logic [1:0] verdict;
  logic [7:0] reason;

  flow_commit #(
      .Banks(FlowBanks),
      .Ways(FlowWays),
      .RowsLog2(FlowRowsLog2),
      .DigestBits(DigestBits)
  ) u_commit (
      .clk_i,
      .half_open_max_i,
      .timers_i,
      .scrub_mode_i(scrub_mode),
      .look_i(look4),
      .scrub_i(scrub_step),
      .rows_i(rows4),
      .key_i(key4),
      .classified_i(policed_i),
      .is_v6_i(is_v6_4),
      .l4_i(l4_4),
      .flags_i(flags4),
      .digest_i(digest4),
      .client_i(client4),
      .age_i(age4),
      .hit_i(hit),
      .hit_bank_i(hit_bank),
      .hit_way_i(hit_way),
      .hit_hot_i(hit_hot),
      .hit_cold_i(hit_cold),
      .hit_server_port_i(hit_server_port),
      .hit_key_i(hit_key),
      .hit_next_i(hit_next),
      .accept_existing_i(accept_existing),
      .choose_o(choose),
      .live_virtual_i(live_virtual),
      .choice_ok_i(choice_ok),
      .choice_limited_i(choice_limited),
      .choice_member_i(choice_member),
      .choice_port_i(choice_port),
      .choice_server_i(choice_server),
      .choice_server1_i(choice_server1),
      .choice_server2_i(choice_server2),
      .charge_source_o(charge_source),
      .charge_source_ok_i(charge_source_ok),
      .charge_o(charge),
      .charge_ok_i(charge_ok),
      .half_open_i(half_open_now),
      .half_open_virtual_i(half_open_virtual),
      .in_place_o(in_place),
      .mirror_o(mirror),
      .reverse1_o(with_reverse1),
      .reverse2_o(with_reverse2),
      .evict_o(evict),
      .evict_own_o(evict_own),
      .alias_i(aliased),
      .room_i(room),
      .taken_i(taken),
      .place_bank_i(place_bank),
      .place_way_i(place_way),
      .place_entry_i(place_entry),
      .place_live_i(place_live),
      .snat_any_i(snat_any),
      .snat_next_i(snat_next),
      .take_o(snat_take),
      .give_o(snat_give),
      .give_id_o(snat_give_id),
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

  // The row of the final member: for the result, and for the packet behind, should it be the answer to this one.
  assign other_en = look4 && write != '0;
  assign final_en = look4 && (other_en || (has_member && !reverse4));

  flow_counts #(
      .Virtuals(Virtuals),
      .Members (Members)
  ) u_counts (
      .clk_i,
      .rst_i,
      .tbl_start_i(virtual_counts_start || member_counts_start),
      .tbl_member_i(member_counts_start),
      .tbl_row_i,
      .tbl_rdata_o(counts_rdata),
      .opened_i(opened),
      .opened_virtual_i(policed_i.virtual_id),
      .opened_member_i(member),
      .closed_i(closed),
      .closed_virtual_i(old_virtual),
      .closed_member_i(old_member),
      .half_more_i(half_more),
      .half_less_i(half_less),
      .look_i(look4),
      .hit_i(hit),
      .evicted_i(closed && cause == sluice_pkg::CLOSE_CAUSE_EVICTED),
      .full_i(result == sluice_pkg::FLOW_RESULT_UNTRACKED_FULL),
      .alias_i(result == sluice_pkg::FLOW_RESULT_UNTRACKED_ALIAS),
      .read_i(forward3),
      .virtual_i(virtual3),
      .member1_i(candidate1),
      .member2_i(candidate2),
      .live_virtual_o(live_virtual),
      .half_open_virtual_o(half_open_virtual),
      .live1_o(live1),
      .live2_o(live2),
      .more1_o(more1),
      .more2_o(more2),
      .less1_o(less1),
      .less2_o(less2),
      .half_open_now_o(half_open_now),
      .live_o,
      .half_open_o,
      .hits_o,
      .misses_o,
      .opened_o,
      .closed_o,
      .evicted_o,
      .full_o,
      .alias_o
  );

  flow_result #(
      .Virtuals(Virtuals)
  ) u_result (
      .clk_i,
      .rst_i,
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_bank_i,
      .tbl_row_i,
      .tbl_wdata_i(tbl_wdata_i[sluice_pkg::VIRTUAL_ROW_W-1:0]),
      .valid_i(past_valid[3]),
      .look_i(look4),
      .classified_i(policed_i),
      .bank_i(bank4),
      .is_v6_i(is_v6_4),
      .error_i(l4_4 == sluice_pkg::L4_KIND_ICMP_ERROR),
      .entropy_i(entropy4),
      .age_i(age4),
      .hit_i(hit),
      .hit_virtual_i(old_virtual),
      .verdict_i(verdict),
      .reason_i(reason),
      .result_i(result),
      .has_member_i(has_member),
      .member_i(member),
      .hit_fullnat_i(hit_cold[31]),
      .hit_server_port_i(hit_server_port),
      .hit_key_i(hit_key),
      .source_address_i(source_address),
      .source_port_i({source[7:0], 2'b11, source[13:8]}),
      .event_enable_i,
      .opened_i(opened),
      .closed_i(closed),
      .cause_i(cause),
      .closed_virtual_i(old_virtual),
      .closed_member_i(old_member),
      .slot_i(slot),
      .final_i(final_row),
      .valid_o,
      .routed_o,
      .event_valid_o,
      .event_o
  );

  // Bits of the bus that no table here has.
  logic unused;
  assign unused = &{1'b0, tbl_wdata_i, found};

  `SLUICE_ASSERT(HalfOpenAreLive, half_open_o <= live_o)
  `SLUICE_ASSERT(LiveIsOpenedMinusClosed, live_o == opened_o[31:0] - closed_o[31:0])
  `SLUICE_ASSERT(OneWriteAtMost, (write & (write - 1'b1)) == '0)
  `SLUICE_ASSERT(VisitsOnlyBetweenPackets, !(valid_i && (visit_scrub || visit_fetch)))

endmodule
