// SPDX-License-Identifier: Apache-2.0
//
// Packets and bytes by port, reason, cause, virtual, member and so on: 256 rows of two 32-bit counters that wrap.
//
// A result (valid_i while ready_o) is counted in its rows one after the other, in ten clocks. A read (read_i with
// read_row_i) is answered when no result is being counted: read_ack_o, one cycle, with the row on read_data_o (bytes in the
// high half). After reset all counters are cleared, in 256 clocks.
`include "prim_assert.svh"

module small_counters (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input small_pkg::result_t result_i,
    output logic ready_o,

    input logic read_i,
    input logic [7:0] read_row_i,
    output logic read_ack_o,
    output logic [63:0] read_data_o
);

  logic [8:0] clear_q;
  logic clearing;
  assign clearing = !clear_q[8];
  always_ff @(posedge clk_i) begin
    if (rst_i) clear_q <= '0;
    else if (clearing) clear_q <= clear_q + 9'd1;
  end

  // The result, and which of its rows is next: 0 none, 1 to 8.
  small_pkg::result_t result_q;
  logic [3:0] step_q;
  logic idle;
  assign idle = step_q == '0 && !clearing;
  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) result_q <= result_i;
  end
  always_ff @(posedge clk_i) begin
    if (rst_i) step_q <= '0;
    else if (valid_i && ready_o) step_q <= 4'd1;
    else if (step_q == 4'd8) step_q <= '0;
    else if (step_q != '0) step_q <= step_q + 4'd1;
  end

  logic dropped;
  logic counts;
  logic [7:0] row;
  logic [13:0] bytes;
  assign dropped = result_q.verdict == sluice_pkg::VERDICT_DROP;
  always_comb begin
    counts = 1'b0;
    row = '0;
    bytes = result_q.in_len;
    unique case (step_q)
      4'd1: begin
        counts = 1'b1;
        row = small_pkg::COUNT_PORT_IN | {5'd0, result_q.in_port};
      end
      4'd2: begin
        counts = !dropped;
        row = small_pkg::COUNT_PORT_OUT | {5'd0, result_q.out_port};
        bytes = result_q.out_len;
      end
      4'd3: begin
        counts = dropped;
        row = small_pkg::COUNT_DROP | {1'b0, result_q.reason[6:0]};
      end
      4'd4: begin
        counts = result_q.verdict == sluice_pkg::VERDICT_PUNT;
        row = small_pkg::COUNT_PUNT | {4'd0, result_q.cause};
      end
      4'd5: begin
        counts = result_q.flow != sluice_pkg::FLOW_RESULT_NONE;
        row = small_pkg::COUNT_FLOW | {5'd0, result_q.flow};
      end
      4'd6: begin
        counts = result_q.has_virtual;
        row = small_pkg::COUNT_VIRTUAL | {4'd0, result_q.direction, result_q.virtual_id};
      end
      4'd7: begin
        counts = result_q.has_member && result_q.verdict == sluice_pkg::VERDICT_FORWARD;
        row = small_pkg::COUNT_MEMBER | {3'd0, result_q.direction, result_q.member};
      end
      4'd8: begin
        counts = result_q.acl_hit;
        row = small_pkg::COUNT_ACL | {5'd0, result_q.acl_rule};
      end
      default: ;
    endcase
  end

  // A close is counted beside the flow result, in a row of its own: the cycle after the last.
  logic close_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) close_q <= 1'b0;
    else close_q <= step_q == 4'd8 && result_q.close_cause != sluice_pkg::CLOSE_CAUSE_NONE;
  end

  // Read, then add and write. The rows of one result differ, so that no read meets a write on its way.
  logic fetch, read, adding_q;
  logic [7:0] fetch_row, row_q;
  logic [13:0] bytes_q;
  logic [63:0] data;
  assign fetch = counts || close_q;
  assign fetch_row = close_q ? small_pkg::COUNT_CLOSE | {5'd0, result_q.close_cause} : row;
  assign read = read_i && idle && !close_q && !adding_q && !read_ack_o;
  assign ready_o = idle && !close_q && !adding_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) adding_q <= 1'b0;
    else adding_q <= fetch;
  end
  always_ff @(posedge clk_i) begin
    if (fetch) begin
      row_q <= fetch_row;
      bytes_q <= close_q ? result_q.in_len : bytes;
    end
  end

  small_ram #(
      .Width(64),
      .Depth(256)
  ) u_counters (
      .clk_i,
      .rst_i,
      .we_i(adding_q || clearing),
      .waddr_i(clearing ? clear_q[7:0] : row_q),
      .wdata_i(clearing ? 64'd0 : {data[63:32] + {18'd0, bytes_q}, data[31:0] + 32'd1}),
      .ren_i(fetch || read),
      .raddr_i(fetch ? fetch_row : read_row_i),
      .rdata_o(data)
  );

  always_ff @(posedge clk_i) begin
    if (rst_i) read_ack_o <= 1'b0;
    else read_ack_o <= read && !(valid_i && ready_o);
  end
  assign read_data_o = data;

  logic unused;
  assign unused = &{1'b0, result_q.reason[7]};

  `SLUICE_ASSERT(AnswerIsARead, !read_ack_o || !fetch)

endmodule
