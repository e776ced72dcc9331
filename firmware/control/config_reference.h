// SPDX-License-Identifier: Apache-2.0
// The reference of the configuration statements as Markdown, from the table that the parser uses.
#pragma once

#include <string>

namespace sluice {

// The part of docs/configuration.md below kReferenceMarker. The golden test rewrites it.
std::string configReference();

inline constexpr char kReferenceMarker[] =
    "<!-- The reference below is generated from the statement table. -->\n";

}  // namespace sluice
