// SPDX-License-Identifier: Apache-2.0
// The reference of all events, as it stands in docs/events.md.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// In docs/events.md, what follows this line is generated.
inline constexpr std::string_view kEventReferenceMarker =
    "<!-- The reference below is generated from firmware/telemetry/event_catalogue.h. -->\n";

// Markdown: a table of all events, then one of all fields of each.
std::string eventReference();

}  // namespace sluice
