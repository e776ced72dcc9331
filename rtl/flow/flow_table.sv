// SPDX-License-Identifier: Apache-2.0
//
// The memories of the connection table, and the match.
//
// A row of a bank's tag memory holds all ways, each in two words that are read and written together:
//   hot  {expires 24, virtual[9:2] 8, forward digest 24, virtual[1:0] 2, timer 2, nat 1, state 3}
//   cold {member[11:8] 4, reverse digest 24, member[7:0] 8}
// a row as {all ways' cold[35:32], all ways' cold[31:0], all ways' hot}. The key memory holds one way per row:
//   {server_port 16, is_v6 1, key tuple as of the client's packets 296}.
//
// Cycle 1: read1_i, rows1_i. Cycle 2: digests are compared; of each bank's first live match (fetch2_i: of way
// fetch_way2_i) the key is read; match2_o and member2_o are for the read of the member's address. Cycle 3: match3_o,
// ways3_o, key3_o by bank, 320 bits each; hot3_o, cold3_o, high3_o all of the rows, slot by slot. Cycle 4: hot4_o,
// cold4_o, high4_o, and the write: write_i, one bank; key with write_key_i.
//
// A write is in memory for reads of later cycles; those on their way get it as they pass. last_* is the write of the
// cycle before: what is read of a row in cycle 1 lacks those of three packets ahead, of which one is put in between cycles
// 2 and 3, one is in the rows of cycle 3, and the last one, last4_o, stays beside the rows of cycle 4, as it comes too
// late to be put in. last2 and last3_o: the write of the cycle before is in a row of the packet in cycle 2, 3. The match
// of cycle 2 may be of the past: flow_find and flow_pick correct it. So each packet sees the rows as all before it left
// them.
//
// Two live entries of one row never have the same digest: the second would not have been made. (Entries that come back
// to life 2^23 age ticks after their death, never scrubbed, are the exception: of two, one may be taken for an alias.)
//
// Tags are 0, free, at power-up. Memories are block RAM: one write port, synchronous reads.
`include "prim_prefetch.svh"

module flow_table #(
    parameter int unsigned Banks = 4,
    parameter int unsigned Ways = 4,
    parameter int unsigned RowsLog2 = 16,
    parameter bit ExactKeys = 1'b1,
    localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1,
    localparam int unsigned WayW = (Ways > 1) ? $clog2(Ways) : 1,
    localparam int unsigned Slots = Banks * Ways,
    localparam int unsigned SlotW = (Slots > 1) ? $clog2(Slots) : 1,
    localparam int unsigned KeyW = sluice_pkg::TUPLE_W + 17
) (
    input logic clk_i,
    input logic rst_i,

    // Cycle 1.
    input logic read1_i,
    input logic [Banks*RowsLog2-1:0] rows1_i,

    // Cycle 2.
    input logic look2_i,
    input logic scrub2_i,
    input logic [Banks-1:0] fetch2_i,
    input logic [WayW-1:0] fetch_way2_i,
    input logic [Banks*RowsLog2-1:0] rows2_i,
    input logic reverse2_i,
    input logic [23:0] digest2_i,
    input logic [23:0] age2_i,
    output logic [Banks-1:0] match2_o,
    output logic [Banks*12-1:0] member2_o,

    // Cycle 3.
    input logic [Banks*RowsLog2-1:0] rows3_i,
    output logic [Banks-1:0] match3_o,
    output logic [Banks*WayW-1:0] ways3_o,
    output logic [Banks*320-1:0] key3_o,
    output logic [Slots*64-1:0] hot3_o,
    output logic [Slots*32-1:0] cold3_o,
    output logic [Slots*4-1:0] high3_o,
    output logic last3_o,

    // Cycle 4.
    input logic [Banks*RowsLog2-1:0] rows4_i,
    output logic [Slots*64-1:0] hot4_o,
    output logic [Slots*32-1:0] cold4_o,
    output logic [Slots*4-1:0] high4_o,
    output logic last4_o,

    // Cycle 4: the write.
    input logic [Banks-1:0] write_i,
    input logic [Banks-1:0] write_key_i,
    input logic [BankW-1:0] write_bank_i,
    input logic [WayW-1:0] write_way_i,
    input logic [63:0] write_hot_i,
    input logic [35:0] write_cold_i,
    input logic [KeyW-1:0] write_key_data_i,

    // The write of the cycle before.
    output logic last_o,
    output logic [BankW-1:0] last_bank_o,
    output logic [WayW-1:0] last_way_o,
    output logic [63:0] last_hot_o,
    output logic [35:0] last_cold_o
);

  localparam logic [2:0] FREE = sluice_pkg::FLOW_STATE_FREE;
  localparam int unsigned TagW = Ways * 100;

  // ---------------------------------------------------------------- memories

  logic [Slots*64-1:0] hot_q;
  logic [Slots*32-1:0] cold_q;
  logic [Slots*4-1:0] high_q;
  logic [Banks*WayW-1:0] ways2;

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic [TagW-1:0] tags[1 << RowsLog2];
`ifdef SLUICE_SIM
    initial begin
      for (int unsigned i = 0; i < (1 << RowsLog2); i++) tags[i] = '0;
    end
`endif

    always_ff @(posedge clk_i) begin
      if (write_i[b]) begin
        for (int unsigned w = 0; w < Ways; w++) begin
          if (write_way_i == WayW'(w)) begin
            tags[rows4_i[b*RowsLog2+:RowsLog2]][w*64+:64] <= write_hot_i;
            tags[rows4_i[b*RowsLog2+:RowsLog2]][Ways*64+w*32+:32] <= write_cold_i[31:0];
            tags[rows4_i[b*RowsLog2+:RowsLog2]][Ways*96+w*4+:4] <= write_cold_i[35:32];
          end
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (read1_i) begin
        {high_q[b*Ways*4+:Ways*4], cold_q[b*Ways*32+:Ways*32], hot_q[b*Ways*64+:Ways*64]} <=
            tags[rows1_i[b*RowsLog2+:RowsLog2]];
      end
    end
`ifdef SLUICE_SIM
    always_comb begin
      if (read1_i) begin
        `SLUICE_PREFETCH(tags, rows1_i[b*RowsLog2+:RowsLog2])
      end
    end
`endif

    logic [RowsLog2+$clog2(Ways)-1:0] read_slot;
    logic [RowsLog2+$clog2(Ways)-1:0] write_slot;
    if (Ways > 1) begin : gen_slot
      assign read_slot  = {rows2_i[b*RowsLog2+:RowsLog2], ways2[b*WayW+:WayW]};
      assign write_slot = {rows4_i[b*RowsLog2+:RowsLog2], write_way_i};
    end else begin : gen_slot
      assign read_slot  = rows2_i[b*RowsLog2+:RowsLog2];
      assign write_slot = rows4_i[b*RowsLog2+:RowsLog2];
    end
    if (ExactKeys) begin : gen_keys
      logic [KeyW-1:0] keys[1 << (RowsLog2 + $clog2(Ways))];
      always_ff @(posedge clk_i) begin
        if (write_key_i[b]) keys[write_slot] <= write_key_data_i;
      end
      always_ff @(posedge clk_i) begin
        if (match2_o[b]) key3_o[b*320+:320] <= {7'd0, keys[read_slot]};
      end
`ifdef SLUICE_SIM
      always_comb begin
        if (match2_o[b]) begin
          `SLUICE_PREFETCH(keys, read_slot)
        end
      end
`endif
    end else begin : gen_keys
      assign key3_o[b*320+:320] = 320'd0;
      logic unused;
      assign unused = ^{write_key_i[b], write_slot, read_slot, write_key_data_i};
    end
  end

  // ---------------------------------------------------------------- cycle 2: match

  // Is the write before in one of this packet's rows?
  logic last2;
  logic [SlotW-1:0] last_slot;
  assign last_slot = SlotW'(32'(last_bank_o) * Ways + 32'(last_way_o));
  assign last2 = last_o && rows2_i[last_bank_o*RowsLog2+:RowsLog2] == last_row_q;

  function automatic is_live(input logic [2:0] state, input logic [23:0] expires, input logic [23:0] age);
    is_live = (age - expires) >= 24'h800000 && state != FREE;
  endfunction

  always_comb begin
    match2_o = fetch2_i;
    ways2 = '0;
    if (fetch2_i != '0) begin
      ways2 = {Banks{fetch_way2_i}};
    end else if (look2_i) begin
      if (reverse2_i) begin
        for (int unsigned b = 0; b < Banks; b++) begin
          for (int unsigned w = Ways; w > 0; w--) begin
            if (cold_q[(b*Ways+w-1)*32+8+:24] == digest2_i) begin
              if (hot_q[(b*Ways+w-1)*64+3] &&
                  is_live(hot_q[(b*Ways+w-1)*64+:3], hot_q[(b*Ways+w-1)*64+40+:24], age2_i) &&
                  !(last2 && last_bank_o == BankW'(b) && last_way_o == WayW'(w - 1))) begin
                match2_o[b] = 1'b1;
                ways2[b*WayW+:WayW] = WayW'(w - 1);
              end
            end
          end
        end
      end else begin
        for (int unsigned b = 0; b < Banks; b++) begin
          for (int unsigned w = Ways; w > 0; w--) begin
            if (hot_q[(b*Ways+w-1)*64+8+:24] == digest2_i) begin
              if (is_live(hot_q[(b*Ways+w-1)*64+:3], hot_q[(b*Ways+w-1)*64+40+:24], age2_i) &&
                  !(last2 && last_bank_o == BankW'(b) && last_way_o == WayW'(w - 1))) begin
                match2_o[b] = 1'b1;
                ways2[b*WayW+:WayW] = WayW'(w - 1);
              end
            end
          end
        end
      end
      if (last2 && is_live(last_hot_o[2:0], last_hot_o[63:40], age2_i) &&
          (reverse2_i ? last_hot_o[3] && last_cold_o[31:8] == digest2_i : last_hot_o[31:8] == digest2_i)) begin
        if (!match2_o[last_bank_o] || last_way_o <= ways2[last_bank_o*WayW+:WayW]) begin
          match2_o[last_bank_o] = 1'b1;
          ways2[last_bank_o*WayW+:WayW] = last_way_o;
        end
      end
    end
  end

  // Members of the matches, for reverse packets.
  logic [WayW-1:0] way2;
  always_comb begin
    member2_o = '0;
    way2 = '0;
    if (look2_i && reverse2_i && match2_o != '0) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        way2 = ways2[b*WayW+:WayW];
        if (last2 && last_bank_o == BankW'(b) && last_way_o == way2) begin
          member2_o[b*12+:12] = {last_cold_o[35:32], last_cold_o[7:0]};
        end else if (match2_o[b]) begin
          member2_o[b*12+:12] = {high_q[(b*Ways+32'(way2))*4+:4], cold_q[(b*Ways+32'(way2))*32+:8]};
        end
      end
    end
  end

  // ---------------------------------------------------------------- cycle 3

  logic visit2_q;
  logic [Slots*64-1:0] hot3_q;
  logic [Slots*32-1:0] cold3_q;
  logic [Slots*4-1:0] high3_q;
  logic visit2;
  assign visit2 = look2_i || scrub2_i || fetch2_i != '0;
  always_ff @(posedge clk_i) begin
    if (look2_i || fetch2_i != '0) begin
      match3_o <= match2_o;
      ways3_o  <= ways2;
    end
  end
  always_ff @(posedge clk_i) begin
    if (visit2) begin
      hot3_q  <= hot_q;
      cold3_q <= cold_q;
      high3_q <= high_q;
      for (int unsigned s = 0; s < Slots; s++) begin
        if (last2 && last_slot == SlotW'(s)) begin
          hot3_q[s*64+:64] <= last_hot_o;
          {high3_q[s*4+:4], cold3_q[s*32+:32]} <= last_cold_o;
        end
      end
    end
  end

  // By bank, as the last write's number goes to many places.
  logic [Banks-1:0] written_q;
  always_comb begin
    last3_o = 1'b0;
    for (int unsigned b = 0; b < Banks; b++) begin
      if (written_q[b] && rows3_i[b*RowsLog2+:RowsLog2] == last_row_q) last3_o = 1'b1;
    end
  end
  always_comb begin
    hot3_o  = hot3_q;
    cold3_o = cold3_q;
    high3_o = high3_q;
    if (last3_o) begin
      for (int unsigned s = 0; s < Slots; s++) begin
        if (last_slot == SlotW'(s)) begin
          hot3_o[s*64+:64] = last_hot_o;
          {high3_o[s*4+:4], cold3_o[s*32+:32]} = last_cold_o;
        end
      end
    end
  end

  // ---------------------------------------------------------------- cycle 4

  // Which rows of the packet in cycle 3 are those of the one in cycle 4: early, as the write comes late.
  logic [Banks-1:0] same_q;
  always_ff @(posedge clk_i) begin
    visit2_q <= visit2 && !rst_i;
  end
  always_ff @(posedge clk_i) begin
    if (visit2_q) begin
      hot4_o  <= hot3_o;
      cold4_o <= cold3_o;
      high4_o <= high3_o;
      for (int unsigned b = 0; b < Banks; b++) begin
        same_q[b] <= rows3_i[b*RowsLog2+:RowsLog2] == rows4_i[b*RowsLog2+:RowsLog2];
      end
    end
  end
  assign last4_o = (written_q & same_q) != '0;

  logic write;
  logic [RowsLog2-1:0] last_row_q;
  assign write = write_i != '0;
  always_ff @(posedge clk_i) begin
    last_o <= write && !rst_i;
    written_q <= rst_i ? '0 : write_i;
  end
  always_ff @(posedge clk_i) begin
    if (write) begin
      last_row_q  <= rows4_i[write_bank_i*RowsLog2+:RowsLog2];
      last_bank_o <= write_bank_i;
      last_way_o  <= write_way_i;
      last_hot_o  <= write_hot_i;
      last_cold_o <= write_cold_i;
    end
  end

endmodule
