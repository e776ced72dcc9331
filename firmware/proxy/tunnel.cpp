// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/tunnel.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace sluice::proxy {

namespace asio = boost::asio;

Task<void> Tunnel::run() {
  last_ = Clock::now();
  Event ended(context_);
  asio::co_spawn(context_, carryBack(ended), asio::detached);
  co_await carry(client_, server_.stream);
  co_await ended.wait(TimePoint::max());
}

Task<void> Tunnel::carryBack(Event& ended) {
  co_await carry(server_, client_.stream);
  ended.set();
}

// Until that side has said everything.
Task<void> Tunnel::carry(Side from, Stream& to) {
  for (bool more = true; more;) {
    const std::string_view data = from.received.view();
    if (!data.empty()) {
      more = co_await to.write(data, patience_);
      count(from.bytes, data.size());
      from.received.consume(data.size());
      last_ = Clock::now();
      if (!more) broken_ = true;
      continue;
    }
    from.received.release();
    const bool waited = co_await from.stream.readable(last_ + patience_);
    // While the other way is in use, this one may be silent.
    if (!waited && from.stream.readTimedOut() && Clock::now() < last_ + patience_) continue;
    size_t got = 0;
    if (waited) got = co_await from.stream.read(from.received.room(), last_ + patience_);
    from.received.received(got);
    more = got > 0;
    if (!more && !from.stream.ended()) broken_ = true;
  }
  to.finish();
  if (!broken_) co_return;
  client_.stream.cancel();
  server_.stream.cancel();
}

}  // namespace sluice::proxy
