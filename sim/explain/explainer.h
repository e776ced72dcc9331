// SPDX-License-Identifier: Apache-2.0
// Follows one packet through the stages of the data plane and says why each decides as it does.
//
// Works on the tables and connections in force and changes nothing. What it says happens is what
// the data plane would do now, but for token buckets, which it takes to be full (twin_plane.h).
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firmware/control/control.h"
#include "sim/explain/packet_query.h"
#include "sim/explain/twin_plane.h"

namespace sluice {

struct ExplainedStage {
  std::string stage;   // parse, acl, virtual, police, connection, dispatch, edit, egress
  std::string result;  // what it decided
  std::string reason;  // why
};

struct Explained {
  std::string packet;                  // as asked
  std::string interface;               // where it comes in
  std::vector<ExplainedStage> stages;  // up to the one that decides
  std::string verdict;                 // "forward to 10.0.0.11:80 by ethernet2", "drop: no_virtual"
  bool followed = true;  // false: it answers to a source of full NAT, `result` says nothing
  regs::Result result;
  std::string virtual_name, pool, member;  // "" = none
  std::vector<uint8_t> frame;              // that leaves; empty if dropped
};

class Explainer {
 public:
  // Borrows both, which must outlive this: the control plane of the data plane that `hal` is for.
  // `between` is called every few milliseconds of a long copy (twin_plane.h).
  Explainer(
      const Control& control, Hal& hal, std::function<void()> between = [] {})
      : control_(control), twin_(control, hal, std::move(between)) {}

  // kNotFound: there is no such interface; kInvalidInput: it cannot come in anywhere. `now_ns` is
  // the data plane's time.
  Result<Explained> explain(const PacketQuery& query, uint64_t now_ns);
  // Any frame that comes in on a port.
  Explained explainFrame(uint8_t port, std::span<const uint8_t> frame, uint64_t now_ns);

  // The frame that explain() follows, and its port, for who wants to send it.
  struct Arrival {
    uint8_t port;
    std::string interface;
    std::vector<uint8_t> frame;
  };
  Result<Arrival> arrival(const PacketQuery& query);

 private:
  const Control& control_;
  TwinPlane twin_;
};

// {packet, interface, stages[{stage, result, reason}], verdict, drop|punt, virtual, pool, member}
nlohmann::ordered_json toJson(const Explained& explained);
std::string toText(const Explained& explained);

}  // namespace sluice
