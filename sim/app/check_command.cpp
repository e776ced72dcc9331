// SPDX-License-Identifier: Apache-2.0
// `sluice check FILE`: is this configuration valid?
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "firmware/control/config_text.h"
#include "firmware/proxy/file_check.h"
#include "sim/app/command.h"

namespace sluice {

namespace po = boost::program_options;

namespace {

// What the files that it names make of it.
Result<LoadedConfig> withFiles(LoadedConfig loaded, const std::string& path) {
  const auto found = proxy::checkFiles(loaded.config, std::chrono::system_clock::now());
  if (!found)
    return Error{found.error().code, loaded.warnings + path + ": " + found.error().message};
  loaded.warnings += formatDiagnostics(*found, loaded.text, path);
  return loaded;
}

}  // namespace

int runCheck(std::span<const std::string> arguments) {
  std::string path;
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("file", po::value(&path)->value_name("FILE"), "configuration file")
      ("print", "print the configuration in canonical form")
      ("without-files", "do not read the files that it names: certificates, keys, pages")
      ("json", "result as JSON: {file, valid, messages}")
      ("help,h", "this text");
  // clang-format on
  po::positional_options_description positional;
  positional.add("file", 1);
  po::variables_map values;
  if (const auto over =
          parseArguments("check", "check FILE [OPTION...]",
                         "Checks a configuration file. Exit status 0 if it is valid, 4 if not.",
                         arguments, options, positional, values))
    return *over;
  if (path.empty()) {
    printError("check: which file? see: sluice check --help");
    return kUsage;
  }
  Result<LoadedConfig> loaded = loadConfigFile(path);
  if (loaded && values.count("without-files") == 0) loaded = withFiles(std::move(*loaded), path);
  const bool valid = loaded.ok();
  const std::string messages = valid ? loaded->warnings : loaded.error().message;
  if (values.count("json") != 0) {
    std::cout
        << nlohmann::ordered_json{{"file", path}, {"valid", valid}, {"messages", messages}}.dump(2)
        << "\n";
    return valid ? kDone : kInvalidInput;
  }
  if (!messages.empty())
    std::fprintf(stderr, "%s%s", messages.c_str(), messages.back() == '\n' ? "" : "\n");
  if (!valid) return kInvalidInput;
  if (values.count("print") != 0) {
    std::cout << printConfig(loaded->config);
  } else {
    std::printf("%s: valid\n", path.c_str());
  }
  return kDone;
}

}  // namespace sluice
