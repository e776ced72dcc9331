// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "testbenches/system/random_stimulus.h"

namespace sluice::testing {
namespace {

using regs::VirtualMode;

constexpr uint16_t kMembers = 24;  // odd ids IPv4, even ids IPv6
constexpr uint16_t kVirtuals = 28;
constexpr uint16_t kNeighbors = 8;
constexpr uint16_t kServicePorts[] = {80, 81, 443, 53};

Ip withLast(Ip ip, uint32_t last) {
  ip.bytes[ip.size() - 1] = static_cast<uint8_t>(last);
  return ip;
}
Ip virtualAddress(bool v6, uint32_t last) {
  return withLast(v6 ? "2001:db8:f::" : "203.0.113.0", last);
}
Ip memberAddress(bool v6, uint32_t last) {
  return withLast(v6 ? "2001:db8:5::" : "10.1.0.0", last);
}

bool sameKey(const regs::VirtualKeyRow& a, const regs::VirtualKeyRow& b) {
  return a.is_v6 == b.is_v6 && a.any_port == b.any_port && a.any_proto == b.any_proto &&
         a.proto == b.proto && a.port == b.port && a.address == b.address;
}

}  // namespace

void RandomStimulus::newRound() {
  setup_ = DataPlaneSetup();
  services_.clear();
  recent_.clear();
  translated_.clear();
  for (uint8_t port = 0; port < 5; ++port) {
    setup_.ports[port] = {true, random_.percent(15), 1500, {0x02, 0, 0, 0, 0x51, port}};
  }
  for (uint16_t id = 0; id < kNeighbors; ++id) {
    setup_.neighbors[id] = {true,
                            static_cast<uint8_t>(random_.below(4)),
                            random_.percent(50),
                            static_cast<uint16_t>(random_.below(4096)),
                            {0x02, 0, 0, 0, 0x4e, static_cast<uint8_t>(id)}};
  }
  for (uint32_t i = 0; i < setup_.sources.size(); ++i) {
    const bool v6 = i >= 4;
    setup_.sources[i] = {!random_.percent(5), v6, memberAddress(v6, 200 + i).bytes};
  }
  addMembers();
  for (uint16_t id = 1; id <= kVirtuals; ++id) addVirtual(id);
  setup_.prefix_enable = random_.percent(70);
  if (random_.percent(50)) randomAcl();
  randomRegisters();
  if (random_.percent(30)) randomLimits();
}

void RandomStimulus::addMembers() {
  for (uint16_t id = 1; id <= kMembers; ++id) {
    const bool v6 = id % 2 == 0;
    const uint16_t port = random_.percent(50) ? 0 : random_.percent(70) ? 8080 : 80;
    // Some members share an address and differ by the port, or by nothing.
    regs::MemberRow& row = setup_.addMember(id, {memberAddress(v6, 1 + random_.below(20)), port},
                                            static_cast<uint16_t>(random_.below(kNeighbors)));
    row.weight = static_cast<uint8_t>(random_.between(1, 5));
  }
}

void RandomStimulus::addPool(uint16_t pool, const std::vector<uint16_t>& members) {
  const auto algorithm = static_cast<regs::Algorithm>(random_.below(2));
  std::vector<uint16_t> ring(random_.below(60) == 0 ? 0 : random_.between(1, 13));
  for (uint16_t& slot : ring) slot = random_.percent(3) ? 0 : random_.pick(members);
  setup_.addPool(pool, ring, algorithm);
}

void RandomStimulus::addVirtual(uint16_t id) {
  const bool v6 = random_.percent(40);
  regs::VirtualRow& row = setup_.virtuals[id];
  row.enabled = !random_.percent(3);
  row.mode = random_.percent(50) ? VirtualMode::kNat : static_cast<VirtualMode>(random_.below(7));
  row.snat = random_.percent(10) ? 0 : static_cast<uint8_t>(random_.below(16) << (v6 ? 4 : 0));
  row.pool = id;
  row.affinity = static_cast<regs::Affinity>(random_.below(3));
  row.timer = static_cast<uint8_t>(random_.below(4));
  row.loose = random_.percent(30);
  row.on_down = static_cast<regs::OnDown>(random_.below(2));
  row.client_neighbor = static_cast<uint16_t>(random_.below(kNeighbors));
  const bool tunnel = row.mode == VirtualMode::kIpip || row.mode == VirtualMode::kGue0 ||
                      row.mode == VirtualMode::kGue1;
  Service service;
  service.virtual_id = id;
  service.protocol = random_.percent(65) ? kProtoTcp : random_.percent(85) ? kProtoUdp : kProtoGre;
  for (uint32_t i = random_.percent(60) ? 1 : random_.between(2, 4); i > 0; --i) {
    const uint32_t pair = random_.below(kMembers / 2);
    const bool member_v6 = tunnel ? random_.percent(50) : v6;
    service.members.push_back(static_cast<uint16_t>(2 * pair + (member_v6 ? 2 : 1)));
  }
  service.end = {virtualAddress(v6, 1 + random_.below(12)), kServicePorts[random_.below(4)]};
  addPool(id, service.members);
  addKeys(id, service);
}

void RandomStimulus::addKeys(uint16_t id, Service service) {
  const uint32_t kind = random_.below(100);
  if (kind < 15) {
    service.any_port = true;
    const auto any = random_.percent(50) ? std::nullopt : std::optional(service.protocol);
    PrefixVirtual prefix{
        service.end.address,
        random_.between(service.end.address.v6 ? 122 : 26, service.end.address.v6 ? 128 : 32), any};
    if (random_.percent(30)) prefix.port = service.end.port;
    prefix.virtual_id = id;
    prefix.punt = random_.percent(5);
    setup_.prefixes.push_back(prefix);
  } else if (kind < 40) {
    service.any_port = true;
    setup_.addAnyPortKey(service.end.address,
                         random_.percent(40) ? std::nullopt : std::optional(service.protocol), id,
                         random_.percent(5));
  } else {
    if (service.protocol == kProtoGre) service.protocol = kProtoUdp;
    setup_.addKey(service.end, service.protocol, id);
  }
  if (setup_.keys.size() > 1) {
    for (size_t i = 0; i + 1 < setup_.keys.size(); ++i) {
      if (!sameKey(setup_.keys[i], setup_.keys.back())) continue;
      setup_.keys.pop_back();  // firmware puts no key in twice
      break;
    }
  }
  services_.push_back(std::move(service));
}

void RandomStimulus::randomAcl() {
  setup_.acl_enable = true;
  setup_.acl.clear();
  for (uint32_t i = random_.between(1, 12); i > 0; --i) {
    AclRule rule;
    rule.action = random_.percent(50) ? regs::AclAction::kPermit
                                      : static_cast<regs::AclAction>(random_.below(4));
    const bool v6 = random_.percent(40);
    if (random_.percent(60))
      rule.source = client(v6),
      rule.source_bits = v6 ? random_.between(120, 128) : random_.between(24, 32);
    if (random_.percent(40)) rule.destination = virtualAddress(v6, 1 + random_.below(12));
    if (random_.percent(40)) rule.protocol = random_.percent(60) ? kProtoTcp : kProtoUdp;
    if (random_.percent(30)) rule.in_port = static_cast<uint8_t>(random_.below(5));
    rule.syn_only = random_.percent(20);
    if (random_.percent(50))
      rule.dport = {static_cast<uint16_t>(random_.below(500)),
                    static_cast<uint16_t>(random_.between(500, 40010))};
    if (random_.percent(30))
      rule.sport = {static_cast<uint16_t>(random_.between(39990, 40004)),
                    static_cast<uint16_t>(random_.between(40004, 65535))};
    setup_.acl_policers[static_cast<uint16_t>(setup_.acl.size())] = {
        random_.next() >> random_.between(36, 50), random_.below(20)};
    setup_.acl.push_back(rule);
  }
}

void RandomStimulus::randomLimits() {
  const auto rate = [&] { return random_.next() >> random_.between(28, 48) & 0xffffffffff; };
  for (int i = 0; i < 6; ++i) {
    const auto id = static_cast<uint16_t>(1 + random_.below(kVirtuals));
    setup_.virtual_policers[id] = {random_.percent(50) ? rate() : 0, random_.below(50),
                                   random_.percent(50) ? rate() << 6 : 0, random_.below(20000)};
    setup_.connection_policers[id] = {random_.percent(50) ? rate() : 0, random_.below(10)};
    anyVirtual().connection_limit = random_.below(100);
    anyMember().connection_limit = random_.below(30);
    setup_.punt_policers[random_.below(10)] = {rate(), random_.below(10)};
  }
  setup_.source_rate = random_.percent(50) ? rate() : 0;
  setup_.source_burst = random_.below(100);
}

void RandomStimulus::randomRegisters() {
  for (uint32_t& timer : setup_.timers) timer = random_.percent(5) ? 0 : random_.between(1, 30);
  setup_.fragments = static_cast<regs::FragmentAction>(random_.below(3));
  setup_.drop_options = random_.percent(30);
  setup_.half_open_max = random_.percent(30) ? random_.between(1, 60) : 0;
  setup_.source_connection_rate =
      random_.percent(20) ? random_.next() >> random_.between(28, 48) & 0xffffffffff : 0;
  setup_.source_connection_burst = random_.below(100);
  setup_.events = random_.below(8);
  setup_.min_frame = random_.percent(85) ? 14 : 60;
  setup_.max_frame = random_.percent(70) ? 9216 : 1518;
}

regs::VirtualRow& RandomStimulus::anyVirtual() {
  return setup_.virtuals[static_cast<uint16_t>(1 + random_.below(kVirtuals))];
}
regs::MemberRow& RandomStimulus::anyMember() {
  return setup_.members[static_cast<uint16_t>(1 + random_.below(kMembers))];
}

void RandomStimulus::mutate() {
  for (uint32_t i = random_.between(1, 6); i > 0; --i) mutateOnce();
}

void RandomStimulus::mutateOnce() {
  switch (random_.below(16)) {
    case 0:
    case 1:
      for (int i = 0; i < 4; ++i) {
        regs::MemberRow& member = anyMember();
        member.accept_new = random_.percent(60);
        member.accept_existing = member.accept_new || random_.percent(40);
      }
      return;
    case 2:
      for (auto& [id, member] : setup_.members) member.accept_new = member.accept_existing = true;
      return;
    case 3:
      anyMember().neighbor = static_cast<uint16_t>(random_.below(kNeighbors));
      return;
    case 4:
      anyMember().connection_limit = random_.percent(50) ? 0 : random_.below(30);
      return;
    case 5: {
      const Service& service = random_.pick(services_);
      return addPool(service.virtual_id, service.members);
    }
    case 6:
      anyVirtual().on_down = static_cast<regs::OnDown>(random_.below(2));
      anyVirtual().loose = random_.percent(50);
      return;
    case 7:
      anyVirtual().enabled = random_.percent(90);
      anyVirtual().connection_limit = random_.percent(60) ? 0 : random_.below(60);
      anyVirtual().half_open_limit = random_.percent(60) ? 0 : random_.below(20);
      anyVirtual().fragments = random_.percent(70);
      return;
    case 8:
      setup_.ports[random_.below(4)].up = random_.percent(75);
      return;
    case 9:
      setup_.ports[random_.below(4)].mtu =
          static_cast<uint16_t>(random_.percent(60) ? 1500 : random_.between(68, 9200));
      return;
    case 10:
      setup_.neighbors[static_cast<uint16_t>(random_.below(kNeighbors))].valid =
          random_.percent(80);
      return;
    case 11: {
      regs::NeighborRow& neighbor =
          setup_.neighbors[static_cast<uint16_t>(random_.below(kNeighbors))];
      neighbor.port =
          static_cast<uint8_t>(random_.percent(90) ? random_.below(4) : random_.below(8));
      neighbor.vlan_tagged = random_.percent(50);
      return;
    }
    case 12:
      return randomRegisters();
    case 13:
      return randomLimits();
    case 14:
      if (random_.percent(20)) randomAcl();
      return;
    default:
      setup_.prefix_enable = random_.percent(70);
      anyVirtual().affinity = static_cast<regs::Affinity>(random_.below(3));
      anyVirtual().timer = static_cast<uint8_t>(random_.below(4));
  }
}

}  // namespace sluice::testing
