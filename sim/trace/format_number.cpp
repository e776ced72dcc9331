// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/format_number.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace sluice {
namespace {

// Three significant digits of a value from 1 up to 1000.
std::string threeDigits(double value) {
  const double size = std::fabs(value);
  return fixedPoint(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

}  // namespace

std::string fixedPoint(double value, int decimals) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  return buffer;
}

std::string grouped(uint64_t value) {
  std::string text = std::to_string(value);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string withPrefix(double value, const std::string& unit) {
  constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P"};
  size_t prefix = 0;
  while (std::fabs(value) >= 999.5 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++prefix;
  }
  const bool whole = prefix == 0 && value == std::floor(value);
  std::string text = whole ? fixedPoint(value, 0) : threeDigits(value);
  const std::string suffix = kPrefixes[prefix] + unit;
  return suffix.empty() ? text : text + " " + suffix;
}

std::string duration(double seconds) {
  if (seconds == 0) return "0 s";
  if (seconds >= 0.9995) return threeDigits(seconds) + " s";
  if (seconds >= 0.9995e-3) return threeDigits(seconds * 1e3) + " ms";
  if (seconds >= 0.9995e-6) return threeDigits(seconds * 1e6) + " us";
  return fixedPoint(seconds * 1e9, 0) + " ns";
}

std::string percent(double fraction, int decimals) {
  return fixedPoint(fraction * 100, decimals) + " %";
}

}  // namespace sluice
