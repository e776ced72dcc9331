// SPDX-License-Identifier: Apache-2.0
//
// IPv4: header, checksum, options, addresses, fragments (docs/data-plane.md, section 3, steps 4, 6 and 7).
//
// LATENCY 1. ip_o: the header is good. multicast_o, proto_o, l3_len_o, l4_skip_o (bytes from the IP header to layer 4)
// hold only if ip_o is set.
module parse_ipv4 (
    input logic clk_i,

    input logic valid_i,
    input logic [13:0] l3_room_i,
    input logic [parse_pkg::L3_W-1:0] l3_i,
    input logic [1:0] fragments_i,
    input logic drop_options_i,

    output logic [parse_pkg::RULING_W-1:0] ruling_o,
    output logic ip_o,
    output logic multicast_o,
    output logic fragment_o,  // to be forwarded
    output logic [7:0] proto_o,
    output logic [15:0] l3_len_o,
    output logic [6:0] l4_skip_o
);

  always_ff @(posedge clk_i) begin
    if (valid_i) begin : work
      logic [3:0] ihl;
      logic [15:0] total;
      logic [31:0] src;
      logic [31:0] dst;
      logic [319:0] options;
      logic [35:0] sum;
      logic [17:0] half;
      logic src_bad;
      logic dst_bad;
      logic fragment;
      logic multicast;

      ihl = l3_i[3:0];
      total = {l3_i[23:16], l3_i[31:24]};
      src = l3_i[127:96];
      dst = l3_i[159:128];

      // One's-complement sum: words of 32 bits, then folded. Right if all bits are set. Options beyond the header are
      // masked before the sum, so that it is one tree of adders.
      options = '0;
      if (ihl > 4'd5) begin
        for (int unsigned word = 5; word < 15; word++) begin
          if (word < 32'(ihl)) options[32*(word-5) +: 32] = l3_i[32*word +: 32];
        end
      end
      sum = {4'd0, l3_i[31:0]} + {4'd0, l3_i[63:32]} + {4'd0, l3_i[95:64]} + {4'd0, src} + {4'd0, dst}
          + {4'd0, options[0 +: 32]} + {4'd0, options[32 +: 32]} + {4'd0, options[64 +: 32]} + {4'd0, options[96 +: 32]}
          + {4'd0, options[128 +: 32]} + {4'd0, options[160 +: 32]} + {4'd0, options[192 +: 32]}
          + {4'd0, options[224 +: 32]} + {4'd0, options[256 +: 32]} + {4'd0, options[288 +: 32]};
      half = {2'd0, sum[15:0]} + {2'd0, sum[31:16]} + {14'd0, sum[35:32]};

      multicast = dst[7:4] == 4'he || dst == '1;
      src_bad = src[7:4] == 4'he || src == '1 || src[7:0] == 8'd127 || src == '0;
      dst_bad = dst[7:0] == 8'd127 || dst == '0;
      fragment = (l3_i[63:48] & 16'hff3f) != '0;

      ruling_o <= '0;
      ip_o <= 1'b0;
      fragment_o <= 1'b0;
      multicast_o <= multicast;
      proto_o <= l3_i[79:72];
      l3_len_o <= total;
      l4_skip_o <= {1'b0, ihl, 2'd0};
      if (l3_room_i < 14'd20 || l3_i[7:4] != 4'd4 || ihl < 4'd5 || total < {10'd0, ihl, 2'd0}) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_IPV4_HEADER);
      end else if (total > {2'd0, l3_room_i}) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_IPV4_TRUNCATED);
      end else if (half[15:2] != '1 || half[1:0] != ~half[17:16]) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_IPV4_CHECKSUM);
      end else if (drop_options_i && ihl > 4'd5) begin
        ruling_o <= parse_pkg::drop(sluice_pkg::DROP_REASON_IPV4_OPTIONS);
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

endmodule
