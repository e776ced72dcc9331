// SPDX-License-Identifier: Apache-2.0
// What events and counters of the data plane say about a member: those that refuse and those that
// are silent are accused, those that serve, and those whose clients give up, are not.
#include "firmware/health/passive_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kMs = 1'000'000, kSecond = 1'000'000'000;
constexpr uint16_t kWeb = 1, kOther = 2;  // virtuals
constexpr uint16_t kA = 11, kB = 12;      // members

class PassiveWatchTest : public testing::Test {
 protected:
  PassiveWatchTest() { watch_.setMembers({member(kA), member(kB)}, {kWeb}, now_++); }

  static PassiveWatch::Member member(uint16_t id) {
    PassiveRule rule;
    rule.fails = 5;
    rule.within = {10 * kSecond, ""};
    return {{"web", *Endpoint::parse("10.0.0." + std::to_string(id) + ":80")}, id, rule};
  }
  void pass(uint64_t ns) {
    const uint64_t end = now_ + ns;
    while (watch_.due() <= end) {
      now_ = std::max(now_, watch_.due());
      watch_.run(now_);
    }
    now_ = end;
  }
  uint32_t open(uint16_t id, uint16_t of = kWeb) {
    regs::Event event;
    event.opened = true;
    event.virtual_id = of;
    event.member = id;
    event.slot = next_slot_++;
    ++packets_[id].to;
    watch_.onEvent(event, now_);
    return event.slot;
  }
  void close(uint32_t slot, regs::CloseCause cause) {
    regs::Event event;
    event.closed = cause;
    event.slot = slot;
    watch_.onEvent(event, now_);
  }
  void refuse(uint16_t id) {
    const uint32_t slot = open(id);
    ++packets_[id].from;
    close(slot, regs::CloseCause::kReset);
  }
  // SYN, SYN-ACK, and what the client sends then: an ACK and a reset, or a reset alone.
  void giveUp(uint16_t id, uint64_t client_packets) {
    const uint32_t slot = open(id);
    ++packets_[id].from;
    packets_[id].to += client_packets;
    close(slot, regs::CloseCause::kReset);
  }
  void serve(uint16_t id) {
    open(id);
    packets_[id].from += 3;
    packets_[id].to += 3;
  }
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  uint64_t now_ = 1000 * kSecond;
  uint32_t next_slot_ = 100;
  std::map<uint16_t, PassiveWatch::Packets> packets_;
  std::vector<std::string> told_;
  PassiveWatch watch_{[this](uint16_t id) { return packets_[id]; },
                      [this](const MemberKey& key, const std::string& reason) {
                        told_.push_back(key.endpoint.toString() + " " + reason);
                      }};
};

TEST_F(PassiveWatchTest, SoManyResetsAccuseAMember) {
  for (int i = 0; i < 4; ++i) {
    refuse(kA);
    pass(kSecond);
  }
  EXPECT_THAT(told(), IsEmpty());
  refuse(kA);
  pass(PassiveWatch::kTickNs);
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 5 resets in 10s"));
  EXPECT_EQ(watch_.failures(member(kA).key), 5u);
  EXPECT_EQ(watch_.failures(member(kB).key), 0u);
}

TEST_F(PassiveWatchTest, AllAtOnceDoSo) {
  for (int i = 0; i < 7; ++i) refuse(kB);
  pass(PassiveWatch::kTickNs);
  EXPECT_THAT(told(), ElementsAre("10.0.0.12:80 7 resets in 10s"));
}

TEST_F(PassiveWatchTest, AfterThatItCountsAnew) {
  for (int i = 0; i < 8; ++i) {
    refuse(kA);
    pass(kSecond);
  }
  EXPECT_EQ(told().size(), 1u);
  for (int i = 0; i < 2; ++i) {
    refuse(kA);
    pass(kSecond);
  }
  EXPECT_EQ(told().size(), 1u);
}

TEST_F(PassiveWatchTest, NotIfTheyAreFurtherApart) {
  for (int i = 0; i < 20; ++i) {
    refuse(kA);
    pass(2600 * kMs);
  }
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PassiveWatchTest, ClientsThatGiveUpAccuseNobody) {
  for (int i = 0; i < 50; ++i) {
    giveUp(kA, 1 + i % 2);
    pass(100 * kMs);
  }
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PassiveWatchTest, AMemberThatServesAnybodyIsNotAccused) {
  for (int i = 0; i < 50; ++i) {
    refuse(kA);
    if (i % 3 == 0) serve(kA);
    pass(400 * kMs);
  }
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PassiveWatchTest, NorIsOneThatServedUntilItRefuses) {
  for (int i = 0; i < 30; ++i) {
    serve(kA);
    pass(100 * kMs);
  }
  pass(2 * kSecond);
  for (int i = 0; i < 5; ++i) refuse(kA);
  pass(PassiveWatch::kTickNs);
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 5 resets in 10s"));
}

// Without waiting for the last ones that were served to be old.
TEST_F(PassiveWatchTest, ThatIsFoundAtOnce) {
  for (int i = 0; i < 30; ++i) {
    serve(kA);
    pass(100 * kMs);
  }
  for (int i = 0; i < 5; ++i) {
    refuse(kA);
    pass(20 * kMs);
  }
  pass(PassiveWatch::kTickNs);
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 5 resets in 10s"));
}

TEST_F(PassiveWatchTest, LateResetsAreNoRefusals) {
  for (int i = 0; i < 10; ++i) {
    const uint32_t slot = open(kA);
    ++packets_[kA].from;
    pass(PassiveWatch::kFreshNs + 10 * kMs);
    close(slot, regs::CloseCause::kReset);
  }
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PassiveWatchTest, SilenceAccusesAMember) {
  for (int i = 0; i < 5; ++i) {
    open(kA);
    pass(100 * kMs);
  }
  EXPECT_THAT(told(), IsEmpty());
  pass(PassiveWatch::kFreshNs);
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 5 connections without an answer in 10s"));
  EXPECT_EQ(watch_.due(), UINT64_MAX);
}

// What other connections still had to say when these began answers none of these.
TEST_F(PassiveWatchTest, SilenceAfterSomethingElseDoesSo) {
  for (int i = 0; i < 10; ++i) serve(kA);
  pass(300 * kMs);
  ++packets_[kA].from;
  for (int i = 0; i < 8; ++i) {
    open(kA);
    pass(60 * kMs);
  }
  pass(2 * kSecond);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_THAT(told()[0], testing::EndsWith("connections without an answer in 10s"));
}

TEST_F(PassiveWatchTest, NotIfThereIsAnAnswer) {
  for (int i = 0; i < 50; ++i) {
    open(kA);
    ++packets_[kA].from;  // SYN-ACKs of a flood that never go on
    pass(50 * kMs);
  }
  pass(5 * kSecond);
  EXPECT_THAT(told(), IsEmpty());
}

// The answer came before the counters were read, and the clients then wait.
TEST_F(PassiveWatchTest, QuietConnectionsAreNotUnanswered) {
  for (int i = 0; i < 3; ++i) {
    serve(kA);
    pass(1050 * kMs);
  }
  for (int i = 0; i < 6; ++i) serve(kA);
  pass(20 * kSecond);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PassiveWatchTest, OtherVirtualsAndMembersDoNotCount) {
  for (int i = 0; i < 20; ++i) {
    open(kA, kOther);
    open(77);
  }
  pass(5 * kSecond);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(watch_.due(), UINT64_MAX);
}

TEST_F(PassiveWatchTest, AnotherConfigurationKeepsWhatIsKnown) {
  for (int i = 0; i < 4; ++i) refuse(kA);
  pass(kSecond);
  watch_.setMembers({member(kA)}, {kWeb}, now_);
  refuse(kA);
  pass(kSecond);
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 5 resets in 10s"));
  watch_.setMembers({}, {}, now_);
  for (int i = 0; i < 10; ++i) refuse(kA);
  pass(kSecond);
  EXPECT_THAT(told(), IsEmpty());
}

}  // namespace
}  // namespace sluice
