// SPDX-License-Identifier: Apache-2.0
#include "firmware/icmp/icmp_responder.h"

#include "firmware/control/next_hop.h"

namespace sluice {
namespace {

std::optional<IpAddress> ownAddress(const Config& config, uint32_t port,
                                    const IpAddress& receiver) {
  const std::vector<uint32_t> ports = interfacePorts(config);
  std::optional<IpAddress> best;
  int best_rank = -1;
  for (size_t i = 0; i < config.interfaces.size(); ++i) {
    for (const auto& own : config.interfaces[i].addresses) {
      if (own.prefix.address.v6 != receiver.v6) continue;
      const int rank = own.prefix.contains(receiver) ? 2 : ports[i] == port ? 1 : 0;
      if (rank <= best_rank) continue;
      best = own.prefix.address;
      best_rank = rank;
    }
  }
  return best;
}

MacAddress portMac(const Config& config, uint32_t port) {
  const std::vector<uint32_t> ports = interfacePorts(config);
  for (size_t i = 0; i < ports.size(); ++i) {
    if (ports[i] == port) return interfaceMac(config, i);
  }
  return {};
}

}  // namespace

bool IcmpResponder::answers(const regs::Result& result) {
  return result.verdict == regs::Verdict::kPunt && result.in_port < regs::kCpuPort &&
         (result.cause == regs::PuntCause::kMtu || result.cause == regs::PuntCause::kTtl);
}

std::optional<std::vector<uint8_t>> IcmpResponder::answer(const regs::Result& result,
                                                          std::span<const uint8_t> frame) {
  std::optional<std::vector<uint8_t>> error;
  const bool too_big = result.cause == regs::PuntCause::kMtu;
  if (const auto parties = icmpErrorParties(frame)) {
    const Config& config = control_.config();
    auto source = ownAddress(config, result.in_port, parties->sender);
    if (!source && result.direction == regs::Direction::kForward) source = parties->receiver;
    IcmpProblem problem{IcmpProblem::Kind::kTimeExceeded, 0};
    if (too_big) problem = {IcmpProblem::Kind::kTooBig, control_.pathMtu(result)};
    if (source) error = icmpError(frame, problem, *source, portMac(config, result.in_port));
  }
  ++(!error ? counts_.suppressed : too_big ? counts_.too_big : counts_.time_exceeded);
  return error;
}

}  // namespace sluice
