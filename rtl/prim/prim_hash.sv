// SPDX-License-Identifier: Apache-2.0
//
// The keyed hash of an address and a port, hash64 of docs/data-plane.md, section 4, for the port and for port 0 at once.
//
// LATENCY = MixRegs + FinalRegs: the six steps of `mix` are spread over MixRegs register stages, the seven of `final`
// over FinalRegs. One hash per clock. IPv4 addresses are in address_i[31:0]; they go past `mix`.
// Outputs hold until the next hash; hash0_o costs a second `final`, which synthesis removes if it is not used.
// The construction is Bob Jenkins' lookup3 (2006) with the key as initial value.
module prim_hash #(
    parameter int unsigned MixRegs   = 1,
    parameter int unsigned FinalRegs = 1
) (
    input logic clk_i,
    input logic rst_i,

    input logic [95:0] key_i,

    input logic valid_i,
    input logic is_v6_i,
    input logic [127:0] address_i,
    input logic [15:0] port_i,

    output logic valid_o,
    output logic [63:0] hash_o,
    output logic [63:0] hash0_o
);

  localparam int unsigned LATENCY = MixRegs + FinalRegs;
  localparam int unsigned MIX_STEPS = 6;
  localparam int unsigned FINAL_STEPS = 7;

  if (MixRegs < 1 || MixRegs > MIX_STEPS || FinalRegs < 1 || FinalRegs > FINAL_STEPS) begin : gen_regs_check
    $fatal(1, "prim_hash: MixRegs must be 1 to 6 and FinalRegs 1 to 7");
  end

  // Bit k: a hash was begun k + 1 cycles ago.
  logic [LATENCY-1:0] valid_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= '0;
    else valid_q <= {valid_q[LATENCY-2:0], valid_i};
  end
  assign valid_o = valid_q[LATENCY-1];

  // The address: what enters the mix, and what waits beside it.
  for (genvar i = 0; i < MixRegs; i++) begin : gen_mix
    logic valid_d, is_v6_d;
    logic [31:0] x_d, y_d, z_d, x_q, y_q, z_q;
    logic [31:0] last_word_d, last_word_q;
    logic [15:0] port_d, port_q;
    logic is_v6_q;

    if (i == 0) begin : gen_first
      assign valid_d = valid_i;
      assign is_v6_d = is_v6_i;
      assign x_d = key_i[31:0] + address_i[31:0];
      assign y_d = is_v6_i ? key_i[63:32] + address_i[63:32] : key_i[63:32];
      assign z_d = is_v6_i ? key_i[95:64] + address_i[95:64] : key_i[95:64];
      assign last_word_d = address_i[127:96];
      assign port_d = port_i;
    end else begin : gen_next
      assign valid_d = valid_q[i-1];
      assign is_v6_d = gen_mix[i-1].is_v6_q;
      assign x_d = gen_mix[i-1].x_q;
      assign y_d = gen_mix[i-1].y_q;
      assign z_d = gen_mix[i-1].z_q;
      assign last_word_d = gen_mix[i-1].last_word_q;
      assign port_d = gen_mix[i-1].port_q;
    end

    prim_hash_mix #(
        .First(i * MIX_STEPS / MixRegs),
        .Last ((i + 1) * MIX_STEPS / MixRegs - 1)
    ) u_mix (
        .clk_i,
        .valid_i(valid_d),
        .enable_i(is_v6_d),
        .x_i(x_d),
        .y_i(y_d),
        .z_i(z_d),
        .x_o(x_q),
        .y_o(y_q),
        .z_o(z_q)
    );

    always_ff @(posedge clk_i) begin
      if (valid_d) begin
        is_v6_q <= is_v6_d;
        last_word_q <= last_word_d;
        port_q <= port_d;
      end
    end
  end

  // The port: (a, b, c) with the port, and with port 0.
  logic is_v6;
  logic [31:0] a, b, c, b_port;
  assign is_v6 = gen_mix[MixRegs-1].is_v6_q;
  assign a = is_v6 ? gen_mix[MixRegs-1].x_q + gen_mix[MixRegs-1].last_word_q : gen_mix[MixRegs-1].x_q;
  assign b = gen_mix[MixRegs-1].y_q + {15'd0, is_v6, 16'd0};
  assign c = gen_mix[MixRegs-1].z_q;
  assign b_port = gen_mix[MixRegs-1].y_q + {15'd0, is_v6, gen_mix[MixRegs-1].port_q};

  for (genvar i = 0; i < FinalRegs; i++) begin : gen_final
    logic [31:0] x_d, y_d, z_d, x_q, y_q, z_q;
    logic [31:0] x0_d, y0_d, z0_d, x0_q, y0_q, z0_q;

    if (i == 0) begin : gen_first
      assign {x_d, y_d, z_d} = {c, b_port, a};
      assign {x0_d, y0_d, z0_d} = {c, b, a};
    end else begin : gen_next
      assign {x_d, y_d, z_d} = {gen_final[i-1].x_q, gen_final[i-1].y_q, gen_final[i-1].z_q};
      assign {x0_d, y0_d, z0_d} = {gen_final[i-1].x0_q, gen_final[i-1].y0_q, gen_final[i-1].z0_q};
    end

    prim_hash_final #(
        .First(i * FINAL_STEPS / FinalRegs),
        .Last ((i + 1) * FINAL_STEPS / FinalRegs - 1)
    ) u_final (
        .clk_i,
        .valid_i(valid_q[MixRegs-1+i]),
        .x_i(x_d),
        .y_i(y_d),
        .z_i(z_d),
        .x_o(x_q),
        .y_o(y_q),
        .z_o(z_q)
    );

    prim_hash_final #(
        .First(i * FINAL_STEPS / FinalRegs),
        .Last ((i + 1) * FINAL_STEPS / FinalRegs - 1)
    ) u_final0 (
        .clk_i,
        .valid_i(valid_q[MixRegs-1+i]),
        .x_i(x0_d),
        .y_i(y0_d),
        .z_i(z0_d),
        .x_o(x0_q),
        .y_o(y0_q),
        .z_o(z0_q)
    );
  end

  // After the last step the words are (a, c, b).
  assign hash_o = {gen_final[FinalRegs-1].z_q, gen_final[FinalRegs-1].y_q};
  assign hash0_o = {gen_final[FinalRegs-1].z0_q, gen_final[FinalRegs-1].y0_q};

  logic unused;
  assign unused = &{1'b0, gen_final[FinalRegs-1].x_q, gen_final[FinalRegs-1].x0_q};

endmodule
