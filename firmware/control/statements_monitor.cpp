// SPDX-License-Identifier: Apache-2.0
// Statements about how members are probed.
#include <algorithm>

#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

constexpr Block kM = Block::kMonitor;

// WORD KIND WHAT, any number of times; `no WORD` takes all of them back.
Statement expectation(std::string_view syntax, std::string_view help, std::string_view fallback,
                      std::vector<Expect> Monitor::*list) {
  Statement row = statement(kM, syntax, help, fallback);
  row.apply = [=](StatementContext& context, const Args& args) {
    Expect expect{static_cast<Expect::Kind>(args.number("kind")), args.get<std::string>("what"),
                  context.position};
    auto& all = context.object<Monitor>().*list;
    if (std::find(all.begin(), all.end(), expect) != all.end()) return;
    if (context.hasRoom(all.size())) all.push_back(std::move(expect));
  };
  row.dump = [=](const StatementContext& context) {
    std::vector<Args> all;
    for (const Expect& expect : context.object<Monitor>().*list)
      all.push_back(Args{{"kind", static_cast<uint64_t>(expect.kind)}, {"what", expect.what}});
    return all;
  };
  row.no_syntax.emplace("");
  row.remove = [=](StatementContext& context, const Args&) {
    (context.object<Monitor>().*list).clear();
  };
  return row;
}

Statement header() {
  Statement row = statement(kM, "header <header:text>",
                            "A header that HTTP requests carry, as `Name: value`; there may be "
                            "several.");
  row.apply = [](StatementContext& context, const Args& args) {
    const auto& text = args.get<std::string>("header");
    const size_t colon = text.find(':');
    if (colon == 0 || colon == std::string::npos || text.find_first_of(" \t") < colon) {
      return context.error(args.column("header"),
                           quoted(text) + " is not a header; expected Name: value");
    }
    auto& all = context.object<Monitor>().headers;
    if (std::find(all.begin(), all.end(), text) != all.end()) return;
    if (context.hasRoom(all.size())) all.push_back(text);
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const std::string& text : context.object<Monitor>().headers)
      all.push_back(Args{{"header", text}});
    return all;
  };
  row.no_syntax.emplace("");
  row.remove = [](StatementContext& context, const Args&) {
    context.object<Monitor>().headers.clear();
  };
  return row;
}

Statement flapLimit() {
  Statement row = statement(
      kM, "flap-limit <falls:0..100> [within <within:duration>] [hold <hold:duration>]",
      "A member that goes down this often within that time is flapping: it only comes up again "
      "after all its probes were good for as long as `hold`. 0: never.",
      "5 within 5m hold 1m");
  row.apply = [](StatementContext& context, const Args& args) {
    FlapLimit limit;
    limit.falls = args.number("falls");
    if (args.has("within")) limit.within = args.get<Quantity>("within");
    if (args.has("hold")) limit.hold = args.get<Quantity>("hold");
    context.object<Monitor>().flap_limit.assign(limit);
    context.object<Monitor>().flap_limit.position = context.position;
  };
  row.dump = [](const StatementContext& context) -> std::vector<Args> {
    const Leaf<FlapLimit>& limit = context.object<Monitor>().flap_limit;
    if (!limit.set) return {};
    Args args{{"falls", uint64_t{limit->falls}}};
    if (limit->within != FlapLimit().within) args.add("within", limit->within);
    if (limit->hold != FlapLimit().hold) args.add("hold", limit->hold);
    return {args};
  };
  row.no_syntax.emplace("");
  row.remove = [](StatementContext& context, const Args&) {
    context.object<Monitor>().flap_limit = {};
  };
  return row;
}

}  // namespace

void addMonitorStatements(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  add(namedBlock(kM, "monitor", "How the health of members is probed.", &Config::monitors));
  add(leaf(kM, "type <type:icmp|tcp|udp|http|https|dns|script|agent>",
           "What a probe speaks. `script`: a program of the host decides. `agent`: a program on "
           "the member says how much load it can take.",
           "tcp", &Monitor::type));
  add(leaf(kM, "request <request:text>",
           "What a probe sends. http, https: method and path. dns: a name and, if it is not A, "
           "the type of record. script: the program and its arguments. tcp, udp, agent: text, "
           "with \\r, \\n, \\t, \\\\ and \\xHH.",
           "http, https: GET /; others: nothing", &Monitor::request));
  add(header());
  add(leaf(kM, "host <host:name>", "The Host header of HTTP requests.", "the member's address",
           &Monitor::host));
  add(leaf(kM, "server-name <server-name:name>",
           "https: the name that the TLS handshake asks for (SNI) and that the certificate must "
           "have if it is verified.",
           "the host, if it is given", &Monitor::server_name));
  add(leaf(kM, "trust <file:text>",
           "https: PEM file of the authorities that members' certificates must come from.",
           "certificates are not verified", &Monitor::trust));
  add(leaf(kM, "client-certificate <file:text>",
           "https: PEM file with the certificate that probes show and its key.", "none",
           &Monitor::client_certificate));
  add(leaf(kM, "server-tls-profile <profile:name>",
           "https: trust, name and certificate of this profile, in place of server-name, trust and "
           "client-certificate.",
           "none", &Monitor::server_tls));
  add(expectation("expect <kind:status|string|regex|header> <what:text>",
                  "What a good answer is; all of these must hold. `status`: codes such as "
                  "200,204,300-399 (http, https; dns: response codes). `string`: it contains the "
                  "text. `regex`: it matches (Perl syntax). `header`: it has the header `Name`, or "
                  "`Name: text` with that text in it.",
                  "http, https: status 200-399; dns: status 0 and an answer; tcp: the connection; "
                  "udp: no refusal",
                  &Monitor::expect));
  add(expectation("drain-on <kind:status|string|regex|header> <what:text>",
                  "An answer like this, whatever `expect` says, drains the member: its connections "
                  "go on, new ones go elsewhere.",
                  "", &Monitor::drain_on));
  add(leaf(kM, "port <port:1..65535>", "Port to probe.", "the member's", &Monitor::port));
  add(leaf(kM, "interval <interval:duration>", "Time from probe to probe.", "5s",
           &Monitor::interval));
  add(leaf(kM, "fast-interval <time:duration>",
           "The same, while a member is neither firmly up nor firmly down.", "the interval",
           &Monitor::fast_interval));
  add(leaf(kM, "timeout <timeout:duration>", "How long an answer may take.", "3s",
           &Monitor::timeout));
  add(leaf(kM, "fall <fall:1..100>", "Failed probes in a row that take a member down.", "3",
           &Monitor::fall));
  add(leaf(kM, "rise <rise:1..100>",
           "Good probes in a row that bring it up again. A first good probe is enough.", "2",
           &Monitor::rise));
  add(flapLimit());
  add(flag(kM, "manual-resume",
           "A member that was found down stays down until an operator resumes it.",
           &Monitor::manual_resume));
}

}  // namespace sluice
