// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/persistence.h"

#include "firmware/proxy/http_grammar.h"
#include "firmware/proxy/member_guard.h"

namespace sluice::proxy {
namespace {

using By = Persistence::By;

// "NAME=VALUE; ..." of a Set-Cookie, if it is of that name.
bool setsCookie(const Header& header, std::string_view name) {
  return equalIgnoringCase(header.name, "set-cookie") && header.value.size() > name.size() &&
         header.value.starts_with(name) && header.value[name.size()] == '=';
}

}  // namespace

Comeback::Comeback(const ServicePlan& service, const PoolPlan& pool, const RequestHead& request,
                   const IpAddress& client)
    : service_(service),
      pool_(pool),
      persist_(service.http.persist && service.http.persist->by != By::kTlsSession
                   ? &*service.http.persist
                   : nullptr) {
  if (!pool.cookie.empty()) {
    recognizeOwn(request);
  } else if (persist_ != nullptr && persist_->by == By::kRewrittenCookie) {
    recognizeRewritten(request);
  } else if (persist_ != nullptr) {
    value_ = valueOf(request, client);
    if (!value_.empty()) known_ = service.clients->find(mark(value_), steadyTime());
  }
}

std::string Comeback::valueOf(const RequestHead& request, const IpAddress& client) const {
  if (persist_->by == By::kSource) return networkOf(client, *persist_);
  if (persist_->by == By::kHeader) {
    const Header* header = request.find(persist_->name);
    return header == nullptr ? std::string() : std::string(header->value);
  }
  const auto cookies = cookiesOf(request, persist_->name);
  return cookies.empty() ? std::string() : cookies[0];
}

void Comeback::recognizeOwn(const RequestHead& request) {
  for (const std::string& value : cookiesOf(request, pool_.cookie)) {
    known_ = service_.cookies->open(pool_.scope, value);
    if (known_) return;
  }
}

// WORD.VALUE: our word has no dot.
void Comeback::recognizeRewritten(const RequestHead& request) {
  for (const std::string& value : cookiesOf(request, persist_->name)) {
    const size_t dot = value.find('.');
    if (dot == std::string::npos) continue;
    known_ = service_.cookies->open(pool_.scope, std::string_view(value).substr(0, dot));
    if (!known_) continue;
    stripped_ = value.substr(dot + 1);
    return;
  }
}

void Comeback::change(RequestChanges& changes) const {
  changes.cookie = pool_.cookie;
  if (!stripped_) return;
  changes.cookie = persist_->name;
  changes.cookie_value = &*stripped_;
}

ClientMark Comeback::mark(std::string value) const {
  const std::string_view kind = persist_->by == By::kSource   ? "source"
                                : persist_->by == By::kHeader ? "header"
                                                              : "cookie";
  return {service_.name, pool_.name, kind, std::move(value)};
}

void Comeback::note(const std::string& value, const Endpoint& member) const {
  service_.clients->set(mark(value), member, steadyTime(), service_.http.persist_time);
}

std::string Comeback::remember(const Endpoint& member, ResponseHead& response) {
  const bool came_back = known_ && member == *known_;
  if (came_back) count(service_.counters->came_back);
  if (!pool_.cookie.empty()) return came_back ? "" : ownCookie(member);
  if (persist_ == nullptr) return "";
  if (persist_->by == By::kServerCookie || persist_->by == By::kRewrittenCookie)
    readCookies(member, response);
  if (!value_.empty()) note(value_, member);
  return "";
}

std::string Comeback::ownCookie(const Endpoint& member) const {
  std::string line = "Set-Cookie: " + pool_.cookie + "=" +
                     service_.cookies->seal(pool_.scope, member) +
                     "; Path=/; HttpOnly; SameSite=Lax";
  if (service_.tls) line += "; Secure";
  if (const auto age = service_.http.cookie_time; age.count() != 0)
    line += "; Max-Age=" + std::to_string(age.count());
  return line + "\r\n";
}

// What the server gives its client: the last cookie of that name counts, as for browsers.
void Comeback::readCookies(const Endpoint& member, ResponseHead& response) {
  for (Header& header : response.headers) {
    if (!setsCookie(header, persist_->name)) continue;
    const std::string_view rest = header.value.substr(persist_->name.size() + 1);
    const std::string_view given = trimBlanks(rest.substr(0, rest.find(';')));
    if (given.empty()) continue;  // it is taken away
    if (persist_->by == By::kServerCookie) {
      value_ = given;
      continue;
    }
    rewritten_ = persist_->name + "=" + service_.cookies->seal(pool_.scope, member) + "." +
                 std::string(rest);
    header.value = rewritten_;
    return;  // of several, one is enough to come back by
  }
}

}  // namespace sluice::proxy
