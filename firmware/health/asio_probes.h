// SPDX-License-Identifier: Apache-2.0
// Probes over the network, on an event loop of Boost.Asio. Sockets are those of the calling
// thread's network namespace. Destroying a probe closes its socket, or kills its program.
#pragma once

#include <boost/asio/io_context.hpp>

#include "firmware/health/probe.h"

namespace sluice {

class AsioProbes final : public ProbeStarter {
 public:
  // Borrows the context, which ends no earlier than the last probe.
  explicit AsioProbes(boost::asio::io_context& context) : context_(context) {}

  std::unique_ptr<Probe> start(const Monitor& monitor, const Endpoint& target, Done done) override;

 private:
  boost::asio::io_context& context_;
};

}  // namespace sluice
