// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/table_builder.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "firmware/control/config_text.h"
#include "firmware/control/key_table.h"
#include "firmware/control/large_config.h"
#include "firmware/control/next_hop.h"

namespace sluice {
namespace {

constexpr HashKey kKey = {0x5bd1e995, 0x1b873593, 0xcc9e2d51};

// The data plane's lookup of virtuals, section 5 step 3. Returns the key, or nothing.
std::optional<regs::VirtualKeyRow> lookUp(const TableImage& image, const HashKey& key,
                                          const IpAddress& address, uint8_t protocol,
                                          uint16_t port) {
  const auto scan = [&](uint16_t wire_port, auto matches) -> std::optional<regs::VirtualKeyRow> {
    const uint64_t hash = hash64(key, address, wire_port);
    for (const uint32_t bucket :
         {static_cast<uint32_t>(hash & 1023), static_cast<uint32_t>(hash >> 32 & 1023)}) {
      for (uint32_t way = 0; way < 2; ++way) {
        const auto row = image.get<regs::VirtualKeyRow>(bucket * 2 + way);
        if (row.valid && row.is_v6 == address.v6 && row.address == address.bytes && matches(row))
          return row;
      }
    }
    return std::nullopt;
  };
  auto found = scan(portToWire(port), [&](const regs::VirtualKeyRow& row) {
    return !row.any_port && row.port == portToWire(port) && row.proto == protocol;
  });
  if (!found)
    found = scan(0, [&](const auto& row) {
      return row.any_port && !row.any_proto && row.proto == protocol;
    });
  if (!found) found = scan(0, [&](const auto& row) { return row.any_port && row.any_proto; });
  return found;
}

Config load(const std::string& text) {
  auto loaded = loadConfig(text, "test");
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().message);
  return loaded.ok() ? loaded->config : Config();
}

Build buildOrDie(const Config& config, const Allocation& previous = {},
                 const Overrides& overrides = {}) {
  auto built = buildTables(config, overrides, previous);
  EXPECT_TRUE(built.ok()) << (built.ok() ? "" : built.error().message);
  return built.ok() ? std::move(*built) : Build();
}

TEST(KeyTable, HoldsEightyFivePercentOfItsRows) {
  KeyTable table(kKey, 1024);
  std::mt19937 random(5);
  size_t placed = 0;
  for (;; ++placed) {
    regs::VirtualKeyRow row;
    row.valid = true;
    row.port = static_cast<uint16_t>(random());
    for (int i = 0; i < 4; ++i) row.address[i] = static_cast<uint8_t>(random());
    if (!table.insert(row)) break;
  }
  EXPECT_GT(placed, 2048u * 85 / 100);
  size_t valid = 0;
  for (uint32_t row = 0; row < 2048; ++row) {
    if (!table.rows()[row].valid) continue;
    ++valid;
    const auto buckets = table.bucketsOf(table.rows()[row]);
    EXPECT_TRUE(buckets[0] == row / 2 || buckets[1] == row / 2);
  }
  EXPECT_EQ(valid, placed);  // a refused insert loses nothing
}

TEST(TableBuilder, FindsEveryOne1024Virtuals) {
  std::string text = "interface e1\n  mac 02:00:5e:00:53:01\npool p\n  member 10.0.0.1:80\n";
  for (int i = 0; i < 1024; ++i) {
    text += "virtual v" + std::to_string(i) + "\n  destination 192.0." + std::to_string(i / 250) +
            "." + std::to_string(i % 250) + ":" + std::to_string(1000 + i) + " protocol " +
            (i % 2 == 0 ? "tcp" : "udp") + "\n  pool p\n";
  }
  const Config config = load(text);
  const Build build = buildOrDie(config);
  for (const Virtual& service : config.virtuals) {
    const auto found = lookUp(build.image, kKey, service.destination->prefix.address,
                              service.protocol->number, service.destination->port);
    ASSERT_TRUE(found) << service.name;
    EXPECT_EQ(found->virtual_id, build.allocation.virtuals.find(service.name));
    EXPECT_FALSE(found->punt);
  }
}

constexpr char kSite[] =
    "interface e1\n  address 203.0.113.2/24\n  address 2001:db8::2/64\ninterface e2\n  address "
    "10.0.0.1/24\n  vlan 7\n  port 2\n"
    "gateway 203.0.113.1\n"
    "pool web\n  member 10.0.0.11:80\n  member 10.0.0.12:8080 ratio 2\n  member 10.0.0.13:80 "
    "drain\n  member 10.0.0.14:80 disable\n"
    "virtual shop\n  destination 203.0.113.10:80\n  pool web\n"
    "virtual all\n  destination 203.0.113.11:any protocol any\n  pool web\n"
    "virtual own\n  destination 203.0.113.2:443\n  mode local\n";

TEST(TableBuilder, IcmpAndOwnAddressesHaveKeys) {
  const Build build = buildOrDie(load(kSite));
  const auto find = [&](const char* address, uint8_t protocol, uint16_t port) {
    return lookUp(build.image, kKey, *IpAddress::parse(address), protocol, port);
  };
  const auto own_id = build.allocation.virtuals.find(kOwnAddresses);
  ASSERT_TRUE(own_id);
  EXPECT_EQ(build.image.get<regs::VirtualRow>(*own_id).mode, regs::VirtualMode::kLocal);
  EXPECT_TRUE(find("203.0.113.10", 1, 0)->punt);
  EXPECT_TRUE(find("203.0.113.11", 1, 0)->punt);
  EXPECT_FALSE(find("203.0.113.11", 47, 0)->punt);
  EXPECT_FALSE(find("203.0.113.10", 6, 81));
  EXPECT_EQ(find("203.0.113.2", 1, 0)->virtual_id, *own_id);
  EXPECT_EQ(find("203.0.113.2", 6, 22)->virtual_id, *own_id);
  EXPECT_EQ(find("203.0.113.2", 6, 443)->virtual_id, build.allocation.virtuals.find("own"));
  EXPECT_EQ(find("2001:db8::2", 58, 0)->virtual_id, *own_id);
  EXPECT_EQ(find("10.0.0.1", 17, 53)->virtual_id, *own_id);
}

TEST(TableBuilder, MembersRingsAndNeighbors) {
  const Config config = load(kSite);
  const Build build = buildOrDie(config);
  const auto member = [&](const char* endpoint) {
    return build.image.get<regs::MemberRow>(
        *build.allocation.members.find({"web", *Endpoint::parse(endpoint)}));
  };
  EXPECT_TRUE(member("10.0.0.11:80").accept_new && member("10.0.0.11:80").accept_existing);
  EXPECT_TRUE(!member("10.0.0.13:80").accept_new && member("10.0.0.13:80").accept_existing);
  EXPECT_TRUE(!member("10.0.0.14:80").accept_new && !member("10.0.0.14:80").accept_existing);
  EXPECT_EQ(member("10.0.0.12:8080").weight, 2);
  EXPECT_EQ(member("10.0.0.12:8080").port, portToWire(8080));
  EXPECT_EQ(member("10.0.0.12:8080").digest, memberDigest(kKey, *IpAddress::parse("10.0.0.12")));

  const auto neighbor = build.image.get<regs::NeighborRow>(member("10.0.0.11:80").neighbor);
  EXPECT_TRUE(neighbor.valid && neighbor.vlan_tagged);
  EXPECT_EQ(neighbor.port, 2);
  EXPECT_EQ(neighbor.vlan, 7);
  EXPECT_EQ(neighbor.mac, derivedMac(*IpAddress::parse("10.0.0.11")).bytes);
  EXPECT_FALSE(build.image.get<regs::NeighborRow>(0).valid);
  const auto shop = build.image.get<regs::VirtualRow>(*build.allocation.virtuals.find("shop"));
  EXPECT_EQ(build.image.get<regs::NeighborRow>(shop.client_neighbor).mac,
            derivedMac(*IpAddress::parse("203.0.113.1")).bytes);

  const auto pool = build.image.get<regs::PoolRow>(shop.pool);
  EXPECT_EQ(pool.ring_size, 1021u);  // 5 turns: four members, one of them twice
  ASSERT_EQ(build.fresh_rings.size(), 1u);
  const auto shares = ringShares(*build.fresh_rings[0].slots, 5);
  EXPECT_EQ(shares[0], 0u);
  EXPECT_NEAR(shares[*build.allocation.members.find({"web", *Endpoint::parse("10.0.0.12:8080")})],
              1021 * 2 / 3.0, 1.0);
  EXPECT_EQ(shares[*build.allocation.members.find({"web", *Endpoint::parse("10.0.0.13:80")})], 0u);
}

TEST(TableBuilder, PortsTimersAndLimits) {
  const Build build = buildOrDie(load(
      std::string(kSite) +
      "interface e3\n  port 2\n  vlan 8\n  mtu 1400\n  mac-filter\ninterface e4\n  shutdown\n"
      "timers default\n  half-open 1s\ntimers slow\n  established 1h\nvirtual shop2\n  destination "
      "203.0.113.12:80\n"
      "  pool web\n  timers slow\n  rate-limit packets 1M\n  rate-limit bandwidth 8M burst 9000\n"
      "  half-open-limit 4096\n"
      "limits\n  source-rate 1G burst 7\n  source-connection-rate 1k burst 9\n  half-open 70000\n"
      "  punt-rate icmp 0\n"));
  const auto port = [&](uint32_t index) { return build.image.get<regs::PortRow>(index); };
  EXPECT_TRUE(port(0).up && port(2).up && port(regs::kCpuPort).up);
  EXPECT_FALSE(port(1).up || port(3).up);
  EXPECT_EQ(port(2).mtu, 1400);
  EXPECT_TRUE(port(2).mac_filter && !port(0).mac_filter);
  EXPECT_EQ(build.registers.timers[0], 119u);
  EXPECT_EQ(build.registers.timers[6 + 1], 429'153u);
  EXPECT_EQ(build.registers.timers[6 + 0], 358u);
  const uint16_t id = *build.allocation.virtuals.find("shop2");
  EXPECT_EQ(build.image.get<regs::VirtualRow>(id).timer, 1);
  const auto policer = build.image.get<regs::VirtualPolicerRow>(id);
  EXPECT_EQ(policer.packet_rate, rateUnits(1'000'000));
  EXPECT_EQ(policer.packet_burst, 100'000u);
  EXPECT_EQ(policer.byte_rate, rateUnits(1'000'000));
  EXPECT_EQ(policer.byte_burst, 9000u);
  EXPECT_EQ(build.registers.source_rate, rateUnits(1'000'000'000));
  EXPECT_EQ(build.registers.source_burst, 7u);
  EXPECT_EQ(build.registers.source_connection_rate, rateUnits(1'000));
  EXPECT_EQ(build.registers.source_connection_burst, 9u);
  EXPECT_EQ(build.registers.half_open_max, 70'000u);
  EXPECT_EQ(build.image.get<regs::VirtualRow>(id).half_open_limit, 4096u);
  EXPECT_EQ(build.image.get<regs::PuntPolicerRow>(5).rate, 0u);
  EXPECT_EQ(build.image.get<regs::PuntPolicerRow>(1).rate, rateUnits(10'000));
  for (const auto cause : {regs::PuntCause::kTtl, regs::PuntCause::kMtu}) {
    const auto row = build.image.get<regs::PuntPolicerRow>(static_cast<uint32_t>(cause));
    EXPECT_EQ(row.rate, rateUnits(1'000));
    EXPECT_EQ(row.burst, 100u);
  }
}

// Which virtual takes fragments of a protocol to 203.0.113.30: the one with the key for port 0, or
// with port any.
std::string fragmentsOf(const Build& build, uint8_t protocol) {
  const IpAddress address = *IpAddress::parse("203.0.113.30");
  std::string any_port;
  for (uint32_t row = 0; row < regs::VirtualKeyRow::kRows; ++row) {
    const auto key = build.image.get<regs::VirtualKeyRow>(row);
    if (!key.valid || key.address != address.bytes || key.port != 0 || key.any_proto ||
        key.proto != protocol)
      continue;
    if (!build.image.get<regs::VirtualRow>(key.virtual_id).fragments) continue;
    std::string name;
    for (const auto& [service, id] : build.allocation.virtuals.live()) {
      if (id == key.virtual_id) name = service;
    }
    if (!key.any_port) return name;
    any_port = name;
  }
  return any_port;
}

TEST(TableBuilder, FragmentsGoToTheFirstVirtualThatMayTakeThem) {
  const std::string services =
      "pool flat\n  member 10.0.0.21:any\npool sticky\n  affinity source\n  member 10.0.0.22:any\n"
      "virtual translated\n  destination 203.0.113.30:52 protocol udp\n  pool sticky\n"
      "virtual spread\n  destination 203.0.113.30:51 protocol udp\n  mode dsr\n  pool flat\n"
      "virtual first\n  destination 203.0.113.30:53 protocol udp\n  mode dsr\n  pool sticky\n"
      "virtual second\n  destination 203.0.113.30:54 protocol udp\n  mode ipip\n  pool sticky\n"
      "virtual streams\n  destination 203.0.113.30:80\n  mode gue1\n  pool sticky\n"
      "virtual rest\n  destination 203.0.113.30:any\n  mode dsr\n  pool sticky\n";
  const Build build = buildOrDie(load(kSite + services + "limits\n  fragments forward\n"));
  EXPECT_EQ(build.registers.mode.fragments, regs::FragmentAction::kForward);
  EXPECT_EQ(fragmentsOf(build, 17), "first");
  EXPECT_EQ(fragmentsOf(build, 6), "rest");
  // Without the policy, the data plane asks for no such key.
  EXPECT_EQ(fragmentsOf(buildOrDie(load(kSite + services)), 17), "");
}

TEST(TableBuilder, DefaultTimersAreTheRegistersResetValues) {
  const Build build = buildOrDie(load(kSite));
  for (uint32_t i = 0; i < regs::TimerReg::kCount; ++i)
    EXPECT_EQ(build.registers.timers[i], regs::TimerReg::kReset[i]) << i;
}

TEST(TableBuilder, RatesAreInUnitsOfTheBuckets) {
  EXPECT_EQ(rateUnits(0), 0u);
  EXPECT_EQ(rateUnits(1), 17u);
  EXPECT_EQ(rateUnits(1'000'000'000), 17'179'869'184u);
  EXPECT_EQ(rateUnits(UINT64_MAX), (uint64_t{1} << 40) - 1);
}

TEST(TableBuilder, PrefixesLongestFirst) {
  const Config config = load(
      "interface e1\n  mac 02:00:5e:00:53:01\npool p\n  member 10.0.0.1:80\n"
      "virtual wide\n  destination 198.18.0.0/15:any protocol any\n  pool p\n"
      "virtual narrow\n  destination 198.18.5.0/24:80\n  pool p\n"
      "virtual rest\n  destination 198.18.5.0/24:any\n  pool p\n"
      "virtual six\n  destination [2001:db8::/32]:any protocol udp\n  mode local\n");
  const Build build = buildOrDie(config);
  EXPECT_TRUE(build.registers.mode.prefixes);
  const auto find = [&](const char* text, uint8_t protocol,
                        uint16_t port) -> std::pair<std::string, bool> {
    const IpAddress address = *IpAddress::parse(text);
    std::array<uint64_t, 2> bits = {~0ull, ~0ull};
    const auto both = [&](uint32_t chunk, uint32_t value) {
      const auto row = build.image.get<regs::PrefixBitsRow>(chunk * 256 + value);
      for (int i = 0; i < 2; ++i) bits[i] &= row.entries[i];
    };
    for (unsigned i = 0; i < (address.v6 ? 16u : 4u); ++i) both(i, address.bytes[i]);
    both(16, protocol);
    both(17, address.v6);
    both(18, port >> 8);
    both(19, port & 255);
    if (bits[0] == 0) return {"", false};
    const auto result =
        build.image.get<regs::PrefixResultRow>(static_cast<uint32_t>(std::countr_zero(bits[0])));
    for (const auto& [name, id] : build.allocation.virtuals.live()) {
      if (id == result.virtual_id) return {name, result.punt};
    }
    return {"?", result.punt};
  };
  using Answer = std::pair<std::string, bool>;
  EXPECT_EQ(find("198.18.5.1", 6, 80), Answer("narrow", false));
  EXPECT_EQ(find("198.18.5.1", 6, 81), Answer("rest", false));
  EXPECT_EQ(find("198.18.5.1", 17, 80), Answer("wide", false));
  EXPECT_EQ(find("198.18.5.1", 1, 0), Answer("narrow", true));
  EXPECT_EQ(find("198.19.255.1", 47, 0), Answer("wide", false));
  EXPECT_EQ(find("198.19.255.1", 1, 0), Answer("wide", true));
  EXPECT_EQ(find("198.20.0.0", 6, 80), Answer("", false));
  EXPECT_EQ(find("2001:db8::9", 17, 53), Answer("six", false));
  EXPECT_EQ(find("2001:db8::9", 58, 0), Answer("six", true));
}

TEST(TableBuilder, IsDeterministic) {
  const Config config = load(largeConfigText(200, 6));
  const Build a = buildOrDie(config);
  const Build b = buildOrDie(config);
  EXPECT_TRUE(a.image == b.image);
  EXPECT_EQ(a.registers, b.registers);
}

TEST(TableBuilder, IdsStayWithTheirObjects) {
  const Config config = load(kSite);
  Build first = buildOrDie(config);
  first.allocation.reclaim();
  Config changed = config;
  changed.pools[0].members.erase(changed.pools[0].members.begin());
  Member added;
  added.endpoint = *Endpoint::parse("10.0.0.99:80");
  changed.pools[0].members.insert(changed.pools[0].members.begin(), added);
  Build second = buildOrDie(changed, first.allocation);
  for (const char* endpoint : {"10.0.0.12:8080", "10.0.0.13:80", "10.0.0.14:80"}) {
    const MemberKey key{"web", *Endpoint::parse(endpoint)};
    EXPECT_EQ(second.allocation.members.find(key), first.allocation.members.find(key));
  }
  const MemberKey gone{"web", *Endpoint::parse("10.0.0.11:80")};
  ASSERT_EQ(second.gone_members.size(), 1u);
  EXPECT_EQ(second.gone_members[0].first, gone);
  // Retired, not reused: connections may still refer to it. Its row accepts nothing.
  EXPECT_NE(second.allocation.members.find({"web", added.endpoint}),
            first.allocation.members.find(gone));
  EXPECT_EQ(second.image.get<regs::MemberRow>(second.gone_members[0].second), regs::MemberRow{});
  // The new ring does not overlap the old one, which the other bank still uses.
  ASSERT_EQ(second.fresh_rings.size(), 1u);
  EXPECT_GE(second.fresh_rings[0].base,
            first.fresh_rings[0].base + first.fresh_rings[0].slots->size());
  second.allocation.reclaim();
  // Back again: the old id.
  const Build third = buildOrDie(config, second.allocation);
  EXPECT_EQ(third.allocation.members.find(gone), first.allocation.members.find(gone));
}

TEST(TableBuilder, UnchangedPoolsKeepTheirRings) {
  Config config = load(largeConfigText(50, 4));
  Build first = buildOrDie(config);
  first.allocation.reclaim();
  config.virtuals[0].shutdown.value = true;
  EXPECT_TRUE(buildOrDie(config, first.allocation).fresh_rings.empty());
}

TEST(TableBuilder, AnotherAlgorithmIsAnotherRing) {
  Config config = load(kSite);
  Build first = buildOrDie(config);
  first.allocation.reclaim();
  config.pools[0].algorithm.value = Pool::Algorithm::kRendezvous;
  const Build second = buildOrDie(config, first.allocation);
  ASSERT_EQ(second.fresh_rings.size(), 1u);
  const PoolRing& ring = second.allocation.rings.at(config.pools[0].name);
  EXPECT_EQ(*ring.slots, buildRing(RingKind::kRendezvous, ring.members,
                                   static_cast<uint32_t>(ring.slots->size())));
}

TEST(TableBuilder, OverridesComeOnTop) {
  const Config config = load(kSite);
  Overrides overrides;
  overrides.members[{"web", *Endpoint::parse("10.0.0.14:80")}].admin = AdminState::kUp;
  overrides.members[{"web", *Endpoint::parse("10.0.0.11:80")}].weight = 5;
  overrides.virtuals["shop"] = false;
  const Build build = buildOrDie(config, {}, overrides);
  const auto row = build.image.get<regs::MemberRow>(
      *build.allocation.members.find({"web", *Endpoint::parse("10.0.0.14:80")}));
  EXPECT_TRUE(row.accept_new);
  EXPECT_FALSE(build.image.get<regs::VirtualRow>(*build.allocation.virtuals.find("shop")).enabled);
  const auto shares = ringShares(*build.fresh_rings[0].slots, 5);
  EXPECT_NEAR(shares[*build.allocation.members.find({"web", *Endpoint::parse("10.0.0.11:80")})],
              1021 * 5 / 8.0, 1.0);
}

TEST(TableBuilder, AFullRingMemoryIsAnError) {
  std::string text = "interface e1\n  address 10.0.0.1/8\ngateway 10.0.0.2\n";
  for (int i = 0; i < 17; ++i) {
    text += "pool p" + std::to_string(i) + "\n  ring-size 65537\n  member 10.0.1." +
            std::to_string(i + 1) + ":80\n";
  }
  const auto built = buildTables(load(text), {}, {});
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().code, ErrorCode::kExhausted);
  EXPECT_EQ(built.error().message,
            "no room for a ring of 65537 slots for pool 'p15': the largest free piece of the ring "
            "memory is 65521 slots; expected a smaller ring-size");
}

TEST(RingArena, JoinsFreePieces) {
  RingArena arena(100);
  const auto a = arena.allocate(30), b = arena.allocate(30), c = arena.allocate(40);
  ASSERT_TRUE(a && b && c);
  EXPECT_FALSE(arena.allocate(1));
  arena.release(*a, 30);
  arena.release(*c, 40);
  EXPECT_EQ(arena.largestFree(), 40u);
  arena.release(*b, 30);
  EXPECT_EQ(arena.largestFree(), 100u);
  EXPECT_EQ(arena.freeSlots(), 100u);
}

std::string withSources(const std::string& first, const std::string& second) {
  return "interface e1\n  address 203.0.113.2/24\n  address 10.0.0.1/24\ngateway 203.0.113.1\n"
         "pool web\n  member 10.0.0.11:80\n"
         "snat-pool one\n" +
         first + "snat-pool two\n" + second +
         "virtual a\n  destination 203.0.113.10:80\n  mode fullnat\n  pool web\n  snat-pool one\n"
         "virtual b\n  destination 203.0.113.11:80\n  mode fullnat\n  pool web\n  snat-pool two\n"
         "virtual c\n  destination 203.0.113.12:80\n  pool web\n";
}

TEST(TableBuilder, SourcesKeepTheirRows) {
  const auto sourcesOf = [](const Build& build, const char* name) {
    return build.image.get<regs::VirtualRow>(*build.allocation.virtuals.find(name)).snat;
  };
  const auto address = [](const Build& build, uint32_t row) {
    const auto source = build.image.get<regs::SnatAddressRow>(row);
    return source.valid ? IpAddress{source.is_v6, source.address}.toString() : "";
  };
  const Build first = buildOrDie(load(withSources("  address 10.0.0.100\n  address 10.0.0.101\n",
                                                  "  address 10.0.0.101\n  address 10.0.0.102\n")));
  EXPECT_EQ(sourcesOf(first, "a"), 0b011);
  EXPECT_EQ(sourcesOf(first, "b"), 0b110);
  EXPECT_EQ(sourcesOf(first, "c"), 0);
  EXPECT_EQ(address(first, 0), "10.0.0.100");
  EXPECT_EQ(address(first, 2), "10.0.0.102");
  EXPECT_EQ(address(first, 3), "");

  // Connections keep an address that no pool has any more; a new one does not get its row.
  Build second = buildOrDie(
      load(withSources("  address 10.0.0.101\n", "  address 10.0.0.103\n  address 10.0.0.102\n")),
      first.allocation);
  EXPECT_EQ(sourcesOf(second, "a"), 0b0010);
  EXPECT_EQ(sourcesOf(second, "b"), 0b1100);
  EXPECT_EQ(address(second, 0), "10.0.0.100");
  EXPECT_EQ(address(second, 3), "10.0.0.103");
  second.allocation.sources.release(0);
  const Build third = buildOrDie(
      load(withSources("  address 10.0.0.101\n", "  address 10.0.0.104\n")), second.allocation);
  EXPECT_EQ(address(third, 0), "10.0.0.104");
  EXPECT_EQ(sourcesOf(third, "b"), 0b0001);
}

TEST(TableBuilder, PingsToSourcesAreTheCpus) {
  const Build build =
      buildOrDie(load(withSources("  address 10.0.0.100\n", "  address 10.0.0.101\n")));
  const auto ping = lookUp(build.image, kKey, *IpAddress::parse("10.0.0.100"), 1, 0);
  ASSERT_TRUE(ping);
  EXPECT_TRUE(ping->punt);
  EXPECT_FALSE(lookUp(build.image, kKey, *IpAddress::parse("10.0.0.100"), 6, 0xc000));
}

}  // namespace
}  // namespace sluice
