// SPDX-License-Identifier: Apache-2.0
//
// The place of a new entry in the rows of a packet, or of the next entry to scrub. Combinational, in cycle 4; with
// neither place_i nor scrub_i all outputs are 0.
//
// The rows are hot_i, cold_i, high_i, judged by flow_judge (live_i and so on), but for the write of the packet just ahead,
// last_*, which has a judgement of its own (last_live_i and so on) and counts if last_i: it is in one of the rows.
//
// place_i: alias_o: a live entry has the new one's forward digest, or (mirror_i, and nat of the entry) its reverse
// digest, reverse1_i or (second_i) reverse2_i; with keep_i the slot keep_bank_i, keep_way_i (replaced in place) raises no alias.
// room_o: there is a free or dead way: the first one of the bank that has most of them; else taken_o: there is a
// half_open entry, the first one in slot order from slot start_i on and around. With evict_i there is no room, and dead
// half_open entries are as good as live ones; with evict_own_i only those of the packet's virtual are.
// scrub_i: taken_o: the first entry that is selected. entry_o is {reverse digest, member, virtual, state} of the place,
// live_o whether it is live. Words as in flow_table.
module flow_place #(
    parameter int unsigned Banks = 4,
    parameter int unsigned Ways = 4,
    localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned Slots = Banks * Ways,
    localparam int unsigned SlotW = (Slots > 1) ? $clog2(Slots) : 1
) (
    input logic place_i,
    input logic scrub_i,

    input logic [Slots*64-1:0] hot_i,
    input logic [Slots*32-1:0] cold_i,
    input logic [Slots*4-1:0] high_i,
    input logic [Slots-1:0] live_i,
    input logic [Slots-1:0] half_i,
    input logic [Slots-1:0] own_i,
    input logic [Slots-1:0] twin_i,
    input logic [Slots-1:0] nat_slots_i,
    input logic [Slots-1:0] scrub_slots_i,

    input logic last_i,
    input logic [BankW-1:0] last_bank_i,
    input logic [WayW-1:0] last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
    input logic last_live_i,
    input logic last_half_i,
    input logic last_own_i,
    input logic last_twin_i,
    input logic last_nat_i,
    input logic last_scrub_i,

    input logic keep_i,
    input logic [BankW-1:0] keep_bank_i,
    input logic [WayW-1:0] keep_way_i,
    input logic mirror_i,
    input logic second_i,
    input logic [23:0] reverse1_i,
    input logic [23:0] reverse2_i,
    input logic [SlotW-1:0] start_i,
    input logic evict_i,
    input logic evict_own_i,

    output logic alias_o,
    output logic room_o,
    output logic taken_o,
    output logic [BankW-1:0] bank_o,
    output logic [WayW-1:0] way_o,
    output logic [48:0] entry_o,
    output logic live_o
);

  localparam int unsigned CountW = $clog2(Ways + 1);

  // The entries as the packet ahead left them.
  logic [Slots-1:0] last;
  logic [Slots-1:0] live;
  logic [Slots-1:0] half;
  logic [Slots-1:0] own;
  logic [Slots-1:0] twin;
  logic [Slots-1:0] nat;
  logic [Slots-1:0] scrubs;
  logic active;
  assign active = place_i || scrub_i;
  always_comb begin
    last = '0;
    if (active && last_i) last[SlotW'(32'(last_bank_i) * Ways + 32'(last_way_i))] = 1'b1;
    live = (live_i & ~last) | (last & {Slots{last_live_i}});
    half = (half_i & ~last) | (last & {Slots{last_half_i}});
    own = (own_i & ~last) | (last & {Slots{last_own_i}});
    twin = (twin_i & ~last) | (last & {Slots{last_twin_i}});
    nat = (nat_slots_i & ~last) | (last & {Slots{last_nat_i}});
    scrubs = (scrub_slots_i & ~last) | (last & {Slots{last_scrub_i}});
  end

  // Aliases, for either candidate.
  logic [Slots-1:0] keep;
  logic [Slots-1:0] alias1;
  logic [Slots-1:0] alias2;
  logic [23:0] reverse;
  always_comb begin
    keep = '0;
    alias1 = '0;
    alias2 = '0;
    reverse = 24'd0;
    if (place_i) begin
      if (keep_i) keep[SlotW'(32'(keep_bank_i) * Ways + 32'(keep_way_i))] = 1'b1;
      alias1 = twin;
      alias2 = twin;
      if (mirror_i) begin
        for (int unsigned s = 0; s < Slots; s++) begin
          reverse = last[s] ? last_cold_i[31:8] : cold_i[s*32+8+:24];
          if (nat[s] && reverse == reverse1_i) alias1[s] = 1'b1;
          if (nat[s] && reverse == reverse2_i) alias2[s] = 1'b1;
        end
      end
    end
  end
  assign alias_o = second_i ? (alias2 & ~keep) != '0 : (alias1 & ~keep) != '0;

  // Open ways: the first of each bank, and the bank that has most.
  logic [Slots-1:0] open;
  logic [Banks*CountW-1:0] counts;
  logic [Banks*BankW-1:0] banks;
  logic [Banks*WayW-1:0] ways;
  assign open = (place_i && !evict_i) ? ~live : '0;
  always_comb begin
    counts = '0;
    banks  = '0;
    ways   = '0;
    if (place_i) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        banks[b*BankW+:BankW] = BankW'(b);
        for (int unsigned w = Ways; w > 0; w--) begin
          if (open[b*Ways+w-1]) begin
            counts[b*CountW+:CountW] = counts[b*CountW+:CountW] + CountW'(1);
            ways[b*WayW+:WayW] = WayW'(w - 1);
          end
        end
      end
      for (int unsigned step = 1; step < Banks; step = step * 2) begin
        for (int unsigned b = 0; b + step < Banks; b = b + 2 * step) begin
          if (counts[(b+step)*CountW+:CountW] > counts[b*CountW+:CountW]) begin
            counts[b*CountW+:CountW] = counts[(b+step)*CountW+:CountW];
            banks[b*BankW+:BankW] = banks[(b+step)*BankW+:BankW];
            ways[b*WayW+:WayW] = ways[(b+step)*WayW+:WayW];
          end
        end
      end
    end
  end
  assign room_o = counts[CountW-1:0] != '0;

  // Without: the first of those that may be taken, from the start on and at all.
  logic [Slots-1:0] chosen;
  logic [Slots-1:0] from;
  logic [Slots-1:0] among;
  logic [BankW-1:0] taken_bank;
  logic [WayW-1:0] taken_way;
  always_comb begin
    chosen = '0;
    from = '0;
    among = '0;
    taken_bank = '0;
    taken_way = '0;
    if (active) begin
      chosen = scrub_i ? scrubs : evict_own_i ? own : evict_i ? half : half & live;
      for (int unsigned s = 0; s < Slots; s++) from[s] = chosen[s] && (scrub_i || SlotW'(s) >= start_i);
      among = from != '0 ? from : chosen;
      for (int unsigned b = Banks; b > 0; b--) begin
        if (among[(b-1)*Ways+:Ways] != '0) begin
          taken_bank = BankW'(b - 1);
          for (int unsigned w = Ways; w > 0; w--) begin
            if (among[(b-1)*Ways+w-1]) taken_way = WayW'(w - 1);
          end
        end
      end
    end
  end

  // An open way anywhere goes before the choice.
  logic [SlotW-1:0] slot;
  logic fresh;
  logic [63:0] hot;
  logic [35:0] cold;
  always_comb begin
    taken_o = 1'b0;
    bank_o = '0;
    way_o = '0;
    slot = '0;
    fresh = 1'b0;
    hot = 64'd0;
    cold = 36'd0;
    entry_o = 49'd0;
    live_o = 1'b0;
    if (active) begin
      taken_o = !room_o && chosen != '0;
      bank_o = room_o ? banks[BankW-1:0] : taken_bank;
      way_o = room_o ? ways[WayW-1:0] : taken_way;
      slot = SlotW'(32'(bank_o) * Ways + 32'(way_o));
      for (int unsigned s = 0; s < Slots; s++) begin
        if (slot == SlotW'(s)) begin
          fresh = last[s];
          live_o = !room_o && taken_o && live[s];
          hot = hot_i[s*64+:64];
          cold = {high_i[s*4+:4], cold_i[s*32+:32]};
        end
      end
      if (fresh) begin
        hot  = last_hot_i;
        cold = last_cold_i;
      end
      if (room_o || taken_o) entry_o = {cold[31:8], cold[35:32], cold[7:0], hot[39:32], hot[7:6], hot[2:0]};
    end
  end

  // Expiry, digest and timer do not matter here.
  logic unused;
  assign unused = &{1'b0, hot};

endmodule
