// SPDX-License-Identifier: Apache-2.0
// Data groups, ready to be asked: the configured entries, with what the console added to them and
// took away.
//
// A question takes time by the number of different lengths of prefixes in the group, not by that of
// entries. A table does not change; an edit makes another one.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/config.h"

namespace sluice::proxy {

class DataGroupTable {
 public:
  void add(const DataGroup::Entry& entry);

  // A text of the group, or one that begins with a prefix of it.
  bool holds(std::string_view text) const;
  // Without regard to case; *.HOST is every host below HOST.
  bool holdsHost(std::string_view host) const;
  bool holds(const IpAddress& address) const;

 private:
  using Texts = std::set<std::string, std::less<>>;

  Texts texts_, hosts_;  // the latter in lower case
  std::map<size_t, Texts> prefixes_;
  std::map<uint8_t, std::set<IpAddress>> networks_[2];  // of IPv4, IPv6: by length
};

// What the console changed of a group; outlives changes of the configuration.
struct DataGroupEdits {
  static constexpr size_t kMost = 65'536;
  std::vector<DataGroup::Entry> added, removed;
};

// "text x", "prefix /a", "network 192.0.2.0/24"
std::string toText(const DataGroup::Entry& entry);

// In effect: in configuration order, then what was added.
std::vector<DataGroup::Entry> entriesOf(const DataGroup& group, const DataGroupEdits* edits);

// kInvalidInput: it is there already, or is not; kExhausted: kMost edits.
Result<void> addEntry(const DataGroup& group, DataGroupEdits& edits, DataGroup::Entry entry);
Result<void> removeEntry(const DataGroup& group, DataGroupEdits& edits, DataGroup::Entry entry);

using DataGroups = std::map<std::string, std::shared_ptr<const DataGroupTable>, std::less<>>;
using AllGroupEdits = std::map<std::string, DataGroupEdits, std::less<>>;
DataGroups makeGroups(const Config& config, const AllGroupEdits& edits = {});

}  // namespace sluice::proxy
