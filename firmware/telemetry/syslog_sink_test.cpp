// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/syslog_sink.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "firmware/base/file_descriptor.h"

namespace sluice {
namespace {

Event memberDown(const std::string& reason) {
  return {7,
          WallTime(std::chrono::milliseconds(1'772'323'200'000)),
          &events::kMemberDown,
          {"web", "10.0.0.11:80", reason}};
}

std::string receive(int socket) {
  char text[2048];
  const ssize_t size = ::recv(socket, text, sizeof text, MSG_DONTWAIT);
  return size < 0 ? "" : std::string(text, static_cast<size_t>(size));
}

TEST(SyslogSink, TheMessageIsOfRfc5424) {
  EXPECT_EQ(syslogMessage(memberDown("refused"), "lb 1", 42),
            "<27>1 2026-03-01T00:00:00.000Z lb1 sluice 42 member_down "
            "[sluice@32473 sequence=\"7\" pool=\"web\" member=\"10.0.0.11:80\" "
            "reason=\"refused\"] Member 10.0.0.11:80 of pool web is down: refused.");
}

TEST(SyslogSink, StructuredDataIsEscaped) {
  const std::string message = syslogMessage(memberDown("a\"b\\c]d\ne"), "", 1);
  EXPECT_NE(message.find(R"(reason="a\"b\\c\]d e"])"), std::string::npos) << message;
  EXPECT_NE(message.find("Z - sluice"), std::string::npos) << message;
}

TEST(SyslogSink, SendsOverUdpOfBothFamilies) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    const bool v6 = host == "::1";
    const FileDescriptor server(::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_storage bound{};
    bound.ss_family = v6 ? AF_INET6 : AF_INET;
    if (v6) {
      reinterpret_cast<sockaddr_in6&>(bound).sin6_addr = in6addr_loopback;
    } else {
      reinterpret_cast<sockaddr_in&>(bound).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    socklen_t length = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if (::bind(server.get(), reinterpret_cast<sockaddr*>(&bound), length) != 0 && v6) continue;
    ::getsockname(server.get(), reinterpret_cast<sockaddr*>(&bound), &length);
    const uint16_t port = ntohs(v6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                   : reinterpret_cast<sockaddr_in&>(bound).sin_port);
    SyslogSink sink("host", "lb", makeUdpPort({*IpAddress::parse(host), port}));
    EXPECT_TRUE(sink.write(memberDown("refused")));
    EXPECT_EQ(receive(server.get()), syslogMessage(memberDown("refused"), "lb", getpid()));
  }
}

TEST(SyslogSink, FindsTheUnixSocketAgainWhenTheDaemonReturns) {
  const std::string path = "/tmp/sluice-syslog-" + std::to_string(getpid());
  SyslogSink sink("socket", "lb", makeUnixPort(path));
  EXPECT_FALSE(sink.write(memberDown("a")));
  EXPECT_EQ(sink.why(), "connect: No such file or directory");
  for (int daemon = 0; daemon < 2; ++daemon) {
    const FileDescriptor server(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un bound{};
    bound.sun_family = AF_UNIX;
    path.copy(bound.sun_path, sizeof bound.sun_path - 1);
    ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&bound), sizeof bound), 0);
    if (daemon > 0) {
      EXPECT_FALSE(sink.write(memberDown("b")));  // notices that the first one has gone
      EXPECT_EQ(sink.why(), "send: Connection refused");
    }
    EXPECT_TRUE(sink.write(memberDown("c")));
    EXPECT_NE(receive(server.get()), "");
    std::filesystem::remove(path);
  }
}

// A daemon that does not read must not stop the appliance.
TEST(SyslogSink, DoesNotBlock) {
  const std::string path = "/tmp/sluice-syslog-full-" + std::to_string(getpid());
  const FileDescriptor server(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un bound{};
  bound.sun_family = AF_UNIX;
  path.copy(bound.sun_path, sizeof bound.sun_path - 1);
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&bound), sizeof bound), 0);
  SyslogSink sink("socket", "lb", makeUnixPort(path));
  bool refused = false;
  for (int i = 0; i < 100'000 && !refused; ++i) refused = !sink.write(memberDown("a"));
  EXPECT_TRUE(refused);
  EXPECT_EQ(sink.why(), "send: Resource temporarily unavailable");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace sluice
