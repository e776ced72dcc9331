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
  // What comes later counts: it takes away what was added before by its names, too.
  void append(const HeaderEdits& other) {
    for (const std::string& name : other.remove) takeAway(name);
    add += other.add;
  }
  // In place of whatever had that name.
  void set(const std::string& name, std::string_view value) {
    takeAway(name);
    add.append(name).append(": ").append(value).append("\r\n");
  }
  void takeAway(const std::string& name) {
    if (!removes(name)) remove.push_back(name);
    for (size_t at = 0; at < add.size();) {
      const size_t end = add.find("\r\n", at) + 2;
      const bool same =
          equalIgnoringCase(std::string_view(add).substr(at, add.find(':', at) - at), name);
      if (same) add.erase(at, end - at);
      at = same ? at : end;
    }
  }
};

}  // namespace sluice::proxy
