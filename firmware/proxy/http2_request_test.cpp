// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_request.h"

#include "firmware/proxy/http2_field.h"

#include <gmock/gmock.h>

namespace sluice::proxy {
namespace {

using testing::ElementsAre;

TEST(Http2Request, IsReadAsOneOfHttp1) {
  Http2Request fields;
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, const char*>>{{":method", "POST"},
                                                        {":scheme", "https"},
                                                        {":path", "/a?b"},
                                                        {":authority", "x:8443"},
                                                        {"cookie", "a=1"},
                                                        {"content-length", "3"},
                                                        {"cookie", "b=2"},
                                                        {"te", "trailers"}})
    fields.add(name, value);
  RequestHead request;
  ASSERT_EQ(fields.finish(false, HeadLimits(), request), Flaw::kNone);
  EXPECT_TRUE(request.http2);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(request.query, "b");
  EXPECT_EQ(request.host, "x:8443");
  EXPECT_EQ(request.framing, Framing::kLength);
  EXPECT_EQ(request.length, 3u);
  EXPECT_EQ(request.find("cookie")->value, "a=1; b=2");
}

TEST(Http2Request, HasABodyOfUnknownLengthOrNone) {
  for (const bool ends : {false, true}) {
    RequestHead request;
    Http2Request good;
    good.add(":method", "PUT");
    good.add(":scheme", "http");
    good.add(":path", "/");
    good.add("host", "a");
    ASSERT_EQ(good.finish(ends, HeadLimits(), request), Flaw::kNone);
    EXPECT_EQ(request.framing, ends ? Framing::kNone : Framing::kChunked);
    EXPECT_EQ(request.has_length, ends);
  }
}

TEST(Http2Request, CountsFieldsAsTheRfcDoes) {
  for (const size_t size : {size_t{900}, size_t{1'000}}) {
    Http2Request fields;
    fields.add(":method", "GET");
    fields.add(":scheme", "http");
    fields.add(":path", "/");
    fields.add(":authority", "a");
    for (size_t i = 0; i < size / 50; ++i) fields.add("x", std::string(17, 'y'));
    RequestHead request;
    HeadLimits limits;
    limits.bytes = 1'100;
    // 176 bytes are those of the pseudo-headers.
    EXPECT_EQ(fields.finish(true, limits, request),
              size == 900 ? Flaw::kNone : Flaw::kHeadTooLarge);
  }
}

TEST(Http2Fields, AreInLowerCase) {
  std::string text = "HTTP/1.1 200 OK\r\nX-Kind:  Of  \r\nETag: \"A\"\r\n\r\nbody";
  std::vector<Header> fields;
  splitFields(text, fields);
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[0].name, "x-kind");
  EXPECT_EQ(fields[0].value, "Of");
  EXPECT_EQ(fields[1].name, "etag");
  EXPECT_EQ(fields[1].value, "\"A\"");
}

TEST(Http2Trailers, AreThoseThatComeInTime) {
  std::vector<std::string> trailers;
  EXPECT_EQ(addTrailer("digest", "x", trailers), Flaw::kNone);
  for (const char* name : {"content-length", "host", ":path", "Digest", "te"})
    EXPECT_EQ(addTrailer(name, "x", trailers), Flaw::kTrailer) << name;
  EXPECT_EQ(addTrailer("x", "a\r\nb", trailers), Flaw::kTrailer);
  EXPECT_EQ(addTrailer("x", std::string(5'000, 'y'), trailers), Flaw::kTrailer);
  EXPECT_THAT(trailers, ElementsAre("digest: x"));
}

}  // namespace
}  // namespace sluice::proxy
