// SPDX-License-Identifier: Apache-2.0
// Commands about connections and single packets: list, end, explain, capture.
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/traffic_source.h"

namespace sluice::mgmt {

namespace {

constexpr size_t kMostConnections = 1000;
constexpr char kFilterSyntax[] =
    " [client <client:address>] [client-port <client-port:1..65535>]"
    " [destination <destination:address>] [destination-port <destination-port:1..65535>]"
    " [member <member:address>] [member-port <member-port:1..65535>]"
    " [protocol <protocol:protocol>] [virtual <virtual:name>] [pool <pool:name>]"
    " [state <state:name>]";

Result<TrafficSource*> trafficOf(ConsoleSession& session) {
  if (TrafficSource* traffic = session.appliance().traffic()) return traffic;
  return Error{ErrorCode::kNotFound, "this appliance cannot look into its connections"};
}

std::optional<IpPrefix> hostArg(const Args& args, std::string_view key) {
  if (!args.has(key)) return std::nullopt;
  const auto& address = args.get<IpAddress>(key);
  return IpPrefix{address, static_cast<uint8_t>(address.bits())};
}

std::optional<uint16_t> portArg(const Args& args, std::string_view key) {
  if (!args.has(key)) return std::nullopt;
  return static_cast<uint16_t>(args.number(key));
}

std::optional<std::string> nameArg(const Args& args, std::string_view key) {
  if (!args.has(key)) return std::nullopt;
  return args.get<std::string>(key);
}

ConnectionFilter filterFrom(const Args& args) {
  ConnectionFilter filter;
  filter.client = hostArg(args, "client");
  filter.destination = hostArg(args, "destination");
  filter.member = hostArg(args, "member");
  filter.client_port = portArg(args, "client-port");
  filter.destination_port = portArg(args, "destination-port");
  filter.member_port = portArg(args, "member-port");
  if (args.has("protocol") && !args.get<Protocol>("protocol").any)
    filter.protocol = args.get<Protocol>("protocol").number;
  filter.virtual_name = nameArg(args, "virtual");
  filter.pool = nameArg(args, "pool");
  filter.state = nameArg(args, "state");
  return filter;
}

std::string protocolName(uint8_t number) {
  if (number == 6) return "tcp";
  if (number == 17) return "udp";
  return std::to_string(number);
}

Result<Report> showConnections(ConsoleSession& session, const Args& args) {
  const auto traffic = trafficOf(session);
  if (!traffic) return traffic.error();
  auto list = (*traffic)->connections(filterFrom(args), kMostConnections);
  if (!list) return list.error();
  Table table{"connections",
              "",
              {{"protocol", "Proto", Kind::kText, 4},
               {"client", "Client"},
               {"destination", "Destination", Kind::kText, 1},
               {"member", "Member"},
               {"virtual", "Virtual", Kind::kText, 5},
               {"pool", "Pool", Kind::kText, 6},
               {"state", "State", Kind::kText, 2},
               {"idle_ms", "Idle", Kind::kAge, 3},
               {"timeout_ms", "Timeout", Kind::kAge, 7}},
              {},
              "No connections."};
  for (const ConnectionStatus& row : list->connections) {
    table.rows.push_back({protocolName(row.protocol), row.client.toString(),
                          row.destination.toString(), row.member.toString(), row.virtual_name,
                          row.pool, row.state, row.idle.count(), row.timeout.count()});
  }
  Report report{table};
  report.emplace_back(Fields{"", "", {{"matched", "Connections", Kind::kNumber, list->matched}}});
  if (list->matched > list->connections.size()) {
    report.emplace_back(Text{"", "The first " + std::to_string(list->connections.size()) +
                                     " are listed; a filter finds others.\n"});
  }
  return report;
}

Result<Report> clearConnections(ConsoleSession& session, const Args& args) {
  const auto traffic = trafficOf(session);
  if (!traffic) return traffic.error();
  const auto cleared = (*traffic)->clearConnections(filterFrom(args));
  if (!cleared) return cleared.error();
  return say("Connections ended: " + std::to_string(*cleared));
}

Result<Report> explain(ConsoleSession& session, const Args& args) {
  const auto traffic = trafficOf(session);
  if (!traffic) return traffic.error();
  ExplainRequest request;
  constexpr uint8_t kProtocols[] = {6, 17};
  request.protocol = kProtocols[args.number("protocol")];
  request.source = args.get<Endpoint>("source");
  request.destination = args.get<Endpoint>("destination");
  request.interface = nameArg(args, "interface");
  const auto explanation = (*traffic)->explain(request);
  if (!explanation) return explanation.error();
  Table table{
      "steps", "", {{"stage", "Stage"}, {"result", "Result"}, {"reason", "Because"}}, {}, ""};
  for (const ExplainStep& step : explanation->steps)
    table.rows.push_back({step.stage, step.result, step.reason});
  return Report{table, Fields{"", "", {{"verdict", "Verdict", Kind::kText, explanation->verdict}}}};
}

Table captureTable(const std::vector<CaptureStatus>& captures) {
  Table table{"captures",
              "",
              {{"capture", "Capture"},
               {"stage", "Stage"},
               {"running", "Running", Kind::kFlag},
               {"packets", "Packets", Kind::kNumber},
               {"bytes", "Bytes", Kind::kCount, 1},
               {"file", "File"},
               {"note", "Note", Kind::kText, 2}},
              {},
              "No captures."};
  for (const CaptureStatus& row : captures) {
    table.rows.push_back({row.request.name, row.request.stage, row.running, row.packets, row.bytes,
                          row.request.file, row.note});
  }
  return table;
}

Result<Report> showCaptures(ConsoleSession& session, const Args&) {
  const auto traffic = trafficOf(session);
  if (!traffic) return traffic.error();
  return Report{captureTable((*traffic)->captures())};
}

Result<Report> startCapture(ConsoleSession& session, const Args& args) {
  const auto traffic = trafficOf(session);
  if (!traffic) return traffic.error();
  CaptureRequest request;
  request.name = args.get<std::string>("capture");
  request.stage = args.get<std::string>("stage");
  request.file = args.get<std::string>("file");
  request.limit = args.has("limit") ? args.get<uint64_t>("limit") : 0;
  request.match = filterFrom(args);
  if (auto started = (*traffic)->startCapture(request); !started) return started.error();
  return say("Capture " + request.name + " writes " + request.file);
}

Result<Report> stopCapture(ConsoleSession& session, const Args& args) {
  const auto traffic = trafficOf(session);
  if (!traffic) return traffic.error();
  const auto stopped = (*traffic)->stopCapture(args.get<std::string>("capture"));
  if (!stopped) return stopped.error();
  return Report{captureTable({*stopped})};
}

}  // namespace

void addTrafficCommands(std::vector<Command>& table) {
  add(table, CommandMode::kAny, std::string("show connections") + kFilterSyntax,
      "Connections that the data plane knows, filtered by any of their fields; at most 1000.",
      showConnections);
  add(table, CommandMode::kExec, std::string("clear connections") + kFilterSyntax,
      "End connections, as if they had expired: all, or those that the fields say.",
      clearConnections);
  addForAll(
      table, CommandMode::kAny,
      "explain <protocol:tcp|udp> <source:endpoint> > <destination:endpoint>"
      " [interface <interface:name>]",
      "Follow a packet through the tables that are in force, stage by stage, with the reasons. "
      "Nothing is sent.",
      explain);
  add(table, CommandMode::kAny, "show captures", "Captures and what they have written.",
      showCaptures);
  add(table, CommandMode::kExec,
      "capture start <capture:name> <stage:name> <file:name> [limit <limit:1..1000000000>]"
      " [client <client:address>] [destination <destination:address>] [protocol "
      "<protocol:protocol>]",
      "Copy packets at a stage to a pcapng file, until stopped or the limit is reached.",
      startCapture);
  add(table, CommandMode::kExec, "capture stop <capture:name>", "End a capture.", stopCapture);
}

}  // namespace sluice::mgmt
