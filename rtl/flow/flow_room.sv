// SPDX-License-Identifier: Apache-2.0
//
// flow_judge and flow_place at their times. Cycle 3: the entries are judged as the packets up to the last but one left
// them (hot3_i, cold3_i, high3_i). Cycle 4: the same rows (hot4_i, cold4_i, high4_i) with the write of the packet just
// ahead, which is judged beside them; the place.
module flow_room #(
    parameter int unsigned Banks = 4,
    parameter int unsigned Ways = 4,
    localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned Slots = Banks * Ways,
    localparam int unsigned SlotW = (Slots > 1) ? $clog2(Slots) : 1
) (
    input logic clk_i,
    input logic [1:0] scrub_mode_i,
    input logic [11:0] scrub_arg_i,

    // Cycle 3.
    input logic look3_i,  // a packet that may open a connection
    input logic scrub3_i,
    input logic [23:0] age3_i,
    input logic [23:0] forward3_i,
    input logic [9:0] virtual3_i,
    input logic [Slots*64-1:0] hot3_i,
    input logic [Slots*32-1:0] cold3_i,
    input logic [Slots*4-1:0] high3_i,

    // Cycle 4.
    input logic place_i,
    input logic scrub_i,
    input logic [23:0] age_i,
    input logic [23:0] forward_i,
    input logic [9:0] virtual_i,
    input logic [Slots*64-1:0] hot4_i,
    input logic [Slots*32-1:0] cold4_i,
    input logic [Slots*4-1:0] high4_i,
    input logic last_i,
    input logic [BankW-1:0] last_bank_i,
    input logic [WayW-1:0] last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
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

  logic [Slots-1:0] live3, half3, own3, twin3, nat3, scrub3;
  flow_judge #(
      .Slots(Slots)
  ) u_judge (
      .place_i(look3_i),
      .scrub_i(scrub3_i),
      .scrub_mode_i,
      .scrub_arg_i,
      .age_i(age3_i),
      .forward_i(forward3_i),
      .virtual_i(virtual3_i),
      .hot_i(hot3_i),
      .cold_i(cold3_i),
      .high_i(high3_i),
      .live_o(live3),
      .half_o(half3),
      .own_o(own3),
      .twin_o(twin3),
      .nat_o(nat3),
      .scrub_o(scrub3)
  );

  logic [Slots-1:0] live4_q, half4_q, own4_q, twin4_q, nat4_q, scrub4_q;
  always_ff @(posedge clk_i) begin
    if (look3_i || scrub3_i) begin
      live4_q  <= live3;
      half4_q  <= half3;
      own4_q   <= own3;
      twin4_q  <= twin3;
      nat4_q   <= nat3;
      scrub4_q <= scrub3;
    end
  end

  logic last_live, last_half, last_own, last_twin, last_nat, last_scrub;
  flow_judge #(
      .Slots(1)
  ) u_last (
      .place_i(last_i),
      .scrub_i,
      .scrub_mode_i,
      .scrub_arg_i,
      .age_i,
      .forward_i,
      .virtual_i,
      .hot_i(last_hot_i),
      .cold_i(last_cold_i[31:0]),
      .high_i(last_cold_i[35:32]),
      .live_o(last_live),
      .half_o(last_half),
      .own_o(last_own),
      .twin_o(last_twin),
      .nat_o(last_nat),
      .scrub_o(last_scrub)
  );

  flow_place #(
      .Banks(Banks),
      .Ways (Ways)
  ) u_place (
      .place_i,
      .scrub_i,
      .hot_i(hot4_i),
      .cold_i(cold4_i),
      .high_i(high4_i),
      .live_i(live4_q),
      .half_i(half4_q),
      .own_i(own4_q),
      .twin_i(twin4_q),
      .nat_slots_i(nat4_q),
      .scrub_slots_i(scrub4_q),
      .last_i,
      .last_bank_i,
      .last_way_i,
      .last_hot_i,
      .last_cold_i,
      .last_live_i(last_live),
      .last_half_i(last_half),
      .last_own_i(last_own),
      .last_twin_i(last_twin),
      .last_nat_i(last_nat),
      .last_scrub_i(last_scrub),
      .keep_i,
      .keep_bank_i,
      .keep_way_i,
      .mirror_i,
      .second_i,
      .reverse1_i,
      .reverse2_i,
      .start_i,
      .evict_i,
      .evict_own_i,
      .alias_o,
      .room_o,
      .taken_o,
      .bank_o,
      .way_o,
      .entry_o,
      .live_o
  );

endmodule
