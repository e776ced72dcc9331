// SPDX-License-Identifier: Apache-2.0
// Events as syslog messages (RFC 5424), one datagram each: over UDP (RFC 5426) or to a UNIX socket.
//
// Facility `daemon`, MSGID the name of the event, its fields as structured data
// [sluice@32473 ...] (32473 is the enterprise number for examples, RFC 5612), the sentence as the
// message.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "firmware/base/ip_address.h"
#include "firmware/base/result.h"
#include "firmware/telemetry/event_log.h"

namespace sluice {

// The message as it stands in a datagram.
std::string syslogMessage(const Event& event, std::string_view hostname, int pid);

// Where datagrams go. send() does not block.
class DatagramPort {
 public:
  virtual ~DatagramPort() = default;
  virtual Result<void> send(std::string_view datagram) = 0;
};

// Sockets are made when the first datagram goes out, in the network namespace of that moment, and
// made again after an error.
std::unique_ptr<DatagramPort> makeUdpPort(const Endpoint& to);
std::unique_ptr<DatagramPort> makeUnixPort(const std::string& path);

class SyslogSink final : public EventSink {
 public:
  SyslogSink(std::string name, std::string hostname, std::unique_ptr<DatagramPort> port)
      : name_(std::move(name)), hostname_(std::move(hostname)), port_(std::move(port)) {}

  std::string name() const override { return name_; }
  bool write(const Event& event) override;
  std::string why() const override { return why_; }

 private:
  std::string name_;
  std::string hostname_;
  std::unique_ptr<DatagramPort> port_;
  std::string why_;
};

}  // namespace sluice
