// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/episode.h"

namespace sluice {

Episode::Change Episode::take(uint64_t more, bool begins, bool goes_on, uint64_t now_ns) {
  if (!active) {
    if (!begins) return Change::kNone;
    *this = {true, more, now_ns, now_ns};
    return Change::kBegins;
  }
  count += more;
  if (goes_on) last_ns = now_ns;
  if (now_ns - last_ns < kQuietNs) return Change::kNone;
  active = false;
  return Change::kEnds;
}

}  // namespace sluice
