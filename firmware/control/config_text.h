// SPDX-License-Identifier: Apache-2.0
// Configuration text to Config and back.
//
//   parse    text -> Config and diagnostics about the text alone (grammar, values, double
//   definitions) check    Config -> diagnostics about what it says (config_check.h) load     both,
//   with every message as text for people print    Config -> canonical text, which parses to an
//   equal Config; text in canonical form comes back unchanged
//
// Text is untrusted: any bytes give diagnostics, never more than kMaxErrors errors, never a crash.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/config.h"

namespace sluice {

enum class Severity : uint8_t { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  Position position;
  std::string message;
};

struct ConfigParse {
  Config config;  // of use only if ok()
  std::vector<Diagnostic> diagnostics;
  bool ok() const;
};

inline constexpr size_t kMaxErrors = 20;
inline constexpr size_t kMaxTextBytes = size_t{16} << 20;
inline constexpr size_t kMaxLineBytes = 4096;

// Statements apply on top of `base`, as on a console; `no X` takes away what was there.
ConfigParse parseConfig(std::string_view text, const Config& base = {});

std::string printConfig(const Config& config);

// file:line:column: message, then the line and a caret; warnings say so. Lines come from `text`.
std::string formatDiagnostics(std::span<const Diagnostic> diagnostics, std::string_view text,
                              std::string_view file);

struct LoadedConfig {
  Config config;
  std::string warnings;  // formatted; empty = none
  std::string text;      // as it was read
};

// Parse and check. kInvalidInput: all errors (and warnings) formatted, first error first. `file` is
// for messages.
Result<LoadedConfig> loadConfig(std::string_view text, std::string_view file);

// The same from a file; kIo if it cannot be read.
Result<LoadedConfig> loadConfigFile(const std::string& path);

}  // namespace sluice
