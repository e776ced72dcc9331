// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/agent_answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "firmware/health/probe_answer.h"

namespace sluice {

namespace {

constexpr std::array<std::pair<std::string_view, Verdict>, 8> kWords = {
    {{"up", Verdict::kGood},
     {"ready", Verdict::kGood},
     {"drain", Verdict::kDrain},
     {"maint", Verdict::kDrain},
     {"down", Verdict::kBad},
     {"fail", Verdict::kBad},
     {"failed", Verdict::kBad},
     {"stopped", Verdict::kBad}}};

std::optional<uint32_t> percentOf(std::string_view word) {
  if (word.size() < 2 || word.back() != '%') return std::nullopt;
  word.remove_suffix(1);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return std::min<uint32_t>(value, 100);
}

// The worse of two: bad, drain, good.
Verdict worse(Verdict a, Verdict b) {
  if (a == Verdict::kBad || b == Verdict::kBad) return Verdict::kBad;
  return a == Verdict::kDrain || b == Verdict::kDrain ? Verdict::kDrain : Verdict::kGood;
}

}  // namespace

ProbeOutcome readAgentAnswer(std::string_view line) {
  line = line.substr(0, line.find_first_of("\r\n"));
  ProbeOutcome outcome{Verdict::kGood, "agent: " + shown(line), {}};
  bool known = false;
  std::string_view words = line.substr(0, line.find('#'));
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find_first_of(" \t,"));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (const auto percent = percentOf(word)) {
      known = true;
      if (*percent == 0) outcome.verdict = worse(outcome.verdict, Verdict::kDrain);
      outcome.percent = std::max<uint32_t>(*percent, 1);
    }
    for (const auto& [name, verdict] : kWords) {
      if (word != name) continue;
      known = true;
      outcome.verdict = worse(outcome.verdict, verdict);
    }
  }
  if (!known) return {Verdict::kBad, "agent says '" + shown(line) + "'", {}};
  return outcome;
}

}  // namespace sluice
