// SPDX-License-Identifier: Apache-2.0
// A condition that lasts while something is counted, told once when it begins and once when it has
// been over for a while.
#pragma once

#include <cstdint>

namespace sluice {

struct Episode {
  static constexpr uint64_t kQuietNs = 10'000'000'000;

  bool active = false;
  uint64_t count = 0;  // since it began
  uint64_t began_ns = 0, last_ns = 0;

  enum class Change : uint8_t { kNone, kBegins, kEnds };
  // `more` was counted since the last call. `begins`: enough for a beginning; `goes_on`: too much
  // for an end.
  Change take(uint64_t more, bool begins, bool goes_on, uint64_t now_ns);
  uint64_t seconds() const { return (last_ns - began_ns + 999'999'999) / 1'000'000'000; }
};

}  // namespace sluice
