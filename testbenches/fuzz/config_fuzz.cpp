// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry: the configuration language, from any bytes to tables.
//
// Whatever the bytes, parsing ends with diagnostics or a configuration; what parses prints to text
// that parses to the same configuration; what passes the checks builds or says what is full.
#include <cstdint>
#include <string_view>

#include "firmware/control/config_check.h"
#include "firmware/control/config_text.h"
#include "firmware/control/table_builder.h"
#include "testbenches/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const sluice::ConfigParse parse = sluice::parseConfig(text);
  sluice::formatDiagnostics(parse.diagnostics, text, "fuzz");
  if (!parse.ok()) return 0;
  const std::string printed = sluice::printConfig(parse.config);
  const sluice::ConfigParse again = sluice::parseConfig(printed);
  require(again.ok(), "printed configuration does not parse");
  require(again.config == parse.config, "printed configuration is another one");
  require(sluice::printConfig(again.config) == printed, "printing is not stable");
  for (const sluice::Diagnostic& diagnostic : sluice::checkConfig(parse.config)) {
    if (diagnostic.severity == sluice::Severity::kError) return 0;
  }
  const auto built = sluice::buildTables(parse.config, {}, {});
  require(built.ok() || built.error().code == sluice::ErrorCode::kExhausted,
          "unexpected error of the table builder");
  return 0;
}
