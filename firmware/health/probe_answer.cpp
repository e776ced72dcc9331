// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/probe_answer.h"

#include <algorithm>

namespace sluice {

namespace {

template <class Test>
bool anyExpect(const Monitor& monitor, Test test) {
  return std::any_of(monitor.expect.begin(), monitor.expect.end(), test) ||
         std::any_of(monitor.drain_on.begin(), monitor.drain_on.end(), test);
}

}  // namespace

ProbeOutcome judgeAnswer(const Monitor& monitor, const ProbeAnswer& answer,
                         const std::string& what) {
  for (const Expect& expect : monitor.drain_on) {
    if (holds(expect, answer)) return {Verdict::kDrain, "drain: " + describe(expect), {}};
  }
  for (const Expect& expect : monitor.expect) {
    if (!holds(expect, answer)) return {Verdict::kBad, what + ", expected " + describe(expect), {}};
  }
  return {Verdict::kGood, what, {}};
}

bool enoughOf(const Monitor& monitor, const ProbeAnswer& answer) {
  const auto there = [&](const Expect& expect) { return holds(expect, answer); };
  if (std::any_of(monitor.drain_on.begin(), monitor.drain_on.end(), there)) return true;
  return monitor.drain_on.empty() &&
         std::all_of(monitor.expect.begin(), monitor.expect.end(), there);
}

bool looksInside(const Monitor& monitor) {
  return anyExpect(monitor, [](const Expect& expect) {
    return expect.kind == Expect::Kind::kString || expect.kind == Expect::Kind::kRegex;
  });
}

bool expectsStatus(const Monitor& monitor) {
  return std::any_of(monitor.expect.begin(), monitor.expect.end(),
                     [](const Expect& expect) { return expect.kind == Expect::Kind::kStatus; });
}

std::string shown(std::string_view text) {
  constexpr size_t kMost = 80;
  std::string line(text.substr(0, std::min(text.find_first_of("\r\n"), kMost)));
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  return line;
}

}  // namespace sluice
