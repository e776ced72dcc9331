// SPDX-License-Identifier: Apache-2.0
//
// Back of the connection table: the packet's result and the event.
//
// Cycle 4: the decision. Cycle 5: the next hop's place arrives from the member table, or, for reverse packets, from the
// client neighbours kept here; event_o. Cycle 6: routed_o. Packets that were not looked up keep verdict, reason, cause,
// direction, virtual and mode of classify; all else is 0. Fields of the next hop are 0 for packets not forwarded.
//
// routed_o.port of a forward ICMP error is the entry's server_port, which is never "keep".
//
// Client neighbours follow writes to the table virtual on the bus, which another stage acknowledges.
module flow_result #(
    parameter int unsigned Virtuals = 1024,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,
    input logic rst_i,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input sluice_pkg::virtual_row_t tbl_wdata_i,

    // Cycle 4.
    input logic valid_i,
    input logic look_i,
    input sluice_pkg::classified_t classified_i,
    input logic bank_i,
    input logic is_v6_i,
    input logic error_i,
    input logic [15:0] entropy_i,
    input logic [23:0] age_i,
    input logic hit_i,
    input logic [9:0] hit_virtual_i,
    input logic [1:0] verdict_i,
    input logic [7:0] reason_i,
    input logic [2:0] result_i,
    input logic has_member_i,
    input logic [11:0] member_i,
    input logic hit_fullnat_i,
    input logic [15:0] hit_server_port_i,
    input logic [KeyW-1:0] hit_key_i,

    input logic [127:0] source_address_i,
    input logic [15:0] source_port_i,

    input logic [2:0] event_enable_i,
    input logic opened_i,
    input logic closed_i,
    input logic [2:0] cause_i,
    input logic [9:0] closed_virtual_i,
    input logic [11:0] closed_member_i,
    input logic [19:0] slot_i,

    // Cycle 5: the member's {port, neighbor, is_v6, address}.
    input logic [154:0] final_i,

    output logic valid_o,
    output sluice_pkg::routed_t routed_o,
    output logic event_valid_o,
    output sluice_pkg::event_t event_o
);

  localparam int unsigned VirtualW = (Virtuals > 1) ? $clog2(Virtuals) : 1;

  // Client neighbours, both banks.
  logic [9:0] neighbors[2 * Virtuals];
`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < 2 * Virtuals; i++) neighbors[i] = 10'd0;
  end
`endif
  always_ff @(posedge clk_i) begin
    if (tbl_valid_i && tbl_write_i && tbl_id_i == sluice_pkg::TABLE_VIRTUAL && {12'd0, tbl_row_i} < Virtuals)
      neighbors[{tbl_bank_i, tbl_row_i[VirtualW-1:0]}] <= tbl_wdata_i.client_neighbor;
  end

  // Cycle 4 to 5.
  logic reverse;
  logic returning;
  logic [127:0] virtual_address;
  logic [15:0] virtual_port;
  logic [2:0] mode;
  assign reverse = classified_i.direction == sluice_pkg::DIRECTION_REVERSE;
  assign returning = look_i && reverse && hit_i;
  assign virtual_address = hit_key_i[sluice_pkg::TUPLE_DST_LSB+:128];
  assign virtual_port = hit_key_i[sluice_pkg::TUPLE_DPORT_LSB+:16];
  always_comb begin
    mode = classified_i.mode;
    if (returning) mode = hit_fullnat_i ? sluice_pkg::VIRTUAL_MODE_FULLNAT : sluice_pkg::VIRTUAL_MODE_NAT;
  end

  logic valid5_q;
  logic placed5_q;
  logic returning5_q;
  logic error5_q;
  logic is_v6_5_q;
  logic [47:0] head5_q;
  logic [15:0] entropy5_q;
  always_ff @(posedge clk_i) valid5_q <= valid_i && !rst_i;
  always_ff @(posedge clk_i) begin
    if (look_i) begin
      placed5_q <= verdict_i == sluice_pkg::VERDICT_FORWARD;
      returning5_q <= reverse;
      error5_q <= error_i && hit_i;
      is_v6_5_q <= is_v6_i;
      entropy5_q <= entropy_i;
    end else if (valid_i) begin
      placed5_q  <= 1'b0;
      entropy5_q <= 16'd0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (look_i) begin
      head5_q <= {
        closed_i ? cause_i : sluice_pkg::CLOSE_CAUSE_NONE,
        result_i,
        mode,
        member_i,
        has_member_i,
        returning ? hit_virtual_i : classified_i.virtual_id,
        returning || classified_i.has_virtual,
        classified_i.direction,
        sluice_pkg::PUNT_CAUSE_NONE,
        reason_i,
        verdict_i
      };
    end else if (valid_i) begin
      head5_q <= {
        6'd0,
        classified_i.mode,
        13'd0,
        classified_i.virtual_id,
        classified_i.has_virtual,
        classified_i.direction,
        classified_i.cause,
        classified_i.reason,
        classified_i.verdict
      };
    end
  end

  logic [127:0] address5_q;
  logic [15:0] port5_q;
  logic [9:0] neighbor5_q;
  logic fullnat5_q;
  logic [143:0] peer5_q;  // {port, address}
  always_ff @(posedge clk_i) begin
    if (returning) begin
      address5_q <= virtual_address;
      neighbor5_q <= neighbors[{bank_i, hit_virtual_i[VirtualW-1:0]}];
    end
  end
  always_ff @(posedge clk_i) begin
    if (returning) port5_q <= virtual_port;
    else if (look_i && error_i) port5_q <= hit_server_port_i;
  end

  always_ff @(posedge clk_i) begin
    if (look_i) fullnat5_q <= mode == sluice_pkg::VIRTUAL_MODE_FULLNAT;
  end
  always_ff @(posedge clk_i) begin
    if (look_i && mode == sluice_pkg::VIRTUAL_MODE_FULLNAT) begin
      if (reverse) peer5_q <= {hit_key_i[sluice_pkg::TUPLE_SPORT_LSB+:16], hit_key_i[sluice_pkg::TUPLE_SRC_LSB+:128]};
      else peer5_q <= {source_port_i, source_address_i};
    end
  end

  // Cycle 5 to 6.
  logic [143:0] peer5;
  assign peer5 = fullnat5_q ? peer5_q : 144'd0;
  logic valid6_q;
  always_ff @(posedge clk_i) valid6_q <= valid5_q && !rst_i;
  always_ff @(posedge clk_i) begin
    if (valid5_q) begin
      if (!placed5_q) routed_o <= {144'd0, entropy5_q, 155'd0, head5_q};
      else if (returning5_q) routed_o <= {peer5, entropy5_q, port5_q, is_v6_5_q, address5_q, neighbor5_q, head5_q};
      else routed_o <= {peer5, entropy5_q, error5_q ? port5_q : final_i[154:139], final_i[128:0], final_i[138:129], head5_q};
    end
  end
  assign valid_o = valid6_q;

  // The event: parts that firmware asked for.
  logic report_opened;
  logic report_closed;
  logic report_failed;
  assign report_opened = opened_i && event_enable_i[0];
  assign report_closed = closed_i && event_enable_i[1];
  assign report_failed = look_i && result_i >= sluice_pkg::FLOW_RESULT_UNTRACKED_ALIAS && event_enable_i[2];
  always_ff @(posedge clk_i) begin
    event_valid_o <= (report_opened || report_closed || report_failed) && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (report_opened || report_closed || report_failed) begin
      event_o <= {
        age_i,
        (report_opened || report_closed) ? slot_i : 20'd0,
        report_closed ? closed_member_i : 12'd0,
        report_closed ? closed_virtual_i : 10'd0,
        (report_opened || report_failed) ? member_i : 12'd0,
        (report_opened || report_failed) ? classified_i.virtual_id : 10'd0,
        report_closed ? cause_i : 3'd0,
        report_failed ? result_i : 3'd0,
        report_opened
      };
    end
  end

  logic unused;
  assign unused = &{1'b0, classified_i, tbl_wdata_i, hit_key_i, hit_virtual_i};

endmodule
