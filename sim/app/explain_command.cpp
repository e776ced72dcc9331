// SPDX-License-Identifier: Apache-2.0
// `sluice explain`: follows packets through a configuration, without any hardware.
#include <iostream>

#include "firmware/control/config_text.h"
#include "firmware/hal/data_plane_bus.h"
#include "sim/app/command.h"
#include "sim/explain/explainer.h"

namespace sluice {
namespace {

namespace po = boost::program_options;

constexpr char kAbout[] =
    "Follows packets through the stages of the data plane and says what each decides and why:\n"
    "  sluice explain --config FILE 'tcp 198.51.100.7:4711 > 203.0.113.10:80'\n"
    "PACKET is: tcp|udp|icmp|NUMBER SOURCE > DESTINATION [flags syn,ack,...]. Several packets "
    "come\n"
    "one after the other, so a later one may belong to the connection of an earlier one. "
    "Neighbors\n"
    "that the configuration does not give are taken to answer, limits not to be reached.\n"
    "HTTP requests and rules: sluice explain http --help";

struct ExplainOptions {
  std::string config, flags, interface;
  std::vector<std::string> packets;
  bool json = false;
};

std::optional<ExitCode> parseExplainOptions(std::span<const std::string> arguments,
                                            ExplainOptions& o) {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("config,c", po::value(&o.config)->value_name("FILE"), "configuration")
      ("in,i", po::value(&o.interface)->value_name("INTERFACE"), "where packets come in; by default the interface on the way to their source")
      ("flags,f", po::value(&o.flags)->value_name("FLAGS"), "TCP flags of packets that name none: syn (default), ack, fin, rst, psh, urg, separated by commas")
      ("packet", po::value(&o.packets)->value_name("PACKET")->composing(), "a packet to follow")
      ("json", po::bool_switch(&o.json), "result as JSON: [{packet, interface, stages[{stage, result, reason}], verdict, drop, punt, virtual, pool, member, text}]")
      ("help,h", "this text");
  // clang-format on
  po::positional_options_description positional;
  positional.add("packet", -1);
  po::variables_map values;
  if (const auto over = parseArguments("explain", "explain --config FILE PACKET... [OPTION...]",
                                       kAbout, arguments, options, positional, values))
    return over;
  if (o.config.empty() || o.packets.empty()) {
    printError(o.config.empty() ? "explain: which configuration? give one with --config FILE"
                                : "explain: which packet? see: sluice explain --help");
    return kUsage;
  }
  return std::nullopt;
}

Result<std::vector<PacketQuery>> readPackets(const ExplainOptions& options) {
  std::optional<uint8_t> flags;
  if (!options.flags.empty()) {
    auto parsed = parseTcpFlags(options.flags);
    if (!parsed) return parsed.error();
    flags = *parsed;
  }
  std::vector<PacketQuery> queries;
  for (const std::string& text : options.packets) {
    auto query = parsePacketQuery(text);
    if (!query) return query.error();
    if (flags && !query->tcp_flags && query->protocol == 6) query->tcp_flags = flags;
    if (!options.interface.empty()) query->interface = options.interface;
    queries.push_back(*query);
  }
  return queries;
}

Result<std::vector<Explained>> explainAll(const Config& config,
                                          const std::vector<PacketQuery>& queries) {
  ModelDataPlane plane;
  DataPlaneBus bus(plane);
  Hal hal(bus);
  Control control(hal);
  if (auto applied = control.apply(config); !applied) return applied.error();
  Explainer explainer(control, hal);
  uint64_t now_ns = 1'000'000'000;
  std::vector<Explained> all;
  for (const PacketQuery& query : queries) {
    auto explained = explainer.explain(query, now_ns);
    if (!explained) return explained.error();
    all.push_back(std::move(*explained));
    const auto arrival = explainer.arrival(query);
    plane.offer({.id = 0, .arrival_ns = now_ns, .port = arrival->port, .bytes = arrival->frame});
    plane.drain();
    now_ns += 1'000'000;
  }
  return all;
}

}  // namespace

int runExplain(std::span<const std::string> arguments) {
  if (!arguments.empty() && arguments[0] == "http") return runExplainHttp(arguments.subspan(1));
  ExplainOptions options;
  if (const auto over = parseExplainOptions(arguments, options)) return *over;
  const auto refuse = [](const Error& error) {
    printError(error.message);
    return kInvalidInput;
  };
  const auto loaded = loadConfigFile(options.config);
  if (!loaded) return refuse(loaded.error());
  const auto queries = readPackets(options);
  if (!queries) return refuse(queries.error());
  const auto explained = explainAll(loaded->config, *queries);
  if (!explained) return refuse(explained.error());
  if (options.json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const Explained& one : *explained) all.push_back(toJson(one));
    std::cout << all.dump(2) << "\n";
    return kDone;
  }
  for (const Explained& one : *explained) std::cout << toText(one);
  return kDone;
}

}  // namespace sluice
