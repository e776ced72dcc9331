// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/tls_watch.h"

#include <algorithm>
#include <numeric>

namespace sluice::proxy {
namespace {

using std::chrono::sys_seconds;

bool isTold(tls::HandshakeFailure failure) {
  return failure != tls::HandshakeFailure::kNone && failure != tls::HandshakeFailure::kClosed;
}

CertificateState stateBetween(sys_seconds from, sys_seconds until, sys_seconds now) {
  constexpr std::chrono::seconds kMonth = std::chrono::days(30);
  if (now < from) return CertificateState::kNotYet;
  if (now >= until) return CertificateState::kExpired;
  return until - now <= std::min(kMonth, (until - from) / 3) ? CertificateState::kExpiring
                                                             : CertificateState::kValid;
}

}  // namespace

std::string_view name(CertificateState state) {
  constexpr std::string_view kNames[] = {"not yet valid", "valid", "expiring", "expired"};
  return kNames[static_cast<size_t>(state)];
}

CertificateState stateOf(const tls::Certificate& certificate, sys_seconds now) {
  return stateBetween(certificate.notBefore(), certificate.notAfter(), now);
}

CertificateState stateOf(const tls::OcspResponse& response, sys_seconds now) {
  return stateBetween(response.from(), response.until(), now);
}

void TlsWatch::take(const std::vector<CertificateInForce>& certificates, const ProxyStats& stats,
                    uint64_t now_ns) {
  takeCertificates(certificates);
  for (const ServiceStats& service : stats.services) takeFailures(service, now_ns);
  for (const MemberStats& member : stats.members) takeFailures(member, now_ns);
}

uint64_t TlsWatch::Failures::take(uint64_t count) {
  const uint64_t before = std::exchange(seen, count);
  return count < before ? count : count - before;
}

template <const EventKind& kLoaded, const EventKind& kExpiring, const EventKind& kExpired>
TlsWatch::Told TlsWatch::tell(const ToldMap& before, const CertificateInForce& row, const Told& now,
                              sys_seconds until) {
  const std::string& serial = row.certificate->serial();
  const auto known = before.find(row.name);
  const bool fresh = known == before.end() || known->second.identity != now.identity;
  if (fresh) log_.emit<kLoaded>(row.name, serial, formatTime(until));
  const CertificateState old = fresh ? CertificateState::kValid : known->second.state;
  if (now.state != old && now.state == CertificateState::kExpiring)
    log_.emit<kExpiring>(row.name, serial, formatTime(until));
  if (now.state != old && now.state == CertificateState::kExpired)
    log_.emit<kExpired>(row.name, serial, formatTime(until));
  return now;
}

void TlsWatch::takeCertificates(const std::vector<CertificateInForce>& certificates) {
  using namespace events;  // NOLINT: the six below
  const auto now = std::chrono::floor<std::chrono::seconds>(log_.now());
  ToldMap of_certificates, of_responses;
  for (const CertificateInForce& row : certificates) {
    const tls::Certificate& certificate = *row.certificate;
    of_certificates[row.name] = tell<kCertificateLoaded, kCertificateExpiring, kCertificateExpired>(
        certificates_, row, {certificate.serial(), stateOf(certificate, now)},
        certificate.notAfter());
    const tls::OcspResponse* response = certificate.ocsp();
    if (response == nullptr) continue;
    of_responses[row.name] = tell<kOcspLoaded, kOcspExpiring, kOcspExpired>(
        responses_, row, {response->der(), stateOf(*response, now)}, response->until());
  }
  certificates_ = std::move(of_certificates);
  responses_ = std::move(of_responses);
}

void TlsWatch::takeFailures(const ServiceStats& service, uint64_t now_ns) {
  for (size_t i = 0; i < service.handshake_failures.size(); ++i) {
    const auto failure = static_cast<tls::HandshakeFailure>(i);
    if (!isTold(failure)) continue;
    const uint64_t count = service.handshake_failures[i];
    const auto known = failures_.find({service.name, failure});
    if (known == failures_.end() && count == 0) continue;
    Failures& entry = failures_[{service.name, failure}];
    const uint64_t more = entry.take(count);
    switch (entry.episode.take(more, more != 0, more != 0, now_ns)) {
      case Episode::Change::kBegins:
        log_.emit<events::kHandshakesFailing>(service.name, tls::name(failure), more);
        break;
      case Episode::Change::kEnds:
        log_.emit<events::kHandshakesRecovered>(service.name, tls::name(failure),
                                                entry.episode.count, entry.episode.seconds());
        break;
      case Episode::Change::kNone:
        break;
    }
  }
}

// All reasons together; the most frequent one is named.
void TlsWatch::takeFailures(const MemberStats& member, uint64_t now_ns) {
  const auto& counts = member.handshake_failures;
  const uint64_t count = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  const std::pair key(member.pool, member.endpoint);
  if (count == 0 && of_members_.count(key) == 0) return;
  Failures& entry = of_members_[key];
  const uint64_t more = entry.take(count);
  const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
  const std::string name = member.endpoint.toString();
  switch (entry.episode.take(more, more != 0, more != 0, now_ns)) {
    case Episode::Change::kBegins:
      log_.emit<events::kMemberHandshakesFailing>(
          member.pool, name, tls::name(static_cast<tls::HandshakeFailure>(most)), more);
      break;
    case Episode::Change::kEnds:
      log_.emit<events::kMemberHandshakesRecovered>(member.pool, name, entry.episode.count,
                                                    entry.episode.seconds());
      break;
    case Episode::Change::kNone:
      break;
  }
}

}  // namespace sluice::proxy
