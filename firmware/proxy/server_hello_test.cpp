// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/server_hello.h"

#include <gtest/gtest.h>

#include "firmware/proxy/test_client_hello.h"

namespace sluice::proxy {
namespace {

using State = ServerHello::State;

TEST(ServerHelloTest, TellsTheSessionAndTheVersion) {
  const ServerHello old = readServerHello(serverHello("0123") + "more records");
  EXPECT_EQ(old.state, State::kComplete);
  EXPECT_EQ(old.session_id, "0123");
  EXPECT_EQ(old.version, 0x0303);
  EXPECT_EQ(readServerHello(serverHello("")).session_id, "");
  EXPECT_EQ(readServerHello(serverHello("0123", 0x0304)).version, 0x0304);
}

TEST(ServerHelloTest, WaitsForTheRecord) {
  const std::string whole = serverHello(std::string(32, 's'), 0x0303);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(readServerHello(whole.substr(0, size)).state, State::kMore) << size;
  EXPECT_EQ(readServerHello(whole).state, State::kComplete);
}

TEST(ServerHelloTest, OtherBytesAreNone) {
  std::string hello = serverHello("0123");
  EXPECT_EQ(readServerHello("HTTP/1.1 400 Bad Request\r\n").state, State::kNone);
  EXPECT_EQ(readServerHello({"\x15\x03\x03\0\x02\x02\x28", 7}).state, State::kNone);  // an alert
  EXPECT_EQ(readServerHello(serverHello(std::string(33, 's'))).state, State::kNone);
  hello[5] = 1;  // a ClientHello
  EXPECT_EQ(readServerHello(hello).state, State::kNone);
  hello = serverHello("0123");
  hello[8] = static_cast<char>(hello[8] + 1);  // longer than its record
  EXPECT_EQ(readServerHello(hello).state, State::kNone);
}

}  // namespace
}  // namespace sluice::proxy
