// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/revision_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>

namespace sluice::mgmt {
namespace {

class RevisionStoreTest : public ::testing::Test {
 protected:
  RevisionStoreTest()
      : directory_(std::filesystem::temp_directory_path() /
                   ("sluice-store-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(directory_);
  }
  ~RevisionStoreTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<RevisionStore> open() {
    auto store = RevisionStore::open(directory_.string());
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  static uint64_t add(RevisionStore& store, const std::string& config) {
    const auto number = store.store({0, 1000, "alice", "why", config}, std::nullopt);
    EXPECT_TRUE(number.ok());
    return number ? *number : 0;
  }

  std::filesystem::path directory_;
};

TEST_F(RevisionStoreTest, WhatWasStoredIsThereAfterOpeningAgain) {
  {
    auto store = open();
    EXPECT_EQ(store->head(), 0u);
    EXPECT_EQ(add(*store, "one"), 1u);
    EXPECT_EQ(add(*store, std::string("t\0wo", 4)), 2u);
  }
  auto store = open();
  EXPECT_EQ(store->head(), 2u);
  EXPECT_EQ(store->read(2)->config, std::string("t\0wo", 4));
  EXPECT_EQ(store->read(1)->who, "alice");
  EXPECT_EQ(store->list()->front().number, 2u);
  EXPECT_EQ(store->read(3).error().code, ErrorCode::kNotFound);
}

TEST_F(RevisionStoreTest, OnlyOneProcessHasIt) {
  auto store = open();
  const auto second = RevisionStore::open(directory_.string());
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("in use by another appliance"), std::string::npos)
      << second.error().message;
}

TEST_F(RevisionStoreTest, OldRevisionsGoButNotTheOneToGoBackTo) {
  auto store = open();
  for (uint64_t i = 1; i <= RevisionStore::kKept + 3; ++i) add(*store, std::to_string(i));
  EXPECT_FALSE(store->read(3).ok());
  EXPECT_TRUE(store->read(4).ok());
  EXPECT_EQ(store->list()->size(), RevisionStore::kKept);
}

TEST_F(RevisionStoreTest, PendingSurvivesUntilConfirmedOrReplaced) {
  {
    auto store = open();
    add(*store, "one");
    ASSERT_TRUE(store->store({0, 1, "a", "", "two"}, PendingConfirm{0, 1, 99}).ok());
  }
  auto store = open();
  ASSERT_TRUE(store->pending().has_value());
  EXPECT_EQ(store->pending()->revision, 2u);
  EXPECT_EQ(store->pending()->back_to, 1u);
  EXPECT_EQ(store->pending()->deadline_ms, 99);
  ASSERT_TRUE(store->confirm().ok());
  EXPECT_FALSE(store->pending().has_value());
  store.reset();
  EXPECT_FALSE(open()->pending().has_value());
}

TEST_F(RevisionStoreTest, OverridesAreKeptInOrder) {
  const std::vector<OverrideRecord> all = {{"virtual shop", "disable", "alice", 5},
                                           {"member web 10.0.0.11:80", "drain", "bob", 6}};
  {
    auto store = open();
    ASSERT_TRUE(store->setOverrides(all).ok());
  }
  auto store = open();
  EXPECT_EQ(*store->overrides(), all);
  ASSERT_TRUE(store->setOverrides({}).ok());
  EXPECT_TRUE(store->overrides()->empty());
}

void damage(const std::filesystem::path& directory, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((directory / "revisions.sqlite").c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

TEST_F(RevisionStoreTest, ADamagedTextAndALaterFormatAreRefused) {
  add(*open(), "one");
  damage(directory_, "UPDATE revision SET config = 'on'");
  EXPECT_NE(open()->read(1).error().message.find("damaged"), std::string::npos);
  damage(directory_, "PRAGMA user_version = 9");
  const auto later = RevisionStore::open(directory_.string());
  ASSERT_FALSE(later.ok());
  EXPECT_NE(later.error().message.find("later version"), std::string::npos);
}

TEST_F(RevisionStoreTest, ADirectoryThatCannotBeMadeIsSaid) {
  const auto store = RevisionStore::open("/proc/nowhere/store");
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.error().message.find("/proc/nowhere/store"), std::string::npos);
}

}  // namespace
}  // namespace sluice::mgmt
