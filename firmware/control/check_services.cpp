// SPDX-License-Identifier: Apache-2.0
// Rules about pools, source pools and virtuals.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "firmware/control/checker.h"
#include "firmware/control/config_value.h"
#include "firmware/control/next_hop.h"
#include "firmware/control/ring.h"

namespace sluice {

namespace {

bool isTunnel(regs::VirtualMode mode) {
  return mode == regs::VirtualMode::kIpip || mode == regs::VirtualMode::kGue0 ||
         mode == regs::VirtualMode::kGue1;
}

// Needs members of the virtual's family.
bool isNat(regs::VirtualMode mode) {
  return mode == regs::VirtualMode::kNat || mode == regs::VirtualMode::kFullnat;
}

// "IPv6" and so on, for messages.
const char* familyName(bool v6) { return v6 ? "IPv6" : "IPv4"; }

void checkMember(Checker& check, const Member& member) {
  const IpAddress& address = member.endpoint.address;
  if (address.unspecified() || address.multicast() || address.loopback()) {
    return check.error(member.position, address.toString() + " cannot be the address of a member");
  }
  const auto hop = nextHopTo(check.config, address);
  if (!hop) {
    check.error(member.position,
                "member " + member.endpoint.toString() +
                    " cannot be reached: it is in no interface's subnet and there is no " +
                    familyName(address.v6) + " gateway");
  } else if (hop->assumed) {
    check.warning(
        member.position,
        "member " + member.endpoint.toString() +
            " is in no interface's subnet and there is no gateway; it is taken to be on '" +
            check.config.interfaces[hop->interface].name + "'");
  }
}

void checkRing(Checker& check, const Pool& pool) {
  uint64_t turns = 0;
  uint32_t common = 0;
  for (const Member& member : pool.members) {
    turns += member.ratio;
    common = std::gcd(common, member.ratio);
  }
  if (common != 0) turns /= common;
  const uint32_t size = *pool.ring_size != 0 ? *pool.ring_size : defaultRingSize(turns);
  const Position& at = pool.ring_size.set ? pool.ring_size.position : pool.position;
  if (size < pool.members.size()) {
    check.error(at, "ring of " + std::to_string(size) + " slots is too small for " +
                        std::to_string(pool.members.size()) + " members");
  } else if (size < 100 * turns) {
    check.warning(at, "pool '" + pool.name +
                          "' has fewer than 100 ring slots per member and ratio; shares may be off "
                          "by more than 1 %");
  }
}

void checkFailover(Checker& check, const Pool& pool) {
  if (pool.backup_pool.set) {
    const Pool* backup = findByName(check.config.pools, *pool.backup_pool);
    const Position& at = pool.backup_pool.position;
    if (backup == nullptr) {
      check.error(at, "there is no pool " + quoted(*pool.backup_pool));
    } else if (backup == &pool || backup->backup_pool.set) {
      check.error(at, "pool '" + backup->name +
                          "' cannot be a backup: it is this pool, or has a backup itself");
    }
  }
  if (pool.fail_open.set && pool.monitors.empty())
    check.warning(pool.fail_open.position, "fail-open has no effect without a monitor");
  if (*pool.weight_by == Pool::WeightBy::kResponseTime && pool.monitors.empty())
    check.warning(pool.weight_by.position, "weight-by has no effect without a monitor");
}

void checkPassive(Checker& check, const Pool& pool) {
  if (!pool.passive.set) return;
  constexpr uint64_t kLeastNs = 1'000'000'000, kMostNs = 600'000'000'000;
  const Position& at = pool.passive.position;
  const uint64_t within = pool.passive->within.value;
  if (within < kLeastNs || within > kMostNs)
    check.error(at, "`passive` within " + formatDuration(within) + "; expected 1s to 10m");
  const bool monitored =
      !pool.monitors.empty() || std::any_of(pool.members.begin(), pool.members.end(),
                                            [](const Member& m) { return m.monitor.has_value(); });
  if (pool.passive->then == PassiveRule::Then::kFall && !monitored) {
    check.error(at, "`then fall` counts as a bad probe, and pool '" + pool.name +
                        "' has no monitor; expected `then down`, or a monitor");
  }
  for (const Virtual& service : check.config.virtuals) {
    if (*service.pool != pool.name || service.showsTcpAnswers()) continue;
    check.warning(at, "`passive` sees nothing of virtual '" + service.name +
                          "': only TCP in modes nat and fullnat shows how members answer");
  }
}

void checkPools(Checker& check) {
  const auto& pools = check.config.pools;
  std::set<std::string_view> used;
  for (const Virtual& service : check.config.virtuals) {
    used.insert(*service.pool);
    for (const ServerName& name : service.server_names) used.insert(name.pool);
  }
  for (const Pool& pool : pools) used.insert(*pool.backup_pool);
  for (const HttpRule& rule : check.config.http_rules) {
    used.insert(*rule.pool);
    for (const PoolShare& share : rule.splits) used.insert(share.pool);
  }
  size_t members = 0;
  for (const Pool& pool : pools) {
    members += pool.members.size();
    checkFailover(check, pool);
    checkPassive(check, pool);
    checkServerTls(check, pool.server_tls, "pool '" + pool.name + "'");
    for (const Member& member : pool.members) checkMember(check, member);
    checkRing(check, pool);
    if (pool.members.empty())
      check.warning(pool.position, "pool '" + pool.name + "' has no member");
    if (used.count(pool.name) == 0)
      check.warning(pool.position, "pool '" + pool.name + "' is used by no virtual");
  }
  if (pools.size() > check.capacity.pools) {
    check.error(pools[check.capacity.pools].position,
                "too many pools: " + std::to_string(pools.size()) + "; expected at most " +
                    std::to_string(check.capacity.pools));
  }
  if (members > check.capacity.members) {
    check.error({}, "too many members: " + std::to_string(members) + "; expected at most " +
                        std::to_string(check.capacity.members));
  }
}

void checkDestination(Checker& check, const Virtual& service) {
  const Destination& destination = *service.destination;
  const Position& at = service.destination.position;
  const Protocol& protocol = *service.protocol;
  const bool has_ports = !protocol.any && (protocol.number == 6 || protocol.number == 17);
  if (destination.port != 0 && !has_ports) {
    check.error(
        at, "a port needs a protocol that has ports; expected protocol tcp or udp, or port any");
  }
  if (!protocol.any && (protocol.number == 1 || protocol.number == 58)) {
    check.error(at, "ICMP to a virtual is answered by the appliance; expected another protocol");
  }
  const IpAddress& address = destination.prefix.address;
  if (address.multicast() ||
      (destination.host() && (address.unspecified() || address.loopback()))) {
    check.error(at, address.toString() + " cannot be the address of a virtual");
  }
}

void checkInterface(Checker& check, const Virtual& service) {
  const Destination& destination = *service.destination;
  if (service.interface.set) {
    bool known = false;
    for (const Interface& interface : check.config.interfaces)
      known |= interface.name == *service.interface;
    if (!known) {
      check.error(service.interface.position,
                  "there is no interface " + quoted(*service.interface));
    } else if (destination.host()) {
      check.error(service.interface.position,
                  "`ingress-interface` is for virtuals whose destination is a prefix");
    }
    return;
  }
  if (destination.host() || *service.mode == regs::VirtualMode::kLocal) return;
  // Answers of members go to gateways' clients: anybody, if the prefix is everything.
  const Pool* pool = findByName(check.config.pools, *service.pool);
  for (const Member& member : pool == nullptr ? std::vector<Member>() : pool->members) {
    if (!destination.prefix.contains(member.endpoint.address)) continue;
    return check.warning(service.destination.position,
                         "the prefix of virtual '" + service.name + "' contains its member " +
                             member.endpoint.toString() +
                             ", and so may take answers, too; expected `ingress-interface NAME`");
  }
}

// The source pool of a virtual. Ports tell connections apart, so there must be some.
void checkSources(Checker& check, const Virtual& service) {
  if (*service.mode != regs::VirtualMode::kFullnat) {
    if (service.snat_pool.set)
      check.warning(service.snat_pool.position, "the snat-pool is used with mode fullnat only");
    return;
  }
  const Protocol& protocol = *service.protocol;
  if (protocol.any || (protocol.number != 6 && protocol.number != 17)) {
    check.error(service.mode.position,
                "mode fullnat needs ports; expected a destination with protocol tcp or udp");
  }
  if (!service.snat_pool.set) {
    return check.error(service.mode.position, "virtual '" + service.name +
                                                  "' has no source pool; expected `snat-pool "
                                                  "NAME`");
  }
  const SourcePool* pool = findByName(check.config.snat_pools, *service.snat_pool);
  if (pool == nullptr) {
    return check.error(service.snat_pool.position,
                       "there is no snat-pool " + quoted(*service.snat_pool));
  }
  const bool v6 = service.destination->prefix.address.v6;
  for (const auto& entry : pool->addresses) {
    if (entry.address.v6 == v6) continue;
    return check.error(service.snat_pool.position, "virtual '" + service.name + "' needs " +
                                                       familyName(v6) +
                                                       " sources, but snat-pool '" + pool->name +
                                                       "' has " + entry.address.toString());
  }
}

// Whose address it is already; empty: nobody's.
std::string ownerOf(const Config& config, const IpAddress& address) {
  for (const Interface& interface : config.interfaces) {
    for (const auto& own : interface.addresses) {
      if (own.prefix.address == address) return "interface '" + interface.name + "'";
    }
  }
  for (const Virtual& service : config.virtuals) {
    if (service.destination.set && service.destination->host() &&
        service.destination->prefix.address == address)
      return "virtual '" + service.name + "'";
  }
  for (const Pool& pool : config.pools) {
    for (const Member& member : pool.members) {
      if (member.endpoint.address == address) return "a member of pool '" + pool.name + "'";
    }
  }
  for (const Gateway& gateway : config.gateways) {
    if (gateway.address == address) return "the gateway";
  }
  return {};
}

// Which virtual, by its prefix, takes packets to an address.
const Virtual* takerOf(const Config& config, const IpAddress& address) {
  for (const Virtual& service : config.virtuals) {
    if (service.destination.set && !service.destination->host() && !service.interface.set &&
        service.destination->prefix.contains(address))
      return &service;
  }
  return nullptr;
}

void checkSourcePools(Checker& check) {
  constexpr size_t kMost = regs::SnatAddressRow::kRows;
  std::set<std::string_view> used;
  for (const Virtual& service : check.config.virtuals) used.insert(*service.snat_pool);
  std::set<IpAddress> addresses;
  for (const SourcePool& pool : check.config.snat_pools) {
    if (pool.addresses.empty())
      check.error(pool.position,
                  "snat-pool '" + pool.name + "' has no address; expected `address ADDRESS`");
    if (used.count(pool.name) == 0)
      check.warning(pool.position, "snat-pool '" + pool.name + "' is used by no virtual");
    for (const auto& entry : pool.addresses) {
      const IpAddress& address = entry.address;
      if (addresses.insert(address).second && addresses.size() == kMost + 1)
        check.error(entry.position,
                    "too many addresses in snat-pools; expected at most " + std::to_string(kMost));
      if (address.unspecified() || address.multicast() || address.loopback()) {
        check.error(entry.position, address.toString() + " cannot be the source of packets");
      } else if (const std::string owner = ownerOf(check.config, address); !owner.empty()) {
        check.error(entry.position, address.toString() + " is the address of " + owner +
                                        "; expected one that nothing else has");
      } else if (const Virtual* taker = takerOf(check.config, address)) {
        check.error(entry.position, "the prefix of virtual '" + taker->name + "' contains " +
                                        address.toString() +
                                        " and would take the answers; expected "
                                        "`ingress-interface NAME` there");
      }
    }
  }
}

void checkMode(Checker& check, const Virtual& service, const Pool& pool) {
  const bool v6 = service.destination->prefix.address.v6;
  for (const Member& member : pool.members) {
    const IpAddress& address = member.endpoint.address;
    if (isNat(*service.mode) && address.v6 != v6) {
      check.error(service.pool.position, "mode " + std::string(regs::name(*service.mode)) +
                                             " cannot translate " + std::string(familyName(v6)) +
                                             " to " + familyName(address.v6) + ": member " +
                                             member.endpoint.toString() + " of pool '" + pool.name +
                                             "'; expected mode ipip, gue0 or gue1");
    }
    if (*service.mode == regs::VirtualMode::kDsr) {
      const auto hop = nextHopTo(check.config, address);
      if (hop && hop->via_gateway) {
        check.error(service.pool.position,
                    "mode dsr reaches members by their MAC address only, but " +
                        member.endpoint.toString() + " is behind a gateway");
      }
    }
    const Leaf<IpAddress>& source =
        address.v6 ? check.config.tunnel_source6 : check.config.tunnel_source4;
    bool has_source = source.set;
    for (const Interface& interface : check.config.interfaces) {
      for (const auto& own : interface.addresses) has_source |= own.prefix.address.v6 == address.v6;
    }
    if (isTunnel(*service.mode) && !has_source) {
      return check.error(
          service.mode.position,
          "tunnels to member " + member.endpoint.toString() +
              " have no source address; expected `tunnel source` or an interface with an " +
              familyName(address.v6) + " address");
    }
  }
}

void checkReset(Checker& check, const Virtual& service) {
  if (*service.on_down != Virtual::OnDown::kReset) return;
  const Position& at = service.on_down.position;
  if (!trapPort(check.config)) {
    check.warning(at,
                  "`on-down reset` needs a front port that no interface uses; connections of "
                  "virtual '" +
                      service.name + "' are dropped instead");
  }
  for (const Virtual& other : check.config.virtuals) {
    if (*other.pool != *service.pool || *other.on_down == Virtual::OnDown::kReset) continue;
    check.warning(at, "`on-down reset` is for connections of virtual '" + other.name +
                          "', too, which has the same pool");
  }
}

void checkVirtual(Checker& check, const Virtual& service) {
  if (!service.destination.set) {
    return check.error(service.position, "virtual '" + service.name + "' has no destination");
  }
  checkDestination(check, service);
  checkInterface(check, service);
  if (service.timers.set && *service.timers != "default" &&
      findByName(check.config.timers, *service.timers) == nullptr) {
    check.error(service.timers.position, "there are no timers " + quoted(*service.timers));
  }
  checkTls(check, service);
  checkSources(check, service);
  checkServerNames(check, service);
  if (service.layer7 != Layer7::kNone) return checkLayer7(check, service);
  if (*service.mode == regs::VirtualMode::kLocal) {
    if (service.pool.set)
      check.warning(service.pool.position,
                    "the pool is not used: mode local sends packets to the CPU port");
    return;
  }
  if (!service.pool.set)
    return check.error(service.position, "virtual '" + service.name +
                                             "' has no pool; expected `pool NAME` or mode local");
  const Pool* pool = findByName(check.config.pools, *service.pool);
  if (pool == nullptr)
    return check.error(service.pool.position, "there is no pool " + quoted(*service.pool));
  checkMode(check, service, *pool);
  checkReset(check, service);
  if (const Pool* backup = findByName(check.config.pools, *pool->backup_pool))
    checkMode(check, service, *backup);
}

void checkCapacity(Checker& check) {
  const auto& virtuals = check.config.virtuals;
  size_t prefixes = 0;
  bool own_addresses = false;
  for (const Interface& interface : check.config.interfaces)
    own_addresses |= !interface.addresses.empty();
  const size_t most = check.capacity.virtuals - (own_addresses ? 1 : 0);
  if (virtuals.size() > most) {
    check.error(virtuals[most].position, "too many virtuals: " + std::to_string(virtuals.size()) +
                                             "; expected at most " + std::to_string(most));
  }
  for (const Virtual& service : virtuals) {
    if (!service.destination.set || service.destination->host()) continue;
    if (++prefixes == check.capacity.prefix_virtuals + 1) {
      check.error(service.destination.position,
                  "too many virtuals with a prefix; expected at most " +
                      std::to_string(check.capacity.prefix_virtuals));
    }
  }
}

// Members and gateways each take a row of the next-hop table, however many members have the same
// address.
void checkNextHops(Checker& check) {
  std::set<std::pair<size_t, IpAddress>> hops;
  const auto add = [&](const std::optional<NextHop>& hop) {
    if (hop) hops.emplace(hop->interface, hop->address);
  };
  for (const Pool& pool : check.config.pools) {
    for (const Member& member : pool.members) add(nextHopTo(check.config, member.endpoint.address));
  }
  for (const Virtual& service : check.config.virtuals) {
    if (service.destination.set)
      add(nextHopToClients(check.config, service.destination->prefix.address));
  }
  if (hops.size() <= check.capacity.neighbors) return;
  check.error({}, "too many next hops: " + std::to_string(hops.size()) + "; expected at most " +
                      std::to_string(check.capacity.neighbors));
}

}  // namespace

void checkServices(Checker& check) {
  checkPools(check);
  checkTlsProfiles(check);
  checkServerTlsProfiles(check);
  checkPersistence(check);
  checkRules(check);
  checkRedirects(check);
  checkSourcePools(check);
  checkCapacity(check);
  checkNextHops(check);
  std::map<std::tuple<IpPrefix, uint16_t, int, std::string>, const Virtual*> destinations;
  for (const Virtual& service : check.config.virtuals) {
    checkVirtual(check, service);
    if (!service.destination.set) continue;
    const auto [other, fresh] = destinations.emplace(
        std::tuple(service.destination->prefix, service.destination->port,
                   service.protocol->any ? -1 : service.protocol->number, *service.interface),
        &service);
    if (!fresh) {
      check.error(service.destination.position,
                  "virtual '" + service.name + "' has the same destination as '" +
                      other->second->name + "' on line " +
                      std::to_string(other->second->destination.position.line));
    }
  }
  if (!check.config.virtuals.empty() && check.config.interfaces.empty()) {
    check.error(check.config.virtuals[0].position, "there is no interface to receive packets on");
  }
}

}  // namespace sluice
