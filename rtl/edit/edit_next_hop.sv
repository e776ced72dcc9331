// SPDX-License-Identifier: Apache-2.0
//
// The next hop: neighbour table (table 10), then TTL, neighbour, port and MTU, in this order (docs/data-plane.md,
// section 9, steps 1 to 4); for direct packets the port alone (section 3).
//
// LATENCY 2. Packets whose ruling is not 0 pass with it. edit_o: the packet goes out edited; only then the MAC
// addresses, tagged_o and vlan_o hold. port_o is the egress port: CPU_PORT for punts, PORT_NONE for drops.
// len_q_i: layer-3 length with the tunnel header, one cycle after the other inputs.
// Neighbours from NeighborRows on count as not valid.
module edit_next_hop #(
    parameter int unsigned NeighborRows = sluice_pkg::NEIGHBOR_ROWS
) (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input logic [edit_pkg::RULING_W-1:0] ruling_i,
    input logic direct_i,
    input logic [2:0] cpu_dest_i,
    input logic [9:0] neighbor_i,
    input logic [7:0] ttl_i,
    input logic [16:0] len_q_i,

    output logic [edit_pkg::RULING_W-1:0] ruling_o,
    output logic edit_o,
    output logic [2:0] port_o,
    output logic [47:0] dst_mac_o,
    output logic [47:0] src_mac_o,
    output logic tagged_o,
    output logic [11:0] vlan_o,

    input logic [sluice_pkg::PORT_ROWS*sluice_pkg::PORT_ROW_W-1:0] port_rows_i,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o
);

  localparam int unsigned RowW = (NeighborRows > 1) ? $clog2(NeighborRows) : 1;

  logic exists;
  logic routed;
  assign exists = {22'd0, neighbor_i} < NeighborRows;
  assign routed = valid_i && ruling_i == '0 && !direct_i;

  logic [sluice_pkg::NEIGHBOR_ROW_W-1:0] neighbor;
  csr_table #(
      .Id(sluice_pkg::TABLE_NEIGHBOR),
      .Width(sluice_pkg::NEIGHBOR_ROW_W),
      .Rows(NeighborRows)
  ) u_neighbors (
      .clk_i,
      .rst_i,
      .tbl_valid_i,
      .tbl_write_i,
      .tbl_id_i,
      .tbl_bank_i(1'b0),
      .tbl_row_i,
      .tbl_wdata_i,
      .tbl_ack_o,
      .tbl_rdata_o,
      .read_en_i(routed && exists),
      .read_bank_i(1'b0),
      .read_row_i(neighbor_i[RowW-1:0]),
      .read_data_o(neighbor)
  );

  // Stage 1, while the neighbour is read.
  logic valid_q;
  logic routed_q;
  logic [edit_pkg::RULING_W-1:0] ruling_q;
  logic direct_q;
  logic [2:0] cpu_dest_q;
  logic exists_q;
  logic expired_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    if (valid_i) begin
      routed_q <= routed;
      ruling_q <= ruling_i;
      direct_q <= direct_i;
      cpu_dest_q <= cpu_dest_i;
      exists_q <= exists;
      expired_q <= ttl_i <= 8'd1;
    end
  end

  // Stage 2: the checks.
  always_ff @(posedge clk_i) begin
    if (valid_q) begin : work
      logic [sluice_pkg::PORT_ROW_W-1:0] row;
      logic [2:0] port;
      logic [edit_pkg::RULING_W-1:0] ruling;
      port = direct_q ? cpu_dest_q : neighbor[sluice_pkg::NEIGHBOR_ROW_PORT_LSB +: 3];
      row = port_rows_i[sluice_pkg::PORT_ROW_W * 32'(port) +: sluice_pkg::PORT_ROW_W];

      ruling = ruling_q;
      if (routed_q && expired_q) begin
        ruling = {sluice_pkg::PUNT_CAUSE_TTL, sluice_pkg::DROP_REASON_NONE, sluice_pkg::VERDICT_PUNT};
      end else if (routed_q && !(exists_q && neighbor[sluice_pkg::NEIGHBOR_ROW_VALID_LSB])) begin
        ruling = {sluice_pkg::PUNT_CAUSE_NONE, sluice_pkg::DROP_REASON_NEIGHBOR_UNRESOLVED, sluice_pkg::VERDICT_DROP};
      end else if (ruling_q == '0 && (port >= sluice_pkg::CPU_PORT || !row[sluice_pkg::PORT_ROW_UP_LSB])) begin
        ruling = {sluice_pkg::PUNT_CAUSE_NONE, sluice_pkg::DROP_REASON_PORT_DOWN, sluice_pkg::VERDICT_DROP};
      end else if (routed_q && len_q_i > {3'd0, row[sluice_pkg::PORT_ROW_MTU_LSB +: sluice_pkg::PORT_ROW_MTU_W]}) begin
        ruling = {sluice_pkg::PUNT_CAUSE_MTU, sluice_pkg::DROP_REASON_NONE, sluice_pkg::VERDICT_PUNT};
      end

      ruling_o <= ruling;
      edit_o <= routed_q && ruling == '0;
      port_o <= (ruling == '0) ? port :
          (ruling[1:0] == sluice_pkg::VERDICT_PUNT) ? sluice_pkg::CPU_PORT : sluice_pkg::PORT_NONE;
      dst_mac_o <= neighbor[sluice_pkg::NEIGHBOR_ROW_MAC_LSB +: 48];
      src_mac_o <= row[sluice_pkg::PORT_ROW_MAC_LSB +: 48];
      tagged_o <= neighbor[sluice_pkg::NEIGHBOR_ROW_VLAN_TAGGED_LSB];
      vlan_o <= neighbor[sluice_pkg::NEIGHBOR_ROW_VLAN_LSB +: 12];
    end
  end

endmodule
