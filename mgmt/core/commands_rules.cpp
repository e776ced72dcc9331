// SPDX-License-Identifier: Apache-2.0
// Commands about HTTP requests one by one: data groups, what becomes of a request, who serves whom.
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/event_source.h"
#include "mgmt/core/proxy_source.h"

namespace sluice::mgmt {

namespace {

using EntryKind = DataGroup::Entry::Kind;
constexpr std::string_view kKinds[] = {"text", "prefix", "network"};

std::string valueOf(const DataGroup::Entry& entry) {
  return entry.kind == EntryKind::kNetwork ? entry.network.toString() : entry.text;
}

Table groupTable(const std::vector<DataGroupStatus>& groups) {
  Table table{"groups",
              "",
              {{"group", "Data group"},
               {"entries", "Entries", Kind::kCount},
               {"added", "Added", Kind::kCount},
               {"removed", "Removed", Kind::kCount}},
              {},
              "No data-group is configured."};
  for (const DataGroupStatus& row : groups)
    table.rows.push_back({row.name, row.entries.size(), row.added, row.removed});
  return table;
}

Result<Report> showGroups(ConsoleSession& session, const Args& args) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const std::string only = textArg(args, "group");
  const auto groups = (*proxy)->dataGroups();
  if (only.empty()) return Report{groupTable(groups)};
  if (auto there = mustExist("data-group", groups, only); !there) return there.error();
  Table table{"entries", "", {{"kind", "Kind"}, {"value", "Value"}}, {}, "It is empty."};
  for (const DataGroup::Entry& entry : findByName(groups, only)->entries)
    table.rows.push_back({kKinds[static_cast<size_t>(entry.kind)], valueOf(entry)});
  return Report{table};
}

Result<Report> edited(ConsoleSession& session, const Result<void>& done, const std::string& what) {
  if (!done) return done.error();
  if (EventSource* events = session.appliance().events())
    events->overrideChanged(what, session.who());
  return say("Done: " + what);
}

Result<Report> editGroup(ConsoleSession& session, const Args& args) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const bool add = args.number("edit") == 0;
  const auto& group = args.get<std::string>("group");
  const auto& value = args.get<std::string>("value");
  DataGroup::Entry entry{.kind = static_cast<EntryKind>(args.number("kind"))};
  if (entry.kind == EntryKind::kNetwork) {
    const auto network = IpPrefix::parse(value);
    if (!network)
      return Error{
          ErrorCode::kInvalidInput,
          sluice::quoted(value) + " is no network; expected ADDRESS/LENGTH such as 192.0.2.0/24"};
    entry.network = *network;
  } else {
    entry.text = value;
  }
  return edited(session, (*proxy)->editGroup(group, add, entry),
                "data-group " + group + ": " + (add ? "add " : "remove ") +
                    std::string(kKinds[args.number("kind")]) + " " + value);
}

Result<Report> resetGroup(ConsoleSession& session, const Args& args) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const auto& group = args.get<std::string>("group");
  return edited(session, (*proxy)->resetGroup(group), "data-group " + group + ": as configured");
}

Result<Report> showRequests(ConsoleSession& session, const Args& args) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const std::string only = textArg(args, "pool");
  if (!only.empty()) {
    if (auto there = mustExist("pool", session.appliance().config().pools, only); !there)
      return there.error();
  }
  Table table{"requests",
              "",
              {{"pool", "Pool"},
               {"member", "Member"},
               {"state", "Breaker"},
               {"active", "Active", Kind::kCount},
               {"waiting", "Waiting", Kind::kCount},
               {"requests", "Requests", Kind::kCount},
               {"failures", "Failures", Kind::kCount},
               {"queued", "Queued", Kind::kCount, 2},
               {"turned_away", "Turned away", Kind::kCount, 1},
               {"opened", "Opened", Kind::kCount, 3},
               {"ejections", "Ejections", Kind::kCount, 3}},
              {},
              "No pool serves HTTP requests."};
  Table http2{"http2",
              "",
              {{"pool", "Pool"},
               {"member", "Member"},
               {"active", "HTTP/2 connections", Kind::kCount},
               {"streams", "Streams", Kind::kCount},
               {"active_streams", "Active", Kind::kCount},
               {"resets", "Resets", Kind::kCount},
               {"goaways", "GOAWAY", Kind::kCount},
               {"not_spoken", "Not spoken", Kind::kCount}},
              {},
              ""};
  for (const BalanceStatus& row : (*proxy)->balance()) {
    if (!only.empty() && row.pool != only) continue;
    const MemberHttp2Status& of = row.http2;
    if (of.any()) {
      http2.rows.push_back({row.pool, row.member, of.active, of.streams, of.active_streams,
                            of.resets, of.goaways, of.not_spoken});
    }
    table.rows.push_back({row.pool, row.member.empty() ? "all" : row.member, row.state, row.active,
                          row.waiting, row.requests, row.failures, row.queued, row.turned_away,
                          row.opened, row.ejections});
  }
  Report report{table};
  if (!http2.rows.empty()) report.push_back(http2);
  return report;
}

Result<Report> showPersistence(ConsoleSession& session, const Args& args) {
  constexpr size_t kMostClients = 1000;
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const std::string only = textArg(args, "virtual");
  Table table{"clients",
              "",
              {{"virtual", "Virtual", Kind::kText, 1},
               {"pool", "Pool"},
               {"kind", "Known by", Kind::kText, 2},
               {"client", "Client"},
               {"member", "Member"},
               {"left_ms", "Left", Kind::kAge}},
              {},
              "No client is known, except those with a cookie of ours."};
  for (const PersistenceStatus& row : (*proxy)->persistence(kMostClients)) {
    if (!only.empty() && row.service != only) continue;
    table.rows.push_back({row.service, row.pool, row.kind, row.client, row.member.toString(),
                          std::chrono::duration_cast<std::chrono::milliseconds>(row.left).count()});
  }
  return Report{table};
}

Result<Report> clearPersistence(ConsoleSession& session, const Args& args) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const Config& config = session.appliance().config();
  const std::string service = textArg(args, "virtual"), pool = textArg(args, "pool");
  if (!service.empty()) {
    if (auto there = mustExist("virtual", config.virtuals, service); !there) return there.error();
  }
  if (!pool.empty()) {
    if (auto there = mustExist("pool", config.pools, pool); !there) return there.error();
  }
  std::optional<Endpoint> member;
  if (args.has("member")) member = args.get<Endpoint>("member");
  const size_t count = (*proxy)->clearPersistence(service, pool, member);
  return say(std::to_string(count) + " clients forgotten");
}

Result<Report> explainHttp(ConsoleSession& session, const Args& args) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const IpAddress client =
      args.has("client") ? args.get<IpAddress>("client") : *IpAddress::parse("198.51.100.7");
  const auto got =
      (*proxy)->explainHttp(args.get<std::string>("request"), client, textArg(args, "virtual"));
  if (!got) return got.error();
  Table rules{"rules",
              "",
              {{"rule", "http-rule"}, {"matches", "Matches", Kind::kFlag}, {"reason", "Because"}},
              {},
              ""};
  for (const auto& rule : got->rules) rules.rows.push_back({rule.name, rule.matches, rule.reason});
  Report report{Fields{"",
                       "",
                       {{"request", "Request", Kind::kText, got->request},
                        {"virtual", "Virtual", Kind::kText, got->service}}}};
  if (!got->refused.empty())
    report.emplace_back(Fields{"", "", {{"refused", "Refused", Kind::kText, got->refused}}});
  if (!rules.rows.empty()) report.emplace_back(rules);
  std::string notes;
  for (const std::string& note : got->notes) notes += note + "\n";
  if (!notes.empty()) report.emplace_back(Text{"notes", notes});
  report.emplace_back(Fields{"", "", {{"outcome", "Outcome", Kind::kText, got->outcome}}});
  if (!got->head.empty()) {
    std::string head;
    for (const char c : got->head) {
      if (c != '\r') head += c;
    }
    head.pop_back();  // the empty line
    report.emplace_back(Text{"head", "The member gets:\n" + head});
  }
  return report;
}

}  // namespace

void addRuleCommands(std::vector<Command>& table) {
  constexpr CommandMode kAny = CommandMode::kAny;
  add(table, kAny, "show requests [<pool:name>]",
      "Requests by pool and member: under way, waiting, failed, and what breakers do.",
      showRequests);
  add(table, kAny, "show persistence [virtual <virtual:name>]",
      "Clients that come back to their member without a cookie of ours; those that came last, "
      "first.",
      showPersistence);
  add(table, CommandMode::kExec,
      "clear persistence [virtual <virtual:name>] [pool <pool:name>] [member <member:endpoint>]",
      "Forgets which member clients come back to.", clearPersistence);
  add(table, kAny, "show data-groups [<group:name>]",
      "Data groups and how many entries they have, or the entries of one.", showGroups);
  add(table, CommandMode::kExec,
      "data-group <edit:add|remove> <group:name> <kind:text|prefix|network> <value:text>",
      "Changes a data group at once, without a commit. Kept until `data-group reset`, a restart, "
      "or the end of the group.",
      editGroup);
  add(table, CommandMode::kExec, "data-group reset <group:name>",
      "A data group as the configuration has it.", resetGroup);
  addForAll(table, kAny,
            "explain http [client <client:address>] [virtual <virtual:name>] <request:text>",
            "What the rules make of a request: `[METHOD] URL [-H 'Name: value']... [--tls "
            "FIELD=VALUE]...`.",
            explainHttp);
}

}  // namespace sluice::mgmt
