// SPDX-License-Identifier: Apache-2.0
//
// The first match over all banks in cycle 3, its tag and key, and whether it is the packet's own. Combinational; all
// outputs are 0 without look_i or fetch_i.
//
// The write of the packet just before (last_*, if last_i: in a row of this packet) may have ended, made or revived the
// match; then its key is last_key_i and its member's address last_address_i. prev_*: the write before that one, which
// the tags lack if prev_i. found_o, exact_o: the key is the packet's, and for reverse packets the member's address is
// its source; of an answer to a source of full NAT (answer_i) the client is not compared, and none is exact with recent_i.
// key_o is for reverse packets and fetch_i (a slot read by the table bus) only; server_port_o is for all.
// Words as in flow_table. Without ExactKeys there are no keys: the digest alone makes a forward packet's entry, answers
// have none, and the server's port is the packet's own.
module flow_find #(
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
    input logic answer_i,
    input logic recent_i,
    input logic [23:0] digest_i,
    input logic [23:0] age_i,
    input sluice_pkg::tuple_t key_i,
    input logic is_v6_i,

    input logic [Banks-1:0] match_i,
    input logic [Banks*WayW-1:0] ways_i,
    input logic [Slots*64-1:0] hot_i,
    input logic [Slots*32-1:0] cold_i,
    input logic [Slots*4-1:0] high_i,
    input logic [Banks*320-1:0] keys_i,
    input logic [Banks*128-1:0] addresses_i,

    input logic last_i,
    input logic [BankW-1:0] last_bank_i,
    input logic [WayW-1:0] last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
    input logic [KeyW-1:0] last_key_i,
    input logic last_same_i,
    input logic [127:0] last_address_i,
    input logic [127:0] last_other_address_i,
    input logic prev_i,
    input logic [BankW-1:0] prev_bank_i,
    input logic [WayW-1:0] prev_way_i,
    input logic [63:0] prev_hot_i,
    input logic [35:0] prev_cold_i,

    output logic found_o,
    output logic exact_o,
    output logic [BankW-1:0] bank_o,
    output logic [WayW-1:0] way_o,
    output logic [63:0] hot_o,
    output logic [35:0] cold_o,
    output logic [15:0] server_port_o,
    output logic [KeyW-1:0] key_o
);

  localparam logic [2:0] FREE = sluice_pkg::FLOW_STATE_FREE;
  localparam int unsigned SlotW = (Slots > 1) ? $clog2(Slots) : 1;

  // Which slot.
  logic [Banks-1:0] match;
  logic [Banks*WayW-1:0] ways;
  logic last_match;
  logic fresh;
  logic [SlotW-1:0] slot;
  always_comb begin
    match = match_i;
    ways = ways_i;
    last_match = 1'b0;
    found_o = 1'b0;
    bank_o = '0;
    way_o = '0;
    fresh = 1'b0;
    slot = '0;
    hot_o = 64'd0;
    cold_o = 36'd0;
    if (look_i || fetch_i) begin
      if (look_i && last_i) begin
        last_match = (age_i - last_hot_i[63:40]) >= 24'h800000 && last_hot_i[2:0] != FREE &&
            (reverse_i ? last_hot_i[3] && last_cold_i[31:8] == digest_i : last_hot_i[31:8] == digest_i);
        if (last_match) begin
          if (!match[last_bank_i] || last_way_i <= ways[last_bank_i*WayW+:WayW]) begin
            match[last_bank_i] = 1'b1;
            ways[last_bank_i*WayW+:WayW] = last_way_i;
          end
        end else if (last_way_i == ways[last_bank_i*WayW+:WayW]) begin
          match[last_bank_i] = 1'b0;
        end
      end
      found_o = match != '0;
      for (int unsigned b = Banks; b > 0; b--) begin
        if (match[b-1]) bank_o = BankW'(b - 1);
      end
      way_o = ways[bank_o*WayW+:WayW];
      slot = SlotW'(32'(bank_o) * Ways + 32'(way_o));
      fresh = last_i && last_bank_i == bank_o && last_way_i == way_o;
      if (fresh) begin
        hot_o  = last_hot_i;
        cold_o = last_cold_i;
      end else if (prev_i && prev_bank_i == bank_o && prev_way_i == way_o) begin
        hot_o  = prev_hot_i;
        cold_o = prev_cold_i;
      end else begin
        hot_o  = hot_i[slot*64+:64];
        cold_o = {high_i[slot*4+:4], cold_i[slot*32+:32]};
      end
    end
  end

  // Is it the packet's? Compared in pieces of 64 bits.
  logic [63:0] key0;
  logic [63:0] key1;
  logic [63:0] key2;
  logic [63:0] key3;
  logic [56:0] key4;
  logic [127:0] address;
  always_comb begin
    key0 = 64'd0;
    key1 = 64'd0;
    key2 = 64'd0;
    key3 = 64'd0;
    key4 = 57'd0;
    address = 128'd0;
    if (found_o) begin
      if (fresh) begin
        key0 = last_key_i[63:0];
        key1 = last_key_i[127:64];
        key2 = last_key_i[191:128];
        key3 = last_key_i[255:192];
        key4 = last_key_i[312:256];
        if (reverse_i) address = last_same_i ? last_address_i : last_other_address_i;
      end else begin
        for (int unsigned b = 0; b < Banks; b++) begin
          if (bank_o == BankW'(b)) begin
            key0 = keys_i[b*320+:64];
            key1 = keys_i[b*320+64+:64];
            key2 = keys_i[b*320+128+:64];
            key3 = keys_i[b*320+192+:64];
            key4 = keys_i[b*320+256+:57];
            if (reverse_i) address = addresses_i[b*128+:128];
          end
        end
      end
    end
  end

  // key4 is {server_port, is_v6, proto, virtual_port, client_port}.
  always_comb begin
    exact_o = 1'b0;
    if (found_o) begin
      if (!ExactKeys) begin
        exact_o = !reverse_i;
      end else if (reverse_i) begin
        exact_o = !recent_i && address == key_i.src && key4[56:32] == {key_i.sport, is_v6_i, key_i.proto} &&
            (answer_i || ({key1, key0} == key_i.dst && key4[15:0] == key_i.dport));
      end else begin
        exact_o = {key1, key0} == key_i.src && {key3, key2} == key_i.dst &&
            key4[40:0] == {is_v6_i, key_i.proto, key_i.dport, key_i.sport};
      end
    end
  end

  assign server_port_o = ExactKeys ? key4[56:41] : (found_o ? key_i.dport : 16'd0);
  always_comb begin
    key_o = '0;
    if (ExactKeys && found_o && (reverse_i || fetch_i)) key_o = {key4, key3, key2, key1, key0};
  end

endmodule
