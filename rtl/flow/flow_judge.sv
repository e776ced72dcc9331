// SPDX-License-Identifier: Apache-2.0
//
// What flow_place has to know of entries, each by itself. Combinational; all outputs are 0 without place_i (for a packet) or
// scrub_i (for the scrub engine). Words as in flow_table.
//
// live_o: neither free nor at its end. half_o: half-open, live or not; own_o: and of virtual_i. twin_o: live, with the
// packet's forward digest. nat_o: live and of NAT, so that its reverse digest counts. scrub_o: scrub_mode_i selects it.
module flow_judge #(
    parameter int unsigned Slots = 16
) (
    input logic place_i,
    input logic scrub_i,
    input logic [1:0] scrub_mode_i,
    input logic [11:0] scrub_arg_i,
    input logic [23:0] age_i,
    input logic [23:0] forward_i,
    input logic [9:0] virtual_i,

    input logic [Slots*64-1:0] hot_i,
    input logic [Slots*32-1:0] cold_i,
    input logic [Slots*4-1:0] high_i,

    output logic [Slots-1:0] live_o,
    output logic [Slots-1:0] half_o,
    output logic [Slots-1:0] own_o,
    output logic [Slots-1:0] twin_o,
    output logic [Slots-1:0] nat_o,
    output logic [Slots-1:0] scrub_o
);
  /*verilator inline_module*/

  localparam logic [2:0] FREE = sluice_pkg::FLOW_STATE_FREE;
  localparam logic [2:0] HALF_OPEN = sluice_pkg::FLOW_STATE_HALF_OPEN;

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
  logic [9:0] virtual_id;
  logic live;
  always_comb begin
    live_o = '0;
    half_o = '0;
    own_o = '0;
    twin_o = '0;
    nat_o = '0;
    scrub_o = '0;
    hot = 64'd0;
    virtual_id = 10'd0;
    live = 1'b0;
    if (place_i || scrub_i) begin
      for (int unsigned s = 0; s < Slots; s++) begin
        hot = hot_i[s*64+:64];
        virtual_id = {hot[39:32], hot[7:6]};
        live = (age_i - hot[63:40]) >= 24'h800000 && hot[2:0] != FREE;
        live_o[s] = live;
        half_o[s] = hot[2:0] == HALF_OPEN;
        own_o[s] = hot[2:0] == HALF_OPEN && virtual_id == virtual_i;
        twin_o[s] = live && hot[31:8] == forward_i;
        nat_o[s] = live && hot[3];
        scrub_o[s] = scrub_i && hot[2:0] != FREE &&
            selects(scrub_mode_i, scrub_arg_i, {high_i[s*4+:4], cold_i[s*32+:8]}, virtual_id, live);
      end
    end
  end

  // The timer profile and the reverse digest do not matter here.
  logic unused;
  assign unused = &{1'b0, hot[5:4], cold_i};

endmodule
