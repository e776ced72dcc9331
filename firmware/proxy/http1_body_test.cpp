// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sluice::proxy {
namespace {

struct Decoded {
  std::string body, left;
  bool done = false;
  Flaw flaw = Flaw::kNone;
  std::vector<std::string> trailers;
  bool operator==(const Decoded&) const = default;
};

// Offers the text in pieces of `size` bytes.
Decoded decode(Framing framing, uint64_t length, std::string_view text, size_t size) {
  BodyDecoder decoder;
  decoder.start(framing, length);
  Decoded result;
  while (!decoder.done() && decoder.flaw() == Flaw::kNone && !text.empty()) {
    std::string_view piece = text.substr(0, std::min(size, text.size()));
    const size_t offered = piece.size();
    for (;;) {
      const std::string_view data = decoder.next(piece);
      if (data.empty()) break;
      result.body += data;
    }
    text.remove_prefix(offered - piece.size());
  }
  result.left = text;
  result.done = decoder.done();
  result.flaw = decoder.flaw();
  result.trailers = decoder.trailers();
  return result;
}

// The same result in whatever pieces it comes.
Decoded decodeChunked(std::string_view text) {
  const Decoded whole = decode(Framing::kChunked, 0, text, text.size());
  for (size_t size = 1; size < text.size(); ++size)
    EXPECT_EQ(decode(Framing::kChunked, 0, text, size), whole) << text << " by " << size;
  return whole;
}

TEST(BodyDecoder, TakesAsManyBytesAsSaid) {
  EXPECT_EQ(decode(Framing::kLength, 5, "helloNEXT", 3), (Decoded{"hello", "NEXT", true}));
  EXPECT_EQ(decode(Framing::kLength, 5, "hell", 3), (Decoded{"hell", "", false}));
  EXPECT_EQ(decode(Framing::kNone, 0, "NEXT", 3), (Decoded{"", "NEXT", true}));
}

TEST(BodyDecoder, TakesEverythingUntilTheConnectionCloses) {
  BodyDecoder decoder;
  decoder.start(Framing::kUntilClose, 0);
  std::string_view input = "abc";
  EXPECT_EQ(decoder.next(input), "abc");
  EXPECT_FALSE(decoder.done());
  EXPECT_TRUE(decoder.endOfInput());
  decoder.start(Framing::kLength, 1);
  EXPECT_FALSE(decoder.endOfInput());
}

TEST(BodyDecoder, UnpacksChunks) {
  EXPECT_EQ(decodeChunked("5\r\nhello\r\n00A\r\n0123456789\r\n0\r\n\r\nNEXT"),
            (Decoded{"hello0123456789", "NEXT", true}));
  EXPECT_EQ(decodeChunked("1;a=b;c=\"\\\"\x20;\"\r\nx\r\n0;last\r\n\r\n"),
            (Decoded{"x", "", true}));
}

TEST(BodyDecoder, KeepsTrailers) {
  const Decoded result = decodeChunked("0\r\nA: b\r\nDigest:c\r\n\r\n");
  EXPECT_TRUE(result.done);
  EXPECT_THAT(result.trailers, testing::ElementsAre("A: b", "Digest:c"));
}

TEST(BodyDecoder, RefusesEverythingElse) {
  const struct {
    std::string text;
    Flaw flaw;
  } cases[] = {
      {"\r\n", Flaw::kChunk},
      {" 5\r\n", Flaw::kChunk},
      {"5 \r\n", Flaw::kChunk},
      {"+5\r\n", Flaw::kChunk},
      {"-1\r\n", Flaw::kChunk},
      {"0x5\r\n", Flaw::kChunk},
      {"g\r\n", Flaw::kChunk},
      {"5\nhello", Flaw::kChunk},
      {"5\r\r\n", Flaw::kChunk},
      {"1234567890abcdef\r\n", Flaw::kChunk},
      {"00000000000000005\r\n", Flaw::kChunk},
      {"5\r\nhello\n", Flaw::kChunk},
      {"5\r\nhello0", Flaw::kChunk},
      {"5\r\nhello\r\r\n", Flaw::kChunk},
      {"5\r\nhello!\r\n", Flaw::kChunk},
      {"5;a\n", Flaw::kChunkExtension},
      {"5;a\x01\r\n", Flaw::kChunkExtension},
      {"5;a=\"\r\n", Flaw::kChunkExtension},
      {"5;" + std::string(BodyDecoder::kMostExtensionBytes + 1, 'a'), Flaw::kChunkExtension},
      {"0\r\n\n", Flaw::kTrailer},
      {"0\r\n: b\r\n", Flaw::kTrailer},
      {"0\r\nA\r\n", Flaw::kTrailer},
      {"0\r\nA: b\r\n c\r\n", Flaw::kTrailer},
      {"0\r\nContent-Length: 5\r\n", Flaw::kTrailer},
      {"0\r\nTransfer-Encoding: chunked\r\n", Flaw::kTrailer},
      {"0\r\nhost: x\r\n", Flaw::kTrailer},
      {"0\r\nX-Forwarded-For: 1.2.3.4\r\n", Flaw::kTrailer},
      {"0\r\nCookie: a=b\r\n", Flaw::kTrailer},
      {"0\r\nA: " + std::string(BodyDecoder::kMostTrailerBytes, 'a'), Flaw::kTrailer},
  };
  for (const auto& c : cases) {
    const Decoded result = decode(Framing::kChunked, 0, c.text, 7);
    EXPECT_FALSE(result.done) << c.text;
    EXPECT_EQ(result.flaw, c.flaw) << c.text;
  }
}

TEST(BodyDecoder, LimitsTrailersByNumber) {
  std::string text = "0\r\n";
  for (size_t i = 0; i < BodyDecoder::kMostTrailers; ++i) text += "a: b\r\n";
  EXPECT_TRUE(decode(Framing::kChunked, 0, text + "\r\n", 100).done);
  EXPECT_EQ(decode(Framing::kChunked, 0, text + "a: b\r\n\r\n", 100).flaw, Flaw::kTrailer);
}

TEST(BodyDecoder, CountsExtensionsOfTheWholeMessage) {
  const std::string chunk = "1;" + std::string(1'000, 'a') + "\r\nx\r\n";
  EXPECT_EQ(decode(Framing::kChunked, 0, chunk + chunk + chunk + chunk, 100).flaw, Flaw::kNone);
  EXPECT_EQ(decode(Framing::kChunked, 0, chunk + chunk + chunk + chunk + chunk, 100).flaw,
            Flaw::kChunkExtension);
}

}  // namespace
}  // namespace sluice::proxy
