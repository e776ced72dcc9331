// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/config_manager.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "firmware/control/config_text.h"
#include "mgmt/core/config_tree.h"
#include "mgmt/core/event_source.h"

namespace sluice::mgmt {

namespace {

bool isWeight(const OverrideRecord& record) { return record.what.starts_with("weight "); }

std::string memberObject(const std::string& pool, const Endpoint& member) {
  return "member " + pool + " " + member.toString();
}

// What a record says, added to `overrides`. False: it says nothing that is understood.
bool addOverride(const OverrideRecord& record, Overrides& overrides) {
  std::istringstream words(record.object);
  std::string kind, name, address;
  words >> kind >> name >> address;
  if (kind == "virtual" && (record.what == "enable" || record.what == "disable")) {
    overrides.virtuals[name] = record.what == "enable";
    return true;
  }
  const auto endpoint = Endpoint::parse(address);
  if (kind != "member" || !endpoint) return false;
  Overrides::OfMember& member = overrides.members[MemberKey{name, *endpoint}];
  if (isWeight(record)) {
    uint32_t weight = 0;
    const std::string_view number = std::string_view(record.what).substr(7);
    std::from_chars(number.data(), number.data() + number.size(), weight);
    member.weight = weight;
    return weight >= 1 && weight <= 255;
  }
  if (record.what == "drain") member.admin = AdminState::kDrain;
  if (record.what == "disable") member.admin = AdminState::kDown;
  if (record.what == "enable") member.admin = AdminState::kUp;
  return member.admin.has_value();
}

Overrides overridesOf(const std::vector<OverrideRecord>& records) {
  Overrides overrides;
  for (const OverrideRecord& record : records) addOverride(record, overrides);
  return overrides;
}

bool stillExists(const OverrideRecord& record, const Config& config) {
  Overrides one;
  if (!addOverride(record, one)) return false;
  for (const auto& [key, value] : one.members) {
    const Pool* pool = findByName(config.pools, key.pool);
    if (pool == nullptr || pool->find(key.endpoint) == nullptr) return false;
  }
  for (const auto& [name, enabled] : one.virtuals) {
    if (findByName(config.virtuals, name) == nullptr) return false;
  }
  return true;
}

std::string_view word(AdminState state) {
  switch (state) {
    case AdminState::kDrain:
      return "drain";
    case AdminState::kDown:
      return "disable";
    case AdminState::kUp:
      break;
  }
  return "enable";
}

std::string describe(const std::vector<Conflict>& conflicts) {
  const auto shown = [](const std::string& text) {
    return text.empty() ? std::string("nothing") : "'" + text + "'";
  };
  std::string text;
  for (const Conflict& conflict : conflicts) {
    text += "\n  " + conflict.path + ": was " + shown(conflict.base) + ", yours " +
            shown(conflict.mine) + ", committed meanwhile " + shown(conflict.theirs);
  }
  return text;
}

Result<Config> parseStored(const Revision& revision) {
  ConfigParse parse = parseConfig(revision.config);
  if (parse.ok()) return std::move(parse.config);
  return Error{ErrorCode::kInvalidInput,
               "revision " + std::to_string(revision.number) +
                   " is not understood: " + parse.diagnostics.front().message};
}

}  // namespace

Result<std::optional<Config>> storedConfig(RevisionStore& store, WallTime now) {
  if (store.head() == 0) return std::optional<Config>();
  const int64_t now_ms = now.time_since_epoch().count();
  const auto pending = store.pending();
  if (pending && pending->deadline_ms <= now_ms) {
    auto before = store.read(pending->back_to);
    if (!before) return before.error();
    const Revision back{0, now_ms, "sluice",
                        "revision " + std::to_string(pending->revision) + " was not confirmed",
                        before->config};
    if (auto stored = store.store(back, std::nullopt); !stored) return stored.error();
  }
  auto revision = store.read(store.head());
  if (!revision) return revision.error();
  auto config = parseStored(*revision);
  if (!config) return config.error();
  return std::optional<Config>(std::move(*config));
}

Result<std::vector<std::string>> ConfigManager::start(const std::string& from) {
  std::vector<std::string> notes;
  if (store_.head() == 0) {
    auto stored = store({.who = "sluice", .comment = from});
    if (!stored) return stored.error();
    if (EventSource* events = appliance_.events())
      events->configurationChanged(*stored, "sluice", from);
  }
  auto records = store_.overrides();
  if (!records) return records.error();
  for (OverrideRecord& record : *records) {
    if (stillExists(record, running())) {
      records_.push_back(std::move(record));
    } else {
      notes.push_back("override '" + record.object + " " + record.what +
                      "' is of nothing that exists; dropped");
    }
  }
  if (!records_.empty()) {
    if (auto set = appliance_.setOverrides(overridesOf(records_)); !set) return set.error();
  }
  return notes;
}

Result<Config> ConfigManager::merged(const Config& base, const Config& candidate,
                                     bool& merged) const {
  merged = !(base == running());
  if (!merged) return candidate;
  Merge merge = mergeConfigs(base, candidate, running());
  if (merge.conflicts.empty()) return std::move(merge.config);
  return Error{ErrorCode::kInvalidInput,
               std::to_string(merge.conflicts.size()) +
                   " conflicts with what was committed since this session began; change these "
                   "lines, or 'rebase' to take what was committed" +
                   describe(merge.conflicts)};
}

Rebased ConfigManager::rebased(const Config& base, const Config& candidate) const {
  Merge merge = mergeConfigs(base, candidate, running(), OnConflict::kTheirs);
  Rebased result{std::move(merge.config), {}};
  for (const Conflict& conflict : merge.conflicts) result.lost.push_back(conflict.path);
  return result;
}

Result<CommitResult> ConfigManager::check(const Config& base, const Config& candidate) {
  CommitResult result;
  result.revision = head();
  auto config = merged(base, candidate, result.merged);
  if (!config) return config.error();
  auto checked = appliance_.check(*config);
  if (!checked) return checked.error();
  result.warnings = std::move(*checked);
  result.changed = !(*config == running());
  return result;
}

Result<uint64_t> ConfigManager::store(const CommitOptions& options) {
  std::optional<PendingConfirm> pending;
  if (options.confirm_within.count() != 0) {
    pending = PendingConfirm{0, store_.pending() ? store_.pending()->back_to : head(),
                             nowMs() + std::chrono::milliseconds(options.confirm_within).count()};
  }
  return store_.store({0, nowMs(), options.who, options.comment, printConfig(running())}, pending);
}

Result<CommitResult> ConfigManager::commit(const Config& base, const Config& candidate,
                                           const CommitOptions& options) {
  CommitResult result;
  auto config = merged(base, candidate, result.merged);
  if (!config) return config.error();
  result.confirmed = store_.pending().has_value() && options.confirm_within.count() == 0;
  result.revision = head();
  result.changed = !(*config == running());
  if (!result.changed) {
    if (result.confirmed) {
      if (auto done = keepPending(options.who, "confirmed"); !done) return done.error();
    }
    return result;
  }
  const Config before = running();
  auto applied = appliance_.apply(*config);
  if (!applied) return applied.error();
  result.warnings = std::move(*applied);
  auto stored = store(options);
  if (!stored) {
    // What is not stored is not in force.
    if (auto back = appliance_.apply(before); !back) {
      return Error{ErrorCode::kInternal, stored.error().message +
                                             "; and the configuration before "
                                             "could not be brought back: " +
                                             back.error().message};
    }
    return stored.error();
  }
  result.revision = *stored;
  if (EventSource* events = appliance_.events()) {
    events->configurationChanged(*stored, options.who, options.comment);
    if (options.confirm_within.count() != 0)
      events->configurationPending(*stored, options.who, options.confirm_within);
  }
  std::vector<OverrideRecord> kept;
  std::copy_if(records_.begin(), records_.end(), std::back_inserter(kept),
               [&](const OverrideRecord& record) { return stillExists(record, running()); });
  if (kept.size() != records_.size()) {
    records_ = std::move(kept);
    if (auto set = store_.setOverrides(records_); !set)
      result.warnings.push_back(set.error().message);
  }
  return result;
}

Result<void> ConfigManager::keepPending(const std::string& who, const std::string& why) {
  if (auto done = store_.confirm(); !done) return done;
  if (EventSource* events = appliance_.events()) events->configurationChanged(head(), who, why);
  return {};
}

Result<bool> ConfigManager::confirm(const std::string& who) {
  if (!store_.pending()) return false;
  if (auto done = keepPending(who, "confirmed"); !done) return done.error();
  return true;
}

Result<void> ConfigManager::takeBack(const std::string& who, const std::string& comment) {
  auto config = revisionConfig(store_.pending()->back_to);
  if (!config) return config.error();
  if (auto applied = appliance_.apply(*config); !applied) return applied.error();
  auto stored = store({.who = who, .comment = comment});
  if (!stored) return stored.error();
  if (EventSource* events = appliance_.events())
    events->configurationTakenBack(*stored, who, comment);
  return {};
}

Result<bool> ConfigManager::cancelPending(const std::string& who) {
  if (!store_.pending()) return false;
  const uint64_t number = store_.pending()->revision;
  if (auto done = takeBack(who, "revision " + std::to_string(number) + " was taken back"); !done)
    return done.error();
  return true;
}

std::string ConfigManager::tick() {
  if (!store_.pending() || store_.pending()->deadline_ms > nowMs()) return "";
  const std::string what =
      "revision " + std::to_string(store_.pending()->revision) + " was not confirmed";
  if (auto done = takeBack("sluice", what); !done) {
    // Tried once: what cannot be taken back stays, and says so.
    (void)keepPending("sluice", "it could not be taken back");
    return what + ", but could not be taken back: " + done.error().message;
  }
  return what + " and was taken back: revision " + std::to_string(head()) + " is in force";
}

Result<Config> ConfigManager::revisionConfig(uint64_t number) {
  auto stored = store_.read(number);
  if (!stored) return stored.error();
  return parseStored(*stored);
}

Result<void> ConfigManager::changeOverrides(std::vector<OverrideRecord> records,
                                            const std::string& what, const std::string& who) {
  if (auto set = appliance_.setOverrides(overridesOf(records)); !set) return set;
  if (auto stored = store_.setOverrides(records); !stored) {
    (void)appliance_.setOverrides(overridesOf(records_));
    return stored;
  }
  records_ = std::move(records);
  if (appliance_.events() != nullptr) appliance_.events()->overrideChanged(what, who);
  return {};
}

Result<void> ConfigManager::replaceOverride(OverrideRecord record, bool weight) {
  std::vector<OverrideRecord> records = records_;
  std::erase_if(records, [&](const OverrideRecord& other) {
    return other.object == record.object && isWeight(other) == weight;
  });
  records.push_back(record);
  return changeOverrides(std::move(records), record.object + ": " + record.what, record.who);
}

Result<void> ConfigManager::overrideMember(const std::string& pool, const Endpoint& member,
                                           AdminState state, const std::string& who) {
  return replaceOverride({memberObject(pool, member), std::string(word(state)), who, nowMs()},
                         false);
}

Result<void> ConfigManager::overrideWeight(const std::string& pool, const Endpoint& member,
                                           uint32_t weight, const std::string& who) {
  return replaceOverride(
      {memberObject(pool, member), "weight " + std::to_string(weight), who, nowMs()}, true);
}

Result<void> ConfigManager::overrideVirtual(const std::string& name, bool enabled,
                                            const std::string& who) {
  return replaceOverride({"virtual " + name, enabled ? "enable" : "disable", who, nowMs()}, false);
}

Result<size_t> ConfigManager::clearOverrides(const std::string& object, const std::string& who) {
  std::vector<OverrideRecord> records = records_;
  const size_t cleared = std::erase_if(records, [&](const OverrideRecord& record) {
    return object.empty() || record.object == object;
  });
  if (cleared == 0) return cleared;
  const std::string what = (object.empty() ? "all" : object) + ": cleared";
  if (auto done = changeOverrides(std::move(records), what, who); !done) return done.error();
  return cleared;
}

}  // namespace sluice::mgmt
