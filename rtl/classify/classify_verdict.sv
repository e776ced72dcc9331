// SPDX-License-Identifier: Apache-2.0
//
// What ACL and virtual lookup found, as a verdict (docs/data-plane.md, section 5, in its order).
//
// LATENCY 1; outputs hold in the cycle with valid_o. active_i: the packet is to be classified; others keep what they
// came with. row_i is the row of the virtual if found_i.
module classify_verdict (
    input logic clk_i,
    input logic rst_i,

    input logic valid_i,
    input logic active_i,
    input logic multicast_i,
    input logic fragment_i,
    input sluice_pkg::verdict_e verdict_i,
    input sluice_pkg::drop_reason_e reason_i,
    input sluice_pkg::punt_cause_e cause_i,

    input logic acl_hit_i,
    input logic [7:0] acl_rule_i,
    input logic [1:0] acl_action_i,

    input logic found_i,
    input logic punt_i,
    input logic [9:0] virtual_id_i,
    input sluice_pkg::virtual_row_t row_i,

    output logic valid_o,
    output sluice_pkg::classified_t classified_o,
    output logic acl_police_o
);
  /*verilator inline_module*/

  localparam int unsigned LATENCY = 1;

  if (LATENCY != 1) begin : gen_latency_check
    $fatal(1, "classify_verdict: one register");
  end

  always_ff @(posedge clk_i) begin
    valid_o <= valid_i && !rst_i;
  end

  always_ff @(posedge clk_i) begin : rule
    sluice_pkg::verdict_e verdict;
    sluice_pkg::drop_reason_e reason;
    sluice_pkg::punt_cause_e cause;
    logic looked_up;
    if (valid_i) begin
      verdict = verdict_i;
      reason = reason_i;
      cause = cause_i;
      looked_up = 1'b0;
      if (active_i) begin
        if (acl_hit_i && acl_action_i == sluice_pkg::ACL_ACTION_DENY) begin
          verdict = sluice_pkg::VERDICT_DROP;
          reason = sluice_pkg::DROP_REASON_ACL_DENY;
        end else if (acl_hit_i && acl_action_i == sluice_pkg::ACL_ACTION_PUNT) begin
          verdict = sluice_pkg::VERDICT_PUNT;
          cause = sluice_pkg::PUNT_CAUSE_ACL;
        end else if (multicast_i) begin
          verdict = sluice_pkg::VERDICT_PUNT;
          cause = sluice_pkg::PUNT_CAUSE_MULTICAST;
        end else begin
          looked_up = 1'b1;
          if (found_i) begin
            if (punt_i) begin
              verdict = sluice_pkg::VERDICT_PUNT;
              cause = sluice_pkg::PUNT_CAUSE_ICMP;
            end else if (!row_i.enabled) begin
              verdict = sluice_pkg::VERDICT_DROP;
              reason = sluice_pkg::DROP_REASON_VIRTUAL_DISABLED;
            end else if (row_i.mode == sluice_pkg::VIRTUAL_MODE_LOCAL) begin
              verdict = sluice_pkg::VERDICT_PUNT;
              cause = sluice_pkg::PUNT_CAUSE_LOCAL;
            end else if (fragment_i && !row_i.fragments) begin
              verdict = sluice_pkg::VERDICT_DROP;
              reason = sluice_pkg::DROP_REASON_IP_FRAGMENT;
            end
          end
        end
      end

      acl_police_o <= acl_hit_i && acl_action_i == sluice_pkg::ACL_ACTION_POLICE &&
          verdict == sluice_pkg::VERDICT_FORWARD;
      if (looked_up && found_i) begin
        classified_o <= {
          row_i.snat,
          row_i.half_open_limit,
          row_i.connection_limit,
          row_i.client_neighbor,
          row_i.on_down,
          row_i.loose,
          row_i.timer,
          row_i.affinity,
          row_i.pool,
          row_i.mode,
          acl_hit_i ? acl_rule_i : 8'd0,
          acl_hit_i,
          virtual_id_i,
          1'b1,
          sluice_pkg::DIRECTION_FORWARD,
          cause,
          reason,
          verdict
        };
      end else begin
        // Looked up and not found is reverse; all else that is not known is 0.
        classified_o <= {
          77'd0, acl_hit_i ? acl_rule_i : 8'd0, acl_hit_i, 10'd0, 1'b0, looked_up, cause, reason, verdict
        };
      end
    end
  end

endmodule
