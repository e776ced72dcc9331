// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/alarm_scope.h"

#include <algorithm>

#include "firmware/telemetry/configured_sinks.h"

namespace sluice {

bool concernsNothing(const ActiveAlarm& alarm, const Config& config) {
  const auto field = [&](std::string_view name) -> const std::string* {
    for (size_t i = 0; i < alarm.about.size(); ++i) {
      if (alarm.kind->about[i] == name) return &alarm.about[i];
    }
    return nullptr;
  };
  if (const std::string* name = field("virtual"))
    return findByName(config.virtuals, *name) == nullptr;
  if (const std::string* name = field("certificate")) {
    const CertificateFiles* files = findByName(config.certificates, *name);
    const bool of_ocsp = alarm.kind == &events::alarms::kOcspExpiry;
    return files == nullptr || (of_ocsp && !files->ocsp.set);
  }
  if (const std::string* name = field("sink")) {
    return std::none_of(config.logging.begin(), config.logging.end(),
                        [&](const LogTarget& target) { return sinkName(target) == *name; });
  }
  const std::string* pool_name = field("pool");
  if (pool_name == nullptr) return false;
  const Pool* pool = findByName(config.pools, *pool_name);
  const std::string* member = field("member");
  if (pool == nullptr || member == nullptr) return pool == nullptr;
  return std::none_of(pool->members.begin(), pool->members.end(),
                      [&](const Member& m) { return m.endpoint.toString() == *member; });
}

}  // namespace sluice
