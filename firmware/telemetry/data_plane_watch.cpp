// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/data_plane_watch.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr double kFloodBegins = 100, kFloodEnds = 10;  // evicted per second

bool overBudget(const DataPlaneSample& sample, uint64_t tenths) {
  return sample.half_open_budget != 0 &&
         uint64_t{sample.half_open} * 10 >= uint64_t{sample.half_open_budget} * tenths;
}

}  // namespace

DataPlaneSample readSample(Hal& hal) {
  DataPlaneSample sample;
  for (size_t i = 0; i < kLimitReasons.size(); ++i) {
    sample.drops[i] =
        hal.readRow<regs::DropCountersRow>(static_cast<uint32_t>(kLimitReasons[i])).packets;
  }
  sample.full = hal.read64(regs::FlowFullReg::kOffset);
  sample.evicted = hal.read64(regs::FlowEvictedReg::kOffset);
  sample.live = hal.read(regs::FlowLiveReg::kOffset);
  sample.half_open = hal.read(regs::FlowHalfOpenReg::kOffset);
  sample.half_open_budget = hal.read(regs::HalfOpenMaxReg::kOffset);
  sample.capacity = hal.geometry().flowEntries();
  return sample;
}

bool DataPlaneWatch::active() const {
  return table_.active || flood_.active ||
         std::any_of(limits_.begin(), limits_.end(), [](const Episode& e) { return e.active; });
}

void DataPlaneWatch::take(const DataPlaneSample& sample, uint64_t now_ns) {
  if (last_ && now_ns > last_ns_) {
    const double elapsed = static_cast<double>(now_ns - last_ns_) * 1e-9;
    takeLimits(sample, now_ns, elapsed);
    takeTable(sample, now_ns);
    takeFlood(sample, now_ns, elapsed);
  }
  last_ = sample;
  last_ns_ = now_ns;
}

void DataPlaneWatch::takeLimits(const DataPlaneSample& sample, uint64_t now_ns, double elapsed) {
  for (size_t i = 0; i < limits_.size(); ++i) {
    const uint64_t more = sample.drops[i] - last_->drops[i];
    const std::string_view reason = regs::name(kLimitReasons[i]);
    switch (limits_[i].take(more, more != 0, more != 0, now_ns)) {
      case Episode::Change::kBegins:
        log_.emit<events::kLimitHit>(reason, static_cast<double>(more) / elapsed,
                                     regs::doc(kLimitReasons[i]));
        break;
      case Episode::Change::kEnds:
        log_.emit<events::kLimitRelieved>(reason, limits_[i].count, limits_[i].seconds());
        break;
      case Episode::Change::kNone:
        break;
    }
  }
}

void DataPlaneWatch::takeTable(const DataPlaneSample& sample, uint64_t now_ns) {
  constexpr std::string_view kTable = "connection";
  const uint64_t more = sample.full - last_->full;
  switch (table_.take(more, more != 0, more != 0, now_ns)) {
    case Episode::Change::kBegins:
      log_.emit<events::kTableFull>(kTable, sample.live, sample.capacity, more);
      break;
    case Episode::Change::kEnds:
      log_.emit<events::kTableRelieved>(kTable, sample.live, sample.capacity, table_.count,
                                        table_.seconds());
      break;
    case Episode::Change::kNone:
      break;
  }
}

void DataPlaneWatch::takeFlood(const DataPlaneSample& sample, uint64_t now_ns, double elapsed) {
  const uint64_t more = sample.evicted - last_->evicted;
  const double rate = static_cast<double>(more) / elapsed;
  const bool at_budget = overBudget(sample, 9);
  switch (flood_.take(more, at_budget || rate >= kFloodBegins,
                      overBudget(sample, 5) || rate >= kFloodEnds, now_ns)) {
    case Episode::Change::kBegins:
      log_.emit<events::kFloodBegun>(sample.half_open, rate,
                                     at_budget ? "half-open connections are near their budget"
                                               : "half-open connections give way to new ones");
      break;
    case Episode::Change::kEnds:
      log_.emit<events::kFloodEnded>(flood_.count, flood_.seconds());
      break;
    case Episode::Change::kNone:
      break;
  }
}

}  // namespace sluice
