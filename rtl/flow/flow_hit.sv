// SPDX-License-Identifier: Apache-2.0
//
// What the lookup means for a packet: nothing, an update, a close, a drop, or a new entry. Combinational; all outputs
// are 0 without look_i.
//
// hit_i: entry_state_i is of the packet's own live entry. new_o: a member must be chosen; lone_o: only that, without an
// entry (a RST or FIN of an unknown connection); in_place_o: the new entry takes the place of the one hit, which closes
// with cause_o. close_o: the entry is freed with cause_o. update_o: it becomes what flow_next says. reason_o: drop, if not 0.
// flags_i: ACK, RST, SYN, FIN.
module flow_hit (
    input logic look_i,
    input logic reverse_i,
    input logic [2:0] l4_i,
    input logic [3:0] flags_i,
    input logic loose_i,
    input logic on_down_drop_i,

    input logic hit_i,
    input logic [2:0] entry_state_i,
    input logic accept_existing_i,

    output logic new_o,
    output logic lone_o,
    output logic in_place_o,
    output logic close_o,
    output logic [2:0] cause_o,
    output logic update_o,
    output logic [7:0] reason_o
);

  logic ack;
  logic rst;
  logic syn;
  logic fin;
  logic tcp;
  logic error;
  assign {ack, rst, syn, fin} = flags_i;
  assign tcp = l4_i == sluice_pkg::L4_KIND_TCP;
  assign error = l4_i == sluice_pkg::L4_KIND_ICMP_ERROR;

  logic first_syn;
  logic closing;
  assign first_syn = tcp && syn && !ack;
  assign closing = entry_state_i == sluice_pkg::FLOW_STATE_CLOSING_CLIENT ||
      entry_state_i == sluice_pkg::FLOW_STATE_CLOSING_SERVER || entry_state_i == sluice_pkg::FLOW_STATE_CLOSING;

  always_comb begin
    new_o = 1'b0;
    lone_o = 1'b0;
    in_place_o = 1'b0;
    close_o = 1'b0;
    cause_o = sluice_pkg::CLOSE_CAUSE_NONE;
    update_o = 1'b0;
    reason_o = sluice_pkg::DROP_REASON_NONE;
    if (look_i) begin
      if (hit_i) begin
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
        end else if (!error) begin
          update_o = 1'b1;
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
