// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_proxy.h"

#include "firmware/proxy/http_explain.h"

namespace sluice {
namespace {

constexpr uint64_t kWatchPeriodNs = 1'000'000'000;
constexpr uint64_t kTicketPeriodNs = 3'600'000'000'000;

std::vector<std::pair<std::string, uint64_t>> failuresOf(
    const std::array<uint64_t, tls::kHandshakeFailureCount>& counts) {
  std::vector<std::pair<std::string, uint64_t>> failures;
  for (size_t i = 1; i < counts.size(); ++i) {  // 0 is "none"
    if (counts[i] != 0)
      failures.emplace_back(tls::name(static_cast<tls::HandshakeFailure>(i)), counts[i]);
  }
  return failures;
}

}  // namespace

void LiveProxy::logKeys(std::shared_ptr<const tls::KeyLog> log) {
  log_.emit<events::kTlsKeysLogged>(log->file());
  proxy_.logKeys(std::move(log));
}

std::string LiveProxy::keyLog() {
  const tls::KeyLog* log = proxy_.keyLog();
  return log != nullptr ? log->file() : "";
}

Result<proxy::Proxy::Change> LiveProxy::prepare(const Config& config, const Operational& found) {
  return proxy_.prepare(config, control_.overrides(), proxy::viewOf(control_.overrides(), found));
}

void LiveProxy::commit(proxy::Proxy::Change change) {
  proxy_.commit(std::move(change));
  changes_seen_ = control_.changes();
  watch_due_ns_ = 0;
}

Result<void> LiveProxy::renew() {
  auto change = prepare(control_.config(), control_.operational());
  if (!change) return change.error();
  commit(std::move(*change));
  return {};
}

Result<void> LiveProxy::refresh() {
  if (control_.changes() == changes_seen_) return {};
  return replan();
}

Result<void> LiveProxy::replan() {
  changes_seen_ = control_.changes();
  return proxy_.refresh(control_.overrides(),
                        proxy::viewOf(control_.overrides(), control_.operational()));
}

void LiveProxy::keepHouse(uint64_t now_ns) {
  if (auto done = refresh(); !done) log_.emit<events::kConfigWarning>(done.error().message);
  if (tickets_due_ns_ == 0) tickets_due_ns_ = now_ns + kTicketPeriodNs;
  if (now_ns >= tickets_due_ns_) {
    proxy_.rotateTickets();
    tickets_due_ns_ = now_ns + kTicketPeriodNs;
  }
  if (now_ns < watch_due_ns_) return;
  watch_due_ns_ = now_ns + kWatchPeriodNs;
  const proxy::ProxyStats stats = proxy_.statistics();
  watch_.take(proxy_.certificates(), stats, now_ns);
  guards_.take(stats);
}

std::vector<CertificateStatus> LiveProxy::certificates() {
  const auto now = std::chrono::floor<std::chrono::seconds>(log_.now());
  std::vector<CertificateStatus> all;
  for (const proxy::CertificateInForce& row : proxy_.certificates()) {
    const tls::Certificate& certificate = *row.certificate;
    all.push_back({row.name, certificate.names(), certificate.keyText(), certificate.serial(),
                   certificate.issuer(), certificate.notBefore(), certificate.notAfter(),
                   std::string(proxy::name(proxy::stateOf(certificate, now))), row.virtuals,
                   "none"});
    if (const tls::OcspResponse* response = certificate.ocsp())
      all.back().ocsp = proxy::name(proxy::stateOf(*response, now));
  }
  return all;
}

std::vector<HandshakeStatus> LiveProxy::handshakes() {
  std::vector<HandshakeStatus> all;
  for (const proxy::ServiceStats& service : proxy_.statistics().services) {
    const Virtual* row = findByName(control_.config().virtuals, service.name);
    if (row == nullptr || (row->layer7 != Layer7::kHttps && row->layer7 != Layer7::kTls)) continue;
    HandshakeStatus& status = all.emplace_back();
    status.service = service.name;
    status.full = service.handshakes_full;
    status.resumed = service.handshakes_resumed;
    status.p50 = service.handshake.percentile(0.50);
    status.p99 = service.handshake.percentile(0.99);
    status.failed = failuresOf(service.handshake_failures);
  }
  return all;
}

std::vector<MemberHandshakeStatus> LiveProxy::memberHandshakes() {
  std::vector<MemberHandshakeStatus> all;
  for (const proxy::MemberStats& member : proxy_.statistics().members) {
    MemberHandshakeStatus status{member.pool, member.endpoint.toString(), member.handshakes_full,
                                 member.handshakes_resumed, failuresOf(member.handshake_failures)};
    if (status.full + status.resumed != 0 || !status.failed.empty())
      all.push_back(std::move(status));
  }
  return all;
}

namespace {

Http2Status http2Of(const proxy::ServiceStats& service) {
  Http2Status status{service.http2_connections, service.http2_active_connections,
                     service.http2_streams,     service.http2_active_streams,
                     service.http2_resets,      {}};
  for (size_t i = 0; i < service.http2_ends.size(); ++i) {
    if (const uint64_t count = service.http2_ends[i]; count != 0)
      status.goaways.emplace_back(proxy::name(static_cast<proxy::Http2End>(i)), count);
  }
  return status;
}

}  // namespace

std::vector<HttpStatus> LiveProxy::http() {
  std::vector<HttpStatus> all;
  for (const proxy::ServiceStats& service : proxy_.statistics().services) {
    HttpStatus& status = all.emplace_back();
    status.service = service.name;
    status.connections = service.connections;
    status.active = service.active_requests;
    status.requests = service.requests();
    status.success = service.by_server[1];
    status.redirect = service.by_server[2];
    status.client_error = service.by_server[3];
    status.server_error = service.by_server[4];
    for (const uint64_t count : service.by_appliance) status.own += count;
    status.retries = service.retries;
    status.http2 = http2Of(service);
    status.websockets = service.websockets;
    status.active_websockets = service.active_websockets;
    status.p50 = service.total.percentile(0.50);
    status.p95 = service.total.percentile(0.95);
    status.p99 = service.total.percentile(0.99);
    for (size_t i = 1; i < service.causes.size(); ++i) {  // 0 is "none"
      if (const uint64_t count = service.causes[i]; count != 0)
        status.causes.emplace_back(proxy::name(static_cast<proxy::Cause>(i)), count);
    }
  }
  return all;
}

std::vector<RuleStatus> LiveProxy::rules() {
  std::vector<RuleStatus> all;
  for (const proxy::RuleStats& rule : proxy_.statistics().rules)
    all.push_back(
        {rule.service, rule.rule, rule.requests, rule.limited, rule.tarpitted, rule.mirrored});
  return all;
}

std::vector<BalanceStatus> LiveProxy::balance() {
  std::vector<BalanceStatus> all;
  const proxy::ProxyStats stats = proxy_.statistics();
  for (const proxy::PoolStats& pool : stats.pools) {
    const size_t place = all.size();
    BalanceStatus whole{.pool = pool.pool, .state = std::string(name(pool.breaker))};
    whole.waiting = pool.waiting;
    whole.opened = pool.opened;
    whole.queued = pool.queued;
    whole.turned_away = pool.queue_full + pool.queue_timeouts + pool.refused;
    for (const proxy::MemberStats& member : stats.members) {
      if (member.pool != pool.pool) continue;
      BalanceStatus& row = all.emplace_back();
      row.pool = member.pool;
      row.member = member.endpoint.toString();
      row.state = member.ejected ? "ejected" : std::string(name(member.breaker));
      row.active = member.active;
      for (const uint64_t count : member.by_server) row.requests += count;
      row.failures = member.failures + member.connect_failures;
      row.opened = member.opened;
      row.ejections = member.ejections;
      row.http2 = {member.http2_active_connections,
                   member.http2_streams,
                   member.http2_active_streams,
                   member.http2_resets,
                   member.http2_goaways,
                   member.http2_refusals};
      whole.active += row.active;
      whole.requests += row.requests;
      whole.failures += row.failures;
    }
    all.insert(all.begin() + static_cast<std::ptrdiff_t>(place), whole);
  }
  return all;
}

std::vector<PersistenceStatus> LiveProxy::persistence(size_t most) {
  const auto now = proxy::steadyTime();
  std::vector<PersistenceStatus> all;
  for (const auto& row : proxy_.persistence(most))
    all.push_back({row.service, row.pool, row.kind, row.shown, row.member, row.until - now});
  return all;
}

std::vector<DataGroupStatus> LiveProxy::dataGroups() {
  std::vector<DataGroupStatus> all;
  for (const DataGroup& group : control_.config().data_groups) {
    DataGroupStatus& status = all.emplace_back();
    status.name = group.name;
    status.entries = proxy_.groupEntries(group);
    const auto edits = proxy_.groupEdits().find(group.name);
    if (edits == proxy_.groupEdits().end()) continue;
    status.added = edits->second.added.size();
    status.removed = edits->second.removed.size();
  }
  return all;
}

Result<void> LiveProxy::editGroup(const std::string& group, bool add,
                                  const DataGroup::Entry& entry) {
  using Edit = proxy::Proxy::GroupEdit;
  if (auto done = proxy_.editGroup(group, add ? Edit::kAdd : Edit::kRemove, entry); !done)
    return done;
  return replan();
}

Result<void> LiveProxy::resetGroup(const std::string& group) {
  if (auto done = proxy_.resetGroup(group); !done) return done;
  return replan();
}

Result<HttpExplanation> LiveProxy::explainHttp(const std::string& text, const IpAddress& client,
                                               const std::string& service) {
  auto query = proxy::parseHttpQuery(text);
  if (!query) return query.error();
  query->client = client;
  query->virtual_name = service;
  const auto groups = proxy::makeGroups(control_.config(), proxy_.groupEdits());
  auto got = proxy::explainHttp(control_.config(), *query, groups);
  if (!got) return got.error();
  HttpExplanation result{got->request, got->virtual_name, got->refused, got->outcome, got->head,
                         {},           got->notes};
  for (const auto& rule : got->rules)
    result.rules.push_back({rule.name, rule.reason, rule.matches});
  return result;
}

}  // namespace sluice
