// SPDX-License-Identifier: Apache-2.0
//
// The tunnel header: outer IPv4 or IPv6, UDP and GUE (docs/data-plane.md, section 9).
//
// LATENCY 1. valid_i: a packet whose mode is ipip, gue0 or gue1. len_i: its layer-3 length with the tunnel header.
// header_o: first byte in bits 7:0; tunnel_len (see edit_pkg) bytes of it are the header, the rest is undefined.
module edit_tunnel (
    input logic clk_i,

    input logic valid_i,
    input sluice_pkg::virtual_mode_e mode_i,
    input logic inner_v6_i,
    input logic outer_v6_i,
    input logic [7:0] tos_i,
    input logic [15:0] len_i,
    input logic [15:0] entropy_i,
    input logic [127:0] address_i,
    input logic [31:0] source4_i,
    input logic [127:0] source6_i,

    output logic [8*edit_pkg::TUNNEL_BYTES-1:0] header_o
);

  always_ff @(posedge clk_i) begin
    if (valid_i) begin : work
      logic gue;
      logic gue0;
      logic [7:0] inner_proto;
      logic [7:0] proto;
      logic [15:0] payload;  // behind the outer IP header
      logic [edit_pkg::CHANGE_W-1:0] sum;
      logic [95:0] shim;  // UDP and GUE
      gue0 = mode_i == sluice_pkg::VIRTUAL_MODE_GUE0;
      gue = gue0 || mode_i == sluice_pkg::VIRTUAL_MODE_GUE1;
      inner_proto = inner_v6_i ? 8'd41 : 8'd4;
      proto = gue ? 8'd17 : inner_proto;
      payload = len_i - (outer_v6_i ? 16'd40 : 16'd20);
      shim = {
        16'd0, inner_proto, 8'd0,  // GUE: variant 0, protocol, no flags
        16'd0, payload[7:0], payload[15:8],
        sluice_pkg::GUE_UDP_PORT[7:0], sluice_pkg::GUE_UDP_PORT[15:8],
        entropy_i[7:0], 2'b11, entropy_i[13:8]
      };
      if (outer_v6_i) begin
        header_o <= {
          shim,
          address_i,
          source6_i,
          8'd64, proto, payload[7:0], payload[15:8],
          entropy_i[7:0], entropy_i[15:8], tos_i[3:0], 4'd0, 4'd6, tos_i[7:4]
        };
      end else begin
        sum = edit_pkg::sum32({len_i[7:0], len_i[15:8], tos_i, 8'h45}) + edit_pkg::sum32({16'h0040, proto, 8'd64}) +
            edit_pkg::sum32(source4_i) + edit_pkg::sum32(address_i[31:0]);
        header_o <= {
          160'd0,
          shim,
          address_i[31:0],
          source4_i,
          ~edit_pkg::fold(sum, 1'b0), proto, 8'd64,
          16'h0040, 16'd0,  // don't fragment, id 0
          len_i[7:0], len_i[15:8], tos_i, 8'h45
        };
      end
    end
  end

endmodule
