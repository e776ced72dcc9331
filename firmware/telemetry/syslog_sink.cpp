// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/syslog_sink.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "firmware/base/file_descriptor.h"

namespace sluice {
namespace {

constexpr int kFacilityDaemon = 3;

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == ']') text += '\\';
    text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return text;
}

// HOSTNAME is up to 255 printable characters.
std::string hostnameField(std::string_view hostname) {
  std::string text(hostname.substr(0, 255));
  std::erase_if(text, [](char c) { return c <= ' ' || c > '~'; });
  return text.empty() ? "-" : text;
}

// A connected datagram socket to one address.
class SocketPort final : public DatagramPort {
 public:
  template <class Address>
  SocketPort(const Address& address, size_t length) : length_(static_cast<socklen_t>(length)) {
    std::memcpy(&address_, &address, std::min(length, sizeof address_));
  }

  Result<void> send(std::string_view datagram) override {
    if (!socket_.valid() && !connect()) return failed("connect");
    if (::send(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
      return failed("send");
    return {};
  }

 private:
  bool connect() {
    socket_ =
        FileDescriptor(::socket(address_.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return socket_.valid() &&
           ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address_), length_) == 0;
  }
  Error failed(const char* what) {
    Error error = systemError(what);
    socket_ = FileDescriptor();
    return error;
  }

  sockaddr_storage address_{};
  socklen_t length_;
  FileDescriptor socket_;
};

}  // namespace

std::string syslogMessage(const Event& event, std::string_view hostname, int pid) {
  const int priority = 8 * kFacilityDaemon + static_cast<int>(event.kind->severity);
  std::string text = "<" + std::to_string(priority) + ">1 " + formatTime(event.time) + " " +
                     hostnameField(hostname) + " sluice " + std::to_string(pid) + " " +
                     std::string(event.kind->name) + " [sluice@32473 sequence=\"" +
                     std::to_string(event.sequence) + "\"";
  for (size_t i = 0; i < event.values.size(); ++i) {
    text += " " + std::string(event.kind->fields()[i].name) + "=\"" +
            escaped(event.values[i].toString()) + "\"";
  }
  return text + "] " + event.sentence();
}

std::unique_ptr<DatagramPort> makeUdpPort(const Endpoint& to) {
  if (to.address.v6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(to.port);
    std::memcpy(&address.sin6_addr, to.address.bytes.data(), 16);
    return std::make_unique<SocketPort>(address, sizeof address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(to.port);
  std::memcpy(&address.sin_addr, to.address.bytes.data(), 4);
  return std::make_unique<SocketPort>(address, sizeof address);
}

std::unique_ptr<DatagramPort> makeUnixPort(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return std::make_unique<SocketPort>(address, sizeof address);
}

bool SyslogSink::write(const Event& event) {
  if (auto sent = port_->send(syslogMessage(event, hostname_, ::getpid())); !sent) {
    why_ = sent.error().message;
    return false;
  }
  return true;
}

}  // namespace sluice
