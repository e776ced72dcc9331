// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/client_hello.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "firmware/proxy/test_client_hello.h"

namespace sluice::proxy {
namespace {

using State = ClientHelloReader::State;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string number(size_t value, unsigned bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> 8 * bytes);
  return text;
}

std::string vector(const std::string& body, unsigned bytes) {
  return number(body.size(), bytes) + body;
}

std::string extension(unsigned type, const std::string& body) {
  return number(type, 2) + vector(body, 2);
}

std::string serverName(const std::string& name) {
  return extension(0, vector('\0' + vector(name, 2), 2));
}

struct Parts {
  std::string extensions = serverName("shop.example");
  std::string session_id = "0123";
  std::string version = "\x03\x03";
  std::string behind;
};

std::string message(const Parts& parts) {
  const std::string body = parts.version + std::string(32, 'r') + vector(parts.session_id, 1) +
                           vector("\x13\x01", 2) + vector(std::string(1, '\0'), 1) +
                           vector(parts.extensions, 2) + parts.behind;
  return '\x01' + vector(body, 3);
}

// In records of at most `most` bytes.
std::string records(std::string_view message, size_t most) {
  std::string data;
  for (; !message.empty(); message.remove_prefix(std::min(most, message.size())))
    data += "\x16\x03\x01" + vector(std::string(message.substr(0, most)), 2);
  return data;
}

std::string hello(const Parts& parts) { return records(message(parts), 16'384); }

TEST(ClientHello, OfOpenSslIsUnderstood) {
  ClientHelloReader reader;
  ASSERT_EQ(reader.read(clientHello("Shop.Example", "\x02h2\x08http/1.1")), State::kComplete)
      << reader.flaw();
  EXPECT_EQ(reader.hello().server_name, "shop.example");
  EXPECT_THAT(reader.hello().protocols, ElementsAre("h2", "http/1.1"));
  EXPECT_EQ(reader.hello().version, 0x0304);
  EXPECT_EQ(reader.hello().session_id.size(), 32u);
}

TEST(ClientHello, NeedsNoName) {
  ClientHelloReader reader;
  ASSERT_EQ(reader.read(clientHello(nullptr)), State::kComplete);
  EXPECT_EQ(reader.hello().server_name, "");
  EXPECT_THAT(reader.hello().protocols, IsEmpty());
}

TEST(ClientHello, MayComeInAnyRecordsAndPieces) {
  const std::string whole = clientHello("shop.example", "\x02h2");
  for (const size_t most : {1u, 3u, 50u, 16'384u}) {
    const std::string data = records(std::string_view(whole).substr(5), most);
    ClientHelloReader reader;
    for (size_t size = 0; size < data.size(); ++size)
      ASSERT_EQ(reader.read(std::string_view(data).substr(0, size)), State::kMore)
          << most << " " << size;
    ASSERT_EQ(reader.read(data), State::kComplete) << most;
    EXPECT_EQ(reader.hello().server_name, "shop.example");
  }
}

TEST(ClientHello, ValuesThatNobodyKnowsArePassedOver) {
  Parts parts;
  parts.extensions = extension(0x0a0a, "") + serverName("a.example.") + extension(0x1a1a, "x") +
                     extension(43, vector("\x2a\x2a\x03\x04\x03\x03", 1));
  ClientHelloReader reader;
  ASSERT_EQ(reader.read(hello(parts)), State::kComplete) << reader.flaw();
  EXPECT_EQ(reader.hello().server_name, "a.example");
  EXPECT_EQ(reader.hello().version, 0x0304);
}

struct Wrong {
  const char* what;
  std::string data;
  State state;
  const char* flaw;
};

class WrongHello : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongHello, IsRefused) {
  ClientHelloReader reader;
  EXPECT_EQ(reader.read(GetParam().data), GetParam().state);
  EXPECT_STREQ(reader.flaw(), GetParam().flaw);
}

Parts withExtensions(const std::string& extensions) {
  Parts parts;
  parts.extensions = extensions;
  return parts;
}

Parts with(std::string Parts::*part, const std::string& value) {
  Parts parts;
  parts.*part = value;
  return parts;
}

INSTANTIATE_TEST_SUITE_P(
    ClientHello, WrongHello,
    ::testing::Values(Wrong{"http", "GET / HTTP/1.1\r\n", State::kNoTls, ""},
                      Wrong{"no version", "\x16\x02", State::kNoTls, ""},
                      Wrong{"alert", "\x15\x03\x01", State::kNoTls, ""},
                      Wrong{"server hello", "\x16\x03\x03" + vector("\x02", 2), State::kMalformed,
                            "the handshake does not begin with a ClientHello"},
                      Wrong{"alert inside", records(message({}), 20).substr(0, 25) + "\x15\x03\x01",
                            State::kMalformed, "another record stands in the message"},
                      Wrong{"empty record", std::string("\x16\x03\x01\0\0", 5), State::kMalformed,
                            "a record of a forbidden length"},
                      Wrong{"long record", "\x16\x03\x01\x40\x01", State::kMalformed,
                            "a record of a forbidden length"},
                      Wrong{"long message", "\x16\x03\x01" + vector("\x01" + number(16'385, 3), 2),
                            State::kTooLarge, ""},
                      Wrong{"two messages", records(message({}) + "\x01", 16'384),
                            State::kMalformed, "there is something behind the ClientHello"},
                      Wrong{"version", hello(with(&Parts::version, "\x02\x03")), State::kMalformed,
                            "no version of TLS"},
                      Wrong{"session", hello(with(&Parts::session_id, std::string(33, 's'))),
                            State::kMalformed, "the message is cut off"},
                      Wrong{"behind extensions", hello(with(&Parts::behind, "x")),
                            State::kMalformed,
                            "there is something behind the extensions, or less than they say"},
                      Wrong{"twice", hello(withExtensions(serverName("a.b") + serverName("c.d"))),
                            State::kMalformed, "an extension stands twice"},
                      Wrong{"cut extension", hello(withExtensions(std::string("\0\0\0\5x", 5))),
                            State::kMalformed, "the extensions are cut off"},
                      Wrong{"cut name", hello(withExtensions(extension(0, number(9, 2) + "abc"))),
                            State::kMalformed, "server_name is cut off"},
                      Wrong{"two names",
                            hello(withExtensions(extension(
                                0, vector('\0' + vector("a", 2) + '\0' + vector("b", 2), 2)))),
                            State::kMalformed, "two host names"},
                      Wrong{"slash", hello(withExtensions(serverName("a/b"))), State::kMalformed,
                            "server_name is no host name"},
                      Wrong{"nul", hello(withExtensions(serverName(std::string("a\0b", 3)))),
                            State::kMalformed, "server_name is no host name"},
                      Wrong{"dots", hello(withExtensions(serverName("a..b"))), State::kMalformed,
                            "server_name is no host name"},
                      Wrong{"long label", hello(withExtensions(serverName(std::string(64, 'a')))),
                            State::kMalformed, "server_name is no host name"},
                      Wrong{"alpn", hello(withExtensions(extension(16, vector("\x09h2", 2)))),
                            State::kMalformed, "ALPN is cut off"}),
    [](const auto& info) {
      std::string name = info.param.what;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

}  // namespace
}  // namespace sluice::proxy
