// SPDX-License-Identifier: Apache-2.0
//
// Full NAT of the connection table: which source a new connection gets, and where the entry of an answer stands
// (docs/data-plane.md, section 7). A source has an id, {row of snat_address, port - 0xC000}.
//
// Cycle 0: answer_o: the packet goes to a source, id_o, and its rows are read from the table `back`; pool_i, entropy_i
// of any packet. Cycle 1: back_o, as taken up to the cycle before. Cycle 4: recent_o: one of the three packets looked up
// before took the answer's id, in the same tick or the one before, so that `back` may not have had it yet. any_o, next_o: a port is free in the pool, and the id that the connection gets.
// take_i takes it for an entry in rows4_i; give_i gives an id back. All of a cycle shows in the next.
//
// {step, row of bank 0} say it all of a connection's rows. Rows of `back` are never cleared: an entry that is found by
// one is judged by the id in its tag. Owner of the tables snat_address (not banked) and snat_ports; all are 0 at power-up.
`include "prim_assert.svh"

module flow_snat #(
    parameter int unsigned PortsLog2 = 14,
    parameter int unsigned Banks = 4,
    parameter int unsigned RowsLog2 = 16
) (
    input logic clk_i,
    input logic rst_i,

    // Table bus: one access, answered in the next cycle.
    input logic tbl_start_i,
    input logic tbl_write_i,
    input logic tbl_ports_i,
    input logic [2:0] tbl_row_i,
    input logic [sluice_pkg::SNAT_ADDRESS_ROW_W-1:0] tbl_wdata_i,
    output logic [sluice_pkg::SNAT_ADDRESS_ROW_W-1:0] tbl_rdata_o,

    // Cycle 0.
    input logic look_i,
    input logic reverse_i,
    input logic is_v6_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,
    input logic [7:0] pool_i,
    input logic [7:0] entropy_i,
    output logic answer_o,
    output logic [16:0] id_o,

    // Cycle 1.
    output logic [2*RowsLog2-1:0] back_o,

    // Cycle 3.
    input logic look3_i,
    input logic [53:0] tick3_i,

    // Cycle 4.
    input logic look4_i,
    input logic answer4_i,
    input logic [16:0] id4_i,
    input logic [7:0] pool4_i,
    input logic [Banks*RowsLog2-1:0] rows4_i,
    output logic recent_o,
    output logic any_o,
    output logic [16:0] next_o,
    input logic take_i,
    input logic give_i,
    input logic [16:0] give_id_i,

    // Cycle 4: the address of an id, with source_en_i.
    input logic source_en_i,
    input logic [2:0] source_i,
    output logic [127:0] source_o
);

  localparam int unsigned ADDRESSES = sluice_pkg::SNAT_ADDRESS_ROWS;
  localparam int unsigned AddressW = $clog2(ADDRESSES);
  localparam int unsigned RECENT = 3;

  if (PortsLog2 < 2 || PortsLog2 > 14) begin : gen_ports_check
    $fatal(1, "flow_snat: PortsLog2 must be 2 to 14");
  end

  // ---------------------------------------------------------------- the addresses

  logic [ADDRESSES*2-1:0] kinds;  // {is_v6, valid}
  logic [ADDRESSES*128-1:0] addresses;
  logic [ADDRESSES*sluice_pkg::SNAT_ADDRESS_ROW_W-1:0] rows;
  for (genvar a = 0; a < ADDRESSES; a++) begin : gen_address
    logic [sluice_pkg::SNAT_ADDRESS_ROW_W-1:0] row_q;
    always_ff @(posedge clk_i) begin
      if (rst_i) row_q <= '0;
      else if (tbl_start_i && tbl_write_i && !tbl_ports_i && tbl_row_i == AddressW'(a)) row_q <= tbl_wdata_i;
    end
    assign rows[a*sluice_pkg::SNAT_ADDRESS_ROW_W+:sluice_pkg::SNAT_ADDRESS_ROW_W] = row_q;
    assign addresses[a*128+:128] = row_q[sluice_pkg::SNAT_ADDRESS_ROW_ADDRESS_LSB+:128];
    assign kinds[a*2+:2] = {row_q[sluice_pkg::SNAT_ADDRESS_ROW_IS_V6_LSB], row_q[sluice_pkg::SNAT_ADDRESS_ROW_VALID_LSB]};
  end

  always_comb begin
    source_o = 128'd0;
    if (source_en_i) source_o = addresses[source_i*128+:128];
  end

  // ---------------------------------------------------------------- answers

  // The port as a number.
  logic [15:0] port;
  logic [13:0] offset;
  logic to_source;
  assign port = {port_i[7:0], port_i[15:8]};
  assign offset = port[13:0];
  assign to_source = look_i && reverse_i && port[15:14] == 2'b11 && {18'd0, offset} >> PortsLog2 == 32'd0;
  always_comb begin
    answer_o = 1'b0;
    id_o = 17'd0;
    if (to_source) begin
      for (int unsigned a = ADDRESSES; a > 0; a--) begin
        if (kinds[(a-1)*2+:2] == {is_v6_i, 1'b1} && addresses[(a-1)*128+:128] == address_i) begin
          answer_o = 1'b1;
          id_o = {AddressW'(a - 1), offset};
        end
      end
    end
  end

  logic [2*RowsLog2-1:0] back[ADDRESSES << PortsLog2];
`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < (ADDRESSES << PortsLog2); i++) back[i] = '0;
  end
`endif

  logic [RowsLog2-1:0] row0;
  logic [RowsLog2-1:0] step;
  assign row0 = rows4_i[RowsLog2-1:0];
  if (Banks > 1) begin : gen_step
    assign step = rows4_i[RowsLog2+:RowsLog2] - row0;
  end else begin : gen_step
    assign step = '0;
  end

  // What is taken in the cycle of the read is not in memory yet.
  logic [2*RowsLog2-1:0] read_q;
  logic [2*RowsLog2-1:0] late_q;
  logic [16:0] id1_q;
  logic [16:0] late_id_q;
  logic taken_q;
  always_ff @(posedge clk_i) begin
    if (answer_o) begin
      read_q <= back[{id_o[16:14], id_o[PortsLog2-1:0]}];
      id1_q  <= id_o;
    end
  end
  always_ff @(posedge clk_i) begin
    taken_q <= take_i && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (take_i) begin
      back[{next_o[16:14], next_o[PortsLog2-1:0]}] <= {step, row0};
      late_q <= {step, row0};
      late_id_q <= next_o;
    end
  end
  assign back_o = (taken_q && late_id_q == id1_q) ? late_q : read_q;

  // The ids taken by the packets looked up before: {taken, id, tick}, the last one lowest.
  localparam int unsigned RecentW = 18 + 54;
  logic [RECENT*RecentW-1:0] recent_q;
  logic [53:0] tick4_q;
  always_ff @(posedge clk_i) begin
    if (look3_i) tick4_q <= tick3_i;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) recent_q <= '0;
    else if (look4_i) recent_q <= {recent_q[(RECENT-1)*RecentW-1:0], take_i, next_o, tick4_q};
  end
  always_comb begin
    recent_o = 1'b0;
    if (answer4_i) begin
      for (int unsigned i = 0; i < RECENT; i++) begin
        if (recent_q[i*RecentW+54+:18] == {1'b1, id4_i} && tick4_q - recent_q[i*RecentW+:54] <= 54'd1) recent_o = 1'b1;
      end
    end
  end

  // ---------------------------------------------------------------- sources for new connections

  // Of the pool's addresses the one that entropy falls on comes first. Cycle 1: how many, cycle 2: which of them, for cycle 4.
  logic wanted;
  logic wanted1_q;
  logic wanted2_q;
  logic [7:0] pool1_q;
  logic [7:0] pool2_q;
  logic [7:0] entropy1_q;
  logic [2:0] nth2_q;
  logic wanted3_q;
  logic [2:0] first3_q;
  logic [2:0] first4_q;
  logic [3:0] count;
  logic [11:0] share;
  logic [2:0] first;
  logic [3:0] below;
  assign wanted = look_i && !reverse_i && pool_i != 8'd0;
  always_ff @(posedge clk_i) begin
    wanted1_q <= wanted && !rst_i;
    wanted2_q <= wanted1_q && !rst_i;
    wanted3_q <= wanted2_q && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (wanted) begin
      pool1_q <= pool_i;
      entropy1_q <= entropy_i;
    end
    if (wanted1_q) begin
      pool2_q <= pool1_q;
      nth2_q  <= share[10:8];
    end
    if (wanted2_q) first3_q <= first;
    if (wanted3_q) first4_q <= first3_q;
  end
  always_comb begin
    count = 4'd0;
    for (int unsigned a = 0; a < ADDRESSES; a++) count = count + {3'd0, pool1_q[a]};
    share = {4'd0, entropy1_q} * {8'd0, count};
    first = 3'd0;
    below = 4'd0;
    for (int unsigned a = 0; a < ADDRESSES; a++) begin
      if (pool2_q[a]) begin
        if (below == {1'b0, nth2_q}) first = AddressW'(a);
        below = below + 4'd1;
      end
    end
  end

  // Cycle 4: from there on and around the first with a free port. The lists are told a cycle later what was taken and given,
  // and say how they will be then.
  logic [ADDRESSES-1:0] free;
  logic [ADDRESSES*14-1:0] free_ports;
  logic [ADDRESSES*15-1:0] used;
  logic [AddressW-1:0] place;
  logic [AddressW-1:0] chosen;
  always_comb begin
    any_o  = 1'b0;
    place  = '0;
    chosen = '0;
    if (pool4_i != 8'd0) begin
      for (int unsigned i = ADDRESSES; i > 0; i--) begin
        place = first4_q + AddressW'(i - 1);
        if (pool4_i[place] && free[place]) begin
          any_o  = 1'b1;
          chosen = place;
        end
      end
    end
  end
  assign next_o = {chosen, free_ports[chosen*14+:14]};

  logic give_q;
  logic [16:0] give_id_q;
  always_ff @(posedge clk_i) begin
    give_q <= give_i && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (give_i) give_id_q <= give_id_i;
  end

  for (genvar a = 0; a < ADDRESSES; a++) begin : gen_ports
    logic any_now;
    logic [PortsLog2-1:0] port_now;
    logic [PortsLog2-1:0] next;
    logic [PortsLog2:0] taken;
    flow_ports #(
        .PortsLog2(PortsLog2)
    ) u_ports (
        .clk_i,
        .rst_i,
        .any_o(any_now),
        .port_o(port_now),
        .next_any_o(free[a]),
        .next_port_o(next),
        .take_i(taken_q && late_id_q[16:14] == AddressW'(a)),
        .give_i(give_q && give_id_q[16:14] == AddressW'(a)),
        .give_port_i(give_id_q[PortsLog2-1:0]),
        .used_o(taken)
    );
    logic unused_head;
    assign unused_head = &{1'b0, any_now, port_now};
    assign free_ports[a*14+:14] = 14'(next);
    assign used[a*15+:15] = 15'(taken);
  end

  // ---------------------------------------------------------------- table bus

  always_ff @(posedge clk_i) begin
    if (tbl_start_i) begin
      if (tbl_ports_i)
        tbl_rdata_o <= sluice_pkg::SNAT_ADDRESS_ROW_W'({15'(1 << PortsLog2), used[tbl_row_i*15+:15]});
      else tbl_rdata_o <= rows[tbl_row_i*sluice_pkg::SNAT_ADDRESS_ROW_W+:sluice_pkg::SNAT_ADDRESS_ROW_W];
    end
  end

  // Smaller lists have fewer bits.
  logic unused;
  assign unused = &{1'b0, give_id_i, share, rows4_i};

  `SLUICE_ASSERT(TakesOnlyWhatIsFree, rst_i || !take_i || any_o)
  `SLUICE_ASSERT(NextIsOfThePool, !any_o || pool4_i[next_o[16:14]])

endmodule
