// SPDX-License-Identifier: Apache-2.0
// TLS towards clients: versions, ciphers, certificates, as one virtual offers them. Immutable: a
// renewed certificate makes a new context, and connections keep the one they began with.
//
//   name asked for (SNI)   the certificates that cover it, exactly before by wildcard
//   none, or unknown       the first certificate; with strict: the handshake fails
//
// Of the certificates that fit, one of each key type is offered: clients that know ECDSA get that.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/tls/certificate.h"
#include "firmware/tls/key_log.h"
#include "firmware/tls/policy.h"
#include "firmware/tls/ticket_keys.h"
#include "firmware/tls/trust.h"

namespace sluice::tls {

// Whether clients are asked for a certificate. kRequest: those without one, or with one that is not
// believed, get through; ConnectionFacts tell.
enum class ClientCertificates : uint8_t { kNone, kRequest, kRequire };

struct ServerSettings {
  std::vector<std::shared_ptr<const Certificate>> certificates;  // at least one
  Policy policy = Policy::kIntermediate;
  bool strict_names = false;
  std::vector<std::string> protocols;  // ALPN, preferred first; empty: none is agreed on
  std::string session_scope;           // sessions are resumed within it: the virtual's name
  ClientCertificates client_certificates = ClientCertificates::kNone;
  std::shared_ptr<const Trust> client_trust;  // unless kNone
  int client_depth = 4;                       // intermediates, at most
  std::shared_ptr<const KeyLog> key_log;      // null: none
};

class ServerContext {
 public:
  // `tickets` outlives the context and its connections. kInvalidInput: names what OpenSSL refuses.
  static Result<std::shared_ptr<const ServerContext>> make(ServerSettings settings,
                                                           std::shared_ptr<TicketKeys> tickets);

  // For one connection, without a transport. Null: out of memory. Outlived by the context.
  SslPtr newConnection() const;

  const ServerSettings& settings() const { return settings_; }

 private:
  ServerContext() = default;
  Result<void> setUp();
  void setUpClientCertificates();
  std::vector<const Certificate*> choose(const char* name) const;
  static int onName(SSL* ssl, int* alert, void* self);
  static int onCertificate(SSL* ssl, void* self);
  static int onFlaw(int good, X509_STORE_CTX* verification);
  static int onStatus(SSL* ssl, void* self);
  static int onProtocols(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                         const unsigned char* in, unsigned in_size, void* self);

  ServerSettings settings_;
  std::shared_ptr<TicketKeys> tickets_;
  std::string protocols_;  // as on the wire
  ContextPtr context_;
};

}  // namespace sluice::tls
