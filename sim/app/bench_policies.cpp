// SPDX-License-Identifier: Apache-2.0
// The price list of policies: the same connections through the same data plane with one part
// exchanged at a time; beside it what the part costs in gates, memory and time, from synthesis.
//
// Measured on the model (equal to the RTL packet by packet) under the real firmware: connections
// open, a member comes or goes, every connection sends another packet. `broken` are connections of
// members that stayed which reached another member after the change.
#include <algorithm>
#include <cmath>

#include "firmware/control/config_text.h"
#include "firmware/control/control.h"
#include "firmware/control/hash.h"
#include "firmware/control/rendezvous.h"
#include "firmware/hal/data_plane_bus.h"
#include "sim/app/bench_result.h"
#include "sim/app/hash_candidates.h"
#include "sim/app/policy_prices.h"
#include "sim/model/model_data_plane.h"
#include "sim/trace/packet_build.h"
#include "sim/trace/synth_source.h"

namespace sluice {
namespace {

constexpr const char* kName = "policies";
constexpr uint32_t kMembers = 20;
constexpr uint32_t kManyMore = 5;
constexpr size_t kDispatchFlows = 200'000;
// What tables are filled to.
constexpr double kLoad = 0.8;
constexpr model::Geometry kNoTable = {.flow_banks = 1, .flow_ways = 1, .flow_rows_log2 = 1};

// Distinct clients of one virtual.
std::vector<PacketTuple> makeFlows(size_t count, uint64_t seed) {
  std::vector<PacketTuple> flows(count, makeTuple("11.0.0.0", 0, "203.0.113.10", 80, kProtocolTcp));
  // 24 bits of address and 16 of port; an odd multiplier permutes them.
  const uint64_t start = SynthRandom(seed).next();
  for (size_t i = 0; i < count; ++i) {
    const uint64_t client = (start + i) * 0x9e3779b97f4a7c15 & 0xff'ffff'ffff;
    for (int b = 1; b < 4; ++b) flows[i].source[b] = static_cast<uint8_t>(client >> (8 + 8 * b));
    flows[i].source_port = static_cast<uint16_t>(client);
  }
  return flows;
}

std::string configText(const std::string& algorithm) {
  std::string text =
      "interface ethernet1\n  address 203.0.113.2/24\n"
      "interface ethernet2\n  address 10.0.0.1/16\n"
      "gateway 203.0.113.1\n"
      "pool web\n  ring-size 65537\n  algorithm " +
      algorithm + "\n";
  for (uint32_t m = 1; m <= kMembers; ++m)
    text += "  member 10.0.0." + std::to_string(10 + m) + ":80\n";
  return text +
         "virtual shop\n  destination 203.0.113.10:80 protocol tcp\n"
         "  mode dsr\n  pool web\n  loose-initiation\n";
}

// An appliance with one virtual, and which member each packet went to.
class Rig : public DataPlaneSink {
 public:
  Rig(const model::Geometry& geometry, const std::string& algorithm)
      : plane_(geometry), bus_(plane_), hal_(bus_), control_(hal_) {
    plane_.setSink(this);
    auto loaded = loadConfig(configText(algorithm), kName);
    if (!loaded.ok()) throw std::runtime_error(loaded.error().message);
    must(control_.apply(loaded->config));
  }

  // One packet of each connection; the member of each, 0 = none.
  std::vector<uint16_t> send(const std::vector<PacketTuple>& flows, uint8_t tcp_flags) {
    PacketPlan plan;
    plan.tcp_flags = tcp_flags;
    std::vector<uint8_t> bytes;
    FrameIn frame;
    members_.assign(flows.size(), 0);
    for (frame.id = 0; frame.id < flows.size(); ++frame.id) {
      plan.tuple = flows[frame.id];
      buildPacket(plan, bytes);
      frame.bytes = bytes;
      plane_.offer(frame);
    }
    plane_.drain();
    return std::move(members_);
  }

  void addMember() {
    Member member;
    member.endpoint = endpoint(kMembers + ++added_);
    must(control_.addMember("web", member));
  }
  // Returns its id.
  uint16_t removeMember() {
    const uint16_t id = *control_.memberId("web", endpoint(7));
    must(control_.removeMember("web", endpoint(7)));
    return id;
  }

  HashKey hashKey() const { return *control_.config().hash_key; }
  void onFrame(const FrameOut& frame) override {
    if (frame.result.verdict == regs::Verdict::kForward) members_[frame.id] = frame.result.member;
    full += frame.result.flow == regs::FlowResult::kUntrackedFull;
    alias += frame.result.flow == regs::FlowResult::kUntrackedAlias;
  }
  void onEvent(const regs::Event&) override {}

  uint64_t full = 0;
  uint64_t alias = 0;

 private:
  static Endpoint endpoint(uint32_t member) {
    return *Endpoint::parse("10.0.0." + std::to_string(10 + member) + ":80");
  }
  static void must(const Result<void>& done) {
    if (!done.ok()) throw std::runtime_error(done.error().message);
  }

  ModelDataPlane plane_;
  DataPlaneBus bus_;
  Hal hal_;
  Control control_;
  std::vector<uint16_t> members_;  // by frame
  uint32_t added_ = 0;
};

void add(std::vector<BenchRow>& rows, const std::string& subject, const std::string& metric,
         double value, const std::string& unit) {
  rows.push_back({kName, subject, metric, value, unit, "", {}});
}

// The fullest member's part of the connections, ideal 1.
double skew(const std::vector<uint16_t>& members, size_t in_service) {
  std::vector<uint32_t> counts(regs::MemberRow::kRows);
  for (const uint16_t member : members) ++counts[member];
  const double ideal = static_cast<double>(members.size()) / static_cast<double>(in_service);
  return *std::max_element(counts.begin() + 1, counts.end()) / ideal;
}

// Per cent of the connections of members that stayed which `reached(i)` says did not reach theirs.
template <class Reached>
double brokenUnless(const std::vector<uint16_t>& before, uint16_t gone, Reached reached) {
  size_t moved = 0, stayed = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == gone) continue;
    ++stayed;
    moved += !reached(i);
  }
  return 100.0 * static_cast<double>(moved) / static_cast<double>(stayed);
}

double broken(const std::vector<uint16_t>& before, const std::vector<uint16_t>& after,
              uint16_t gone = 0) {
  return brokenUnless(before, gone, [&](size_t i) { return before[i] == after[i]; });
}

// ---- dispatch

void dispatchRows(const std::string& subject, const model::Geometry& geometry,
                  const std::string& algorithm, const std::vector<PacketTuple>& flows,
                  std::vector<BenchRow>& rows) {
  Rig grows(geometry, algorithm), shrinks(geometry, algorithm);
  const auto before = grows.send(flows, kTcpSyn);
  add(rows, subject, "member skew", skew(before, kMembers), "x ideal");
  grows.addMember();
  add(rows, subject, "broken +1", broken(before, grows.send(flows, kTcpAck)), "%");
  for (uint32_t more = 1; more < kManyMore; ++more) grows.addMember();
  add(rows, subject, "broken +5", broken(before, grows.send(flows, kTcpAck)), "%");
  shrinks.send(flows, kTcpSyn);
  const uint16_t gone = shrinks.removeMember();
  add(rows, subject, "broken -1", broken(before, shrinks.send(flows, kTcpAck), gone), "%");
}

// Where servers pass on what they do not know to the second member of the slot, a connection breaks
// only if its member is neither of the two. Servers do this, not the data plane: computed from the
// slots.
class SecondChance {
 public:
  SecondChance(const HashKey& key, uint32_t members, uint32_t without = 0) : key_(key) {
    std::vector<RingMember> list;
    for (uint32_t m = 1; m <= members; ++m) {
      if (m != without) list.push_back(member(m));
    }
    std::tie(first_, second_) = buildRendezvousRing(list, kMaxRingSize);
  }
  std::vector<uint16_t> members(const std::vector<PacketTuple>& flows) const {
    std::vector<uint16_t> result;
    for (const PacketTuple& flow : flows) result.push_back(first_[slot(flow)]);
    return result;
  }
  // Per cent of `flows` whose member in `before` finds them no more.
  double broken(const std::vector<PacketTuple>& flows, const std::vector<uint16_t>& before,
                uint16_t gone = 0) const {
    return brokenUnless(before, gone, [&](size_t i) {
      const uint32_t s = slot(flows[i]);
      return before[i] == first_[s] || before[i] == second_[s];
    });
  }

 private:
  static RingMember member(uint32_t m) {
    const IpAddress address = *IpAddress::parse("10.0.0." + std::to_string(10 + m));
    return {identity64(address, 80), 1, static_cast<uint16_t>(m)};
  }
  // docs/data-plane.md, section 8, affinity tuple.
  uint32_t slot(const PacketTuple& flow) const {
    const uint64_t source =
        hash64(key_, flow.sourceEndpoint().address, portToWire(flow.source_port));
    const uint64_t destination =
        hash64(key_, flow.destinationEndpoint().address, portToWire(flow.destination_port));
    const uint32_t hash = static_cast<uint32_t>(source ^ destination >> 32);
    return static_cast<uint32_t>((uint64_t{hash} * kMaxRingSize) >> 32);
  }

  HashKey key_;
  std::vector<uint16_t> first_, second_;
};

void secondChanceRows(const HashKey& key, const std::vector<PacketTuple>& flows,
                      std::vector<BenchRow>& rows) {
  const std::string subject = "dispatch second chance";
  const SecondChance all(key, kMembers);
  const auto before = all.members(flows);
  add(rows, subject, "member skew", skew(before, kMembers), "x ideal");
  add(rows, subject, "broken +1", SecondChance(key, kMembers + 1).broken(flows, before), "%");
  add(rows, subject, "broken +5", SecondChance(key, kMembers + kManyMore).broken(flows, before),
      "%");
  add(rows, subject, "broken -1", SecondChance(key, kMembers, 7).broken(flows, before, 7), "%");
}

void allDispatchRows(const BenchOptions& options, std::vector<BenchRow>& rows) {
  const auto flows = makeFlows(kDispatchFlows, options.seed);
  dispatchRows("dispatch maglev", kNoTable, "maglev", flows, rows);
  dispatchRows("dispatch maglev + table", {}, "maglev", flows, rows);
  dispatchRows("dispatch rendezvous", kNoTable, "rendezvous", flows, rows);
  secondChanceRows(Rig(kNoTable, "rendezvous").hashKey(), flows, rows);
  dispatchRows("dispatch modulo", kNoTable, "modulo", flows, rows);
  dispatchRows("dispatch modulo + table", {}, "modulo", flows, rows);
}

// ---- connection table

// Fills a table: what was not inserted, and what was taken for another connection and so went to
// that one's member instead of the one `wanted` by hash.
void tableRows(const std::string& subject, const model::Geometry& geometry,
               const std::vector<PacketTuple>& flows, const std::vector<uint16_t>& wanted,
               std::vector<BenchRow>& rows) {
  Rig rig(geometry, "maglev");
  const auto members = rig.send(flows, kTcpAck);  // loose initiation: established at once
  const double million = 1e6 / static_cast<double>(flows.size());
  size_t misled = 0;
  for (size_t i = 0; i < flows.size(); ++i) misled += members[i] != wanted[i];
  add(rows, subject, "no room", static_cast<double>(rig.full) * million, "ppm");
  add(rows, subject, "alias noticed", static_cast<double>(rig.alias) * million, "ppm");
  add(rows, subject, "alias missed", static_cast<double>(misled) * million, "ppm");
}

void allTableRows(const BenchOptions& options, std::vector<BenchRow>& rows) {
  const auto flows =
      makeFlows(static_cast<size_t>(kLoad * model::Geometry{}.flowSlots()), options.seed);
  const auto wanted = Rig(kNoTable, "maglev").send(flows, kTcpAck);
  tableRows("table 4x4", {}, flows, wanted, rows);
  tableRows("table 2x8", {.flow_banks = 2, .flow_ways = 8}, flows, wanted, rows);
  tableRows("table 2x4", {.flow_banks = 2, .flow_ways = 4, .flow_rows_log2 = 17}, flows, wanted,
            rows);
  tableRows("table 1x8", {.flow_banks = 1, .flow_ways = 8, .flow_rows_log2 = 17}, flows, wanted,
            rows);
  tableRows("key exact", {}, flows, wanted, rows);
  tableRows("key 24-bit digest", {.exact_keys = false}, flows, wanted, rows);
  tableRows("key 16-bit digest", {.digest_bits = 16, .exact_keys = false}, flows, wanted, rows);
}

// ---- hash

using Hash = uint32_t (*)(const PacketTuple&);

std::array<uint8_t, 6> wire(const PacketTuple& flow) {
  return {flow.source[0],
          flow.source[1],
          flow.source[2],
          flow.source[3],
          static_cast<uint8_t>(flow.source_port >> 8),
          static_cast<uint8_t>(flow.source_port)};
}

uint32_t lookup3(const PacketTuple& flow) {
  return static_cast<uint32_t>(hash64(regs::HashKeyReg::kReset, flow.sourceEndpoint().address,
                                      portToWire(flow.source_port)));
}

uint32_t crcOf(const PacketTuple& flow) { return crc32c(wire(flow)); }
uint32_t toeplitzOf(const PacketTuple& flow) { return toeplitz(wire(flow)); }

// Worst bias of a bit of the hash when one bit of the client changes: 0 is ideal, 1 linear.
double avalancheBias(Hash hash, const std::vector<PacketTuple>& flows) {
  constexpr size_t kSamples = 2'000;
  double worst = 0;
  for (int bit = 0; bit < 40; ++bit) {
    std::array<uint32_t, 32> flips{};
    for (size_t i = 0; i < kSamples; ++i) {
      PacketTuple other = flows[i];
      if (bit < 16) {
        other.source_port ^= static_cast<uint16_t>(1u << bit);
      } else {
        other.source[3 - (bit - 16) / 8] ^= static_cast<uint8_t>(1u << bit % 8);
      }
      const uint32_t changed = hash(flows[i]) ^ hash(other);
      for (int b = 0; b < 32; ++b) flips[b] += changed >> b & 1;
    }
    for (const uint32_t count : flips)
      worst = std::max(worst, std::fabs(2.0 * count / kSamples - 1));
  }
  return worst;
}

void hashRows(const std::string& subject, Hash hash, const std::vector<PacketTuple>& flows,
              std::vector<BenchRow>& rows) {
  std::vector<uint16_t> members(flows.size());
  for (size_t i = 0; i < flows.size(); ++i)
    members[i] = static_cast<uint16_t>(1 + (uint64_t{hash(flows[i])} * kMembers >> 32));
  add(rows, subject, "member skew", skew(members, kMembers), "x ideal");
  add(rows, subject, "bit bias", avalancheBias(hash, flows), "worst");
}

void allHashRows(const BenchOptions& options, std::vector<BenchRow>& rows) {
  const auto flows = makeFlows(kDispatchFlows, options.seed);
  hashRows("hash lookup3", lookup3, flows, rows);
  hashRows("hash crc32c", crcOf, flows, rows);
  hashRows("hash toeplitz", toeplitzOf, flows, rows);
}

std::vector<BenchRow> run(const BenchOptions& options) {
  std::vector<BenchRow> rows;
  allDispatchRows(options, rows);
  allTableRows(options, rows);
  allHashRows(options, rows);
  if (!options.prices.empty()) addPrices(options.prices, rows);
  return rows;
}

}  // namespace

Bench policiesBench() {
  return {kName, "what dispatch, keys, hash and table geometry cost and what they break", run,
          true};
}

}  // namespace sluice
