// SPDX-License-Identifier: Apache-2.0
// Quantities with units as people write them: durations, rates, bandwidths.
//
//   duration   10s 500ms 20us 100ns 1m 2h 1d         -> nanoseconds
//   rate       100 100k 10M 2.5G (per second)        -> 1/s
//   bandwidth  64k 1M 1G, also 1Mbps 1Gbps 2.5Gb/s   -> bits per second
//
// A fraction is accepted where the result is a whole number. parse...() returns nothing for
// anything else, or if the result does not fit in 64 bits. format...() uses the largest unit that
// divides the value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// A value and the text it was written as, so that a configuration is printed as it was typed. Equal
// if values are.
struct Quantity {
  uint64_t value = 0;
  std::string text;  // empty: print in the canonical form

  bool operator==(const Quantity& other) const { return value == other.value; }
};

std::optional<uint64_t> parseDuration(std::string_view text);
std::optional<uint64_t> parseRate(std::string_view text);
std::optional<uint64_t> parseBandwidth(std::string_view text);

std::string formatDuration(uint64_t ns);
std::string formatRate(uint64_t per_second);
std::string formatBandwidth(uint64_t bits_per_second);

}  // namespace sluice
