// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/mirrors.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "firmware/proxy/http1_body.h"
#include "firmware/proxy/http1_head.h"
#include "firmware/proxy/worker_parts.h"

namespace sluice::proxy {

Mirrors::Copy::Copy(WorkerParts& parts) : dialer(parts.context, parts.deadlines) {}

bool Mirrors::send(const std::shared_ptr<const ServicePlan>& service, const PoolPlan& pool,
                   Request request) {
  if (copies_.size() >= kMostAtATime || parts_.stopping) return false;
  const MemberPlan* member = parts_.balancer.choose(pool, request.client, {});
  // A backup's, perhaps; copies are texts of HTTP/1.1.
  if (member == nullptr || member->http2) return false;
  const auto copy = copies_.emplace(copies_.end(), parts_);
  copy->service = service;
  copy->member = member;
  copy->request = std::move(request);
  boost::asio::co_spawn(parts_.context, run(copy), boost::asio::detached);
  return true;
}

void Mirrors::cancel() {
  for (Copy& copy : copies_) {
    copy.cancelled = true;
    copy.dialer.cancel();
    if (copy.server != nullptr) copy.server->stream->cancel();
  }
}

Task<void> Mirrors::run(std::list<Copy>::iterator copy) {
  {
    const Occupied place(parts_.queue, *copy->member);
    co_await deliver(*copy);
  }
  copies_.erase(copy);
}

Task<void> Mirrors::deliver(Copy& copy) {
  const HttpSettings& http = copy.service->http;
  MemberCounters& counters = *copy.member->counters;
  auto server = parts_.idle.take(*copy.member, copy.request.preamble, IdleServers::kLongestIdle);
  if (server) {
    count(counters.reused);
  } else {
    auto stream = co_await copy.dialer.connect(
        *copy.member, copy.request.preamble, http.connect_timeout, copy.service->counters->connect);
    if (!stream || copy.cancelled) co_return;
    server = std::make_unique<ServerConnection>(std::move(stream), copy.request.preamble);
  }
  copy.server = server.get();
  bool reusable = false;
  bool good = co_await server->stream->write(copy.request.text, http.response_timeout);
  if (good) good = co_await discard(copy, *server, reusable);
  copy.server = nullptr;
  if (!good && !copy.cancelled) count(counters.failures);
  if (reusable && !parts_.stopping) parts_.idle.put(*copy.member, std::move(server));
}

Task<bool> Mirrors::discard(Copy& copy, ServerConnection& server, bool& reusable) {
  const TimePoint until = Clock::now() + copy.service->http.response_timeout;
  using Head = ServerConnection::Head;
  std::string text;
  ResponseHead response;
  do {
    HeadScanner scanner;
    Head head{};
    while ((head = server.takeHead(scanner, copy.request.method, text, response)) == Head::kMore) {
      const size_t got = co_await server.stream->read(server.in.room(), until);
      if (got == 0) co_return false;
      server.in.received(got);
    }
    if (head == Head::kBad) co_return false;
  } while (response.informational() && response.status != 101);
  copy.member->counters->by_server.add(response.status);
  BodyDecoder body;
  body.start(response.framing, response.length);
  for (;;) {
    std::string_view input = server.in.view();
    const size_t before = input.size();
    body.next(input);
    server.in.consume(before - input.size());
    if (body.flaw() != Flaw::kNone) co_return false;
    if (body.done()) break;
    if (!server.in.empty()) continue;
    const size_t got = co_await server.stream->read(server.in.room(), until);
    server.in.received(got);
    if (got > 0) continue;
    co_return server.stream->ended() && body.endOfInput();
  }
  reusable = server.goesOn(response);
  co_return true;
}

}  // namespace sluice::proxy
