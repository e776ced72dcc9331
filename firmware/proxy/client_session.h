// SPDX-License-Identifier: Apache-2.0
// A client's connection: the handshake of TLS, then HTTP.
#pragma once

#include <memory>

#include "firmware/proxy/client_connection.h"
#include "firmware/proxy/session.h"
#include "firmware/proxy/tls_stream.h"

namespace sluice::proxy {

class ClientSession : public Session {
 public:
  ClientSession(WorkerParts& parts, std::shared_ptr<Front> front, Socket socket,
                const ConnectionEnds& ends);

  Task<void> run() override;
  void cancel() override;

 private:
  std::unique_ptr<Stream> openStream(Socket socket, Deadlines& deadlines);
  Task<bool> shakeHands();
  bool agreedOnHttp2() const;
  Task<bool> beginsWithHttp2(std::string& begun);

  std::shared_ptr<ServiceCounters> counters_;
  const Active active_{counters_->active_connections};
  std::shared_ptr<const tls::ServerContext> tls_context_;  // outlives the stream
  TlsStream* tls_ = nullptr;                               // the stream, if it is one
  std::unique_ptr<Stream> stream_;
  ClientConnection connection_;
  std::unique_ptr<Session> protocol_;
};

}  // namespace sluice::proxy
