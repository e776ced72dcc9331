// SPDX-License-Identifier: Apache-2.0
// Administrative overrides: what an operator does to members and virtuals at run time, apart from
// the configuration.
#include <algorithm>

#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/health_source.h"

namespace sluice::mgmt {

namespace {

std::string objectOf(const Args& args) {
  if (args.has("virtual")) return "virtual " + args.get<std::string>("virtual");
  return "member " + args.get<std::string>("pool") + " " + args.get<Endpoint>("member").toString();
}

Result<void> memberExists(ConsoleSession& session, const Args& args) {
  const std::string& name = args.get<std::string>("pool");
  const Config& config = session.appliance().config();
  if (auto there = mustExist("pool", config.pools, name); !there) return there;
  const Pool* pool = findByName(config.pools, name);
  const Endpoint& endpoint = args.get<Endpoint>("member");
  if (pool->find(endpoint) != nullptr) return {};
  std::vector<std::string> known;
  for (const Member& member : pool->members) known.push_back(member.endpoint.toString());
  return missing("member of pool " + name, endpoint.toString(), known);
}

uint64_t liveConnections(ConsoleSession& session, const Args& args) {
  for (const MemberStats& row : session.appliance().statistics().members) {
    if (row.pool == args.get<std::string>("pool") && row.endpoint == args.get<Endpoint>("member"))
      return row.live();
  }
  return 0;
}

Result<Report> setMember(ConsoleSession& session, const Args& args) {
  if (auto there = memberExists(session, args); !there) return there.error();
  constexpr AdminState kStates[] = {AdminState::kDrain, AdminState::kDown, AdminState::kUp};
  constexpr std::string_view kSaid[] = {"draining", "disabled", "enabled"};
  const uint32_t action = args.number("action");
  const auto& pool = args.get<std::string>("pool");
  const auto& member = args.get<Endpoint>("member");
  if (auto done = session.manager().overrideMember(pool, member, kStates[action], session.who());
      !done)
    return done.error();
  std::string text = "Member " + member.toString() + " " + std::string(kSaid[action]);
  if (action == 0)
    text += ", " + std::to_string(liveConnections(session, args)) + " connections left";
  return say(text);
}

Result<Report> resumeMember(ConsoleSession& session, const Args& args) {
  if (auto there = memberExists(session, args); !there) return there.error();
  HealthSource* health = session.appliance().health();
  if (health == nullptr) return Error{ErrorCode::kNotFound, "this appliance probes nothing"};
  const auto& member = args.get<Endpoint>("member");
  if (auto done = health->resume(args.get<std::string>("pool"), member, session.who()); !done)
    return done.error();
  return say("Member " + member.toString() + " resumed");
}

Result<Report> setWeight(ConsoleSession& session, const Args& args) {
  if (auto there = memberExists(session, args); !there) return there.error();
  const auto& member = args.get<Endpoint>("member");
  if (auto done = session.manager().overrideWeight(args.get<std::string>("pool"), member,
                                                   args.number("weight"), session.who());
      !done)
    return done.error();
  return say("Member " + member.toString() + " has weight " +
             std::to_string(args.number("weight")));
}

Result<Report> setVirtual(ConsoleSession& session, const Args& args) {
  const auto& name = args.get<std::string>("virtual");
  if (auto there = mustExist("virtual", session.appliance().config().virtuals, name); !there)
    return there.error();
  const bool enable = args.number("action") == 0;
  if (auto done = session.manager().overrideVirtual(name, enable, session.who()); !done)
    return done.error();
  return say("Virtual " + name + (enable ? " enabled" : " disabled"));
}

Result<Report> clearOne(ConsoleSession& session, const Args& args) {
  const auto cleared = session.manager().clearOverrides(objectOf(args), session.who());
  if (!cleared) return cleared.error();
  if (*cleared == 0) return Error{ErrorCode::kNotFound, objectOf(args) + " has no override"};
  return say("As configured: " + objectOf(args));
}

Result<Report> clearAll(ConsoleSession& session, const Args&) {
  const auto cleared = session.manager().clearOverrides("", session.who());
  if (!cleared) return cleared.error();
  return say("Overrides cleared: " + std::to_string(*cleared));
}

Result<Report> showOverrides(ConsoleSession& session, const Args&) {
  Table table{"overrides",
              "",
              {{"object", "Object"},
               {"override", "Override"},
               {"who", "Who"},
               {"time_ms", "Time", Kind::kTime}},
              {},
              "No overrides: everything is as configured."};
  for (const OverrideRecord& row : session.manager().overrides())
    table.rows.push_back({row.object, row.what, row.who, row.time_ms});
  return Report{table};
}

}  // namespace

void addOverrideCommands(std::vector<Command>& table) {
  constexpr CommandMode kExec = CommandMode::kExec;
  add(table, kExec, "member <pool:name> <member:endpoint> <action:drain|disable|enable>",
      "Let a member finish its connections and take no new ones; take it out at once; or let it "
      "take connections whatever the configuration says. Kept until cleared, also over a restart.",
      setMember);
  add(table, kExec, "member <pool:name> <member:endpoint> weight <weight:1..255>",
      "Another share of the pool's new connections than configured.", setWeight);
  add(table, kExec, "member <pool:name> <member:endpoint> resume",
      "Let a member come back that is held down after a failure: by `manual-resume` of a monitor, "
      "or "
      "by `passive` of its pool.",
      resumeMember);
  add(table, kExec, "member <pool:name> <member:endpoint> clear",
      "As configured again: takes the overrides of a member away.", clearOne);
  add(table, kExec, "virtual <virtual:name> <action:enable|disable>",
      "Take a virtual out of service, or into it, whatever the configuration says.", setVirtual);
  add(table, kExec, "virtual <virtual:name> clear", "As configured again.", clearOne);
  add(table, CommandMode::kAny, "show overrides",
      "What was set at run time, apart from the configuration: by whom and when.", showOverrides);
  add(table, kExec, "clear overrides", "Everything as configured again.", clearAll);
}

}  // namespace sluice::mgmt
