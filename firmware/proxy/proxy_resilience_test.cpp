// SPDX-License-Identifier: Apache-2.0
// Queues, circuit breakers, ejected outliers and bounded load, between real sockets.
#include <gmock/gmock.h>

#include <condition_variable>

#include "firmware/proxy/proxy_fixture.h"

namespace sluice::proxy {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Answers every request, with 200 or, while it is sick, 500; or not at all while it is held.
class Patient {
 public:
  explicit Patient(const std::string& name)
      : name_(name), server_([this](TestSocket& socket, int) { play(socket); }) {}
  ~Patient() { hold(false); }

  uint16_t port() const { return server_.port(); }
  int requests() const { return requests_; }
  std::vector<std::string> targets() {
    const std::lock_guard lock(mutex_);
    return targets_;
  }
  void setSick(bool sick) { sick_ = sick; }
  void hold(bool held) {
    {
      const std::lock_guard lock(mutex_);
      held_ = held;
    }
    wake_.notify_all();
  }

 private:
  void play(TestSocket& socket) {
    for (std::string request; !(request = socket.readMessage()).empty();) {
      {
        std::unique_lock lock(mutex_);
        targets_.push_back(request.substr(4, request.find(' ', 4) - 4));
        ++requests_;
        wake_.wait(lock, [this] { return !held_; });
      }
      socket.send(sick_ ? "HTTP/1.1 500 Sick\r\nContent-Length: 0\r\n\r\n" : response(name_));
    }
  }

  const std::string name_;
  std::atomic<int> requests_{0};
  std::atomic<bool> sick_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool held_ = false;
  std::vector<std::string> targets_;
  TestServer server_;
};

class ProxyResilienceTest : public ProxyTest {
 protected:
  // `pool`: statements; each member may have `options` behind it.
  void serveBoth(const std::string& pool, const std::string& options = "") {
    std::string text = "http-profile default\n  forwarded off\npool p\n" + pool;
    for (const Patient* server : {&one_, &two_})
      text += "  member 127.0.0.1:" + std::to_string(server->port()) + " " + options + "\n";
    apply(text + service());
  }
  void serveOne(const std::string& pool, const std::string& options = "") {
    apply("http-profile default\n  forwarded off\npool p\n" + pool +
          "  member 127.0.0.1:" + std::to_string(one_.port()) + " " + options + "\n" + service());
  }
  std::string service() const {
    return "virtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
           "\n  mode http\n  pool p\n";
  }
  std::string ask() {
    TestSocket socket = client();
    socket.send(kGet);
    return socket.readMessage();
  }
  PoolStats pool() const { return proxy_.statistics().pools.at(0); }
  MemberStats member(const Patient& server) const {
    for (const MemberStats& row : proxy_.statistics().members) {
      if (row.endpoint.port == server.port()) return row;
    }
    return {};
  }

  Patient one_{"one"}, two_{"two"};
};

TEST_F(ProxyResilienceTest, RequestsWaitForAPlaceInTheirOrder) {
  serveOne("  queue 10 timeout 8s\n", "limit 1");
  one_.hold(true);
  std::vector<TestSocket> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(client());
    clients.back().send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto waiting = static_cast<uint64_t>(i);
    ASSERT_TRUE(eventually([&] { return one_.requests() == 1 && pool().waiting == waiting; }));
  }
  EXPECT_EQ(one_.requests(), 1);
  one_.hold(false);
  for (TestSocket& socket : clients) EXPECT_THAT(socket.readMessage(), HasSubstr("\r\n\r\none"));
  ASSERT_TRUE(eventually([&] { return pool().waiting == 0; }));
  EXPECT_THAT(one_.targets(), testing::ElementsAre("/0", "/1", "/2", "/3"));
  EXPECT_EQ(pool().queued, 3u);
  EXPECT_EQ(member(one_).by_server[1], 4u);
}

TEST_F(ProxyResilienceTest, AQueueThatIsFullAndOneThatTakesTooLongSaySo) {
  serveOne("  queue 1 timeout 100ms\n", "limit 1");
  one_.hold(true);
  TestSocket first = client(), second = client();
  first.send(kGet);
  ASSERT_TRUE(eventually([&] { return one_.requests() == 1; }));
  second.send(kGet);
  ASSERT_TRUE(eventually([&] { return pool().queued == 1; }));
  const std::string third = ask();
  EXPECT_THAT(third, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(second.readMessage(), StartsWith("HTTP/1.1 503 "));
  EXPECT_GE(pool().queue_timeouts, 1u);
  EXPECT_EQ(causes(Cause::kQueueFull) + causes(Cause::kQueueTimeout), 2u);
  one_.hold(false);
  EXPECT_THAT(first.readMessage(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ProxyResilienceTest, WithoutAQueueNobodyWaits) {
  serveOne("", "limit 1");
  one_.hold(true);
  TestSocket first = client();
  first.send(kGet);
  ASSERT_TRUE(eventually([&] { return one_.requests() == 1; }));
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(causes(Cause::kNoMember), 1u);
  one_.hold(false);
}

TEST_F(ProxyResilienceTest, AMemberThatFailsGetsNothing) {
  serveBoth("  member-breaker 50 of 4 in 1h hold 1h\n");
  one_.setSick(true);
  ASSERT_TRUE(eventually([&] {
    ask();
    return member(one_).opened > 0;
  }));
  one_.setSick(false);
  for (int i = 0; i < 6; ++i) EXPECT_THAT(ask(), HasSubstr("\r\n\r\ntwo"));
  EXPECT_EQ(one_.requests(), 4);
  EXPECT_EQ(member(two_).opened, 0u);
}

TEST_F(ProxyResilienceTest, AMemberComesBackAfterAGoodTrial) {
  serveBoth("  member-breaker 50 of 4 in 1h hold 1ms\n");
  one_.setSick(true);
  ASSERT_TRUE(eventually([&] {
    ask();
    return member(one_).opened > 1;  // a trial failed, too
  }));
  one_.setSick(false);
  ASSERT_TRUE(eventually([&] {
    ask();
    return member(one_).breaker == CircuitBreaker::State::kClosed;
  }));
}

TEST_F(ProxyResilienceTest, APoolWhoseBreakerIsOpenAnswersAtOnce) {
  serveOne("  pool-breaker 100 of 3 in 1h hold 1h\n");
  one_.setSick(true);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ask(), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(one_.requests(), 3);
  EXPECT_EQ(pool().refused, 1u);
  EXPECT_EQ(pool().opened, 1u);
  EXPECT_EQ(causes(Cause::kCircuitOpen), 1u);
}

TEST_F(ProxyResilienceTest, OutliersAreEjectedButNotTooMany) {
  serveBoth("  outlier-ejection 3 hold 1h most 50\n");
  one_.setSick(true);
  ASSERT_TRUE(eventually([&] {
    ask();
    return member(one_).ejected;
  }));
  EXPECT_EQ(member(one_).ejections, 1u);
  two_.setSick(true);
  for (int i = 0; i < 10; ++i) EXPECT_THAT(ask(), StartsWith("HTTP/1.1 500 "));
  EXPECT_FALSE(member(two_).ejected);
  EXPECT_EQ(one_.requests(), 3);
}

TEST_F(ProxyResilienceTest, AMemberThatCannotBeReachedIsAnOutlier) {
  const uint16_t nobody = TestServer::freePort();
  apply(
      "http-profile default\n  forwarded off\npool p\n  outlier-ejection 2 hold 1h\n"
      "  member 127.0.0.1:" +
      std::to_string(nobody) + "\n  member 127.0.0.1:" + std::to_string(one_.port()) + "\n" +
      service());
  for (int i = 0; i < 6; ++i) EXPECT_THAT(ask(), HasSubstr("\r\n\r\none"));
  EXPECT_EQ(stats().retries, 2u);
}

TEST_F(ProxyResilienceTest, WithABoundLoadIsSharedWhateverTheChoice) {
  // By the client's address all would go to one member.
  serveBoth("  algorithm source-hash\n  bounded-load 125\n");
  one_.hold(true);
  two_.hold(true);
  std::vector<TestSocket> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(client());
    clients.back().send(kGet);
    ASSERT_TRUE(eventually([&] { return one_.requests() + two_.requests() == i + 1; }));
  }
  // ceil(1.25 * 8 / 2)
  EXPECT_LE(std::max(one_.requests(), two_.requests()), 5);
  one_.hold(false);
  two_.hold(false);
  for (TestSocket& socket : clients) EXPECT_THAT(socket.readMessage(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace sluice::proxy
