// SPDX-License-Identifier: Apache-2.0
// A member's side of one exchange, whatever version of HTTP it speaks: the request goes out, the
// response comes in.
//
// What is said is gathered; flush() sends it, at the speed of the member. Memory is bounded if
// whoever speaks flushes when full() says so. Used on its worker's thread only; one coroutine may
// say the request while another one takes the response. In the end done() or cancel() is said.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "firmware/proxy/http1_head.h"
#include "firmware/proxy/proxy_stats.h"
#include "firmware/proxy/raw_connection.h"

namespace sluice::proxy {

class ServerStream {
 public:
  ServerStream() = default;
  virtual ~ServerStream() = default;
  ServerStream(const ServerStream&) = delete;
  ServerStream& operator=(const ServerStream&) = delete;

  // ---- the request
  // `text`: the head as a member of HTTP/1.1 gets it, made of `request`, which has to stay.
  virtual void sayHead(const RequestHead& request, std::string_view text) = 0;
  virtual void sayBody(std::string_view data) = 0;
  virtual void sayEnd(const std::vector<std::string>& trailers) = 0;
  virtual bool full() const = 0;
  // False: the member is gone, or takes nothing, or cancel().
  virtual Task<bool> flush() = 0;
  // Nothing is said any more: from now on the response has to come in time.
  virtual void listen() = 0;

  // ---- the response
  // The next head, informational or final; `response` has to stay, and what it refers to is good
  // until the next call. False: failure().
  virtual Task<bool> awaitHead(ResponseHead& response) = 0;
  // A piece of what has come of the body, good until the next call of awaitBody(). Empty: nothing
  // is at hand, or the body is done, or failure().
  virtual std::string_view takeBody() = 0;
  virtual bool bodyAtHand() const = 0;
  virtual bool bodyDone() const = 0;
  // Until there is more, or its end. False: failure().
  virtual Task<bool> awaitBody() = 0;
  // Of a body that is done: "Name: value" lines.
  virtual const std::vector<std::string>& trailers() const = 0;

  // ---- what became of it
  // Why there is no response, or no more of it.
  virtual Cause failure() const = 0;
  // Something of a response, if only a byte.
  virtual bool somethingCame() const = 0;
  // The member has not looked at the request, and says so.
  virtual bool untouched() const = 0;
  // The connection served others before: that it failed says little about the member.
  virtual bool reused() const = 0;

  // Whoever waits fails at once, and from now on; the member learns that nobody wants its response.
  virtual void cancel() = 0;
  // The request was said, the response taken, each to its end.
  virtual void done() = 0;
  // Another protocol in place of HTTP, behind a head with status 101. Nothing: this version of HTTP
  // has no such thing.
  virtual std::optional<RawConnection> raw() { return std::nullopt; }
};

}  // namespace sluice::proxy
