// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/trace_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "sim/trace/capture_builder.h"
#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

struct Seen {
  std::vector<uint64_t> times;
  std::vector<std::vector<uint8_t>> frames;
  std::vector<TraceRecord> records;
  TraceStats stats;
  std::string damage;
  std::vector<TraceInterface> interfaces;
};

Seen readAll(std::span<const uint8_t> bytes) {
  auto reader = TraceReader::fromMemory(bytes, "t.pcap");
  EXPECT_TRUE(reader.ok()) << (reader.ok() ? "" : reader.error().message);
  Seen seen;
  if (!reader.ok()) return seen;
  TraceRecord record;
  while ((*reader)->next(record)) {
    seen.times.push_back(record.timestamp_ns);
    seen.frames.emplace_back(record.bytes.begin(), record.bytes.end());
    seen.records.push_back(record);
  }
  EXPECT_FALSE((*reader)->next(record));
  seen.stats = (*reader)->stats();
  seen.damage = (*reader)->damage().value_or("");
  seen.interfaces = (*reader)->interfaces();
  return seen;
}

std::string openError(std::span<const uint8_t> bytes) {
  auto reader = TraceReader::fromMemory(bytes, "t.pcap");
  return reader.ok() ? "" : reader.error().message;
}

std::vector<uint8_t> gzip(const std::vector<uint8_t>& plain) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::vector<uint8_t> out(plain.size() + 1024);
  z.next_in = const_cast<uint8_t*>(plain.data());
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

std::vector<uint8_t> udpFrame(bool v6 = false) {
  PacketPlan plan;
  plan.tuple = v6 ? makeTuple("2001:db8::1", 1000, "2001:db8::2", 53, kProtocolUdp)
                  : makeTuple("192.0.2.1", 1000, "192.0.2.2", 53, kProtocolUdp);
  plan.payload_length = 30;
  std::vector<uint8_t> frame;
  buildPacket(plan, frame);
  return frame;
}

std::vector<uint8_t> withoutEthernet(const std::vector<uint8_t>& frame,
                                     std::vector<uint8_t> header = {}) {
  header.insert(header.end(), frame.begin() + 14, frame.end());
  return header;
}

TEST(PcapTest, ReadsBothResolutionsInBothByteOrders) {
  const auto frame = udpFrame();
  for (const bool big : {false, true}) {
    for (const bool nano : {false, true}) {
      CaptureBuilder file(big);
      file.pcapHeader(nano ? 0xa1b23c4d : 0xa1b2c3d4)
          .pcapRecord(7, 5, frame)
          .pcapRecord(8, 999999, frame);
      const Seen seen = readAll(file.bytes());
      const uint64_t unit = nano ? 1 : 1000;
      EXPECT_EQ(seen.times,
                (std::vector<uint64_t>{7000000000 + 5 * unit, 8000000000 + 999999 * unit}));
      EXPECT_EQ(seen.frames[1], frame);
      EXPECT_EQ(seen.damage, "");
      EXPECT_EQ(seen.stats.bytes, 2 * frame.size());
    }
  }
}

TEST(PcapTest, PadsSnappedFramesToTheirLength) {
  const auto frame = udpFrame();
  CaptureBuilder file;
  file.pcapHeader()
      .pcapRecord(1, 0, frame, 1514)
      .pcapRecord(1, 0, frame, 20000)
      .pcapRecord(1, 0, frame);
  const Seen seen = readAll(file.bytes());
  ASSERT_EQ(seen.frames.size(), 3u);
  EXPECT_EQ(seen.frames[0].size(), 1514u);
  EXPECT_EQ(seen.frames[0][1513], 0);
  EXPECT_EQ(seen.frames[1].size(), kMaxPaddedFrame);
  EXPECT_EQ(seen.records[1].original_length, 20000u);
  EXPECT_EQ(seen.stats.truncated, 2u);
  EXPECT_TRUE(seen.records[0].truncated);
  EXPECT_FALSE(seen.records[2].truncated);
}

TEST(PcapTest, CutsSuperFramesAndCountsThem) {
  const std::vector<uint8_t> super(60000, 1);
  CaptureBuilder file;
  file.pcapHeader().pcapRecord(1, 0, super);
  const Seen seen = readAll(file.bytes());
  EXPECT_EQ(seen.frames[0].size(), kMaxTraceFrame);
  EXPECT_EQ(seen.stats.clipped, 1u);
  EXPECT_EQ(seen.records[0].original_length, 60000u);
}

TEST(PcapTest, ClampsTimeThatGoesBack) {
  const auto frame = udpFrame();
  CaptureBuilder file;
  file.pcapHeader().pcapRecord(5, 0, frame).pcapRecord(4, 0, frame).pcapRecord(6, 0, frame);
  const Seen seen = readAll(file.bytes());
  EXPECT_EQ(seen.times, (std::vector<uint64_t>{5000000000, 5000000000, 6000000000}));
  EXPECT_EQ(seen.stats.time_went_back, 1u);
}

// One damaged timestamp, or a joined capture of another year, does not spoil all others.
TEST(PcapTest, TakesOutStepsOfMoreThanADay) {
  const auto frame = udpFrame();
  CaptureBuilder file;
  file.pcapHeader().pcapRecord(1000000, 0, frame).pcapRecord(0xfffffff0, 0, frame);
  file.pcapRecord(1000002, 0, frame).pcapRecord(1000003, 0, frame).pcapRecord(0, 0, frame);
  file.pcapRecord(2, 0, frame).pcapRecord(86402, 0, frame);
  const Seen seen = readAll(file.bytes());
  constexpr uint64_t s = 1'000'000'000;
  EXPECT_EQ(seen.times, (std::vector<uint64_t>{1000000 * s, 1000000 * s, 1000000 * s, 1000001 * s,
                                               1000001 * s, 1000003 * s, 1086403 * s}));
  EXPECT_EQ(seen.stats.time_jumped, 3u);
  EXPECT_EQ(seen.stats.time_went_back, 0u);
}

TEST(PcapTest, StripsTheFcsThatTheHeaderAnnounces) {
  auto with_fcs = udpFrame();
  const size_t size = with_fcs.size();
  with_fcs.insert(with_fcs.end(), 4, 0xee);
  CaptureBuilder file;
  file.pcapHeader(0xa1b2c3d4, 1 | 1u << 26 | 2u << 28).pcapRecord(1, 0, with_fcs);
  EXPECT_EQ(readAll(file.bytes()).frames[0].size(), size);
}

TEST(LinkTypeTest, EveryLinkTypeBecomesEthernet) {
  const auto v4 = udpFrame(false);
  const auto v6 = udpFrame(true);
  const std::vector<uint8_t> sll4{0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0};
  const std::vector<uint8_t> sll6{0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x86, 0xdd};
  const std::vector<uint8_t> sll2v4{8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0};
  const std::vector<uint8_t> sll2v6{0x86, 0xdd, 0, 0, 0, 0, 0, 1, 0, 1,
                                    0,    6,    1, 2, 3, 4, 5, 6, 0, 0};
  struct Row {
    uint32_t link;
    bool is_v6;
    std::vector<uint8_t> header;
  };
  const Row rows[] = {{101, false, {}},          {101, true, {}},
                      {12, false, {}},           {14, true, {}},
                      {228, false, {}},          {229, true, {}},
                      {113, false, sll4},        {113, true, sll6},
                      {276, false, sll2v4},      {276, true, sll2v6},
                      {0, false, {2, 0, 0, 0}},  {0, true, {30, 0, 0, 0}},
                      {0, true, {0, 0, 0, 24}},  {108, false, {0, 0, 0, 2}},
                      {108, true, {0, 0, 0, 28}}};
  for (const Row& row : rows) {
    SCOPED_TRACE("link type " + std::to_string(row.link));
    const auto& whole = row.is_v6 ? v6 : v4;
    CaptureBuilder file;
    file.pcapHeader(0xa1b2c3d4, row.link).pcapRecord(1, 0, withoutEthernet(whole, row.header));
    const Seen seen = readAll(file.bytes());
    ASSERT_EQ(seen.frames.size(), 1u);
    ASSERT_EQ(seen.frames[0].size(), whole.size());
    PacketView view;
    ASSERT_TRUE(decodePacket(seen.frames[0], view));
    EXPECT_EQ(view.tuple.v6, row.is_v6);
    EXPECT_EQ(view.tuple.destination_port, 53);
    if (row.header.size() >= 16) {
      EXPECT_EQ(seen.frames[0][6], 1);
    }
  }
}

TEST(LinkTypeTest, ShortLinkHeadersAreSkippedAndCounted) {
  CaptureBuilder file;
  const std::vector<uint8_t> stub(7, 0);
  file.pcapHeader(0xa1b2c3d4, 113).pcapRecord(1, 0, stub);
  const Seen seen = readAll(file.bytes());
  EXPECT_EQ(seen.stats.too_short, 1u);
  EXPECT_EQ(seen.stats.packets, 0u);
}

TEST(PcapngTest, ReadsInterfacesResolutionsOffsetsAndSections) {
  const auto frame = udpFrame();
  for (const bool big : {false, true}) {
    const auto option = [&](uint16_t code, std::vector<uint8_t> value) {
      CaptureBuilder b(big);
      return b.u16(code).u16(static_cast<uint16_t>(value.size())).raw(value).pad4().bytes();
    };
    CaptureBuilder options(big);
    options.raw(option(2, {'l', 'a', 'n'})).raw(option(9, {0x8a}));  // 2^-10 s
    CaptureBuilder offset(big);
    std::vector<uint8_t> seconds(8, 0);
    seconds[big ? 7 : 0] = 100;
    offset.raw(option(9, {9})).raw(option(14, seconds)).u16(0).u16(0);
    CaptureBuilder file(big);
    file.section()
        .interface(1)
        .interface(1, 0, options.bytes())
        .block(0xbad, CaptureBuilder(big).u32(1));
    file.enhanced(0, 3000000, frame).enhanced(1, 3 * 1024 + 512, frame);
    file.section().interface(1, 40, offset.bytes()).enhanced(0, 7, frame);
    file.block(3, CaptureBuilder(big)
                      .u32(static_cast<uint32_t>(frame.size()))
                      .raw(std::span(frame).first(40)));
    CaptureBuilder old(big);
    old.u16(0).u16(9).u32(0).u32(11).u32(static_cast<uint32_t>(frame.size()));
    file.block(2, old.u32(static_cast<uint32_t>(frame.size())).raw(frame));
    const Seen seen = readAll(file.bytes());
    EXPECT_EQ(seen.damage, "");
    EXPECT_EQ(seen.times, (std::vector<uint64_t>{3000000000, 3500000000, 100000000007, 100000000007,
                                                 100000000011}));
    EXPECT_EQ(seen.records[4].interface, 2u);
    EXPECT_EQ(seen.stats.no_timestamp, 1u);
    EXPECT_EQ(seen.stats.truncated, 1u);
    EXPECT_EQ(seen.frames[3].size(), frame.size());
    ASSERT_EQ(seen.interfaces.size(), 3u);
    EXPECT_EQ(seen.interfaces[1].name, "lan");
  }
}

TEST(PcapngTest, SkipsInterfacesThatAreNotEthernetLike) {
  const auto frame = udpFrame();
  CaptureBuilder file;
  file.section().interface(105).interface(1).enhanced(0, 1, frame).enhanced(1, 2, frame);
  const Seen seen = readAll(file.bytes());
  EXPECT_EQ(seen.stats.packets, 1u);
  EXPECT_EQ(seen.stats.unsupported, 1u);
}

TEST(GzipTest, ReadsOneOrMoreMembersAndIgnoresWhatFollows) {
  const auto frame = udpFrame();
  CaptureBuilder first, second;
  first.pcapHeader().pcapRecord(1, 0, frame);
  second.pcapRecord(2, 0, frame);
  auto file = gzip(first.bytes());
  const auto more = gzip(second.bytes());
  file.insert(file.end(), more.begin(), more.end());
  EXPECT_EQ(readAll(file).frames.size(), 2u);
  EXPECT_EQ(readAll(file).damage, "");
  file.insert(file.end(), 20, 0);
  EXPECT_EQ(readAll(file).frames.size(), 2u);
}

TEST(GzipTest, ReportsDamage) {
  CaptureBuilder plain;
  plain.pcapHeader();
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::vector<uint8_t> noise(100);
    for (auto& byte : noise) byte = static_cast<uint8_t>(random());
    plain.pcapRecord(1, 0, noise);
  }
  auto file = gzip(plain.bytes());
  auto cut = file;
  cut.resize(file.size() / 2);
  EXPECT_THAT(readAll(cut).damage, EndsWith("gzip data ends early"));
  EXPECT_GT(readAll(cut).frames.size(), 500u);
  auto wrong_sum = file;
  wrong_sum[file.size() - 6] ^= 0x5a;
  EXPECT_THAT(readAll(wrong_sum).damage, HasSubstr("gzip data is damaged"));
  EXPECT_EQ(readAll(wrong_sum).frames.size(), 2000u);
  // Damage inside shows as damage of one kind or another.
  for (size_t i = 0; i < 30; ++i) file[file.size() / 2 + i] ^= 0x5a;
  EXPECT_NE(readAll(file).damage, "");
}

TEST(DamageTest, NamesRecordOffsetAndReason) {
  const auto frame = udpFrame();  // 72 bytes
  CaptureBuilder file;
  file.pcapHeader().pcapRecord(1, 0, frame);
  CaptureBuilder huge = file;
  huge.u32(1).u32(0).u32(0xffffffff).u32(0xffffffff);
  EXPECT_EQ(readAll(huge.bytes()).damage,
            "t.pcap: record 2 at byte 112: captured length 4294967295 exceeds 262144");
  CaptureBuilder longer = file;
  longer.u32(1).u32(0).u32(1000).u32(1000).raw(frame);
  EXPECT_EQ(
      readAll(longer.bytes()).damage,
      "t.pcap: record 2 at byte 112: captured length 1000 exceeds the file: 72 bytes are left");
  CaptureBuilder cut = file;
  cut.u32(1);
  EXPECT_EQ(readAll(cut.bytes()).damage,
            "t.pcap: record 2 at byte 112: the file ends inside a record header");
  EXPECT_EQ(readAll(cut.bytes()).frames.size(), 1u);
}

TEST(DamageTest, PcapngOfEveryKind) {
  const auto frame = udpFrame();
  const auto damageOf = [&](auto&& add) {
    CaptureBuilder file;
    file.section().interface(1).enhanced(0, 1, frame);
    add(file);
    const Seen seen = readAll(file.bytes());
    EXPECT_EQ(seen.frames.size(), 1u);
    return seen.damage;
  };
  const auto body = [&](uint32_t interface, uint32_t captured) {
    return CaptureBuilder().u32(interface).u32(0).u32(0).u32(captured).u32(captured).raw(frame);
  };
  EXPECT_THAT(damageOf([&](auto& f) { f.u32(6).u32(7).u32(0); }),
              EndsWith("block length 7 is not a multiple of 4 of at least 12"));
  EXPECT_THAT(damageOf([&](auto& f) { f.u32(6).u32(100).u32(0); }),
              EndsWith("block length 100 exceeds the file"));
  EXPECT_THAT(damageOf([&](auto& f) { f.u32(77).u32(1000).u32(0); }),
              EndsWith("block length 1000 exceeds the file"));
  EXPECT_THAT(damageOf([&](auto& f) { f.u32(6).u32(0xfffffffc).u32(0); }),
              EndsWith("block length 4294967292 exceeds 524288"));
  EXPECT_THAT(damageOf([&](auto& f) { f.u32(6).u32(16).u32(0).u32(20); }),
              EndsWith("the two lengths of a block differ: 16 and 20"));
  EXPECT_THAT(damageOf([&](auto& f) { f.u32(6); }),
              EndsWith("the file ends inside a block header"));
  EXPECT_THAT(damageOf([&](auto& f) { f.block(6, body(5, 4)); }),
              EndsWith("a packet block names interface 5, which is not described"));
  EXPECT_THAT(damageOf([&](auto& f) { f.block(6, body(0, 4000)); }),
              EndsWith("captured length 4000 exceeds its block"));
  EXPECT_THAT(damageOf([&](auto& f) { f.block(6, CaptureBuilder().u32(0)); }),
              EndsWith("a packet block is too short"));
  EXPECT_THAT(damageOf([&](auto& f) { f.block(3, CaptureBuilder()); }),
              EndsWith("a packet block is too short"));
  EXPECT_THAT(damageOf([&](auto& f) { f.block(1, CaptureBuilder().u32(1)); }),
              EndsWith("an interface description is too short"));
  EXPECT_THAT(
      damageOf([&](auto& f) { f.interface(1, 0, CaptureBuilder().u16(2).u16(99).bytes()); }),
      EndsWith("an interface option exceeds its block"));
  EXPECT_THAT(damageOf([&](auto& f) {
                f.block(0x0a0d0d0a, CaptureBuilder().u32(0x1a2b3c4d).u16(3).u16(0).u32(0).u32(0));
              }),
              EndsWith("section of pcapng version 3; version 1 is supported"));
  EXPECT_THAT(damageOf([&](auto& f) {
                f.block(0x0a0d0d0a, CaptureBuilder().u32(1).u16(1).u16(0).u32(0).u32(0));
              }),
              EndsWith("a section header has no byte-order magic"));
  EXPECT_THAT(damageOf([&](auto& f) { f.section().enhanced(0, 1, frame); }),
              EndsWith("names interface 0, which is not described"));
}

TEST(OpenTest, SaysWhatIsWrong) {
  const std::vector<uint8_t> none;
  EXPECT_EQ(openError(none), "t.pcap: is empty; a pcap or pcapng file is expected");
  const std::vector<uint8_t> two{1, 2};
  EXPECT_EQ(openError(two), "t.pcap: is only 2 bytes long; a pcap or pcapng file is expected");
  const std::vector<uint8_t> html{'<', 'h', 't', 'm', 'l'};
  EXPECT_EQ(
      openError(html),
      "t.pcap: is not a packet trace: starts with 3c 68 74 6d; a pcap or pcapng file is expected");
  EXPECT_EQ(openError(CaptureBuilder().u32(0xa1b2c3d4).u16(2).bytes()),
            "t.pcap: ends inside the pcap file header");
  EXPECT_EQ(openError(CaptureBuilder().u32(0x0a0d0d0a).u16(2).bytes()),
            "t.pcap: ends inside the pcapng section header");
  EXPECT_THAT(openError(CaptureBuilder().pcapHeader(0xa1b2c3d4, 105).bytes()),
              HasSubstr("has link type 105 (IEEE 802.11); Ethernet, raw IP"));
  EXPECT_THAT(openError(gzip({})), HasSubstr("is empty"));
  const std::vector<uint8_t> bad_gzip{0x1f, 0x8b, 0xff, 0xff, 0xff};
  EXPECT_THAT(openError(bad_gzip), HasSubstr("gzip data is damaged"));
}

TEST(OpenTest, FilesThatAreNotThere) {
  auto missing = TraceReader::open("/nonexistent/a.pcap");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "/nonexistent/a.pcap: cannot open: No such file or directory");
  auto directory = TraceReader::open("/");
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.error().message, "/: is a directory; a pcap or pcapng file is expected");
}

// Every prefix of a sound file, and many files with a few bytes changed, read to an end without
// harm.
TEST(DamageTest, AnyDamageIsSurvived) {
  const auto frame = udpFrame();
  CaptureBuilder ng, classic;
  ng.section().interface(1).interface(113);
  classic.pcapHeader();
  for (uint32_t i = 0; i < 5; ++i) {
    ng.enhanced(i % 2, i, frame);
    classic.pcapRecord(i, 0, frame);
  }
  const char* given = std::getenv("SLUICE_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 20240517;
  SCOPED_TRACE("repeat with SLUICE_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (const auto& sound : {ng.bytes(), classic.bytes()}) {
    for (size_t length = 0; length < sound.size(); ++length) {
      auto reader = TraceReader::fromMemory(std::span(sound).first(length), "cut");
      TraceRecord record;
      while (reader.ok() && (*reader)->next(record)) EXPECT_LE(record.bytes.size(), kMaxTraceFrame);
    }
    for (int round = 0; round < 3000; ++round) {
      auto file = sound;
      for (int change = 0; change < 3; ++change)
        file[random() % file.size()] = static_cast<uint8_t>(random());
      auto reader = TraceReader::fromMemory(file, "changed");
      TraceRecord record;
      while (reader.ok() && (*reader)->next(record)) EXPECT_LE(record.bytes.size(), kMaxTraceFrame);
    }
  }
}

}  // namespace
}  // namespace sluice
