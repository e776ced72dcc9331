// SPDX-License-Identifier: Apache-2.0
//
// Cycle 4 of the lookup: the first match over all banks, as the packet just ahead left it, its tag and key, and whether it
// is the packet's own. Combinational; all outputs are 0 without look_i or fetch_i.
//
// match_i, ways_i, exact_i, keys_i, next_i, accept_i by bank: of flow_find, with what was read of the members. last_*: the write
// of the packet just ahead, if last_i: in a row of this packet. It may have ended, made or revived the match
// (last_match_i, last_exact_i, last_next_i, last_accept_i: of that entry). found_o; exact_o: the key is the packet's, and for
// reverse packets the member's address is its source; with recent_i it is not. accept_existing_o: its member keeps its connections.
// settled_o tells early of a packet that its entry is not touched by the packet ahead, and keeps its member.
// key_o is for reverse packets and fetch_i (a slot read by the table bus) only; server_port_o is for all, and without
// ExactKeys the packet's own (dport_i). Words as in flow_table.
module flow_pick #(
    parameter int unsigned Banks = 4,
    parameter int unsigned Ways = 4,
    parameter bit ExactKeys = 1'b1,
    localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned Slots = Banks * Ways,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic look_i,
    input logic fetch_i,
    input logic reverse_i,
    input logic recent_i,
    input logic [15:0] dport_i,

    input logic [Banks-1:0] match_i,
    input logic [Banks*WayW-1:0] ways_i,
    input logic [Banks-1:0] exact_i,
    input logic [Banks-1:0] accept_i,
    input logic [Banks*KeyW-1:0] keys_i,
    input logic [Banks*28-1:0] next_i,
    input logic [Slots*64-1:0] hot_i,
    input logic [Slots*32-1:0] cold_i,
    input logic [Slots*4-1:0] high_i,

    input logic last_i,
    input logic [BankW-1:0] last_bank_i,
    input logic [WayW-1:0] last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
    input logic [KeyW-1:0] last_key_i,
    input logic last_match_i,
    input logic last_exact_i,
    input logic [27:0] last_next_i,
    input logic last_accept_i,

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
    output logic [27:0] next_o
);

  // The first match that the packet ahead did not write, with all that is known of it; then the one that it wrote, if that
  // comes before. Of a bank's ways this takes less time than the verdict on the last write.
  logic last_counts;
  logic last_first;
  logic rest_found;
  logic rest_exact;
  logic rest_accept;
  logic [BankW-1:0] rest_bank;
  logic [WayW-1:0] rest_way;
  logic [63:0] rest_hot;
  logic [35:0] rest_cold;
  logic [KeyW-1:0] rest_key;
  logic [27:0] rest_next;
  logic [KeyW-1:0] key;
  logic over;
  logic [63:0] hot;
  logic [35:0] cold;
  always_comb begin
    rest_found = 1'b0;
    rest_exact = 1'b0;
    rest_accept = 1'b0;
    rest_bank = '0;
    rest_way = '0;
    rest_hot = 64'd0;
    rest_cold = 36'd0;
    rest_key = '0;
    rest_next = 28'd0;
    last_counts = 1'b0;
    last_first = 1'b1;
    over = 1'b0;
    hot = 64'd0;
    cold = 36'd0;
    if (look_i || fetch_i) begin
      last_counts = last_i && last_match_i;
      for (int unsigned b = Banks; b > 0; b--) begin
        over = last_i && last_bank_i == BankW'(b - 1) && last_way_i == ways_i[(b-1)*WayW+:WayW];
        if (fetch_i && match_i[b-1] && over) last_counts = 1'b1;
        if (match_i[b-1] && !over) begin
          hot  = 64'd0;
          cold = 36'd0;
          for (int unsigned w = 0; w < Ways; w++) begin
            if (ways_i[(b-1)*WayW+:WayW] == WayW'(w)) begin
              hot  = hot_i[((b-1)*Ways+w)*64+:64];
              cold = {high_i[((b-1)*Ways+w)*4+:4], cold_i[((b-1)*Ways+w)*32+:32]};
            end
          end
          rest_found = 1'b1;
          rest_exact = exact_i[b-1];
          rest_accept = accept_i[b-1];
          rest_bank = BankW'(b - 1);
          rest_way = ways_i[(b-1)*WayW+:WayW];
          rest_hot = hot;
          rest_cold = cold;
          rest_key = keys_i[(b-1)*KeyW+:KeyW];
          rest_next = next_i[(b-1)*28+:28];
          if (last_bank_i > BankW'(b - 1) ||
              (last_bank_i == BankW'(b - 1) && last_way_i > ways_i[(b-1)*WayW+:WayW])) begin
            last_first = 1'b0;
          end
        end
      end
    end
  end

  assign settled_o = look_i && !last_i && match_i != '0 && (match_i & ~(exact_i & accept_i)) == '0;

  logic by_last;
  assign by_last = last_counts && last_first;
  always_comb begin
    found_o = by_last || rest_found;
    bank_o = by_last ? last_bank_i : rest_bank;
    way_o = by_last ? last_way_i : rest_way;
    hot_o = by_last ? last_hot_i : rest_hot;
    cold_o = by_last ? last_cold_i : rest_cold;
    key = by_last ? last_key_i : rest_key;
    next_o = by_last ? last_next_i : rest_next;
    exact_o = look_i && (by_last ? last_exact_i : rest_exact) && !(reverse_i && recent_i);
    accept_existing_o = by_last ? last_accept_i : rest_accept;
  end

  assign server_port_o = !found_o ? 16'd0 : ExactKeys ? key[KeyW-1-:16] : dport_i;
  always_comb begin
    key_o = '0;
    if (ExactKeys && found_o && (reverse_i || fetch_i)) key_o = key;
  end

endmodule
