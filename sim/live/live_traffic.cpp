// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_traffic.h"

#include "mgmt/core/connection_reader.h"

namespace sluice {

Result<ConnectionList> LiveTraffic::connections(const ConnectionFilter& filter, size_t most) {
  const uint64_t deadline = host_.clock() + kPatienceNs;
  return ConnectionReader(hal_, control_, slots_).read(filter, most, host_.now(), [&] {
    host_.breathe();
    return host_.clock() < deadline;
  });
}

Result<uint64_t> LiveTraffic::clearConnections(const ConnectionFilter& filter) {
  return ConnectionReader::clear(filter, control_, hal_);
}

Result<Explanation> LiveTraffic::explain(const ExplainRequest& request) {
  PacketQuery query;
  query.protocol = request.protocol;
  query.source = request.source;
  query.destination = request.destination;
  query.interface = request.interface;
  query.tcp_flags = request.tcp_flags;
  auto explained = explainer_.explain(query, host_.now());
  if (!explained) return explained.error();
  Explanation explanation;
  for (const ExplainedStage& stage : explained->stages)
    explanation.steps.push_back({stage.stage, stage.result, stage.reason});
  explanation.verdict = explained->verdict;
  return explanation;
}

Result<void> LiveTraffic::startCapture(const CaptureRequest& request) {
  return captures_.start(request, host_.now(), host_.wall_at_zero());
}

Result<CaptureStatus> LiveTraffic::stopCapture(std::string_view name) {
  captures_.expire(host_.now());
  return captures_.stop(name);
}

std::vector<CaptureStatus> LiveTraffic::captures() {
  captures_.expire(host_.now());
  return captures_.list();
}

}  // namespace sluice
