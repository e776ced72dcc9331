// SPDX-License-Identifier: Apache-2.0
//
// The new front of the frame: layer-2 header and tunnel header, and the lengths (docs/data-plane.md, section 9).
//
// LATENCY 1. With edit_i the front `strip_o` bytes of the frame are replaced by `prefix_len_o` bytes of prefix_o (first
// byte in bits 7:0; the rest of it is undefined), and Ethernet padding is cut off. Otherwise both are 0 and out_len_o
// is the length of the frame, or 0 if it is dropped.
module edit_encap (
    input logic clk_i,

    input logic valid_i,
    input logic edit_i,
    input logic drop_i,
    input logic [13:0] len_i,
    input logic [4:0] l3_offset_i,
    input logic [15:0] l3_len_i,
    input logic outer_v6_i,
    input logic [47:0] dst_mac_i,
    input logic [47:0] src_mac_i,
    input logic tagged_i,
    input logic [11:0] vlan_i,
    input logic [5:0] tunnel_len_i,
    input logic [8*edit_pkg::TUNNEL_BYTES-1:0] tunnel_i,

    output logic [13:0] out_len_o,
    output logic [6:0] strip_o,
    output logic [6:0] prefix_len_o,
    output logic [8*sluice_pkg::PREFIX_BYTES-1:0] prefix_o
);

  localparam int unsigned PREFIX_W = 8 * sluice_pkg::PREFIX_BYTES;
  localparam int unsigned TUNNEL_W = 8 * edit_pkg::TUNNEL_BYTES;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin : work
      logic [6:0] prefix_len;
      logic [15:0] ethertype;
      logic [143:0] l2;
      if (!edit_i) begin
        out_len_o <= drop_i ? '0 : len_i;
        strip_o <= '0;
        prefix_len_o <= '0;
      end else begin
        prefix_len = (tagged_i ? 7'd18 : 7'd14) + {1'b0, tunnel_len_i};
        out_len_o <= l3_len_i[13:0] + {7'd0, prefix_len};
        strip_o <= {2'd0, l3_offset_i};
        prefix_len_o <= prefix_len;

        ethertype = outer_v6_i ? 16'hdd86 : 16'h0008;
        l2 = tagged_i ? {ethertype, vlan_i[7:0], 4'd0, vlan_i[11:8], 16'h0081, src_mac_i, dst_mac_i} :
            {32'd0, ethertype, src_mac_i, dst_mac_i};
        if (tunnel_len_i == '0) begin
          prefix_o <= {{(PREFIX_W - 144) {1'b0}}, l2};
        end else if (tagged_i) begin
          prefix_o <= {{(PREFIX_W - TUNNEL_W - 144) {1'b0}}, tunnel_i, l2};
        end else begin
          prefix_o <= {{(PREFIX_W - TUNNEL_W - 112) {1'b0}}, tunnel_i, l2[111:0]};
        end
      end
    end
  end

  // The frame's length has 14 bits.
  logic unused;
  assign unused = &{1'b0, l3_len_i[15:14]};

endmodule
