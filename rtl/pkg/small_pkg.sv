// SPDX-License-Identifier: Apache-2.0
//
// What the modules of the small profile share: register map, rows of its memories, what travels with a packet.
//
// Verdicts, reasons, causes, states and results are those of sluice_pkg. Addresses, ports, MAC addresses and checksums
// are in memory order, as everywhere: byte k of the field on the wire stands in bits 8k+7..8k.
package small_pkg;

  // Sizes. Member m of the results is row m - 1 here: member 0 is "none", as in the full profile.
  localparam int unsigned VIRTUALS = 8;
  localparam int unsigned MEMBERS = 16;
  localparam int unsigned NEIGHBORS = 16;
  localparam int unsigned ACL_RULES = 8;
  localparam int unsigned CONNECTIONS = 512;
  localparam int unsigned RING_SLOTS = 2048;  // of all rings
  localparam int unsigned BUFFER_BEATS = 256;  // packet buffer, beats of 8 bytes
  localparam int unsigned MIN_FRAME = 14;
  localparam int unsigned MAX_FRAME = 1536;
  localparam int unsigned TICK_W = 21;  // bits of an age tick

  // Register map: word addresses of 16 bits. Rows of 64 bits take two words: the even one is staged, the odd one writes.
  localparam logic [3:0] SPACE_REGISTERS = 4'h0;
  localparam logic [3:0] SPACE_ACL = 4'h1;  // write only: rule r is rows 2r (acl_address_t) and 2r + 1 (acl_rule_t)
  localparam logic [3:0] SPACE_LOOKUP = 4'h2;  // write only: rows as by LOOKUP_*
  localparam logic [3:0] SPACE_RING = 4'h3;  // write only: ring * 256 + slot, 4 bits: the member's row
  localparam logic [3:0] SPACE_COUNTERS = 4'h4;  // read only: 2 * row packets, 2 * row + 1 bytes

  // Registers.
  localparam logic [4:0] REG_ID = 5'd0;  // read only
  localparam logic [4:0] REG_SCRATCH = 5'd1;
  localparam logic [4:0] REG_CONTROL = 5'd2;  // 0 acl_enable, 1 fragments (1 = punt), 2 drop_options
  localparam logic [4:0] REG_PORTS = 5'd3;  // 4..0 up, 12..8 mac_filter, 29..16 mtu
  localparam logic [4:0] REG_MAC_LO = 5'd4;  // station address, first four bytes
  localparam logic [4:0] REG_MAC_HI = 5'd5;  // and the last two
  localparam logic [4:0] REG_HASH_KEY0 = 5'd6;
  localparam logic [4:0] REG_HASH_KEY1 = 5'd7;
  localparam logic [4:0] REG_HASH_KEY2 = 5'd8;
  localparam logic [4:0] REG_HALF_OPEN_MAX = 5'd9;
  localparam logic [4:0] REG_FLOW = 5'd10;  // read only: 9..0 live entries, 25..16 half-open ones
  localparam logic [31:0] ID = 32'h534c5331;  // 'SLS1'

  // First rows of the lookup memory.
  localparam logic [7:0] LOOKUP_KEY = 8'd0;  // virtual_key_t by virtual
  localparam logic [7:0] LOOKUP_VIRTUAL = 8'd8;  // virtual_row_t by virtual
  localparam logic [7:0] LOOKUP_MEMBER = 8'd16;  // member_row_t
  localparam logic [7:0] LOOKUP_NEIGHBOR = 8'd32;  // neighbor_row_t
  localparam logic [7:0] LOOKUP_TIMER = 8'd48;  // kinds 0..5 as TIMER of the full profile, age ticks in bits 20..0

  // First rows of the counters.
  localparam logic [7:0] COUNT_DROP = 8'd0;  // + drop reason
  localparam logic [7:0] COUNT_PORT_IN = 8'd128;  // + port
  localparam logic [7:0] COUNT_PORT_OUT = 8'd136;  // + port; bytes are lengths out
  localparam logic [7:0] COUNT_PUNT = 8'd144;  // + punt cause
  localparam logic [7:0] COUNT_FLOW = 8'd160;  // + flow result
  localparam logic [7:0] COUNT_CLOSE = 8'd168;  // + close cause
  localparam logic [7:0] COUNT_ACL = 8'd176;  // + rule
  localparam logic [7:0] COUNT_VIRTUAL = 8'd192;  // + direction * 8 + virtual
  localparam logic [7:0] COUNT_MEMBER = 8'd224;  // + direction * 16 + member row

  localparam logic [1:0] MODE_NAT = 2'd0;
  localparam logic [1:0] MODE_DSR = 2'd1;
  localparam logic [1:0] MODE_LOCAL = 2'd2;

  // Field order of the structs: first listed is the most significant.
  typedef struct packed {
    logic [31:0] dst;
    logic [31:0] src;
  } acl_address_t;

  typedef struct packed {
    logic [15:0] dport_high;  // numbers
    logic [15:0] dport_low;
    logic [2:0]  spare;
    logic        valid;
    logic [1:0]  action;       // acl_action_e without police
    logic        syn_only;     // TCP with SYN and without ACK
    logic        any_port;     // of ingress
    logic [2:0]  in_port;
    logic        any_proto;
    logic [7:0]  proto;
    logic [5:0]  dst_bits;     // prefix lengths, 0..32
    logic [5:0]  src_bits;
  } acl_rule_t;

  typedef struct packed {
    logic        loose;
    logic [1:0]  mode;
    logic        punt;        // with cause icmp
    logic        enabled;
    logic        valid;
    logic        any_proto;
    logic        any_port;
    logic [7:0]  proto;
    logic [15:0] port;
    logic [31:0] address;
  } virtual_key_t;

  typedef struct packed {
    logic [35:0] spare;
    logic        on_down;
    logic [1:0]  affinity;
    logic [9:0]  connection_limit;
    logic [3:0]  client_neighbor;
    logic [2:0]  ring;
    logic [7:0]  ring_size;
  } virtual_row_t;

  typedef struct packed {
    logic [9:0]  connection_limit;
    logic        accept_existing;
    logic        accept_new;
    logic [3:0]  neighbor;
    logic [15:0] port;  // 0 = keep the packet's
    logic [31:0] address;
  } member_row_t;

  typedef struct packed {
    logic [2:0]  port;  // 7 = not valid
    logic        vlan_tagged;
    logic [11:0] vlan;
    logic [47:0] mac;
  } neighbor_row_t;

  // An entry of the connection table: what changes with every packet, and what stays.
  typedef struct packed {
    logic [2:0] state;  // flow_state_e
    logic [TICK_W-1:0] expires;
  } flow_tag_t;

  typedef struct packed {
    logic        nat;
    logic [3:0]  member;
    logic [2:0]  virtual_id;
    logic [7:0]  proto;
    logic [15:0] virtual_port;
    logic [15:0] client_port;
    logic [31:0] client;
  } flow_key_t;

  // Registers as the data plane sees them.
  typedef struct packed {
    logic        acl_enable;
    logic        punt_fragments;
    logic        drop_options;
    logic [4:0]  port_up;
    logic [4:0]  mac_filter;
    logic [13:0] mtu;
    logic [47:0] mac;
    logic [31:0] key2;
    logic [31:0] key1;
    logic [31:0] key0;
    logic [9:0]  half_open_max;
  } config_t;

  // What the parser says of a frame.
  typedef struct packed {
    logic [1:0]  verdict;  // verdict_e
    logic [7:0]  reason;
    logic [3:0]  cause;
    logic        direct;
    logic        multicast;
    logic [2:0]  in_port;
    logic [2:0]  cpu_dest;
    logic [13:0] len;
    logic [8:0]  beats;  // of the frame in the packet buffer
    logic        has_tag;
    logic [3:0]  ihl;
    logic [10:0] l3_len;
    logic        last_hop;  // TTL 0 or 1
    logic        tcp;
    logic        udp;
    logic        fin;
    logic        syn;
    logic        rst;
    logic        ack;
    logic [7:0]  proto;
    logic [15:0] header_sum;  // IPv4 header checksum
    logic [15:0] l4_sum;      // TCP or UDP checksum
    logic [15:0] sport;
    logic [15:0] dport;
    logic [31:0] src;
    logic [31:0] dst;
  } header_t;

  // What is to be done with the oldest frame of the packet buffer.
  typedef struct packed {
    logic        send;     // else it is discarded
    logic        raw;      // as it came
    logic [2:0]  port;
    logic [13:0] out_len;
    logic [8:0]  beats;
    logic        has_tag;   // it came with a tag
    logic [3:0]  ihl;
    logic        tcp;
    logic        udp;
    logic        nat;
    logic        reverse;
    logic [31:0] old_address;
    logic [31:0] new_address;
    logic [15:0] old_port;
    logic [15:0] new_port;
    logic [15:0] header_sum;
    logic [15:0] l4_sum;
    logic        vlan_tagged;
    logic [11:0] vlan;
    logic [47:0] mac;
  } job_t;

  // One record for every frame, in the order of arrival.
  typedef struct packed {
    logic [1:0]  verdict;
    logic [7:0]  reason;
    logic [3:0]  cause;
    logic [2:0]  in_port;
    logic [2:0]  out_port;
    logic        direction;
    logic        has_virtual;
    logic [2:0]  virtual_id;
    logic        has_member;
    logic [3:0]  member;  // row
    logic [2:0]  flow;    // flow_result_e
    logic [2:0]  close_cause;
    logic        acl_hit;
    logic [2:0]  acl_rule;
    logic [13:0] in_len;
    logic [13:0] out_len;
  } result_t;
  localparam int unsigned RESULT_W = 68;

endpackage
