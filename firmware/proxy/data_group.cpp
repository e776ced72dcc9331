// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/data_group.h"

#include <algorithm>

#include "firmware/control/config_value.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

using Kind = DataGroup::Entry::Kind;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lowerCase);
  return result;
}

bool has(const std::vector<DataGroup::Entry>& entries, const DataGroup::Entry& entry) {
  return std::find(entries.begin(), entries.end(), entry) != entries.end();
}

Result<void> note(std::vector<DataGroup::Entry>& list, const DataGroupEdits& edits,
                  DataGroup::Entry entry) {
  if (edits.added.size() + edits.removed.size() >= DataGroupEdits::kMost)
    return Error{ErrorCode::kExhausted, "too many edits: at most 65536 of a data-group"};
  list.push_back(std::move(entry));
  return {};
}

}  // namespace

void DataGroupTable::add(const DataGroup::Entry& entry) {
  switch (entry.kind) {
    case Kind::kText:
      texts_.insert(entry.text);
      hosts_.insert(lower(entry.text));
      break;
    case Kind::kPrefix:
      prefixes_[entry.text.size()].insert(entry.text);
      break;
    case Kind::kNetwork: {
      const IpPrefix network = entry.network.network();
      networks_[network.address.v6][network.length].insert(network.address);
      break;
    }
  }
}

bool DataGroupTable::holds(std::string_view text) const {
  return texts_.contains(text) ||
         std::any_of(prefixes_.begin(), prefixes_.end(), [&](const auto& of_length) {
           return of_length.second.contains(text.substr(0, of_length.first));
         });
}

bool DataGroupTable::holdsHost(std::string_view host) const {
  const std::string name = lower(host);
  if (hosts_.contains(name)) return true;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    if (hosts_.contains("*" + name.substr(dot))) return true;
  }
  return false;
}

bool DataGroupTable::holds(const IpAddress& address) const {
  const auto& by_length = networks_[address.v6];
  return std::any_of(by_length.begin(), by_length.end(), [&](const auto& of_length) {
    return of_length.second.contains(address.masked(of_length.first));
  });
}

std::string toText(const DataGroup::Entry& entry) {
  if (entry.kind == Kind::kNetwork) return "network " + entry.network.toString();
  return (entry.kind == Kind::kText ? "text " : "prefix ") + entry.text;
}

std::vector<DataGroup::Entry> entriesOf(const DataGroup& group, const DataGroupEdits* edits) {
  if (edits == nullptr) return group.entries;
  std::vector<DataGroup::Entry> entries;
  for (const DataGroup::Entry& entry : group.entries) {
    if (!has(edits->removed, entry)) entries.push_back(entry);
  }
  for (const DataGroup::Entry& entry : edits->added) {
    if (!has(group.entries, entry)) entries.push_back(entry);
  }
  return entries;
}

Result<void> addEntry(const DataGroup& group, DataGroupEdits& edits, DataGroup::Entry entry) {
  if (std::erase(edits.removed, entry) != 0) return {};
  if (has(group.entries, entry) || has(edits.added, entry))
    return Error{ErrorCode::kInvalidInput,
                 "data-group " + quoted(group.name) + " has this entry already"};
  return note(edits.added, edits, std::move(entry));
}

Result<void> removeEntry(const DataGroup& group, DataGroupEdits& edits, DataGroup::Entry entry) {
  const bool added = std::erase(edits.added, entry) != 0;
  if (has(group.entries, entry) && !has(edits.removed, entry))
    return note(edits.removed, edits, std::move(entry));
  if (added) return {};
  return Error{ErrorCode::kInvalidInput,
               "data-group " + quoted(group.name) + " does not have this entry"};
}

DataGroups makeGroups(const Config& config, const AllGroupEdits& edits) {
  DataGroups groups;
  for (const DataGroup& group : config.data_groups) {
    const auto edited = edits.find(group.name);
    auto table = std::make_shared<DataGroupTable>();
    for (const auto& entry : entriesOf(group, edited == edits.end() ? nullptr : &edited->second))
      table->add(entry);
    groups[group.name] = std::move(table);
  }
  return groups;
}

}  // namespace sluice::proxy
