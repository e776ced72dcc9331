// SPDX-License-Identifier: Apache-2.0
// The shipped trace, as it is, with those of its virtuals that fit: NAT and direct server return
// over IPv4.
#include <cstdio>

#include "sim/trace/trace_reader.h"
#include "testbenches/rtl/small/small_bench.h"

namespace sluice::small_test {
namespace {

SmallSetup shippedSetup() {
  SmallSetup s;
  s.mac = {2, 0, 0x5e, 0, 0, 2};
  // Short, as a table of 512 entries needs: the trace has 1,700 IPv4 connections in ten seconds.
  s.timers = {119, 1192, 12, 12, 119, 119};
  s.neighbors[1] = {0, {}, {2, 0, 0x5e, 0, 0, 1}};
  s.neighbors[2] = {1, {}, {2, 0, 0x5e, 0, 1, 0x11}};
  s.neighbors[3] = {1, 30, {2, 0, 0x5e, 0, 1, 0x12}};
  const auto members = [&](std::initializer_list<End> ends, uint8_t ring) {
    std::vector<uint8_t> numbers;
    for (const End& end : ends) {
      s.members.push_back({end, static_cast<uint8_t>(2 + s.members.size() % 2)});
      numbers.push_back(static_cast<uint8_t>(s.members.size()));
    }
    for (size_t i = 0; i < 251; ++i) s.rings[ring].push_back(numbers[i * 7 % 251 % numbers.size()]);
  };
  members({{"10.0.0.11", 8080}, {"10.0.0.12", 8080}, {"10.0.0.13", 80}, {"10.0.0.14", 80}}, 0);
  members({{"10.0.0.21", 443}, {"10.0.0.22", 443}, {"10.0.0.23", 443}}, 1);
  members({{"10.0.0.31", 0}, {"10.0.0.32", 0}, {"10.0.0.33", 0}}, 2);
  members({{"10.0.0.53", 53}, {"10.0.0.54", 53}}, 3);
  s.virtuals = {{.end = {"203.0.113.10", 80}, .ring = 0, .client_neighbor = 1},
                {.end = {"203.0.113.20", 443},
                 .ring = 1,
                 .client_neighbor = 1,
                 .affinity = regs::Affinity::kSource},
                {.end = {"203.0.113.30", 80},
                 .mode = regs::VirtualMode::kDsr,
                 .ring = 2,
                 .client_neighbor = 1},
                {.end = {"203.0.113.53", 53},
                 .proto = sluice::testing::kProtoUdp,
                 .ring = 3,
                 .client_neighbor = 1},
                {.end = {"203.0.113.53", 53}, .ring = 3, .client_neighbor = 1}};
  return s;
}

TEST(SmallTrace, ShippedTraceAgreesWithTheModel) {
  auto opened = TraceReader::open("testbenches/traces/shipped.pcap.gz");
  ASSERT_TRUE(opened);
  TraceReader& reader = **opened;
  const char* limit = std::getenv("SLUICE_PACKETS");
  const uint64_t most = limit == nullptr ? ~uint64_t{0} : std::strtoull(limit, nullptr, 0);
  SmallLockstep bench;
  bench.configure(shippedSetup());
  TraceRecord record;
  uint64_t first = 0, packets = 0;
  while (packets < most && !HasFailure() && reader.next(record)) {
    if (packets++ == 0) first = record.timestamp_ns;
    bench.offer({{record.bytes.begin(), record.bytes.end()}},
                1'000'000'000 + record.timestamp_ns - first);
  }
  bench.drain();
  EXPECT_FALSE(reader.damage());
  EXPECT_EQ(bench.compared(), packets);
  std::printf("%lu packets, %lu connections opened, %lu hits, %lu without a place, %lu evicted\n",
              packets, bench.count(regs::FlowResult::kOpened), bench.count(regs::FlowResult::kHit),
              bench.count(regs::FlowResult::kUntrackedFull),
              bench.count(regs::CloseCause::kEvicted));
  if (limit != nullptr) return;
  EXPECT_EQ(packets, 54'577u);
  EXPECT_GT(bench.count(regs::FlowResult::kOpened), 1000u);
  EXPECT_GT(bench.count(regs::FlowResult::kHit), 10'000u);
}

}  // namespace
}  // namespace sluice::small_test
