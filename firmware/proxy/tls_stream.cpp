// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/tls_stream.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>

namespace sluice::proxy {

TlsStream::TlsStream(Socket socket, Deadlines& deadlines, tls::SslPtr ssl,
                     std::shared_ptr<const void> context)
    : Stream(std::move(socket), deadlines), context_(std::move(context)), ssl_(std::move(ssl)) {
  SSL_set_fd(ssl_.get(), socket_.native_handle());
}

// A session of a connection that was cut may be resumed: what was cut is a matter of the messages.
TlsStream::~TlsStream() { SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

Stream::Attempt TlsStream::waitingFor(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {0, Want::kRead};
    case SSL_ERROR_WANT_WRITE:
      return {0, Want::kWrite};
    case SSL_ERROR_ZERO_RETURN:
      ended_ = true;
      return {};
    default:
      return {};
  }
}

Task<tls::HandshakeFailure> TlsStream::handshake(TimePoint until) {
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) co_return tls::HandshakeFailure::kNone;
    const Attempt attempt = waitingFor(result);
    if (attempt.want == Want::kNothing) {
      const unsigned long error = ERR_peek_last_error();
      ERR_clear_error();
      // Without an error of its own, OpenSSL saw the connection end.
      co_return error == 0 ? tls::HandshakeFailure::kClosed : tls::classify(ssl_.get(), error);
    }
    const bool ready = co_await wait(attempt.want, until);
    if (!ready) {
      co_return timedOut(attempt.want) ? tls::HandshakeFailure::kTimeout
                                       : tls::HandshakeFailure::kClosed;
    }
  }
}

Task<void> TlsStream::farewell() {
  constexpr auto kLongest = std::chrono::seconds(1);
  constexpr size_t kMost = 65'536;
  Stream::finish();
  char bytes[4'096];
  const TimePoint until = Clock::now() + kLongest;
  for (size_t sum = 0; sum < kMost;) {
    const ssize_t got = ::recv(socket_.native_handle(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) break;
    if (got > 0) sum += static_cast<size_t>(got);
    const bool more = got > 0 || co_await wait(Want::kRead, until);
    if (!more) break;
  }
}

Stream::Attempt TlsStream::tryRead(std::span<char> into) {
  ERR_clear_error();
  size_t got = 0;
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
  return result == 1 ? Attempt{got, Want::kNothing} : waitingFor(result);
}

Stream::Attempt TlsStream::tryWrite(std::string_view data) {
  ERR_clear_error();
  size_t sent = 0;
  const int result = SSL_write_ex(ssl_.get(), data.data(), data.size(), &sent);
  return result == 1 ? Attempt{sent, Want::kNothing} : waitingFor(result);
}

void TlsStream::finish() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  Stream::finish();
}

bool TlsStream::buffered() const { return SSL_has_pending(ssl_.get()) == 1; }

// Whatever waits in the kernel may be a ticket or a farewell; a connection that is told apart from
// others only by reading is not worth it.
bool TlsStream::quiet() const { return Stream::quiet(); }

}  // namespace sluice::proxy
