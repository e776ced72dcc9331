// SPDX-License-Identifier: Apache-2.0
// Finds ways to members for one exchange: connections that wait for their next request, or new
// ones.
#pragma once

#include <memory>
#include <string>

#include "firmware/proxy/dialer.h"
#include "firmware/proxy/http2_servers.h"
#include "firmware/proxy/server_stream.h"

namespace sluice::proxy {

struct WorkerParts;

class Connector {
 public:
  struct Wish {
    const ServicePlan& service;
    const std::string& preamble;  // that the connection begins with
    bool repeatable;              // the request, so that a connection may turn out to be dead
    bool fresh;                   // a new connection
  };

  explicit Connector(WorkerParts& parts);

  // `member` has to stay as long as the stream. Null: not reached in time, or cancelled; counted
  // for the member.
  Task<std::shared_ptr<ServerStream>> connect(const MemberPlan& member, const Wish& wish);
  void cancel();
  // By the last new connection.
  Clock::duration took() const { return took_; }

 private:
  using StreamPtr = std::shared_ptr<ServerStream>;
  Task<StreamPtr> connectHttp1(const MemberPlan& member, const Wish& wish);
  Task<StreamPtr> connectHttp2(const MemberPlan& member, const Wish& wish);

  WorkerParts& parts_;
  Dialer dialer_;
  Http2Servers::Seeker seeker_;
  Clock::duration took_{};
};

}  // namespace sluice::proxy
