// SPDX-License-Identifier: Apache-2.0
// Statements about where events are written to.
#include <algorithm>

#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

using Kind = LogTarget::Kind;

constexpr size_t kMostTargets = 16;
constexpr uint64_t kLeastSize = 10'000;
constexpr size_t kLongestSocket = 107;

std::string levels() {
  std::string words;
  for (const std::string_view word : kSeverityNames) {
    if (!words.empty()) words += '|';
    words += word;
  }
  return "[level <level:" + words + ">]";
}

bool same(const LogTarget& a, const LogTarget& b) {
  return a.kind == b.kind && a.address == b.address && a.path == b.path &&
         a.effectivePort() == b.effectivePort();
}

LogTarget targetFrom(Kind kind, const StatementContext& context, const Args& args) {
  LogTarget target;
  target.kind = kind;
  target.position = context.position;
  if (args.has("address")) target.address = args.get<IpAddress>("address");
  if (args.has("port")) target.port = args.number("port");
  if (args.has("path")) target.path = args.get<std::string>("path");
  if (args.has("size")) target.size = args.get<Quantity>("size");
  if (args.has("level")) target.level = static_cast<EventSeverity>(args.number("level"));
  return target;
}

void check(const LogTarget& target, const StatementContext& context, const Args& args) {
  if (args.has("path") && target.path.front() != '/')
    context.error(args.column("path"), quoted(target.path) + " is not a path; expected /...");
  if (target.kind == Kind::kSocket && target.path.size() > kLongestSocket)
    context.error(args.column("path"), "the path of a socket has at most 107 characters");
  if (target.effectiveSize() < kLeastSize)
    context.error(args.column("size"), "size is out of range; expected 10k or more");
}

Args argsOf(const LogTarget& target) {
  Args args;
  if (target.kind == Kind::kHost) args.add("address", target.address);
  if (target.port) args.add("port", uint64_t{*target.port});
  if (!target.path.empty()) args.add("path", target.path);
  if (target.size) args.add("size", *target.size);
  if (target.level) args.add("level", static_cast<uint64_t>(*target.level));
  return args;
}

// `options` come before [level ...].
Statement logging(Kind kind, const std::string& what, const std::string& options,
                  std::string_view help, std::string_view fallback) {
  Statement row =
      statement(Block::kTop, "logging " + what + options + " " + levels(), help, fallback);
  row.apply = [kind](StatementContext& context, const Args& args) {
    LogTarget target = targetFrom(kind, context, args);
    check(target, context, args);
    auto& targets = context.config.logging;
    std::erase_if(targets, [&](const LogTarget& other) { return same(other, target); });
    if (targets.size() >= kMostTargets) return context.error(0, "too many: at most 16 of these");
    targets.push_back(std::move(target));
  };
  row.dump = [kind](const StatementContext& context) {
    std::vector<Args> all;
    for (const LogTarget& target : context.config.logging) {
      if (target.kind == kind) all.push_back(argsOf(target));
    }
    return all;
  };
  row.no_syntax.emplace("logging " + what + (kind == Kind::kHost ? " [port <port:1..65535>]" : ""));
  row.remove = [kind](StatementContext& context, const Args& args) {
    const LogTarget gone = targetFrom(kind, context, args);
    std::erase_if(context.config.logging,
                  [&](const LogTarget& other) { return same(other, gone); });
  };
  return row;
}

}  // namespace

void addLoggingStatements(std::vector<Statement>& table) {
  table.push_back(logging(Kind::kHost, "host <address:address>", " [port <port:1..65535>]",
                          "Send events to a syslog server (RFC 5424 over UDP).",
                          "port 514, level info"));
  table.push_back(logging(Kind::kSocket, "socket <path:name>", "",
                          "Send events to a syslog daemon's UNIX socket, such as /dev/log.",
                          "level info"));
  table.push_back(logging(Kind::kFile, "file <path:name>", " [size <size:count>]",
                          "Write events to a file, one JSON object a line; at SIZE bytes it "
                          "becomes PATH.1 and a new one begins.",
                          "size 10M, level info"));
}

}  // namespace sluice
