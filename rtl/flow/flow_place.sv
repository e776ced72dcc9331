// SPDX-License-Identifier: Apache-2.0
//
// One bank's row as seen by a new entry, or by the scrub engine. Combinational; with neither all outputs are 0.
//
// place_i: alias_o: a live entry has the new one's forward digest, or (nat_i, and nat of the entry) its reverse digest;
// open_count_o ways are free or dead, open_way_o is the first of them; pick_o: there is a half_open entry, the first one
// is pick_way_o. *_entry_o: {member, virtual, state} of that way. With keep_i the way keep_way_i (replaced in place) raises no alias.
// scrub_i: pick_o is the first entry that scrub_mode_i selects.
//
// last_*: a way of the row that was written after the row was read. Words as in flow_bank.
module flow_place #(
    parameter int unsigned Ways = 4,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned CountW = $clog2(Ways + 1)
) (
    input logic place_i,
    input logic scrub_i,
    input logic [1:0] scrub_mode_i,
    input logic [11:0] scrub_arg_i,

    input logic [Ways*64-1:0] hot_i,
    input logic [Ways*36-1:0] cold_i,
    input logic last_i,
    input logic [WayW-1:0] last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
    input logic [23:0] age_i,

    input logic keep_i,
    input logic [WayW-1:0] keep_way_i,
    input logic [23:0] forward_i,
    input logic nat_i,
    input logic [23:0] reverse_i,

    output logic alias_o,
    output logic [CountW-1:0] open_count_o,
    output logic [WayW-1:0] open_way_o,
    output logic [24:0] open_entry_o,
    output logic pick_o,
    output logic [WayW-1:0] pick_way_o,
    output logic [24:0] pick_entry_o
);

  localparam logic [2:0] FREE = sluice_pkg::FLOW_STATE_FREE;
  localparam logic [2:0] HALF_OPEN = sluice_pkg::FLOW_STATE_HALF_OPEN;

  logic [63:0] hot;
  logic [35:0] cold;
  logic free;
  logic live;
  logic chosen;

  always_comb begin
    alias_o = 1'b0;
    open_count_o = '0;
    open_way_o = '0;
    open_entry_o = 25'd0;
    pick_o = 1'b0;
    pick_way_o = '0;
    pick_entry_o = 25'd0;
    hot = 64'd0;
    cold = 36'd0;
    free = 1'b0;
    live = 1'b0;
    chosen = 1'b0;
    if (place_i || scrub_i) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        hot  = hot_i[w*64+:64];
        cold = cold_i[w*36+:36];
        if (last_i && last_way_i == WayW'(w)) begin
          hot  = last_hot_i;
          cold = last_cold_i;
        end
        free = hot[2:0] == FREE;
        live = (age_i - hot[63:40]) >= 24'h800000 && !free;
        if (place_i) begin
          chosen = hot[2:0] == HALF_OPEN;
          if (live) begin
            if (!(keep_i && keep_way_i == WayW'(w)) &&
                (hot[39:16] == forward_i || (nat_i && hot[3] && cold[23:0] == reverse_i))) begin
              alias_o = 1'b1;
            end
          end else begin
            if (open_count_o == '0) begin
              open_way_o   = WayW'(w);
              open_entry_o = {cold[35:24], hot[15:6], hot[2:0]};
            end
            open_count_o = open_count_o + CountW'(1);
          end
        end else begin
          unique case (scrub_mode_i)
            sluice_pkg::SCRUB_MODE_EXPIRED: chosen = !free && !live;
            sluice_pkg::SCRUB_MODE_MEMBER:  chosen = !free && cold[35:24] == scrub_arg_i;
            sluice_pkg::SCRUB_MODE_VIRTUAL: chosen = !free && {2'd0, hot[15:6]} == scrub_arg_i;
            default:                        chosen = !free;
          endcase
        end
        if (chosen && !pick_o) begin
          pick_o = 1'b1;
          pick_way_o = WayW'(w);
          pick_entry_o = {cold[35:24], hot[15:6], hot[2:0]};
        end
      end
    end
  end

  // The timer profile does not matter here.
  logic unused;
  assign unused = &{1'b0, hot[5:4]};

endmodule
