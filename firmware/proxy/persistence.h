// SPDX-License-Identifier: Apache-2.0
// Who the client of one request comes back to, in whichever way the virtual knows its clients: by
// our own cookie, a cookie of its servers with or without our word in it, a header, its address.
#pragma once

#include <optional>
#include <string>

#include "firmware/proxy/http1_head.h"
#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/proxy_plan.h"

namespace sluice::proxy {

class Comeback {
 public:
  // Looks at the request. Borrows service and pool.
  Comeback(const ServicePlan& service, const PoolPlan& pool, const RequestHead& request,
           const IpAddress& client);

  // Null: a new one.
  const Endpoint* known() const { return known_ ? &*known_ : nullptr; }
  // Servers do not see what is ours.
  void change(RequestChanges& changes) const;
  // `member` answers: that is who the client comes back to from now on. Cookies in the response may
  // change, and then live as long as this. A line to add to it, or nothing.
  std::string remember(const Endpoint& member, ResponseHead& response);

 private:
  void recognizeOwn(const RequestHead& request);
  void recognizeRewritten(const RequestHead& request);
  // What it is known by in the table; empty: nothing.
  std::string valueOf(const RequestHead& request, const IpAddress& client) const;
  ClientMark mark(std::string value) const;
  void note(const std::string& value, const Endpoint& member) const;
  std::string ownCookie(const Endpoint& member) const;
  void readCookies(const Endpoint& member, ResponseHead& response);

  const ServicePlan& service_;
  const PoolPlan& pool_;
  const Persistence* persist_;  // null: none but our cookie
  std::optional<Endpoint> known_;
  std::string value_;                    // of the address, header or cookie; empty: none
  std::optional<std::string> stripped_;  // the server's cookie without our word
  std::string rewritten_;
};

}  // namespace sluice::proxy
