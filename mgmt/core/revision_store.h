// SPDX-License-Identifier: Apache-2.0
// Numbered revisions of the configuration, and overrides, on disk (SQLite).
//
// What a call reported as done survives a kill of the process and a loss of power at any later
// moment (write-ahead log, synchronous FULL); what was not reported is there wholly or not at all.
// One process at a time: a second one is refused. The newest kKept revisions are kept.
//
// Not thread-safe. Calls wait for the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/base/result.h"

struct sqlite3;

namespace sluice::mgmt {

struct Revision {
  uint64_t number = 0;  // from 1, by store()
  int64_t time_ms = 0;  // since 1970
  std::string who;      // "alice (console)"
  std::string comment;
  std::string config;  // text; not read by list()
};

// A revision that goes unless it is confirmed.
struct PendingConfirm {
  uint64_t revision = 0;
  uint64_t back_to = 0;     // the revision that was in force before
  int64_t deadline_ms = 0;  // since 1970
};

// An administrative override and whose it is.
struct OverrideRecord {
  std::string object;  // "member web 10.0.0.11:80", "virtual shop"
  std::string what;    // "drain", "enable", "disable", "weight 5"
  std::string who;
  int64_t time_ms = 0;
  bool operator==(const OverrideRecord&) const = default;
};

class RevisionStore {
 public:
  static constexpr uint64_t kKept = 50;

  // In a directory, which is made if it is not there; "" = in memory. kIo, with what to do.
  static Result<std::unique_ptr<RevisionStore>> open(const std::string& directory);
  ~RevisionStore();
  RevisionStore(const RevisionStore&) = delete;
  RevisionStore& operator=(const RevisionStore&) = delete;

  // The next revision; with `confirm`, it is pending, else nothing is. Returns its number.
  Result<uint64_t> store(const Revision& revision, const std::optional<PendingConfirm>& confirm);
  // Nothing is pending any more.
  Result<void> confirm();

  // 0 = none yet.
  uint64_t head() const { return head_; }
  const std::optional<PendingConfirm>& pending() const { return pending_; }
  // kNotFound says which there are; kIo: damaged.
  Result<Revision> read(uint64_t number);
  Result<std::vector<Revision>> list();  // newest first, without texts

  Result<void> setOverrides(const std::vector<OverrideRecord>& all);
  Result<std::vector<OverrideRecord>> overrides();

 private:
  class Statement;
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit RevisionStore(std::unique_ptr<sqlite3, Close> database)
      : database_(std::move(database)) {}

  Error failure(const std::string& doing) const;
  Result<void> execute(const char* sql);
  // Runs `work` in a transaction that is undone if it fails.
  template <typename Work>
  Result<void> transact(Work work);
  Result<void> setUp();

  std::unique_ptr<sqlite3, Close> database_;
  uint64_t head_ = 0;
  std::optional<PendingConfirm> pending_;
};

}  // namespace sluice::mgmt
