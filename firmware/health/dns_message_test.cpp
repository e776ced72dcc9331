// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/dns_message.h"

#include <gtest/gtest.h>

#include <random>

namespace sluice {
namespace {

using Bytes = std::vector<uint8_t>;

// The question of `query`, and two answers that point to its name.
Bytes answerTo(Bytes query, uint8_t code) {
  query[2] = 0x81;
  query[3] = static_cast<uint8_t>(0x80 | code);
  query[7] = 3;
  const Bytes records = {0xc0, 12,   0,  1, 0,  1, 0, 0, 0, 60, 0,  4, 192, 0,    2,
                         7,    0xc0, 12, 0, 16, 0, 1, 0, 0, 0,  60, 0, 3,   2,    'o',
                         'k',  0xc0, 12, 0, 28, 0, 1, 0, 0, 0,  60, 0, 16,  0x20, 0x01,
                         0x0d, 0xb8, 0,  0, 0,  0, 0, 0, 0, 0,  0,  0, 0,   1};
  query.insert(query.end(), records.begin(), records.end());
  return query;
}

TEST(DnsMessageTest, Query) {
  const auto query = dnsQuery("www.example.com", 0x1234);
  ASSERT_TRUE(query.ok());
  const Bytes wanted = {0x12, 0x34, 1,   0,   0,   1,   0,   0,   0,   0,   0,
                        0,    3,    'w', 'w', 'w', 7,   'e', 'x', 'a', 'm', 'p',
                        'l',  'e',  3,   'c', 'o', 'm', 0,   0,   1,   0,   1};
  EXPECT_EQ(*query, wanted);
  EXPECT_EQ((*dnsQuery("a.b. AAAA", 1))[18], 28);
  for (const std::string& bad : {std::string(""), std::string("a..b"), std::string("a B"),
                                 std::string(64, 'x'), std::string("a A A")})
    EXPECT_FALSE(dnsQuery(bad, 1).ok()) << bad;
}

TEST(DnsMessageTest, Answer) {
  const Bytes query = *dnsQuery("www.example.com", 7);
  const auto answer = readDnsAnswer(answerTo(query, 0), 7);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, 0u);
  EXPECT_EQ(answer->records, 3u);
  EXPECT_EQ(answer->text, "192.0.2.7\nok\n2001:db8::1\n");
  EXPECT_EQ(readDnsAnswer(answerTo(query, 3), 7)->code, 3u);
  EXPECT_FALSE(readDnsAnswer(answerTo(query, 0), 8));
  EXPECT_FALSE(readDnsAnswer(query, 7));  // a question
}

TEST(DnsMessageTest, DamagedAnswers) {
  const Bytes whole = answerTo(*dnsQuery("www.example.com", 7), 0);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(readDnsAnswer(std::span(whole).first(length), 7)) << length;
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes damaged = whole;
    for (int j = 0; j < 3; ++j)
      damaged[2 + random() % (damaged.size() - 2)] = static_cast<uint8_t>(random());
    readDnsAnswer(damaged, 7);  // reads nothing beyond it: the sanitizers would say so
  }
}

}  // namespace
}  // namespace sluice
