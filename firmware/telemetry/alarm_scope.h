// SPDX-License-Identifier: Apache-2.0
// Which alarms a configuration leaves without an object.
#pragma once

#include "firmware/control/config.h"
#include "firmware/telemetry/alarms.h"

namespace sluice {

// The alarm is about a pool, member, virtual or log sink that the configuration does not have.
bool concernsNothing(const ActiveAlarm& alarm, const Config& config);

}  // namespace sluice
