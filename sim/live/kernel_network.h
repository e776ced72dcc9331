// SPDX-License-Identifier: Apache-2.0
// The kernel's side of the CPU port: addresses and routes of TAP devices, its neighbour table.
// Rtnetlink does it for real; fake_kernel_network.h stands in for it in tests.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "firmware/base/ip_address.h"
#include "firmware/base/result.h"

namespace sluice {

struct NeighborEvent {
  std::string device;
  IpAddress address;
  std::optional<MacAddress> mac;  // nothing: does not answer
};

class KernelNetwork {
 public:
  virtual ~KernelNetwork() = default;
  // Own MAC address and MTU, and up.
  virtual Result<void> setUpDevice(const std::string& device, const MacAddress& mac,
                                   uint32_t mtu) = 0;
  virtual Result<void> addAddress(const std::string& device, const IpPrefix& address) = 0;
  virtual Result<void> removeAddress(const std::string& device, const IpPrefix& address) = 0;
  // The default route of a family.
  virtual Result<void> setGateway(const std::string& device, const IpAddress& gateway) = 0;
  virtual Result<void> removeGateway(const std::string& device, const IpAddress& gateway) = 0;
  // Starts neighbour discovery, or checks a neighbour that is known. The answer comes by poll().
  virtual void resolve(const std::string& device, const IpAddress& address) = 0;
  virtual int fd() const = 0;  // readable when events wait
  // Gives all neighbour events that wait.
  virtual void poll(const std::function<void(const NeighborEvent&)>& take) = 0;
};

// Puts the calling thread into a network namespace of its own, with `lo` up. Everything it opens
// from then on belongs there; sockets it has stay where they are.
Result<void> enterOwnNamespace();

// In the network namespace of the caller.
Result<std::unique_ptr<KernelNetwork>> openRtnetlink();

}  // namespace sluice
