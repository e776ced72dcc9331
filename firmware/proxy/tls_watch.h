// SPDX-License-Identifier: Apache-2.0
// Events about TLS: certificates and OCSP responses that come into force and expire, handshakes
// that fail.
//
// Call take() about once a second. A certificate is expiring in its last 30 days, or the last third
// of its life if that is shorter; so is an OCSP response. Failing handshakes are one event for each
// virtual and reason, or each member, when they begin, and one when there were none for ten
// seconds. Connections of clients that end without a word are no failure: monitors do that.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "firmware/proxy/proxy_assets.h"
#include "firmware/proxy/proxy_stats.h"
#include "firmware/telemetry/episode.h"
#include "firmware/telemetry/event_log.h"

namespace sluice::proxy {

enum class CertificateState : uint8_t { kNotYet, kValid, kExpiring, kExpired };
std::string_view name(CertificateState state);
CertificateState stateOf(const tls::Certificate& certificate, std::chrono::sys_seconds now);
CertificateState stateOf(const tls::OcspResponse& response, std::chrono::sys_seconds now);

class TlsWatch {
 public:
  // Borrows the log, which must outlive this. Time of day is the log's.
  explicit TlsWatch(EventLog& log) : log_(log) {}

  void take(const std::vector<CertificateInForce>& certificates, const ProxyStats& stats,
            uint64_t now_ns);

 private:
  struct Told {
    std::string identity;
    CertificateState state = CertificateState::kValid;
  };
  using ToldMap = std::map<std::string, Told>;  // by certificate
  struct Failures {
    // How many are new; counters begin anew with what has the same name.
    uint64_t take(uint64_t count);
    uint64_t seen = 0;
    Episode episode;
  };

  // What is to be told of one that comes into force or goes on, and is to be known next time.
  template <const EventKind& kLoaded, const EventKind& kExpiring, const EventKind& kExpired>
  Told tell(const ToldMap& before, const CertificateInForce& row, const Told& now,
            std::chrono::sys_seconds until);
  void takeCertificates(const std::vector<CertificateInForce>& certificates);
  void takeFailures(const ServiceStats& service, uint64_t now_ns);
  void takeFailures(const MemberStats& member, uint64_t now_ns);

  EventLog& log_;
  ToldMap certificates_, responses_;
  std::map<std::pair<std::string, tls::HandshakeFailure>, Failures> failures_;
  std::map<std::pair<std::string, Endpoint>, Failures> of_members_;  // by pool and member
};

}  // namespace sluice::proxy
