// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/config_check.h"

#include <algorithm>

#include "firmware/control/checker.h"
#include "firmware/control/config_value.h"

namespace sluice {

namespace {

void checkRange(Checker& check, const Leaf<Quantity>& leaf, uint64_t low, uint64_t high,
                const std::string& message) {
  if (leaf->value < low || leaf->value > high) check.error(leaf.position, message);
}

void checkSelectors(Checker& check, const AclRule& rule) {
  IpFamily family = rule.protocol ? rule.protocol->family : IpFamily::kBoth;
  for (const AclSelector* selector : {&rule.source, &rule.destination}) {
    if (!selector->prefix) continue;
    const IpFamily own = selector->prefix->address.v6 ? IpFamily::kV6 : IpFamily::kV4;
    if (family != IpFamily::kBoth && family != own) {
      return check.error(rule.position,
                         "the rule matches nothing: it asks for IPv4 and IPv6 at once");
    }
    family = own;
  }
}

}  // namespace

void checkSystem(Checker& check) {
  constexpr uint64_t kLeast = 10'000'000;                          // 10 ms, one tick
  constexpr uint64_t kMost = uint64_t{19} * 3600 * 1'000'000'000;  // 23 bits of ticks
  const bool has_default = findByName(check.config.timers, "default") != nullptr;
  const size_t profiles = check.config.timers.size() + (has_default ? 0 : 1);
  if (profiles > check.capacity.timer_profiles) {
    check.error(check.config.timers.back().position,
                "too many timer profiles; expected at most " +
                    std::to_string(check.capacity.timer_profiles) + ", `default` included");
  }
  for (const Timers& timers : check.config.timers) {
    for (const auto* leaf : {&timers.half_open, &timers.established, &timers.closing_half,
                             &timers.closing, &timers.one_way, &timers.two_way}) {
      checkRange(check, *leaf, kLeast, kMost, "timeout is out of range; expected 10ms to 19h");
    }
  }
  for (const auto* source : {&check.config.tunnel_source4, &check.config.tunnel_source6}) {
    if (source->set && ((*source)->unspecified() || (*source)->multicast())) {
      check.error(source->position, (*source)->toString() + " cannot be a tunnel's source address");
    }
  }
}

void checkAcl(Checker& check) {
  const auto& acl = check.config.acl;
  if (acl.size() > check.capacity.acl_rules) {
    check.error(acl[check.capacity.acl_rules].position,
                "too many access-list entries: " + std::to_string(acl.size()) +
                    "; expected at most " + std::to_string(check.capacity.acl_rules));
  }
  for (const AclRule& rule : acl) {
    const bool ports = rule.source_port || rule.destination_port;
    const auto number = rule.protocol ? rule.protocol->number : std::nullopt;
    if (ports && number != uint8_t{6} && number != uint8_t{17}) {
      check.error(rule.position, "ports need a protocol that has them; expected tcp or udp");
    }
    if (rule.interface && findByName(check.config.interfaces, *rule.interface) == nullptr) {
      check.error(rule.position, "there is no interface " + quoted(*rule.interface));
    }
    checkSelectors(check, rule);
  }
}

std::vector<Diagnostic> checkConfig(const Config& config, const Capacity& capacity) {
  Checker check{config, capacity, {}, 0};
  checkSystem(check);
  checkNetwork(check);
  checkAcl(check);
  checkMonitors(check);
  checkServices(check);
  std::stable_sort(
      check.found.begin(), check.found.end(),
      [](const Diagnostic& a, const Diagnostic& b) { return a.position.line < b.position.line; });
  return std::move(check.found);
}

}  // namespace sluice
