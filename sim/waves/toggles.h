// SPDX-License-Identifier: Apache-2.0
//
// How often each bit of a waveform in FST format changes.
#pragma once

#include <iosfwd>
#include <string>

namespace sluice {

/// One line per signal: its full name, its width, and the number of changes of each bit, bit 0
/// first; nothing behind the width if none ever changes. The members of a packed struct are one
/// signal, as in a netlist. The value that a signal starts with is no change. False if `path` is
/// not a waveform.
[[nodiscard]] bool writeToggles(const std::string& path, std::ostream& out);

}  // namespace sluice
