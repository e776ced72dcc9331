// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/connector.h"

#include "firmware/proxy/http1_server.h"
#include "firmware/proxy/http2_server_session.h"
#include "firmware/proxy/worker_parts.h"

namespace sluice::proxy {
namespace {

// Requests that cannot be repeated go over connections that were used just now: servers do not end
// those for having waited too long.
Clock::duration longestIdle(bool repeatable) {
  constexpr auto kSurelyAlive = std::chrono::seconds(1);
  return repeatable ? IdleServers::kLongestIdle : kSurelyAlive;
}

}  // namespace

Connector::Connector(WorkerParts& parts)
    : parts_(parts), dialer_(parts.context, parts.deadlines), seeker_(parts.context) {}

void Connector::cancel() {
  dialer_.cancel();
  seeker_.cancel();
}

Task<Connector::StreamPtr> Connector::connect(const MemberPlan& member, const Wish& wish) {
  return member.http2 ? connectHttp2(member, wish) : connectHttp1(member, wish);
}

Task<Connector::StreamPtr> Connector::connectHttp1(const MemberPlan& member, const Wish& wish) {
  const HttpSettings& http = wish.service.http;
  std::unique_ptr<ServerConnection> connection;
  if (!wish.fresh)
    connection = parts_.idle.take(member, wish.preamble, longestIdle(wish.repeatable));
  if (connection) {
    count(member.counters->reused);
  } else {
    auto stream = co_await dialer_.connect(member, wish.preamble, http.connect_timeout,
                                           wish.service.counters->connect);
    if (!stream) co_return nullptr;
    took_ = dialer_.took();
    connection = std::make_unique<ServerConnection>(std::move(stream), wish.preamble);
  }
  co_return std::make_shared<Http1Server>(parts_.idle, member, std::move(connection),
                                          http.response_timeout);
}

// A connection that turned out to be dead is not found again: `fresh` makes no difference.
Task<Connector::StreamPtr> Connector::connectHttp2(const MemberPlan& member, const Wish& wish) {
  const TimePoint start = Clock::now();
  const auto session = co_await parts_.http2_servers.find(
      seeker_, {member, wish.preamble, wish.service.http, wish.service.counters},
      longestIdle(wish.repeatable));
  if (!session) co_return nullptr;
  if (seeker_.waited()) took_ = Clock::now() - start;
  co_return session->newStream(wish.service.http.response_timeout);
}

}  // namespace sluice::proxy
