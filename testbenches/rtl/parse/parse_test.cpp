// SPDX-License-Identifier: Apache-2.0
//
// parse: a table of packets with what must be found, and random and mutated packets against the
// golden.

#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "Vparse.h"
#include "firmware/hal/gen/sluice_regs.h"
#include "gtest/gtest.h"
#include "testbenches/common/packet_builder.h"
#include "testbenches/rtl/parse/parse_golden.h"
#include "testbenches/rtl/parse/parse_table.h"
#include "testbenches/rtl/parse/random_frames.h"
#include "verilated.h"

namespace sluice::parse_test {
namespace {

constexpr int kLatency = 4;

struct Job {
  Bytes frame;
  uint8_t port = 0;
  uint8_t cpu_dest = kPortNone;
  int gap = 0;         // idle cycles before it
  uint8_t beyond = 0;  // what stands in the window behind the frame
};

class Parse : public ::testing::Test {
 protected:
  void SetUp() override {
    context_.errorLimit(1000000);  // count failing assertions, go on
    reset();
  }

  void TearDown() override {
    dut_.final();
    EXPECT_EQ(context_.errorCount(), 0) << "an assertion of the RTL failed";
  }

  void reset(int cycles = 3) {
    dut_.rst_i = 1;
    for (int cycle = 0; cycle < cycles; ++cycle) tick();
    dut_.rst_i = 0;
    dut_.valid_i = 0;
  }

  void tick() {
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
    ++cycle_;
  }

  void configure() {
    for (size_t port = 0; port < 8; ++port)
      pack(settings_.ports[port], std::span(&dut_.port_rows_i[2 * port], 2));
    dut_.fragments_i = static_cast<uint8_t>(settings_.fragments);
    dut_.drop_options_i = settings_.drop_options;
  }

  /// One outcome per job, in order; each must come kLatency cycles after its packet.
  std::vector<Outcome> run(const std::vector<Job>& jobs) {
    configure();
    std::vector<Outcome> outcomes;
    std::deque<int64_t> due;
    const auto step = [&] {
      tick();
      if (!dut_.valid_o) return;
      ASSERT_FALSE(due.empty()) << "an outcome of no packet";
      EXPECT_EQ(cycle_, due.front());
      due.pop_front();
      outcomes.push_back({unpack<Parsed>(std::span(dut_.parsed_o.data(), 3)),
                          unpack<Tuple>(std::span(dut_.own_o.data(), 10)),
                          unpack<Tuple>(std::span(dut_.key_o.data(), 10))});
    };
    for (const Job& job : jobs) {
      dut_.valid_i = 0;
      for (int idle = 0; idle < job.gap; ++idle) step();
      offer(job);
      due.push_back(cycle_ + kLatency);
      step();
    }
    dut_.valid_i = 0;
    for (int cycle = 0; cycle < kLatency + 2; ++cycle) step();
    EXPECT_TRUE(due.empty()) << due.size() << " packets without an outcome";
    return outcomes;
  }

  void offer(const Job& job) {
    IngressMeta meta;
    meta.port = job.port;
    meta.cpu_dest = job.cpu_dest;
    meta.len = static_cast<uint16_t>(job.frame.size());
    meta.stamp = 0x123456789abcdef0;
    meta.now = ~uint64_t{0};
    pack(meta, std::span(dut_.meta_i.data(), IngressMeta::kWords));
    uint8_t window[kWindowBytes];
    std::memset(window, job.beyond, sizeof window);
    std::memcpy(window, job.frame.data(), std::min<size_t>(job.frame.size(), sizeof window));
    std::memcpy(dut_.window_i.data(), window, sizeof window);
    dut_.valid_i = 1;
  }

  Outcome runOne(const Bytes& frame, uint8_t port = 0, uint8_t cpu_dest = kPortNone) {
    const std::vector<Outcome> outcomes = run({{frame, port, cpu_dest}});
    return outcomes.empty() ? Outcome{} : outcomes[0];
  }

  void expectGolden(const std::vector<Job>& jobs) {
    const std::vector<Outcome> outcomes = run(jobs);
    ASSERT_EQ(outcomes.size(), jobs.size());
    for (size_t i = 0; i < jobs.size() && !HasFailure(); ++i) {
      const Outcome want = goldenParse(jobs[i].frame, jobs[i].port, jobs[i].cpu_dest, settings_);
      expectSame(outcomes[i], want, "packet " + std::to_string(i) + " " + dump(jobs[i]));
    }
  }

  static void expectSame(const Outcome& got, const Outcome& want, const std::string& what) {
    SCOPED_TRACE(what);
    EXPECT_EQ(text(got.parsed), text(want.parsed));
    if (!want.hasTuples()) return;
    EXPECT_TRUE(got.own == want.own) << "own tuple";
    EXPECT_TRUE(got.key == want.key) << "key tuple";
  }

  static std::string text(const Parsed& p) {
    std::string text;
    const auto add = [&](const char* name, uint64_t value) {
      text += std::string(name) + "=" + std::to_string(value) + " ";
    };
    add("verdict", static_cast<uint64_t>(p.verdict));
    add("reason", static_cast<uint64_t>(p.reason));
    add("cause", static_cast<uint64_t>(p.cause));
    add("is_ip", p.is_ip);
    add("is_v6", p.is_v6);
    add("multicast", p.multicast);
    add("direct", p.direct);
    add("l4", static_cast<uint64_t>(p.l4));
    add("tcp_flags", p.tcp_flags);
    add("ttl", p.ttl);
    add("tos", p.tos);
    add("l3_offset", p.l3_offset);
    add("l4_offset", p.l4_offset);
    add("l3_len", p.l3_len);
    add("inner_l4_offset", p.inner_l4_offset);
    add("inner_proto", p.inner_proto);
    return text;
  }

  static std::string dump(const Job& job) {
    std::string text =
        "port " + std::to_string(job.port) + " len " + std::to_string(job.frame.size()) + ":";
    char byte[4];
    for (size_t i = 0; i < job.frame.size() && i < kWindowBytes; ++i) {
      std::snprintf(byte, sizeof byte, " %02x", job.frame[i]);
      text += byte;
    }
    return text;
  }

  VerilatedContext context_;
  Vparse dut_{&context_};
  Settings settings_;
  int64_t cycle_ = 0;
};

TEST_F(Parse, IsQuietAfterReset) {
  for (int cycle = 0; cycle < 20; ++cycle) {
    tick();
    EXPECT_EQ(dut_.valid_o, 0);
  }
}

TEST_F(Parse, ResetOfOneCycleForgetsPacketsOnTheirWay) {
  for (int before = 0; before < kLatency; ++before) {
    offer({to4(kAck).build()});
    for (int cycle = 0; cycle < before; ++cycle) {
      tick();
      dut_.valid_i = 0;
    }
    reset(1);
    for (int cycle = 0; cycle < 10; ++cycle) {
      EXPECT_EQ(dut_.valid_o, 0) << before;
      tick();
    }
  }
}

TEST_F(Parse, FindsTheFieldsOfATcpPacket) {
  Packet packet =
      tcp({"198.51.100.7", 0x1234}, {"203.0.113.9", 443}, 0xd8).ttl(17).tos(0xb9).vlan(3);
  const Outcome got = runOne(packet.options(2).build());
  Parsed want;
  want.is_ip = true;
  want.l4 = L4Kind::kTcp;
  want.tcp_flags = 0xd8;
  want.ttl = 17;
  want.tos = 0xb9;
  want.l3_offset = 18;
  want.l4_offset = 46;
  want.l3_len = 54;
  EXPECT_EQ(text(got.parsed), text(want));
  const Tuple own{{198, 51, 100, 7}, {203, 0, 113, 9}, 0x3412, memoryOrder(443), 6};
  EXPECT_TRUE(got.own == own);
  EXPECT_TRUE(got.key == own);
}

TEST_F(Parse, FindsTheFieldsOfAnIpv6Packet) {
  const Outcome got = runOne(
      udp(kClient6, kService6).ttl(3).tos(0x6c).flowLabel(0xfffff).extension(kRouting, 2).build());
  EXPECT_EQ(got.parsed.ttl, 3);
  EXPECT_EQ(got.parsed.tos, 0x6c);
  EXPECT_EQ(got.parsed.l3_offset, 14);
  EXPECT_EQ(got.parsed.l4_offset, 70);
  EXPECT_EQ(got.parsed.l3_len, 40 + 16 + 14);
  const Tuple own{kClient6.address.bytes, kService6.address.bytes, memoryOrder(40000),
                  memoryOrder(443), 17};
  EXPECT_TRUE(got.own == own);
}

TEST_F(Parse, SwapsTheTupleInsideAnError) {
  const Outcome got = runOne(error4(udp(kService, kClient).options(1), 40, 11).build());
  EXPECT_EQ(got.parsed.inner_proto, 17);
  EXPECT_EQ(got.parsed.inner_l4_offset, 14 + 20 + 8 + 24);
  const Tuple own{{192, 0, 2, 1}, kService.address.bytes, 0, 0, 1};
  const Tuple key{kClient.address.bytes, kService.address.bytes, memoryOrder(40000),
                  memoryOrder(443), 17};
  EXPECT_TRUE(got.own == own);
  EXPECT_TRUE(got.key == key);
}

TEST_F(Parse, DecidesAsTheTableSays) {
  for (const auto& cases : {ethernetCases(), ipv4Cases(), ipv6Cases(), layer4Cases()}) {
    for (const Case& c : cases) {
      SCOPED_TRACE(c.description);
      const Outcome got = runOne(c.frame);
      EXPECT_EQ(got.parsed.verdict, c.want.verdict);
      EXPECT_EQ(got.parsed.reason, c.want.reason);
      EXPECT_EQ(got.parsed.cause, c.want.cause);
      EXPECT_EQ(got.parsed.l4, c.want.l4);
      expectSame(got, goldenParse(c.frame, 0, kPortNone, settings_), c.description);
    }
  }
}

TEST_F(Parse, ChecksEveryCombinationOfTcpFlags) {
  std::vector<Job> jobs;
  for (int flags = 0; flags < 256; ++flags) {
    jobs.push_back({to4(static_cast<uint8_t>(flags)).build()});
    jobs.push_back({to6(static_cast<uint8_t>(flags)).build()});
  }
  expectGolden(jobs);
  EXPECT_EQ(runOne(to4(kFin).build()).parsed.reason, DropReason::kTcpFlags);
  EXPECT_EQ(runOne(to4(kFin | kRst).build()).parsed.reason, DropReason::kNone);
  EXPECT_EQ(runOne(to4(kFin | kAck).build()).parsed.reason, DropReason::kNone);
  EXPECT_EQ(runOne(to4(kSyn | kFin | kAck).build()).parsed.reason, DropReason::kTcpFlags);
  EXPECT_EQ(runOne(to4(kSyn | kRst).build()).parsed.reason, DropReason::kTcpFlags);
  EXPECT_EQ(runOne(to4(kUrg | kPsh | 0xc0).build()).parsed.reason, DropReason::kTcpFlags);
}

TEST_F(Parse, FiltersMacAddressesPerPort) {
  for (uint8_t port = 0; port < 5; ++port) {
    settings_.ports[port].mac = {0x02, 1, 2, 3, 4, port};
    settings_.ports[port].mac_filter = port % 2 == 0;
  }
  const auto reason = [&](Mac mac, uint8_t port) {
    return runOne(to4(kAck).mac(mac).build(), port).parsed.reason;
  };
  for (uint8_t port = 0; port < 5; ++port) {
    const auto filtered = port % 2 == 0 ? DropReason::kNotOurMac : DropReason::kNone;
    EXPECT_EQ(reason({0x02, 1, 2, 3, 4, port}, port), DropReason::kNone);
    EXPECT_EQ(reason({0x02, 1, 2, 3, 4, static_cast<uint8_t>(port + 8)}, port), filtered);
    EXPECT_EQ(reason({0x06, 1, 2, 3, 4, port}, port), filtered);
    EXPECT_EQ(reason({0xff, 255, 255, 255, 255, 255}, port), DropReason::kNone);
    EXPECT_EQ(reason({0x01, 0, 0x5e, 0, 0, 1}, port), DropReason::kNone);
  }
  EXPECT_EQ(runOne(arp().mac({0x02, 9, 9, 9, 9, 9}).build(), 2).parsed.reason,
            DropReason::kNotOurMac);
}

TEST_F(Parse, SendsDirectFramesPast) {
  settings_.ports[4].mac_filter = true;
  for (uint8_t destination = 0; destination < 7; ++destination) {
    Parsed want;
    want.direct = true;
    EXPECT_EQ(text(runOne(to4(kAck).vlan(1).build(), 4, destination).parsed), text(want));
    EXPECT_EQ(text(runOne(ethernet(0x1234, 0).build(), 4, destination).parsed), text(want));
  }
  settings_.ports[4].mac_filter = false;
  EXPECT_FALSE(runOne(to4(kAck).build(), 4, kPortNone).parsed.direct);
  EXPECT_FALSE(runOne(to4(kAck).build(), 3, 0).parsed.direct) << "not from the CPU port";
}

TEST_F(Parse, ObeysThePolicies) {
  settings_.fragments = FragmentAction::kForward;
  for (const Packet& packet : {to4(kAck).fragment(0, true), to4(kAck).fragment(3, false),
                               to6(kAck).fragment(0, true), to6(kAck).fragment(3, false)}) {
    const Outcome outcome = runOne(packet.build());
    EXPECT_TRUE(outcome.parsed.fragment);
    EXPECT_EQ(outcome.parsed.l4, L4Kind::kOther);
    EXPECT_EQ(outcome.key.proto, 6);
    EXPECT_EQ(outcome.key.dport, 0);
  }
  settings_.fragments = FragmentAction::kPunt;
  settings_.drop_options = true;
  EXPECT_EQ(runOne(to4(kAck).fragment(3, true).build()).parsed.cause, PuntCause::kFragment);
  EXPECT_EQ(runOne(to6(kAck).fragment(3, true).build()).parsed.cause, PuntCause::kFragment);
  EXPECT_EQ(runOne(to4(kAck).options(1).build()).parsed.reason, DropReason::kIpv4Options);
  EXPECT_EQ(runOne(to4(kAck).options(1).fragment(3, true).build()).parsed.reason,
            DropReason::kIpv4Options);
  EXPECT_EQ(runOne(to4(kAck).build()).parsed.reason, DropReason::kNone);
  EXPECT_EQ(runOne(to6(kAck).extension(kHopByHop).build()).parsed.reason, DropReason::kNone);
}

TEST_F(Parse, ParsesEveryLengthOfEveryKind) {
  const std::vector<Packet> packets = {
      to4(kAck).payload(80),
      to4(kAck).vlan(1).vlan(2).options(10).payload(80),
      to6(kAck).payload(80),
      to6(kAck).extension(kHopByHop, 2).extension(kRouting, 3).payload(80),
      udp(kClient, kService).payload(80),
      error4(udp(kService, kClient).payload(40), 60),
      error6(tcp(kService6, kClient6).payload(40), 80).vlan(4)};
  for (const bool lengths_follow : {false, true}) {
    std::vector<Job> jobs;
    for (const Packet& packet : packets) {
      const size_t whole = packet.build().size();
      for (size_t length = 14; length <= whole; ++length) {
        Packet cut = packet;
        const size_t lost = whole - length;
        const size_t total = packet.l3().size();
        if (lengths_follow && lost + 40 < total)
          cut.totalLength(static_cast<uint16_t>(total - lost - (packet.v6() ? 40 : 0)));
        jobs.push_back({cut.cut(length).build()});
        jobs.push_back({cut.build(), 0, kPortNone, 0, 0xff});
      }
    }
    expectGolden(jobs);
  }
}

TEST_F(Parse, TakesAPacketInEveryCycleAndIdlesBetween) {
  std::vector<Job> jobs;
  for (int i = 0; i < 200; ++i) {
    const Packet packet = i % 3 == 0 ? to4(kAck).ttl(static_cast<uint8_t>(i))
                          : i % 3 == 1
                              ? to6(kSyn).ttl(static_cast<uint8_t>(i)).extension(kRouting)
                              : error4(udp(kService, kClient).ttl(static_cast<uint8_t>(i)));
    jobs.push_back({packet.build(), static_cast<uint8_t>(i % 5), kPortNone, i < 100 ? 0 : i % 7});
  }
  jobs.push_back({arp().build()});
  expectGolden(jobs);
}

/// Of the environment variable SLUICE_SEED if set; printed with the command that repeats the run.
uint64_t seed() {
  const char* given = std::getenv("SLUICE_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::cout << "repeat with: SLUICE_SEED=" << seed << " ctest -R parse_test --output-on-failure\n";
  return seed;
}

Job randomJob(RandomFrames& random) {
  Job job;
  job.port = static_cast<uint8_t>(random.below(5));
  if (random.oneIn(20)) job.cpu_dest = static_cast<uint8_t>(random.below(8));
  if (random.oneIn(10)) job.gap = static_cast<int>(random.below(4));
  if (random.oneIn(4)) job.beyond = random.byte();
  job.frame = random.frame();
  return job;
}

TEST_F(Parse, RandomPacketsAgreeWithTheGolden) {
  RandomFrames random(seed());
  std::map<DropReason, int> reasons;
  std::map<PuntCause, int> causes;
  std::map<L4Kind, int> kinds;
  for (int round = 0; round < 60 && !HasFailure(); ++round) {
    settings_.fragments = static_cast<FragmentAction>(random.below(4));
    settings_.drop_options = random.oneIn(3);
    for (uint8_t port = 0; port < 8; ++port) {
      settings_.ports[port].mac = {static_cast<uint8_t>(random.below(2) * 2), 1, 2, 3, 4, port};
      settings_.ports[port].mac_filter = random.oneIn(8);
    }
    std::vector<Job> jobs;
    for (int i = 0; i < 1500; ++i) {
      jobs.push_back(randomJob(random));
      const Parsed parsed =
          goldenParse(jobs.back().frame, jobs.back().port, jobs.back().cpu_dest, settings_).parsed;
      ++reasons[parsed.reason];
      ++causes[parsed.cause];
      ++kinds[parsed.l4];
    }
    expectGolden(jobs);
  }
  // The frames reach every verdict of the parser.
  for (auto reason = static_cast<int>(DropReason::kNotOurMac);
       reason <= static_cast<int>(DropReason::kIcmpHeader); ++reason)
    EXPECT_GE(reasons[static_cast<DropReason>(reason)], 20)
        << name(static_cast<DropReason>(reason));
  for (const PuntCause cause : {PuntCause::kArp, PuntCause::kNd, PuntCause::kFragment})
    EXPECT_GE(causes[cause], 20);
  for (int kind = 0; kind < 6; ++kind) EXPECT_GE(kinds[static_cast<L4Kind>(kind)], 500) << kind;
}

}  // namespace
}  // namespace sluice::parse_test
