// SPDX-License-Identifier: Apache-2.0
// What firmware terminates, as the management plane shows it: certificates, handshakes, requests.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "mgmt/core/managed_appliance.h"

namespace sluice {

// A certificate that is in force. Nothing of its key is here.
struct CertificateStatus {
  std::string name;
  std::vector<std::string> hosts;
  std::string key_type;  // "RSA 2048", "ECDSA P-256"
  std::string serial;    // hexadecimal
  std::string issuer;    // its common name
  WallTime from, until;
  std::string state;                  // valid, expiring, expired, not yet valid
  std::vector<std::string> virtuals;  // that offer it
  std::string ocsp = "none";          // state of its OCSP response
};

struct HandshakeStatus {
  std::string service;  // name of the virtual
  uint64_t full = 0, resumed = 0;
  std::vector<std::pair<std::string, uint64_t>> failed;  // by reason, none that is 0
  std::chrono::nanoseconds p50{0}, p99{0};               // duration of the good ones
};

// With a member that is spoken to by TLS.
struct MemberHandshakeStatus {
  std::string pool, member;
  uint64_t full = 0, resumed = 0;
  std::vector<std::pair<std::string, uint64_t>> failed;  // by reason, none that is 0
};

struct Http2Status {
  uint64_t connections = 0, active = 0, streams = 0, active_streams = 0;
  uint64_t resets = 0;                                    // of streams, by clients
  std::vector<std::pair<std::string, uint64_t>> goaways;  // by reason, none that is 0
};

struct HttpStatus {
  std::string service;                   // name of the virtual
  uint64_t connections = 0, active = 0;  // of clients: accepted, and requests under way
  uint64_t requests = 0;
  // Answered by servers, by class of status from 2xx; and by the appliance.
  uint64_t success = 0, redirect = 0, client_error = 0, server_error = 0, own = 0;
  uint64_t retries = 0;
  std::chrono::nanoseconds p50{0}, p95{0}, p99{0};       // of whole requests
  std::vector<std::pair<std::string, uint64_t>> causes;  // of `own` answers, none that is 0
  Http2Status http2;
};

struct RuleStatus {
  std::string service, rule;
  uint64_t requests = 0;  // that it was the first to match
};

class ProxySource {
 public:
  virtual ~ProxySource() = default;
  // In configuration order.
  virtual std::vector<CertificateStatus> certificates() = 0;
  virtual std::vector<HandshakeStatus> handshakes() = 0;
  // Of members that there was a handshake with.
  virtual std::vector<MemberHandshakeStatus> memberHandshakes() = 0;
  virtual std::vector<HttpStatus> http() = 0;
  virtual std::vector<RuleStatus> rules() = 0;
  // Where keys of TLS connections are written to; empty: nowhere.
  virtual std::string keyLog() = 0;
};

}  // namespace sluice
