// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/tls_watch.h"

#include <algorithm>

namespace sluice::proxy {
namespace {

using std::chrono::sys_seconds;

bool isTold(tls::HandshakeFailure failure) {
  return failure != tls::HandshakeFailure::kNone && failure != tls::HandshakeFailure::kClosed;
}

}  // namespace

std::string_view name(CertificateState state) {
  constexpr std::string_view kNames[] = {"not yet valid", "valid", "expiring", "expired"};
  return kNames[static_cast<size_t>(state)];
}

CertificateState stateOf(const tls::Certificate& certificate, sys_seconds now) {
  constexpr std::chrono::seconds kMonth = std::chrono::days(30);
  const sys_seconds from = certificate.notBefore(), until = certificate.notAfter();
  if (now < from) return CertificateState::kNotYet;
  if (now >= until) return CertificateState::kExpired;
  return until - now <= std::min(kMonth, (until - from) / 3) ? CertificateState::kExpiring
                                                             : CertificateState::kValid;
}

void TlsWatch::take(const std::vector<CertificateInForce>& certificates, const ProxyStats& stats,
                    uint64_t now_ns) {
  takeCertificates(certificates);
  for (const ServiceStats& service : stats.services) takeFailures(service, now_ns);
}

void TlsWatch::takeCertificates(const std::vector<CertificateInForce>& certificates) {
  const auto now = std::chrono::floor<std::chrono::seconds>(log_.now());
  std::map<std::string, Told> told;
  for (const CertificateInForce& row : certificates) {
    const tls::Certificate& certificate = *row.certificate;
    const std::string until = formatTime(certificate.notAfter());
    const auto before = told_.find(row.name);
    const bool fresh = before == told_.end() || before->second.serial != certificate.serial();
    if (fresh) log_.emit<events::kCertificateLoaded>(row.name, certificate.serial(), until);
    const CertificateState state = stateOf(certificate, now);
    const CertificateState old = fresh ? CertificateState::kValid : before->second.state;
    if (state != old && state == CertificateState::kExpiring)
      log_.emit<events::kCertificateExpiring>(row.name, certificate.serial(), until);
    if (state != old && state == CertificateState::kExpired)
      log_.emit<events::kCertificateExpired>(row.name, certificate.serial(), until);
    told[row.name] = {certificate.serial(), state};
  }
  told_ = std::move(told);
}

void TlsWatch::takeFailures(const ServiceStats& service, uint64_t now_ns) {
  for (size_t i = 0; i < service.handshake_failures.size(); ++i) {
    const auto failure = static_cast<tls::HandshakeFailure>(i);
    if (!isTold(failure)) continue;
    const uint64_t count = service.handshake_failures[i];
    const auto known = failures_.find({service.name, failure});
    if (known == failures_.end() && count == 0) continue;
    Failures& entry = failures_[{service.name, failure}];
    // Counters begin anew with a virtual of the same name.
    const uint64_t more = count < entry.seen ? count : count - entry.seen;
    entry.seen = count;
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

}  // namespace sluice::proxy
