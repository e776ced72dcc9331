// SPDX-License-Identifier: Apache-2.0
// How bad an event is: RFC 5424, section 6.2.1. The smaller, the worse.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

enum class EventSeverity : uint8_t {
  kEmergency,
  kAlert,
  kCritical,
  kError,
  kWarning,
  kNotice,
  kInfo,
  kDebug
};

inline constexpr std::array<std::string_view, 8> kSeverityNames = {
    "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"};

constexpr std::string_view name(EventSeverity severity) {
  return kSeverityNames[static_cast<size_t>(severity)];
}

}  // namespace sluice
