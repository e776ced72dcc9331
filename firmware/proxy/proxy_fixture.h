// SPDX-License-Identifier: Apache-2.0
// A proxy on the loopback interface, for tests with real sockets.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "firmware/control/config_text.h"
#include "firmware/proxy/proxy.h"
#include "firmware/proxy/test_socket.h"

namespace sluice::proxy {

inline constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
inline constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline std::string response(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "\r\n" + body;
}

// Answers every request with its name.
inline TestServer::Play named(const std::string& name) {
  return [name](TestSocket& socket, int) {
    while (!socket.readMessage().empty()) socket.send(response(name));
  };
}

class ProxyTest : public testing::Test {
 protected:
  // Members by port; `profile` is lines of the http-profile.
  void serve(const std::vector<uint16_t>& members, const std::string& profile = "",
             const std::string& pool = "", const std::string& service = "") {
    std::string text = "http-profile default\n  forwarded off\n" + profile + "pool p\n" + pool;
    for (const uint16_t port : members) text += "  member 127.0.0.1:" + std::to_string(port) + "\n";
    text += "virtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
            "\n  mode http\n  pool p\n" + service;
    apply(text);
  }
  void apply(const std::string& text) {
    const ConfigParse parse = parseConfig(text);
    ASSERT_TRUE(parse.ok()) << formatDiagnostics(parse.diagnostics, text, "test");
    config_ = parse.config;
    const auto done = proxy_.apply(config_, overrides_, viewOf(overrides_, operational_));
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  TestSocket client() const { return TestSocket::connectTo(port_); }
  ServiceStats stats() const { return proxy_.statistics().services.at(0); }
  uint64_t causes(Cause cause) const { return stats().causes[static_cast<size_t>(cause)]; }

  // Until it is so; false after some seconds.
  static bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  uint16_t port_ = TestServer::freePort();
  Config config_;
  Overrides overrides_;
  Operational operational_;
  Proxy proxy_;
};

}  // namespace sluice::proxy
