// SPDX-License-Identifier: Apache-2.0
// What an agent on a member says: one line of words separated by blanks or commas, as HAProxy's
// agent checks have them.
//
//   75%                         of its weight; 0%: no new connections
//   up ready                    it is well
//   drain maint                 no new connections
//   down fail failed stopped    it is down
//   # ...                       the reason, to the end of the line
//
// Words that are not known are ignored; a line without any known word is a bad answer.
#pragma once

#include <string_view>

#include "firmware/health/probe.h"

namespace sluice {

ProbeOutcome readAgentAnswer(std::string_view line);

}  // namespace sluice
