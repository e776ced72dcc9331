// SPDX-License-Identifier: Apache-2.0
// Rules about monitors, and about who names them.
#include <set>
#include <string>

#include "firmware/control/checker.h"
#include "firmware/control/config_value.h"
#include "firmware/control/expectation.h"

namespace sluice {

namespace {

using Type = Monitor::Type;

bool isHttp(Type type) { return type == Type::kHttp || type == Type::kHttps; }

void checkExpectation(Checker& check, const Monitor& monitor, const Expect& expect) {
  if (const std::string wrong = problemOf(expect); !wrong.empty())
    return check.error(expect.position, wrong);
  const Type type = *monitor.type;
  const bool code = expect.kind == Expect::Kind::kStatus;
  if (expect.kind == Expect::Kind::kHeader && !isHttp(type)) {
    check.error(expect.position, "only answers of http and https have headers");
  } else if (code && !isHttp(type) && type != Type::kDns) {
    check.error(expect.position, "only answers of http, https and dns have a status");
  } else if (type == Type::kIcmp || type == Type::kScript || type == Type::kAgent) {
    check.error(expect.position, "monitors of this type read no answer that could be compared");
  }
}

void checkRequest(Checker& check, const Monitor& monitor) {
  const bool needed = *monitor.type == Type::kDns || *monitor.type == Type::kScript;
  if (needed && monitor.request->empty()) {
    check.error(monitor.position,
                "monitor '" + monitor.name + "' has no request; expected " +
                    (*monitor.type == Type::kDns ? "a name to ask for" : "a program to run"));
  }
  if (*monitor.type == Type::kScript && !monitor.request->empty() &&
      monitor.request->front() != '/')
    check.error(monitor.request.position, "the program needs its whole path, from /");
  const auto tls = [&](const Leaf<std::string>& leaf) {
    if (leaf.set && *monitor.type != Type::kHttps)
      check.warning(leaf.position, "this has an effect on monitors of type https only");
  };
  tls(monitor.server_name);
  tls(monitor.trust);
  tls(monitor.client_certificate);
  tls(monitor.server_tls);
  checkServerTls(check, monitor.server_tls, "monitor '" + monitor.name + "'");
  for (const auto* leaf : {&monitor.server_name, &monitor.trust, &monitor.client_certificate}) {
    if (leaf->set && monitor.server_tls.set)
      check.warning(leaf->position, "this has no effect beside server-tls-profile");
  }
}

void checkTimes(Checker& check, const Monitor& monitor) {
  constexpr uint64_t kLeast = 10'000'000;
  const auto least = [&](const Leaf<Quantity>& time, const char* what) {
    if (time.set && time->value < kLeast)
      check.error(time.position, std::string(what) + " is too short; expected 10ms or more");
  };
  least(monitor.interval, "the interval");
  least(monitor.fast_interval, "the fast-interval");
  least(monitor.timeout, "the timeout");
  if (monitor.timeout->value > monitor.interval->value) {
    check.warning(monitor.timeout.set ? monitor.timeout.position : monitor.interval.position,
                  "the timeout is longer than the interval");
  }
}

// That some answer is good: all that is expected holds of it, and nothing drains the member.
void checkPossible(Checker& check, const Monitor& monitor) {
  if (!isHttp(*monitor.type) || monitor.expect.empty()) return;
  const auto statusIs = [](const std::vector<Expect>& all, uint32_t status, bool every) {
    for (const Expect& expect : all) {
      if (expect.kind == Expect::Kind::kStatus && holds(expect, {status, {}, ""}) != every)
        return !every;
    }
    return every;
  };
  bool possible = false;
  for (uint32_t status = 100; status < 1'000 && !possible; ++status)
    possible = statusIs(monitor.expect, status, true) && !statusIs(monitor.drain_on, status, false);
  const auto never = [&](const Position& at, const std::string& why) {
    check.warning(at, "monitor '" + monitor.name + "' can never pass: " + why);
  };
  if (!possible)
    return never(monitor.expect[0].position,
                 "no status is all that is expected and does not drain the member");
  for (const Expect& expect : monitor.expect) {
    const bool of_body = expect.kind == Expect::Kind::kString;
    if (of_body && !expect.what.empty() && monitor.request->starts_with("HEAD "))
      return never(expect.position, "answers to HEAD have no body");
    for (const Expect& drain : monitor.drain_on) {
      if (drain.kind == expect.kind && drain.what == expect.what)
        return never(drain.position, "what is expected drains the member");
    }
  }
}

// A probe needs a port; members with port `any` have none.
void checkPort(Checker& check, const Pool& pool, const std::string& name, const Position& at) {
  const Monitor* monitor = findByName(check.config.monitors, name);
  if (monitor == nullptr) return check.error(at, "there is no monitor " + quoted(name));
  if (*monitor->type == Type::kIcmp || *monitor->type == Type::kScript || *monitor->port != 0)
    return;
  for (const Member& member : pool.members) {
    if (member.endpoint.port != 0) continue;
    return check.error(at, "monitor '" + name + "' needs a port: member " +
                               member.endpoint.toString() + " has none");
  }
}

}  // namespace

void checkMonitors(Checker& check) {
  std::set<std::string_view> used;
  for (const Pool& pool : check.config.pools) {
    for (const MonitorRef& monitor : pool.monitors) {
      used.insert(monitor.name);
      checkPort(check, pool, monitor.name, monitor.position);
    }
    for (const Member& member : pool.members) {
      if (!member.monitor || *member.monitor == "none") continue;
      used.insert(*member.monitor);
      checkPort(check, pool, *member.monitor, member.position);
    }
  }
  for (const Monitor& monitor : check.config.monitors) {
    if (used.count(monitor.name) == 0)
      check.warning(monitor.position, "monitor '" + monitor.name + "' is used by no pool");
    for (const Expect& expect : monitor.expect) checkExpectation(check, monitor, expect);
    for (const Expect& expect : monitor.drain_on) checkExpectation(check, monitor, expect);
    checkPossible(check, monitor);
    checkRequest(check, monitor);
    checkTimes(check, monitor);
  }
}

}  // namespace sluice
