// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/persistence_table.h"

#include <algorithm>

namespace sluice::proxy {
namespace {

std::string shownOf(const ClientMark& mark) {
  constexpr size_t kOfSecrets = 4, kOfOthers = 64;
  const bool secret = mark.kind == "cookie" || mark.kind == "session";
  const size_t most = secret ? kOfSecrets : kOfOthers;
  return mark.value.size() <= most && !secret ? mark.value : mark.value.substr(0, most) + "...";
}

}  // namespace

std::string networkOf(const IpAddress& client, const Persistence& persist) {
  const uint32_t length = client.v6 ? persist.v6_length : persist.v4_length;
  return IpPrefix{client.masked(length), static_cast<uint8_t>(length)}.toString();
}

std::string PersistenceTable::keyOf(const ClientMark& mark) {
  std::string key;
  for (const std::string_view part : {mark.service, mark.pool, mark.kind}) {
    key += part;
    key += '\n';  // in no name
  }
  return key + mark.value;
}

std::optional<Endpoint> PersistenceTable::find(const ClientMark& mark, Nanoseconds now) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = entries_.find(keyOf(mark));
  if (entry == nullptr || entry->until <= now) return std::nullopt;
  return entry->member;
}

void PersistenceTable::set(const ClientMark& mark, const Endpoint& member, Nanoseconds now,
                           Nanoseconds time) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[keyOf(mark)];
  if (entry.service.empty()) {
    entry.service = mark.service;
    entry.pool = mark.pool;
    entry.kind = mark.kind;
    entry.shown = shownOf(mark);
  }
  entry.member = member;
  entry.until = now + time;
}

std::vector<PersistenceTable::Entry> PersistenceTable::list(size_t most, Nanoseconds now) const {
  const std::lock_guard lock(mutex_);
  entries_.eraseIf([&](const Entry& entry) { return entry.until <= now; });
  std::vector<Entry> all;
  entries_.forEach([&](const Entry& entry) { all.push_back(entry); });
  std::reverse(all.begin(), all.end());
  if (all.size() > most) all.resize(most);
  return all;
}

size_t PersistenceTable::clear(const Filter& filter) {
  const std::lock_guard lock(mutex_);
  return entries_.eraseIf([&](const Entry& entry) {
    return (filter.service.empty() || entry.service == filter.service) &&
           (filter.pool.empty() || entry.pool == filter.pool) &&
           (!filter.member || entry.member == *filter.member);
  });
}

size_t PersistenceTable::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sluice::proxy
