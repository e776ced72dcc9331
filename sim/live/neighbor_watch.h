// SPDX-License-Identifier: Apache-2.0
// Keeps what Control knows of next hops in step with the kernel's neighbour table: asks the kernel
// to resolve those that are needed, again and again while they do not answer, and to check the
// others now and then.
//
// Not thread-safe. Times are nanoseconds on any clock that does not go back.
#pragma once

#include <map>
#include <set>

#include "firmware/control/table_builder.h"
#include "sim/live/kernel_network.h"
#include "sim/live/network_plan.h"

namespace sluice {

class NeighborWatch {
 public:
  static constexpr uint64_t kRetryNs = 1'000'000'000;   // of those that do not answer
  static constexpr uint64_t kCheckNs = 10'000'000'000;  // of those that do

  explicit NeighborWatch(KernelNetwork& kernel) : kernel_(kernel) {}

  // The next hops that are in use now. Those that are configured or assumed are not resolved.
  void setNeeded(const std::map<NeighborKey, NextHop>& next_hops, const NetworkPlan& plan);

  // Asks the kernel for what is due. Returns when to call again.
  uint64_t ask(uint64_t now_ns);

  // Takes the kernel's events. True if known() changed.
  bool takeEvents();

  const std::map<NeighborKey, MacAddress>& known() const { return known_; }
  // Needed, but not known.
  std::set<NeighborKey> missing() const;

 private:
  struct Wanted {
    std::string device;
    uint64_t due_ns = 0;
  };
  KernelNetwork& kernel_;
  std::map<NeighborKey, Wanted> wanted_;
  std::map<NeighborKey, MacAddress> known_;
};

}  // namespace sluice
