// SPDX-License-Identifier: Apache-2.0
//
// IPv6: header, extension headers, addresses, fragments (docs/data-plane.md, section 3, steps 5 to 7).
//
// LATENCY 1. ip_o: the header and its extensions are good. multicast_o, proto_o, l3_len_o, l4_skip_o (bytes from the
// IP header to layer 4) hold only if ip_o is set. Extension headers start and end at multiples of 8 bytes from the
// IP header, so the walk goes over eight-byte slots of the window.
module parse_ipv6 (
    input logic clk_i,

    input logic valid_i,
    input logic [4:0] l3_offset_i,
    input logic [13:0] l3_room_i,
    input logic [parse_pkg::L3_W-1:0] l3_i,
    input logic [1:0] fragments_i,

    output logic [parse_pkg::RULING_W-1:0] ruling_o,
    output logic ip_o,
    output logic multicast_o,
    output logic fragment_o,  // to be forwarded
    output logic [7:0] proto_o,
    output logic [15:0] l3_len_o,
    output logic [6:0] l4_skip_o
);

  localparam int unsigned MAX_EXTENSIONS = 3;
  localparam int unsigned SLOTS = 10;

  localparam logic [7:0] HOP_BY_HOP = 8'd0;
  localparam logic [7:0] ROUTING = 8'd43;
  localparam logic [7:0] FRAGMENT = 8'd44;
  localparam logic [7:0] DESTINATION = 8'd60;

  function automatic is_extension(input [7:0] header);
    is_extension = header == HOP_BY_HOP || header == ROUTING || header == FRAGMENT || header == DESTINATION;
  endfunction

  always_ff @(posedge clk_i) begin
    if (valid_i) begin : work
      logic [15:0] payload;
      logic [16:0] total;
      logic [6:0] visible;
      logic [127:0] src;
      logic [127:0] dst;
      logic [7:0] next;
      logic [6:0] skip;
      logic [31:0] header;
      logic [8:0] ends;
      logic [SLOTS-1:0] at;
      logic [SLOTS-1:0] after;
      logic [SLOTS*(SLOTS-1)-1:0] to;
      logic [SLOTS-2:0] fits;
      logic [SLOTS-2:0] fits_one;
      logic [SLOTS-2:0] more;
      logic [SLOTS-2:0] hop;
      logic [SLOTS-2:0] short;
      logic [SLOTS-2:0] part;
      logic walking;
      logic at_hop;
      logic at_short;
      logic extension_bad;
      logic fragment;
      logic src_bad;
      logic dst_bad;

      payload = {l3_i[39:32], l3_i[47:40]};
      total = {1'b0, payload} + 17'd40;
      src = l3_i[191:64];
      dst = l3_i[319:192];

      // The walk over the extension headers. What a header at a slot would say is worked out for all slots at once; a
      // step then only selects: at has the bit of the slot that the walk stands at. A header that starts in slot 9
      // ends beyond the window. visible: bytes behind the fixed header in the packet and in the window.
      next = l3_i[55:48];
      at = SLOTS'(1);
      fragment = 1'b0;
      extension_bad = 1'b0;
      if (is_extension(next)) begin
        visible = 7'd88 - {2'd0, l3_offset_i};
        if (payload < {9'd0, visible}) visible = payload[6:0];
        for (int unsigned s = 0; s < SLOTS - 1; s++) begin
          header = l3_i[64 * (s + 5) +: 32];
          ends = 9'(s) + 9'd1 + {1'b0, header[15:8]};
          fits[s] = ends <= {5'd0, visible[6:3]};
          fits_one[s] = 4'(s) < visible[6:3];
          more[s] = is_extension(header[7:0]);
          hop[s] = header[7:0] == HOP_BY_HOP;
          short[s] = header[7:0] == FRAGMENT;
          part[s] = (header[31:16] & 16'hf9ff) != '0;
          to[SLOTS * s +: SLOTS] = SLOTS'(2) << (4'(s) + header[11:8]);
        end
        walking = 1'b1;
        at_hop = 1'b0;
        at_short = next == FRAGMENT;
        for (int unsigned i = 0; i < MAX_EXTENSIONS; i++) begin
          if (walking) begin
            if (at_hop || (at & {1'b0, at_short ? fits_one : fits}) == '0) begin
              extension_bad = 1'b1;
              walking = 1'b0;
            end else begin
              fragment = at_short && (at[SLOTS-2:0] & part) != '0;
              walking = !fragment && (at[SLOTS-2:0] & more) != '0;
              at_hop = (at[SLOTS-2:0] & hop) != '0;
              next = '0;
              after = at_short ? at << 1 : '0;
              for (int unsigned s = 0; s < SLOTS - 1; s++) begin
                if (at[s]) next = next | l3_i[64 * (s + 5) +: 8];
                if (at[s] && !at_short) after = after | to[SLOTS * s +: SLOTS];
              end
              at_short = (at[SLOTS-2:0] & short) != '0;
              at = after;
            end
          end
        end
        if (walking) extension_bad = 1'b1;
      end
      skip = '0;
      for (int unsigned s = 0; s < SLOTS; s++) if (at[s]) skip = skip | 7'(40 + 8 * s);

      src_bad = src[7:0] == 8'hff || (src[119:0] == '0 && (src[127:120] == 8'd1 ||
                (src[127:120] == '0 && (next != parse_pkg::PROTO_ICMPV6 || fragment))));
      dst_bad = dst[119:0] == '0 && dst[127:121] == '0;

      ruling_o <= '0;
      ip_o <= 1'b0;
      fragment_o <= 1'b0;
      multicast_o <= dst[7:0] == 8'hff;
      proto_o <= next;
      l3_len_o <= total[15:0];
      l4_skip_o <= skip;
      if (l3_room_i < 14'd40 || l3_i[7:4] != 4'd6 || payload == '0) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_IPV6_HEADER);
      end else if (total > {3'd0, l3_room_i}) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_IPV6_TRUNCATED);
      end else if (extension_bad) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_IPV6_EXTENSION);
      end else begin
        ip_o <= 1'b1;
        if (src_bad || dst_bad) begin
          ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_MARTIAN);
          multicast_o <= 1'b0;
        end else if (src == dst) begin
          ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_LAND);
          multicast_o <= 1'b0;
        end else if (fragment) begin
          fragment_o <= fragments_i == sluice_pkg::FRAGMENT_ACTION_FORWARD;
          if (fragments_i != sluice_pkg::FRAGMENT_ACTION_FORWARD) begin
            ruling_o <= (fragments_i == sluice_pkg::FRAGMENT_ACTION_PUNT) ?
                parse_pkg::punt(sluice_pkg::PUNT_CAUSE_FRAGMENT) :
                parse_pkg::drop(sluice_pkg::DROP_REASON_IP_FRAGMENT);
          end
        end
      end
    end
  end

  // Traffic class, flow label and hop limit do not matter here.
  logic unused;
  assign unused = &{1'b0, l3_i[3:0], l3_i[31:8], l3_i[63:56]};

endmodule
