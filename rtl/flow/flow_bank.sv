// SPDX-License-Identifier: Apache-2.0
//
// One bank of the connection table: tag and key memory, the match, and what the decision needs to know of the row.
//
// A row of the tag memory holds all ways, in two words per way that are read and written together:
//   hot  {expires 24, forward digest 24, virtual 10, timer 2, nat 1, state 3}
//   cold {member 12, reverse digest 24}
// and the key memory one way per row: {server_port 16, is_v6 1, key tuple as of the client's packets 296}.
//
// Cycle 1: read1_i, row1_i. Cycle 2: digests are compared; the key of the first live match (fetch2_i: of way
// fetch_way2_i) is read; match2_o and member2_o are for the read of the member's address. Cycle 3: found_o, way_o,
// hot_o, cold_o, key_o of the match, exact_o: its key is the packet's; with place_i or scrub3_i what flow_place says. The write of cycle 3 (write_i; key with write_key_i) is in memory for reads of later cycles; last_* hand it to
// the two packets behind, in cycle 2 and 3 of theirs, so that each packet sees the row as all before it left it.
//
// Two live entries of one row never have the same digest: the second would not have been made. (Entries that come back
// to life 2^23 age ticks after their death, never scrubbed, are the exception: of two, one may be taken for an alias.)
//
// Tags are 0, free, at power-up. Memories are block RAM: one write port, synchronous reads.
module flow_bank #(
    parameter int unsigned Ways = 4,
    parameter int unsigned RowsLog2 = 16,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned CountW = $clog2(Ways + 1),
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,

    // Cycle 1.
    input logic read1_i,
    input logic [RowsLog2-1:0] row1_i,

    // Cycle 2.
    input logic look2_i,
    input logic scrub2_i,
    input logic fetch2_i,
    input logic [WayW-1:0] fetch_way2_i,
    input logic [RowsLog2-1:0] row2_i,
    input logic reverse2_i,
    input logic [23:0] digest2_i,
    input logic [23:0] age2_i,
    output logic match2_o,
    output logic [11:0] member2_o,

    // Cycle 3.
    input logic look3_i,
    input logic scrub3_i,
    input logic fetch3_i,
    input logic [RowsLog2-1:0] row3_i,
    input logic reverse3_i,
    input logic [23:0] digest3_i,
    input logic [23:0] age3_i,
    input sluice_pkg::tuple_t key3_i,
    input logic is_v6_3_i,
    input logic [127:0] address3_i,
    input logic [1:0] scrub_mode_i,
    input logic [11:0] scrub_arg_i,
    output logic found_o,
    output logic [WayW-1:0] way_o,
    output logic [63:0] hot_o,
    output logic [35:0] cold_o,
    output logic exact_o,
    output logic [KeyW-1:0] key_o,

    // Cycle 3, for a new entry; pick_* also for the scrub engine.
    input logic place_i,
    input logic keep_i,
    input logic [WayW-1:0] keep_way_i,
    input logic nat_i,
    input logic [23:0] new_reverse_i,
    output logic alias_o,
    output logic [CountW-1:0] open_count_o,
    output logic [WayW-1:0] open_way_o,
    output logic [24:0] open_entry_o,
    output logic pick_o,
    output logic [WayW-1:0] pick_way_o,
    output logic [24:0] pick_entry_o,

    // Cycle 3: the write.
    input logic write_i,
    input logic write_key_i,
    input logic [WayW-1:0] write_way_i,
    input logic [63:0] write_hot_i,
    input logic [35:0] write_cold_i,
    input logic [KeyW-1:0] write_key_data_i,

    // The write of the cycle before, if it was to this bank.
    input logic last_i,
    input logic [RowsLog2-1:0] last_row_i,
    input logic [WayW-1:0] last_way_i,
    input logic [63:0] last_hot_i,
    input logic [35:0] last_cold_i,
    input logic [KeyW-1:0] last_key_i,
    input logic [127:0] last_address_i
);

  localparam logic [2:0] FREE = sluice_pkg::FLOW_STATE_FREE;

  // Live: not free and age_tick - expires negative.
  function automatic is_live(input logic [2:0] state, input logic [23:0] expires, input logic [23:0] age);
    is_live = (age - expires) >= 24'h800000 && state != FREE;
  endfunction

  // ---------------------------------------------------------------- memories

  logic [Ways*64-1:0] hots[1 << RowsLog2];
  logic [Ways*36-1:0] colds[1 << RowsLog2];
  logic [KeyW-1:0] keys[1 << (RowsLog2 + $clog2(Ways))];

`ifdef SLUICE_SIM
  initial begin
    for (int unsigned i = 0; i < (1 << RowsLog2); i++) begin
      hots[i]  = '0;
      colds[i] = '0;
    end
  end
`endif

  for (genvar w = 0; w < Ways; w++) begin : gen_write
    always_ff @(posedge clk_i) begin
      if (write_i && write_way_i == WayW'(w)) hots[row3_i][w*64+:64] <= write_hot_i;
    end
    always_ff @(posedge clk_i) begin
      if (write_i && write_way_i == WayW'(w)) colds[row3_i][w*36+:36] <= write_cold_i;
    end
  end

  logic [Ways*64-1:0] hot_q;
  logic [Ways*36-1:0] cold_q;
  always_ff @(posedge clk_i) begin
    if (read1_i) hot_q <= hots[row1_i];
  end
  always_ff @(posedge clk_i) begin
    if (read1_i) cold_q <= colds[row1_i];
  end

  // ---------------------------------------------------------------- cycle 2: match

  // The row with the write that its read did not see.
  logic [Ways*64-1:0] hot2;
  logic [Ways*36-1:0] cold2;
  always_comb begin
    hot2  = hot_q;
    cold2 = cold_q;
    if (last_i && last_row_i == row2_i) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (last_way_i == WayW'(w)) begin
          hot2[w*64+:64]  = last_hot_i;
          cold2[w*36+:36] = last_cold_i;
        end
      end
    end
  end

  logic [Ways-1:0] match2;
  logic [WayW-1:0] way2;
  always_comb begin
    match2 = '0;
    way2 = fetch_way2_i;
    if (look2_i) begin
      if (reverse2_i) begin
        for (int unsigned w = 0; w < Ways; w++) match2[w] = cold2[w*36+:24] == digest2_i && hot2[w*64+3];
      end else begin
        for (int unsigned w = 0; w < Ways; w++) match2[w] = hot2[w*64+16+:24] == digest2_i;
      end
      if (match2 != '0) begin
        for (int unsigned w = 0; w < Ways; w++) begin
          if (!is_live(hot2[w*64+:3], hot2[w*64+40+:24], age2_i)) match2[w] = 1'b0;
        end
        way2 = '0;
        for (int unsigned w = Ways; w > 0; w--) begin
          if (match2[w-1]) way2 = WayW'(w - 1);
        end
      end
    end
  end
  assign match2_o = match2 != '0;

  always_comb begin
    member2_o = 12'd0;
    if (match2_o && reverse2_i) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (way2 == WayW'(w)) member2_o = cold2[w*36+24+:12];
      end
    end
  end

  // ---------------------------------------------------------------- cycle 3: the row as this packet finds it

  logic found_q;
  logic [WayW-1:0] way_q;
  logic [Ways*64-1:0] hot3_q;
  logic [Ways*36-1:0] cold3_q;
  logic [KeyW-1:0] key_q;
  always_ff @(posedge clk_i) begin
    if (look2_i || fetch2_i || scrub2_i) begin
      found_q <= match2_o;
      way_q   <= way2;
      hot3_q  <= hot2;
      cold3_q <= cold2;
    end
  end

  if (Ways > 1) begin : gen_keys
    always_ff @(posedge clk_i) begin
      if (write_key_i) keys[{row3_i, write_way_i}] <= write_key_data_i;
    end
    always_ff @(posedge clk_i) begin
      if (match2_o || fetch2_i) key_q <= keys[{row2_i, way2}];
    end
  end else begin : gen_keys
    always_ff @(posedge clk_i) begin
      if (write_key_i) keys[row3_i] <= write_key_data_i;
    end
    always_ff @(posedge clk_i) begin
      if (match2_o || fetch2_i) key_q <= keys[row2_i];
    end
  end

  // The write of the packet just before may have ended, made or revived the match.
  logic last3;
  logic last_match;
  logic fresh;
  assign last3 = last_i && last_row_i == row3_i;
  always_comb begin
    found_o = 1'b0;
    way_o = way_q;
    fresh = 1'b0;
    last_match = 1'b0;
    if (look3_i) begin
      found_o = found_q;
      if (last3) begin
        last_match = is_live(last_hot_i[2:0], last_hot_i[63:40], age3_i) && (reverse3_i ? last_hot_i[3] && last_cold_i[23:0] == digest3_i
                                                                : last_hot_i[39:16] == digest3_i);
        if (last_match) begin
          if (!found_q || last_way_i <= way_q) begin
            found_o = 1'b1;
            way_o = last_way_i;
            fresh = 1'b1;
          end
        end else if (last_way_i == way_q) begin
          found_o = 1'b0;
        end
      end
    end else if (fetch3_i) begin
      found_o = 1'b1;
      fresh   = last3 && last_way_i == way_q;
    end
  end

  always_comb begin
    hot_o  = last_hot_i;
    cold_o = last_cold_i;
    if (!fresh) begin
      for (int unsigned w = 0; w < Ways; w++) begin
        if (way_o == WayW'(w)) begin
          hot_o  = hot3_q[w*64+:64];
          cold_o = cold3_q[w*36+:36];
        end
      end
    end
  end

  // Key and, for reverse packets, the member's address.
  assign key_o = fresh ? last_key_i : key_q;

  sluice_pkg::tuple_t entry;
  logic [127:0] address;
  assign entry   = key_o[sluice_pkg::TUPLE_W-1:0];
  assign address = fresh ? last_address_i : address3_i;
  always_comb begin
    exact_o = 1'b0;
    if (look3_i && found_o && key_o[KeyW-17] == is_v6_3_i) begin
      if (reverse3_i) begin
        exact_o = entry.src == key3_i.dst && {key_o[KeyW-1-:16], entry.sport, entry.proto} ==
            {key3_i.sport, key3_i.dport, key3_i.proto} && address == key3_i.src;
      end else begin
        exact_o = entry == key3_i;
      end
    end
  end

  // ---------------------------------------------------------------- cycle 3: room for a new entry, and the scrub engine

  flow_place #(
      .Ways(Ways)
  ) u_place (
      .place_i,
      .scrub_i(scrub3_i),
      .scrub_mode_i,
      .scrub_arg_i,
      .hot_i(hot3_q),
      .cold_i(cold3_q),
      .last_i(last3),
      .last_way_i,
      .last_hot_i,
      .last_cold_i,
      .age_i(age3_i),
      .keep_i,
      .keep_way_i,
      .forward_i(digest3_i),
      .nat_i,
      .reverse_i(new_reverse_i),
      .alias_o,
      .open_count_o,
      .open_way_o,
      .open_entry_o,
      .pick_o,
      .pick_way_o,
      .pick_entry_o
  );

endmodule
