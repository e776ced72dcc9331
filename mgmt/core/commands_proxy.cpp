// SPDX-License-Identifier: Apache-2.0
// Commands about what firmware terminates: TLS, HTTP.
#include <algorithm>
#include <numeric>

#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/proxy_source.h"

namespace sluice::mgmt {

namespace {

std::string joined(const std::vector<std::string>& words) {
  return std::accumulate(words.begin(), words.end(), std::string(),
                         [](std::string all, const std::string& word) {
                           return std::move(all) + (all.empty() ? "" : ", ") + word;
                         });
}

Result<Report> showCertificates(ConsoleSession& session, const Args& args) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const std::string only = textArg(args, "certificate");
  if (!only.empty()) {
    if (auto there = mustExist("certificate", session.appliance().config().certificates, only);
        !there)
      return there.error();
  }
  Table table{"certificates",
              "",
              {{"certificate", "Certificate"},
               {"state", "State"},
               {"until_ms", "Expires", Kind::kTime},
               {"days", "Days", Kind::kNumber},
               {"serial", "Serial"},
               {"key", "Key", Kind::kText, 3},
               {"issuer", "Issuer", Kind::kText, 4},
               {"from_ms", "Valid from", Kind::kTime, 5},
               {"hosts", "Hosts", Kind::kText, 2},
               {"virtuals", "Used by", Kind::kText, 1},
               {"ocsp", "OCSP", Kind::kText, 2}},
              {},
              "No certificate is configured."};
  const WallTime now = session.appliance().now();
  for (const CertificateStatus& row : (*proxy)->certificates()) {
    if (!only.empty() && row.name != only) continue;
    const auto left = std::chrono::floor<std::chrono::days>(row.until - now).count();
    table.rows.push_back({row.name, row.state, timeOf(row.until), left, row.serial, row.key_type,
                          row.issuer, timeOf(row.from), joined(row.hosts), joined(row.virtuals),
                          row.ocsp});
  }
  return Report{table};
}

using Failures = std::vector<std::pair<std::string, uint64_t>>;

uint64_t sumOf(const Failures& failures) {
  return std::accumulate(failures.begin(), failures.end(), uint64_t{0},
                         [](uint64_t sum, const auto& entry) { return sum + entry.second; });
}

void addMemberHandshakes(const std::vector<MemberHandshakeStatus>& rows, Report& report) {
  Table handshakes{"member_handshakes",
                   "",
                   {{"pool", "Pool"},
                    {"member", "Member"},
                    {"full", "Full", Kind::kCount},
                    {"resumed", "Resumed", Kind::kCount},
                    {"failed", "Failed", Kind::kCount}},
                   {},
                   ""};
  Table failures{"member_failures",
                 "",
                 {{"pool", "Pool"},
                  {"member", "Member"},
                  {"failure", "Handshake failed"},
                  {"count", "Times", Kind::kCount}},
                 {},
                 ""};
  for (const MemberHandshakeStatus& row : rows) {
    handshakes.rows.push_back({row.pool, row.member, row.full, row.resumed, sumOf(row.failed)});
    for (const auto& [reason, count] : row.failed)
      failures.rows.push_back({row.pool, row.member, reason, count});
  }
  for (const Table& table : {handshakes, failures}) {
    if (!table.rows.empty()) report.emplace_back(table);
  }
}

Result<Report> showTls(ConsoleSession& session, const Args&) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  Table handshakes{"handshakes",
                   "",
                   {{"virtual", "Virtual"},
                    {"full", "Full", Kind::kCount},
                    {"resumed", "Resumed", Kind::kCount},
                    {"failed", "Failed", Kind::kCount},
                    {"p50_ns", "p50", Kind::kDuration},
                    {"p99_ns", "p99", Kind::kDuration}},
                   {},
                   "No virtual has mode https or tls."};
  Table failures{
      "failures",
      "",
      {{"virtual", "Virtual"}, {"failure", "Handshake failed"}, {"count", "Times", Kind::kCount}},
      {},
      ""};
  for (const HandshakeStatus& row : (*proxy)->handshakes()) {
    for (const auto& [reason, count] : row.failed)
      failures.rows.push_back({row.service, reason, count});
    handshakes.rows.push_back(
        {row.service, row.full, row.resumed, sumOf(row.failed), row.p50.count(), row.p99.count()});
  }
  Report report{handshakes};
  if (!failures.rows.empty()) report.emplace_back(failures);
  addMemberHandshakes((*proxy)->memberHandshakes(), report);
  if (const std::string file = (*proxy)->keyLog(); !file.empty()) {
    report.emplace_back(
        Table{"key_log", "", {{"file", "Keys of all connections are written to"}}, {{file}}, ""});
  }
  return report;
}

Table httpTable(const std::vector<HttpStatus>& rows) {
  Table table{"virtuals",
              "",
              {{"virtual", "Virtual"},
               {"requests", "Requests", Kind::kCount},
               {"active", "Active", Kind::kCount, 1},
               {"2xx", "2xx", Kind::kCount},
               {"3xx", "3xx", Kind::kCount, 2},
               {"4xx", "4xx", Kind::kCount},
               {"5xx", "5xx", Kind::kCount},
               {"own", "Own", Kind::kCount},
               {"retries", "Retries", Kind::kCount, 3},
               {"connections", "Connections", Kind::kCount, 4},
               {"p50_ns", "p50", Kind::kDuration},
               {"p95_ns", "p95", Kind::kDuration, 2},
               {"p99_ns", "p99", Kind::kDuration}},
              {},
              "No virtual has mode http or https."};
  for (const HttpStatus& row : rows) {
    table.rows.push_back({row.service, row.requests, row.active, row.success, row.redirect,
                          row.client_error, row.server_error, row.own, row.retries, row.connections,
                          row.p50.count(), row.p95.count(), row.p99.count()});
  }
  return table;
}

Table http2Table(const std::vector<HttpStatus>& rows) {
  Table table{"http2",
              "",
              {{"virtual", "Virtual"},
               {"connections", "HTTP/2 connections", Kind::kCount},
               {"active", "Active", Kind::kCount},
               {"streams", "Streams", Kind::kCount},
               {"active_streams", "Active", Kind::kCount},
               {"resets", "Resets", Kind::kCount},
               {"goaways", "GOAWAY"}},
              {},
              ""};
  for (const HttpStatus& row : rows) {
    if (row.http2.connections == 0) continue;
    std::vector<std::string> goaways;
    for (const auto& [reason, count] : row.http2.goaways)
      goaways.push_back(reason + " " + std::to_string(count));
    table.rows.push_back({row.service, row.http2.connections, row.http2.active, row.http2.streams,
                          row.http2.active_streams, row.http2.resets, joined(goaways)});
  }
  return table;
}

Table websocketTable(const std::vector<HttpStatus>& rows) {
  Table table{"websockets",
              "",
              {{"virtual", "Virtual"},
               {"websockets", "WebSocket connections", Kind::kCount},
               {"active", "Active", Kind::kCount}},
              {},
              ""};
  for (const HttpStatus& row : rows) {
    if (row.websockets != 0)
      table.rows.push_back({row.service, row.websockets, row.active_websockets});
  }
  return table;
}

Result<Report> showHttp(ConsoleSession& session, const Args& args) {
  auto proxy = proxyOf(session);
  if (!proxy) return proxy.error();
  const std::string only = textArg(args, "virtual");
  if (!only.empty()) {
    if (auto there = mustExist("virtual", session.appliance().config().virtuals, only); !there)
      return there.error();
  }
  std::vector<HttpStatus> rows = (*proxy)->http();
  std::erase_if(rows, [&](const HttpStatus& row) { return !only.empty() && row.service != only; });
  Table causes{
      "own_answers",
      "",
      {{"virtual", "Virtual"}, {"cause", "Own answer because"}, {"count", "Times", Kind::kCount}},
      {},
      ""};
  for (const HttpStatus& row : rows) {
    for (const auto& [cause, count] : row.causes)
      causes.rows.push_back({row.service, cause, count});
  }
  Table rules{"rules",
              "",
              {{"virtual", "Virtual"},
               {"rule", "http-rule"},
               {"requests", "Matched", Kind::kCount},
               {"limited", "Limited", Kind::kCount, 1},
               {"held_up", "Held up", Kind::kCount, 2},
               {"mirrored", "Mirrored", Kind::kCount, 3}},
              {},
              ""};
  for (const RuleStatus& row : (*proxy)->rules()) {
    if (only.empty() || row.service == only)
      rules.rows.push_back(
          {row.service, row.rule, row.requests, row.limited, row.held_up, row.mirrored});
  }
  Report report{httpTable(rows)};
  for (const Table& table : {http2Table(rows), websocketTable(rows), rules, causes}) {
    if (!table.rows.empty()) report.emplace_back(table);
  }
  return report;
}

}  // namespace

void addProxyCommands(std::vector<Command>& table) {
  constexpr CommandMode kAny = CommandMode::kAny;
  add(table, kAny, "show certificates [<certificate:name>]",
      "Certificates in force: serial number, expiry, and who offers them.", showCertificates);
  add(table, kAny, "show http [<virtual:name>]",
      "Requests by virtual: status, duration, HTTP/2, WebSocket, what rules matched, and why the "
      "appliance answered.",
      showHttp);
  add(table, kAny, "show tls",
      "Handshakes by virtual and by member: full, resumed, failed and why.", showTls);
}

}  // namespace sluice::mgmt
