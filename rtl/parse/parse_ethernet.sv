// SPDX-License-Identifier: Apache-2.0
//
// Ethernet: MAC filter, VLAN tags, ethertype (docs/data-plane.md, section 3, steps 1 to 3).
//
// LATENCY 1. l3_o is the window from the IP header on, so that later stages find IP fields at fixed places; it, is_v6_o
// and l3_room_o (bytes of the frame from the IP header on) hold only if ruling_o is 0 and direct_o is not set.
// l3_offset_o is 0 if the tags were not passed.
module parse_ethernet (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input logic [2:0] port_i,
    input logic [2:0] cpu_dest_i,
    input logic [13:0] len_i,
    input logic [8*sluice_pkg::WINDOW_BYTES-1:0] window_i,
    input logic [sluice_pkg::PORT_ROWS*sluice_pkg::PORT_ROW_W-1:0] port_rows_i,

    output logic valid_o,
    output logic [parse_pkg::RULING_W-1:0] ruling_o,
    output logic direct_o,
    output logic is_v6_o,
    output logic [4:0] l3_offset_o,
    output logic [13:0] l3_room_o,
    output logic [parse_pkg::L3_W-1:0] l3_o
);

  // Ethertypes as they stand in the window, first byte low.
  localparam logic [15:0] TYPE_IPV4 = 16'h0008;
  localparam logic [15:0] TYPE_ARP = 16'h0608;
  localparam logic [15:0] TYPE_IPV6 = 16'hdd86;

  function automatic is_tag(input [15:0] ethertype);
    is_tag = ethertype == 16'h0081 || ethertype == 16'ha888;
  endfunction

  always_ff @(posedge clk_i) begin
    valid_o <= valid_i && !rst_i;
    if (valid_i) begin : work
      logic [sluice_pkg::PORT_ROW_W-1:0] row;
      logic [15:0] ethertype;
      logic [4:0] offset;  // 0: tags too deep, or cut
      row = port_rows_i[sluice_pkg::PORT_ROW_W * 32'(port_i) +: sluice_pkg::PORT_ROW_W];

      ethertype = window_i[96 +: 16];
      offset = 5'd14;
      if (!is_tag(ethertype)) begin
        l3_o <= window_i[112 +: parse_pkg::L3_W];
      end else if (!is_tag(window_i[128 +: 16])) begin
        ethertype = window_i[128 +: 16];
        offset = (len_i >= 14'd18) ? 5'd18 : 5'd0;
        l3_o <= {32'd0, window_i[1023:144]};
      end else begin
        ethertype = window_i[160 +: 16];
        offset = (len_i >= 14'd22 && !is_tag(ethertype)) ? 5'd22 : 5'd0;
        l3_o <= {64'd0, window_i[1023:176]};
      end

      ruling_o <= '0;
      direct_o <= 1'b0;
      is_v6_o <= ethertype == TYPE_IPV6;
      l3_offset_o <= offset;
      l3_room_o <= len_i - {9'd0, offset};
      if (port_i == sluice_pkg::CPU_PORT && cpu_dest_i != sluice_pkg::PORT_NONE) begin
        direct_o <= 1'b1;
        l3_offset_o <= '0;
      end else if (row[sluice_pkg::PORT_ROW_MAC_FILTER_LSB] && !window_i[0] &&
                   window_i[47:0] != row[sluice_pkg::PORT_ROW_MAC_LSB +: 48]) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_NOT_OUR_MAC);
        l3_offset_o <= '0;
      end else if (offset == '0) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_VLAN_DEPTH);
      end else if (ethertype == TYPE_ARP) begin
        ruling_o <= parse_pkg::punt(sluice_pkg::PUNT_CAUSE_ARP);
      end else if (ethertype != TYPE_IPV4 && ethertype != TYPE_IPV6) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_UNKNOWN_ETHERTYPE);
      end
    end
  end

  // The source MAC is nobody's business.
  logic unused;
  assign unused = &{1'b0, window_i[95:48]};

endmodule
