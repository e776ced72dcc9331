// SPDX-License-Identifier: Apache-2.0
//
// Connections opened and closed, by virtual and by member, and the totals of the connection table.
//
// opened_i and closed_i count one each per cycle, for their own virtual and member; half_more_i counts for
// opened_virtual_i, half_less_i for closed_virtual_i. They may come late in the cycle. Numbers wrap modulo Virtuals and Members.
//
// Live counts (opened - closed), and a virtual's half-open entries, are asked for with read_i and there in the next
// cycle, when they show everything counted up to the cycle before that: the members' with what was counted in that cycle
// beside them (more1_o, less1_o and so on). half_open_now_o likewise shows everything up to the cycle before; the
// totals are a cycle late. Virtuals and Members words of asynchronously read RAM.
//
// Owns the tables virtual_connections and member_connections. tbl_start_i is one cycle, for a row that exists; the row
// is on tbl_rdata_o in the next cycle. Reset clears the totals, not the tables, which are 0 at power-up.
module flow_counts #(
    parameter int unsigned Virtuals = 1024,
    parameter int unsigned Members  = 4096
) (
    input logic clk_i,
    input logic rst_i,

    input logic tbl_start_i,
    input logic tbl_member_i,
    input logic [19:0] tbl_row_i,
    output logic [63:0] tbl_rdata_o,

    input logic opened_i,
    input logic [9:0] opened_virtual_i,
    input logic [11:0] opened_member_i,
    input logic closed_i,
    input logic [9:0] closed_virtual_i,
    input logic [11:0] closed_member_i,
    input logic half_more_i,
    input logic half_less_i,
    input logic look_i,
    input logic hit_i,
    input logic evicted_i,
    input logic full_i,
    input logic alias_i,

    input logic read_i,
    input logic [9:0] virtual_i,
    input logic [11:0] member1_i,
    input logic [11:0] member2_i,
    output logic [31:0] live_virtual_o,
    output logic [31:0] half_open_virtual_o,
    output logic [31:0] live1_o,
    output logic [31:0] live2_o,
    output logic more1_o,
    output logic more2_o,
    output logic less1_o,
    output logic less2_o,
    output logic [31:0] half_open_now_o,

    output logic [31:0] live_o,
    output logic [31:0] half_open_o,
    output logic [63:0] hits_o,
    output logic [63:0] misses_o,
    output logic [63:0] opened_o,
    output logic [63:0] closed_o,
    output logic [63:0] evicted_o,
    output logic [63:0] full_o,
    output logic [63:0] alias_o
);

  localparam int unsigned VirtualW = (Virtuals > 1) ? $clog2(Virtuals) : 1;
  localparam int unsigned MemberW = (Members > 1) ? $clog2(Members) : 1;

  logic [VirtualW-1:0] opened_virtual;
  logic [VirtualW-1:0] closed_virtual;
  logic [MemberW-1:0] opened_member;
  logic [MemberW-1:0] closed_member;
  assign opened_virtual = opened_virtual_i[VirtualW-1:0];
  assign closed_virtual = closed_virtual_i[VirtualW-1:0];
  assign opened_member = opened_member_i[MemberW-1:0];
  assign closed_member = closed_member_i[MemberW-1:0];

  // Read for a decision and by the table bus.
  logic bus_virtual, bus_member;
  logic [2*VirtualW-1:0] virtual_rows;
  logic [3*MemberW-1:0] member_rows;
  assign bus_virtual = tbl_start_i && !tbl_member_i;
  assign bus_member = tbl_start_i && tbl_member_i;
  assign virtual_rows = {tbl_row_i[VirtualW-1:0], virtual_i[VirtualW-1:0]};
  assign member_rows = {tbl_row_i[MemberW-1:0], member2_i[MemberW-1:0], member1_i[MemberW-1:0]};

  logic [63:0] virtual_opened, virtual_closed;
  logic [31:0] virtual_more, virtual_less;
  logic [95:0] member_opened, member_closed;
  flow_tally #(
      .Rows (Virtuals),
      .Reads(2)
  ) u_virtual_opened (
      .clk_i,
      .rst_i,
      .count_i(opened_i),
      .row_i(opened_virtual),
      .read_i({bus_virtual, read_i}),
      .rows_i(virtual_rows),
      .counts_o(virtual_opened)
  );
  flow_tally #(
      .Rows (Virtuals),
      .Reads(2)
  ) u_virtual_closed (
      .clk_i,
      .rst_i,
      .count_i(closed_i),
      .row_i(closed_virtual),
      .read_i({bus_virtual, read_i}),
      .rows_i(virtual_rows),
      .counts_o(virtual_closed)
  );
  flow_tally #(
      .Rows (Virtuals),
      .Reads(1)
  ) u_virtual_half_more (
      .clk_i,
      .rst_i,
      .count_i(half_more_i),
      .row_i(opened_virtual),
      .read_i,
      .rows_i(virtual_rows[VirtualW-1:0]),
      .counts_o(virtual_more)
  );
  flow_tally #(
      .Rows (Virtuals),
      .Reads(1)
  ) u_virtual_half_less (
      .clk_i,
      .rst_i,
      .count_i(half_less_i),
      .row_i(closed_virtual),
      .read_i,
      .rows_i(virtual_rows[VirtualW-1:0]),
      .counts_o(virtual_less)
  );
  flow_tally #(
      .Rows (Members),
      .Reads(3)
  ) u_member_opened (
      .clk_i,
      .rst_i,
      .count_i(opened_i),
      .row_i(opened_member),
      .read_i({bus_member, read_i, read_i}),
      .rows_i(member_rows),
      .counts_o(member_opened)
  );
  flow_tally #(
      .Rows (Members),
      .Reads(3)
  ) u_member_closed (
      .clk_i,
      .rst_i,
      .count_i(closed_i),
      .row_i(closed_member),
      .read_i({bus_member, read_i, read_i}),
      .rows_i(member_rows),
      .counts_o(member_closed)
  );

  // What was read, and what the cycle in which it was read counted.
  logic opened_q, closed_q, half_more_q, half_less_q;
  logic [VirtualW-1:0] opened_virtual_q, closed_virtual_q, virtual_q;
  logic [MemberW-1:0] opened_member_q, closed_member_q, member1_q, member2_q;
  always_ff @(posedge clk_i) begin
    opened_q <= opened_i && !rst_i;
    closed_q <= closed_i && !rst_i;
    half_more_q <= half_more_i && !rst_i;
    half_less_q <= half_less_i && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (opened_i || half_more_i) begin
      opened_virtual_q <= opened_virtual;
      opened_member_q  <= opened_member;
    end
  end
  always_ff @(posedge clk_i) begin
    if (closed_i || half_less_i) begin
      closed_virtual_q <= closed_virtual;
      closed_member_q  <= closed_member;
    end
  end

  logic [31:0] live_virtual_q, half_open_virtual_q;
  logic to_virtual, from_virtual;
  always_ff @(posedge clk_i) begin
    if (read_i) begin
      virtual_q <= virtual_i[VirtualW-1:0];
      member1_q <= member1_i[MemberW-1:0];
      member2_q <= member2_i[MemberW-1:0];
      live_virtual_q <= virtual_opened[31:0] - virtual_closed[31:0];
      half_open_virtual_q <= virtual_more - virtual_less;
      live1_o <= member_opened[31:0] - member_closed[31:0];
      live2_o <= member_opened[63:32] - member_closed[63:32];
    end
  end
  assign to_virtual = opened_virtual_q == virtual_q;
  assign from_virtual = closed_virtual_q == virtual_q;
  assign live_virtual_o = live_virtual_q + 32'(opened_q && to_virtual) - 32'(closed_q && from_virtual);
  assign half_open_virtual_o =
      half_open_virtual_q + 32'(half_more_q && to_virtual) - 32'(half_less_q && from_virtual);
  assign more1_o = opened_q && opened_member_q == member1_q;
  assign more2_o = opened_q && opened_member_q == member2_q;
  assign less1_o = closed_q && closed_member_q == member1_q;
  assign less2_o = closed_q && closed_member_q == member2_q;

  always_ff @(posedge clk_i) begin
    if (bus_member) tbl_rdata_o <= {member_closed[95:64], member_opened[95:64]};
    else if (bus_virtual) tbl_rdata_o <= {virtual_closed[63:32], virtual_opened[63:32]};
  end

  // Totals. Most packets are hits that open and close nothing.
  logic rare, look_q, hit_q, evicted_q, full_q, alias_q;
  assign rare = opened_q || closed_q || half_more_q || half_less_q || full_q || alias_q;
  assign half_open_now_o = half_open_o + 32'(half_more_q) - 32'(half_less_q);
  always_ff @(posedge clk_i) begin
    look_q <= look_i && !rst_i;
    evicted_q <= evicted_i && !rst_i;
    full_q <= full_i && !rst_i;
    alias_q <= alias_i && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (look_i) hit_q <= hit_i;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i || rare) begin
      live_o <= rst_i ? 32'd0 : live_o + 32'(opened_q) - 32'(closed_q);
      half_open_o <= rst_i ? 32'd0 : half_open_now_o;
      opened_o <= rst_i ? 64'd0 : opened_o + 64'(opened_q);
      closed_o <= rst_i ? 64'd0 : closed_o + 64'(closed_q);
      evicted_o <= rst_i ? 64'd0 : evicted_o + 64'(evicted_q);
      full_o <= rst_i ? 64'd0 : full_o + 64'(full_q);
      alias_o <= rst_i ? 64'd0 : alias_o + 64'(alias_q);
    end
  end
  always_ff @(posedge clk_i) begin
    if (rst_i || look_q) begin
      hits_o   <= rst_i ? 64'd0 : hits_o + 64'(hit_q);
      misses_o <= rst_i ? 64'd0 : misses_o + 64'(!hit_q);
    end
  end

  logic unused;
  assign unused = &{1'b0, tbl_row_i, virtual_i, member1_i, member2_i, opened_virtual_i, closed_virtual_i,
                    opened_member_i, closed_member_i};

endmodule
