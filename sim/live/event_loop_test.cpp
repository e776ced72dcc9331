// SPDX-License-Identifier: Apache-2.0
#include "sim/live/event_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/base/file_descriptor.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong(10'000);

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    out = FileDescriptor(ends[0]);
    in = FileDescriptor(ends[1]);
  }
  void put() { EXPECT_EQ(::write(in.get(), "x", 1), 1); }
  void take() {
    char byte;
    EXPECT_EQ(::read(out.get(), &byte, 1), 1);
  }
  FileDescriptor out, in;
};

class EventLoopTest : public testing::Test {
 protected:
  EventLoop loop_;
  Pipe a_, b_;
  int called_ = 0;
};

TEST_F(EventLoopTest, NothingReady) {
  loop_.watch(a_.out.get(), [&] { ++called_; });
  EXPECT_FALSE(loop_.turn(milliseconds(0)));
  EXPECT_FALSE(loop_.turn(milliseconds(1)));
  EXPECT_EQ(called_, 0);
}

TEST_F(EventLoopTest, WhatStaysReadableIsCalledAgain) {
  loop_.watch(a_.out.get(), [&] {
    a_.take();
    ++called_;
  });
  a_.put();
  a_.put();
  EXPECT_TRUE(loop_.turn(kLong));
  while (called_ < 2) ASSERT_TRUE(loop_.turn(kLong));
  EXPECT_FALSE(loop_.turn(milliseconds(0)));
}

TEST_F(EventLoopTest, OneTurnIsBounded) {
  loop_.watch(a_.out.get(), [&] { ++called_; });
  a_.put();
  EXPECT_TRUE(loop_.turn(kLong));
  EXPECT_LE(called_, EventLoop::kMostPerTurn);
}

TEST_F(EventLoopTest, NobodyStarves) {
  loop_.watch(a_.out.get(), [] {});
  loop_.watch(b_.out.get(), [&] { ++called_; });
  a_.put();
  b_.put();
  EXPECT_TRUE(loop_.turn(kLong));
  EXPECT_GE(called_, EventLoop::kMostPerTurn / 4);
}

TEST_F(EventLoopTest, HandlersMayUnwatchThemselvesAndOthers) {
  loop_.watch(a_.out.get(), [&] {
    ++called_;
    loop_.unwatch(a_.out.get());
    loop_.unwatch(b_.out.get());
  });
  loop_.watch(b_.out.get(), [&] {
    ++called_;
    loop_.unwatch(a_.out.get());
    loop_.unwatch(b_.out.get());
  });
  a_.put();
  b_.put();
  EXPECT_TRUE(loop_.turn(kLong));
  EXPECT_EQ(called_, 1);
  while (loop_.turn(milliseconds(0))) {
  }
  EXPECT_EQ(called_, 1);
}

TEST_F(EventLoopTest, ASecondHandlerTakesThePlaceOfTheFirst) {
  int second = 0;
  loop_.watch(a_.out.get(), [&] { ++called_; });
  loop_.watch(a_.out.get(), [&] {
    a_.take();
    ++second;
  });
  a_.put();
  while (second == 0) ASSERT_TRUE(loop_.turn(kLong));
  EXPECT_EQ(called_, 0);
}

TEST_F(EventLoopTest, TheDescriptorStaysItsOwners) {
  {
    EventLoop other;
    other.watch(a_.out.get(), [] {});
    other.watch(-1, [] {});
    other.watch(b_.out.get(), [] {});
    other.unwatch(b_.out.get());
  }
  a_.put();
  a_.take();
  b_.put();
  b_.take();
}

TEST_F(EventLoopTest, TimersOfAsioEndAWait) {
  boost::asio::steady_timer timer(loop_.context(), milliseconds(2));
  timer.async_wait([&](boost::system::error_code) { ++called_; });
  EXPECT_TRUE(loop_.turn(kLong));
  EXPECT_EQ(called_, 1);
  boost::asio::post(loop_.context(), [&] { ++called_; });
  EXPECT_TRUE(loop_.turn(milliseconds(0)));
  EXPECT_EQ(called_, 2);
}

}  // namespace
}  // namespace sluice
