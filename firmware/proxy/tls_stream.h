// SPDX-License-Identifier: Apache-2.0
// An encrypted connection: OpenSSL on a socket, waited for by Asio.
#pragma once

#include "firmware/proxy/stream.h"
#include "firmware/tls/handshake_failure.h"
#include "firmware/tls/openssl_ptr.h"

namespace sluice::proxy {

class TlsStream : public Stream {
 public:
  // `ssl` has no transport yet, and knows which side it is.
  TlsStream(Socket socket, Deadlines& deadlines, tls::SslPtr ssl);
  ~TlsStream() override;

  // Before anything else. On failure the connection is of no use any more.
  Task<tls::HandshakeFailure> handshake(TimePoint until);
  SSL* ssl() const { return ssl_.get(); }

  void finish() override;
  bool quiet() const override;

 protected:
  Attempt tryRead(std::span<char> into) override;
  Attempt tryWrite(std::string_view data) override;
  bool buffered() const override;

 private:
  // What a call of OpenSSL that did not succeed is waiting for.
  Attempt waitingFor(int result);

  tls::SslPtr ssl_;
};

}  // namespace sluice::proxy
