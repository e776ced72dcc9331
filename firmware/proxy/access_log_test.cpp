// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::proxy {
namespace {

using std::chrono::microseconds;

AccessRecord record() {
  AccessRecord r;
  r.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'795'000'000'123));
  r.client = *IpAddress::parse("198.51.100.7");
  r.service = "shop";
  r.method = "GET";
  r.host = "shop.example";
  r.target = "/a?b";
  r.user_agent = "curl/7.88";
  r.status = 200;
  r.received = 1;
  r.sent = 4'096;
  r.rule = "api";
  r.tags = "partner";
  r.queue = std::chrono::microseconds(500);
  r.pool = "web";
  r.member = "10.0.0.11:80";
  r.retries = 1;
  r.connect = microseconds(250);
  r.first_byte = microseconds(1'500);
  r.total = microseconds(2'750);
  r.tls = "TLSv1.3";
  return r;
}

TEST(FormatAccess, Json) {
  EXPECT_EQ(
      formatAccess(record(), AccessFormat::kJson),
      "{\"time\":\"2026-11-18T11:06:40.123Z\",\"client\":\"198.51.100.7\",\"virtual\":\"shop\","
      "\"method\":\"GET\",\"host\":\"shop.example\",\"target\":\"/a?b\",\"version\":\"1.1\","
      "\"status\":200,\"cause\":\"\",\"received\":1,\"sent\":4096,\"rule\":\"api\","
      "\"pool\":\"web\",\"member\":\"10.0.0.11:80\",\"retries\":1,\"connect_ms\":0.25,"
      "\"first_byte_ms\":1.5,\"total_ms\":2.75,\"queue_ms\":0.5,\"tags\":\"partner\",\"tls\":"
      "\"TLSv1.3\",\"referer\":\"\","
      "\"user_agent\":\"curl/7.88\"}\n");
}

TEST(FormatAccess, Common) {
  EXPECT_EQ(formatAccess(record(), AccessFormat::kCommon),
            "198.51.100.7 - - [18/Nov/2026:11:06:40 +0000] \"GET /a?b HTTP/1.1\" 200 4096 \"-\" "
            "\"curl/7.88\" shop api 10.0.0.11:80 1 0.250 1.500 2.750 - partner 0.500\n");
}

TEST(FormatAccess, WhatClientsSendBeginsNoLine) {
  AccessRecord r = record();
  r.user_agent = "a\n\"b\\\x80";
  EXPECT_NE(formatAccess(r, AccessFormat::kCommon).find(R"("a\x0a\x22b\x5c\x80")"),
            std::string::npos);
  for (const AccessFormat format : {AccessFormat::kJson, AccessFormat::kCommon}) {
    const std::string line = formatAccess(r, format);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  }
}

TEST(AccessLog, WritesEveryLineInOrderAndFollowsAMovedFile) {
  const std::string file = testing::TempDir() + "sluice-access-" + std::to_string(::getpid());
  const auto readAll = [](const std::string& name) {
    std::ifstream stream(name);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  };
  std::string wanted;
  {
    AccessLog log(file);
    for (int i = 0; i < 1'000; ++i) {
      const std::string line = std::to_string(i) + "\n";
      log.add(line);
      wanted += line;
    }
  }
  EXPECT_EQ(readAll(file), wanted);
  AccessLog log(file);
  std::filesystem::rename(file, file + ".1");
  log.add("next\n");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (log.written() == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(readAll(file), "next\n");
  std::remove(file.c_str());
  std::remove((file + ".1").c_str());
}

TEST(AccessLog, CountsWhatCannotBeWritten) {
  AccessLog log("/nonexistent/access.log");
  log.add("x\n");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (log.lost() == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(log.lost(), 1u);
  EXPECT_EQ(log.written(), 0u);
}

}  // namespace
}  // namespace sluice::proxy
