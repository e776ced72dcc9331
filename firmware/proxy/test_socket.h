// SPDX-License-Identifier: Apache-2.0
// Clients and servers of the proxy's tests: plain blocking sockets on the loopback interface, which
// give up after some seconds.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "firmware/tls/openssl_ptr.h"

namespace sluice::proxy {

// One connection, either end.
class TestSocket {
 public:
  explicit TestSocket(int fd = -1) : fd_(fd) {
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  TestSocket(TestSocket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), in_(std::move(other.in_)), ssl_(std::move(other.ssl_)) {}
  TestSocket& operator=(TestSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(in_, other.in_);
    std::swap(ssl_, other.ssl_);
    return *this;
  }
  ~TestSocket() { close(); }

  static TestSocket connectTo(uint16_t port) {
    TestSocket socket(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in to = loopback(port);
    if (::connect(socket.fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      socket.close();
    return socket;
  }
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  // From now on everything is encrypted. As a client, or as a server. False: the handshake failed.
  bool startTls(tls::SslPtr ssl) {
    ssl_ = std::move(ssl);
    SSL_set_fd(ssl_.get(), fd_);
    return SSL_connect(ssl_.get()) == 1;
  }
  bool acceptTls(tls::SslPtr ssl) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL says farewell to sockets that are closed, too
    ssl_ = std::move(ssl);
    SSL_set_fd(ssl_.get(), fd_);
    return SSL_accept(ssl_.get()) == 1;
  }
  SSL* ssl() const { return ssl_.get(); }

  bool open() const { return fd_ >= 0; }
  bool send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t sent = ssl_ ? SSL_write(ssl_.get(), data.data(), static_cast<int>(data.size()))
                                : ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      data.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // Up to and with `end`; what came before the connection ended if that does not come.
  std::string readUntil(std::string_view end) {
    size_t at = 0;
    while ((at = in_.find(end)) == std::string::npos) {
      if (!receive()) return std::exchange(in_, {});
    }
    const std::string result = in_.substr(0, at + end.size());
    in_.erase(0, result.size());
    return result;
  }
  std::string read(size_t size) {
    while (in_.size() < size && receive()) {
    }
    const std::string result = in_.substr(0, size);
    in_.erase(0, result.size());
    return result;
  }
  std::string readToEnd() {
    while (receive()) {
    }
    return std::exchange(in_, {});
  }
  // A head, and as many bytes as its Content-Length says.
  std::string readMessage() {
    std::string head = readUntil("\r\n\r\n");
    const size_t at = head.find("Content-Length: ");
    return at == std::string::npos ? head : head + read(std::stoul(head.substr(at + 16)));
  }
  // Within so many milliseconds.
  bool writable(int most) const {
    pollfd state{fd_, POLLOUT, 0};
    return ::poll(&state, 1, most) == 1;
  }
  void finish() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Ends the connection with a reset.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  int fd() const { return fd_; }

 private:
  bool receive() {
    char chunk[65'536];
    const ssize_t got =
        ssl_ ? SSL_read(ssl_.get(), chunk, sizeof chunk) : ::recv(fd_, chunk, sizeof chunk, 0);
    if (got > 0) in_.append(chunk, static_cast<size_t>(got));
    return got > 0;
  }

  int fd_;
  std::string in_;
  tls::SslPtr ssl_;
};

// A server: each connection is played by `play`, with its number from 0, on a thread of its own.
class TestServer {
 public:
  using Play = std::function<void(TestSocket&, int)>;

  explicit TestServer(Play play) : play_(std::move(play)), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = TestSocket::loopback(0);
    socklen_t size = sizeof address;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(fd_, 64);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { acceptAll(); });
  }
  ~TestServer() {
    ::shutdown(fd_, SHUT_RDWR);
    acceptor_.join();
    ::close(fd_);
    for (const auto& socket : open_) ::shutdown(socket->fd(), SHUT_RDWR);
    for (std::thread& player : players_) player.join();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  uint16_t port() const { return port_; }
  int connections() const { return connections_; }

  // A port that nobody listens on.
  static uint16_t freePort() {
    return TestServer([](TestSocket&, int) {}).port();
  }

 private:
  void acceptAll() {
    for (;;) {
      const int fd = ::accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      open_.push_back(std::make_unique<TestSocket>(fd));
      players_.emplace_back([this, socket = open_.back().get(), number = connections_++] {
        play_(*socket, number);
        socket->finish();
        socket->readToEnd();
        socket->close();
      });
    }
  }

  Play play_;
  int fd_;
  uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<std::unique_ptr<TestSocket>> open_;
  std::vector<std::thread> players_;
  std::thread acceptor_;
};

}  // namespace sluice::proxy
