// SPDX-License-Identifier: Apache-2.0
#include "sim/model/model_data_plane.h"

#include <algorithm>

#include "sim/model/model_classifier.h"
#include "sim/model/model_editor.h"
#include "sim/model/model_flow_table.h"
#include "sim/model/model_packet.h"
#include "sim/model/model_parser.h"
#include "sim/model/model_police.h"

namespace sluice {

using model::RowWords;
using regs::DropReason;
using regs::Verdict;

class ModelDataPlane::Core {
 public:
  explicit Core(const model::Geometry& geometry)
      : geometry_(geometry),
        tables_(geometry),
        classifier_(tables_),
        police_(tables_),
        flows_(geometry, tables_, [this](const regs::Event& event) {
          if (sink_ != nullptr) sink_->onEvent(event);
        }) {}

  // Takes a frame in; the oldest one that waits comes out if there are more than kAhead.
  void offer(const FrameIn& frame);
  // All that wait come out, then this one.
  void process(const FrameIn& frame, uint64_t stamp, uint64_t now, bool bank, bool overload);
  // All that wait come out.
  void flush();
  void runUntil(uint64_t ns);
  uint32_t read(uint32_t address);
  void write(uint32_t address, uint32_t value);

  Preview preview(const FrameIn& frame, uint64_t now, bool bank);
  void clearState();
  model::FlowTable& flows() { return flows_; }

  DataPlaneSink* sink_ = nullptr;
  uint64_t now_ = 0;
  uint64_t bus_errors_ = 0;

 private:
  // A frame on its way through the model.
  struct Slot {
    uint64_t id;
    model::Packet packet;
    model::Edited edited;
    model::FrameBuffer buffer;
  };
  // Frames that wait. The first row of the connection table is asked for when a frame comes in,
  // the key, or more rows, when kFetch more have come.
  static constexpr uint64_t kFetch = 2;
  static constexpr uint64_t kAhead = 4;
  // More than can wait, so that a frame's bytes stay valid when a sink offers another one.
  static constexpr uint64_t kSlots = 8;

  Slot& slot(uint64_t number) { return slots_[number % kSlots]; }
  // First half: what no other packet has an influence on. Sections 2 to 5.
  void begin(Slot& slot, const FrameIn& frame, uint64_t stamp, uint64_t now, bool bank,
             bool overload);
  // Second half: sections 6 to 10.
  void finish(Slot& slot);
  DropReason atIngress(const FrameIn& frame, bool overload) const;
  void policePunt(Slot& slot);
  void count(const regs::Result& result);
  void deliver(const Slot& slot);
  uint32_t readHardware(const regs::RegisterInfo& info, uint32_t address) const;
  void readRow(const model::TableAccess& at, std::span<uint32_t> words) const;
  void writeRow(const model::TableAccess& at);
  template <class Visit>
  static void onConfigTable(auto& tables, uint32_t id, Visit visit);

  model::Geometry geometry_;
  model::Registers registers_;
  model::Tables tables_;
  model::Counters counters_;
  model::Classifier classifier_;
  model::Police police_;
  model::FlowTable flows_;
  std::vector<model::Bucket> punt_buckets_ =
      std::vector<model::Bucket>(regs::PuntPolicerRow::kRows);
  uint32_t scrub_freed_ = 0;
  RowWords write_words_{};
  RowWords read_words_{};
  std::array<Slot, kSlots> slots_;
  uint64_t taken_ = 0;     // frames taken in
  uint64_t finished_ = 0;  // frames that came out
  uint64_t entered_ = 0;   // time of the newest frame in the pipeline
};

DropReason ModelDataPlane::Core::atIngress(const FrameIn& frame, bool overload) const {
  if (frame.bad) return DropReason::kIngressError;
  if (frame.bytes.size() < registers_.config().ingress_min_frame) return DropReason::kRunt;
  if (frame.bytes.size() > registers_.config().ingress_max_frame) return DropReason::kOversize;
  return overload ? DropReason::kIngressOverload : DropReason::kNone;
}

void ModelDataPlane::Core::offer(const FrameIn& frame) {
  const uint64_t now = std::max(entered_, frame.arrival_ns);
  begin(slot(taken_), frame, frame.arrival_ns, now, registers_.config().control_bank, false);
  ++taken_;
  const uint64_t waiting = taken_ - finished_;
  if (waiting > kFetch) flows_.fetch(slot(taken_ - 1 - kFetch).packet);
  if (waiting > kAhead) finish(slot(finished_++));
}

void ModelDataPlane::Core::process(const FrameIn& frame, uint64_t stamp, uint64_t now, bool bank,
                                   bool overload) {
  flush();
  begin(slot(taken_++), frame, stamp, now, bank, overload);
  finish(slot(finished_++));
}

void ModelDataPlane::Core::flush() {
  while (finished_ != taken_) finish(slot(finished_++));
}

void ModelDataPlane::Core::runUntil(uint64_t ns) {
  flush();
  now_ = entered_ = std::max(entered_, ns);
}

void ModelDataPlane::Core::begin(Slot& slot, const FrameIn& frame, uint64_t stamp, uint64_t now,
                                 bool bank, bool overload) {
  slot.id = frame.id;
  slot.edited = {};
  model::Packet& packet = slot.packet;
  packet.clear();
  packet.meta = {frame.port, frame.cpu_dest, static_cast<uint16_t>(frame.bytes.size()),
                 bank,       stamp,          now};
  const DropReason refused = atIngress(frame, overload);
  if (refused != DropReason::kNone) return model::drop(packet.routed, refused);
  entered_ = std::max(entered_, now);
  packet.bytes = slot.buffer.assign(frame.bytes);
  const regs::CsrConfig& config = registers_.config();
  model::parse(packet, tables_.port.at(packet.meta.port), config);
  classifier_.apply(packet, config);
  flows_.locate(packet, config);
}

void ModelDataPlane::Core::finish(Slot& slot) {
  model::Packet& packet = slot.packet;
  if (packet.routed.verdict == Verdict::kForward) {
    now_ = std::max(now_, packet.meta.now);
    const regs::CsrConfig& config = registers_.config();
    police_.apply(packet, config);
    flows_.apply(packet, config);
    model::edit(packet, tables_, config, slot.edited);
    if (packet.routed.verdict == Verdict::kPunt) policePunt(slot);
  }
  deliver(slot);
}

void ModelDataPlane::Core::policePunt(Slot& slot) {
  model::Packet& packet = slot.packet;
  const auto cause = static_cast<uint32_t>(packet.routed.cause);
  const regs::PuntPolicerRow& row = tables_.punt_policer.at(cause);
  if (punt_buckets_[cause].pass(row.rate, row.burst, packet.rateTick(), 1)) return;
  packet.routed.cause = regs::PuntCause::kNone;
  model::drop(packet.routed, DropReason::kCpuRate);
  slot.edited = {};
}

void ModelDataPlane::Core::deliver(const Slot& slot) {
  const model::Packet& packet = slot.packet;
  const regs::Routed& routed = packet.routed;
  FrameOut out;
  out.id = slot.id;
  out.result.verdict = routed.verdict;
  out.result.reason = routed.reason;
  out.result.cause = routed.cause;
  out.result.in_port = packet.meta.port;
  out.result.out_port = slot.edited.port;
  out.result.direction = routed.direction;
  out.result.has_virtual = routed.has_virtual;
  out.result.virtual_id = routed.virtual_id;
  out.result.has_member = routed.has_member;
  out.result.member = routed.member;
  out.result.flow = routed.result;
  out.result.close_cause = routed.close_cause;
  out.result.acl_hit = packet.classified.acl_hit;
  out.result.acl_rule = packet.classified.acl_rule;
  out.result.in_len = packet.meta.len;
  out.result.out_len = static_cast<uint16_t>(slot.edited.bytes.size());
  out.result.stamp = packet.meta.stamp;
  out.result.now = packet.meta.now;
  out.departure_ns = packet.meta.now;
  out.bytes = slot.edited.bytes;
  count(out.result);
  if (sink_ != nullptr) sink_->onFrame(out);
}

void ModelDataPlane::Core::count(const regs::Result& result) {
  const uint64_t length = result.in_len;
  const auto reverse = static_cast<uint32_t>(result.direction);
  counters_.port[result.in_port].add(length);
  if (result.verdict == Verdict::kDrop) {
    counters_.drop[static_cast<uint32_t>(result.reason)].add(length);
  } else {
    counters_.port[8 + result.out_port].add(result.out_len);
  }
  if (result.verdict == Verdict::kPunt)
    counters_.punt[static_cast<uint32_t>(result.cause)].add(length);
  if (result.acl_hit) counters_.acl[result.acl_rule].add(length);
  if (result.has_virtual)
    counters_.virtuals[reverse * regs::VirtualRow::kRows + result.virtual_id].add(length);
  if (result.has_member && result.verdict == Verdict::kForward) {
    counters_.member[reverse * regs::MemberRow::kRows + result.member].add(length);
  }
}

uint32_t ModelDataPlane::Core::read(uint32_t address) {
  if (address < 1u << regs::kTableShift) {
    const regs::RegisterInfo* info = model::Registers::find(address);
    if (info == nullptr) return ++bus_errors_, 0xffffffff;
    if (info->access == regs::Access::kWriteOne) return 0;
    return info->from_hardware ? readHardware(*info, address) : registers_.stored(address);
  }
  const auto at = model::decodeTableAddress(address);
  if (!at) return ++bus_errors_, 0xffffffff;
  if (at->word == 0) {
    read_words_.fill(0);
    readRow(*at, read_words_);
  }
  return read_words_[at->word];
}

void ModelDataPlane::Core::write(uint32_t address, uint32_t value) {
  if (address < 1u << regs::kTableShift) {
    const regs::RegisterInfo* info = model::Registers::find(address);
    if (info == nullptr || info->access == regs::Access::kReadOnly) {
      ++bus_errors_;
    } else if (info->offset == regs::ScrubStartReg::kOffset) {
      const regs::CsrConfig& config = registers_.config();
      const uint32_t tick = (now_ >> regs::kAgeTickShift) & 0xffffff;
      scrub_freed_ =
          flows_.scrub(static_cast<regs::ScrubMode>(value & 3), config.scrub_arg, tick, config);
    } else {
      registers_.store(address, value);
    }
    return;
  }
  const auto at = model::decodeTableAddress(address);
  if (!at || !at->table->writable) {
    ++bus_errors_;
    return;
  }
  write_words_[at->word] = value;
  if (at->word + 1 == at->table->words) writeRow(*at);
}

uint32_t ModelDataPlane::Core::readHardware(const regs::RegisterInfo& info,
                                            uint32_t address) const {
  const model::FlowStatistics& s = flows_.statistics();
  const auto half = [&](uint64_t value) {
    return static_cast<uint32_t>(address == info.offset ? value : value >> 32);
  };
  switch (info.offset) {
    case regs::GeometryReg::kOffset: {
      uint32_t word = regs::GeometryReg::kDataWidth.put(0, geometry_.data_width);
      word = regs::GeometryReg::kFlowBanks.put(word, geometry_.flow_banks);
      word = regs::GeometryReg::kFlowWays.put(word, geometry_.flow_ways);
      return regs::GeometryReg::kFlowRowsLog2.put(word, geometry_.flow_rows_log2);
    }
    case regs::ScrubFreedReg::kOffset:
      return scrub_freed_;
    case regs::FlowLiveReg::kOffset:
      return s.live;
    case regs::FlowHalfOpenReg::kOffset:
      return s.half_open;
    case regs::FlowHitsReg::kOffset:
      return half(s.hits);
    case regs::FlowMissesReg::kOffset:
      return half(s.misses);
    case regs::FlowOpenedReg::kOffset:
      return half(s.opened);
    case regs::FlowClosedReg::kOffset:
      return half(s.closed);
    case regs::FlowEvictedReg::kOffset:
      return half(s.evicted);
    case regs::FlowFullReg::kOffset:
      return half(s.full);
    case regs::FlowAliasReg::kOffset:
      return half(s.alias);
    default:
      return 0;  // STATUS, EVENT_LOST: nothing is ever in flight or lost here
  }
}

template <class Visit>
void ModelDataPlane::Core::onConfigTable(auto& tables, uint32_t id, Visit visit) {
  const auto each = [&](auto&... table) {
    const auto one = [&]<class Row>(Row&& t) {
      using RowType = std::remove_cvref_t<decltype(t.at(0))>;
      if (RowType::kTableId == id) visit(t);
    };
    (one(table), ...);
  };
  each(tables.acl_bits, tables.acl_action, tables.virtual_key, tables.virtuals, tables.prefix_bits,
       tables.prefix_result, tables.pool, tables.ring, tables.member, tables.neighbor, tables.port,
       tables.virtual_policer, tables.connection_policer, tables.acl_policer, tables.punt_policer,
       tables.snat_address);
}

void ModelDataPlane::Core::writeRow(const model::TableAccess& at) {
  onConfigTable(tables_, at.table->id,
                [&](auto& table) { table.write(at.row, at.bank, write_words_); });
}

void ModelDataPlane::Core::readRow(const model::TableAccess& at, std::span<uint32_t> words) const {
  onConfigTable(tables_, at.table->id,
                [&](const auto& table) { table.read(at.row, at.bank, words); });
  const auto counter = [&](const std::vector<model::Counter>& counters) {
    regs::pack(regs::VirtualCountersRow{counters[at.row].packets, counters[at.row].bytes}, words);
  };
  switch (at.table->id) {
    case regs::FlowTagRow::kTableId:
      if (at.row < geometry_.flowSlots()) regs::pack(flows_.tagRow(at.row), words);
      break;
    case regs::FlowKeyRow::kTableId:
      if (at.row < geometry_.flowSlots()) regs::pack(flows_.keyRow(at.row), words);
      break;
    case regs::VirtualCountersRow::kTableId:
      return counter(counters_.virtuals);
    case regs::MemberCountersRow::kTableId:
      return counter(counters_.member);
    case regs::PortCountersRow::kTableId:
      return counter(counters_.port);
    case regs::DropCountersRow::kTableId:
      return counter(counters_.drop);
    case regs::PuntCountersRow::kTableId:
      return counter(counters_.punt);
    case regs::AclCountersRow::kTableId:
      return counter(counters_.acl);
    case regs::VirtualConnectionsRow::kTableId:
      return regs::pack(flows_.virtualConnections(at.row), words);
    case regs::MemberConnectionsRow::kTableId:
      return regs::pack(flows_.memberConnections(at.row), words);
    case regs::SnatPortsRow::kTableId:
      return regs::pack(flows_.snatPorts(at.row), words);
    default:
      break;
  }
}

ModelDataPlane::Preview ModelDataPlane::Core::preview(const FrameIn& frame, uint64_t now,
                                                      bool bank) {
  flush();
  Slot& scratch = slot(taken_);
  begin(scratch, frame, now, now, bank, false);
  const model::Packet& packet = scratch.packet;
  Preview found{packet.parsed, packet.key(), packet.classified, 0, {}};
  const bool dropped = packet.routed.verdict == Verdict::kDrop;  // at ingress
  if (!dropped && packet.classified.verdict == Verdict::kForward && !packet.parsed.direct)
    found.flow_slots = flows_.slotsOf(packet);
  if (!found.flow_slots.empty())
    found.dispatch_hash = model::dispatchHash(packet, registers_.config());
  return found;
}

void ModelDataPlane::Core::clearState() {
  flush();
  flows_.clear();
  police_.clear();
  std::fill(punt_buckets_.begin(), punt_buckets_.end(), model::Bucket());
  counters_ = {};
}

ModelDataPlane::ModelDataPlane(const model::Geometry& geometry)
    : core_(std::make_unique<Core>(geometry)) {}
ModelDataPlane::~ModelDataPlane() = default;

void ModelDataPlane::setSink(DataPlaneSink* sink) {
  core_->flush();
  core_->sink_ = sink;
}
uint32_t ModelDataPlane::read32(uint32_t address) {
  core_->flush();
  return core_->read(address);
}
void ModelDataPlane::write32(uint32_t address, uint32_t value) {
  core_->flush();
  core_->write(address, value);
}
uint64_t ModelDataPlane::busErrors() const { return core_->bus_errors_; }
uint64_t ModelDataPlane::now() const { return core_->now_; }
void ModelDataPlane::offer(const FrameIn& frame) { core_->offer(frame); }
void ModelDataPlane::runUntil(uint64_t ns) { core_->runUntil(ns); }
void ModelDataPlane::drain() { core_->flush(); }
void ModelDataPlane::process(const FrameIn& frame, uint64_t stamp, uint64_t now, bool bank,
                             bool overload) {
  core_->process(frame, stamp, now, bank, overload);
}

ModelDataPlane::Preview ModelDataPlane::preview(const FrameIn& frame, uint64_t now, bool bank) {
  return core_->preview(frame, now, bank);
}
void ModelDataPlane::clearState() { core_->clearState(); }
void ModelDataPlane::setFlow(uint32_t slot, const regs::FlowTagRow& tag,
                             const regs::FlowKeyRow& key) {
  core_->flows().setSlot(slot, tag, key);
}
void ModelDataPlane::setConnections(uint16_t virtual_id, const regs::VirtualConnectionsRow& row) {
  core_->flows().setConnections(virtual_id, row);
}
void ModelDataPlane::setConnections(uint16_t member, const regs::MemberConnectionsRow& row) {
  core_->flows().setConnections(member, row);
}
void ModelDataPlane::setHalfOpen(uint32_t entries) { core_->flows().setHalfOpen(entries); }
void ModelDataPlane::setSourcesUsed(uint32_t address, uint32_t ports) {
  core_->flows().setSourcesUsed(address, ports);
}

}  // namespace sluice
