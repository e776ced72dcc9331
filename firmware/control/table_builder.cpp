// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/table_builder.h"

#include <algorithm>

#include "firmware/control/bit_vectors.h"
#include "firmware/control/builder.h"
#include "firmware/control/next_hop.h"

namespace sluice {

namespace {

constexpr uint32_t kTimerKinds = 6;

// Packets per second to the CPU port. Probes' answers are local; every packet of the causes ttl and
// mtu is answered by an ICMP error.
uint64_t defaultPuntRate(regs::PuntCause cause) {
  switch (cause) {
    case regs::PuntCause::kLocal:
      return 100'000;
    case regs::PuntCause::kTtl:
    case regs::PuntCause::kMtu:
      return 1'000;
    default:
      return 10'000;
  }
}

void buildPuntPolicer(const Limits& limits, size_t cause, TableImage& image) {
  const RateLimit fallback{Quantity{defaultPuntRate(static_cast<regs::PuntCause>(cause)), ""},
                           std::nullopt};
  const RateLimit& limit = limits.punt_rate[cause] ? *limits.punt_rate[cause] : fallback;
  regs::PuntPolicerRow row;
  row.rate = rateUnits(limit.rate.value);
  row.burst = limit.rate.value == 0 ? 0 : burstOf(limit, limit.rate.value, 1);
  image.set(static_cast<uint32_t>(cause), row);
}

void buildTimers(const Config& config, RegisterImage& registers) {
  const Timers fallback;
  std::vector<const Timers*> profiles = {&fallback};
  for (const Timers& timers : config.timers) {
    if (timers.name == "default") {
      profiles[0] = &timers;
    } else {
      profiles.push_back(&timers);
    }
  }
  for (uint32_t p = 0; p < regs::TimerReg::kCount / kTimerKinds; ++p) {
    const Timers& timers = p < profiles.size() ? *profiles[p] : fallback;
    const Leaf<Quantity>* kinds[kTimerKinds] = {&timers.half_open,    &timers.established,
                                                &timers.closing_half, &timers.closing,
                                                &timers.one_way,      &timers.two_way};
    for (uint32_t k = 0; k < kTimerKinds; ++k) {
      registers.timers[p * kTimerKinds + k] = ageTicks((*kinds[k])->value);
    }
  }
}

// The configured tunnel source, or the first interface address of the family.
IpAddress tunnelSource(const Config& config, bool v6) {
  const Leaf<IpAddress>& source = v6 ? config.tunnel_source6 : config.tunnel_source4;
  if (source.set) return *source;
  for (const Interface& interface : config.interfaces) {
    for (const auto& own : interface.addresses) {
      if (own.prefix.address.v6 == v6) return own.prefix.address;
    }
  }
  return IpAddress{v6, {}};
}

void buildPorts(Builder& builder) {
  const std::vector<uint32_t> ports = interfacePorts(builder.config);
  for (uint32_t port = 0; port < regs::kCpuPort; ++port) {
    regs::PortRow row;
    for (size_t i = 0; i < ports.size(); ++i) {
      const Interface& interface = builder.config.interfaces[i];
      if (ports[i] != port) continue;
      row.up |= !*interface.shutdown;
      row.mac_filter |= *interface.mac_filter;
      const auto mtu = static_cast<uint16_t>(*interface.mtu);
      row.mtu = row.mtu == 0 ? mtu : std::min(row.mtu, mtu);
      row.mac = interfaceMac(builder.config, i).bytes;
    }
    builder.build.image.set(port, row);
  }
  if (const auto trap = trapPort(builder.config)) {
    regs::PortRow row;
    row.up = true;  // MTU 0: every packet to it is punted as too long
    builder.build.image.set(*trap, row);
  }
  regs::PortRow cpu;
  cpu.up = true;
  cpu.mtu = 9194;
  cpu.mac = {0x02, 0x53, 0x4c, 0x00, 0x00, regs::kCpuPort};
  builder.build.image.set(regs::kCpuPort, cpu);
}

}  // namespace

uint64_t rateUnits(uint64_t per_second) {
  const auto units =
      (static_cast<unsigned __int128>(per_second) * 1024 * (1 << 24) + 500'000'000) / 1'000'000'000;
  constexpr uint64_t kMost = (uint64_t{1} << 40) - 1;
  return units > kMost ? kMost : static_cast<uint64_t>(units);
}

uint32_t ageTicks(uint64_t ns) {
  constexpr uint64_t kTick = uint64_t{1} << regs::kAgeTickShift;
  return static_cast<uint32_t>(std::min<uint64_t>((ns + kTick / 2) / kTick, (1u << 23) - 1));
}

uint32_t burstOf(const RateLimit& limit, uint64_t per_second, uint64_t least) {
  const uint64_t burst = limit.burst ? limit.burst->value : std::max(per_second / 10, least);
  return static_cast<uint32_t>(std::min<uint64_t>(burst, UINT32_MAX));
}

uint16_t Builder::neighborId(const NextHop& hop) {
  const Interface& interface = config.interfaces[hop.interface];
  const NeighborKey key{interface.name, hop.address};
  const auto id = build.allocation.neighbors.use(key);
  if (!id) {
    exhausted("too many next hops; the data plane holds 1023");
    return 0;
  }
  regs::NeighborRow row;
  row.valid = !*interface.shutdown;
  row.port = static_cast<uint8_t>(interfacePorts(config)[hop.interface]);
  row.vlan_tagged = hop.vlan != 0;
  row.vlan = static_cast<uint16_t>(hop.vlan);
  row.mac = hop.mac.bytes;
  if (resolution.discovered && !hop.mac_configured) {
    const auto known = resolution.macs.find(key);
    row.valid &= known != resolution.macs.end();
    row.mac = known != resolution.macs.end() ? known->second.bytes : MacAddress().bytes;
  }
  build.next_hops.emplace(key, hop);
  build.image.set(*id, row);
  return *id;
}

uint16_t Builder::trapId() {
  const auto port = trapPort(config);
  const auto id = port ? build.allocation.neighbors.use(kTrap) : std::nullopt;
  if (!id) return 0;
  regs::NeighborRow row;
  row.valid = true;
  row.port = static_cast<uint8_t>(*port);
  build.image.set(*id, row);
  return *id;
}

void buildSystem(Builder& builder) {
  const Config& config = builder.config;
  RegisterImage& registers = builder.build.registers;
  registers.hash_key = *config.hash_key;
  registers.mode.fragments = *config.limits.fragments;
  registers.mode.drop_options = *config.limits.ip_options == Limits::Options::kDrop;
  registers.half_open_max = *config.limits.half_open;
  if (const auto& limit = config.limits.source_rate) {
    registers.source_rate = rateUnits(limit->rate.value);
    registers.source_burst = burstOf(*limit, limit->rate.value, 1);
  }
  if (const auto& limit = config.limits.source_connection_rate) {
    registers.source_connection_rate = rateUnits(limit->rate.value);
    registers.source_connection_burst = burstOf(*limit, limit->rate.value, 1);
  }
  registers.tunnel_source4 = tunnelSource(config, false).word(0);
  const IpAddress source6 = tunnelSource(config, true);
  for (unsigned i = 0; i < 4; ++i) registers.tunnel_source6[i] = source6.word(i);
  buildTimers(config, registers);
  buildPorts(builder);
  for (size_t cause = 1; cause < regs::kPuntCauseCount; ++cause)
    buildPuntPolicer(config.limits, cause, builder.build.image);
}

void buildAcl(Builder& builder) {
  const Config& config = builder.config;
  builder.build.registers.mode.acl = !config.acl.empty();
  if (config.acl.empty()) return;
  const std::vector<uint32_t> ports = interfacePorts(config);
  std::vector<AclMatch> matches;
  for (uint32_t i = 0; i < config.acl.size(); ++i) {
    const AclRule& rule = config.acl[i];
    AclMatch match;
    if (rule.protocol) match = {rule.protocol->family, rule.protocol->number, {}, {}, {}, {}, {}};
    match.source = rule.source.prefix;
    match.destination = rule.destination.prefix;
    match.source_port = rule.source_port.value_or(PortRange{});
    match.destination_port = rule.destination_port.value_or(PortRange{});
    for (size_t j = 0; rule.interface && j < ports.size(); ++j) {
      if (config.interfaces[j].name == *rule.interface)
        match.ingress_port = static_cast<uint8_t>(ports[j]);
    }
    matches.push_back(match);
    builder.build.image.set(i, regs::AclActionRow{rule.action});
    if (rule.action != regs::AclAction::kPolice) continue;
    const uint64_t rate = rule.police.rate.value;
    builder.build.image.set(i, regs::AclPolicerRow{rateUnits(rate), burstOf(rule.police, rate, 1)});
  }
  const auto rows = aclVectors(matches);
  for (uint32_t row = 0; row < rows.size(); ++row) builder.build.image.set(row, rows[row]);
}

Result<Build> buildTables(const Config& config, const Overrides& overrides,
                          const Allocation& previous, const Resolution& resolution,
                          const Operational& operational) {
  Builder builder{config, overrides, operational, resolution, Build(), Error(), false};
  Allocation& allocation = builder.build.allocation;
  allocation = previous;
  allocation.virtuals.begin();
  allocation.pools.begin();
  allocation.members.begin();
  allocation.neighbors.begin();
  allocation.sources.begin();
  buildSystem(builder);
  buildPools(builder);
  buildSources(builder);
  buildVirtuals(builder);
  buildKeys(builder);
  buildAcl(builder);
  if (builder.failed) return builder.error;
  builder.build.gone_virtuals = allocation.virtuals.finish();
  builder.build.gone_members = allocation.members.finish();
  allocation.pools.finish();
  allocation.neighbors.finish();
  allocation.sources.finish();
  return std::move(builder.build);
}

}  // namespace sluice
