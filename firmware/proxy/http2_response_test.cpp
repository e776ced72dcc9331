// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_response.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace sluice::proxy {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Read {
  Read(const Fields& fields, bool ends, std::string_view method = "GET") {
    for (const auto& [name, value] : fields) response.add(name, value);
    good = response.finish(ends, method, head);
  }
  Http2Response response;
  ResponseHead head;
  bool good = false;
};

TEST(Http2Response, IsReadAsOneOfHttp1) {
  const Read read({{":status", "404"}, {"content-type", "a/b"}, {"set-cookie", "x=1"}}, false);
  ASSERT_TRUE(read.good);
  EXPECT_EQ(read.head.status, 404);
  EXPECT_EQ(read.head.reason, "Not Found");
  EXPECT_EQ(read.head.find("content-type")->value, "a/b");
  EXPECT_EQ(read.head.framing, Framing::kChunked);
}

TEST(Http2Response, HasTheBodyThatItsFieldsAndItsEndSay) {
  const Fields plain = {{":status", "200"}};
  const auto length = [](const char* value) {
    return Fields{{":status", "200"}, {"content-length", value}};
  };
  EXPECT_EQ(Read(length("5"), false).head.framing, Framing::kLength);
  EXPECT_EQ(Read(length("5"), false).head.length, 5u);
  // Trailers may follow.
  EXPECT_EQ(Read(length("0"), false).head.framing, Framing::kChunked);
  EXPECT_EQ(Read(plain, true).head.framing, Framing::kNone);
  EXPECT_TRUE(Read(plain, true).head.has_length);
  EXPECT_EQ(Read(length("5"), true, "HEAD").head.length, 5u);
  EXPECT_EQ(Read(length("5"), true, "HEAD").head.framing, Framing::kNone);
  EXPECT_FALSE(Read(plain, true, "HEAD").head.has_length);
  EXPECT_FALSE(Read({{":status", "304"}}, true).head.has_length);
  EXPECT_EQ(Read({{":status", "103"}, {"link", "</a>"}}, false).head.status, 103);
}

TEST(Http2Response, IsMalformedIfItCouldBeReadInAnotherWay) {
  const Fields bad[] = {
      {},
      {{"a", "b"}},
      {{":status", "20"}},
      {{":status", "2x0"}},
      {{":status", "099"}},
      {{"a", "b"}, {":status", "200"}},
      {{":status", "200"}, {":path", "/"}},
      {{":status", "200"}, {"A", "b"}},
      {{":status", "200"}, {"a b", "c"}},
      {{":status", "200"}, {"a", "b\r\nc: d"}},
      {{":status", "200"}, {"a", " b"}},
      {{":status", "200"}, {"connection", "close"}},
      {{":status", "200"}, {"transfer-encoding", "chunked"}},
      {{":status", "200"}, {"content-length", "1"}, {"content-length", "1"}},
      {{":status", "200"}, {"content-length", "1x"}},
      {{":status", "200"}, {"content-length", ""}},
      {{":status", "200"}, {"a", std::string(Http2Response::kMostBytes, 'b')}},
  };
  for (const Fields& fields : bad) {
    const Read read(fields, false);
    EXPECT_FALSE(read.good) << (fields.empty() ? "nothing" : fields.back().first);
  }
}

}  // namespace
}  // namespace sluice::proxy
