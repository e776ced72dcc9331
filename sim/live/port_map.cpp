// SPDX-License-Identifier: Apache-2.0
#include "sim/live/port_map.h"

namespace sluice {
namespace {

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

Result<void> addArgument(const std::string& argument, PortMap& map) {
  const size_t equals = argument.find('=');
  if (equals != 1 || argument[0] < '0' || argument[0] > '3' || argument.size() == 2) {
    return invalid("--port " + argument + ": expected N=IFNAME with N from 0 to 3, such as 0=eth1");
  }
  std::string& entry = map[static_cast<size_t>(argument[0] - '0')];
  if (!entry.empty()) {
    return invalid("--port " + argument + ": port " + argument[0] + " is connected to " + entry +
                   " already");
  }
  entry = argument.substr(2);
  return {};
}

}  // namespace

Result<PortMap> makePortMap(const std::vector<std::string>& arguments, const Config& config) {
  PortMap map;
  for (const std::string& argument : arguments) {
    if (auto added = addArgument(argument, map); !added) return added.error();
  }
  const std::vector<uint32_t> ports = interfacePorts(config);
  for (size_t i = 0; i < ports.size(); ++i) {
    if (map[ports[i]].empty() && !*config.interfaces[i].shutdown)
      map[ports[i]] = config.interfaces[i].name;
  }
  for (size_t a = 0; a < map.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      if (map[a].empty() || map[a] != map[b]) continue;
      return invalid("ports " + std::to_string(b) + " and " + std::to_string(a) +
                     " are both connected to " + map[a] + "; expected an interface each");
    }
  }
  return map;
}

}  // namespace sluice
