// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/relay_comeback.h"

#include "firmware/proxy/proxy_stats.h"

namespace sluice::proxy {
namespace {

using By = Persistence::By;
constexpr uint16_t kTls13 = 0x0304;

bool knownBy(const ServicePlan& service, By by) {
  return service.http.persist && service.http.persist->by == by;
}

std::string hexadecimal(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<uint8_t>(byte) >> 4];
    text += kDigits[static_cast<uint8_t>(byte) & 15];
  }
  return text;
}

}  // namespace

RelayComeback::RelayComeback(const ServicePlan& service, const PoolPlan& pool,
                             const ClientHello& hello, const IpAddress& client)
    : service_(service),
      pool_(pool),
      by_source_(knownBy(service, By::kSource)),
      by_session_(knownBy(service, By::kTlsSession)) {
  if (by_source_) value_ = networkOf(client, *service.http.persist);
  if (by_session_) value_ = hexadecimal(hello.session_id);
  if (value_.empty()) return;
  const std::string_view kind = by_source_ ? "source" : "session";
  known_ = service.clients->find({service.name, pool.name, kind, value_}, steadyTime());
}

void RelayComeback::remember(const Endpoint& member) const {
  if (known_ && *known_ == member) count(service_.counters->came_back);
  if (by_source_) note(value_, member);
}

void RelayComeback::remember(const Endpoint& member, const ServerHello& answer) const {
  const bool has_number = answer.state == ServerHello::State::kComplete &&
                          answer.version < kTls13 && !answer.session_id.empty();
  if (by_session_ && has_number) note(hexadecimal(answer.session_id), member);
}

void RelayComeback::note(const std::string& value, const Endpoint& member) const {
  const std::string_view kind = by_source_ ? "source" : "session";
  service_.clients->set({service_.name, pool_.name, kind, value}, member, steadyTime(),
                        service_.http.persist_time);
}

}  // namespace sluice::proxy
