// SPDX-License-Identifier: Apache-2.0
// The configuration of `replay --auto` from what discovery found.
#include <algorithm>

#include "sim/trace/discover.h"

namespace sluice {
namespace {

// The data plane has 1,024 neighbours; each member address needs one. Beyond this many addresses,
// pools share them and differ by port.
constexpr uint32_t kMaxAddresses = 900;
constexpr uint32_t kMaxMembers = 4095;
constexpr uint16_t kSharedPorts = 20000;

// An unused /16 of 10.0.0.0/8, from 10.200 on, and an unused fd00:N::/32.
struct Network {
  uint8_t ten = 200;
  uint16_t fd = 0x51;

  explicit Network(const Discovery& discovery) {
    for (int tries = 0; tries < 256 && discovery.used_ten[ten]; ++tries) ++ten;
    for (int tries = 0; tries < 65536 && discovery.used_fd[fd]; ++tries) ++fd;
  }

  IpAddress address(bool v6, uint16_t number) const {
    IpAddress result;
    result.v6 = v6;
    if (v6) {
      result.bytes[0] = 0xfd;
      result.bytes[2] = static_cast<uint8_t>(fd >> 8);
      result.bytes[3] = static_cast<uint8_t>(fd);
    } else {
      result.bytes[0] = 10;
      result.bytes[1] = ten;
    }
    result.bytes[v6 ? 14 : 2] = static_cast<uint8_t>(number >> 8);
    result.bytes[v6 ? 15 : 3] = static_cast<uint8_t>(number);
    return result;
  }
};

constexpr uint16_t kOwnNumber = 0xfffe;
constexpr uint16_t kGatewayNumber = 0xfffd;

std::string serviceName(const PacketEndpoint& endpoint) {
  return "auto-" + endpoint.address.toString() + "-" + std::to_string(endpoint.port) + "-" +
         std::string(protocolName(endpoint.protocol));
}

std::string networkText(const Network& network, bool v4, bool v6) {
  std::string text = "interface ethernet1\n";
  if (v4) text += "  address " + network.address(false, kOwnNumber).toString() + "/16\n";
  if (v6) text += "  address " + network.address(true, kOwnNumber).toString() + "/64\n";
  if (v4) text += "gateway " + network.address(false, kGatewayNumber).toString() + "\n";
  if (v6) text += "gateway " + network.address(true, kGatewayNumber).toString() + "\n";
  return text;
}

std::string poolText(const Network& network, const PacketEndpoint& service, uint32_t index,
                     uint32_t members) {
  std::string text = "pool " + serviceName(service) + "\n";
  for (uint32_t i = 0; i < members; ++i) {
    const uint32_t number = index * members + i;
    const bool shared = number >= kMaxAddresses;
    const Endpoint member{
        network.address(service.address.v6, static_cast<uint16_t>(1 + number % kMaxAddresses)),
        shared ? static_cast<uint16_t>(kSharedPorts + index) : service.port};
    text += "  member " + member.toString() + "\n";
  }
  return text;
}

std::string virtualText(const PacketEndpoint& service, const std::string& mode) {
  const std::string name = serviceName(service);
  std::string text = "virtual " + name + "\n  destination " + service.text() + " protocol " +
                     std::string(protocolName(service.protocol)) + "\n  mode " + mode +
                     "\n  pool " + name + "\n";
  // Traces start in the middle of connections.
  if (service.protocol == kProtocolTcp) text += "  loose-initiation\n";
  return text;
}

}  // namespace

AutoConfig makeAutoConfig(const Discovery& discovery, const AutoConfigOptions& options) {
  AutoConfig result;
  const uint32_t members = std::clamp(options.members, 1u, 64u);
  const size_t limit = std::min<size_t>(options.max_services, kMaxMembers / members);
  const size_t count = std::min(discovery.services.size(), limit);
  if (discovery.services.empty()) {
    result.notes.push_back(
        "No TCP or UDP service was found in the trace: nothing to balance, every packet is dropped "
        "or punted.");
    return result;
  }
  const auto chosen = discovery.services.begin();
  const auto family = [&](bool v6) {
    return std::any_of(chosen, chosen + static_cast<ptrdiff_t>(count),
                       [&](const auto& service) { return service.endpoint.address.v6 == v6; });
  };
  const Network network(discovery);
  const std::string heading =
      "# " + std::to_string(count) + " services found in the trace, busiest first\n";
  result.text = heading + networkText(network, family(false), family(true));
  std::string virtuals;
  uint64_t left_out = 0;
  for (size_t i = 0; i < discovery.services.size(); ++i) {
    const PacketEndpoint& service = discovery.services[i].endpoint;
    if (i >= count) {
      left_out += discovery.services[i].packets;
      continue;
    }
    result.text += poolText(network, service, static_cast<uint32_t>(i), members);
    virtuals += virtualText(service, options.mode);
    const auto bits = static_cast<uint8_t>(service.address.bits());
    result.services.push_back({{service.address, bits}, service.port, service.protocol});
  }
  result.text += virtuals;
  result.notes.push_back(
      "services found in the trace: " + std::to_string(discovery.services.size()) +
      "; virtuals: " + std::to_string(count) + ", members of each: " + std::to_string(members));
  if (left_out != 0) {
    result.notes.push_back("Services beyond the " + std::to_string(count) +
                           " busiest are left out: " + std::to_string(left_out) + " packets.");
  }
  return result;
}

}  // namespace sluice
