// SPDX-License-Identifier: Apache-2.0
//
// The connection table and the lookup in it: flow_table, then flow_find in cycle 3 and flow_pick in cycle 4, where the
// write is. Their headers say what the ports mean. Each packet is looked up as if all before it had been decided.
//
// accept_i answers in the same cycle whether the members of accept_en_o keep their connections: those of the matches in
// cycle 3, and in the last place that of the entry written last, in cycle 4.
module flow_lookup #(
    parameter int unsigned Banks = 4,
    parameter int unsigned Ways = 4,
    parameter int unsigned RowsLog2 = 16,
    parameter bit ExactKeys = 1'b1,
    localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned Slots = Banks * Ways,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,
    input logic rst_i,

    // Cycle 1.
    input logic read1_i,
    input logic [Banks*RowsLog2-1:0] rows1_i,

    // Cycle 2.
    input logic look2_i,
    input logic scrub2_i,
    input logic [Banks-1:0] fetch2_i,
    input logic [WayW-1:0] fetch_way2_i,
    input logic [Banks*RowsLog2-1:0] rows2_i,
    input logic reverse2_i,
    input logic [23:0] digest2_i,
    input logic [23:0] age2_i,
    output logic [Banks-1:0] match2_o,
    output logic [Banks*12-1:0] member2_o,

    // Cycle 3.
    input logic look3_i,
    input logic [Banks-1:0] fetch3_i,
    input logic [Banks*RowsLog2-1:0] rows3_i,
    input logic reverse3_i,
    input logic answer3_i,
    input logic [23:0] digest3_i,
    input logic [23:0] age3_i,
    input logic [2:0] l4_3_i,
    input logic [3:0] flags3_i,
    input logic [551:0] timers_i,
    input sluice_pkg::tuple_t key3_i,
    input logic is_v6_3_i,
    input logic bank3_i,
    input logic [Banks*128-1:0] addresses3_i,
    output logic [Slots*64-1:0] hot3_o,
    output logic [Slots*32-1:0] cold3_o,
    output logic [Slots*4-1:0] high3_o,

    // Cycles 3 and 4.
    output logic [Banks:0] accept_en_o,
    output logic [(Banks+1)*12-1:0] accept_member_o,
    input logic [Banks:0] accept_i,

    // Cycle 4.
    input logic look4_i,
    input logic [Banks-1:0] fetch4_i,
    input logic [Banks*RowsLog2-1:0] rows4_i,
    input logic reverse4_i,
    input logic answer4_i,
    input logic recent4_i,
    input logic [23:0] digest4_i,
    input logic [23:0] age4_i,
    input logic [2:0] l4_4_i,
    input logic [3:0] flags4_i,
    input sluice_pkg::tuple_t key4_i,
    input logic is_v6_4_i,
    input logic bank4_i,
    input logic [127:0] last_address_i,
    input logic [127:0] last_other_address_i,
    output logic [Slots*64-1:0] hot4_o,
    output logic [Slots*32-1:0] cold4_o,
    output logic [Slots*4-1:0] high4_o,
    output logic settled_o,
    output logic found_o,
    output logic exact_o,
    output logic accept_existing_o,
    output logic [BankW-1:0] bank_o,
    output logic [WayW-1:0] way_o,
    output logic [63:0] hot_o,
    output logic [35:0] cold_o,
    output logic [15:0] server_port_o,
    output logic [KeyW-1:0] key_o,
    output logic [27:0] next_o,

    // Cycle 4: the write.
    input logic [Banks-1:0] write_i,
    input logic [Banks-1:0] write_key_i,
    input logic [BankW-1:0] write_bank_i,
    input logic [WayW-1:0] write_way_i,
    input logic [63:0] write_hot_i,
    input logic [35:0] write_cold_i,
    input logic [KeyW-1:0] write_key_data_i,

    // The write of the cycle before; last4_o: it is in a row of the packet in cycle 4.
    output logic last4_o,
    output logic [BankW-1:0] last_bank_o,
    output logic [WayW-1:0] last_way_o,
    output logic [63:0] last_hot_o,
    output logic [35:0] last_cold_o,
    input logic [KeyW-1:0] last_key_i
);

  logic last, last3;
  logic [Banks-1:0] match3;
  logic [Banks*WayW-1:0] ways3;
  logic [Banks*320-1:0] keys3;
  flow_table #(
      .Banks(Banks),
      .Ways(Ways),
      .RowsLog2(RowsLog2),
      .ExactKeys(ExactKeys)
  ) u_table (
      .clk_i,
      .rst_i,
      .read1_i,
      .rows1_i,
      .look2_i,
      .scrub2_i,
      .fetch2_i,
      .fetch_way2_i,
      .rows2_i,
      .reverse2_i,
      .digest2_i,
      .age2_i,
      .match2_o,
      .member2_o,
      .rows3_i,
      .match3_o(match3),
      .ways3_o(ways3),
      .key3_o(keys3),
      .hot3_o,
      .cold3_o,
      .high3_o,
      .last3_o(last3),
      .rows4_i,
      .hot4_o,
      .cold4_o,
      .high4_o,
      .last4_o,
      .write_i,
      .write_key_i,
      .write_bank_i,
      .write_way_i,
      .write_hot_i,
      .write_cold_i,
      .write_key_data_i,
      .last_o(last),
      .last_bank_o,
      .last_way_o,
      .last_hot_o,
      .last_cold_o
  );

  // The configuration bank that the write before was made with.
  logic last_config_q;
  always_ff @(posedge clk_i) begin
    if (look4_i) last_config_q <= bank4_i;
  end

  logic [Banks-1:0] found3, match4, exact4;
  logic [Banks*WayW-1:0] found_ways3, ways4;
  logic [Banks*KeyW-1:0] keys4;
  logic [Banks*28-1:0] next4;
  logic [Banks*64-1:0] match_hots3;
  always_comb begin
    match_hots3 = '0;
    for (int unsigned b = 0; b < Banks; b++) begin
      if (look3_i && match3[b]) begin
        for (int unsigned w = 0; w < Ways; w++) begin
          if (ways3[b*WayW+:WayW] == WayW'(w)) match_hots3[b*64+:64] = hot3_o[(b*Ways+w)*64+:64];
        end
      end
    end
  end
  flow_find #(
      .Banks(Banks),
      .Ways(Ways),
      .ExactKeys(ExactKeys)
  ) u_find (
      .clk_i,
      .look_i(look3_i),
      .fetch_i(fetch3_i != '0),
      .reverse_i(reverse3_i),
      .answer_i(answer3_i),
      .digest_i(digest3_i),
      .age_i(age3_i),
      .key_i(key3_i),
      .is_v6_i(is_v6_3_i),
      .match_i(match3),
      .ways_i(ways3),
      .keys_i(keys3),
      .addresses_i(addresses3_i),
      .hots_i(match_hots3),
      .l4_i(l4_3_i),
      .flags_i(flags3_i),
      .timers_i,
      .last_i(last3),
      .last_bank_i(last_bank_o),
      .last_way_i(last_way_o),
      .last_hot_i(last_hot_o),
      .last_cold_i(last_cold_o),
      .last_key_i,
      .last_same_i(bank3_i == last_config_q),
      .last_address_i,
      .last_other_address_i,
      .match_o(found3),
      .ways_o(found_ways3),
      .match4_o(match4),
      .ways4_o(ways4),
      .exact4_o(exact4),
      .keys4_o(keys4),
      .next4_o(next4)
  );

  // Members that may keep their connections, or not.
  logic [Banks-1:0] accept4_q;
  logic [WayW-1:0] way3;
  always_comb begin
    accept_en_o = '0;
    accept_member_o = '0;
    way3 = '0;
    if (look3_i && !reverse3_i) begin
      accept_en_o[Banks-1:0] = found3;
      for (int unsigned b = 0; b < Banks; b++) begin
        way3 = found_ways3[b*WayW+:WayW];
        for (int unsigned w = 0; w < Ways; w++) begin
          if (found3[b] && way3 == WayW'(w))
            accept_member_o[b*12+:12] = {high3_o[(b*Ways+w)*4+:4], cold3_o[(b*Ways+w)*32+:8]};
        end
      end
    end
    if (look4_i && !reverse4_i) begin
      accept_en_o[Banks] = 1'b1;
      accept_member_o[Banks*12+:12] = {last_cold_o[35:32], last_cold_o[7:0]};
    end
  end
  always_ff @(posedge clk_i) begin
    if (look3_i) accept4_q <= accept_i[Banks-1:0];
  end

  logic [27:0] last_next;
  flow_next u_last_next (
      .en_i(look4_i),
      .reverse_i(reverse4_i),
      .l4_i(l4_4_i),
      .flags_i(flags4_i),
      .age_i(age4_i),
      .timers_i,
      .hot_i(last_hot_o),
      .changed_o(last_next[27]),
      .expires_o(last_next[26:3]),
      .state_o(last_next[2:0])
  );

  logic last_match, last_exact;
  flow_last #(
      .ExactKeys(ExactKeys)
  ) u_last (
      .last_i(look4_i && last4_o),
      .hot_i(last_hot_o),
      .cold_i(last_cold_o),
      .entry_i(last_key_i),
      .same_i(bank4_i == last_config_q),
      .address_i(last_address_i),
      .other_address_i(last_other_address_i),
      .reverse_i(reverse4_i),
      .answer_i(answer4_i),
      .digest_i(digest4_i),
      .age_i(age4_i),
      .key_i(key4_i),
      .is_v6_i(is_v6_4_i),
      .match_o(last_match),
      .exact_o(last_exact)
  );

  flow_pick #(
      .Banks(Banks),
      .Ways(Ways),
      .ExactKeys(ExactKeys)
  ) u_pick (
      .look_i(look4_i),
      .fetch_i(fetch4_i != '0),
      .reverse_i(reverse4_i),
      .recent_i(recent4_i),
      .dport_i(key4_i.dport),
      .match_i(match4),
      .ways_i(ways4),
      .exact_i(exact4),
      .accept_i(accept4_q),
      .keys_i(keys4),
      .next_i(next4),
      .hot_i(hot4_o),
      .cold_i(cold4_o),
      .high_i(high4_o),
      .last_i(last4_o),
      .last_bank_i(last_bank_o),
      .last_way_i(last_way_o),
      .last_hot_i(last_hot_o),
      .last_cold_i(last_cold_o),
      .last_key_i,
      .last_match_i(last_match),
      .last_exact_i(last_exact),
      .last_next_i(last_next),
      .last_accept_i(accept_i[Banks]),
      .settled_o,
      .found_o,
      .exact_o,
      .accept_existing_o,
      .bank_o,
      .way_o,
      .hot_o,
      .cold_o,
      .server_port_o,
      .key_o,
      .next_o
  );

  logic unused;
  assign unused = last;

endmodule
