// SPDX-License-Identifier: Apache-2.0
// What is the same on a client's connection whatever version of HTTP is spoken on it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/proxy/proxy_plan.h"
#include "firmware/proxy/proxy_protocol.h"
#include "firmware/proxy/stream.h"
#include "firmware/proxy/worker_parts.h"
#include "firmware/tls/connection_facts.h"

namespace sluice::proxy {

// Where connections of a virtual come in. Outlives the listening socket while connections last.
struct Front {
  std::shared_ptr<const ServicePlan> service;  // of the plan in force
  bool closed = false;                         // connections end with their request
};

// Who sends a request, for whoever routes, logs or forwards it.
struct ClientFacts {
  ConnectionEnds ends;
  std::optional<tls::ConnectionFacts> tls;  // empty: not encrypted
  std::string certificate_headers;          // for members, whole lines with CR LF

  const IpAddress& address() const { return ends.source.address; }
  std::string_view tlsVersion() const { return tls ? tls->version : std::string_view(); }
};

struct ClientConnection {
  WorkerParts& parts;
  std::shared_ptr<Front> front;
  Stream& stream;
  ClientFacts facts;

  // No request is taken after the one under way.
  bool ending() const { return front->closed || parts.stopping; }
};

}  // namespace sluice::proxy
