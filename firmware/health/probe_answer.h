// SPDX-License-Identifier: Apache-2.0
// What an answer means to a monitor.
#pragma once

#include <string>

#include "firmware/control/expectation.h"
#include "firmware/health/probe.h"

namespace sluice {

// By `drain-on`, then `expect`; `what` is what a good answer is called: "status 200".
ProbeOutcome judgeAnswer(const Monitor& monitor, const ProbeAnswer& answer,
                         const std::string& what);

// True if more of the answer cannot make a difference: something to drain on is there, or
// everything that is expected.
bool enoughOf(const Monitor& monitor, const ProbeAnswer& answer);

// True if the monitor looks into the body.
bool looksInside(const Monitor& monitor);
bool expectsStatus(const Monitor& monitor);

// One line of what others sent, fit to be shown: printable, at most 80 characters.
std::string shown(std::string_view text);

}  // namespace sluice
