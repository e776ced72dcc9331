// SPDX-License-Identifier: Apache-2.0
// A TLS connection that is passed on as it is: the name in its ClientHello says to which pool. What
// the client and the member say to each other is not read, but for the ServerHello where clients
// come back by their session.
//
// A connection that cannot be passed on is told so by an alert (RFC 8446 section 6), and closed.
#pragma once

#include <memory>
#include <optional>

#include "firmware/proxy/byte_buffer.h"
#include "firmware/proxy/client_hello.h"
#include "firmware/proxy/dialer.h"
#include "firmware/proxy/event.h"
#include "firmware/proxy/proxy_protocol.h"
#include "firmware/proxy/relay_comeback.h"
#include "firmware/proxy/request_queue.h"
#include "firmware/proxy/session.h"
#include "firmware/proxy/worker_parts.h"

namespace sluice::proxy {

class TlsRelay : public Session {
 public:
  TlsRelay(WorkerParts& parts, std::shared_ptr<const ServicePlan> service, Socket socket,
           const ConnectionEnds& ends);

  Task<void> run() override;
  void cancel() override;

 private:
  enum class Alert : uint8_t {
    kHandshakeFailure = 40,
    kDecodeError = 50,
    kInternalError = 80,
    kUnrecognizedName = 112
  };
  Task<bool> readHello();
  const PoolPlan* choosePool() const;
  Task<bool> reachMember(const PoolPlan& pool);
  // Of that member, ahead of the rest.
  Task<void> readAnswer(const Endpoint& member, const RelayComeback& comeback);
  Task<void> carryBoth();
  Task<void> refuse(tls::HandshakeFailure failure, Alert alert);
  Task<void> giveUp(Cause cause);

  WorkerParts& parts_;
  std::shared_ptr<const ServicePlan> service_;
  ServiceCounters& counters_;
  const Active active_{counters_.active_connections};
  ConnectionEnds ends_;
  TcpStream stream_;
  ByteBuffer in_, back_;
  ClientHelloReader reader_;
  Dialer dialer_;
  std::unique_ptr<Stream> server_;
  std::optional<Occupied> place_;  // of server_
  bool cancelled_ = false;
};

}  // namespace sluice::proxy
