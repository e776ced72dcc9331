// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/revision_store.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>

namespace sluice::mgmt {

namespace {

constexpr char kSchema[] = R"(
CREATE TABLE IF NOT EXISTS revision (
  number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, who TEXT NOT NULL, comment TEXT NOT NULL,
  config TEXT NOT NULL, digest INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS pending (
  id INTEGER PRIMARY KEY CHECK (id = 0), revision INTEGER NOT NULL, back_to INTEGER NOT NULL,
  deadline_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS override (
  object TEXT NOT NULL, what TEXT NOT NULL, who TEXT NOT NULL, time_ms INTEGER NOT NULL) STRICT;
)";

// The version of this schema, in the file.
constexpr int kVersion = 1;

// FNV-1a: tells a damaged text from a whole one.
int64_t digest(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return static_cast<int64_t>(hash);
}

}  // namespace

// A prepared statement. The first error stays, and makes done() false.
class RevisionStore::Statement {
 public:
  Statement(sqlite3* database, const char* sql) {
    good_ = sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) == SQLITE_OK;
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int64_t value) {
    good_ = good_ && sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK;
    return *this;
  }
  Statement& bind(const std::string& value) {
    good_ = good_ && sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK;
    return *this;
  }
  bool row() {
    const int step = good_ ? sqlite3_step(statement_) : SQLITE_ERROR;
    good_ = step == SQLITE_ROW || step == SQLITE_DONE;
    return step == SQLITE_ROW;
  }
  // Runs to the end; true: no error so far.
  bool done() {
    while (row()) {
    }
    return good_;
  }
  bool good() const { return good_; }
  int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  bool good_ = false;
};

void RevisionStore::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

RevisionStore::~RevisionStore() = default;

Error RevisionStore::failure(const std::string& doing) const {
  return {ErrorCode::kIo, doing + ": " + sqlite3_errmsg(database_.get())};
}

Result<void> RevisionStore::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure("configuration store");
  return {};
}

template <typename Work>
Result<void> RevisionStore::transact(Work work) {
  if (auto begun = execute("BEGIN IMMEDIATE"); !begun) return begun;
  Result<void> done = work() ? execute("COMMIT") : Result<void>(failure("cannot be stored"));
  if (!done) (void)execute("ROLLBACK");
  return done;
}

Result<std::unique_ptr<RevisionStore>> RevisionStore::open(const std::string& directory) {
  std::string path = ":memory:";
  if (!directory.empty()) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return Error{ErrorCode::kIo, directory + ": " + error.message()};
    path = directory + "/revisions.sqlite";
  }
  sqlite3* opened = nullptr;
  const int status =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  std::unique_ptr<RevisionStore> store(new RevisionStore(std::unique_ptr<sqlite3, Close>(opened)));
  if (status != SQLITE_OK) return Error{ErrorCode::kIo, path + ": " + sqlite3_errstr(status)};
  if (auto ready = store->setUp(); !ready) {
    const int code = sqlite3_errcode(opened) & 0xff;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
      return Error{ErrorCode::kIo, path + " is in use by another appliance"};
    return Error{ready.error().code, path + ": " + ready.error().message};
  }
  return store;
}

Result<void> RevisionStore::setUp() {
  // The lock is taken with the first write and kept.
  if (auto set = execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
                         "PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;");
      !set)
    return set;
  int64_t version = 0;
  if (Statement query(database_.get(), "PRAGMA user_version"); query.row())
    version = query.number(0);
  if (version > kVersion) {
    return Error{ErrorCode::kIo, "was written by a later version of Sluice (format " +
                                     std::to_string(version) + ", this one knows " +
                                     std::to_string(kVersion) + ")"};
  }
  if (auto made = transact([&] {
        return execute(kSchema).ok() &&
               execute(("PRAGMA user_version=" + std::to_string(kVersion)).c_str()).ok();
      });
      !made)
    return made;
  Statement newest(database_.get(), "SELECT max(number) FROM revision");
  if (newest.row()) head_ = static_cast<uint64_t>(newest.number(0));
  if (!newest.good()) return failure("configuration store");
  Statement pending(database_.get(), "SELECT revision, back_to, deadline_ms FROM pending");
  if (pending.row()) {
    pending_ = PendingConfirm{static_cast<uint64_t>(pending.number(0)),
                              static_cast<uint64_t>(pending.number(1)), pending.number(2)};
  }
  if (!pending.good()) return failure("configuration store");
  return {};
}

Result<uint64_t> RevisionStore::store(const Revision& revision,
                                      const std::optional<PendingConfirm>& confirm) {
  const auto number = static_cast<int64_t>(head_ + 1);
  std::optional<PendingConfirm> pending = confirm;
  if (pending) pending->revision = head_ + 1;
  const auto done = transact([&] {
    const bool stored = Statement(database_.get(), "INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?)")
                            .bind(number)
                            .bind(revision.time_ms)
                            .bind(revision.who)
                            .bind(revision.comment)
                            .bind(revision.config)
                            .bind(digest(revision.config))
                            .done();
    // What a pending one goes back to is kept as long as it may be needed.
    const bool trimmed = Statement(database_.get(),
                                   "DELETE FROM revision WHERE number <= ? AND number NOT IN "
                                   "(SELECT back_to FROM pending)")
                             .bind(number - static_cast<int64_t>(kKept))
                             .done();
    const bool cleared = Statement(database_.get(), "DELETE FROM pending").done();
    const bool armed =
        !pending || Statement(database_.get(), "INSERT INTO pending VALUES (0, ?, ?, ?)")
                        .bind(number)
                        .bind(static_cast<int64_t>(pending->back_to))
                        .bind(pending->deadline_ms)
                        .done();
    return stored && trimmed && cleared && armed;
  });
  if (!done) return done.error();
  head_ += 1;
  pending_ = pending;
  return head_;
}

Result<void> RevisionStore::confirm() {
  const auto done =
      transact([&] { return Statement(database_.get(), "DELETE FROM pending").done(); });
  if (done) pending_.reset();
  return done;
}

Result<Revision> RevisionStore::read(uint64_t number) {
  Statement query(database_.get(),
                  "SELECT time_ms, who, comment, config, digest FROM revision WHERE number = ?");
  query.bind(static_cast<int64_t>(number));
  if (!query.row()) {
    if (!query.good()) return failure("revision " + std::to_string(number));
    return Error{ErrorCode::kNotFound, "there is no revision " + std::to_string(number) +
                                           "; the newest is " + std::to_string(head_) +
                                           ", the last " + std::to_string(kKept) + " are kept"};
  }
  Revision revision{number, query.number(0), query.text(1), query.text(2), query.text(3)};
  if (digest(revision.config) != query.number(4))
    return Error{ErrorCode::kIo, "revision " + std::to_string(number) + " is damaged"};
  return revision;
}

Result<std::vector<Revision>> RevisionStore::list() {
  Statement query(database_.get(),
                  "SELECT number, time_ms, who, comment FROM revision ORDER BY number DESC");
  std::vector<Revision> all;
  while (query.row()) {
    all.push_back({static_cast<uint64_t>(query.number(0)), query.number(1), query.text(2),
                   query.text(3), ""});
  }
  if (!query.good()) return failure("revisions");
  return all;
}

Result<void> RevisionStore::setOverrides(const std::vector<OverrideRecord>& all) {
  return transact([&] {
    bool good = Statement(database_.get(), "DELETE FROM override").done();
    for (const OverrideRecord& record : all) {
      good = good && Statement(database_.get(), "INSERT INTO override VALUES (?, ?, ?, ?)")
                         .bind(record.object)
                         .bind(record.what)
                         .bind(record.who)
                         .bind(record.time_ms)
                         .done();
    }
    return good;
  });
}

Result<std::vector<OverrideRecord>> RevisionStore::overrides() {
  Statement query(database_.get(),
                  "SELECT object, what, who, time_ms FROM override ORDER BY rowid");
  std::vector<OverrideRecord> all;
  while (query.row()) all.push_back({query.text(0), query.text(1), query.text(2), query.number(3)});
  if (!query.good()) return failure("overrides");
  return all;
}

}  // namespace sluice::mgmt
