// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/server_context.h"

#include <openssl/err.h>
#include <openssl/sha.h>

#include <algorithm>

#include "firmware/tls/alpn.h"

namespace sluice::tls {
namespace {

bool exactly(const Certificate& certificate, const std::string& name) {
  const auto& names = certificate.names();
  return std::find(names.begin(), names.end(), name) != names.end();
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
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Sessions are in tickets: nothing is kept here for clients that may never come back.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // A session is believed as long as those would be who could vouch for it.
  std::string scope_text = settings_.session_scope;
  if (settings_.client_trust) scope_text += '\0' + settings_.client_trust->digest();
  unsigned char scope[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(scope_text.data()), scope_text.size(), scope);
  const bool good = applyPolicy(context, settings_.policy) &&
                    SSL_CTX_set_session_id_context(context, scope, sizeof scope) == 1;
  if (!good) return Error{ErrorCode::kInvalidInput, "TLS: " + takeErrors()};
  tickets_->attachTo(context);
  setUpClientCertificates();
  if (settings_.key_log) settings_.key_log->attachTo(context);
  SSL_CTX_set_tlsext_servername_callback(context, onName);
  SSL_CTX_set_tlsext_servername_arg(context, this);
  SSL_CTX_set_cert_cb(context, onCertificate, this);
  SSL_CTX_set_tlsext_status_cb(context, onStatus);
  SSL_CTX_set_tlsext_status_arg(context, this);
  protocols_ = alpnWire(settings_.protocols);
  if (!protocols_.empty()) SSL_CTX_set_alpn_select_cb(context, onProtocols, this);
  return {};
}

void ServerContext::setUpClientCertificates() {
  if (settings_.client_certificates == ClientCertificates::kNone) return;
  const bool required = settings_.client_certificates == ClientCertificates::kRequire;
  settings_.client_trust->attachTo(context_.get());
  settings_.client_trust->nameTo(context_.get());
  SSL_CTX_set_verify_depth(context_.get(), settings_.client_depth);
  if (required) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  } else {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, onFlaw);
  }
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
  return std::all_of(chosen.begin(), chosen.end(),
                     [&](const Certificate* certificate) { return certificate->attachTo(ssl); })
             ? 1
             : 0;
}

// Ends no handshake. What was wrong first is the result of the verification; what is found behind
// it follows from that.
int ServerContext::onFlaw(int good, X509_STORE_CTX* verification) {
  static const int index = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  if (good == 1) return 1;
  auto first = reinterpret_cast<intptr_t>(X509_STORE_CTX_get_ex_data(verification, index));
  if (first == 0) first = X509_STORE_CTX_get_error(verification);
  X509_STORE_CTX_set_ex_data(verification, index, reinterpret_cast<void*>(first));
  X509_STORE_CTX_set_error(verification, static_cast<int>(first));
  return 1;
}

// The response about the certificate that is used, as long as it is good for anything.
int ServerContext::onStatus(SSL* ssl, void* self) {
  const X509* used = SSL_get_certificate(ssl);
  for (const auto& certificate : static_cast<const ServerContext*>(self)->settings_.certificates) {
    const OcspResponse* response = certificate->ocsp();
    if (certificate->leaf() != used || response == nullptr) continue;
    if (!response->current(std::chrono::system_clock::now())) continue;
    const std::string& der = response->der();
    SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup(der.data(), der.size()),
                                    static_cast<long>(der.size()));
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
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
