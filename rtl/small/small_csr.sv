// SPDX-License-Identifier: Apache-2.0
//
// Registers and bus of the small profile; the map is in small_pkg.
//
// The user holds bus_valid_i with write, address and data until bus_ack_o (one cycle), then drops it for a cycle at least.
// Writes wait for a cycle of idle_i, between packets, reads of counters until no result is being counted.
// Reads of addresses without a register, and of memories that can only be written, give 0; writes to them do nothing.
`include "prim_assert.svh"

module small_csr (
    input logic clk_i,
    input logic rst_i,

    input logic bus_valid_i,
    input logic bus_write_i,
    input logic [15:0] bus_address_i,
    input logic [31:0] bus_wdata_i,
    output logic bus_ack_o,
    output logic [31:0] bus_rdata_o,

    output small_pkg::config_t config_o,
    output logic acl_we_o,
    output logic lookup_we_o,
    output logic ring_we_o,
    output logic [10:0] row_o,
    output logic [63:0] wdata_o,

    input logic idle_i,
    input logic [9:0] live_i,
    input logic [9:0] half_open_i,

    output logic counter_read_o,
    output logic [7:0] counter_row_o,
    input logic counter_ack_i,
    input logic [63:0] counter_i
);

  logic [3:0] space;
  logic [4:0] register_index;
  assign space = bus_address_i[15:12];
  assign register_index = bus_address_i[4:0];

  // An access takes effect in its first cycle; reads of counters take theirs.
  logic starts, counters;
  logic busy_q;
  assign counters = space == small_pkg::SPACE_COUNTERS && !bus_write_i;
  assign starts = bus_valid_i && !busy_q && !bus_ack_o && (idle_i || !bus_write_i);
  always_ff @(posedge clk_i) begin
    if (rst_i) busy_q <= 1'b0;
    else if (starts && counters) busy_q <= 1'b1;
    else if (counter_ack_i) busy_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) bus_ack_o <= 1'b0;
    else bus_ack_o <= (starts && !counters) || (busy_q && counter_ack_i);
  end
  assign counter_read_o = busy_q && !counter_ack_i;
  assign counter_row_o = bus_address_i[8:1];

  // Memories: the even word waits for the odd one.
  logic write, odd;
  logic [31:0] staged_q;
  assign write = starts && bus_write_i;
  assign odd = bus_address_i[0];
  always_ff @(posedge clk_i) begin
    if (write && !odd) staged_q <= bus_wdata_i;
  end
  assign wdata_o = {bus_wdata_i, staged_q};
  assign row_o = space == small_pkg::SPACE_RING ? bus_address_i[10:0] : {3'd0, bus_address_i[8:1]};
  assign acl_we_o = write && odd && space == small_pkg::SPACE_ACL;
  assign lookup_we_o = write && odd && space == small_pkg::SPACE_LOOKUP;
  assign ring_we_o = write && space == small_pkg::SPACE_RING;

  // Registers.
  logic register_write;
  logic [31:0] scratch_q;
  assign register_write = write && space == small_pkg::SPACE_REGISTERS;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      scratch_q <= '0;
      {config_o.acl_enable, config_o.punt_fragments, config_o.drop_options} <= '0;
      {config_o.port_up, config_o.mac_filter} <= '0;
      config_o.mtu <= 14'd1500;
      config_o.half_open_max <= '0;
    end else if (register_write) begin
      unique case (register_index)
        small_pkg::REG_SCRATCH: scratch_q <= bus_wdata_i;
        small_pkg::REG_CONTROL:
          {config_o.drop_options, config_o.punt_fragments, config_o.acl_enable} <= bus_wdata_i[2:0];
        small_pkg::REG_PORTS: begin
          config_o.port_up <= bus_wdata_i[4:0];
          config_o.mac_filter <= bus_wdata_i[12:8];
          config_o.mtu <= bus_wdata_i[29:16];
        end
        small_pkg::REG_HALF_OPEN_MAX: config_o.half_open_max <= bus_wdata_i[9:0];
        default: ;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (register_write) begin
      unique case (register_index)
        small_pkg::REG_MAC_LO: config_o.mac[31:0] <= bus_wdata_i;
        small_pkg::REG_MAC_HI: config_o.mac[47:32] <= bus_wdata_i[15:0];
        small_pkg::REG_HASH_KEY0: config_o.key0 <= bus_wdata_i;
        small_pkg::REG_HASH_KEY1: config_o.key1 <= bus_wdata_i;
        small_pkg::REG_HASH_KEY2: config_o.key2 <= bus_wdata_i;
        default: ;
      endcase
    end
  end

  logic [31:0] value;
  always_comb begin
    value = '0;
    if (space == small_pkg::SPACE_REGISTERS) begin
      unique case (register_index)
        small_pkg::REG_ID: value = small_pkg::ID;
        small_pkg::REG_SCRATCH: value = scratch_q;
        small_pkg::REG_CONTROL: value = {29'd0, config_o.drop_options, config_o.punt_fragments, config_o.acl_enable};
        small_pkg::REG_PORTS: value = {2'd0, config_o.mtu, 3'd0, config_o.mac_filter, 3'd0, config_o.port_up};
        small_pkg::REG_HALF_OPEN_MAX: value = {22'd0, config_o.half_open_max};
        small_pkg::REG_FLOW: value = {6'd0, half_open_i, 6'd0, live_i};
        default: ;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (starts && !bus_write_i) bus_rdata_o <= value;
    else if (counter_ack_i) bus_rdata_o <= odd ? counter_i[63:32] : counter_i[31:0];
  end

  logic unused;
  assign unused = &{1'b0, bus_address_i};

  `SLUICE_ASSERT(AckIsShort, !(bus_ack_o && busy_q))

endmodule
