// SPDX-License-Identifier: Apache-2.0
// A client's side of one exchange, whatever version of HTTP it speaks: the body of its request
// comes in, the response goes out.
//
// What is said is gathered; flush() sends it, at the speed of the client. Memory is bounded if
// whoever speaks flushes when full() says so. Used on its worker's thread only; one coroutine may
// take the body while another one says the response.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/proxy/header_edits.h"
#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/raw_connection.h"

namespace sluice::proxy {

class ClientStream {
 public:
  ClientStream() = default;
  virtual ~ClientStream() = default;
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  // ---- the body of the request
  // A piece of what has come, which is good until the next call of awaitBody(). Empty: nothing is
  // at hand, or the body is done, or it has a flaw.
  virtual std::string_view takeBody() = 0;
  virtual bool bodyAtHand() const = 0;
  virtual bool bodyDone() const = 0;
  virtual Flaw bodyFlaw() const = 0;
  // Of a body that is done: "Name: value" lines.
  virtual const std::vector<std::string>& trailers() const = 0;
  // Until there is more. False: the client is gone, time is up, or stopBody().
  virtual Task<bool> awaitBody(TimePoint until) = 0;
  virtual bool bodyTimedOut() const = 0;
  // Whoever awaits the body is told that there is none.
  virtual void stopBody() = 0;

  // ---- the response
  virtual void sayInformational(const ResponseHead& response) = 0;
  // `lines`: more headers, whole lines with CR LF.
  virtual void sayHead(const ResponseHead& response, const HeaderEdits& edits,
                       std::string_view lines) = 0;
  virtual void sayBody(std::string_view data) = 0;
  virtual void sayEnd(const std::vector<std::string>& trailers) = 0;
  // A whole response, in place of all that. `close`: the connection ends with it.
  virtual void sayOwn(OwnResponse response) = 0;
  virtual bool full() const = 0;
  // False: the client is gone, or takes nothing.
  virtual Task<bool> flush() = 0;

  // ---- another protocol in place of HTTP, behind a head with status 101
  // Nothing: this version of HTTP has no such thing.
  virtual std::optional<RawConnection> raw() { return std::nullopt; }
};

}  // namespace sluice::proxy
