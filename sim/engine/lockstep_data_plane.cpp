// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/lockstep_data_plane.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <unordered_map>

namespace sluice {
namespace {

constexpr size_t kMaxReports = 50;

std::string text(const regs::Result& r) {
  char line[256];
  std::snprintf(line, sizeof line,
                "verdict %s reason %s cause %s in %u out %u dir %u virtual %d member %d flow %s "
                "close %s acl %d len %u>%u",
                std::string(name(r.verdict)).c_str(), std::string(name(r.reason)).c_str(),
                std::string(name(r.cause)).c_str(), r.in_port, r.out_port,
                static_cast<unsigned>(r.direction), r.has_virtual ? r.virtual_id : -1,
                r.has_member ? r.member : -1, std::string(name(r.flow)).c_str(),
                std::string(name(r.close_cause)).c_str(), r.acl_hit ? r.acl_rule : -1, r.in_len,
                r.out_len);
  return line;
}

std::string text(const regs::Event& e) {
  char line[192];
  std::snprintf(line, sizeof line,
                "opened %d failed %s closed %s virtual %u member %u closed_virtual %u "
                "closed_member %u slot %u tick %u",
                e.opened, std::string(name(e.failed)).c_str(), std::string(name(e.closed)).c_str(),
                e.virtual_id, e.member, e.closed_virtual, e.closed_member, e.slot, e.age_tick);
  return line;
}

std::string hex(std::span<const uint8_t> bytes, size_t from, size_t count) {
  std::string out;
  char digits[4];
  for (size_t i = from; i < std::min(bytes.size(), from + count); ++i) {
    std::snprintf(digits, sizeof digits, "%02x ", bytes[i]);
    out += digits;
  }
  return out;
}

}  // namespace

class LockstepDataPlane::Core : public DataPlaneSink {
 public:
  Core(std::unique_ptr<DataPlane> rtl, std::unique_ptr<ModelDataPlane> model)
      : rtl_(std::move(rtl)), model_(std::move(model)), model_sink_(*this) {
    rtl_->setSink(this);
    model_->setSink(&model_sink_);
  }

  // From the RTL.
  void onFrame(const FrameOut& frame) override {
    const auto held = held_.find(frame.id);
    FrameIn in = held->second.frame;
    in.bytes = held->second.bytes;
    const bool overload = frame.result.reason == regs::DropReason::kIngressOverload;
    model_->process(in, frame.result.stamp, frame.result.now, bank_, overload);
    compare(frame, in);
    if (sink_ != nullptr) sink_->onFrame(frame);
    held_.erase(held);
  }
  void onEvent(const regs::Event& event) override {
    rtl_events_.push_back(event);
    compareEvents();
    if (sink_ != nullptr) sink_->onEvent(event);
  }

  void offer(const FrameIn& frame) {
    Held& held = held_[frame.id];
    held.frame = frame;
    held.bytes.assign(frame.bytes.begin(), frame.bytes.end());
    rtl_->offer(frame);
  }

  void settle() {
    rtl_->drain();
    compareEvents();
    if (!rtl_events_.empty() || !model_events_.empty()) {
      mismatch("events: RTL has " + std::to_string(rtl_events_.size()) + " and the model " +
               std::to_string(model_events_.size()) + " that the other has not; " +
               (rtl_events_.empty() ? "model: " + text(model_events_.front())
                                    : "RTL: " + text(rtl_events_.front())));
      rtl_events_.clear();
      model_events_.clear();
    }
    model_->runUntil(rtl_->now());
  }

  uint32_t read(uint32_t address) {
    settle();
    const uint32_t rtl = rtl_->read32(address);
    const uint32_t model = model_->read32(address);
    if (rtl != model && address != regs::StatusReg::kOffset &&
        address != regs::EventLostReg::kOffset) {
      char line[96];
      std::snprintf(line, sizeof line, "register 0x%08x: RTL 0x%08x, model 0x%08x", address, rtl,
                    model);
      mismatch(line);
    }
    return rtl;
  }

  void write(uint32_t address, uint32_t value) {
    settle();
    if (address == regs::ScrubStartReg::kOffset) leaveTickBoundary();
    rtl_->write32(address, value);
    model_->write32(address, value);
    if (address == regs::ControlReg::kOffset) bank_ = regs::ControlReg::kBank.get(value);
    if (address == regs::ScrubStartReg::kOffset) settle();
  }

  // The bus takes some clocks, the model none: an age tick must not begin between.
  void leaveTickBoundary() {
    constexpr uint64_t kTickNs = uint64_t{1} << regs::kAgeTickShift;
    constexpr uint64_t kBusNs = 10'000;
    const uint64_t left = kTickNs - rtl_->now() % kTickNs;
    if (left < kBusNs) rtl_->runUntil(rtl_->now() + left);
    model_->runUntil(rtl_->now());
  }

  void compareState();
  void mismatch(std::string line) {
    ++mismatches_;
    if (reports_.size() < kMaxReports) reports_.push_back(std::move(line));
  }

  std::unique_ptr<DataPlane> rtl_;
  std::unique_ptr<ModelDataPlane> model_;
  DataPlaneSink* sink_ = nullptr;
  uint64_t mismatches_ = 0;
  std::vector<std::string> reports_;

 private:
  struct Held {
    FrameIn frame;
    std::vector<uint8_t> bytes;
  };
  // Keeps what the model said until it is compared.
  class ModelSink : public DataPlaneSink {
   public:
    explicit ModelSink(Core& core) : core_(core) {}
    void onFrame(const FrameOut& frame) override {
      core_.model_result_ = frame.result;
      core_.model_bytes_.assign(frame.bytes.begin(), frame.bytes.end());
    }
    void onEvent(const regs::Event& event) override { core_.model_events_.push_back(event); }

   private:
    Core& core_;
  };

  void compare(const FrameOut& rtl, const FrameIn& in) {
    if (!(rtl.result == model_result_)) {
      mismatch("packet " + std::to_string(rtl.id) + ": RTL " + text(rtl.result) + "\n    model " +
               text(model_result_) + "\n    in " + hex(in.bytes, 0, 96));
      return;
    }
    if (std::equal(rtl.bytes.begin(), rtl.bytes.end(), model_bytes_.begin(), model_bytes_.end()))
      return;
    size_t at = 0;
    while (at < rtl.bytes.size() && at < model_bytes_.size() && rtl.bytes[at] == model_bytes_[at])
      ++at;
    const size_t from = at < 8 ? 0 : at - 8;
    mismatch("packet " + std::to_string(rtl.id) + ": bytes differ from " + std::to_string(at) +
             " on (" + text(rtl.result) + ")\n    RTL   " + hex(rtl.bytes, from, 32) +
             "\n    model " + hex(model_bytes_, from, 32) + "\n    in    " + hex(in.bytes, 0, 128));
  }

  void compareEvents() {
    while (!rtl_events_.empty() && !model_events_.empty()) {
      if (!(rtl_events_.front() == model_events_.front())) {
        mismatch("event: RTL " + text(rtl_events_.front()) + "\n    model " +
                 text(model_events_.front()));
      }
      rtl_events_.pop_front();
      model_events_.pop_front();
    }
  }

  void compareTable(const regs::TableInfo& table, uint32_t bank);
  void compareRow(const regs::TableInfo& table, uint32_t bank, uint32_t row, uint32_t base);

  ModelSink model_sink_;
  bool bank_ = false;
  std::unordered_map<uint64_t, Held> held_;
  std::deque<regs::Event> rtl_events_;
  std::deque<regs::Event> model_events_;
  regs::Result model_result_;
  std::vector<uint8_t> model_bytes_;
};

void LockstepDataPlane::Core::compareState() {
  settle();
  for (const regs::RegisterInfo& info : regs::kRegisters) {
    for (uint32_t i = 0; i < info.count; ++i) read(info.offset + 4 * i);
  }
  for (const regs::TableInfo& table : regs::kTables) {
    compareTable(table, 0);
    if (table.banked) compareTable(table, 1);
  }
}

// The two large kinds of table are read only where the model holds something: entries of the
// connection table that are not free (both have the same number of them, by FLOW_LIVE, so none can
// be elsewhere) and ring slots in use.
void LockstepDataPlane::Core::compareTable(const regs::TableInfo& table, uint32_t bank) {
  const bool is_flow =
      table.id == regs::FlowTagRow::kTableId || table.id == regs::FlowKeyRow::kTableId;
  const bool is_ring = table.id == regs::RingRow::kTableId;
  for (uint32_t row = 0; row < table.rows; ++row) {
    const uint32_t base =
        table.id << regs::kTableShift | bank << regs::kBankShift | row * table.stride * 4;
    if (is_flow && (model_->read32(regs::FlowTagRow::rowAddress(row)) & 7) == 0) continue;
    if (is_ring && model_->read32(base) == 0) continue;
    compareRow(table, bank, row, base);
  }
}

void LockstepDataPlane::Core::compareRow(const regs::TableInfo& table, uint32_t bank, uint32_t row,
                                         uint32_t base) {
  for (uint32_t word = 0; word < table.words; ++word) {
    const uint32_t rtl = rtl_->read32(base + 4 * word);
    const uint32_t model = model_->read32(base + 4 * word);
    if (rtl == model) continue;
    char line[160];
    std::snprintf(line, sizeof line, "table %.*s bank %u row %u word %u: RTL 0x%08x, model 0x%08x",
                  static_cast<int>(table.name.size()), table.name.data(), bank, row, word, rtl,
                  model);
    mismatch(line);
  }
}

LockstepDataPlane::LockstepDataPlane(std::unique_ptr<DataPlane> rtl,
                                     std::unique_ptr<ModelDataPlane> model)
    : core_(std::make_unique<Core>(std::move(rtl), std::move(model))) {}
LockstepDataPlane::~LockstepDataPlane() = default;

void LockstepDataPlane::setSink(DataPlaneSink* sink) { core_->sink_ = sink; }
uint32_t LockstepDataPlane::read32(uint32_t address) { return core_->read(address); }
void LockstepDataPlane::write32(uint32_t address, uint32_t value) { core_->write(address, value); }
uint64_t LockstepDataPlane::busErrors() const { return core_->rtl_->busErrors(); }
void LockstepDataPlane::offer(const FrameIn& frame) { core_->offer(frame); }
void LockstepDataPlane::startWaves() { core_->rtl_->startWaves(); }
void LockstepDataPlane::runUntil(uint64_t ns) { core_->rtl_->runUntil(ns); }
void LockstepDataPlane::drain() { core_->settle(); }
uint64_t LockstepDataPlane::now() const { return core_->rtl_->now(); }
uint64_t LockstepDataPlane::cycles() const { return core_->rtl_->cycles(); }
uint64_t LockstepDataPlane::evaluatedCycles() const { return core_->rtl_->evaluatedCycles(); }
uint64_t LockstepDataPlane::clockHz() const { return core_->rtl_->clockHz(); }
void LockstepDataPlane::compareState() { core_->compareState(); }
uint64_t LockstepDataPlane::mismatches() const { return core_->mismatches_; }
const std::vector<std::string>& LockstepDataPlane::reports() const { return core_->reports_; }

}  // namespace sluice
