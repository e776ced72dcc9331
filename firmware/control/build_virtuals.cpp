// SPDX-License-Identifier: Apache-2.0
// Virtuals: their rows, policers, and the keys and prefixes by which packets find them.
#include <algorithm>
#include <set>
#include <tuple>

#include "firmware/control/bit_vectors.h"
#include "firmware/control/builder.h"
#include "firmware/control/key_table.h"
#include "firmware/control/next_hop.h"

namespace sluice {

namespace {

constexpr uint32_t kKeyBuckets = regs::VirtualKeyRow::kRows / 2;
constexpr uint8_t kIcmp = 1;
constexpr uint8_t kIcmpV6 = 58;

uint8_t icmpOf(const IpAddress& address) { return address.v6 ? kIcmpV6 : kIcmp; }

uint8_t timerProfile(const Config& config, const std::string& name) {
  uint8_t index = 0;
  for (const Timers& timers : config.timers) {
    if (timers.name == "default") continue;
    ++index;
    if (timers.name == name) return index;
  }
  return 0;
}

void buildPolicers(Builder& builder, const Virtual& service, uint16_t id) {
  // A bucket smaller than the longest frame would never let that frame pass.
  constexpr uint64_t kLeastBytes = 16'384;
  regs::VirtualPolicerRow row;
  if (const auto& limit = service.packet_rate) {
    row.packet_rate = rateUnits(limit->rate.value);
    row.packet_burst = burstOf(*limit, limit->rate.value, 1);
  }
  if (const auto& limit = service.bandwidth) {
    const uint64_t bytes = std::max<uint64_t>(limit->rate.value / 8, 1);
    row.byte_rate = rateUnits(bytes);
    row.byte_burst = burstOf(*limit, bytes, kLeastBytes);
  }
  builder.build.image.set(id, row);
  regs::ConnectionPolicerRow connections;
  if (const auto& limit = service.connection_rate) {
    connections.rate = rateUnits(limit->rate.value);
    connections.burst = burstOf(*limit, limit->rate.value, 1);
  }
  builder.build.image.set(id, connections);
}

// Fragments show no ports, so they can only go where whole packets of their source go, and only
// unchanged: a checksum that covers addresses cannot be updated in all of them.
bool takesFragments(const Config& config, const Virtual& service) {
  switch (*service.mode) {
    case regs::VirtualMode::kNat:
    case regs::VirtualMode::kFullnat:
    case regs::VirtualMode::kLocal:
      return false;
    default:
      break;
  }
  const Pool* pool = findByName(config.pools, *service.pool);
  return pool != nullptr && pool->effectiveAffinity() == regs::Affinity::kSource;
}

// One bit per row of table snat_address.
uint8_t sourcesOf(const Builder& builder, const Virtual& service) {
  const SourcePool* pool = findByName(builder.config.snat_pools, *service.snat_pool);
  if (pool == nullptr || *service.mode != regs::VirtualMode::kFullnat) return 0;
  uint32_t rows = 0;
  for (const auto& entry : pool->addresses) {
    if (const auto id = builder.build.allocation.sources.find(entry.address)) rows |= 1u << *id;
  }
  return static_cast<uint8_t>(rows);
}

void buildVirtual(Builder& builder, const Virtual& service) {
  const Config& config = builder.config;
  const auto id = builder.build.allocation.virtuals.use(service.name);
  if (!id) {
    return builder.exhausted(
        "too many virtuals; the data plane holds 1024, those that were removed included until "
        "their connections end");
  }
  regs::VirtualRow row;
  row.enabled = enabled(service, builder.overrides);
  row.mode = *service.mode;
  row.timer = timerProfile(config, *service.timers);
  row.loose = *service.loose;
  row.on_down = *service.on_down == Virtual::OnDown::kReselect ? regs::OnDown::kReselect
                                                               : regs::OnDown::kDrop;
  row.connection_limit = *service.connection_limit;
  row.half_open_limit = *service.half_open_limit;
  row.fragments = takesFragments(config, service);
  row.snat = sourcesOf(builder, service);
  if (const Pool* pool = findByName(config.pools, *service.pool);
      pool != nullptr && row.mode != regs::VirtualMode::kLocal) {
    row.pool = builder.build.allocation.pools.find(pool->name).value_or(0);
    row.affinity = pool->effectiveAffinity();
  }
  if (const auto hop = nextHopToClients(config, service.destination->prefix.address)) {
    row.client_neighbor = builder.neighborId(*hop);
  }
  builder.build.image.set(*id, row);
  buildPolicers(builder, service, *id);
}

regs::VirtualKeyRow keyRow(const IpAddress& address, uint16_t virtual_id) {
  regs::VirtualKeyRow row;
  row.valid = true;
  row.is_v6 = address.v6;
  row.address = address.bytes;
  row.virtual_id = virtual_id;
  return row;
}

regs::VirtualKeyRow serviceKey(const Virtual& service, uint16_t id) {
  regs::VirtualKeyRow row = keyRow(service.destination->prefix.address, id);
  row.any_port = service.destination->port == 0;
  row.port = portToWire(service.destination->port);
  row.any_proto = service.protocol->any;
  row.proto = row.any_proto ? 0 : service.protocol->number;
  return row;
}

regs::VirtualKeyRow icmpKey(const IpAddress& address, uint16_t id) {
  regs::VirtualKeyRow row = keyRow(address, id);
  row.any_port = row.punt = true;
  row.proto = icmpOf(address);
  return row;
}

struct Keys {
  std::vector<regs::VirtualKeyRow> needed;  // must be placed
  std::vector<regs::VirtualKeyRow> wished;  // ICMP to virtuals that would not forward it anyway
  std::vector<const Virtual*> prefixes;
};

// Fragments look for port 0. They find virtuals with port any by themselves; of those with a port,
// the first that takes fragments, by address and protocol.
void addFragmentKeys(const Builder& builder, std::vector<regs::VirtualKeyRow>& keys) {
  const Config& config = builder.config;
  if (*config.limits.fragments != regs::FragmentAction::kForward) return;
  std::set<std::pair<IpAddress, uint8_t>> served;
  for (const bool any_port : {true, false}) {
    for (const Virtual& service : config.virtuals) {
      const Destination& destination = *service.destination;
      if (!destination.host() || (destination.port == 0) != any_port || service.protocol->any ||
          !takesFragments(config, service))
        continue;
      if (!served.emplace(destination.prefix.address, service.protocol->number).second || any_port)
        continue;
      const uint16_t id = builder.build.allocation.virtuals.find(service.name).value_or(0);
      keys.push_back(serviceKey(service, id));
      keys.back().port = 0;
    }
  }
}

Keys collectKeys(const Builder& builder, const std::set<IpAddress>& own) {
  Keys keys;
  const IdMap<std::string>& ids = builder.build.allocation.virtuals;
  std::set<IpAddress> any_protocol, with_icmp;
  for (const Virtual& service : builder.config.virtuals) {
    if (!service.destination->host()) {
      keys.prefixes.push_back(&service);
      continue;
    }
    keys.needed.push_back(serviceKey(service, ids.find(service.name).value_or(0)));
    if (service.protocol->any) any_protocol.insert(service.destination->prefix.address);
  }
  addFragmentKeys(builder, keys.needed);
  for (const Virtual& service : builder.config.virtuals) {
    const IpAddress& address = service.destination->prefix.address;
    const bool takes_all = any_protocol.count(address) > 0;
    // ICMP to the appliance's own address is `local` like everything else to it, unless a virtual
    // has it all.
    if (!service.destination->host() || (own.count(address) > 0 && !takes_all)) continue;
    if (!with_icmp.insert(address).second) continue;
    (takes_all ? keys.needed : keys.wished)
        .push_back(icmpKey(address, ids.find(service.name).value_or(0)));
  }
  for (const auto& [address, row] : builder.build.allocation.sources.live()) {
    keys.wished.push_back(icmpKey(address, ids.find(kOwnAddresses).value_or(0)));
  }
  for (const IpAddress& address : own) {
    if (any_protocol.count(address) > 0) continue;
    regs::VirtualKeyRow row = keyRow(address, ids.find(kOwnAddresses).value_or(0));
    row.any_port = row.any_proto = true;
    keys.needed.push_back(row);
  }
  return keys;
}

struct PrefixEntry {
  PrefixMatch match;
  regs::PrefixResultRow result;
};

// What must be looked at first stands first: longer prefixes, then a port before any port, a
// protocol before any, an interface before any.
bool goesBefore(const PrefixEntry& a, const PrefixEntry& b) {
  const auto rank = [](const PrefixEntry& entry) {
    return std::tuple(-static_cast<int>(entry.match.prefix.length), entry.match.port == 0,
                      !entry.match.protocol, !entry.match.ingress_port);
  };
  return rank(a) < rank(b);
}

std::optional<uint8_t> ingressPort(const Config& config, const Virtual& service) {
  const std::vector<uint32_t> ports = interfacePorts(config);
  for (size_t i = 0; i < ports.size(); ++i) {
    if (service.interface.set && config.interfaces[i].name == *service.interface)
      return static_cast<uint8_t>(ports[i]);
  }
  return std::nullopt;
}

void buildPrefixes(Builder& builder, const std::vector<const Virtual*>& services) {
  std::vector<PrefixEntry> entries;
  std::set<std::pair<IpPrefix, std::optional<uint8_t>>> with_icmp;
  for (const Virtual* service : services) {
    const Destination& destination = *service->destination;
    const uint16_t id = builder.build.allocation.virtuals.find(service->name).value_or(0);
    std::optional<uint8_t> protocol = service->protocol->number;
    if (service->protocol->any) protocol.reset();
    const std::optional<uint8_t> from = ingressPort(builder.config, *service);
    entries.push_back({{destination.prefix, protocol, destination.port, from}, {id, false}});
    if (!with_icmp.insert({destination.prefix, from}).second) continue;
    entries.push_back(
        {{destination.prefix, icmpOf(destination.prefix.address), 0, from}, {id, true}});
  }
  if (entries.size() > regs::PrefixResultRow::kRows) {
    return builder.exhausted(
        "too many virtuals with a prefix; the data plane holds 128 entries, two per prefix");
  }
  std::stable_sort(entries.begin(), entries.end(), goesBefore);
  std::vector<PrefixMatch> matches;
  for (uint32_t i = 0; i < entries.size(); ++i) {
    matches.push_back(entries[i].match);
    builder.build.image.set(i, entries[i].result);
  }
  builder.build.registers.mode.prefixes = !entries.empty();
  if (entries.empty()) return;
  const auto rows = prefixVectors(matches);
  for (uint32_t row = 0; row < rows.size(); ++row) builder.build.image.set(row, rows[row]);
}

}  // namespace

void buildSources(Builder& builder) {
  Allocation& allocation = builder.build.allocation;
  const auto write = [&](const IpAddress& address, uint16_t id) {
    builder.build.image.set(id, regs::SnatAddressRow{true, address.v6, address.bytes});
  };
  for (const SourcePool& pool : builder.config.snat_pools) {
    for (const auto& entry : pool.addresses) {
      const auto id = allocation.sources.use(entry.address);
      if (!id) {
        return builder.exhausted(
            "too many addresses in snat-pools; the data plane holds 8, those that were removed "
            "included until their connections end");
      }
      write(entry.address, *id);
    }
  }
  // Connections keep the source that they have.
  for (const auto& [address, id] : allocation.sources.live()) write(address, id);
  for (const auto& [address, id] : allocation.sources.retired()) write(address, id);
}

void buildVirtuals(Builder& builder) {
  bool own = false;
  for (const Interface& interface : builder.config.interfaces) own |= !interface.addresses.empty();
  for (const Virtual& service : builder.config.virtuals) buildVirtual(builder, service);
  if (!own) return;
  const auto id = builder.build.allocation.virtuals.use(kOwnAddresses);
  if (!id)
    return builder.exhausted(
        "too many virtuals; one of the 1024 serves the appliance's own addresses");
  regs::VirtualRow row;
  row.enabled = true;
  row.mode = regs::VirtualMode::kLocal;
  builder.build.image.set(*id, row);
}

void buildKeys(Builder& builder) {
  std::set<IpAddress> own;
  for (const Interface& interface : builder.config.interfaces) {
    for (const auto& address : interface.addresses) own.insert(address.prefix.address);
  }
  const Keys keys = collectKeys(builder, own);
  KeyTable table(*builder.config.hash_key, kKeyBuckets);
  for (size_t i = 0; i < keys.needed.size(); ++i) {
    if (table.insert(keys.needed[i])) continue;
    return builder.exhausted("the key table of virtuals is full after " + std::to_string(i) +
                             " of " + std::to_string(keys.needed.size()) + " keys");
  }
  size_t left_out = 0;
  for (const regs::VirtualKeyRow& row : keys.wished) left_out += table.insert(row) ? 0 : 1;
  if (left_out > 0) {
    builder.build.warnings.push_back("ICMP to " + std::to_string(left_out) +
                                     " addresses of virtuals is dropped: the key table is full");
  }
  for (uint32_t row = 0; row < table.rows().size(); ++row)
    builder.build.image.set(row, table.rows()[row]);
  buildPrefixes(builder, keys.prefixes);
}

}  // namespace sluice
