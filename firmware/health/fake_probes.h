// SPDX-License-Identifier: Apache-2.0
// Probes in memory, for tests: they end when the test says so.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "firmware/health/probe.h"

namespace sluice {

class FakeProbes final : public ProbeStarter {
 public:
  std::unique_ptr<Probe> start(const Monitor& monitor, const Endpoint& target, Done done) override {
    const std::string key = monitor.name + " " + target.toString();
    started.push_back(key);
    under_way_[key] = std::move(done);
    return std::make_unique<FakeProbe>(*this, key);
  }
  bool underWay(const std::string& key) const { return under_way_.count(key) != 0; }
  // Ends the probe "MONITOR ADDRESS:PORT". False if there is none.
  bool end(const std::string& key, const ProbeOutcome& outcome) {
    const auto entry = under_way_.find(key);
    if (entry == under_way_.end()) return false;
    const Done done = std::move(entry->second);
    under_way_.erase(entry);
    done(outcome);
    return true;
  }

  std::vector<std::string> started;

 private:
  struct FakeProbe final : Probe {
    FakeProbe(FakeProbes& owner, std::string name) : owner(owner), key(std::move(name)) {}
    ~FakeProbe() override { owner.under_way_.erase(key); }
    FakeProbes& owner;
    std::string key;
  };
  std::map<std::string, Done> under_way_;
};

}  // namespace sluice
