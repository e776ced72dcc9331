// SPDX-License-Identifier: Apache-2.0
//
// What an entry becomes if a packet of its connection only passes: state_o, and expires_o by the timeout of that state
// and the timer profile of the entry; changed_o, one of them is not as it was. Combinational; all outputs are 0 without en_i.
//
// hot_i is a word as in flow_table; flags_i: ACK, RST, SYN, FIN.
module flow_next (
    input logic en_i,
    input logic reverse_i,
    input logic [2:0] l4_i,
    input logic [3:0] flags_i,
    input logic [23:0] age_i,
    input logic [551:0] timers_i,
    input logic [63:0] hot_i,
    output logic changed_o,
    output logic [23:0] expires_o,
    output logic [2:0] state_o
);
  /*verilator inline_module*/

  logic ack, syn, fin, tcp;
  assign ack = flags_i[3];
  assign syn = flags_i[1];
  assign fin = flags_i[0];
  assign tcp = l4_i == sluice_pkg::L4_KIND_TCP;

  // Timers stand in profiles of six.
  logic [2:0] kind;
  logic [4:0] timer;
  always_comb begin
    changed_o = 1'b0;
    expires_o = 24'd0;
    state_o = 3'd0;
    kind = 3'd0;
    timer = 5'd0;
    if (en_i) begin
      state_o = hot_i[2:0];
      unique case (hot_i[2:0])
        sluice_pkg::FLOW_STATE_HALF_OPEN, sluice_pkg::FLOW_STATE_ESTABLISHED:
        if (tcp && fin) begin
          state_o = reverse_i ? sluice_pkg::FLOW_STATE_CLOSING_SERVER : sluice_pkg::FLOW_STATE_CLOSING_CLIENT;
        end else if (tcp && !reverse_i && ack && !syn) begin
          state_o = sluice_pkg::FLOW_STATE_ESTABLISHED;
        end
        sluice_pkg::FLOW_STATE_CLOSING_CLIENT: if (tcp && fin && reverse_i) state_o = sluice_pkg::FLOW_STATE_CLOSING;
        sluice_pkg::FLOW_STATE_CLOSING_SERVER: if (tcp && fin && !reverse_i) state_o = sluice_pkg::FLOW_STATE_CLOSING;
        sluice_pkg::FLOW_STATE_ONE_WAY: if (reverse_i) state_o = sluice_pkg::FLOW_STATE_TWO_WAY;
        default: ;
      endcase
      unique case (state_o)
        sluice_pkg::FLOW_STATE_HALF_OPEN: kind = 3'd0;
        sluice_pkg::FLOW_STATE_ESTABLISHED: kind = 3'd1;
        sluice_pkg::FLOW_STATE_CLOSING: kind = 3'd3;
        sluice_pkg::FLOW_STATE_ONE_WAY: kind = 3'd4;
        sluice_pkg::FLOW_STATE_TWO_WAY: kind = 3'd5;
        default: kind = 3'd2;
      endcase
      timer = {3'd0, hot_i[5:4]} * 5'd6 + {2'd0, kind};
      expires_o = age_i + {1'b0, timers_i[timer*23+:23]};
      changed_o = {expires_o, state_o} != {hot_i[63:40], hot_i[2:0]};
    end
  end

  // Digest and virtual stay.
  logic unused;
  assign unused = &{1'b0, hot_i[39:6], hot_i[3], flags_i[2]};

endmodule
