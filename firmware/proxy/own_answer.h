// SPDX-License-Identifier: Apache-2.0
// Answers of the appliance itself, counted.
#pragma once

#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/proxy_stats.h"

namespace sluice::proxy {

inline void countOwn(ServiceCounters& counters, Cause cause, int status) {
  counters.by_appliance.add(status);
  count(counters.causes[static_cast<size_t>(cause)]);
}

// The answer to a request with a flaw; the connection ends, for where the next request would begin
// is anybody's guess.
inline OwnResponse answerToFlaw(ServiceCounters& counters, Flaw flaw) {
  count(counters.flaws[static_cast<size_t>(flaw)]);
  countOwn(counters, Cause::kBadRequest, info(flaw).status);
  return {info(flaw).status, info(flaw).sentence, "", true};
}

}  // namespace sluice::proxy
