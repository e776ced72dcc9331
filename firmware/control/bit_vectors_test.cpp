// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/bit_vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <random>

namespace sluice {
namespace {

struct Packet {
  IpAddress source, destination;
  uint8_t protocol = 6;
  uint16_t source_port = 0, destination_port = 0;
  uint8_t ingress_port = 0;
  bool syn = false;
};

bool inRange(const PortRange& range, uint16_t port) {
  return range.low <= port && port <= range.high;
}

// What a rule means, said directly.
bool naiveMatch(const AclMatch& rule, const Packet& packet) {
  const IpFamily family = packet.source.v6 ? IpFamily::kV6 : IpFamily::kV4;
  if (rule.family != IpFamily::kBoth && rule.family != family) return false;
  if (rule.protocol && *rule.protocol != packet.protocol) return false;
  if (rule.source && !rule.source->contains(packet.source)) return false;
  if (rule.destination && !rule.destination->contains(packet.destination)) return false;
  if (rule.ingress_port && *rule.ingress_port != packet.ingress_port) return false;
  return inRange(rule.source_port, packet.source_port) &&
         inRange(rule.destination_port, packet.destination_port);
}

// The data plane's lookup, docs/data-plane.md section 5: index of the rule that decides, or -1.
int vectorMatch(const std::vector<regs::AclBitsRow>& rows, const Packet& packet) {
  using Bits = std::array<uint64_t, 4>;
  const auto row = [&](unsigned chunk, unsigned value) { return rows[chunk * 256 + value].rules; };
  Bits all = {~0ull, ~0ull, ~0ull, ~0ull};
  const auto both = [&](const Bits& bits) {
    for (size_t i = 0; i < 4; ++i) all[i] &= bits[i];
  };
  for (unsigned i = 0; i < (packet.source.v6 ? 16u : 4u); ++i) {
    both(row(i, packet.source.bytes[i]));
    both(row(16 + i, packet.destination.bytes[i]));
  }
  both(row(32, packet.protocol));
  both(row(33, unsigned{packet.source.v6} | packet.ingress_port << 1 | unsigned{packet.syn} << 4));
  const auto port = [&](unsigned chunk, uint16_t value) {
    const unsigned high = value >> 8, low = value & 255;
    const Bits strict = row(chunk, high), eq_lo = row(chunk + 1, high),
               eq_hi = row(chunk + 2, high);
    const Bits ge_lo = row(chunk + 3, low), le_hi = row(chunk + 4, low);
    Bits result;
    for (size_t i = 0; i < 4; ++i) {
      result[i] =
          strict[i] | ((eq_lo[i] | eq_hi[i]) & (~eq_lo[i] | ge_lo[i]) & (~eq_hi[i] | le_hi[i]));
    }
    both(result);
  };
  port(34, packet.source_port);
  port(39, packet.destination_port);
  for (int i = 0; i < 4; ++i) {
    if (all[i] != 0) return 64 * i + std::countr_zero(all[i]);
  }
  return -1;
}

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}
  uint32_t below(uint32_t n) { return random_() % n; }
  // Few distinct values, so that rules and packets meet.
  IpAddress address(bool v6) {
    IpAddress result{v6, {}};
    for (unsigned i = 0; i < (v6 ? 16u : 4u); ++i)
      result.bytes[i] = static_cast<uint8_t>(below(4) * 85);
    return result;
  }
  uint16_t port() {
    constexpr uint16_t kEdges[] = {0,    1,    255,    256,    257,    511,   512,
                                   1023, 1024, 0x1234, 0x12ff, 0x1300, 65'535};
    return below(2) == 0 ? kEdges[below(std::size(kEdges))] : static_cast<uint16_t>(random_());
  }
  PortRange range() {
    if (below(3) == 0) return {};
    const uint16_t a = port(), b = port();
    return {std::min(a, b), std::max(a, b)};
  }
  AclMatch rule() {
    AclMatch match;
    const bool v6 = below(2) == 0;
    match.family = static_cast<IpFamily>(below(3));
    if (below(2) == 0) match.protocol = static_cast<uint8_t>(below(2) == 0 ? 6 : 17);
    if (below(2) == 0) match.source = prefix(v6);
    if (below(2) == 0) match.destination = prefix(v6);
    if (match.source || match.destination) match.family = v6 ? IpFamily::kV6 : IpFamily::kV4;
    match.source_port = range();
    match.destination_port = range();
    if (below(4) == 0) match.ingress_port = static_cast<uint8_t>(below(5));
    return match;
  }
  Packet packet() {
    const bool v6 = below(2) == 0;
    return {address(v6),  address(v6), static_cast<uint8_t>(below(2) == 0 ? 6 : 17),
            port(),       port(),      static_cast<uint8_t>(below(5)),
            below(2) == 0};
  }

 private:
  IpPrefix prefix(bool v6) {
    const auto length = static_cast<uint8_t>(below(v6 ? 129 : 33));
    return {address(v6).masked(length), length};
  }
  std::mt19937 random_;
};

TEST(AclVectors, AgreeWithTheRulesOnRandomPackets) {
  const uint32_t seed = 4711;
  int hits = 0;
  for (uint32_t round = 0; round < 20; ++round) {
    Generator generate(seed + round);
    std::vector<AclMatch> rules(1 + generate.below(256));
    for (AclMatch& rule : rules) rule = generate.rule();
    const auto rows = aclVectors(rules);
    for (int i = 0; i < 5000; ++i) {
      const Packet packet = generate.packet();
      int expected = -1;
      for (size_t r = 0; r < rules.size() && expected < 0; ++r) {
        if (naiveMatch(rules[r], packet)) expected = static_cast<int>(r);
      }
      ASSERT_EQ(vectorMatch(rows, packet), expected)
          << "seed " << seed << " round " << round << " packet " << i;
      hits += expected >= 0;
    }
  }
  EXPECT_GT(hits, 10'000);
}

TEST(PrefixVectors, AnEntryMayBeOfOneIngressPort) {
  const IpPrefix all{IpAddress{false, {}}, 0}, all6{IpAddress{true, {}}, 0};
  const std::vector<PrefixMatch> entries = {{all, {}, 0, uint8_t{2}}, {all6, {}, 0, std::nullopt}};
  const auto rows = prefixVectors(entries);
  for (unsigned port = 0; port < regs::kPortCount; ++port) {
    for (const bool v6 : {false, true}) {
      const uint64_t expected = v6 ? 2 : port == 2 ? 1 : 0;
      EXPECT_EQ(rows[17 * 256 + (port << 1 | v6)].entries[0], expected) << port << v6;
    }
  }
}

}  // namespace
}  // namespace sluice
