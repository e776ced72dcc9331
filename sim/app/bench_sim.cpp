// SPDX-License-Identifier: Apache-2.0
// How fast the engines simulate: 64-byte frames back to back, IMIX, 1500-byte packets, idle time;
// bare, with pcap in and out, and inside the SystemC platform. The whole pipeline works: 256 ACL
// rules, 8 virtuals, 64 members, 10,000 connections.
#include <memory>
#include <random>
#include <sstream>
#include <systemc>

#include "firmware/control/config_text.h"
#include "firmware/control/control.h"
#include "firmware/hal/data_plane_bus.h"
#include "sim/app/bench_result.h"
#include "sim/engine/rtl_data_plane.h"
#include "sim/model/model_data_plane.h"
#include "sim/platform/appliance.h"
#include "sim/platform/tlm_register_bus.h"
#include "sim/trace/packet_build.h"
#include "sim/trace/trace_reader.h"
#include "sim/trace/trace_writer.h"

namespace sluice {
namespace {

constexpr const char* kName = "sim";
constexpr size_t kFlows = 10'000;

std::string configText() {
  std::ostringstream text;
  text << "interface ethernet1\n  address 203.0.113.2/24\ninterface ethernet2\n  address "
          "10.0.0.1/16\n"
          "gateway 203.0.113.1\n";
  for (int v = 0; v < 8; ++v) {
    text << "pool pool" << v << "\n  algorithm maglev\n";
    for (int m = 1; m <= 8; ++m) text << "  member 10.0." << v << "." << m << ":8080\n";
  }
  for (int v = 0; v < 8; ++v) {
    text << "virtual service" << v << "\n  destination 203.0.113." << 10 + v
         << ":80 protocol tcp\n  mode nat\n  pool pool" << v << "\n  loose-initiation\n";
  }
  text << "access-list\n";
  for (int rule = 1; rule <= 256; ++rule) {
    text << "  " << rule * 10 << " deny tcp from 192.0." << rule % 256 << ".0/24 port 1000-"
         << 1000 + rule << " to any\n";
  }
  return text.str();
}

// Frames of established connections, in random order of connections, lengths by a mix (with FCS).
std::vector<std::vector<uint8_t>> makeFrames(const std::vector<std::pair<size_t, unsigned>>& mix,
                                             uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<size_t> lengths;
  for (const auto& [length, weight] : mix) lengths.insert(lengths.end(), weight, length);
  std::vector<std::vector<uint8_t>> frames(kFlows);
  for (size_t i = 0; i < kFlows; ++i) {
    PacketPlan plan;
    plan.tuple =
        makeTuple("198.51.100.1", static_cast<uint16_t>(1024 + i % 5000), "203.0.113.10", 80, 6);
    plan.tuple.source[2] = static_cast<uint8_t>(random());
    plan.tuple.source[3] = static_cast<uint8_t>(1 + random() % 254);
    plan.tuple.destination[3] = static_cast<uint8_t>(10 + random() % 8);
    plan.frame_length = lengths[random() % lengths.size()] - 4;
    buildPacket(plan, frames[i]);
  }
  return frames;
}

// Counts what comes out; writes it if there is a writer.
class Sink : public DataPlaneSink {
 public:
  void onFrame(const FrameOut& frame) override {
    forwarded += frame.result.verdict == regs::Verdict::kForward;
    if (writer != nullptr) writer->write(frame.departure_ns, frame.bytes);
  }
  void onEvent(const regs::Event&) override {}
  uint64_t forwarded = 0;
  TraceWriter* writer = nullptr;
};

void configure(DataPlane& plane) {
  auto loaded = loadConfig(configText(), "benchmark");
  if (!loaded.ok()) throw std::runtime_error(loaded.error().message);
  DataPlaneBus bus(plane);
  Hal hal(bus);
  Control control(hal);
  if (auto applied = control.apply(loaded->config); !applied.ok())
    throw std::runtime_error(applied.error().message);
}

struct Speed {
  double packets_per_second = 0;
  double cycles_per_second = 0;
};

// Offers frames in batches until the time is used up. `offer` takes a FrameIn.
template <class Offer, class Finish>
Speed measure(const DataPlane& plane, const Sink& sink, double seconds,
              const std::vector<std::vector<uint8_t>>& frames, Offer offer, Finish finish) {
  FrameIn in;
  const auto batch = [&] {
    for (const auto& bytes : frames) {
      in.bytes = bytes;
      ++in.id;
      offer(in);
    }
    finish();
  };
  batch();  // opens the connections
  const uint64_t cycles = plane.evaluatedCycles();
  const uint64_t forwarded = sink.forwarded;
  const double start = cpuSeconds();
  double used = 0;
  do {
    batch();
    used = cpuSeconds() - start;
  } while (used < seconds);
  return {static_cast<double>(sink.forwarded - forwarded) / used,
          static_cast<double>(plane.evaluatedCycles() - cycles) / used};
}

struct Case {
  const char* name;
  std::vector<std::pair<size_t, unsigned>> mix;
};
const std::vector<Case> kCases = {
    {"64-byte", {{64, 1}}}, {"IMIX", {{64, 7}, {594, 4}, {1518, 1}}}, {"1500-byte", {{1518, 1}}}};

// One engine, all cases.
class EngineBench {
 public:
  EngineBench(std::string name, std::unique_ptr<DataPlane> plane, const BenchOptions& options)
      : name_(std::move(name)), plane_(std::move(plane)), options_(options) {
    plane_->setSink(&sink_);
    configure(*plane_);
  }

  Speed bare(const Case& c) {
    return measure(
        *plane_, sink_, options_.seconds, makeFrames(c.mix, options_.seed),
        [&](const FrameIn& in) { plane_->offer(in); }, [&] { plane_->drain(); });
  }

  // Frames are read from a pcap in memory and written as pcapng.
  Speed withFiles(const Case& c) {
    const auto frames = makeFrames(c.mix, options_.seed);
    const std::vector<uint8_t> pcap = toPcap(frames);
    auto writer = TraceWriter::create("/dev/null", "port1");
    sink_.writer = writer->get();
    FrameIn in;
    const auto batch = [&] {
      auto reader = TraceReader::fromMemory(pcap, "benchmark");
      TraceRecord record;
      while ((*reader)->next(record)) {
        in.bytes = record.bytes;
        ++in.id;
        plane_->offer(in);
      }
      plane_->drain();
    };
    batch();
    const uint64_t forwarded = sink_.forwarded;
    const uint64_t cycles = plane_->evaluatedCycles();
    const double start = cpuSeconds();
    double used = 0;
    do {
      batch();
      used = cpuSeconds() - start;
    } while (used < options_.seconds);
    sink_.writer = nullptr;
    return {static_cast<double>(sink_.forwarded - forwarded) / used,
            static_cast<double>(plane_->evaluatedCycles() - cycles) / used};
  }

  DataPlane& plane() { return *plane_; }
  const std::string& name() const { return name_; }

 private:
  static std::vector<uint8_t> toPcap(const std::vector<std::vector<uint8_t>>& frames) {
    std::vector<uint8_t> file;
    const auto put = [&](uint32_t word) {
      for (int i = 0; i < 4; ++i) file.push_back(static_cast<uint8_t>(word >> (8 * i)));
    };
    for (const uint32_t word : {0xa1b2c3d4u, 0x00040002u, 0u, 0u, 262144u, 1u}) put(word);
    for (const auto& frame : frames) {
      const auto length = static_cast<uint32_t>(frame.size());
      for (const uint32_t word : {0u, 0u, length, length}) put(word);
      file.insert(file.end(), frame.begin(), frame.end());
    }
    return file;
  }

  std::string name_;
  std::unique_ptr<DataPlane> plane_;
  BenchOptions options_;
  Sink sink_;
};

// The RTL inside the SystemC platform, fed from an SC_THREAD.
class PlatformBench : public sc_core::sc_module {
 public:
  PlatformBench(sc_core::sc_module_name name, DataPlane& plane, const BenchOptions& options)
      : sc_core::sc_module(name),
        plane_(plane),
        options_(options),
        appliance_("appliance", plane, {.quantum_cycles = 1000, .port_gbps = {400, 400, 400, 400}}),
        bus_("bus", appliance_.quantum()) {
    bus_.socket.bind(appliance_.registers);
    appliance_.setObserver(&sink_);
    SC_HAS_PROCESS(PlatformBench);
    SC_THREAD(run);
  }
  std::vector<Speed> speeds;

 private:
  void run() {
    for (const Case& c : kCases) {
      const auto frames = makeFrames(c.mix, options_.seed);
      speeds.push_back(measure(
          plane_, sink_, options_.seconds, frames, [this](FrameIn in) { offer(in); },
          [this] { appliance_.drain(); }));
    }
    sc_core::sc_stop();
  }
  void offer(FrameIn& in) {
    // Kernel time follows the data plane quantum by quantum.
    const sc_core::sc_time now = sc_core::sc_time::from_value(plane_.now() * 1000);
    if (now > sc_core::sc_time_stamp() + appliance_.quantum()) wait(now - sc_core::sc_time_stamp());
    appliance_.receive(in);
  }

  DataPlane& plane_;
  BenchOptions options_;
  Sink sink_;
  Appliance appliance_;
  TlmRegisterBus bus_;
};

class Rows {
 public:
  void add(const std::string& engine, const std::string& what, const Speed& speed,
           const Speed* model) {
    const std::string subject = engine + ", " + what;
    BenchRow row{kName, subject, "packets per second", speed.packets_per_second, "1/s", "", {}};
    if (model != nullptr) {
      row.ratio_to = "model, " + what;
      row.ratio = speed.packets_per_second / model->packets_per_second;
    }
    rows.push_back(row);
    if (speed.cycles_per_second > 0)
      rows.push_back({kName, subject, "cycles per second", speed.cycles_per_second, "1/s", "", {}});
  }
  std::vector<BenchRow> rows;
};

// Cycles per second with nothing to do, no skipping.
BenchRow idleRow(const BenchOptions& options) {
  RtlOptions rtl;
  rtl.skip_idle = false;
  const auto plane = makeRtlDataPlane(rtl);
  const double start = cpuSeconds();
  double used = 0;
  do {
    plane->runUntil(plane->now() + 1'000'000);
    used = cpuSeconds() - start;
  } while (used < options.seconds);
  return {kName,
          "rtl, idle, not skipped",
          "cycles per second",
          static_cast<double>(plane->evaluatedCycles()) / used,
          "1/s",
          "",
          {}};
}

std::vector<BenchRow> run(const BenchOptions& options) {
  EngineBench model("model", std::make_unique<ModelDataPlane>(), options);
  EngineBench rtl("rtl", makeRtlDataPlane(), options);
  Rows rows;
  std::vector<Speed> model_speeds;
  std::vector<Speed> rtl_speeds;
  for (const Case& c : kCases) {
    model_speeds.push_back(model.bare(c));
    rows.add("model", c.name, model_speeds.back(), nullptr);
    rtl_speeds.push_back(rtl.bare(c));
    rows.add("rtl", c.name, rtl_speeds.back(), &model_speeds.back());
  }
  rows.add("rtl with pcap in and out", "64-byte", rtl.withFiles(kCases[0]), &model_speeds[0]);
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO,
                                          sc_core::SC_DO_NOTHING);
  PlatformBench platform("platform", rtl.plane(), options);
  sc_core::sc_start();
  for (size_t i = 0; i < kCases.size(); ++i)
    rows.add("rtl on SystemC", kCases[i].name, platform.speeds[i], &model_speeds[i]);
  rows.rows.push_back(idleRow(options));
  return rows.rows;
}

}  // namespace

Bench simBench() {
  return {kName, "cycles and packets per second of each engine, bare and on the SystemC platform",
          run};
}

}  // namespace sluice
