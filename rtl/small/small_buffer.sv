// SPDX-License-Identifier: Apache-2.0
//
// The packet buffer: beats of whole frames, written by the parser, read by the emitter.
//
// put_i writes a beat; room_o says that there is a place for it. rewind_i forgets the beats of the frame that is coming
// in. take_i frees beats from the oldest on: the user frees what was written and not rewound, once. The beat at an
// address (read_i, read_address_i) is there one cycle later and stays until the next read. The beat after the last of a
// frame may be read, too, whether it is there or not.
`include "prim_assert.svh"

module small_buffer (
    input logic clk_i,
    input logic rst_i,

    output logic room_o,
    input logic put_i,
    input logic [63:0] beat_i,
    input logic start_i,  // with put_i: first beat of a frame
    input logic rewind_i,

    input logic read_i,
    input logic [7:0] read_address_i,
    output logic [63:0] beat_o,
    input logic free_valid_i,
    input logic [8:0] free_i  // pointer: all beats before it are free
);

  localparam int unsigned AddrW = $clog2(small_pkg::BUFFER_BEATS);

  logic [AddrW:0] write_q;
  logic [AddrW:0] start_q;
  logic [AddrW:0] free_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) write_q <= '0;
    else if (rewind_i) write_q <= start_q;
    else if (put_i) write_q <= write_q + 9'd1;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) start_q <= '0;
    else if (put_i && start_i) start_q <= write_q;
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) free_q <= '0;
    else if (free_valid_i) free_q <= free_i;
  end

  // Full one beat early: the pointers are compared a cycle late.
  logic [AddrW:0] held;
  assign held = write_q - free_q;
  always_ff @(posedge clk_i) room_o <= !rst_i && held < 9'(small_pkg::BUFFER_BEATS - 2);

  small_ram #(
      .Width(64),
      .Depth(small_pkg::BUFFER_BEATS),
      .MayCollide(1'b1)
  ) u_beats (
      .clk_i,
      .rst_i,
      .we_i(put_i),
      .waddr_i(write_q[AddrW-1:0]),
      .wdata_i(beat_i),
      .ren_i(read_i),
      .raddr_i(read_address_i),
      .rdata_o(beat_o)
  );

  `SLUICE_ASSERT(NeverOverfull, held <= 9'(small_pkg::BUFFER_BEATS))

endmodule
