// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/exchange.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "firmware/proxy/http_grammar.h"
#include "firmware/proxy/member_guard.h"
#include "firmware/proxy/own_answer.h"
#include "firmware/proxy/tunnel.h"

namespace sluice::proxy {

namespace asio = boost::asio;

Exchange::Exchange(WorkerParts& parts, std::shared_ptr<const ServicePlan> service,
                   const ClientFacts& facts, ClientStream& client, const RequestHead& request)
    : parts_(parts),
      service_(std::move(service)),
      facts_(facts),
      client_(client),
      request_(request),
      began_(Clock::now()),
      connector_(parts),
      wants_websocket_(service_->http.websocket && request_.method == "GET" && !hasBody() &&
                       request_.namesWebSocket() && client_.raw()) {}

void Exchange::cancel(Cause why) {
  cancelled_ = true;
  cancel_cause_ = why;
  connector_.cancel();
  if (server_ != nullptr) server_->cancel();
  if (go_on_) go_on_->set();
  if (place_ != nullptr) place_->wake();
}

Task<bool> Exchange::run(Flaw flaw) {
  const Active active(service_->counters->active_requests);
  if (flaw != Flaw::kNone) {
    co_await refuse(flaw);
  } else if (service_->http.most_body != 0 && request_.length > service_->http.most_body) {
    co_await refuse(Flaw::kBodyTooLarge);
  } else if (service_->https_redirect != 0) {
    co_await redirectToHttps();
  } else if (co_await inspectBody()) {
    route_ = route(*service_, request_,
                   {.client = facts_.address(),
                    .body = inspectedBody(),
                    .tls = facts_.tls ? &*facts_.tls : nullptr});
    if (route_.flaw != Flaw::kNone) {
      co_await refuse(route_.flaw);
    } else if (route_.pool == nullptr) {
      co_await answerByRule();
    } else {
      comeback_.emplace(*service_, *route_.pool, request_, facts_.address());
      co_await attempts();
    }
  }
  if (cancelled_ && cause_ == Cause::kNone && cancel_cause_ != Cause::kNone) {
    cause_ = cancel_cause_;
    count(service_->counters->causes[static_cast<size_t>(cause_)]);
  }
  if (!has_websocket_) service_->counters->total.record(Clock::now() - began_);
  log();
  co_return whole_;
}

// Holds as much of the body as the conditions look at. False: the client was told, or is gone.
Task<bool> Exchange::inspectBody() {
  if (!service_->looks_at_bodies || !hasBody()) co_return true;
  if (request_.expect_continue && !client_.bodyAtHand()) {
    ResponseHead go_on;
    go_on.status = 100;
    client_.sayInformational(go_on);
    if (!co_await flush()) co_return false;
  }
  holding_ = true;
  const size_t most = service_->http.inspect_body;
  for (;;) {
    held_ += pullBody();
    const bool enough = held_.size() > most || client_.bodyDone() || pump_cause_ != Cause::kNone;
    if (enough) break;
    if (client_.bodyAtHand()) continue;
    const bool more = co_await receiveBody();
    if (!more) break;
  }
  if (pump_cause_ != Cause::kNone) {
    co_await settleBody();
    co_return false;
  }
  if (held_.size() <= most || !service_->http.refuse_excess) co_return true;
  co_await answer(413, Cause::kBodyInspected, "the body is longer than may be looked at");
  co_return false;
}

Task<void> Exchange::attempts() {
  const PoolPlan& pool = *route_.pool;
  service_->counters->retry_budget.earn(service_->http.retry_budget);
  if (pool.breaker && circuitOpen(pool, steadyTime())) {
    count(pool.counters->refused);
    co_return co_await answer(503, Cause::kCircuitOpen, "no server is available");
  }
  Judgement of_pool(pool);
  co_await tryMembers();
  if (const auto good = wentWell()) of_pool.tell(*good);
}

Task<void> Exchange::tryMembers() {
  const PoolPlan& pool = *route_.pool;
  for (uint32_t attempt = 0;; ++attempt) {
    const MemberPlan* member = chooseMember();
    if (member == nullptr && mayWait()) member = co_await waitForMember();
    if (cancelled_) co_return;
    if (member == nullptr || (attempt > 0 && !mayTryAgain(attempt))) break;
    // HTTP/2 has another way (RFC 8441), which is not offered.
    if (wants_websocket_ && member->http2) {
      co_return co_await answer(501, Cause::kNoWebSocket,
                                "WebSocket is not offered here: the server speaks HTTP/2");
    }
    retries_ = attempt;
    if (attempt > 0) count(service_->counters->retries);
    const Occupied place(parts_.queue, *member);
    Judgement of_member(pool, *member);
    auto server = co_await connect(*member);
    if (cancelled_) co_return;
    if (!server) {
      of_member.tell(false);
      tried_.push_back(member);
      continue;
    }
    server_ = server.get();
    const Outcome outcome = co_await converse(*member, *server);
    server_ = nullptr;
    const bool reused = server->reused();
    if (keep_server_) {
      server->done();
    } else {
      server->cancel();
    }
    if (outcome == Outcome::kDone || cancelled_) {
      if (const auto good = wentWell()) of_member.tell(*good);
      co_return;
    }
    if (reused) {
      fresh_only_ = true;
    } else {
      count(member->counters->failures);
      of_member.tell(false);
      tried_.push_back(member);
    }
    if (!mayRepeat()) {
      co_return co_await answer(502, Cause::kServerClosed, "the server closed the connection");
    }
  }
  if (nobody_ == Cause::kNone && tried_.empty() && !fresh_only_) {
    const bool kept_away = Balancer::whyNobody(pool, tried_) == Balancer::Nobody::kKeptAway;
    nobody_ = kept_away ? Cause::kCircuitOpen : Cause::kNoMember;
  }
  if (nobody_ != Cause::kNone) co_return co_await answer(503, nobody_, "no server is available");
  co_await answer(502, Cause::kConnectFailed, "no server could be reached");
}

// What came of it, as far as the server is concerned; nothing: that was not its fault, or it is not
// known.
std::optional<bool> Exchange::wentWell() const {
  switch (cause_) {
    case Cause::kNone:
      if (status_ == 0) return std::nullopt;
      return status_ < 500;
    case Cause::kConnectFailed:
    case Cause::kServerClosed:
    case Cause::kServerTimeout:
    case Cause::kBadResponse:
    case Cause::kServerTruncated:
      return false;
    default:
      return std::nullopt;
  }
}

const MemberPlan* Exchange::chooseMember() {
  // Those that wait come first.
  if (route_.pool->queue && parts_.queue.anybody(*route_.pool)) return nullptr;
  return parts_.balancer.choose(*route_.pool, facts_.address(), tried_, comeback_->known());
}

bool Exchange::mayWait() const {
  const PoolPlan& pool = *route_.pool;
  if (!pool.queue) return false;
  return parts_.queue.anybody(pool) || Balancer::whyNobody(pool, tried_) == Balancer::Nobody::kFull;
}

Task<const MemberPlan*> Exchange::waitForMember() {
  const PoolPlan& pool = *route_.pool;
  PoolCounters& counters = *pool.counters;
  const Active waiting(counters.waiting);
  if (counters.waiting.load() > pool.queue->requests) {
    count(counters.queue_full);
    nobody_ = Cause::kQueueFull;
    co_return nullptr;
  }
  count(counters.queued);
  const TimePoint since = Clock::now();
  const TimePoint until = since + std::chrono::nanoseconds(pool.queue->timeout.value);
  const MemberPlan* member = nullptr;
  RequestQueue::Place place(parts_.queue, pool);
  place_ = &place;
  while (member == nullptr && !cancelled_ && Clock::now() < until) {
    co_await place.wait(until);
    if (place.first())
      member = parts_.balancer.choose(pool, facts_.address(), tried_, comeback_->known());
  }
  place_ = nullptr;
  queue_took_ += Clock::now() - since;
  counters.waited.record(Clock::now() - since);
  if (member == nullptr && !cancelled_) {
    count(counters.queue_timeouts);
    nobody_ = Cause::kQueueTimeout;
  }
  co_return member;
}

bool Exchange::mayTryAgain(uint32_t attempt) {
  if (attempt > service_->http.retries) return false;
  if (service_->counters->retry_budget.spend()) return true;
  count(service_->counters->retries_refused);
  return false;
}

bool Exchange::mayRepeat() const { return !body_touched_ && (!sent_ || request_.idempotent()); }

// What a connection to a member begins with.
std::string Exchange::preamble() const {
  return writeProxyHeader(service_->send_proxy, facts_.ends,
                          facts_.tls ? facts_.tls->server_name : "");
}

Task<std::shared_ptr<ServerStream>> Exchange::connect(const MemberPlan& member) {
  const std::string preamble = this->preamble();
  const bool repeatable = request_.idempotent() && !hasBody();
  auto server = co_await connector_.connect(member, {*service_, preamble, repeatable, fresh_only_});
  connect_took_ = connector_.took();
  co_return server;
}

Task<Exchange::Outcome> Exchange::converse(const MemberPlan& member, ServerStream& server) {
  sent_ = pumped_ = keep_server_ = false;
  response_cause_ = Cause::kNone;
  if (hasBody()) {
    pump_ended_ = std::make_unique<Event>(parts_.context);
    go_on_ = std::make_unique<Event>(parts_.context);
    asio::co_spawn(parts_.context, sendRequest(server), asio::detached);
  } else {
    co_await sendRequest(server);
  }
  co_await relay(member, server);
  if (hasBody() && !pump_ended_->isSet()) {
    stop_pump_ = true;
    keep_server_ = false;
    go_on_->set();
    server.cancel();
    client_.stopBody();
    co_await pump_ended_->wait(TimePoint::max());
  }
  if (pump_cause_ != Cause::kNone) cause_ = pump_cause_;
  if (answered_ && pump_cause_ != Cause::kNone)
    count(service_->counters->causes[static_cast<size_t>(pump_cause_)]);
  if (answered_ || cancelled_) co_return Outcome::kDone;
  const bool client_failed = pump_cause_ != Cause::kNone;
  if (server.untouched()) sent_ = false;
  if (!server.somethingCame() && !client_failed && response_cause_ == Cause::kServerClosed)
    co_return Outcome::kNothingCame;
  co_await settle(member);
  co_return Outcome::kDone;
}

// What the client did wrong with its body.
Task<void> Exchange::settleBody() {
  cause_ = pump_cause_;
  if (pump_flaw_ != Flaw::kNone) co_return co_await refuse(pump_flaw_);
  if (pump_cause_ == Cause::kBodyTimeout)
    co_return co_await answer(408, pump_cause_, "the body did not come in time");
  count(service_->counters->causes[static_cast<size_t>(pump_cause_)]);
}

// There is no response, and it will not be tried again.
Task<void> Exchange::settle(const MemberPlan& member) {
  if (pump_cause_ != Cause::kNone) co_return co_await settleBody();
  count(member.counters->failures);
  if (response_cause_ == Cause::kServerTimeout)
    co_return co_await answer(504, response_cause_, "the server did not answer in time");
  co_await answer(502, response_cause_,
                  response_cause_ == Cause::kBadResponse ? "the server's response is not valid"
                                                         : "the server closed the connection");
}

// ---- the request -------------------------------------------------------------------------------

Task<void> Exchange::sendRequest(ServerStream& server) {
  const ForwardedBy by{service_->http.forwarded, facts_.address(), service_->tls != nullptr,
                       service_->listen.port, facts_.certificate_headers};
  RequestChanges changes = route_.changes();
  changes.websocket = wants_websocket_;
  comeback_->change(changes);
  std::string head;
  writeRequestHead(request_, by, changes, head);
  server.sayHead(request_, head);
  if (route_.mirror != nullptr) mirror_text_ = std::move(head);
  if (hasBody()) {
    pumped_ = co_await pumpBody(server);
  } else {
    server.sayEnd({});
    sent_ = pumped_ = co_await server.flush();
  }
  if (pumped_) mirror();
  server.listen();
  if (hasBody()) pump_ended_->set();
}

// What a member got goes to the other pool, too, once.
void Exchange::mirror() {
  if (route_.mirror == nullptr) return;
  const bool fits = mirror_text_.size() <= Mirrors::kMostBytes;
  Mirrors::Request copy{facts_.address(), preamble(), std::string(request_.method),
                        std::move(mirror_text_)};
  const bool sent = fits && parts_.mirrors.send(service_, *route_.mirror, std::move(copy));
  count(sent ? route_.mirror_counters->mirrored : route_.mirror_counters->mirrors_skipped);
  route_.mirror = nullptr;
}

Task<bool> Exchange::pumpBody(ServerStream& server) {
  if (request_.expect_continue && !holding_ && !client_.bodyAtHand()) {
    if (!co_await sendUntilContinue(server)) co_return false;
  }
  for (;;) {
    takeBody(server);
    if (pump_cause_ != Cause::kNone) {
      server.cancel();
      co_return false;
    }
    const bool done = client_.bodyDone();
    if (done || !client_.bodyAtHand() || server.full()) {
      sent_ = true;
      if (!co_await server.flush()) co_return false;
    }
    if (done || stop_pump_) co_return done;
    if (client_.bodyAtHand()) continue;
    if (!co_await receiveBody()) {
      server.cancel();
      co_return false;
    }
  }
}

// The head alone; the body when the server asks for it, or does not say anything for a while.
Task<bool> Exchange::sendUntilContinue(ServerStream& server) {
  constexpr auto kLongestWait = std::chrono::seconds(1);
  sent_ = true;
  if (!co_await server.flush()) co_return false;
  co_await go_on_->wait(Clock::now() + kLongestWait);
  co_return !stop_pump_ && !cancelled_;
}

// A piece of the body, from what came to what is sent.
void Exchange::takeBody(ServerStream& server) {
  const std::string_view data = holding_ ? std::string_view(held_) : pullBody();
  holding_ = false;
  server.sayBody(data);
  if (client_.bodyDone()) server.sayEnd(client_.trailers());
  if (route_.mirror != nullptr && mirror_text_.size() <= Mirrors::kMostBytes) {
    writeBody(request_.framing, data, mirror_text_);
    if (client_.bodyDone()) writeBodyEnd(request_.framing, client_.trailers(), mirror_text_);
  }
  body_touched_ |= !data.empty();
}

// A piece from the client.
std::string_view Exchange::pullBody() {
  const std::string_view data = client_.takeBody();
  body_bytes_ += data.size();
  count(service_->counters->bytes_received, data.size());
  pump_flaw_ = client_.bodyFlaw();
  if (service_->http.most_body != 0 && body_bytes_ > service_->http.most_body)
    pump_flaw_ = Flaw::kBodyTooLarge;
  if (pump_flaw_ != Flaw::kNone) pump_cause_ = Cause::kBadRequest;
  return data;
}

Task<bool> Exchange::receiveBody() {
  constexpr uint64_t kPace = 1'024;
  if (body_bytes_ - paced_bytes_ >= kPace || pace_until_ == TimePoint()) {
    paced_bytes_ = body_bytes_;
    pace_until_ = Clock::now() + service_->http.body_timeout;
  }
  const bool more = co_await client_.awaitBody(pace_until_);
  if (!more && !stop_pump_)
    pump_cause_ = client_.bodyTimedOut() ? Cause::kBodyTimeout : Cause::kClientGone;
  co_return more;
}

// ---- the response ------------------------------------------------------------------------------

Task<void> Exchange::relay(const MemberPlan& member, ServerStream& server) {
  if (!co_await readResponse(server)) co_return;
  first_byte_took_ = Clock::now() - began_;
  service_->counters->first_byte.record(first_byte_took_);
  member.counters->first_byte.record(first_byte_took_);
  answering_ = &member;
  status_ = response_.status;
  member.counters->by_server.add(response_.status);
  service_->counters->by_server.add(response_.status);

  std::string lines = comeback_->remember(member.endpoint, response_);
  if (has_websocket_) co_return co_await tunnel(server, std::move(lines));
  client_.sayHead(response_, responseEdits(), lines);
  answered_ = true;
  // GCC 12 lays out the frame wrongly where the result goes to a member at once.
  const bool whole = co_await relayBody(server);
  whole_ = whole;
  if (!whole_ && response_cause_ != Cause::kNone) {
    cause_ = response_cause_;
    count(member.counters->failures);
    count(service_->counters->causes[static_cast<size_t>(response_cause_)]);
  }
  keep_server_ = whole_ && pumped_;
}

// The head of the final response; those before it are passed on.
Task<bool> Exchange::readResponse(ServerStream& server) {
  constexpr int kMostInformational = 16;
  for (int i = 0; i < kMostInformational; ++i) {
    if (!co_await server.awaitHead(response_)) {
      response_cause_ = server.failure();
      co_return false;
    }
    if (!response_.informational()) co_return true;
    if (response_.status == 101) {
      if (!wants_websocket_ || !response_.namesWebSocket()) break;
      has_websocket_ = true;
      co_return true;
    }
    if (response_.status == 100 && go_on_) go_on_->set();
    const bool asked = request_.expect_continue && held_.empty();  // and was not told already
    const bool wanted = response_.status != 100 || asked;
    if (!wanted || request_.minor == 0) continue;
    client_.sayInformational(response_);
    if (!co_await flush()) co_return false;
  }
  response_cause_ = Cause::kBadResponse;
  co_return false;
}

Task<bool> Exchange::relayBody(ServerStream& server) {
  bool more = true;
  while (more) {
    const std::string_view data = server.takeBody();
    client_.sayBody(data);
    count(service_->counters->bytes_sent, data.size());
    sent_bytes_ += data.size();
    if (server.failure() != Cause::kNone) break;
    if (server.bodyDone()) {
      client_.sayEnd(server.trailers());
      co_return co_await flush();
    }
    if (!server.bodyAtHand() || client_.full()) {
      if (!co_await flush()) co_return false;
    }
    if (!server.bodyAtHand()) more = co_await server.awaitBody();
  }
  response_cause_ = server.failure();
  co_return false;
}

// From here on the bytes are nobody's business; the client's connection ends with them.
Task<void> Exchange::tunnel(ServerStream& server, std::string lines) {
  lines += kWebSocketLines;
  client_.sayHead(response_, responseEdits(), lines);
  answered_ = true;
  const bool told = co_await flush();
  if (!told) co_return;
  ServiceCounters& counters = *service_->counters;
  count(counters.websockets);
  const Active active(counters.active_websockets);
  const RawConnection from = *client_.raw(), to = *server.raw();
  Counter received{}, sent{};
  Tunnel tunnel(parts_.context, service_->http.tunnel_timeout,
                {from.stream, from.received, received}, {to.stream, to.received, sent});
  co_await tunnel.run();
  body_bytes_ = received;
  sent_bytes_ = sent;
  count(counters.bytes_received, body_bytes_);
  count(counters.bytes_sent, sent_bytes_);
}

Task<bool> Exchange::flush() {
  const bool good = co_await client_.flush();
  if (!good) response_cause_ = Cause::kClientGone;
  co_return good;
}

// ---- what the appliance says itself ------------------------------------------------------------

// Where the client finds the same by TLS. Methods that may not be changed stay with 308.
Task<void> Exchange::redirectToHttps() {
  std::string location = "https://";
  location += hostWithoutPort(request_.host);
  if (service_->https_redirect != 443) location += ":" + std::to_string(service_->https_redirect);
  location += request_.path == "*" ? "/" : request_.path;
  if (request_.has_query) location.append("?").append(request_.query);
  const bool repeats = request_.method == "GET" || request_.method == "HEAD";
  co_await redirect(repeats ? 301 : 308, location);
}

Task<void> Exchange::redirect(int status, const std::string& location) {
  co_await answer(status, Cause::kRedirected, "", "Location: " + location + "\r\n");
}

Task<void> Exchange::answerByRule() {
  if (route_.delay > route_.delay.zero()) co_await holdUp();
  if (cancelled_) co_return;
  std::string headers;
  if (!route_.location.empty()) headers = "Location: " + route_.location + "\r\n";
  if (route_.cause == Cause::kRateLimited)
    headers = "Retry-After: " + std::to_string(route_.retry_after.count()) + "\r\n";
  const std::string_view text =
      route_.cause == Cause::kRateLimited ? "too many requests" : route_.text;
  co_await answer(route_.status, route_.cause, text, std::move(headers));
}

// Tarpit. The client may wait; so many of them do that the rest is not kept.
Task<void> Exchange::holdUp() {
  RuleCounters& counters = *route_.rules.back()->counters;
  const Active held(service_->counters->held_up);
  if (service_->counters->held_up.load() > service_->http.tarpit_limit) {
    count(counters.tarpits_skipped);
    co_return;
  }
  count(counters.tarpitted);
  go_on_ = std::make_unique<Event>(parts_.context);  // nobody sets it but cancel()
  co_await go_on_->wait(Clock::now() + route_.delay);
}

Task<void> Exchange::answer(int status, Cause cause, std::string_view sentence,
                            std::string headers) {
  answered_ = true;
  status_ = status;
  cause_ = cause;
  headers += responseEdits().add;
  countOwn(*service_->counters, cause, status);
  client_.sayOwn({status, sentence, headers, false, request_.method == "HEAD", sorryPage(cause)});
  const bool told = co_await flush();
  whole_ = told;
}

Task<void> Exchange::refuse(Flaw flaw) {
  answered_ = true;
  status_ = info(flaw).status;
  cause_ = Cause::kBadRequest;
  client_.sayOwn(answerToFlaw(*service_->counters, flaw));
  const bool told = co_await flush();
  whole_ = told;
}

void Exchange::log() const {
  if (!service_->access_log) return;
  const auto value = [&](std::string_view header) {
    const Header* found = request_.find(header);
    return found == nullptr ? std::string_view() : found->value;
  };
  std::string target(request_.path);
  if (request_.has_query) target.append("?").append(request_.query);
  AccessRecord record;
  const auto took = Clock::now() - began_;
  record.time = std::chrono::system_clock::now() -
                std::chrono::duration_cast<std::chrono::system_clock::duration>(took);
  record.client = facts_.address();
  record.service = service_->name;
  record.method = request_.method;
  record.host = request_.host;
  record.target = target;
  record.referer = value("referer");
  record.user_agent = value("user-agent");
  record.version = request_.http2 ? "2.0" : request_.minor == 0 ? "1.0" : "1.1";
  record.status = status_;
  if (cause_ != Cause::kNone) record.cause = name(cause_);
  record.received = body_bytes_;
  record.sent = sent_bytes_;
  const std::string rules = route_.ruleNames(), tags = route_.tags();
  record.rule = rules;
  record.tags = tags;
  record.queue = queue_took_;
  if (route_.pool != nullptr) record.pool = route_.pool->name;
  if (answering_ != nullptr) record.member = answering_->endpoint.toString();
  record.retries = retries_;
  record.connect = connect_took_;
  record.first_byte = first_byte_took_;
  record.total = took;
  record.tls = facts_.tlsVersion();
  service_->access_log->add(formatAccess(record, service_->http.access_format));
}

}  // namespace sluice::proxy
