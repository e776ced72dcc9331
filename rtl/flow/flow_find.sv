// SPDX-License-Identifier: Apache-2.0
//
// Cycle 3 of the lookup: the match of each bank, as the packets up to the last but one left it, and whether it is the
// packet's own. The packet just ahead is deciding at this time; flow_pick has the last word.
//
// The match of cycle 2 (match_i, ways_i, keys_i, and addresses_i of the members) is corrected by the write of the packet
// two ahead, if that is in a row of this packet (last_i): it may have ended, made or revived it, and has its own key
// and member. match_o, ways_o: in the same cycle. The rest is registered, for cycle 4: exact4_o by bank, keys4_o the
// keys, KeyW bits each, of the banks with a match, next4_o what flow_next makes of them: {changed, expires, state}. hots_i is the
// tag of each bank's match_i, as the packet two ahead left it. fetch_i: a read of the table bus instead of a packet.
module flow_find #(
    parameter int unsigned Banks = 4,
    parameter int unsigned Ways = 4,
    parameter bit ExactKeys = 1'b1,
    localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,

    input logic look_i,
    input logic fetch_i,
    input logic reverse_i,
    input logic answer_i,
    input logic [23:0] digest_i,
    input logic [23:0] age_i,
    input sluice_pkg::tuple_t key_i,
    input logic is_v6_i,

    input logic [Banks-1:0] match_i,
    input logic [Banks*WayW-1:0] ways_i,
    input logic [Banks*320-1:0] keys_i,
    input logic [Banks*128-1:0] addresses_i,
    input logic [Banks*64-1:0] hots_i,
    input logic [2:0] l4_i,
    input logic [3:0] flags_i,
    input logic [551:0] timers_i,

    input logic last_i,
    input logic [BankW-1:0] last_bank_i,
    input logic [WayW-1:0] last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
    input logic [KeyW-1:0] last_key_i,
    input logic last_same_i,
    input logic [127:0] last_address_i,
    input logic [127:0] last_other_address_i,

    output logic [Banks-1:0] match_o,
    output logic [Banks*WayW-1:0] ways_o,

    output logic [Banks-1:0] match4_o,
    output logic [Banks*WayW-1:0] ways4_o,
    output logic [Banks-1:0] exact4_o,
    output logic [Banks*KeyW-1:0] keys4_o,
    output logic [Banks*28-1:0] next4_o
);

  logic last_match, last_exact;
  flow_last #(
      .ExactKeys(ExactKeys)
  ) u_last (
      .last_i(look_i && last_i),
      .hot_i(last_hot_i),
      .cold_i(last_cold_i),
      .entry_i(last_key_i),
      .same_i(last_same_i),
      .address_i(last_address_i),
      .other_address_i(last_other_address_i),
      .reverse_i,
      .answer_i,
      .digest_i,
      .age_i,
      .key_i,
      .is_v6_i,
      .match_o(last_match),
      .exact_o(last_exact)
  );

  logic [27:0] last_next;
  flow_next u_last_next (
      .en_i(look_i && last_i),
      .reverse_i,
      .l4_i,
      .flags_i,
      .age_i,
      .timers_i,
      .hot_i(last_hot_i),
      .changed_o(last_next[27]),
      .expires_o(last_next[26:3]),
      .state_o(last_next[2:0])
  );

  logic [Banks-1:0] fresh;  // the match is the entry written last
  always_comb begin
    match_o = '0;
    ways_o = ways_i;
    fresh = '0;
    if (look_i || fetch_i) begin
      match_o = match_i;
      for (int unsigned b = 0; b < Banks; b++) begin
        if (last_i && last_bank_i == BankW'(b)) begin
          fresh[b] = last_way_i == ways_i[b*WayW+:WayW];
          if (last_match && (!match_i[b] || last_way_i <= ways_i[b*WayW+:WayW])) begin
            match_o[b] = 1'b1;
            ways_o[b*WayW+:WayW] = last_way_i;
            fresh[b] = 1'b1;
          end else if (look_i && fresh[b]) begin
            match_o[b] = 1'b0;
          end
        end
      end
    end
  end

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic exact;
    flow_exact #(
        .ExactKeys(ExactKeys)
    ) u_exact (
        .en_i(look_i && match_o[b]),
        .reverse_i,
        .answer_i,
        .key_i,
        .is_v6_i,
        .entry_i(keys_i[b*320+:KeyW]),
        .address_i(addresses_i[b*128+:128]),
        .exact_o(exact)
    );
    logic [27:0] next;
    flow_next u_next (
        .en_i(look_i && match_i[b]),
        .reverse_i,
        .l4_i,
        .flags_i,
        .age_i,
        .timers_i,
        .hot_i(hots_i[b*64+:64]),
        .changed_o(next[27]),
        .expires_o(next[26:3]),
        .state_o(next[2:0])
    );
    always_ff @(posedge clk_i) begin
      if (match_o[b]) begin
        next4_o[b*28+:28] <= fresh[b] ? last_next : next;
        exact4_o[b] <= fresh[b] ? last_exact : exact;
        keys4_o[b*KeyW+:KeyW] <= fresh[b] ? last_key_i : keys_i[b*320+:KeyW];
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (look_i || fetch_i) begin
      match4_o <= match_o;
      ways4_o  <= ways_o;
    end
  end

  // Keys stand in 320 bits.
  logic unused;
  assign unused = &{1'b0, keys_i};

endmodule
