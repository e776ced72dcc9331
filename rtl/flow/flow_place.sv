// SPDX-License-Identifier: Apache-2.0
//
// The rows of a packet as seen by a new entry, or by the scrub engine. Combinational; with neither all outputs are 0.
//
// place_i: alias_o: a live entry has the new one's forward digest, or (nat_i, and nat of the entry) its reverse digest;
// with keep_i the slot keep_bank_i, keep_way_i (replaced in place) raises no alias. room_o: there is a free or dead way:
// the first one of the bank that has most of them; else taken_o: there is a half_open entry, the first one in slot order
// from slot start_i on and around. With evict_i there is no room, and dead half_open entries are as good as live ones;
// with evict_own_i only those of virtual_i are.
// scrub_i: taken_o: the first entry that scrub_mode_i selects. entry_o is {reverse digest, member, virtual, state} of the
// place, live_o whether it is live.
//
// last_*, prev_*: ways that were written after the rows were read, the last write first. Words as in flow_table.
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
    input logic [1:0] scrub_mode_i,
    input logic [11:0] scrub_arg_i,

    input logic [Slots*64-1:0] hot_i,
    input logic [Slots*32-1:0] cold_i,
    input logic [Slots*4-1:0] high_i,
    input logic last_i,
    input logic [BankW-1:0] last_bank_i,
    input logic [WayW-1:0] last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
    input logic prev_i,
    input logic [BankW-1:0] prev_bank_i,
    input logic [WayW-1:0] prev_way_i,
    input logic [63:0] prev_hot_i,
    input logic [35:0] prev_cold_i,
    input logic [23:0] age_i,

    input logic keep_i,
    input logic [BankW-1:0] keep_bank_i,
    input logic [WayW-1:0] keep_way_i,
    input logic [23:0] forward_i,
    input logic nat_i,
    input logic [23:0] reverse_i,
    input logic [SlotW-1:0] start_i,
    input logic evict_i,
    input logic evict_own_i,
    input logic [9:0] virtual_i,

    output logic alias_o,
    output logic room_o,
    output logic taken_o,
    output logic [BankW-1:0] bank_o,
    output logic [WayW-1:0] way_o,
    output logic [48:0] entry_o,
    output logic live_o
);

  localparam logic [2:0] FREE = sluice_pkg::FLOW_STATE_FREE;
  localparam logic [2:0] HALF_OPEN = sluice_pkg::FLOW_STATE_HALF_OPEN;
  localparam int unsigned CountW = $clog2(Ways + 1);

  function automatic selects(input logic [1:0] mode, input logic [11:0] argument, input logic [11:0] member,
                             input logic [9:0] virtual_id, input logic live);
    unique case (mode)
      sluice_pkg::SCRUB_MODE_EXPIRED: selects = !live;
      sluice_pkg::SCRUB_MODE_MEMBER: selects = member == argument;
      sluice_pkg::SCRUB_MODE_VIRTUAL: selects = {2'd0, virtual_id} == argument;
      default: selects = 1'b1;
    endcase
  endfunction

  logic [63:0] hot;
  logic [35:0] cold;
  logic live;
  logic chosen;
  logic [CountW-1:0] open;
  logic [CountW-1:0] most;
  logic [WayW-1:0] first_way;
  logic [48:0] first_entry;
  logic from_start;
  logic first_any;
  logic [BankW+WayW+49:0] place;  // {bank, way, live, entry}
  logic [BankW+WayW+49:0] place_from;
  logic [BankW+WayW+49:0] place_any;

  always_comb begin
    alias_o = 1'b0;
    room_o = 1'b0;
    taken_o = 1'b0;
    bank_o = '0;
    way_o = '0;
    entry_o = 49'd0;
    live_o = 1'b0;
    hot = 64'd0;
    cold = 36'd0;
    live = 1'b0;
    chosen = 1'b0;
    open = '0;
    most = '0;
    first_way = '0;
    first_entry = 49'd0;
    from_start = 1'b0;
    first_any = 1'b0;
    place = '0;
    place_from = '0;
    place_any = '0;
    if (place_i || scrub_i) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        open = '0;
        for (int unsigned w = 0; w < Ways; w++) begin
          hot  = hot_i[(b*Ways+w)*64+:64];
          cold = {high_i[(b*Ways+w)*4+:4], cold_i[(b*Ways+w)*32+:32]};
          if (last_i && last_bank_i == BankW'(b) && last_way_i == WayW'(w)) begin
            hot  = last_hot_i;
            cold = last_cold_i;
          end else if (prev_i && prev_bank_i == BankW'(b) && prev_way_i == WayW'(w)) begin
            hot  = prev_hot_i;
            cold = prev_cold_i;
          end
          live   = (age_i - hot[63:40]) >= 24'h800000 && hot[2:0] != FREE;
          chosen = 1'b0;
          if (scrub_i) begin
            chosen = hot[2:0] != FREE &&
                selects(scrub_mode_i, scrub_arg_i, {cold[35:32], cold[7:0]}, {hot[39:32], hot[7:6]}, live);
          end else begin
            chosen = hot[2:0] == HALF_OPEN && (live || evict_i) &&
                (!evict_own_i || {hot[39:32], hot[7:6]} == virtual_i);
          end
          if (!scrub_i && live) begin
            if ((hot[31:8] == forward_i || (nat_i && hot[3] && cold[31:8] == reverse_i)) &&
                !(keep_i && keep_bank_i == BankW'(b) && keep_way_i == WayW'(w))) begin
              alias_o = 1'b1;
            end
          end else if (!scrub_i && !evict_i) begin
            if (open == '0) begin
              first_way   = WayW'(w);
              first_entry = {cold[31:8], cold[35:32], cold[7:0], hot[39:32], hot[7:6], hot[2:0]};
            end
            open = open + CountW'(1);
          end
          place = {BankW'(b), WayW'(w), live, cold[31:8], cold[35:32], cold[7:0], hot[39:32], hot[7:6], hot[2:0]};
          if (chosen) begin
            if (!from_start && (scrub_i || SlotW'(b * Ways + w) >= start_i)) begin
              from_start = 1'b1;
              place_from = place;
            end
            if (!first_any) begin
              first_any = 1'b1;
              place_any = place;
            end
          end
        end
        if (open > most) begin
          most = open;
          room_o = 1'b1;
          bank_o = BankW'(b);
          way_o = first_way;
          entry_o = first_entry;
        end
      end
      // An open way anywhere goes before the choice.
      if (!room_o) begin
        taken_o = first_any;
        {bank_o, way_o, live_o, entry_o} = from_start ? place_from : place_any;
      end
    end
  end

  // The timer profile does not matter here.
  logic unused;
  assign unused = &{1'b0, hot[5:4]};

endmodule
