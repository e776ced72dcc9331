// SPDX-License-Identifier: Apache-2.0
// TLS towards members: who they must prove to be, and what they are shown. Immutable, like what is
// offered to clients: a change makes a new context, and connections keep the one they began with.
//
// Sessions are resumed: of each member the last one is kept. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "firmware/base/ip_address.h"
#include "firmware/tls/certificate.h"
#include "firmware/tls/key_log.h"
#include "firmware/tls/policy.h"
#include "firmware/tls/trust.h"

namespace sluice::tls {

struct OutboundSettings {
  std::shared_ptr<const Trust> trust;  // null: members' certificates are not verified
  bool verify_name = true;             // with trust
  std::string server_name;             // asked for and verified; empty: the member's address is
                                       // verified, and nothing asked for
  std::shared_ptr<const Certificate> certificate;  // for members that want one; null: none
  Policy policy = Policy::kIntermediate;
  std::vector<std::string> protocols;     // ALPN, preferred first; empty: not said
  std::shared_ptr<const KeyLog> key_log;  // null: none
};

class OutboundContext {
 public:
  // kInvalidInput: names what OpenSSL refuses.
  static Result<std::shared_ptr<const OutboundContext>> make(OutboundSettings settings);

  // For one connection to that member, without a transport. Null: out of memory. Outlived by the
  // context.
  SslPtr newConnection(const Endpoint& member) const;

  const OutboundSettings& settings() const { return settings_; }

 private:
  struct Slot {
    std::mutex mutex;
    SessionPtr session;
  };

  OutboundContext() = default;
  Result<void> setUp();
  void expectMember(SSL* ssl, const Endpoint& member) const;
  Slot& slotOf(const Endpoint& member) const;
  static int onSession(SSL* ssl, SSL_SESSION* session);

  OutboundSettings settings_;
  ContextPtr context_;
  mutable std::mutex mutex_;
  mutable std::map<Endpoint, std::unique_ptr<Slot>> slots_;
};

}  // namespace sluice::tls
