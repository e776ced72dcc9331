// SPDX-License-Identifier: Apache-2.0
// The shipped trace, as it is, with those of its virtuals that fit: NAT and direct server return
// over IPv4.
#include <cstdio>

#include "sim/trace/trace_reader.h"
#include "testbenches/rtl/small/small_bench.h"

namespace sluice::small_test {
namespace {

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
