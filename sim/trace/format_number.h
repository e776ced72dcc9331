// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them, for reports and charts. Independent of the locale.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

// 1234567 -> "1,234,567"
std::string grouped(uint64_t value);

// Three significant digits and a decimal prefix: 1234567 -> "1.23 M"; with unit "packet/s": "1.23
// Mpacket/s".
std::string withPrefix(double value, const std::string& unit = "");

// "1.50 s", "12.0 ms", "800 ns"
std::string duration(double seconds);

// 0.12345 -> "12.3 %"
std::string percent(double fraction, int decimals = 1);

// printf's %.*f
std::string fixedPoint(double value, int decimals);

}  // namespace sluice
