// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/server_context.h"

#include <openssl/err.h>
#include <openssl/sha.h>

#include <algorithm>

namespace sluice::tls {
namespace {

constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kSuites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kGroups[] = "X25519:P-256:P-384";

// Length-prefixed names, one behind the other.
std::string toWire(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    wire += static_cast<char>(protocol.size());
    wire += protocol;
  }
  return wire;
}

bool exactly(const Certificate& certificate, const std::string& name) {
  const auto& names = certificate.names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool useCertificate(SSL* ssl, const Certificate& certificate) {
  STACK_OF(X509)* rest = sk_X509_new_null();
  for (size_t i = 1; i < certificate.chain().size(); ++i)
    sk_X509_push(rest, certificate.chain()[i].get());
  const bool good = SSL_use_cert_and_key(ssl, certificate.leaf(), certificate.key(), rest, 1) == 1;
  sk_X509_free(rest);
  return good;
}

}  // namespace

Result<std::shared_ptr<const ServerContext>> ServerContext::make(
    ServerSettings settings, std::shared_ptr<TicketKeys> tickets) {
  std::shared_ptr<ServerContext> context(new ServerContext);
  context->settings_ = std::move(settings);
  context->tickets_ = std::move(tickets);
  if (auto good = context->setUp(); !good) return good.error();
  return std::shared_ptr<const ServerContext>(std::move(context));
}

Result<void> ServerContext::setUp() {
  context_.reset(SSL_CTX_new(TLS_server_method()));
  if (!context_) return Error{ErrorCode::kInternal, "TLS: " + takeErrors()};
  SSL_CTX* context = context_.get();
  const bool modern = settings_.policy == Policy::kModern;
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Sessions are in tickets: nothing is kept here for clients that may never come back.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  unsigned char scope[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(settings_.session_scope.data()),
         settings_.session_scope.size(), scope);
  const bool good =
      SSL_CTX_set_min_proto_version(context, modern ? TLS1_3_VERSION : TLS1_2_VERSION) == 1 &&
      SSL_CTX_set_cipher_list(context, kCiphers) == 1 &&
      SSL_CTX_set_ciphersuites(context, kSuites) == 1 &&
      SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
      SSL_CTX_set_session_id_context(context, scope, sizeof scope) == 1;
  if (!good) return Error{ErrorCode::kInvalidInput, "TLS: " + takeErrors()};
  tickets_->attachTo(context);
  SSL_CTX_set_tlsext_servername_callback(context, onName);
  SSL_CTX_set_tlsext_servername_arg(context, this);
  SSL_CTX_set_cert_cb(context, onCertificate, this);
  protocols_ = toWire(settings_.protocols);
  if (!protocols_.empty()) SSL_CTX_set_alpn_select_cb(context, onProtocols, this);
  return {};
}

SslPtr ServerContext::newConnection() const {
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl) SSL_set_accept_state(ssl.get());
  return ssl;
}

// At most one of each key type. Empty: none covers the name.
std::vector<const Certificate*> ServerContext::choose(const char* name) const {
  std::vector<const Certificate*> chosen;
  const auto take = [&](const Certificate& certificate) {
    for (const Certificate* other : chosen) {
      if (other->keyType() == certificate.keyType()) return;
    }
    chosen.push_back(&certificate);
  };
  std::string wanted = name;
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& certificate : settings_.certificates) {
    if (exactly(*certificate, wanted)) take(*certificate);
  }
  for (const auto& certificate : settings_.certificates) {
    if (certificate->covers(wanted)) take(*certificate);
  }
  return chosen;
}

int ServerContext::onName(SSL* ssl, int* alert, void* self) {
  const auto& context = *static_cast<const ServerContext*>(self);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name != nullptr && !context.choose(name).empty()) return SSL_TLSEXT_ERR_OK;
  if (!context.settings_.strict_names) return SSL_TLSEXT_ERR_NOACK;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int ServerContext::onCertificate(SSL* ssl, void* self) {
  const auto& context = *static_cast<const ServerContext*>(self);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  std::vector<const Certificate*> chosen;
  if (name != nullptr) chosen = context.choose(name);
  if (chosen.empty()) {
    const Certificate& first = *context.settings_.certificates[0];
    chosen = first.names().empty() ? std::vector<const Certificate*>{}
                                   : context.choose(first.names()[0].c_str());
    if (chosen.empty()) chosen = {&first};
  }
  return std::all_of(
             chosen.begin(), chosen.end(),
             [&](const Certificate* certificate) { return useCertificate(ssl, *certificate); })
             ? 1
             : 0;
}

int ServerContext::onProtocols(SSL*, const unsigned char** out, unsigned char* out_size,
                               const unsigned char* in, unsigned in_size, void* self) {
  const std::string& ours = static_cast<const ServerContext*>(self)->protocols_;
  unsigned char* chosen = nullptr;
  const int result =
      SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned>(ours.size()), in, in_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace sluice::tls
