// SPDX-License-Identifier: Apache-2.0
//
// Hashes, ACL and virtuals: what kind of traffic a packet is (docs/data-plane.md, sections 4 and 5).
//
// LATENCY = 4 + HashMixRegs + HashFinalRegs, one packet per clock, in order. Outputs hold in the cycle with valid_o.
// Packets that come with another verdict than forward, and direct ones, keep verdict, reason and cause; the rest of
// classified_o is 0 for them. Their hashes are undefined.
// acl_police_o: the packet goes on, and the action of the rule classified_o.acl_rule is police.
// Owner of the tables acl_bits, acl_action, virtual_key, virtual, prefix_bits and prefix_result. Firmware gives out no
// virtual_id from Virtuals on.
//
//   cycle   ACL        virtual
//   0       rows       hash (H cycles)
//   H - 3   ...        prefixes, rows to result
//   H       lowest     exact and any-port keys: rows, comparison
//   H + 2   waits      row of the virtual
//   H + 3   verdict
`include "prim_assert.svh"

module classify #(
    parameter int unsigned AclRules      = sluice_pkg::ACL_ACTION_ROWS,
    parameter int unsigned KeyRows       = sluice_pkg::VIRTUAL_KEY_ROWS,
    parameter int unsigned Virtuals      = sluice_pkg::VIRTUAL_ROWS,
    parameter int unsigned Prefixes      = sluice_pkg::PREFIX_RESULT_ROWS,
    parameter int unsigned HashMixRegs   = 2,
    parameter int unsigned HashFinalRegs = 2
) (
    input logic clk_i,
    input logic rst_i,

    input logic acl_enable_i,
    input logic prefix_enable_i,
    input logic [95:0] hash_key_i,

    input logic valid_i,
    input sluice_pkg::ingress_meta_t meta_i,
    input sluice_pkg::parsed_t parsed_i,
    input sluice_pkg::tuple_t own_i,
    input sluice_pkg::tuple_t key_i,

    output logic valid_o,
    output sluice_pkg::classified_t classified_o,
    output logic acl_police_o,
    output logic [63:0] hash_src_o,
    output logic [63:0] hash_dst_o,
    output logic [63:0] hash_src0_o,
    output logic [63:0] hash_dst0_o,

    input logic tbl_valid_i,
    input logic tbl_write_i,
    input logic [4:0] tbl_id_i,
    input logic tbl_bank_i,
    input logic [19:0] tbl_row_i,
    input logic [383:0] tbl_wdata_i,
    output logic tbl_ack_o,
    output logic [383:0] tbl_rdata_o
);

  localparam int unsigned HashLatency = HashMixRegs + HashFinalRegs;
  localparam int unsigned LATENCY = HashLatency + 4;
  localparam int unsigned ACL_LATENCY = 5;
  localparam int unsigned VirtualW = $clog2(Virtuals);

  if (Virtuals < 2 || Virtuals != (1 << VirtualW) || VirtualW > 10) begin : gen_virtuals_check
    $fatal(1, "classify: Virtuals must be a power of two from 2 to 1024");
  end

  // ---------------------------------------------------------------- table bus: look, let the owner work, ack

  // The banks of a row stand beside each other.
  logic [20:0] bus_row;
  assign bus_row = {tbl_row_i, tbl_bank_i};

  // Which table; none of them if its row does not exist.
  logic bus_start, bus_mine, bus_read_q;
  logic bus_acl_q, bus_key_q, bus_virtual_q, bus_prefix_q;
  // Bit k: an access began k + 1 cycles ago.
  logic [5:0] bus_wait_q;
  assign bus_mine = tbl_id_i >= sluice_pkg::TABLE_ACL_BITS && tbl_id_i <= sluice_pkg::TABLE_PREFIX_RESULT;
  assign bus_start = tbl_valid_i && bus_mine && bus_wait_q == '0 && !tbl_ack_o;

  always_ff @(posedge clk_i) begin
    if (rst_i) bus_wait_q <= '0;
    else bus_wait_q <= {bus_wait_q[4:0], bus_start};
  end

  always_ff @(posedge clk_i) begin : bus
    logic exists;
    if (bus_start) begin
      unique case (tbl_id_i)
        sluice_pkg::TABLE_ACL_BITS: exists = {12'd0, tbl_row_i} < sluice_pkg::ACL_BITS_ROWS;
        sluice_pkg::TABLE_ACL_ACTION: exists = {12'd0, tbl_row_i} < AclRules;
        sluice_pkg::TABLE_VIRTUAL_KEY: exists = {12'd0, tbl_row_i} < KeyRows;
        sluice_pkg::TABLE_VIRTUAL: exists = {12'd0, tbl_row_i} < Virtuals;
        sluice_pkg::TABLE_PREFIX_BITS: exists = {12'd0, tbl_row_i} < sluice_pkg::PREFIX_BITS_ROWS;
        default: exists = {12'd0, tbl_row_i} < Prefixes;
      endcase
      bus_read_q <= exists && !tbl_write_i;
      bus_acl_q <= exists &&
          (tbl_id_i == sluice_pkg::TABLE_ACL_BITS || tbl_id_i == sluice_pkg::TABLE_ACL_ACTION);
      bus_key_q <= exists && tbl_id_i == sluice_pkg::TABLE_VIRTUAL_KEY;
      bus_virtual_q <= exists && tbl_id_i == sluice_pkg::TABLE_VIRTUAL;
      bus_prefix_q <= exists &&
          (tbl_id_i == sluice_pkg::TABLE_PREFIX_BITS || tbl_id_i == sluice_pkg::TABLE_PREFIX_RESULT);
    end
  end

  // ---------------------------------------------------------------- what waits for the verdict

  logic active;
  assign active = valid_i && parsed_i.verdict == sluice_pkg::VERDICT_FORWARD && !parsed_i.direct;

  logic last_valid, last_active, last_multicast, last_fragment;
  sluice_pkg::verdict_e parsed_verdict;
  sluice_pkg::drop_reason_e parsed_reason;
  sluice_pkg::punt_cause_e parsed_cause;
  prim_delay #(
      .Width (17),
      .Cycles(LATENCY - 1)
  ) u_parsed_delay (
      .clk_i,
      .rst_i,
      .valid_i,
      .data_i({active, parsed_i.fragment, parsed_i.multicast, parsed_i.cause, parsed_i.reason, parsed_i.verdict}),
      .valid_o(last_valid),
      .data_o({last_active, last_fragment, last_multicast, parsed_cause, parsed_reason, parsed_verdict})
  );

  // ---------------------------------------------------------------- ACL

  logic acl_valid, acl_hit;
  logic [7:0] acl_rule;
  logic [1:0] acl_action;
  logic [AclRules-1:0] acl_bus_rdata;
  classify_acl #(
      .Rules(AclRules)
  ) u_acl (
      .clk_i,
      .rst_i,
      .bus_access_i(bus_wait_q[0] && bus_acl_q),
      .bus_write_i(tbl_write_i),
      .bus_action_i(tbl_id_i == sluice_pkg::TABLE_ACL_ACTION),
      .bus_row_i(bus_row[14:0]),
      .bus_wdata_i(tbl_wdata_i[AclRules-1:0]),
      .bus_rdata_o(acl_bus_rdata),
      .valid_i(active && acl_enable_i),
      .bank_i(meta_i.bank),
      .is_v6_i(parsed_i.is_v6),
      .src_i(own_i.src),
      .dst_i(own_i.dst),
      .sport_i(own_i.sport),
      .dport_i(own_i.dport),
      .proto_i(own_i.proto),
      .misc_i({
        3'd0,
        parsed_i.l4 == sluice_pkg::L4_KIND_TCP && parsed_i.tcp_flags[1] && !parsed_i.tcp_flags[4],
        meta_i.port,
        parsed_i.is_v6
      }),
      .valid_o(acl_valid),
      .hit_o(acl_hit),
      .rule_o(acl_rule),
      .action_o(acl_action)
  );

  // Few bits: a shift register. Stage 0 is the oldest.
  localparam int unsigned ACL_WAIT = LATENCY - 1 - ACL_LATENCY;
  logic [11*ACL_WAIT-1:0] acl_wait_q;
  logic last_hit;
  logic [7:0] last_rule;
  logic [1:0] last_action;
  always_ff @(posedge clk_i) begin
    acl_wait_q <= {acl_valid && acl_hit, acl_rule, acl_action, acl_wait_q[11*ACL_WAIT-1:11]};
  end
  assign {last_hit, last_rule, last_action} = acl_wait_q[10:0];

  // ---------------------------------------------------------------- hashes

  logic hashed, dst_hashed;
  logic [63:0] hash_src, hash_dst, hash_src0, hash_dst0;
  prim_hash #(
      .MixRegs  (HashMixRegs),
      .FinalRegs(HashFinalRegs)
  ) u_hash_src (
      .clk_i,
      .rst_i,
      .key_i(hash_key_i),
      .valid_i(active),
      .is_v6_i(parsed_i.is_v6),
      .address_i(key_i.src),
      .port_i(key_i.sport),
      .valid_o(hashed),
      .hash_o(hash_src),
      .hash0_o(hash_src0)
  );

  prim_hash #(
      .MixRegs  (HashMixRegs),
      .FinalRegs(HashFinalRegs)
  ) u_hash_dst (
      .clk_i,
      .rst_i,
      .key_i(hash_key_i),
      .valid_i(active),
      .is_v6_i(parsed_i.is_v6),
      .address_i(key_i.dst),
      .port_i(key_i.dport),
      .valid_o(dst_hashed),
      .hash_o(hash_dst),
      .hash0_o(hash_dst0)
  );

  logic hash_delay_valid;
  prim_delay #(
      .Width (4 * 64),
      .Cycles(LATENCY - HashLatency)
  ) u_hash_delay (
      .clk_i,
      .rst_i,
      .valid_i(hashed),
      .data_i({hash_dst0, hash_src0, hash_dst, hash_src}),
      .valid_o(hash_delay_valid),
      .data_o({hash_dst0_o, hash_src0_o, hash_dst_o, hash_src_o})
  );

  // The key waits for its hash.
  logic [HashLatency-1:0] key_valid_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) key_valid_q <= '0;
    else key_valid_q <= {key_valid_q[HashLatency-2:0], active};
  end

  for (genvar i = 0; i < HashLatency; i++) begin : gen_key
    logic bank_q, is_v6_q;
    logic [2:0] in_port_q;
    logic [127:0] address_q;
    logic [15:0] port_q;
    logic [7:0] proto_q;
    if (i == 0) begin : gen_first
      always_ff @(posedge clk_i) begin
        if (active) begin
          bank_q <= meta_i.bank;
          is_v6_q <= parsed_i.is_v6;
          in_port_q <= meta_i.port;
          address_q <= key_i.dst;
          port_q <= key_i.dport;
          proto_q <= key_i.proto;
        end
      end
    end else begin : gen_next
      always_ff @(posedge clk_i) begin
        if (key_valid_q[i-1]) begin
          bank_q <= gen_key[i-1].bank_q;
          is_v6_q <= gen_key[i-1].is_v6_q;
          in_port_q <= gen_key[i-1].in_port_q;
          address_q <= gen_key[i-1].address_q;
          port_q <= gen_key[i-1].port_q;
          proto_q <= gen_key[i-1].proto_q;
        end
      end
    end
  end

  // ---------------------------------------------------------------- virtual: keys, prefixes

  logic key_done, key_done_bank, key_found, key_punt;
  logic [9:0] key_virtual;
  logic [sluice_pkg::VIRTUAL_KEY_ROW_W-1:0] key_bus_rdata;
  classify_keys #(
      .Rows(KeyRows)
  ) u_keys (
      .clk_i,
      .rst_i,
      .bus_access_i(bus_wait_q[0] && bus_key_q),
      .bus_write_i(tbl_write_i),
      .bus_row_i(bus_row[$clog2(KeyRows):0]),
      .bus_wdata_i(tbl_wdata_i[sluice_pkg::VIRTUAL_KEY_ROW_W-1:0]),
      .bus_rdata_o(key_bus_rdata),
      .valid_i(key_valid_q[HashLatency-1]),
      .bank_i(gen_key[HashLatency-1].bank_q),
      .is_v6_i(gen_key[HashLatency-1].is_v6_q),
      .address_i(gen_key[HashLatency-1].address_q),
      .port_i(gen_key[HashLatency-1].port_q),
      .proto_i(gen_key[HashLatency-1].proto_q),
      .hash_i(hash_dst),
      .hash0_i(hash_dst0),
      .valid_o(key_done),
      .bank_o(key_done_bank),
      .found_o(key_found),
      .virtual_id_o(key_virtual),
      .punt_o(key_punt)
  );

  // Done when the keys are: begun three cycles earlier, whether or not a key will match.
  logic prefix_found, prefix_punt;
  logic [9:0] prefix_virtual;
  logic [sluice_pkg::PREFIX_BITS_ROW_W-1:0] prefix_bus_rdata;
  classify_prefix #(
      .Entries(Prefixes)
  ) u_prefix (
      .clk_i,
      .rst_i,
      .bus_access_i(bus_wait_q[0] && bus_prefix_q),
      .bus_write_i(tbl_write_i),
      .bus_result_i(tbl_id_i == sluice_pkg::TABLE_PREFIX_RESULT),
      .bus_row_i(bus_row[13:0]),
      .bus_wdata_i(tbl_wdata_i[sluice_pkg::PREFIX_BITS_ROW_W-1:0]),
      .bus_rdata_o(prefix_bus_rdata),
      .valid_i(key_valid_q[HashLatency-4] && prefix_enable_i),
      .bank_i(gen_key[HashLatency-4].bank_q),
      .is_v6_i(gen_key[HashLatency-4].is_v6_q),
      .in_port_i(gen_key[HashLatency-4].in_port_q),
      .address_i(gen_key[HashLatency-4].address_q),
      .port_i(gen_key[HashLatency-4].port_q),
      .proto_i(gen_key[HashLatency-4].proto_q),
      .found_o(prefix_found),
      .virtual_id_o(prefix_virtual),
      .punt_o(prefix_punt)
  );

  // ---------------------------------------------------------------- row of the virtual

  logic found;
  logic [9:0] virtual_id;
  assign found = key_found || prefix_found;
  assign virtual_id = key_found ? key_virtual : prefix_virtual;

  logic row_found_q, row_punt_q;
  logic [9:0] row_virtual_q;
  always_ff @(posedge clk_i) begin
    if (key_done) begin
      row_found_q <= found;
      row_punt_q <= key_found ? key_punt : prefix_punt;
      row_virtual_q <= virtual_id;
    end
  end

  sluice_pkg::virtual_row_t row;
  logic [sluice_pkg::VIRTUAL_ROW_W-1:0] row_bus_rdata;
  prim_table_ram #(
      .Width(sluice_pkg::VIRTUAL_ROW_W),
      .Depth(2 * Virtuals)
  ) u_virtual (
      .clk_i,
      .a_en_i(bus_wait_q[0] && bus_virtual_q),
      .a_we_i(tbl_write_i),
      .a_addr_i(bus_row[VirtualW:0]),
      .a_wdata_i(tbl_wdata_i[sluice_pkg::VIRTUAL_ROW_W-1:0]),
      .a_rdata_o(row_bus_rdata),
      .b_en_i(key_done && found),
      .b_addr_i({virtual_id[VirtualW-1:0], key_done_bank}),
      .b_rdata_o(row)
  );

  // ---------------------------------------------------------------- verdict

  classify_verdict u_verdict (
      .clk_i,
      .rst_i,
      .valid_i(last_valid),
      .active_i(last_active),
      .multicast_i(last_multicast),
      .fragment_i(last_fragment),
      .verdict_i(parsed_verdict),
      .reason_i(parsed_reason),
      .cause_i(parsed_cause),
      .acl_hit_i(last_hit),
      .acl_rule_i(last_rule),
      .acl_action_i(last_action),
      .found_i(row_found_q),
      .punt_i(row_punt_q),
      .virtual_id_i(row_virtual_q),
      .row_i(row),
      .valid_o,
      .classified_o,
      .acl_police_o
  );

  // ---------------------------------------------------------------- answers to the bus

  logic [383:0] bus_rdata_q;
  always_ff @(posedge clk_i) begin
    tbl_ack_o <= bus_wait_q[5] && !rst_i;
    if (bus_wait_q[5] && bus_read_q) begin
      if (bus_acl_q) bus_rdata_q <= 384'(acl_bus_rdata);
      else if (bus_key_q) bus_rdata_q <= 384'(key_bus_rdata);
      else if (bus_virtual_q) bus_rdata_q <= 384'(row_bus_rdata);
      else bus_rdata_q <= 384'(prefix_bus_rdata);
    end else if (tbl_ack_o || rst_i) begin
      bus_rdata_q <= '0;
    end
  end
  assign tbl_rdata_o = bus_rdata_q;

  logic unused;
  assign unused = &{1'b0, meta_i, parsed_i, own_i, key_i, tbl_wdata_i, bus_row, gen_key[HashLatency-1].in_port_q};

  `SLUICE_ASSERT(HashesTogether, hashed == dst_hashed && hashed == key_valid_q[HashLatency-1])
  `SLUICE_ASSERT(HashesInTime, !hash_delay_valid || valid_o)

endmodule
