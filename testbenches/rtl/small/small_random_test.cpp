// SPDX-License-Identifier: Apache-2.0
// Random configurations and frames, compared with the model one by one.
//
//   SLUICE_SEED=N SLUICE_PACKETS=N small_test --gtest_filter=SmallRandom.*      repeats a run or
//   makes a longer one
#include <cstdio>

#include "testbenches/rtl/small/small_bench.h"

namespace sluice::small_test {
namespace {

using regs::CloseCause;
using regs::DropReason;
using regs::FlowResult;
using regs::PuntCause;
using sluice::testing::Packet;

class Stimulus {
 public:
  explicit Stimulus(uint64_t seed) : random_(seed) {}

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  bool percent(uint32_t p) { return below(100) < p; }

  SmallSetup setup() {
    SmallSetup s;
    s.mac = {2, 0, 0, 0, 0x51, 0};
    for (uint8_t i = 0; i < kNeighbors; ++i) {
      s.neighbors[i] = {
          static_cast<uint8_t>(percent(95) ? below(4) : below(8)), {}, {2, 0, 0, 0, 0x4e, i}};
      if (percent(50)) s.neighbors[i].vlan = below(4096);
    }
    for (uint8_t m = 0; m < kMembers; ++m) {
      s.members.push_back({{member(m), static_cast<uint16_t>(percent(50) ? 0 : 8000 + below(3))},
                           static_cast<uint8_t>(below(kNeighbors)),
                           percent(93),
                           percent(95),
                           static_cast<uint16_t>(percent(85) ? 0 : 1 + below(20))});
    }
    for (auto& ring : s.rings) {
      ring.resize(percent(80) ? 251 : percent(80) ? below(252) : 0);
      for (uint8_t& slot : ring) slot = static_cast<uint8_t>(1 + below(kMembers));
    }
    for (uint8_t v = 0; v < kVirtuals; ++v) s.virtuals.push_back(service(v));
    s.acl_enable = percent(60);
    for (uint32_t i = below(kRules + 1); i > 0; --i) s.acl.push_back(rule());
    s.punt_fragments = percent(50);
    s.drop_options = percent(20);
    s.port_up = percent(80) ? 0x1f : static_cast<uint8_t>(below(32));
    s.mac_filter = percent(50) ? 0 : static_cast<uint8_t>(below(32));
    s.mtu = static_cast<uint16_t>(percent(60) ? 1500 : 60 + below(1500));
    s.half_open_max = static_cast<uint16_t>(percent(70) ? 0 : 1 + below(60));
    const bool long_lived = percent(50);
    for (uint32_t& timer : s.timers) timer = 1 + below(long_lived ? 20'000 : 60);
    clients_ = percent(50) ? 20 : 3;
    ports_ = percent(50) ? 30 : percent(50) ? 4 : 20'000;
    for (uint32_t& word : s.hash_key) word = static_cast<uint32_t>(random_());
    setup_ = s;
    return s;
  }

  // What firmware may change while connections live.
  SmallSetup mutate() {
    Member& m = setup_.members[below(kMembers)];
    m.accept_new = percent(70);
    m.accept_existing = percent(70);
    Virtual& v = setup_.virtuals[below(kVirtuals)];
    v.on_down = percent(50) ? regs::OnDown::kDrop : regs::OnDown::kReselect;
    v.loose = percent(40);
    v.connection_limit = static_cast<uint16_t>(percent(70) ? 0 : 1 + below(100));
    for (uint8_t& slot : setup_.rings[below(8)]) slot = static_cast<uint8_t>(1 + below(kMembers));
    return setup_;
  }

  Frame frame() {
    Packet p = packet();
    if (percent(30)) p.vlan(below(4096), percent(70) ? 0x8100 : 0x88a8);
    if (percent(2)) p.vlan(below(4096));
    if (percent(5)) p.ttl(below(3));
    if (percent(10)) p.noUdpChecksum();
    if (percent(15)) p.options(below(11));
    if (percent(30)) p.pad(60 + below(30), below(256));
    if (percent(2)) p.fragment(below(3), percent(50));
    p.mac(percent(80) ? Mac{2, 0, 0, 0, 0x51, 0}
                      : Mac{static_cast<uint8_t>(below(4)), 0, 0, 0, 1, 2});
    Frame f{p.build(), static_cast<uint8_t>(below(5)), regs::kPortNone, percent(1)};
    if (f.port == regs::kCpuPort && percent(30)) f.cpu_dest = below(8);
    if (percent(6)) damage(f.bytes);
    return f;
  }

 private:
  static Ip member(uint8_t m) {
    Ip ip("10.1.0.0");
    ip.bytes[3] = static_cast<uint8_t>(m + 1);
    return ip;
  }
  static Ip virtualAddress(uint8_t v) {
    Ip ip("203.0.113.0");
    ip.bytes[3] = static_cast<uint8_t>(v + 1);
    return ip;
  }
  End client() {
    Ip ip("198.51.100.0");
    ip.bytes[3] = static_cast<uint8_t>(1 + below(clients_));
    return {ip, static_cast<uint16_t>(40000 + below(ports_))};
  }

  // Even ones have a port of their own, and pairs share an address: the exact key first.
  Virtual service(uint8_t v) {
    Virtual out;
    const bool exact = v < 5;
    out.end = {virtualAddress(exact ? v : static_cast<uint8_t>(v - 2)),
               static_cast<uint16_t>(exact ? 80 : 0)};
    out.proto = percent(60) ? sluice::testing::kProtoTcp : sluice::testing::kProtoUdp;
    if (!exact && percent(60)) out.proto.reset();
    out.mode = percent(70)   ? regs::VirtualMode::kNat
               : percent(80) ? regs::VirtualMode::kDsr
                             : regs::VirtualMode::kLocal;
    out.enabled = percent(96);
    out.punt = percent(4);
    out.loose = percent(30);
    out.ring = static_cast<uint8_t>(below(8));
    out.client_neighbor = static_cast<uint8_t>(below(kNeighbors));
    out.connection_limit = static_cast<uint16_t>(percent(80) ? 0 : 1 + below(60));
    out.affinity = static_cast<regs::Affinity>(below(3));
    out.on_down = percent(50) ? regs::OnDown::kDrop : regs::OnDown::kReselect;
    return out;
  }

  sluice::testing::AclRule rule() {
    sluice::testing::AclRule r;
    r.action = static_cast<regs::AclAction>(percent(60) ? 0 : below(3));
    if (percent(50)) r.source = client().address, r.source_bits = 20 + below(13);
    if (percent(50)) r.destination = virtualAddress(below(8)), r.destination_bits = 24 + below(9);
    if (percent(30)) r.protocol = percent(50) ? 6 : 17;
    if (percent(20)) r.in_port = below(5);
    r.syn_only = percent(20);
    if (percent(30)) r.dport.low = static_cast<uint16_t>(below(100));
    if (percent(30)) r.dport.high = static_cast<uint16_t>(r.dport.low + below(60000));
    return r;
  }

  uint8_t flags() {
    const uint32_t kind = below(100);
    return kind < 40   ? 2
           : kind < 75 ? 16
           : kind < 82 ? 18
           : kind < 91 ? 17
           : kind < 97 ? 4
                       : static_cast<uint8_t>(below(64));
  }

  Packet packet() {
    using namespace sluice::testing;
    const Virtual& v = setup_.virtuals[below(kVirtuals)];
    const uint8_t protocol = v.proto.value_or(percent(45) ? 6 : percent(80) ? 17 : 47);
    End there = v.end;
    if (there.port == 0) there.port = static_cast<uint16_t>(79 + below(4));
    const size_t length = percent(80) ? below(60) : below(1520);
    const auto between = [&](const End& from, const End& to) {
      return (protocol == 6    ? tcp(from, to, flags())
              : protocol == 17 ? udp(from, to)
                               : other(from.address, to.address, protocol))
          .payload(length, static_cast<uint8_t>(below(256)));
    };
    const uint32_t kind = below(100);
    if (kind < 60) return between(client(), there);
    if (kind < 90) {
      const Member& m = setup_.members[below(kMembers)];
      return between({m.end.address, m.end.port == 0 ? there.port : m.end.port}, client());
    }
    switch (below(7)) {
      case 0:
        return arp();
      case 1:
        return echo(client().address, there.address, percent(50)).payload(length);
      case 2:
        return icmpError(client().address, there.address, static_cast<uint8_t>(below(13)),
                         tcp(there, client()), below(60));
      case 3:
        return udp(client(), {"224.0.0.251", 5353});
      case 4:
        return tcp({"2001:db8::1", 1}, {"2001:db8::2", 80}, 2).payload(length);
      case 5:
        return tcp(percent(50) ? there : End{"127.0.0.1", 9}, there, 2);
      default:
        return ethernet(static_cast<uint16_t>(random_()), below(200));
    }
  }

  void damage(Bytes& bytes) {
    if (percent(40)) bytes.resize(1 + below(static_cast<uint32_t>(bytes.size())));
    for (uint32_t i = below(4); i > 0; --i)
      bytes[below(std::min<uint32_t>(80, static_cast<uint32_t>(bytes.size())))] ^= 1u << below(8);
  }

  std::mt19937_64 random_;
  SmallSetup setup_;
  uint32_t clients_ = 20, ports_ = 30;
};

TEST(SmallRandom, AgreesWithTheModel) {
  const auto environment = [](const char* name, uint64_t otherwise) {
    const char* given = std::getenv(name);
    return given == nullptr ? otherwise : std::strtoull(given, nullptr, 0);
  };
  const uint64_t seed = environment("SLUICE_SEED", std::random_device{}());
  const uint64_t packets = environment("SLUICE_PACKETS", 60'000);
  std::printf("repeat with: SLUICE_SEED=%lu SLUICE_PACKETS=%lu %s --gtest_filter=SmallRandom.*\n",
              seed, packets, ::testing::internal::GetArgvs()[0].c_str());
  constexpr uint64_t kPerRound = 3000;
  uint64_t done = 0;
  std::array<uint64_t, 256> reasons{};
  std::array<uint64_t, 16> causes{}, flows{}, closes{};
  while (done < packets && !::testing::Test::HasFailure()) {
    Stimulus stimulus(seed + done);
    SmallLockstep bench;
    bench.configure(stimulus.setup());
    bench.driver().pauses(stimulus.percent(50) ? 0 : static_cast<int>(stimulus.below(60)),
                          stimulus.percent(50) ? 0 : static_cast<int>(stimulus.below(60)));
    uint64_t now = 1'000'000'000;
    for (uint64_t i = 0; i < kPerRound && !::testing::Test::HasFailure(); ++i) {
      now += stimulus.percent(98) ? stimulus.below(100'000)
                                  : uint64_t{stimulus.below(80)} << regs::kAgeTickShift;
      if (stimulus.below(200) == 0) bench.configure(stimulus.mutate());
      bench.offer(stimulus.frame(), now);
    }
    bench.drain();
    EXPECT_EQ(bench.driver().read(kRegisters + kFlow),
              bench.model().read32(regs::FlowLiveReg::kOffset) |
                  bench.model().read32(regs::FlowHalfOpenReg::kOffset) << 16);
    done += bench.compared();
    for (size_t i = 0; i < reasons.size(); ++i)
      reasons[i] += bench.count(static_cast<DropReason>(i));
    for (size_t i = 0; i < regs::kPuntCauseCount; ++i)
      causes[i] += bench.count(static_cast<PuntCause>(i));
    for (size_t i = 0; i < regs::kFlowResultCount; ++i)
      flows[i] += bench.count(static_cast<FlowResult>(i));
    for (size_t i = 0; i < regs::kCloseCauseCount; ++i)
      closes[i] += bench.count(static_cast<CloseCause>(i));
  }
  for (size_t i = 0; i < reasons.size(); ++i) {
    if (reasons[i] != 0)
      std::printf("%s %lu, ", std::string(regs::name(static_cast<DropReason>(i))).c_str(),
                  reasons[i]);
  }
  std::printf("\n");
  if (packets < 60'000 || HasFailure()) return;
  // The stimulus reaches what it is for. Not asked of it: acl_deny and reuse, which need one of the
  // few configurations drawn to allow them; rows of small_test always reach both.
  for (size_t i = 0; i < regs::kFlowResultCount; ++i) {
    if (static_cast<FlowResult>(i) == FlowResult::kUntrackedSnat)
      continue;  // it has no source pools
    EXPECT_GT(flows[i], 0u) << regs::name(static_cast<FlowResult>(i));
  }
  for (size_t i = 0; i < static_cast<size_t>(CloseCause::kPurged); ++i) {
    if (static_cast<CloseCause>(i) == CloseCause::kReuse) continue;
    EXPECT_GT(closes[i], 0u) << regs::name(static_cast<CloseCause>(i));
  }
  for (const DropReason reason :
       {DropReason::kNoVirtual, DropReason::kFlowTableFull, DropReason::kFlowAlias,
        DropReason::kMemberDown, DropReason::kIpv4Checksum, DropReason::kTcpFlags}) {
    EXPECT_GT(reasons[static_cast<size_t>(reason)], 0u) << regs::name(reason);
  }
}

}  // namespace
}  // namespace sluice::small_test
