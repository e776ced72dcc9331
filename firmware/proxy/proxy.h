// SPDX-License-Identifier: Apache-2.0
// The layer-7 proxy of the appliance: takes the connections of virtuals of mode http in the kernel,
// reads their requests, and sends them on to members.
//
// Works on threads of its own, which are started with the first virtual and belong to the network
// namespace of whoever starts them. apply(), refresh() and statistics() return at once and are
// called from one thread. A change closes no connection: requests under way end with the plan that
// they began with, later ones on the same connection follow the new one. Connections of a virtual
// that is gone end with their request.
#pragma once

#include <memory>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/proxy/proxy_plan.h"

namespace sluice::proxy {

struct ListenSocket;
class Worker;

class Proxy {
 public:
  explicit Proxy(unsigned workers = 1);
  ~Proxy();

  // Serves the virtuals of mode http that are in service. `config` has passed checkConfig(). kIo:
  // an address cannot be listened on; everything stays as it was.
  Result<void> apply(const Config& config, const Overrides& overrides, const PoolView& view);

  ProxyStats statistics() const { return counters_.snapshot(); }

 private:
  Result<std::vector<std::vector<ListenSocket>>> openSockets(const ProxyPlan& plan);

  unsigned most_workers_;
  CounterRegistry counters_;
  std::shared_ptr<const ProxyPlan> plan_;  // in force
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace sluice::proxy
