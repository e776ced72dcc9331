// SPDX-License-Identifier: Apache-2.0
// What a data plane would do with a packet, found out without sending one.
//
// A model of the data plane gets the registers and tables in force and, for each packet, the state
// that this packet would see: the connection table's rows that it hashes to, counts of live
// connections. What the model then does is what the data plane would do, with one exception: state
// of token buckets cannot be read, all are taken to be full. Nothing of the data plane is changed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "firmware/control/control.h"
#include "firmware/hal/data_plane_bus.h"
#include "firmware/hal/hal.h"
#include "sim/model/model_data_plane.h"

namespace sluice {

class TwinPlane {
 public:
  struct Slot {
    uint32_t number;
    regs::FlowTagRow tag;
    regs::FlowKeyRow key;  // of entries with the packet's digest, and of connections opened
  };
  struct Candidate {
    uint32_t ring_slot;  // within the pool's ring
    uint16_t member;     // 0: none
    regs::MemberRow row;
    uint32_t live;  // connections
  };
  struct Outcome {
    ModelDataPlane::Preview preview;
    std::vector<Slot> slots;            // of entries that are not free
    std::vector<Candidate> candidates;  // of packets to a virtual: first and second choice
    uint32_t ring_size = 0;
    uint32_t virtual_live = 0;  // connections of the packet's virtual
    regs::Result result;
    uint32_t opened_slot = 0;    // if result.flow is opened
    std::vector<uint8_t> frame;  // that leaves; empty if dropped
  };

  // Borrows both, which must outlive this: the control plane of the data plane that `hal` is for.
  // After a change of the configuration a copy takes some 10 ms or, if that is large, more:
  // `between` is called every few.
  TwinPlane(const Control& control, Hal& hal, std::function<void()> between)
      : control_(control), hal_(hal), between_(std::move(between)) {}

  // `now_ns`: time of the data plane. The frame may be any.
  Outcome run(uint8_t port, std::span<const uint8_t> frame, uint64_t now_ns);

  // A row of a table in force.
  template <class Row>
  Row row(uint32_t index) {
    follow();
    return model_->hal.readRow<Row>(index, Row::kBanked ? model_->hal.activeBank() : 0);
  }

 private:
  struct Model {
    explicit Model(const model::Geometry& geometry) : plane(geometry), bus(plane), hal(bus) {}
    ModelDataPlane plane;
    DataPlaneBus bus;
    Hal hal;
  };

  void follow();
  void copySlots(Outcome& outcome);
  void copyCounts(Outcome& outcome);

  const Control& control_;
  Hal& hal_;
  std::function<void()> between_;
  uint64_t changes_seen_ = 0;
  std::unique_ptr<Model> model_;
};

}  // namespace sluice
