// SPDX-License-Identifier: Apache-2.0
// A connection as the proxy uses it: bytes both ways, with time limits, plain or encrypted.
//
// One coroutine may read while another one writes. Used on its worker's thread only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <span>
#include <string_view>

#include "firmware/base/ip_address.h"
#include "firmware/proxy/deadlines.h"

namespace sluice::proxy {

template <typename T>
using Task = boost::asio::awaitable<T>;
using Socket = boost::asio::ip::tcp::socket;

class Stream {
 public:
  // A connected socket that does not block.
  Stream(Socket socket, Deadlines& deadlines);
  virtual ~Stream() = default;

  // At least one byte; 0: the other side closed, or failed, or time is up (readTimedOut()).
  Task<size_t> read(std::span<char> into, TimePoint until);
  // All of it, each piece that the other side takes within `patience`. False: failed.
  Task<bool> write(std::string_view data, std::chrono::nanoseconds patience);
  // Until something can be read; without taking it, so that no memory is needed meanwhile.
  Task<bool> readable(TimePoint until);

  // What it was encrypted with; null: it is in the clear.
  virtual const void* context() const { return nullptr; }

  bool readTimedOut() const { return read_limit_.timed_out; }
  // The other side ended the connection in order, rather than by an error.
  bool ended() const { return ended_; }
  // For a read that may be under way.
  void limitRead(TimePoint until);

  // A read that is under way ends with nothing; later ones are as ever.
  void interruptRead();
  // Reads end with nothing, and from now on.
  void endReads();
  // Whoever reads or writes fails at once, and from now on.
  void cancel();
  // Nothing more will be sent.
  virtual void finish();
  // The same; then reads for some seconds what still comes, into `scratch`: what was sent last gets
  // through even if the other side is still sending, for a connection that is closed with bytes
  // unread is reset.
  Task<void> linger(std::span<char> scratch);
  // Nothing has come since the last read, not even the end.
  virtual bool quiet() const;

 protected:
  enum class Want : uint8_t { kNothing, kRead, kWrite };
  // What could be done at once: bytes, or what has to be waited for; neither: failed or ended.
  struct Attempt {
    size_t bytes = 0;
    Want want = Want::kNothing;
  };
  virtual Attempt tryRead(std::span<char> into) = 0;
  virtual Attempt tryWrite(std::string_view data) = 0;
  // Received and not read yet, where the kernel does not see it.
  virtual bool buffered() const { return false; }

  // False: failed, cancelled or timed out.
  Task<bool> wait(Want want, TimePoint until);
  // Of the last wait for that.
  bool timedOut(Want want) const {
    return want == Want::kRead ? read_limit_.timed_out : write_limit_.timed_out;
  }

  Socket socket_;
  bool ended_ = false;

 private:
  struct Limit : Deadlines::Entry {
    using Entry::Entry;
    void expired() override {
      timed_out = true;
      signal.emit(boost::asio::cancellation_type::terminal);
    }
    boost::asio::cancellation_signal signal;
    bool timed_out = false;
  };
  // After many turns without having to wait, others get theirs.
  Task<void> takeTurns();

  Limit read_limit_, write_limit_;
  bool cancelled_ = false, reads_ended_ = false;
  unsigned turns_ = 0;
};

class TcpStream : public Stream {
 public:
  using Stream::Stream;

 protected:
  Attempt tryRead(std::span<char> into) override;
  Attempt tryWrite(std::string_view data) override;
};

boost::asio::ip::tcp::endpoint toAsio(const Endpoint& endpoint);
Endpoint fromAsio(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace sluice::proxy
