// SPDX-License-Identifier: Apache-2.0
// What the appliance changes in the headers of a message that it sends on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {

struct HeaderEdits {
  std::vector<std::string> remove;  // names
  std::string add;                  // whole lines with CR LF, behind all others

  bool removes(std::string_view name) const {
    for (const std::string& other : remove) {
      if (equalIgnoringCase(other, name)) return true;
    }
    return false;
  }
  void append(const HeaderEdits& other) {
    remove.insert(remove.end(), other.remove.begin(), other.remove.end());
    add += other.add;
  }
  // In place of whatever had that name.
  void set(const std::string& name, std::string_view value) {
    remove.push_back(name);
    add.append(name).append(": ").append(value).append("\r\n");
  }
};

}  // namespace sluice::proxy
