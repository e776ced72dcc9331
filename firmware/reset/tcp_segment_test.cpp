// SPDX-License-Identifier: Apache-2.0
// Segments as they are on the wire, and what RFC 9293 3.10.7.1 says about resets.
#include "firmware/reset/tcp_segment.h"

#include <gtest/gtest.h>

#include "firmware/base/internet_sum.h"

namespace sluice {
namespace {

const MacAddress kTo{{2, 0, 0, 0, 0, 1}}, kFrom{{2, 0, 0, 0, 0, 2}};

TcpSegment segment(const char* source, const char* destination, uint8_t flags) {
  TcpSegment made{*Endpoint::parse(source), *Endpoint::parse(destination)};
  made.sequence = 0x01020304;
  made.acknowledgement = 0xfffffff0;
  made.flags = flags;
  return made;
}

void expectSame(const TcpSegment& a, const TcpSegment& b) {
  EXPECT_EQ(a.source.toString(), b.source.toString());
  EXPECT_EQ(a.destination.toString(), b.destination.toString());
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.acknowledgement, b.acknowledgement);
  EXPECT_EQ(a.flags, b.flags);
}

TEST(TcpSegment, IsReadAsItWasWritten) {
  for (const bool v6 : {false, true}) {
    for (const uint16_t vlan : {0, 100}) {
      const TcpSegment sent =
          v6 ? segment("[2001:db8::7]:4711", "[2001:db8::10]:80", TcpSegment::kAck)
             : segment("198.51.100.7:4711", "203.0.113.10:80", TcpSegment::kAck);
      const auto frame = writeSegment(sent, {kTo, kFrom, vlan});
      EXPECT_GE(frame.size(), 60u);
      EXPECT_EQ(frame[12] == 0x81, vlan != 0);
      const auto read = readSegment(frame);
      ASSERT_TRUE(read);
      expectSame(*read, sent);
      EXPECT_EQ(read->length, 0u);
    }
  }
}

TEST(TcpSegment, ChecksumsHold) {
  const auto frame =
      writeSegment(segment("198.51.100.7:4711", "203.0.113.10:80", TcpSegment::kRst), {kTo, kFrom});
  const std::span<const uint8_t> ip = std::span(frame).subspan(14, 40);
  EXPECT_EQ(internetSum(ip.first(20)), 0xffff);
  EXPECT_EQ(internetSum(ip.subspan(12), 6 + 20), 0xffff);
  const auto frame6 = writeSegment(
      segment("[2001:db8::7]:4711", "[2001:db8::10]:80", TcpSegment::kRst), {kTo, kFrom});
  EXPECT_EQ(internetSum(std::span(frame6).subspan(14 + 8, 52), 6 + 20), 0xffff);
}

// A GET with options in the TCP header, tagged, as a client sends it.
TEST(TcpSegment, DataAndOptionsCount) {
  auto frame = writeSegment(segment("198.51.100.7:4711", "203.0.113.10:80", TcpSegment::kAck | 8),
                            {kTo, kFrom, 7});
  frame.resize(18 + 20 + 20);
  frame[18 + 20 + 12] = 8 << 4;          // 32 bytes of header
  frame.insert(frame.end(), 12 + 5, 1);  // options, data
  frame[18 + 3] = 20 + 32 + 5;           // total length
  frame.insert(frame.end(), 3, 0);       // padding
  const auto read = readSegment(frame);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->length, 5u);
  frame.resize(18 + 20 + 10);
  EXPECT_FALSE(readSegment(frame));
}

TEST(TcpSegment, NothingElseIsOne) {
  const auto good =
      writeSegment(segment("198.51.100.7:4711", "203.0.113.10:80", TcpSegment::kAck), {kTo, kFrom});
  const auto changed = [&](size_t at, uint8_t value) {
    auto frame = good;
    frame[at] = value;
    return readSegment(frame).has_value();
  };
  EXPECT_TRUE(changed(14 + 6, 0x40));
  EXPECT_FALSE(changed(14 + 9, 17));     // UDP
  EXPECT_FALSE(changed(14 + 6, 0x20));   // more fragments
  EXPECT_FALSE(changed(14 + 7, 1));      // a later fragment
  EXPECT_FALSE(changed(12, 0x86));       // another ethertype
  EXPECT_FALSE(changed(14, 0x65));       // version 6 in IPv4
  EXPECT_FALSE(changed(14 + 2, 0xff));   // longer than the frame
  EXPECT_FALSE(changed(14 + 32, 0xf0));  // TCP header longer than the packet
  EXPECT_FALSE(changed(14 + 32, 0x10));  // shorter than one
  for (size_t size = 0; size < 54; ++size)
    EXPECT_FALSE(readSegment(std::span(good).first(size))) << size;
}

TEST(TcpSegment, AResetIsWhereTheOtherOneExpectsIt) {
  const TcpSegment heard =
      segment("198.51.100.7:4711", "203.0.113.10:80", TcpSegment::kAck | TcpSegment::kFin);
  const auto reset = resetFor(heard);
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->source.toString(), "203.0.113.10:80");
  EXPECT_EQ(reset->destination.toString(), "198.51.100.7:4711");
  EXPECT_EQ(reset->sequence, heard.acknowledgement);
  EXPECT_EQ(reset->flags, TcpSegment::kRst);
}

TEST(TcpSegment, AResetOfASynAcknowledgesIt) {
  TcpSegment heard = segment("198.51.100.7:4711", "203.0.113.10:80", TcpSegment::kSyn);
  heard.length = 1;
  const auto reset = resetFor(heard);
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->sequence, 0u);
  EXPECT_EQ(reset->acknowledgement, heard.sequence + 1);
  EXPECT_EQ(reset->flags, TcpSegment::kRst | TcpSegment::kAck);
}

TEST(TcpSegment, AResetIsNotAnswered) {
  EXPECT_FALSE(resetFor(
      segment("198.51.100.7:4711", "203.0.113.10:80", TcpSegment::kRst | TcpSegment::kAck)));
}

TEST(TcpSegment, TheServerHearsItFromTheClient) {
  const TcpSegment heard = segment("198.51.100.7:4711", "203.0.113.10:80", TcpSegment::kAck);
  const TcpSegment onwards = resetOnwards(heard, *Endpoint::parse("10.0.0.11:8080"));
  EXPECT_EQ(onwards.source.toString(), "198.51.100.7:4711");
  EXPECT_EQ(onwards.destination.toString(), "10.0.0.11:8080");
  EXPECT_EQ(onwards.sequence, heard.sequence);
  EXPECT_EQ(onwards.flags, TcpSegment::kRst);
}

}  // namespace
}  // namespace sluice
