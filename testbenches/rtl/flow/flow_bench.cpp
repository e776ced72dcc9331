// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/flow/flow_bench.h"

#include <algorithm>
#include <cstring>
#include <sstream>

namespace sluice::flow_test {

namespace {

template <typename Wide, typename T>
void drive(Wide& port, const T& value) {
  regs::pack(value, std::span<uint32_t>(port.data(), T::kWords));
}

template <typename T, typename Wide>
T sample(Wide& port) {
  T value;
  regs::unpack(std::span<const uint32_t>(port.data(), T::kWords), value);
  return value;
}

std::string hex(std::span<const uint8_t> bytes) {
  std::ostringstream out;
  out << std::hex;
  for (uint8_t byte : bytes.first(4)) out << unsigned{byte} << '.';
  return out.str();
}

}  // namespace

Geometry builtGeometry() {
  return {FLOW_BANKS,      FLOW_WAYS,    FLOW_ROWS_LOG2,      FLOW_VIRTUALS,
          FLOW_POOLS,      FLOW_MEMBERS, FLOW_RING_LOG2,      FLOW_DIGEST_BITS,
          FLOW_EXACT_KEYS, FLOW_SOURCES, FLOW_SNAT_PORTS_LOG2};
}

std::string describe(const regs::Routed& r) {
  std::ostringstream out;
  out << "{verdict " << int(r.verdict) << " reason " << int(r.reason) << " cause " << int(r.cause)
      << " direction " << int(r.direction) << " virtual " << r.has_virtual << ':' << r.virtual_id
      << " member " << r.has_member << ':' << r.member << " mode " << int(r.mode) << " result "
      << int(r.result) << " close " << int(r.close_cause) << " neighbor " << r.neighbor
      << " address " << hex(r.address) << " v6 " << r.address_v6 << " port " << r.port
      << " entropy " << r.entropy << " peer " << hex(r.peer_address) << ':' << r.peer_port << '}';
  return out.str();
}

std::string describe(const regs::Event& e) {
  std::ostringstream out;
  out << "{opened " << e.opened << " failed " << int(e.failed) << " closed " << int(e.closed)
      << " virtual " << e.virtual_id << " member " << e.member << " closed virtual "
      << e.closed_virtual << " closed member " << e.closed_member << " slot " << e.slot << " tick "
      << e.age_tick << '}';
  return out.str();
}

std::string describe(const Packet& p) {
  std::ostringstream out;
  out << "{src " << hex(p.key.src) << ':' << p.key.sport << " dst " << hex(p.key.dst) << ':'
      << p.key.dport << " proto " << int(p.key.proto) << " l4 " << int(p.parsed.l4) << " flags "
      << int(p.parsed.tcp_flags) << " direction " << int(p.classified.direction) << " virtual "
      << p.classified.virtual_id << " mode " << int(p.classified.mode) << " bank " << p.meta.bank
      << " now " << p.meta.now << '}';
  return out.str();
}

void FlowBench::SetUp() {
  context_.errorLimit(1000000);  // count failing assertions, go on
  dut_.rst_i = 1;
  for (int cycle = 0; cycle < 3; ++cycle) {
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
  }
  dut_.rst_i = 0;
  loadRegisters();
}

void FlowBench::TearDown() {
  dut_.final();
  EXPECT_EQ(context_.errorCount(), 0) << "an assertion of the RTL failed";
}

void FlowBench::tick(const std::optional<Packet>& packet) {
  // As time goes with the clock, packets of different ticks are not in the pipeline together. It
  // matters to answers to sources that were just taken.
  const bool reverse =
      packet && packet->classified.direction == regs::Direction::kReverse && packet->key.dport != 0;
  const auto is_old = [&](const Slot& slot) {
    return slot.packet && (packet->meta.now >> 10) - (slot.packet->meta.now >> 10) > 1;
  };
  const size_t close = std::min<size_t>(pipeline_.size(), 3);
  if (reverse &&
      std::any_of(pipeline_.begin(), pipeline_.begin() + static_cast<long>(close), is_old))
    for (size_t cycle = 0; cycle < close; ++cycle) tick();
  dut_.valid_i = packet.has_value();
  if (packet) {
    now_ = packet->meta.now;
    drive(dut_.meta_i, packet->meta);
    drive(dut_.parsed_i, packet->parsed);
    drive(dut_.key_i, packet->key);
    regs::Classified classified = packet->classified;
    if (packet->policed) {
      classified.verdict = regs::Verdict::kForward;
      classified.reason = regs::DropReason::kNone;
    }
    drive(dut_.classified_i, classified);
    dut_.hash_src_i = packet->hash_src;
    dut_.hash_dst_i = packet->hash_dst;
    dut_.hash_src0_i = packet->hash_src0;
    ++packets_;
  }
  if (pipeline_.size() > kPoliced && pipeline_[kPoliced].packet)
    drive(dut_.policed_i, pipeline_[kPoliced].packet->classified);
  dut_.now_i = now_;
  dut_.clk_i = 0;
  dut_.eval();
  dut_.clk_i = 1;
  dut_.eval();
  pipeline_.push_front({packet, {}, now_, false});
  if (pipeline_.size() > kLatency) pipeline_.pop_back();
  checkEvent();
  checkRouted();
}

std::optional<regs::Event> FlowBench::expectedEvent(Slot& slot) {
  if (slot.packet) {
    FlowGolden::Outcome outcome = golden_.process(*slot.packet);
    slot.routed = outcome.routed;
    slot.early = outcome.early;
    return outcome.event;
  }
  // A free cycle: the RTL tells which scrub step this was; it must be the one that is due.
  if (!dut_.event_valid_o) return std::nullopt;
  const uint32_t slot_number = sample<regs::Event>(dut_.event_o).slot;
  const uint32_t row = golden_.rowOf(slot_number % geometry_.slots());
  EXPECT_GE(row, scrub_row_) << "scrub goes back";
  scrub_row_ = row;
  const auto choice = golden_.scrubChoice(row, scrub_mode_, scrub_argument_, scrub_now_);
  EXPECT_TRUE(choice.has_value()) << "scrub of row " << row << " with nothing to free";
  if (!choice) return std::nullopt;
  ++scrub_freed_;
  return golden_.scrub(*choice, scrub_mode_, scrub_now_);
}

void FlowBench::checkEvent() {
  if (pipeline_.size() < kEventLatency) return;
  Slot& slot = pipeline_[kEventLatency - 1];
  const std::optional<regs::Event> expected = expectedEvent(slot);
  std::optional<regs::Event> got;
  if (dut_.event_valid_o) got = sample<regs::Event>(dut_.event_o);
  if (got) events_.push_back(*got);
  if (got != expected) {
    failed_ = true;
    ADD_FAILURE() << "event: got " << (got ? describe(*got) : "none") << "\nexpected "
                  << (expected ? describe(*expected) : "none") << "\nof packet "
                  << (slot.packet ? describe(*slot.packet) : "none (scrub)");
  }
}

void FlowBench::checkRouted() {
  const bool expected = pipeline_.size() == kLatency && pipeline_.back().packet.has_value();
  ASSERT_EQ(dut_.valid_o != 0, expected) << "valid_o";
  if (!expected) return;
  last_routed_ = sample<regs::Routed>(dut_.routed_o);
  const Slot& slot = pipeline_.back();
  if (slot.routed.result != regs::FlowResult::kNone) {
    ++seen_["result " + std::string(name(slot.routed.result))];
    ++seen_["reason " + std::string(name(slot.routed.reason))];
    ++seen_["close " + std::string(name(slot.routed.close_cause))];
    if (slot.routed.mode == regs::VirtualMode::kFullnat &&
        slot.routed.direction == regs::Direction::kReverse)
      ++seen_["answer"];
    if (slot.early) ++seen_["answer too early"];
  }
  if (last_routed_ != slot.routed) {
    failed_ = true;
    ADD_FAILURE() << "got      " << describe(last_routed_) << "\nexpected " << describe(slot.routed)
                  << "\nof packet " << describe(*slot.packet);
  }
}

void FlowBench::drain() {
  for (size_t cycle = 0; cycle <= kLatency; ++cycle) tick();
}

Row FlowBench::readRow(uint32_t table, uint32_t row, uint32_t bank) {
  dut_.tbl_valid_i = 1;
  dut_.tbl_write_i = 0;
  dut_.tbl_id_i = table;
  dut_.tbl_bank_i = bank;
  dut_.tbl_row_i = row;
  Row data{};
  int cycles = 0;
  do {
    tick(traffic_ ? traffic_() : std::nullopt);
  } while (!dut_.tbl_ack_o && ++cycles < kPatience);
  EXPECT_LT(cycles, kPatience) << "table " << table << " does not answer";
  std::memcpy(data.data(), dut_.tbl_rdata_o.data(), sizeof(data));
  tick(traffic_ ? traffic_() : std::nullopt);
  dut_.tbl_valid_i = 0;
  EXPECT_FALSE(dut_.tbl_ack_o);
  for (size_t word = 0; word < data.size(); ++word) EXPECT_EQ(dut_.tbl_rdata_o[word], 0u);
  return data;
}

void FlowBench::writeRow(uint32_t table, uint32_t row, uint32_t bank, const Row& data) {
  std::memcpy(dut_.tbl_wdata_i.data(), data.data(), sizeof(data));
  dut_.tbl_valid_i = 1;
  dut_.tbl_write_i = 1;
  dut_.tbl_id_i = table;
  dut_.tbl_bank_i = bank;
  dut_.tbl_row_i = row;
  // The table virtual is acknowledged by another stage; here it is only overheard.
  const bool overheard = table == regs::VirtualRow::kTableId;
  int cycles = 0;
  do {
    tick();
    EXPECT_FALSE(overheard && dut_.tbl_ack_o);
  } while (!dut_.tbl_ack_o && ++cycles < (overheard ? 3 : kPatience));
  EXPECT_LT(cycles, kPatience) << "table " << table << " does not answer";
  tick();
  dut_.tbl_valid_i = 0;
  dut_.tbl_write_i = 0;
}

void FlowBench::loadRegisters() {
  std::vector<uint32_t> words(18);
  for (size_t i = 0; i < golden_.timers.size(); ++i) {
    for (size_t bit = 0; bit < 23; ++bit) {
      const size_t at = i * 23 + bit;
      words[at / 32] |= (golden_.timers[i] >> bit & 1u) << (at % 32);
    }
  }
  std::copy(words.begin(), words.end(), dut_.timers_i.data());
  dut_.half_open_max_i = golden_.half_open_max;
  dut_.source_rate_i = golden_.source_rate;
  dut_.source_burst_i = golden_.source_burst;
  dut_.event_enable_i = (golden_.report_opened ? 1 : 0) | (golden_.report_closed ? 2 : 0) |
                        (golden_.report_failed ? 4 : 0);
}

void FlowBench::loadTables() {
  for (uint32_t bank = 0; bank < 2; ++bank) {
    for (uint32_t i = 0; i < geometry_.members; ++i) write(golden_.members[bank][i], i, bank);
    for (uint32_t i = 0; i < geometry_.pools; ++i) write(golden_.pools[bank][i], i, bank);
    for (uint32_t i = 0; i < geometry_.virtuals; ++i) write(golden_.virtuals[bank][i], i, bank);
  }
  for (uint32_t i = 0; i < golden_.ring.size(); ++i) write(regs::RingRow{golden_.ring[i]}, i);
  for (uint32_t i = 0; i < geometry_.virtuals; ++i) write(golden_.policers[i], i);
  for (uint32_t i = 0; i < golden_.snat_addresses.size(); ++i) write(golden_.snat_addresses[i], i);
}

void FlowBench::startScrub(regs::ScrubMode mode, uint32_t argument) {
  scrub_mode_ = mode;
  scrub_argument_ = argument;
  scrub_row_ = 0;
  scrub_freed_ = 0;
  dut_.scrub_mode_i = static_cast<uint8_t>(mode);
  dut_.scrub_arg_i = argument;
  dut_.scrub_start_i = 1;
  scrub_now_ = now_;
  tick();
  dut_.scrub_start_i = 0;
  EXPECT_TRUE(dut_.scrub_busy_o);
}

void FlowBench::finishScrub() {
  uint32_t cycles = 0;
  while (dut_.scrub_busy_o && ++cycles < 100 * geometry_.slots() + 100) tick();
  EXPECT_FALSE(dut_.scrub_busy_o) << "scrub does not end";
  drain();
  EXPECT_EQ(dut_.scrub_freed_o, scrub_freed_);
}

void FlowBench::compareTotals() {
  const Totals got{dut_.live_o,   dut_.half_open_o, dut_.hits_o, dut_.misses_o, dut_.opened_o,
                   dut_.closed_o, dut_.evicted_o,   dut_.full_o, dut_.alias_o};
  const Totals& expected = golden_.totals();
  EXPECT_EQ(got.live, expected.live);
  EXPECT_EQ(got.half_open, expected.half_open);
  EXPECT_EQ(got.hits, expected.hits);
  EXPECT_EQ(got.misses, expected.misses);
  EXPECT_EQ(got.opened, expected.opened);
  EXPECT_EQ(got.closed, expected.closed);
  EXPECT_EQ(got.evicted, expected.evicted);
  EXPECT_EQ(got.full, expected.full);
  EXPECT_EQ(got.alias, expected.alias);
}

void FlowBench::compareState() {
  drain();
  compareTotals();
  for (uint32_t slot = 0; slot < geometry_.slots(); ++slot) {
    const Entry& expected = golden_.entry(slot);
    ASSERT_EQ(read<regs::FlowTagRow>(slot), expected.tag) << "tag of slot " << slot;
    ASSERT_EQ(read<regs::FlowKeyRow>(slot), golden_.keyRow(expected)) << "key of slot " << slot;
  }
  for (uint32_t i = 0; i < geometry_.virtuals; ++i)
    ASSERT_EQ(read<regs::VirtualConnectionsRow>(i), golden_.virtual_connections[i]) << i;
  for (uint32_t i = 0; i < geometry_.members; ++i)
    ASSERT_EQ(read<regs::MemberConnectionsRow>(i), golden_.member_connections[i]) << i;
  for (uint32_t i = 0; i < golden_.snat_addresses.size(); ++i)
    ASSERT_EQ(read<regs::SnatPortsRow>(i), golden_.snatPorts(i)) << "ports of address " << i;
}

}  // namespace sluice::flow_test
