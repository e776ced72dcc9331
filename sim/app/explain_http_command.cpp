// SPDX-License-Identifier: Apache-2.0
// `sluice explain http`: what the rules of a configuration make of an HTTP request.
#include <iostream>

#include "firmware/control/config_text.h"
#include "firmware/proxy/http_explain.h"
#include "sim/app/command.h"

namespace sluice {
namespace {

namespace po = boost::program_options;

constexpr char kAbout[] =
    "Says which http-rule a request matches, why those before it do not, and what members get:\n"
    "  sluice explain http --config FILE 'GET https://shop.example/api/x' -H 'X-Beta: 1'";

struct Options {
  std::string config, client, service;
  std::vector<std::string> requests, headers, tls;
  bool json = false;
};

std::optional<ExitCode> parseOptions(std::span<const std::string> arguments, Options& o) {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("config,c", po::value(&o.config)->value_name("FILE"), "configuration")
      ("header,H", po::value(&o.headers)->value_name("HEADER")->composing(), "a header of the requests, as 'Name: value'")
      ("tls", po::value(&o.tls)->value_name("FIELD=VALUE")->composing(), "of their connection, as conditions name it: subject=CN=anna")
      ("client", po::value(&o.client)->value_name("ADDRESS")->default_value("198.51.100.7"), "who sends them")
      ("virtual", po::value(&o.service)->value_name("NAME"), "which virtual they come to, if the URL leaves that open")
      ("request", po::value(&o.requests)->value_name("REQUEST")->composing(), "[METHOD] URL")
      ("json", po::bool_switch(&o.json), "result as JSON: [{request, virtual, refused, rules[{rule, matches, reason}], notes[], outcome, head}]")
      ("help,h", "this text");
  // clang-format on
  po::positional_options_description positional;
  positional.add("request", -1);
  po::variables_map values;
  if (const auto over =
          parseArguments("explain http", "explain http --config FILE REQUEST... [OPTION...]",
                         kAbout, arguments, options, positional, values))
    return over;
  if (o.config.empty() || o.requests.empty()) {
    printError(o.config.empty() ? "explain http: which configuration? give one with --config FILE"
                                : "explain http: which request? see: sluice explain http --help");
    return kUsage;
  }
  return std::nullopt;
}

Result<std::vector<proxy::HttpExplained>> explainAll(const Config& config, const Options& options) {
  const auto client = IpAddress::parse(options.client);
  if (!client) return Error{ErrorCode::kInvalidInput, "'" + options.client + "' is no address"};
  std::vector<proxy::HttpExplained> all;
  for (const std::string& request : options.requests) {
    auto query = proxy::parseHttpQuery(request);
    if (!query) return query.error();
    query->client = *client;
    query->headers.insert(query->headers.end(), options.headers.begin(), options.headers.end());
    query->tls.insert(query->tls.end(), options.tls.begin(), options.tls.end());
    query->virtual_name = options.service;
    auto explained = proxy::explainHttp(config, *query, proxy::makeGroups(config));
    if (!explained) return explained.error();
    all.push_back(std::move(*explained));
  }
  return all;
}

}  // namespace

int runExplainHttp(std::span<const std::string> arguments) {
  Options options;
  if (const auto over = parseOptions(arguments, options)) return *over;
  const auto refuse = [](const Error& error) {
    printError(error.message);
    return kInvalidInput;
  };
  const auto loaded = loadConfigFile(options.config);
  if (!loaded) return refuse(loaded.error());
  const auto explained = explainAll(loaded->config, options);
  if (!explained) return refuse(explained.error());
  if (options.json) {
    auto all = nlohmann::ordered_json::array();
    for (const proxy::HttpExplained& one : *explained) all.push_back(toJson(one));
    std::cout << all.dump(2) << "\n";
    return kDone;
  }
  for (const proxy::HttpExplained& one : *explained) std::cout << toText(one);
  return kDone;
}

}  // namespace sluice
