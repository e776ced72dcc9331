// SPDX-License-Identifier: Apache-2.0
// Lists of protocols as they are on the wire (RFC 7301).
#pragma once

#include <string>
#include <vector>

namespace sluice::tls {

// Length-prefixed names, one behind the other.
inline std::string alpnWire(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    wire += static_cast<char>(protocol.size());
    wire += protocol;
  }
  return wire;
}

}  // namespace sluice::tls
