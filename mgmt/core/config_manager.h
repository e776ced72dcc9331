// SPDX-License-Identifier: Apache-2.0
// Changes of what the appliance does, made safe: commits as numbered revisions, merged with what
// others committed meanwhile, confirmed or taken back; and administrative overrides with whose they
// are.
//
// A commit is: merge, check, apply to the appliance (one atomic step for packets), store. Nothing
// of it stays if one of them fails. Overrides are stored like revisions and come back at power up.
//
// Not thread-safe. Time is that of the appliance.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mgmt/core/managed_appliance.h"
#include "mgmt/core/revision_store.h"

namespace sluice::mgmt {

struct CommitOptions {
  std::string who;  // "alice (console)"
  std::string comment;
  std::chrono::minutes confirm_within{0};  // 0: for good
};

struct CommitResult {
  uint64_t revision = 0;  // in force now
  bool changed = false;
  bool confirmed = false;  // what was pending is now for good
  bool merged = false;     // with changes that others committed meanwhile
  std::vector<std::string> warnings;
};

// A candidate brought up to what runs.
struct Rebased {
  Config config;
  std::vector<std::string> lost;  // where both changed the same: taken as it runs
};

// What the store says that the appliance starts with: its newest revision, or the one before if
// that had to be confirmed and was not. Nothing: the store is empty.
Result<std::optional<Config>> storedConfig(RevisionStore& store, WallTime now);

class ConfigManager {
 public:
  // Borrows both.
  ConfigManager(ManagedAppliance& appliance, RevisionStore& store)
      : appliance_(appliance), store_(store) {}

  // At power up, when the appliance runs the configuration it started with: makes that revision 1
  // if there is none, and brings overrides back. Returns what could not be, in sentences.
  Result<std::vector<std::string>> start(const std::string& from);

  uint64_t head() const { return store_.head(); }
  const Config& running() const { return appliance_.config(); }

  // What commit() would do, without any effect. `base` is what `candidate` was made from.
  Result<CommitResult> check(const Config& base, const Config& candidate);
  Result<CommitResult> commit(const Config& base, const Config& candidate,
                              const CommitOptions& options);
  Rebased rebased(const Config& base, const Config& candidate) const;
  // Keeps what was committed with `confirm_within`. False: nothing was pending.
  Result<bool> confirm(const std::string& who);
  // Takes it back at once. False: nothing was pending.
  Result<bool> cancelPending(const std::string& who);

  const std::optional<PendingConfirm>& pending() const { return store_.pending(); }
  // Takes back what was not confirmed in time. Call when pending()->deadline_ms has come. Returns
  // what there is to tell; empty: nothing.
  std::string tick();

  Result<Revision> revision(uint64_t number) { return store_.read(number); }
  Result<std::vector<Revision>> revisions() { return store_.list(); }
  Result<Config> revisionConfig(uint64_t number);

  // Overrides. Objects are as in OverrideRecord.
  Result<void> overrideMember(const std::string& pool, const Endpoint& member, AdminState state,
                              const std::string& who);
  Result<void> overrideWeight(const std::string& pool, const Endpoint& member, uint32_t weight,
                              const std::string& who);
  Result<void> overrideVirtual(const std::string& name, bool enabled, const std::string& who);
  // Of one object, or of all ("").  Returns how many there were.
  Result<size_t> clearOverrides(const std::string& object, const std::string& who);
  const std::vector<OverrideRecord>& overrides() const { return records_; }

 private:
  Result<Config> merged(const Config& base, const Config& candidate, bool& merged) const;
  Result<void> changeOverrides(std::vector<OverrideRecord> records, const std::string& what,
                               const std::string& who);
  Result<void> replaceOverride(OverrideRecord record, bool weight);
  // Stores what runs as the next revision.
  Result<uint64_t> store(const CommitOptions& options);
  Result<void> keepPending(const std::string& who, const std::string& why);
  Result<void> takeBack(const std::string& who, const std::string& comment);
  int64_t nowMs() const { return appliance_.now().time_since_epoch().count(); }

  ManagedAppliance& appliance_;
  RevisionStore& store_;
  std::vector<OverrideRecord> records_;
};

}  // namespace sluice::mgmt
