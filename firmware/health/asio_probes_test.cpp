// SPDX-License-Identifier: Apache-2.0
// Each type of probe against a little server on the loopback interface.
#include "firmware/health/asio_probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "firmware/health/dns_message.h"

namespace sluice {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using testing::HasSubstr;
using testing::StartsWith;
using Kind = Expect::Kind;

class AsioProbesTest : public testing::Test {
 protected:
  // Answers every connection with `answer` once it has sent `after` bytes.
  void serve(std::string answer, size_t after = 0) {
    asio::co_spawn(
        context_,
        [](tcp::acceptor& acceptor, std::string answer, size_t after,
           std::string& got) -> asio::awaitable<void> {
          for (;;) {
            tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
            std::array<char, 1000> piece;
            while (got.size() < after) {
              const size_t more =
                  co_await client.async_read_some(asio::buffer(piece), asio::use_awaitable);
              got.append(piece.data(), more);
            }
            co_await asio::async_write(client, asio::buffer(answer), asio::use_awaitable);
          }
        }(acceptor_, std::move(answer), after, got_),
        asio::detached);
    monitor_.port.assign(acceptor_.local_endpoint().port());
  }
  void serveUdp(std::function<std::string(const std::string&)> answer) {
    asio::co_spawn(
        context_,
        [](udp::socket& socket,
           std::function<std::string(const std::string&)> answer) -> asio::awaitable<void> {
          for (;;) {
            std::string datagram(1000, '\0');
            udp::endpoint from;
            const size_t got = co_await socket.async_receive_from(asio::buffer(datagram), from,
                                                                  asio::use_awaitable);
            datagram.resize(got);
            co_await socket.async_send_to(asio::buffer(answer(datagram)), from,
                                          asio::use_awaitable);
          }
        }(udp_, std::move(answer)),
        asio::detached);
    monitor_.port.assign(udp_.local_endpoint().port());
  }
  Endpoint target() {
    Endpoint endpoint = *Endpoint::parse("127.0.0.1:1");
    endpoint.port = static_cast<uint16_t>(*monitor_.port);
    return endpoint;
  }
  ProbeOutcome probe() {
    std::optional<ProbeOutcome> ended;
    const auto probe =
        probes_.start(monitor_, target(), [&](const ProbeOutcome& outcome) { ended = outcome; });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    context_.restart();
    while (!ended && std::chrono::steady_clock::now() < deadline)
      context_.run_one_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(ended) << "the probe did not end";
    return ended.value_or(ProbeOutcome());
  }
  void type(Monitor::Type type) { monitor_.type.assign(type); }
  void expect(Kind kind, std::string what) {
    monitor_.expect.push_back({kind, std::move(what), {}});
  }
  void drainOn(Kind kind, std::string what) {
    monitor_.drain_on.push_back({kind, std::move(what), {}});
  }

  std::string got_;
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  udp::socket udp_{context_, udp::endpoint(asio::ip::address_v4::loopback(), 0)};
  AsioProbes probes_{context_};
  Monitor monitor_;
};

TEST_F(AsioProbesTest, Tcp) {
  serve("");
  EXPECT_EQ(probe().verdict, Verdict::kGood);
  EXPECT_EQ(probe().reason, "connected");
  acceptor_.close();
  const ProbeOutcome refused = probe();
  EXPECT_EQ(refused.verdict, Verdict::kBad);
  EXPECT_EQ(refused.reason, "Connection refused");
}

TEST_F(AsioProbesTest, TcpSendAndExpect) {
  serve("+PONG\r\n", 6);
  monitor_.request.assign("PING\\r\\n");
  expect(Kind::kString, "+PONG");
  EXPECT_EQ(probe().reason, "answer '+PONG'");
  EXPECT_EQ(got_, "PING\r\n");
  monitor_.expect.clear();
  expect(Kind::kString, "+OK");
  EXPECT_EQ(probe().verdict, Verdict::kBad);
  EXPECT_EQ(probe().reason, "answer '+PONG', expected string +OK");
  drainOn(Kind::kRegex, "PONG");
  EXPECT_EQ(probe().verdict, Verdict::kDrain);
}

TEST_F(AsioProbesTest, Http) {
  serve("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Ready: yes\r\n\r\nhello", 20);
  type(Monitor::Type::kHttp);
  monitor_.request.assign("GET /health");
  monitor_.host.assign("www.example.com");
  monitor_.headers = {"X-Probe: sluice"};
  EXPECT_EQ(probe().reason, "status 200");
  EXPECT_THAT(got_, StartsWith("GET /health HTTP/1.1\r\n"));
  EXPECT_THAT(got_, HasSubstr("\r\nHost: www.example.com\r\n"));
  EXPECT_THAT(got_, HasSubstr("\r\nX-Probe: sluice\r\n"));
  expect(Kind::kHeader, "x-ready: yes");
  expect(Kind::kRegex, "^h.*o$");
  EXPECT_EQ(probe().verdict, Verdict::kGood);
  expect(Kind::kStatus, "204,301");
  EXPECT_EQ(probe().reason, "status 200, expected status 204,301");
}

TEST_F(AsioProbesTest, HttpFailuresAndDrains) {
  serve("HTTP/1.1 503 No\r\nConnection: close\r\n\r\nback soon", 20);
  type(Monitor::Type::kHttp);
  EXPECT_EQ(probe().verdict, Verdict::kBad);
  EXPECT_EQ(probe().reason, "status 503, expected status 200-399");
  drainOn(Kind::kStatus, "503");
  EXPECT_EQ(probe().verdict, Verdict::kDrain);
}

TEST_F(AsioProbesTest, WhatIsNotHttp) {
  serve("SSH-2.0-OpenSSH_9.2\r\n", 1);
  type(Monitor::Type::kHttp);
  EXPECT_EQ(probe().verdict, Verdict::kBad);
  type(Monitor::Type::kHttps);
  EXPECT_EQ(probe().verdict, Verdict::kBad);
}

TEST_F(AsioProbesTest, AnEndlessBodyIsNotReadToItsEnd) {
  serve("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + std::string(300'000, 'x'), 1);
  type(Monitor::Type::kHttp);
  expect(Kind::kString, "y");
  EXPECT_EQ(probe().verdict, Verdict::kBad);
}

TEST_F(AsioProbesTest, Agent) {
  serve("60%\n");
  type(Monitor::Type::kAgent);
  EXPECT_EQ(probe().percent, 60u);
}

TEST_F(AsioProbesTest, Udp) {
  serveUdp([](const std::string& request) { return request + "!"; });
  type(Monitor::Type::kUdp);
  monitor_.request.assign("hello");
  EXPECT_EQ(probe().reason, "answered");
  expect(Kind::kString, "hello!");
  EXPECT_EQ(probe().reason, "answer 'hello!'");
  udp_.close();
  EXPECT_EQ(probe().reason, "Connection refused");
  monitor_.expect.clear();
  EXPECT_EQ(probe().reason, "Connection refused");
}

TEST_F(AsioProbesTest, UdpThatSaysNothingIsGoodUnlessAnAnswerIsExpected) {
  monitor_.port.assign(udp_.local_endpoint().port());
  type(Monitor::Type::kUdp);
  monitor_.timeout.assign(Quantity{20'000'000, ""});
  EXPECT_EQ(probe().reason, "not refused");
}

TEST_F(AsioProbesTest, Dns) {
  uint8_t code = 0;
  serveUdp([&](std::string query) {
    query[2] = static_cast<char>(0x81);
    query[3] = static_cast<char>(0x80 | code);
    query[7] = 1;
    return query + std::string("\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\7", 16);
  });
  type(Monitor::Type::kDns);
  monitor_.request.assign("www.example.com");
  EXPECT_EQ(probe().reason, "response code 0, 1 records");
  expect(Kind::kString, "192.0.2.7");
  EXPECT_EQ(probe().verdict, Verdict::kGood);
  code = 2;
  EXPECT_EQ(probe().verdict, Verdict::kBad);
  expect(Kind::kStatus, "2-3");
  EXPECT_EQ(probe().verdict, Verdict::kGood);
}

TEST_F(AsioProbesTest, Icmp) {
  if (geteuid() != 0) GTEST_SKIP() << "raw sockets need root";
  type(Monitor::Type::kIcmp);
  EXPECT_EQ(probe().reason, "echo reply");
}

TEST_F(AsioProbesTest, Script) {
  const std::string path = testing::TempDir() + "sluice-probe-" + std::to_string(getpid());
  std::ofstream(path) << "#!/bin/sh\necho \"$1 $2\"\nexit $3\n";
  type(Monitor::Type::kScript);
  monitor_.port.assign(80);
  // Its arguments come before address and port.
  monitor_.request.assign("/bin/sh " + path + " checked well 0");
  EXPECT_EQ(probe().verdict, Verdict::kGood);
  EXPECT_EQ(probe().reason, "checked well");
  monitor_.request.assign("/bin/sh " + path + " a b 100");
  EXPECT_EQ(probe().verdict, Verdict::kDrain);
  monitor_.request.assign("/bin/sh " + path + " a b 2");
  EXPECT_EQ(probe().verdict, Verdict::kBad);
  std::ofstream(path) << "#!/bin/sh\necho $2:$1\n";
  monitor_.request.assign("/bin/sh " + path);
  EXPECT_EQ(probe().reason, "80:127.0.0.1");
  std::remove(path.c_str());
  monitor_.request.assign("/does/not/exist");
  EXPECT_EQ(probe().reason, "No such file or directory");
}

TEST_F(AsioProbesTest, ADestroyedProbeSaysNothingAndLeavesNothing) {
  const std::string path = testing::TempDir() + "sluice-pid-" + std::to_string(getpid());
  type(Monitor::Type::kScript);
  std::ofstream(path + ".sh") << "echo $$ > " << path << "\nsleep 60 &\nwait\n";
  monitor_.request.assign("/bin/sh " + path + ".sh");
  int called = 0;
  auto script = probes_.start(monitor_, target(), [&](const ProbeOutcome&) { ++called; });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  pid_t pid = 0;
  while (pid == 0 && std::chrono::steady_clock::now() < deadline) {
    context_.run_one_for(std::chrono::milliseconds(5));
    std::ifstream(path) >> pid;
  }
  ASSERT_NE(pid, 0);
  serve("", 1'000'000);
  type(Monitor::Type::kTcp);
  expect(Kind::kString, "never");
  auto connection = probes_.start(monitor_, target(), [&](const ProbeOutcome&) { ++called; });
  context_.run_for(std::chrono::milliseconds(20));
  connection.reset();
  script.reset();
  connection = probes_.start(monitor_, target(), [&](const ProbeOutcome&) { ++called; });
  connection.reset();  // it has not even begun
  while (kill(pid, 0) == 0 && std::chrono::steady_clock::now() < deadline) {
    context_.poll();
    type(Monitor::Type::kScript);
    monitor_.request.assign("/bin/true");
    probe();  // reaps
  }
  EXPECT_NE(kill(pid, 0), 0);
  EXPECT_EQ(called, 0);
  std::remove(path.c_str());
  std::remove((path + ".sh").c_str());
}

}  // namespace
}  // namespace sluice
