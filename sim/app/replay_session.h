// SPDX-License-Identifier: Apache-2.0
// One replay: the appliance as a SystemC module, its firmware behind a TLM-2.0 socket, frames from
// a source, and the books that are kept on all of it.
//
// One session per process: SystemC elaborates once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "firmware/control/control.h"
#include "firmware/hal/hal.h"
#include "firmware/icmp/icmp_responder.h"
#include "sim/app/engine_factory.h"
#include "sim/app/flow_counter.h"
#include "sim/platform/appliance.h"
#include "sim/platform/tlm_register_bus.h"
#include "sim/trace/expected_share.h"
#include "sim/trace/flow_ledger.h"
#include "sim/trace/frame_source.h"
#include "sim/trace/port_recorder.h"
#include "sim/trace/progress.h"
#include "sim/trace/scenario.h"
#include "sim/trace/time_series.h"
#include "sim/trace/traffic_tally.h"

namespace sluice {

struct SessionInput {
  Engine engine;
  Config config;
  FrameSource* source = nullptr;
  std::vector<ScenarioAction> scenario;
  std::string out_dir;  // recordings per port, empty = none
  uint64_t limit = UINT64_MAX;
  bool answers_enter = false;  // servers are regenerated: their frames come by other ports than 0
  uint64_t expected_packets = 0;  // for the progress bar, 0 = not known
  ApplianceOptions appliance;
};

// What is known when the replay is over. Times count from the first frame's time 0.
struct SessionResult {
  TrafficTally tally;
  FlowLedger ledger;
  TimeSeries series;
  FlowCounter flows;
  ReplayNames names;
  uint64_t last_arrival_ns = 0;
  uint64_t table_peak = 0;
  uint64_t table_capacity = 0;
  uint64_t insert_failures = 0;
  uint64_t cycles = 0;  // of the replay, without set-up
  uint64_t simulated_ns = 0;
  double cpu_seconds = 0;
  double wall_seconds = 0;
  std::vector<std::string> notes;
};

class ReplaySession : public sc_core::sc_module, private DataPlaneSink {
 public:
  ReplaySession(sc_core::sc_module_name name, SessionInput input);

  // Runs the replay to its end. Errors: configuration or scenario that cannot be carried out,
  // output that cannot be written, hardware that firmware refuses.
  Result<void> run();

  const SessionInput& input() const { return input_; }
  const SessionResult& result() const { return result_; }

 private:
  void thread();
  Result<void> replay();
  Result<void> powerUp();
  void pump();
  void offer(FrameIn frame);
  void advanceTo(uint64_t engine_ns);
  bool actionDue(uint64_t engine_ns) const;
  void act(const ScenarioAction& action);
  Result<void> carryOut(const MemberStateAction& action);
  Result<void> carryOut(const MemberWeightAction& action);
  Result<void> carryOut(const PoolAddAction& action);
  Result<void> carryOut(const PoolRemoveAction& action);
  Result<void> carryOut(const VirtualStateAction& action);
  void noteRingChange(const std::string& pool);
  void wrapUp();
  void takeNames();
  void takeRings();
  void takeTimeouts();
  void answerPunt(const FrameOut& frame);

  void onFrame(const FrameOut& frame) override;
  void onEvent(const regs::Event& event) override;

  SessionInput input_;
  DataPlane& plane_;
  Appliance appliance_;
  TlmRegisterBus bus_;
  Hal hal_;
  Control control_;
  IcmpResponder icmp_{control_};
  std::unique_ptr<PortRecorder> recorder_;
  std::optional<Progress> progress_;
  SessionResult result_;
  ExpectedShares expected_;
  Result<void> outcome_;
  size_t next_action_ = 0;
  uint64_t base_ns_ = 0;  // engine time of the replay's time 0
  uint64_t base_cycles_ = 0;
  uint64_t offered_ = 0;
  uint64_t done_ = 0;
  uint64_t table_entries_ = 0;
  bool has_cycles_ = false;
};

}  // namespace sluice
