// SPDX-License-Identifier: Apache-2.0
// One question to one member, and whoever asks it. asio_probes.h asks over the network,
// fake_probes.h stands in for it in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "firmware/control/config.h"
#include "firmware/health/check_state.h"

namespace sluice {

struct ProbeOutcome {
  Verdict verdict = Verdict::kBad;
  std::string reason;               // for people: "status 200", "connection refused"
  std::optional<uint32_t> percent;  // 1..100: of its weight, if the member said so
};

// A probe under way. Whoever destroys it hears nothing more of it.
class Probe {
 public:
  virtual ~Probe() = default;
};

class ProbeStarter {
 public:
  using Done = std::function<void(const ProbeOutcome&)>;
  virtual ~ProbeStarter() = default;
  // Calls `done` once, later, never from here; `done` may destroy the probe. `target` has the port
  // to probe. There is no limit of time: the caller has one.
  virtual std::unique_ptr<Probe> start(const Monitor& monitor, const Endpoint& target,
                                       Done done) = 0;
};

}  // namespace sluice
