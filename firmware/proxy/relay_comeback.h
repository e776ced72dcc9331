// SPDX-License-Identifier: Apache-2.0
// Who the client of a TLS connection that is passed on comes back to: by its address, or by the
// session that it resumes.
//
// A session has a number if the member keeps it (RFC 5246 section 7.4.1.2). Sessions that clients
// keep as tickets have one that the client makes up: they come back from the second resumption on.
// TLS 1.3 has none.
#pragma once

#include <optional>
#include <string>

#include "firmware/proxy/client_hello.h"
#include "firmware/proxy/proxy_plan.h"
#include "firmware/proxy/server_hello.h"

namespace sluice::proxy {

class RelayComeback {
 public:
  // Borrows service and pool.
  RelayComeback(const ServicePlan& service, const PoolPlan& pool, const ClientHello& hello,
                const IpAddress& client);

  // Null: a new one.
  const Endpoint* known() const { return known_ ? &*known_ : nullptr; }
  // The member's ServerHello is to be told.
  bool looksAtAnswer() const { return by_session_; }
  // `member` has taken the connection.
  void remember(const Endpoint& member) const;
  void remember(const Endpoint& member, const ServerHello& answer) const;

 private:
  void note(const std::string& value, const Endpoint& member) const;

  const ServicePlan& service_;
  const PoolPlan& pool_;
  const bool by_source_, by_session_;
  std::string value_;  // in the table; empty: none
  std::optional<Endpoint> known_;
};

}  // namespace sluice::proxy
