// SPDX-License-Identifier: Apache-2.0
// A configuration as lines that can be compared and merged: one per statement, keyed by what it is
// about, so that two values of the same leaf meet.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/control/config.h"

namespace sluice::mgmt {

struct ConfigLine {
  std::string block;  // the line that opens its block; empty: outside blocks
  std::string key;    // unique within the block: "algorithm", "member 10.0.0.11:80"
  std::string text;   // without indentation: "member 10.0.0.11:80 ratio 2"
  bool opens = false;
  bool operator==(const ConfigLine&) const = default;
};

// In the order of the printed text.
std::vector<ConfigLine> configLines(const Config& config);

// What changed, block by block: lines that begin with - or +, under the line of their block. Empty:
// nothing.
std::string configDiff(const Config& from, const Config& to);

// The printed text of one kind of statement, or of one object: "pool", "web". Empty: all.
std::string configSection(const Config& config, std::string_view word, std::string_view name);

// What statements say, by block line and key: value("pool web", "algorithm") is "maglev".
class ConfigText {
 public:
  explicit ConfigText(const Config& config);
  // Empty: not said.
  std::string value(const std::string& block, const std::string& key) const;

 private:
  std::map<std::pair<std::string, std::string>, std::string> texts_;
};

struct Conflict {
  std::string path;                // "pool web: algorithm"
  std::string base, mine, theirs;  // empty: not there
};

struct Merge {
  Config config;                    // of use only without conflicts, or with kTheirs
  std::vector<Conflict> conflicts;  // changed by both, differently
};

enum class OnConflict { kRefuse, kTheirs };

// Brings the changes from `base` to `mine` into `theirs`.
Merge mergeConfigs(const Config& base, const Config& mine, const Config& theirs,
                   OnConflict on_conflict = OnConflict::kRefuse);

}  // namespace sluice::mgmt
