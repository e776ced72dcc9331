// SPDX-License-Identifier: Apache-2.0
#include "sim/explain/twin_plane.h"

#include <algorithm>
#include <bit>

namespace sluice {
namespace {

// Keeps what came of one frame.
class OneFrame final : public DataPlaneSink {
 public:
  void onFrame(const FrameOut& frame) override {
    result = frame.result;
    bytes.assign(frame.bytes.begin(), frame.bytes.end());
  }
  void onEvent(const regs::Event& event) override {
    if (event.opened) opened_slot = event.slot;
  }

  regs::Result result;
  std::vector<uint8_t> bytes;
  uint32_t opened_slot = 0;
};

}  // namespace

// The model's tables are made anew after a change.
void TwinPlane::follow() {
  if (model_ && changes_seen_ == control_.changes()) return;
  const Geometry found = hal_.geometry();
  model::Geometry geometry;
  geometry.data_width = found.data_width;
  geometry.flow_banks = found.flow_banks;
  geometry.flow_ways = found.flow_ways;
  geometry.flow_rows_log2 = static_cast<uint32_t>(std::bit_width(found.flow_rows)) - 1;
  model_ = std::make_unique<Model>(geometry);
  control_.copyTo(model_->hal, between_);
  changes_seen_ = control_.changes();
}

TwinPlane::Outcome TwinPlane::run(uint8_t port, std::span<const uint8_t> frame, uint64_t now_ns) {
  follow();
  const bool bank = model_->hal.activeBank() != 0;
  const FrameIn in{.id = 0, .arrival_ns = now_ns, .port = port, .bytes = frame};
  Outcome outcome;
  model_->plane.clearState();
  outcome.preview = model_->plane.preview(in, now_ns, bank);
  copySlots(outcome);
  copyCounts(outcome);
  OneFrame seen;
  model_->plane.setSink(&seen);
  model_->plane.process(in, now_ns, now_ns, bank, false);
  model_->plane.setSink(nullptr);
  outcome.result = seen.result;
  outcome.frame = std::move(seen.bytes);
  outcome.opened_slot = seen.opened_slot;
  return outcome;
}

void TwinPlane::copySlots(Outcome& outcome) {
  for (const uint32_t number : outcome.preview.flow_slots) {
    const auto tag = hal_.readRow<regs::FlowTagRow>(number);
    if (tag.state == regs::FlowState::kFree) continue;
    outcome.slots.push_back({number, tag, hal_.readRow<regs::FlowKeyRow>(number)});
    model_->plane.setFlow(number, tag, outcome.slots.back().key);
  }
  model_->plane.setHalfOpen(hal_.read(regs::FlowHalfOpenReg::kOffset));
}

// Of the members that section 8 of the specification looks at, of the virtual, and of its sources.
void TwinPlane::copyCounts(Outcome& outcome) {
  const regs::Classified& classified = outcome.preview.classified;
  if (!classified.has_virtual) return;
  const auto count = hal_.readRow<regs::VirtualConnectionsRow>(classified.virtual_id);
  outcome.virtual_live = count.opened - count.closed;
  model_->plane.setConnections(classified.virtual_id, count);
  for (uint32_t i = 0; i < regs::SnatPortsRow::kRows; ++i) {
    if (classified.snat >> i & 1)
      model_->plane.setSourcesUsed(i, hal_.readRow<regs::SnatPortsRow>(i).used);
  }
  const auto pool = row<regs::PoolRow>(classified.pool);
  outcome.ring_size = pool.ring_size;
  if (pool.ring_size == 0 || outcome.preview.flow_slots.empty()) return;
  const uint64_t hash = outcome.preview.dispatch_hash;
  for (const auto half : {static_cast<uint32_t>(hash), static_cast<uint32_t>(hash >> 32)}) {
    Candidate candidate{};
    candidate.ring_slot = static_cast<uint32_t>((uint64_t{half} * pool.ring_size) >> 32);
    candidate.member =
        row<regs::RingRow>((pool.ring_base + candidate.ring_slot) % regs::RingRow::kRows).member;
    candidate.row = row<regs::MemberRow>(candidate.member);
    const auto connections = hal_.readRow<regs::MemberConnectionsRow>(candidate.member);
    candidate.live = connections.opened - connections.closed;
    model_->plane.setConnections(candidate.member, connections);
    outcome.candidates.push_back(candidate);
  }
}

}  // namespace sluice
