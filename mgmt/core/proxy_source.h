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
  uint64_t websockets = 0, active_websockets = 0;
};

struct RuleStatus {
  std::string service, rule;
  uint64_t requests = 0;  // that it matched and counted for
  uint64_t limited = 0, held_up = 0, mirrored = 0;
};

// A pool or, with an endpoint, one of its members, by requests.
// Of a member that is spoken to by HTTP/2.
struct MemberHttp2Status {
  uint64_t active = 0, streams = 0, active_streams = 0;  // active: connections
  uint64_t resets = 0, goaways = 0;                      // by the member
  uint64_t not_spoken = 0;                               // connections that came to nothing
  bool any() const { return streams + not_spoken > 0; }
};

struct BalanceStatus {
  std::string pool, member;              // member: empty for the pool itself
  std::string state;                     // closed, open, trial, ejected
  uint64_t active = 0, waiting = 0;      // now
  uint64_t requests = 0, failures = 0;   // of members
  uint64_t opened = 0, ejections = 0;    // how often
  uint64_t queued = 0, turned_away = 0;  // of pools: waited; in vain, or while it was open
  MemberHttp2Status http2{};
};

struct PersistenceStatus {
  std::string service, pool, kind, client;  // client: a cookie's value only in part
  Endpoint member;
  std::chrono::nanoseconds left{0};
};

struct DataGroupStatus {
  std::string name;
  std::vector<DataGroup::Entry> entries;  // in effect
  size_t added = 0, removed = 0;          // by the console
};

// What becomes of a request (docs/http-rules.md).
struct HttpExplanation {
  struct OfRule {
    std::string name, reason;  // why it does not match
    bool matches = false;
  };
  std::string request, service, refused, outcome, head;
  std::vector<OfRule> rules;
  std::vector<std::string> notes;
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
  virtual std::vector<BalanceStatus> balance() = 0;
  // The `most` that came last.
  virtual std::vector<PersistenceStatus> persistence(size_t most) = 0;
  // Of all where not said; how many are forgotten.
  virtual size_t clearPersistence(const std::string& service, const std::string& pool,
                                  const std::optional<Endpoint>& member) = 0;
  virtual std::vector<DataGroupStatus> dataGroups() = 0;
  // Errors: there is no such group, it has the entry already, or does not have it.
  virtual Result<void> editGroup(const std::string& group, bool add,
                                 const DataGroup::Entry& entry) = 0;
  // What the console changed is forgotten.
  virtual Result<void> resetGroup(const std::string& group) = 0;
  // `text`: [METHOD] URL [-H HEADER]...; `service`: empty if the URL says which virtual.
  virtual Result<HttpExplanation> explainHttp(const std::string& text, const IpAddress& client,
                                              const std::string& service) = 0;
};

}  // namespace sluice
