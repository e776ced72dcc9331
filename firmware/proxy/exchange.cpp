// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/exchange.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "firmware/proxy/http_grammar.h"
#include "firmware/proxy/own_answer.h"
#include "firmware/proxy/tunnel.h"

namespace sluice::proxy {

namespace asio = boost::asio;

namespace {

// Requests that cannot be repeated go over connections that were used just now: servers do not end
// those for having waited too long.
constexpr auto kSurelyAlive = std::chrono::seconds(1);

// Something that goes on: a request that a member has to do with, say.
class Active {
 public:
  explicit Active(Counter& active) : active_(active) { count(active_); }
  ~Active() { active_.fetch_sub(1, std::memory_order_relaxed); }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;

 private:
  Counter& active_;
};

}  // namespace

Exchange::Exchange(WorkerParts& parts, std::shared_ptr<const ServicePlan> service,
                   const ClientFacts& facts, ClientStream& client, const RequestHead& request)
    : parts_(parts),
      service_(std::move(service)),
      facts_(facts),
      client_(client),
      request_(request),
      began_(Clock::now()),
      dialer_(parts.context, parts.deadlines),
      wants_websocket_(service_->http.websocket && request_.method == "GET" && !hasBody() &&
                       request_.namesWebSocket() && client_.raw()) {}

void Exchange::cancel(Cause why) {
  cancelled_ = true;
  cancel_cause_ = why;
  dialer_.cancel();
  if (server_ != nullptr) server_->stream->cancel();
  if (go_on_) go_on_->set();
}

Task<bool> Exchange::run(Flaw flaw) {
  const Active active(service_->counters->active_requests);
  if (flaw != Flaw::kNone) {
    co_await refuse(flaw);
  } else if (service_->http.most_body != 0 && request_.length > service_->http.most_body) {
    co_await refuse(Flaw::kBodyTooLarge);
  } else if (service_->https_redirect != 0) {
    co_await redirectToHttps();
  } else {
    route_ = route(*service_, request_, facts_.address());
    if (route_.flaw != Flaw::kNone) {
      co_await refuse(route_.flaw);
    } else if (route_.pool == nullptr) {
      co_await answerByRule();
    } else {
      recognize();
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

Task<void> Exchange::attempts() {
  service_->counters->retry_budget.earn(service_->http.retry_budget);
  for (uint32_t attempt = 0;; ++attempt) {
    const MemberPlan* member =
        parts_.balancer.choose(*route_.pool, facts_.address(), tried_, known_ ? &*known_ : nullptr);
    if (member == nullptr || (attempt > 0 && !mayTryAgain(attempt))) break;
    retries_ = attempt;
    if (attempt > 0) count(service_->counters->retries);
    const Active active(member->counters->active);
    auto server = co_await connect(*member);
    if (cancelled_) co_return;
    if (!server) {
      tried_.push_back(member);
      continue;
    }
    server_ = server.get();
    const Outcome outcome = co_await converse(*member, *server);
    server_ = nullptr;
    if (keep_server_) parts_.idle.put(*member, std::move(server));
    if (outcome == Outcome::kDone || cancelled_) co_return;
    if (server->reused) {
      fresh_only_ = true;
    } else {
      count(member->counters->failures);
      tried_.push_back(member);
    }
    if (!mayRepeat()) {
      co_return co_await answer(502, Cause::kServerClosed, "the server closed the connection");
    }
  }
  if (tried_.empty() && !fresh_only_)
    co_return co_await answer(503, Cause::kNoMember, "no server is available");
  co_await answer(502, Cause::kConnectFailed, "no server could be reached");
}

bool Exchange::mayTryAgain(uint32_t attempt) {
  if (attempt > service_->http.retries) return false;
  if (service_->counters->retry_budget.spend()) return true;
  count(service_->counters->retries_refused);
  return false;
}

void Exchange::recognize() {
  const std::string& name = route_.pool->cookie;
  if (name.empty()) return;
  for (const std::string& value : cookiesOf(request_, name)) {
    known_ = service_->cookies->open(route_.pool->scope, value);
    if (known_) return;
  }
}

void Exchange::remember(const MemberPlan& member) {
  const PoolPlan& pool = *route_.pool;
  if (pool.cookie.empty()) return;
  if (known_ && member.endpoint == *known_) {
    count(service_->counters->came_back);
    return;
  }
  set_cookie_ = "Set-Cookie: " + pool.cookie + "=" +
                service_->cookies->seal(pool.scope, member.endpoint) +
                "; Path=/; HttpOnly; SameSite=Lax";
  if (service_->tls) set_cookie_ += "; Secure";
  if (const auto age = service_->http.cookie_time; age.count() != 0)
    set_cookie_ += "; Max-Age=" + std::to_string(age.count());
  set_cookie_ += "\r\n";
}

bool Exchange::mayRepeat() const { return !body_touched_ && (!sent_ || request_.idempotent()); }

Task<std::unique_ptr<ServerConnection>> Exchange::connect(const MemberPlan& member) {
  const bool repeatable = request_.idempotent() && !hasBody();
  const std::string preamble = writeProxyHeader(service_->send_proxy, facts_.ends,
                                                facts_.tls ? facts_.tls->server_name : "");
  if (!fresh_only_) {
    const Clock::duration longest = repeatable ? IdleServers::kLongestIdle : kSurelyAlive;
    if (auto waiting = parts_.idle.take(member, preamble, longest)) {
      count(member.counters->reused);
      co_return waiting;
    }
  }
  auto stream = co_await dialer_.connect(member, preamble, service_->http.connect_timeout,
                                         service_->counters->connect);
  if (!stream) co_return nullptr;
  connect_took_ = dialer_.took();
  auto connection = std::make_unique<ServerConnection>();
  connection->stream = std::move(stream);
  connection->preamble = preamble;
  co_return connection;
}

Task<Exchange::Outcome> Exchange::converse(const MemberPlan& member, ServerConnection& server) {
  sent_ = pumped_ = something_came_ = keep_server_ = false;
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
    server.stream->cancel();
    client_.stopBody();
    co_await pump_ended_->wait(TimePoint::max());
  }
  if (pump_cause_ != Cause::kNone) cause_ = pump_cause_;
  if (answered_ && pump_cause_ != Cause::kNone)
    count(service_->counters->causes[static_cast<size_t>(pump_cause_)]);
  if (answered_ || cancelled_) co_return Outcome::kDone;
  const bool client_failed = pump_cause_ != Cause::kNone;
  if (!something_came_ && !client_failed && response_cause_ == Cause::kServerClosed)
    co_return Outcome::kNothingCame;
  co_await settle(member);
  co_return Outcome::kDone;
}

// There is no response, and it will not be tried again.
Task<void> Exchange::settle(const MemberPlan& member) {
  if (pump_flaw_ != Flaw::kNone) co_return co_await refuse(pump_flaw_);
  if (pump_cause_ == Cause::kBodyTimeout)
    co_return co_await answer(408, pump_cause_, "the body did not come in time");
  if (pump_cause_ != Cause::kNone) {
    count(service_->counters->causes[static_cast<size_t>(pump_cause_)]);
    co_return;
  }
  count(member.counters->failures);
  if (response_cause_ == Cause::kServerTimeout)
    co_return co_await answer(504, response_cause_, "the server did not answer in time");
  co_await answer(502, response_cause_,
                  response_cause_ == Cause::kBadResponse ? "the server's response is not valid"
                                                         : "the server closed the connection");
}

// ---- the request -------------------------------------------------------------------------------

Task<void> Exchange::sendRequest(ServerConnection& server) {
  to_server_.clear();
  const ForwardedBy by{service_->http.forwarded, facts_.address(), service_->tls != nullptr,
                       service_->listen.port, facts_.certificate_headers};
  RequestChanges changes = route_.changes();
  changes.cookie = route_.pool->cookie;
  changes.websocket = wants_websocket_;
  writeRequestHead(request_, by, changes, to_server_);
  if (hasBody()) {
    pumped_ = co_await pumpBody(server);
    // From now on it is the server's turn.
    server.stream->limitRead(Clock::now() + service_->http.response_timeout);
    pump_ended_->set();
  } else {
    sent_ = pumped_ = co_await server.stream->write(to_server_, service_->http.response_timeout);
  }
}

Task<bool> Exchange::pumpBody(ServerConnection& server) {
  if (request_.expect_continue && !client_.bodyAtHand()) {
    if (!co_await sendUntilContinue(server)) co_return false;
  }
  for (;;) {
    takeBody();
    if (pump_cause_ != Cause::kNone) {
      server.stream->cancel();
      co_return false;
    }
    const bool done = client_.bodyDone();
    if (done || !client_.bodyAtHand() || to_server_.size() >= ServerConnection::kBufferBytes) {
      sent_ = true;
      if (!co_await server.stream->write(to_server_, service_->http.response_timeout))
        co_return false;
      to_server_.clear();
    }
    if (done || stop_pump_) co_return done;
    if (client_.bodyAtHand()) continue;
    if (!co_await receiveBody()) {
      server.stream->cancel();
      co_return false;
    }
  }
}

// The head alone; the body when the server asks for it, or does not say anything for a while.
Task<bool> Exchange::sendUntilContinue(ServerConnection& server) {
  constexpr auto kLongestWait = std::chrono::seconds(1);
  sent_ = true;
  if (!co_await server.stream->write(to_server_, service_->http.response_timeout)) co_return false;
  to_server_.clear();
  co_await go_on_->wait(Clock::now() + kLongestWait);
  co_return !stop_pump_ && !cancelled_;
}

// A piece of the body, from what came to what is sent.
void Exchange::takeBody() {
  const std::string_view data = client_.takeBody();
  writeBody(request_.framing, data, to_server_);
  if (client_.bodyDone()) writeBodyEnd(request_.framing, client_.trailers(), to_server_);
  body_bytes_ += data.size();
  count(service_->counters->bytes_received, data.size());
  body_touched_ |= !data.empty();
  pump_flaw_ = client_.bodyFlaw();
  if (service_->http.most_body != 0 && body_bytes_ > service_->http.most_body)
    pump_flaw_ = Flaw::kBodyTooLarge;
  if (pump_flaw_ != Flaw::kNone) pump_cause_ = Cause::kBadRequest;
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

Task<void> Exchange::relay(const MemberPlan& member, ServerConnection& server) {
  if (!co_await readResponse(server)) co_return;
  first_byte_took_ = Clock::now() - began_;
  service_->counters->first_byte.record(first_byte_took_);
  member.counters->first_byte.record(first_byte_took_);
  answering_ = &member;
  status_ = response_.status;
  member.counters->by_server.add(response_.status);
  service_->counters->by_server.add(response_.status);

  remember(member);
  if (has_websocket_) co_return co_await tunnel(server);
  client_.sayHead(response_, responseEdits(), set_cookie_);
  answered_ = true;
  response_body_.start(response_.framing, response_.length);
  // GCC 12 lays out the frame wrongly where the result goes to a member at once.
  const bool whole = co_await relayBody(server);
  whole_ = whole;
  if (!whole_ && response_cause_ != Cause::kNone) {
    cause_ = response_cause_;
    count(member.counters->failures);
    count(service_->counters->causes[static_cast<size_t>(response_cause_)]);
  }
  keep_server_ = whole_ && pumped_ && response_.keep_alive && server.in.empty() &&
                 response_.framing != Framing::kUntilClose;
}

// The head of the final response; those before it are passed on.
Task<bool> Exchange::readResponse(ServerConnection& server) {
  constexpr int kMostInformational = 16;
  for (int i = 0; i < kMostInformational; ++i) {
    if (!co_await readHead(server)) co_return false;
    if (!response_.informational()) co_return true;
    if (response_.status == 101) {
      if (!wants_websocket_ || !response_.namesWebSocket()) break;
      has_websocket_ = true;
      co_return true;
    }
    if (response_.status == 100 && go_on_) go_on_->set();
    const bool wanted = response_.status != 100 || request_.expect_continue;
    if (!wanted || request_.minor == 0) continue;
    client_.sayInformational(response_);
    if (!co_await flush()) co_return false;
  }
  response_cause_ = Cause::kBadResponse;
  co_return false;
}

Task<bool> Exchange::readHead(ServerConnection& server) {
  const HeadLimits limits{ServerConnection::kBufferBytes, 0, 500};
  HeadScanner scanner;
  HeadScanner::State state{};
  while ((state = scanner.scan(server.in.view(), limits.bytes)) == HeadScanner::State::kMore) {
    if (!co_await receiveHead(server)) co_return false;
  }
  if (state == HeadScanner::State::kComplete && scanner.begin() == 0) {
    head_text_.assign(server.in.view().substr(0, scanner.size()));
    server.in.consume(scanner.size());
    if (parseResponseHead(head_text_, limits, request_.method, response_) == Flaw::kNone)
      co_return true;
  }
  response_cause_ = Cause::kBadResponse;
  co_return false;
}

Task<bool> Exchange::receiveHead(ServerConnection& server) {
  const std::span<char> room = server.in.room();
  const bool servers_turn = pumped_ || !hasBody();
  const TimePoint until =
      servers_turn ? Clock::now() + service_->http.response_timeout : TimePoint::max();
  size_t got = 0;
  if (!room.empty()) got = co_await server.stream->read(room, until);
  server.in.received(got);
  something_came_ |= got > 0;
  if (got > 0) co_return true;
  response_cause_ = room.empty()                    ? Cause::kBadResponse
                    : server.stream->readTimedOut() ? Cause::kServerTimeout
                                                    : Cause::kServerClosed;
  co_return false;
}

Task<bool> Exchange::relayBody(ServerConnection& server) {
  for (;;) {
    std::string_view input = server.in.view();
    const size_t before = input.size();
    const std::string_view data = response_body_.next(input);
    client_.sayBody(data);
    count(service_->counters->bytes_sent, data.size());
    sent_bytes_ += data.size();
    server.in.consume(before - input.size());
    if (response_body_.flaw() != Flaw::kNone) {
      response_cause_ = Cause::kBadResponse;
      co_return false;
    }
    if (response_body_.done()) break;
    if (server.in.empty() || client_.full()) {
      if (!co_await flush()) co_return false;
    }
    if (!server.in.empty()) continue;
    const size_t got = co_await server.stream->read(server.in.room(),
                                                    Clock::now() + service_->http.response_timeout);
    server.in.received(got);
    if (got > 0) continue;
    if (server.stream->ended() && response_body_.endOfInput()) break;
    response_cause_ =
        server.stream->readTimedOut() ? Cause::kServerTimeout : Cause::kServerTruncated;
    co_return false;
  }
  client_.sayEnd(response_body_.trailers());
  co_return co_await flush();
}

// From here on the bytes are nobody's business; the client's connection ends with them.
Task<void> Exchange::tunnel(ServerConnection& server) {
  set_cookie_ += kWebSocketLines;
  client_.sayHead(response_, responseEdits(), set_cookie_);
  answered_ = true;
  const bool told = co_await flush();
  if (!told) co_return;
  ServiceCounters& counters = *service_->counters;
  count(counters.websockets);
  const Active active(counters.active_websockets);
  const ClientStream::Raw client = *client_.raw();
  Counter received{}, sent{};
  Tunnel tunnel(parts_.context, service_->http.tunnel_timeout,
                {client.stream, client.received, received}, {*server.stream, server.in, sent});
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
  const HttpRule& rule = route_.rule->rule->config();
  if (rule.redirect) {
    co_await redirect(route_.status, route_.location);
  } else {
    co_await answer(route_.status, Cause::kResponded, rule.respond->text);
  }
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
  if (route_.rule != nullptr) record.rule = route_.rule->rule->config().name;
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
