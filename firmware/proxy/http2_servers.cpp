// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_servers.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "firmware/proxy/http2_server_session.h"

namespace sluice::proxy {

namespace asio = boost::asio;

Task<Http2Servers::SessionPtr> Http2Servers::find(Seeker& seeker, Wish wish,
                                                  Clock::duration longest) {
  const TimePoint until = Clock::now() + wish.http.connect_timeout;
  const Key key(wish.member.counters.get(), wish.preamble, wish.member.tls.get());
  OfMember& of = members_[key];
  of.keep = wish.member.counters;
  const uint64_t failed = of.failed;
  SessionPtr found = withRoom(of, longest);
  seeker.waited_ = !found;
  const auto place = of.waiting.insert(of.waiting.end(), &seeker);
  while (!found && !seeker.cancelled_ && !parts_.stopping && of.failed == failed) {
    if (!of.opening && of.sessions.size() < kMostConnections) open(key, of, wish);
    seeker.event_.clear();
    const bool told = co_await seeker.event_.wait(until);
    found = withRoom(of, longest);
    if (told || found) continue;
    count(wish.member.counters->connect_failures);
    break;
  }
  of.waiting.erase(place);
  forgetIfEmpty(key);
  co_return found;
}

Http2Servers::SessionPtr Http2Servers::withRoom(const OfMember& of, Clock::duration longest) const {
  const auto fits = [&](const SessionPtr& session) {
    return session->hasRoom() && Clock::now() - session->idleSince() <= longest;
  };
  const auto found = std::find_if(of.sessions.begin(), of.sessions.end(), fits);
  return found != of.sessions.end() ? *found : nullptr;
}

void Http2Servers::open(const Key& key, OfMember& of, const Wish& wish) {
  of.opening = true;
  openings_.push_back({wish.member, wish.preamble, wish.counters, wish.http.connect_timeout,
                       wish.http.response_timeout, Dialer(parts_.context, parts_.deadlines)});
  asio::co_spawn(parts_.context, run(key, std::prev(openings_.end())), asio::detached);
}

Task<void> Http2Servers::run(Key key, std::list<Opening>::iterator opening) {
  const SessionPtr session = co_await begin(key, *opening);
  openings_.erase(opening);
  OfMember& of = members_.at(key);
  of.opening = false;
  if (session) {
    of.sessions.push_back(session);
  } else {
    ++of.failed;
  }
  changed(key);
}

// Null: the member is not reached, or does not speak HTTP/2.
Task<Http2Servers::SessionPtr> Http2Servers::begin(const Key& key, Opening& opening) {
  const TimePoint until = Clock::now() + opening.connect_timeout;
  auto stream = co_await opening.dialer.connect(opening.member, opening.preamble,
                                                opening.connect_timeout, opening.counters->connect);
  if (!stream || parts_.stopping) co_return nullptr;
  auto session =
      std::make_shared<Http2ServerSession>(parts_, opening.member, std::move(stream),
                                           opening.write_timeout, [this, key] { changed(key); });
  asio::co_spawn(parts_.context, Http2ServerSession::run(session), asio::detached);
  opening.session = session;
  const bool speaks = co_await session->settled(until);
  if (speaks) co_return session;
  session->cancel();
  count(opening.member.counters->connect_failures);
  count(opening.member.counters->http2_refusals);
  co_return nullptr;
}

void Http2Servers::changed(const Key& key) {
  const auto found = members_.find(key);
  if (found == members_.end()) return;
  OfMember& of = found->second;
  std::erase_if(of.sessions, [](const SessionPtr& session) { return session->leaving(); });
  for (Seeker* seeker : of.waiting) seeker->event_.set();
  forgetIfEmpty(key);
}

void Http2Servers::forgetIfEmpty(const Key& key) {
  const OfMember& of = members_.at(key);
  if (of.sessions.empty() && of.waiting.empty() && !of.opening) members_.erase(key);
}

void Http2Servers::cancel() {
  std::vector<SessionPtr> all;
  for (Opening& opening : openings_) {
    opening.dialer.cancel();
    if (opening.session) all.push_back(opening.session);
  }
  for (const auto& [key, of] : members_)
    all.insert(all.end(), of.sessions.begin(), of.sessions.end());
  for (const SessionPtr& session : all) session->cancel();
}

}  // namespace sluice::proxy
