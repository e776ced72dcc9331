// SPDX-License-Identifier: Apache-2.0
#include "sim/explain/explainer.h"

#include "firmware/control/next_hop.h"
#include "sim/explain/stage_texts.h"

namespace sluice {

using regs::Verdict;

Result<Explainer::Arrival> Explainer::arrival(const PacketQuery& query) {
  const Config& config = control_.config();
  size_t index = 0;
  if (query.interface) {
    while (index < config.interfaces.size() && config.interfaces[index].name != *query.interface)
      ++index;
    if (index == config.interfaces.size())
      return Error{ErrorCode::kNotFound, "there is no interface '" + *query.interface + "'"};
  } else if (const auto hop = nextHopTo(config, query.source.address)) {
    index = hop->interface;
  }
  if (config.interfaces.empty())
    return Error{ErrorCode::kInvalidInput, "the configuration has no interface to come in by"};
  const Interface& interface = config.interfaces[index];
  Arrival arrival;
  arrival.port = static_cast<uint8_t>(interfacePorts(config)[index]);
  arrival.interface = interface.name;
  const MacAddress mac{twin_.row<regs::PortRow>(arrival.port).mac};
  arrival.frame = buildFrame(query, mac, *interface.vlan);
  return arrival;
}

Result<Explained> Explainer::explain(const PacketQuery& query, uint64_t now_ns) {
  auto in = arrival(query);
  if (!in) return in.error();
  Explained explained = explainFrame(in->port, in->frame, now_ns);
  explained.packet = toText(query);
  explained.interface = in->interface;
  return explained;
}

Explained Explainer::explainFrame(uint8_t port, std::span<const uint8_t> frame, uint64_t now_ns) {
  const TwinPlane::Outcome outcome = twin_.run(port, frame, now_ns);
  const StageFacts facts{control_, twin_, port, frame, outcome, now_ns};
  Explained explained;
  explained.interface = interfaceOn(control_, port);
  explained.stages = describeStages(facts);
  explained.followed = explained.stages.empty() || explained.stages.back().result != kNotFollowed;
  explained.verdict = explained.followed ? verdictText(facts) : kNotFollowed;
  explained.result = outcome.result;
  explained.frame = outcome.frame;
  if (outcome.result.has_virtual)
    explained.virtual_name = virtualText(control_, outcome.result.virtual_id);
  if (outcome.result.has_member) {
    if (const MemberKey* key = control_.memberKey(outcome.result.member)) {
      explained.pool = key->pool;
      explained.member = key->endpoint.toString();
    }
  }
  return explained;
}

nlohmann::ordered_json toJson(const Explained& explained) {
  nlohmann::ordered_json stages = nlohmann::ordered_json::array();
  for (const ExplainedStage& stage : explained.stages)
    stages.push_back({{"stage", stage.stage}, {"result", stage.result}, {"reason", stage.reason}});
  const auto orNull = [](const std::string& text) {
    return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
  };
  const regs::Result& result = explained.result;
  return {{"packet", explained.packet},
          {"interface", explained.interface},
          {"stages", std::move(stages)},
          {"verdict", orNull(std::string(explained.followed ? regs::name(result.verdict) : ""))},
          {"drop", explained.followed && result.verdict == Verdict::kDrop
                       ? orNull(std::string(name(result.reason)))
                       : nlohmann::ordered_json()},
          {"punt", result.verdict == Verdict::kPunt ? orNull(std::string(name(result.cause)))
                                                    : nlohmann::ordered_json()},
          {"virtual", orNull(explained.virtual_name)},
          {"pool", orNull(explained.pool)},
          {"member", orNull(explained.member)},
          {"text", explained.verdict}};
}

std::string toText(const Explained& explained) {
  std::string text = explained.packet + "\n  in on " + explained.interface + "\n";
  for (const ExplainedStage& stage : explained.stages) {
    text += "  " + stage.stage +
            std::string(stage.stage.size() < 11 ? 11 - stage.stage.size() : 1, ' ') + stage.result +
            "\n" + std::string(15, ' ') + stage.reason + "\n";
  }
  return text + "  => " + explained.verdict + "\n";
}

}  // namespace sluice
