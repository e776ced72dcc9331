// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <tuple>
#include <vector>

#include "Vdispatch_choose.h"
#include "gtest/gtest.h"

namespace sluice::dispatch_test {
namespace {

struct Candidate {
  uint16_t member;
  bool accept_new;
  uint8_t weight;
  uint32_t limit;
  uint32_t live;
};

struct Case {
  const char* what;
  bool empty, least;
  Candidate first, second;
  int chosen;  // 1, 2, or 0
  bool limited;
};

constexpr uint16_t kPort = 0x1f90;

template <typename Wide>
void drive(Wide& control, const Candidate& c, uint32_t digest, uint32_t port) {
  const __uint128_t bits = __uint128_t{digest} << 45 | __uint128_t{port} << 29 |
                           __uint128_t{c.limit} << 9 | __uint128_t{c.weight} << 1 | c.accept_new;
  for (int i = 0; i < 3; ++i) control[i] = static_cast<uint32_t>(bits >> (32 * i));
}

/// Cycle 3: the candidates are read.
void read(Vdispatch_choose& dut) {
  dut.read_i = 1;
  for (const int clock : {0, 1}) {
    dut.clk_i = clock;
    dut.eval();
  }
  dut.read_i = 0;
}

TEST(DispatchChoose, Cases) {
  const std::vector<Case> cases = {
      {"maglev takes the first", false, false, {5, true, 1, 0, 9}, {6, true, 1, 0, 0}, 1, true},
      {"the first refuses", false, false, {5, false, 1, 0, 0}, {6, true, 1, 0, 0}, 2, true},
      {"no first member", false, false, {0, true, 1, 0, 0}, {6, true, 1, 0, 0}, 2, true},
      {"the first is full", false, false, {5, true, 1, 3, 3}, {6, true, 1, 0, 0}, 2, true},
      {"one below the limit", false, false, {5, true, 1, 3, 2}, {6, true, 1, 0, 0}, 1, true},
      {"both full", false, false, {5, true, 1, 3, 3}, {6, true, 1, 1, 7}, 0, true},
      {"one full, one refuses", false, true, {5, true, 1, 3, 3}, {6, false, 1, 0, 0}, 0, true},
      {"both refuse", false, false, {5, false, 1, 0, 0}, {6, false, 1, 0, 0}, 0, false},
      {"no members", false, true, {0, true, 1, 0, 0}, {0, true, 1, 0, 0}, 0, false},
      {"empty pool", true, false, {5, true, 1, 0, 0}, {6, true, 1, 0, 0}, 0, false},
      {"least: fewer", false, true, {5, true, 1, 0, 4}, {6, true, 1, 0, 3}, 2, true},
      {"least: a tie is the first's", false, true, {5, true, 1, 0, 4}, {6, true, 1, 0, 4}, 1, true},
      {"least: per weight", false, true, {5, true, 3, 0, 8}, {6, true, 1, 0, 3}, 1, true},
      {"least: per weight, other way",
       false,
       true,
       {5, true, 1, 0, 3},
       {6, true, 3, 0, 8},
       2,
       true},
      {"least: large counts",
       false,
       true,
       {5, true, 255, 0, 1048576},
       {6, true, 254, 0, 1048576},
       1,
       true},
      {"least: only the second is able",
       false,
       true,
       {5, true, 1, 1, 1},
       {6, true, 1, 0, 900},
       2,
       true},
      {"the same member twice", false, true, {5, true, 1, 0, 4}, {5, true, 1, 0, 4}, 1, true},
  };
  Vdispatch_choose dut;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    dut.empty_i = c.empty;
    dut.least_i = c.least;
    dut.dport_i = 0x1234;
    dut.member1_i = c.first.member;
    dut.member2_i = c.second.member;
    dut.live1_i = c.first.live;
    dut.live2_i = c.second.live;
    drive(dut.control1_i, c.first, 0xabc101, kPort + c.first.member);
    drive(dut.control2_i, c.second, 0xabc202, kPort + c.second.member);
    read(dut);
    dut.en_i = 1;
    dut.eval();
    EXPECT_EQ(dut.ok_o, c.chosen != 0);
    if (c.chosen == 0) {
      EXPECT_EQ(dut.limited_o, c.limited);
    } else {
      const Candidate& chosen = c.chosen == 1 ? c.first : c.second;
      EXPECT_EQ(dut.member_o, chosen.member);
      const uint32_t digest = c.chosen == 1 ? 0xabc101u : 0xabc202u;
      const uint32_t port = kPort + chosen.member;
      EXPECT_EQ(dut.port_o, port);
      EXPECT_EQ(dut.server_o, digest ^ (port * 0x9e3779u & 0xffffffu));
      EXPECT_EQ(dut.second_o, c.chosen == 2);
      EXPECT_EQ(dut.server_o, c.chosen == 2 ? dut.server2_o : dut.server1_o);
    }
    dut.en_i = 0;
    dut.eval();
    EXPECT_FALSE(dut.ok_o || dut.limited_o || dut.member_o || dut.port_o || dut.server_o);
  }
}

TEST(DispatchChoose, MembersWithoutAPortKeepThePackets) {
  Vdispatch_choose dut;
  dut.member1_i = 5;
  dut.dport_i = 0x1234;
  drive(dut.control1_i, {5, true, 1, 0, 0}, 0xabc101, 0);
  read(dut);
  dut.en_i = 1;
  dut.eval();
  EXPECT_EQ(dut.port_o, 0x1234);
  EXPECT_EQ(dut.server_o, 0xabc101u ^ (0x1234u * 0x9e3779u & 0xffffffu));
}

// What the packet ahead did to the candidates' connections counts like a connection that was there.
TEST(DispatchChoose, ChangesOfThePacketAhead) {
  Vdispatch_choose dut;
  for (unsigned bits = 0; bits < 16; ++bits) {
    for (const auto& [live1, live2, limit] :
         {std::tuple{4u, 4u, 0u}, {9u, 13u, 0u}, {3u, 7u, 4u}, {4u, 4u, 4u}, {5u, 4u, 5u}}) {
      SCOPED_TRACE(testing::Message() << "changes " << bits << ", live " << live1 << " and "
                                      << live2 << ", limit " << limit);
      const bool more1 = bits & 1, less1 = bits & 2, more2 = bits & 4, less2 = bits & 8;
      dut.least_i = 1;
      dut.member1_i = 5;
      dut.member2_i = 6;
      drive(dut.control1_i, {5, true, 2, limit, 0}, 0xabc101, kPort);
      drive(dut.control2_i, {6, true, 3, 0, 0}, 0xabc202, kPort);
      dut.live1_i = live1;
      dut.live2_i = live2;
      read(dut);
      dut.more1_i = more1;
      dut.less1_i = less1;
      dut.more2_i = more2;
      dut.less2_i = less2;
      dut.en_i = 1;
      dut.eval();
      const unsigned now1 = live1 + more1 - less1, now2 = live2 + more2 - less2;
      const bool able1 = limit == 0 || now1 < limit;
      EXPECT_EQ(dut.second_o, !able1 || now1 * 3 > now2 * 2);
      EXPECT_TRUE(dut.ok_o);
    }
  }
}

}  // namespace
}  // namespace sluice::dispatch_test
