// SPDX-License-Identifier: Apache-2.0
//
// The connection table: two banks of 128 rows with two ways, read slot by slot, and what a packet needs to know of the
// four slots of its rows (docs/data-plane.md, section 7; slot = bank * 2 + way). Keys are compared exactly.
//
// start_i begins a scan with header_i, forward_i, virtual_i, the rows and tick_i, which stay as they are until the packet
// is done. LATENCY 6: found_* and the summary are those of the scan from the sixth cycle after start_i on. While it scans,
// member_read_o and member_row_o ask the user for a member's row, which is on member_i in the cycle after.
// alias_o: another live NAT entry of the same client leads to member new_member_i at the same port, except in slot
// except_slot_i (with except_i). place_* is the slot for a new entry: the bank with more open ways, else the first
// half-open entry from slot start_slot_i on and around; with evict_i the latter, dead ones included. tag_we_i and key_we_i write `slot_i` of the packet's rows. After reset the table clears itself,
// clearing_o meanwhile.
`include "prim_assert.svh"

module small_flow (
    input logic clk_i,
    input logic rst_i,
    output logic clearing_o,

    input logic start_i,
    input small_pkg::header_t header_i,
    input logic forward_i,
    input logic [2:0] virtual_i,
    input logic [6:0] row0_i,
    input logic [6:0] row1_i,
    input logic [small_pkg::TICK_W-1:0] tick_i,

    output logic member_read_o,
    output logic [3:0] member_row_o,
    input small_pkg::member_row_t member_i,

    output logic found_o,
    output logic [1:0] found_slot_o,
    output logic [2:0] found_state_o,
    output logic [15:0] found_port_o,
    output logic found_accepts_o,  // its member keeps its connections

    input logic [3:0] new_member_i,
    input logic new_port_i,  // the member has a port of its own
    input logic except_i,
    input logic [1:0] except_slot_i,
    output logic alias_o,
    input logic [1:0] start_slot_i,
    input logic evict_i,
    output logic place_found_o,
    output logic [1:0] place_slot_o,

    // Of slot_i.
    input logic [1:0] slot_i,
    output logic slot_free_o,
    output logic slot_dead_o,
    output logic slot_half_open_o,
    output logic [2:0] slot_virtual_o,
    output logic [3:0] slot_member_o,
    input logic tag_we_i,
    input small_pkg::flow_tag_t tag_i,
    input logic key_we_i,
    input small_pkg::flow_key_t key_i
);

  // Clearing after reset.
  logic [9:0] clear_q;
  assign clearing_o = !clear_q[9];
  always_ff @(posedge clk_i) begin
    if (rst_i) clear_q <= '0;
    else if (clearing_o) clear_q <= clear_q + 10'd1;
  end

  // Reading: slots 0 to 3.
  logic reading_q;
  logic [1:0] slot_q;
  logic reading;
  logic [1:0] slot;
  logic [8:0] raddr;
  assign reading = start_i || reading_q;
  assign slot = start_i ? 2'd0 : slot_q;
  assign raddr = {slot, slot[1] ? row1_i : row0_i};
  always_ff @(posedge clk_i) begin
    if (rst_i) reading_q <= 1'b0;
    else if (start_i) reading_q <= 1'b1;
    else if (slot_q == 2'd3) reading_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (reading) slot_q <= slot + 2'd1;
  end

  small_pkg::flow_tag_t tag;
  small_pkg::flow_key_t key;
  logic [8:0] waddr;
  assign waddr = {slot_i, slot_i[1] ? row1_i : row0_i};
  small_ram #(
      .Width(24),
      .Depth(small_pkg::CONNECTIONS)
  ) u_tags (
      .clk_i,
      .rst_i,
      .we_i(clearing_o || tag_we_i),
      .waddr_i(clearing_o ? clear_q[8:0] : waddr),
      .wdata_i(clearing_o ? '0 : tag_i),
      .ren_i(reading),
      .raddr_i(raddr),
      .rdata_o(tag)
  );
  small_ram #(
      .Width(80),
      .Depth(small_pkg::CONNECTIONS)
  ) u_keys (
      .clk_i,
      .rst_i,
      .we_i(key_we_i),
      .waddr_i(waddr),
      .wdata_i(key_i),
      .ren_i(reading),
      .raddr_i(raddr),
      .rdata_o(key)
  );

  // First: the entry is there. What can be compared with the packet alone.
  logic entry_q;
  logic [1:0] entry_slot_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) entry_q <= 1'b0;
    else entry_q <= reading;
  end
  always_ff @(posedge clk_i) begin
    if (reading) entry_slot_q <= slot;
  end
  assign member_read_o = entry_q;
  assign member_row_o = key.member;

  logic [small_pkg::TICK_W-1:0] age;
  logic free, expired;
  assign age = tick_i - tag.expires;
  assign free = tag.state == sluice_pkg::FLOW_STATE_FREE;
  assign expired = !age[small_pkg::TICK_W-1];

  logic [31:0] client;
  logic [15:0] client_port;
  assign client = forward_i ? header_i.src : header_i.dst;
  assign client_port = forward_i ? header_i.sport : header_i.dport;

  logic judged_q;
  logic [1:0] judged_slot_q;
  logic client_q, virtual_q, dport_q, sport_q, live_q, nat_q;
  logic [2:0] state_q;
  logic [15:0] port_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) judged_q <= 1'b0;
    else judged_q <= entry_q;
  end
  always_ff @(posedge clk_i) begin
    if (entry_q) begin
      judged_slot_q <= entry_slot_q;
      client_q <= key.client == client && key.client_port == client_port && key.proto == header_i.proto;
      virtual_q <= key.virtual_id == virtual_i;
      dport_q <= key.virtual_port == header_i.dport;
      sport_q <= key.virtual_port == header_i.sport;
      live_q <= !free && !expired;
      nat_q <= key.nat;
      state_q <= tag.state;
      port_q <= key.virtual_port;
    end
  end

  // Second: its member is there, too.
  logic server, hit;
  assign server = member_i.address == header_i.src
      && (member_i.port == '0 ? sport_q : member_i.port == header_i.sport);
  assign hit = judged_q && live_q && client_q && (forward_i ? virtual_q && dport_q : nat_q && server);

  always_ff @(posedge clk_i) begin
    if (start_i) found_o <= 1'b0;
    else if (hit) found_o <= 1'b1;
  end
  always_ff @(posedge clk_i) begin
    if (hit && !found_o) begin
      found_slot_o <= judged_slot_q;
      found_state_o <= state_q;
      found_port_o <= port_q;
      found_accepts_o <= member_i.accept_existing;
    end
  end

  // The summary, by slot.
  logic [3:0] free_q;
  logic [3:0] dead_q;
  logic [3:0] half_q;
  logic [3:0] rival_q;  // live NAT entry of this client
  logic [3:0] rival_port_q;  // with this destination port
  logic [4*4-1:0] member_q;
  logic [4*3-1:0] virtual_id_q;
  for (genvar s = 0; s < 4; s++) begin : gen_slot
    always_ff @(posedge clk_i) begin
      if (entry_q && entry_slot_q == s[1:0]) begin
        free_q[s] <= free;
        dead_q[s] <= !free && expired;
        half_q[s] <= tag.state == sluice_pkg::FLOW_STATE_HALF_OPEN;
        member_q[4*s+:4] <= key.member;
        virtual_id_q[3*s+:3] <= key.virtual_id;
      end
    end
    always_ff @(posedge clk_i) begin
      if (judged_q && judged_slot_q == s[1:0]) begin
        rival_q[s] <= live_q && client_q && nat_q;
        rival_port_q[s] <= dport_q;
      end
    end
  end

  always_comb begin
    alias_o = 1'b0;
    for (int unsigned s = 0; s < 4; s++) begin
      if (rival_q[s] && member_q[4*s+:4] == new_member_i && (new_port_i || rival_port_q[s])
          && !(except_i && except_slot_i == s[1:0])) begin
        alias_o = 1'b1;
      end
    end
  end

  // Where a new entry goes.
  logic [3:0] open;
  logic second_bank;
  assign open = free_q | dead_q;
  // The second bank has more open ways than the first.
  assign second_bank = (open[3:2] == 2'b11 && open[1:0] != 2'b11) || (open[3:2] != 2'b00 && open[1:0] == 2'b00);
  assign place_found_o = (open != '0 && !evict_i) || half_q != '0;
  always_comb begin
    if (open != '0 && !evict_i) place_slot_o = second_bank ? {1'b1, !open[2]} : {1'b0, !open[0]};
    else if (half_q[start_slot_i]) place_slot_o = start_slot_i;
    else if (half_q[start_slot_i+2'd1]) place_slot_o = start_slot_i + 2'd1;
    else if (half_q[start_slot_i+2'd2]) place_slot_o = start_slot_i + 2'd2;
    else place_slot_o = start_slot_i + 2'd3;
  end

  assign slot_free_o = free_q[slot_i];
  assign slot_dead_o = dead_q[slot_i];
  assign slot_half_open_o = half_q[slot_i];
  assign slot_member_o = member_q[4*slot_i+:4];
  assign slot_virtual_o = virtual_id_q[3*slot_i+:3];

  logic unused;
  assign unused = &{1'b0, header_i, age, member_i};

  `SLUICE_ASSERT(NoWriteWhileScanning, !((tag_we_i || key_we_i) && (reading || entry_q || judged_q)))
  `SLUICE_ASSERT(NoScanWhileClearing, !(start_i && clearing_o))
  `SLUICE_ASSERT(OneHit, !(hit && found_o))

endmodule
