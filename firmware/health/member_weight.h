// SPDX-License-Identifier: Apache-2.0
// How much of its weight a member gets: slow start after it came up, what its agent says, how fast
// it answers.
//
// Weights change in steps, because each is a change of the tables.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

class MemberWeight {
 public:
  static constexpr uint64_t kStepNs = 1'000'000'000;  // measured load counts this often

  // It came up: shares grow to the full one in ten steps over `duration_ns` (0: at once).
  void startSlowly(uint64_t now_ns, uint64_t duration_ns);
  // 1..100, or nothing if there is no agent.
  void setAgent(std::optional<uint32_t> percent) { agent_ = percent; }
  // A good probe took this long.
  void measure(uint64_t duration_ns);
  // The mean of the last probes, at least 1 ms: shorter times say more of the network than of load.
  double responseNs() const;
  bool measured() const { return response_ns_ > 0; }
  // Its speed in percent of the fastest member's. Small changes do not count.
  void setSpeed(uint32_t percent);

  // 1..100
  uint32_t percent(uint64_t now_ns) const;
  // When slow start takes its next step; UINT64_MAX: not.
  uint64_t nextStep(uint64_t now_ns) const;

 private:
  uint64_t slow_from_ns_ = 0, slow_for_ns_ = 0;
  std::optional<uint32_t> agent_;
  double response_ns_ = 0;
  uint32_t speed_ = 100;
};

}  // namespace sluice
