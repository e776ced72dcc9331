// SPDX-License-Identifier: Apache-2.0
//
// The table bus of flow and dispatch: one request at a time, answered by the owner of the table.
//
// A request for pool, ring, member, connection_policer, the connection counters or the sources of full NAT goes out as a one-cycle start (one
// bit per table) and is acknowledged two cycles later; a read of the connection table waits for a cycle without a
// packet and comes back with fetch_done_i. Rows that do not exist read 0 and ignore writes, as do writes to tables that
// the pipeline writes. Free slots of the connection table read 0.
module flow_bus #(
    parameter int unsigned Pools = 1024,
    parameter int unsigned Members = 4096,
    parameter int unsigned Virtuals = 1024,
    parameter int unsigned RingLog2 = 20,
    parameter int unsigned SlotsLog2 = 20,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,
    input logic rst_i,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic [19:0] tbl_row_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o,

    output logic pool_start_o,
    output logic ring_start_o,
    output logic member_start_o,
    output logic policer_start_o,
    output logic virtual_counts_start_o,
    output logic member_counts_start_o,
    output logic snat_start_o,
    output logic fetch_start_o,
    input logic [sluice_pkg::POOL_ROW_W-1:0] dispatch_rdata_i,
    input logic [sluice_pkg::MEMBER_ROW_W-1:0] member_rdata_i,
    input logic [71:0] policer_rdata_i,
    input logic [63:0] counts_rdata_i,
    input logic [sluice_pkg::SNAT_ADDRESS_ROW_W-1:0] snat_rdata_i,

    input logic fetch_done_i,
    input logic [63:0] fetch_hot_i,
    input logic [35:0] fetch_cold_i,
    input logic [KeyW-1:0] fetch_key_i
);

  // Which table, and whether the row exists.
  logic own;
  logic exists;
  logic fetch;
  logic [20:0] depth;
  always_comb begin
    own   = 1'b0;
    fetch = 1'b0;
    depth = 21'd0;
    if (tbl_valid_i) begin
      own = 1'b1;
      unique case (tbl_id_i)
        sluice_pkg::TABLE_POOL: depth = 21'(Pools);
        sluice_pkg::TABLE_RING: depth = 21'(1 << RingLog2);
        sluice_pkg::TABLE_MEMBER: depth = 21'(Members);
        sluice_pkg::TABLE_CONNECTION_POLICER: depth = 21'(Virtuals);
        sluice_pkg::TABLE_FLOW_TAG, sluice_pkg::TABLE_FLOW_KEY: begin
          depth = 21'(1 << SlotsLog2);
          fetch = 1'b1;
        end
        sluice_pkg::TABLE_VIRTUAL_CONNECTIONS: depth = 21'(Virtuals);
        sluice_pkg::TABLE_MEMBER_CONNECTIONS: depth = 21'(Members);
        sluice_pkg::TABLE_SNAT_ADDRESS, sluice_pkg::TABLE_SNAT_PORTS: depth = 21'(sluice_pkg::SNAT_ADDRESS_ROWS);
        default: own = 1'b0;
      endcase
    end
  end
  assign exists = {1'b0, tbl_row_i} < depth;

  // One request: start, answer, acknowledge.
  logic busy_q;
  logic answer_q;
  logic ack_q;
  logic exists_q;
  logic start;
  assign start = own && !busy_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || ack_q) busy_q <= 1'b0;
    else if (start) busy_q <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    answer_q <= start && !(fetch && exists && !tbl_write_i) && !rst_i;
    ack_q <= (answer_q || fetch_done_i) && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (start) exists_q <= exists && !tbl_write_i;
  end

  logic go;
  assign go = start && exists;
  assign pool_start_o = go && tbl_id_i == sluice_pkg::TABLE_POOL;
  assign ring_start_o = go && tbl_id_i == sluice_pkg::TABLE_RING;
  assign member_start_o = go && tbl_id_i == sluice_pkg::TABLE_MEMBER;
  assign policer_start_o = go && tbl_id_i == sluice_pkg::TABLE_CONNECTION_POLICER;
  assign virtual_counts_start_o = go && !tbl_write_i && tbl_id_i == sluice_pkg::TABLE_VIRTUAL_CONNECTIONS;
  assign member_counts_start_o = go && !tbl_write_i && tbl_id_i == sluice_pkg::TABLE_MEMBER_CONNECTIONS;
  assign snat_start_o = go && (tbl_id_i == sluice_pkg::TABLE_SNAT_ADDRESS || tbl_id_i == sluice_pkg::TABLE_SNAT_PORTS);
  assign fetch_start_o = go && fetch && !tbl_write_i;

  // The rows of the connection table as firmware knows them.
  sluice_pkg::tuple_t key;
  sluice_pkg::flow_tag_row_t tag_row;
  sluice_pkg::flow_key_row_t key_row;
  assign key = fetch_key_i[sluice_pkg::TUPLE_W-1:0];
  assign tag_row = {
    fetch_hot_i[3],
    fetch_hot_i[5:4],
    fetch_cold_i[35:32],
    fetch_cold_i[7:0],
    fetch_hot_i[39:32],
    fetch_hot_i[7:6],
    fetch_cold_i[31:8],
    fetch_hot_i[31:8],
    fetch_hot_i[63:40],
    fetch_hot_i[2:0]
  };
  assign key_row = {
    key.dst, key.src, fetch_key_i[KeyW-1-:16], key.dport, key.sport, key.proto, fetch_key_i[sluice_pkg::TUPLE_W]
  };

  logic [383:0] rdata_q;
  always_ff @(posedge clk_i) begin
    if (fetch_done_i) begin
      if (fetch_hot_i[2:0] == sluice_pkg::FLOW_STATE_FREE) rdata_q <= '0;
      else if (tbl_id_i == sluice_pkg::TABLE_FLOW_TAG) rdata_q <= 384'(tag_row);
      else rdata_q <= 384'(key_row);
    end else if (answer_q && exists_q) begin
      unique case (tbl_id_i)
        sluice_pkg::TABLE_POOL, sluice_pkg::TABLE_RING: rdata_q <= 384'(dispatch_rdata_i);
        sluice_pkg::TABLE_MEMBER: rdata_q <= 384'(member_rdata_i);
        sluice_pkg::TABLE_CONNECTION_POLICER: rdata_q <= 384'(policer_rdata_i);
        sluice_pkg::TABLE_SNAT_ADDRESS, sluice_pkg::TABLE_SNAT_PORTS: rdata_q <= 384'(snat_rdata_i);
        default: rdata_q <= 384'(counts_rdata_i);
      endcase
    end else if (ack_q || rst_i) begin
      rdata_q <= '0;
    end
  end
  assign tbl_ack_o   = ack_q;
  assign tbl_rdata_o = rdata_q;

endmodule
