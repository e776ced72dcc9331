// SPDX-License-Identifier: Apache-2.0
// An encrypted connection: OpenSSL on a socket, waited for by Asio.
#pragma once

#include <memory>

#include "firmware/proxy/stream.h"
#include "firmware/tls/handshake_failure.h"
#include "firmware/tls/openssl_ptr.h"

namespace sluice::proxy {

class TlsStream : public Stream {
 public:
  // `ssl` has no transport yet, and knows which side it is. `context`, whence it comes, is kept as
  // long as the stream.
  TlsStream(Socket socket, Deadlines& deadlines, tls::SslPtr ssl,
            std::shared_ptr<const void> context);
  ~TlsStream() override;

  // Before anything else. On failure the connection is of no use any more.
  Task<tls::HandshakeFailure> handshake(TimePoint until);
  // After a handshake that failed: waits until the other side has read why, and has gone. A
  // connection that is closed with bytes unread is reset.
  Task<void> farewell();
  SSL* ssl() const { return ssl_.get(); }
  const void* context() const override { return context_.get(); }

  void finish() override;
  bool quiet() const override;

 protected:
  Attempt tryRead(std::span<char> into) override;
  Attempt tryWrite(std::string_view data) override;
  bool buffered() const override;

 private:
  // What a call of OpenSSL that did not succeed is waiting for.
  Attempt waitingFor(int result);

  std::shared_ptr<const void> context_;
  tls::SslPtr ssl_;
};

}  // namespace sluice::proxy
