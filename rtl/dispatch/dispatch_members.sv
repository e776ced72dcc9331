// SPDX-License-Identifier: Apache-2.0
//
// The member table, cut by who needs what: candidates of dispatch (control), the connection table's check of reverse
// packets (address), the chosen member (address and next hop).
//
// Reads answer one cycle after their enable and stay until the next: control of two candidates; the address for each of
// the Checks connection table banks; address and next hop of the final member, from its bank (final_) and, where asked
// for, from the other one (other_). accept_existing_o is read in the same cycle, of one more than
// Checks: 2 * Members bits of small RAM.
// Member numbers wrap modulo Members.
//
// Owns the table member. tbl_start_i is one cycle, for a row that exists; a read is on tbl_rdata_o in the next cycle.
module dispatch_members #(
    parameter int unsigned Members = 4096,
    parameter int unsigned Checks  = 4
) (
    input logic clk_i,

    input logic tbl_start_i,
    input logic tbl_write_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input sluice_pkg::member_row_t tbl_wdata_i,
    output logic [sluice_pkg::MEMBER_ROW_W-1:0] tbl_rdata_o,

    // Candidates: accept_new, connection_limit, weight, port, digest.
    input logic candidate_en_i,
    input logic candidate_bank_i,
    input logic [11:0] candidate1_i,
    input logic [11:0] candidate2_i,
    output logic [68:0] control1_o,
    output logic [68:0] control2_o,

    // Address checks.
    input logic [Checks-1:0] check_en_i,
    input logic check_bank_i,
    input logic [Checks*12-1:0] check_member_i,
    output logic [Checks*128-1:0] check_address_o,

    // Does a member keep its connections.
    input logic [Checks:0] existing_en_i,
    input logic [Checks:0] existing_bank_i,
    input logic [(Checks+1)*12-1:0] existing_member_i,
    output logic [Checks:0] accept_existing_o,

    // The final member.
    input logic final_en_i,
    input logic other_en_i,
    input logic final_bank_i,
    input logic [11:0] final_member_i,
    output logic [154:0] final_o,
    output logic [127:0] other_address_o
);

  localparam int unsigned MemberW = (Members > 1) ? $clog2(Members) : 1;

  // control: {digest, port, connection_limit, weight, accept_new}; place: {port, neighbor, is_v6, address}.
  logic [68:0] control[2 * Members];
  logic [154:0] place[2 * Members];
  logic existing[2 * Members];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < 2 * Members; i++) begin
      control[i]  = '0;
      place[i]    = '0;
      existing[i] = 1'b0;
    end
  end
`endif

  // Table bus.
  logic [MemberW:0] row;
  assign row = {tbl_bank_i, tbl_row_i[MemberW-1:0]};

  logic [52:0] control_q;
  logic [154:0] place_q;
  logic existing_q;
  always_ff @(posedge clk_i) begin
    if (tbl_start_i) begin
      if (tbl_write_i) begin
        control[row] <= {
          tbl_wdata_i.digest,
          tbl_wdata_i.port,
          tbl_wdata_i.connection_limit,
          tbl_wdata_i.weight,
          tbl_wdata_i.accept_new
        };
        place[row] <= {tbl_wdata_i.port, tbl_wdata_i.neighbor, tbl_wdata_i.is_v6, tbl_wdata_i.address};
        existing[row] <= tbl_wdata_i.accept_existing;
      end else begin
        control_q  <= {control[row][68:45], control[row][28:0]};
        place_q    <= place[row];
        existing_q <= existing[row];
      end
    end
  end
  assign tbl_rdata_o = {
    place_q[127:0],
    control_q[52:29],
    place_q[154:139],
    place_q[138:129],
    place_q[128],
    control_q[28:9],
    control_q[8:1],
    existing_q,
    control_q[0]
  };

  // Candidates.
  always_ff @(posedge clk_i) begin
    if (candidate_en_i) begin
      control1_o <= control[{candidate_bank_i, candidate1_i[MemberW-1:0]}];
      control2_o <= control[{candidate_bank_i, candidate2_i[MemberW-1:0]}];
    end
  end

  // Address checks: one read port each.
  for (genvar c = 0; c < Checks; c++) begin : gen_check
    logic [MemberW-1:0] member;
    assign member = check_member_i[c*12+:MemberW];
    always_ff @(posedge clk_i) begin
      if (check_en_i[c]) check_address_o[c*128+:128] <= place[{check_bank_i, member}][127:0];
    end
  end

  // Existing connections.
  always_comb begin
    accept_existing_o = '0;
    for (int unsigned c = 0; c <= Checks; c++) begin
      if (existing_en_i[c]) accept_existing_o[c] = existing[{existing_bank_i[c], existing_member_i[c*12+:MemberW]}];
    end
  end

  // The final member.
  always_ff @(posedge clk_i) begin
    if (final_en_i) final_o <= place[{final_bank_i, final_member_i[MemberW-1:0]}];
  end
  always_ff @(posedge clk_i) begin
    if (other_en_i) other_address_o <= place[{!final_bank_i, final_member_i[MemberW-1:0]}][127:0];
  end

  // Smaller builds use fewer bits.
  logic unused;
  assign unused = &{1'b0, tbl_row_i, candidate1_i, candidate2_i, existing_member_i, final_member_i, check_member_i};

endmodule
