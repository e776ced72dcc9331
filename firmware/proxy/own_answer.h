// SPDX-License-Identifier: Apache-2.0
// Answers of the appliance itself, counted.
#pragma once

#include <string>
#include <string_view>

#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/proxy_stats.h"

namespace sluice::proxy {

inline void answerItself(ServiceCounters& counters, Cause cause, const OwnResponse& response,
                         std::string& out) {
  counters.by_appliance.add(response.status);
  count(counters.causes[static_cast<size_t>(cause)]);
  writeOwnResponse(response, out);
}

// The answer to a request with a flaw; the connection ends, for where the next request would begin
// is anybody's guess.
inline void answerFlaw(ServiceCounters& counters, Flaw flaw, std::string& out) {
  count(counters.flaws[static_cast<size_t>(flaw)]);
  answerItself(counters, Cause::kBadRequest, {info(flaw).status, info(flaw).sentence, "", true},
               out);
}

}  // namespace sluice::proxy
