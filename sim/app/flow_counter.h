// SPDX-License-Identifier: Apache-2.0
// Counts the different flows of a trace: unordered pairs of TCP or UDP endpoints, or of addresses
// for other protocols.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sluice {

class FlowCounter {
 public:
  FlowCounter();
  void onFrame(std::span<const uint8_t> bytes);
  uint64_t flows() const { return flows_; }

 private:
  bool insert(uint64_t hash);
  void grow();

  std::vector<uint64_t> table_;  // open addressing by hash; 0 = free
  uint64_t flows_ = 0;
};

}  // namespace sluice
