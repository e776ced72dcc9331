// SPDX-License-Identifier: Apache-2.0
// HTTP/1 on a client's connection: requests one after the other, each answered before the next is
// looked at, however many the client sends ahead.
#pragma once

#include <memory>
#include <string>

#include "firmware/proxy/exchange.h"
#include "firmware/proxy/session.h"

namespace sluice::proxy {

class Http1Session : public Session {
 public:
  // `connection` is borrowed. `begun`: what was read of it already, less than a head.
  Http1Session(const ClientConnection& connection, std::string_view begun);

  Task<void> run() override;
  void cancel() override;

 private:
  Task<bool> takeRequest();
  Task<bool> awaitRequest();
  Task<bool> readRequest();
  Task<void> serve();
  void log(int status, Cause cause) const;
  Task<void> refuse(Flaw flaw);
  Task<void> timeOut();

  const ClientConnection& connection_;
  std::shared_ptr<const ServicePlan> service_;  // of the request under way
  std::shared_ptr<ServiceCounters> counters_;
  ByteBuffer in_;
  std::string out_, head_;
  HeadScanner scanner_;
  RequestHead request_;
  Exchange* exchange_ = nullptr;
  bool first_ = true, keep_ = true, linger_ = false;
};

}  // namespace sluice::proxy
