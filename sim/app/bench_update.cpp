// SPDX-License-Identifier: Apache-2.0
// How long a change of one member of a large pool takes from Control's call to the flip of the
// tables and all that follows: planning, the ring, register accesses as the engine evaluates them.
#include <algorithm>
#include <random>

#include "firmware/control/config_text.h"
#include "firmware/control/control.h"
#include "firmware/hal/data_plane_bus.h"
#include "sim/app/bench_result.h"
#include "sim/app/engine_factory.h"

namespace sluice {
namespace {

constexpr const char* kName = "update";
constexpr int kChanges = 40;

Config poolOf(uint32_t members) {
  std::string text =
      "interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/16\n"
      "gateway 203.0.113.1\npool web\n";
  for (uint32_t i = 0; i < members; ++i) {
    text += "  member 10.0." + std::to_string(1 + i / 250) + "." + std::to_string(1 + i % 250) +
            ":80\n";
  }
  text += "virtual shop\n  destination 203.0.113.10:80\n  pool web\n";
  auto loaded = loadConfig(text, "bench");
  return loaded ? std::move(loaded->config) : Config();
}

struct NoSink : DataPlaneSink {
  void onFrame(const FrameOut&) override {}
  void onEvent(const regs::Event&) override {}
};

// Members of a pool go down and come up, one at a time.
void updateRows(const std::string& engine_name, uint32_t members, uint64_t seed,
                std::vector<BenchRow>& rows) {
  auto engine = makeEngine(engine_name, {});
  if (!engine) return;
  NoSink sink;
  engine->plane->setSink(&sink);
  DataPlaneBus bus(*engine->plane);
  Hal hal(bus);
  Control control(hal);
  const Config config = poolOf(members);
  const double start = cpuSeconds();
  if (!control.apply(config)) return;
  const double first = cpuSeconds() - start;

  std::mt19937_64 random(seed);
  Operational operational;
  std::vector<double> times;
  for (int i = 0; i < kChanges; ++i) {
    const Pool& pool = control.config().pools[0];
    const MemberKey key{pool.name, pool.members[random() % pool.members.size()].endpoint};
    const bool down = operational.members.erase(key) == 0;
    if (down) operational.members[key].state = AdminState::kDown;
    const double before = cpuSeconds();
    if (!control.setOperational(operational)) return;
    times.push_back(cpuSeconds() - before);
  }
  std::sort(times.begin(), times.end());
  const std::string subject = engine_name + " " + std::to_string(members) + " members";
  rows.push_back({kName, subject, "first configuration", first * 1e3, "ms", "", {}});
  rows.push_back(
      {kName, subject, "member change, median", times[times.size() / 2] * 1e3, "ms", "", {}});
  rows.push_back({kName, subject, "member change, longest", times.back() * 1e3, "ms", "", {}});
}

std::vector<BenchRow> run(const BenchOptions& options) {
  std::vector<BenchRow> rows;
  for (const char* engine : {"model", "rtl"}) {
    for (const uint32_t members : {10, 100, 1000}) updateRows(engine, members, options.seed, rows);
  }
  return rows;
}

}  // namespace

Bench updateBench() {
  return {kName, "time of a change of one member, CPU time of the control plane and the engine",
          run};
}

}  // namespace sluice
