// SPDX-License-Identifier: Apache-2.0
#include "firmware/base/units.h"

#include <array>
#include <cctype>
#include <span>

namespace sluice {

namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Largest first: formatting takes the first that divides.
constexpr std::array<Unit, 7> kDurations = {{{"d", 86'400'000'000'000},
                                             {"h", 3'600'000'000'000},
                                             {"m", 60'000'000'000},
                                             {"s", 1'000'000'000},
                                             {"ms", 1'000'000},
                                             {"us", 1'000},
                                             {"ns", 1}}};
constexpr std::array<Unit, 4> kDecimal = {
    {{"G", 1'000'000'000}, {"M", 1'000'000}, {"k", 1'000}, {"", 1}}};

std::optional<uint64_t> parseNumber(std::string_view number, uint64_t factor) {
  unsigned __int128 value = 0;
  unsigned __int128 scale = factor;
  bool fraction = false;
  size_t digits = 0;
  for (const char c : number) {
    if (c == '.' && !fraction && digits > 0) {
      fraction = true;
      continue;
    }
    if (!std::isdigit(static_cast<unsigned char>(c)) || ++digits > 20) return std::nullopt;
    const unsigned digit = static_cast<unsigned>(c - '0');
    if (!fraction) {
      value = value * 10 + static_cast<unsigned __int128>(digit) * factor;
      continue;
    }
    if (scale % 10 != 0) {
      if (digit != 0) return std::nullopt;
      continue;
    }
    scale /= 10;
    value += scale * digit;
  }
  if (digits == 0 || number.back() == '.' || value > UINT64_MAX) return std::nullopt;
  return static_cast<uint64_t>(value);
}

std::optional<uint64_t> parseWith(std::string_view text, std::span<const Unit> units) {
  size_t end = 0;
  while (end < text.size() &&
         (std::isdigit(static_cast<unsigned char>(text[end])) || text[end] == '.')) {
    ++end;
  }
  const std::string_view unit = text.substr(end);
  for (const Unit& candidate : units) {
    if (candidate.name == unit || (unit == "K" && candidate.name == "k")) {
      return parseNumber(text.substr(0, end), candidate.factor);
    }
  }
  return std::nullopt;
}

std::string formatWith(uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value % unit.factor == 0 && (value != 0 || unit.factor == 1)) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return std::to_string(value);
}

}  // namespace

std::optional<uint64_t> parseDuration(std::string_view text) {
  if (text == "0") return 0;
  return parseWith(text, kDurations);
}

std::optional<uint64_t> parseRate(std::string_view text) { return parseWith(text, kDecimal); }

std::optional<uint64_t> parseBandwidth(std::string_view text) {
  for (const std::string_view suffix : {"bps", "b/s", "bit/s"}) {
    if (text.ends_with(suffix))
      return parseWith(text.substr(0, text.size() - suffix.size()), kDecimal);
  }
  return parseWith(text, kDecimal);
}

std::string formatDuration(uint64_t ns) {
  // Days and hours only where they are round enough to be what somebody meant.
  const bool seconds = ns % 1'000'000'000 == 0 && ns < 600'000'000'000;
  return ns == 0 ? "0s" : formatWith(ns, std::span(kDurations).subspan(seconds ? 3 : 0));
}

std::string formatRate(uint64_t per_second) { return formatWith(per_second, kDecimal); }

std::string formatBandwidth(uint64_t bits_per_second) {
  return formatWith(bits_per_second, kDecimal);
}

}  // namespace sluice
