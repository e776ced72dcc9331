// SPDX-License-Identifier: Apache-2.0
//
// What the lookup means for a packet: the first match over all banks, whether it is the packet's own entry, and what
// follows from it: nothing, a new state, a close, a drop, or a new entry. Combinational; all outputs 0 without look_i.
//
// hit_o: bank_o, way_o, hot_o, cold_o are the entry. new_o: a member must be chosen; lone_o: only that, without an entry
// (a RST or FIN of an unknown connection); in_place_o: the new entry takes the place of the one hit, which closes with
// cause_o. close_o: the entry is freed with cause_o. update_o: its state becomes state_o. reason_o: drop, if not 0.
// accept_existing_i answers member_o. flags_i: ACK, RST, SYN, FIN.
module flow_hit #(
    parameter int unsigned Banks = 4,
    parameter int unsigned WayW = 2,
    localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1
) (
    input logic look_i,
    input logic reverse_i,
    input logic [2:0] l4_i,
    input logic [3:0] flags_i,
    input logic loose_i,
    input logic on_down_drop_i,

    input logic [Banks-1:0] found_i,
    input logic [Banks-1:0] exact_i,
    input logic [Banks*WayW-1:0] way_i,
    input logic [Banks*64-1:0] hot_i,
    input logic [Banks*36-1:0] cold_i,

    output logic [11:0] member_o,
    input  logic accept_existing_i,

    output logic hit_o,
    output logic [BankW-1:0] bank_o,
    output logic [WayW-1:0] way_o,
    output logic [63:0] hot_o,
    output logic [35:0] cold_o,

    output logic new_o,
    output logic lone_o,
    output logic in_place_o,
    output logic close_o,
    output logic [2:0] cause_o,
    output logic update_o,
    output logic [2:0] state_o,
    output logic [7:0] reason_o
);

  // The entry.
  always_comb begin
    hit_o = 1'b0;
    bank_o = '0;
    way_o = '0;
    hot_o = 64'd0;
    cold_o = 36'd0;
    if (look_i && found_i != '0) begin
      for (int unsigned b = Banks; b > 0; b--) begin
        if (found_i[b-1]) begin
          bank_o = BankW'(b - 1);
          hit_o  = exact_i[b-1];
          way_o  = way_i[(b-1)*WayW+:WayW];
          hot_o  = hot_i[(b-1)*64+:64];
          cold_o = cold_i[(b-1)*36+:36];
        end
      end
    end
  end
  assign member_o = cold_o[35:24];

  logic ack;
  logic rst;
  logic syn;
  logic fin;
  logic tcp;
  logic error;
  assign {ack, rst, syn, fin} = flags_i;
  assign tcp = l4_i == sluice_pkg::L4_KIND_TCP;
  assign error = l4_i == sluice_pkg::L4_KIND_ICMP_ERROR;

  always_comb begin
    state_o = hot_o[2:0];
    unique case (hot_o[2:0])
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
  end

  logic first_syn;
  logic closing;
  assign first_syn = tcp && syn && !ack;
  assign closing = hot_o[2:0] == sluice_pkg::FLOW_STATE_CLOSING_CLIENT ||
      hot_o[2:0] == sluice_pkg::FLOW_STATE_CLOSING_SERVER || hot_o[2:0] == sluice_pkg::FLOW_STATE_CLOSING;

  always_comb begin
    new_o = 1'b0;
    lone_o = 1'b0;
    in_place_o = 1'b0;
    close_o = 1'b0;
    cause_o = sluice_pkg::CLOSE_CAUSE_NONE;
    update_o = 1'b0;
    reason_o = sluice_pkg::DROP_REASON_NONE;
    if (look_i) begin
      if (hit_o) begin
        if (!reverse_i && !accept_existing_i) begin
          if (error) begin
            reason_o = sluice_pkg::DROP_REASON_MEMBER_DOWN;
          end else begin
            cause_o = sluice_pkg::CLOSE_CAUSE_MEMBER_DOWN;
            if (on_down_drop_i || (tcp && (rst || fin))) begin
              close_o  = 1'b1;
              reason_o = sluice_pkg::DROP_REASON_MEMBER_DOWN;
            end else begin
              new_o = 1'b1;
              in_place_o = 1'b1;
            end
          end
        end else if (!reverse_i && first_syn && closing) begin
          new_o = 1'b1;
          in_place_o = 1'b1;
          cause_o = sluice_pkg::CLOSE_CAUSE_REUSE;
        end else if (tcp && rst) begin
          close_o = 1'b1;
          cause_o = sluice_pkg::CLOSE_CAUSE_RESET;
        end else begin
          update_o = !error;
        end
      end else if (reverse_i) begin
        reason_o = sluice_pkg::DROP_REASON_NO_VIRTUAL;
      end else if (error || (tcp && !first_syn && !loose_i)) begin
        reason_o = sluice_pkg::DROP_REASON_NO_CONNECTION;
      end else begin
        new_o  = 1'b1;
        lone_o = tcp && (rst || fin) && !first_syn;
      end
    end
  end

endmodule
