// SPDX-License-Identifier: Apache-2.0
// Events about TLS: certificates that come into force and expire, handshakes that fail.
//
// Call take() about once a second. A certificate is expiring in its last 30 days, or the last third
// of its life if that is shorter. Failing handshakes are one event for each virtual and reason when
// they begin, and one when there were none for ten seconds. Connections that end without a word are
// no failure: monitors do that.
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

class TlsWatch {
 public:
  // Borrows the log, which must outlive this. Time of day is the log's.
  explicit TlsWatch(EventLog& log) : log_(log) {}

  void take(const std::vector<CertificateInForce>& certificates, const ProxyStats& stats,
            uint64_t now_ns);

 private:
  struct Told {
    std::string serial;
    CertificateState state = CertificateState::kValid;
  };
  struct Failures {
    uint64_t seen = 0;
    Episode episode;
  };

  void takeCertificates(const std::vector<CertificateInForce>& certificates);
  void takeFailures(const ServiceStats& service, uint64_t now_ns);

  EventLog& log_;
  std::map<std::string, Told> told_;  // by certificate
  std::map<std::pair<std::string, tls::HandshakeFailure>, Failures> failures_;
};

}  // namespace sluice::proxy
