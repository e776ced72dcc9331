// SPDX-License-Identifier: Apache-2.0
// Balance and disruption of the Maglev rings, and how full the connection table gets before inserts
// fail.
#include <algorithm>
#include <random>

#include "firmware/control/hash.h"
#include "firmware/control/maglev.h"
#include "sim/app/bench_result.h"
#include "sim/model/model_data_plane.h"
#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

constexpr const char* kName = "dispatch";

std::vector<RingMember> makeMembers(uint32_t count) {
  std::vector<RingMember> members;
  for (uint32_t i = 1; i <= count; ++i)
    members.push_back({mix64(1, i), 1, static_cast<uint16_t>(i)});
  return members;
}

// Shares, disruption when one member leaves, and build time of a ring with `count` members.
void ringRows(uint32_t count, std::vector<BenchRow>& rows) {
  const auto members = makeMembers(count);
  const double start = cpuSeconds();
  constexpr int kBuilds = 5;
  std::vector<uint16_t> ring;
  for (int i = 0; i < kBuilds; ++i) ring = buildMaglevRing(members, kMaxRingSize);
  const double build = (cpuSeconds() - start) / kBuilds;

  const std::vector<uint32_t> shares = ringShares(ring, count + 1);
  const double ideal = static_cast<double>(kMaxRingSize) / count;
  const auto [least, most] = std::minmax_element(shares.begin() + 1, shares.end());

  // Without the last member: slots of the others that change hands all the same.
  const auto fewer = buildMaglevRing(std::span(members).first(count - 1), kMaxRingSize);
  uint64_t moved = 0;
  for (size_t i = 0; i < ring.size(); ++i) moved += ring[i] != fewer[i] && ring[i] != count;

  const std::string subject = "maglev " + std::to_string(count) + " members";
  rows.push_back({kName, subject, "largest share", *most / ideal, "of ideal", "", {}});
  rows.push_back({kName, subject, "smallest share", *least / ideal, "of ideal", "", {}});
  rows.push_back({kName,
                  subject,
                  "moved on removal",
                  100.0 * static_cast<double>(moved) / kMaxRingSize,
                  "% slots",
                  "",
                  {}});
  rows.push_back({kName, subject, "build time", build * 1e3, "ms", "", {}});
}

// Counts failed inserts.
class FailureSink : public DataPlaneSink {
 public:
  void onFrame(const FrameOut& frame) override {
    opened += frame.result.flow == regs::FlowResult::kOpened;
    full += frame.result.flow == regs::FlowResult::kUntrackedFull;
  }
  void onEvent(const regs::Event&) override {}
  uint64_t opened = 0;
  uint64_t full = 0;
};

template <class Row>
void writeRow(DataPlane& plane, uint32_t row, const Row& value) {
  std::array<uint32_t, Row::kWords> words;
  regs::pack(value, words);
  for (uint32_t i = 0; i < Row::kWords; ++i) plane.write32(Row::rowAddress(row) + 4 * i, words[i]);
}

// The least that makes a connection: one virtual that picks up running TCP connections, one member
// behind it.
void configure(DataPlane& plane) {
  const HashKey key = regs::HashKeyReg::kReset;
  const IpAddress address = IpAddress::parse("203.0.113.10").value();
  const uint16_t port = portToWire(80);
  regs::VirtualKeyRow virtual_key{
      .valid = true, .virtual_id = 1, .proto = 6, .port = port, .address = address.bytes};
  writeRow(plane, static_cast<uint32_t>(hash64(key, address, port) & 1023) * 2, virtual_key);
  regs::VirtualRow virtual_row{
      .enabled = true, .mode = regs::VirtualMode::kDsr, .pool = 1, .loose = true};
  writeRow(plane, 1, virtual_row);
  writeRow(plane, 1, regs::PoolRow{.ring_base = 0, .ring_size = 1});
  writeRow(plane, 0, regs::RingRow{.member = 1});
  writeRow(
      plane, 1,
      regs::MemberRow{.accept_new = true, .accept_existing = true, .weight = 1, .neighbor = 1});
  writeRow(plane, 1, regs::NeighborRow{.valid = true, .port = 0});
  writeRow(plane, 0, regs::PortRow{.up = true, .mtu = 1500});
}

// Fills the connection table of a geometry with random clients until one insert in ten thousand has
// failed.
void loadRows(const model::Geometry& geometry, uint64_t seed, std::vector<BenchRow>& rows) {
  ModelDataPlane plane(geometry);
  FailureSink sink;
  plane.setSink(&sink);
  configure(plane);
  PacketPlan plan;
  plan.tuple = makeTuple("198.51.100.1", 1000, "203.0.113.10", 80, 6);
  std::vector<uint8_t> bytes;
  std::mt19937_64 random(seed);
  const double capacity = geometry.flowSlots();
  double first_failure = 0;
  while (static_cast<double>(sink.full) * 10'000 <= static_cast<double>(sink.opened) &&
         sink.opened < capacity) {
    const uint64_t client = random();
    plan.tuple.source[0] = 11;
    for (int i = 1; i < 4; ++i) plan.tuple.source[i] = static_cast<uint8_t>(client >> (8 * i));
    plan.tuple.source_port = static_cast<uint16_t>(client >> 32);
    buildPacket(plan, bytes);
    FrameIn frame;
    frame.bytes = bytes;
    plane.offer(frame);
    if (sink.full == 1 && first_failure == 0)
      first_failure = static_cast<double>(sink.opened) / capacity;
  }
  const std::string subject = "table " + std::to_string(geometry.flow_banks) + "x" +
                              std::to_string(geometry.flow_ways) + ", " +
                              std::to_string(geometry.flowSlots()) + " entries";
  rows.push_back({kName, subject, "load, first failure", first_failure, "of entries", "", {}});
  rows.push_back({kName,
                  subject,
                  "load, 1e-4 failures",
                  static_cast<double>(sink.opened) / capacity,
                  "of entries",
                  "",
                  {}});
}

std::vector<BenchRow> run(const BenchOptions& options) {
  std::vector<BenchRow> rows;
  for (const uint32_t members : {10u, 100u, 1000u}) ringRows(members, rows);
  // Banks x ways; the number of entries stays at 1 Mi.
  for (const auto& [banks, ways, rows_log2] :
       {std::array{4u, 4u, 16u}, {2u, 8u, 16u}, {4u, 2u, 17u}, {2u, 4u, 17u}, {1u, 8u, 17u}}) {
    loadRows({.flow_banks = banks, .flow_ways = ways, .flow_rows_log2 = rows_log2}, options.seed,
             rows);
  }
  return rows;
}

}  // namespace

Bench dispatchBench() {
  return {kName, "Maglev balance, disruption and build time; connection-table load by geometry",
          run};
}

}  // namespace sluice
