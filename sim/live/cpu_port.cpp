// SPDX-License-Identifier: Apache-2.0
#include "sim/live/cpu_port.h"

#include "sim/live/announce.h"

namespace sluice {

CpuPort::CpuPort(KernelNetwork& kernel, EventLoop& loop, OpenTap open_tap, ToPort to_port)
    : kernel_(kernel), loop_(loop), open_tap_(std::move(open_tap)), to_port_(std::move(to_port)) {}

Result<void> CpuPort::prepare(const NetworkPlan& plan) {
  for (const TapPlan& tap : plan.taps) {
    if (devices_.count(tap.device) != 0) continue;
    auto device = open_tap_(tap.device);
    if (!device) return device.error();
    devices_[tap.device] = std::move(*device);
  }
  return {};
}

Result<void> CpuPort::apply(const NetworkPlan& plan) {
  Result<void> outcome;
  const auto note = [&](const Result<void>& step) {
    if (!step && outcome) outcome = step;
  };
  for (const auto& [gateway, device] : plan_.gateways) {
    const auto still = plan.gateways.find(gateway);
    if (still == plan.gateways.end() || still->second != device)
      note(kernel_.removeGateway(device, gateway));
  }
  std::erase_if(devices_, [&](const auto& entry) {
    for (const TapPlan& tap : plan.taps) {
      if (tap.device == entry.first) return false;
    }
    loop_.unwatch(entry.second->fd());
    return true;
  });
  for (const TapPlan& tap : plan.taps) note(applyTap(tap, plan_.tapOf(tap.interface)));
  for (const auto& [gateway, device] : plan.gateways) note(kernel_.setGateway(device, gateway));
  plan_ = plan;
  return outcome;
}

Result<void> CpuPort::applyTap(const TapPlan& wanted, const TapPlan* before) {
  FramePort& device = *devices_.at(wanted.device);
  loop_.watch(device.fd(), [this, &device, port = wanted.port, vlan = wanted.vlan] {
    receive(device, port, vlan);
  });
  if (before == nullptr || before->mac != wanted.mac || before->mtu != wanted.mtu) {
    if (auto up = kernel_.setUpDevice(wanted.device, wanted.mac, wanted.mtu); !up) return up;
  }
  for (const IpPrefix& address : before == nullptr ? std::set<IpPrefix>() : before->addresses) {
    if (wanted.addresses.count(address) != 0) continue;
    if (auto gone = kernel_.removeAddress(wanted.device, address); !gone) return gone;
  }
  for (const IpPrefix& address : wanted.addresses) {
    const bool had = before != nullptr && before->addresses.count(address) != 0;
    if (had && before->mac == wanted.mac && before->port == wanted.port) continue;
    if (!had) {
      if (auto added = kernel_.addAddress(wanted.device, address); !added) return added;
    }
    announce(wanted, address.address);
  }
  return {};
}

void CpuPort::announce(const TapPlan& tap, const IpAddress& address) {
  const std::vector<uint8_t> frame = announcement(address, tap.mac);
  to_port_(tap.port, tap.vlan == 0 ? frame : withTag(frame, tap.vlan));
}

void CpuPort::receive(FramePort& tap, uint32_t port, uint16_t vlan) {
  tap.receive([&](std::span<const uint8_t> frame) {
    if (vlan == 0) return to_port_(port, frame);
    to_port_(port, withTag(frame, vlan));
  });
}

void CpuPort::punt(uint32_t port, std::span<const uint8_t> frame) {
  const uint16_t vlan = vlanOf(frame);
  for (const TapPlan& tap : plan_.taps) {
    if (tap.port != port || tap.vlan != vlan) continue;
    FramePort& device = *devices_.at(tap.device);
    return vlan == 0 ? device.send(frame) : device.send(withoutTag(frame));
  }
  ++no_interface_;
}

}  // namespace sluice
