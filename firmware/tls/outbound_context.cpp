// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/outbound_context.h"

#include <openssl/x509v3.h>

#include "firmware/tls/alpn.h"

namespace sluice::tls {
namespace {

// Where connections know their slot.
int slotIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

Result<std::shared_ptr<const OutboundContext>> OutboundContext::make(OutboundSettings settings) {
  std::shared_ptr<OutboundContext> context(new OutboundContext);
  context->settings_ = std::move(settings);
  if (auto good = context->setUp(); !good) return good.error();
  return std::shared_ptr<const OutboundContext>(std::move(context));
}

Result<void> OutboundContext::setUp() {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_ || !applyPolicy(context_.get(), settings_.policy))
    return Error{ErrorCode::kInvalidInput, "TLS: " + takeErrors()};
  SSL_CTX* context = context_.get();
  SSL_CTX_set_verify(context, settings_.trust ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (settings_.trust) settings_.trust->attachTo(context);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, onSession);
  if (settings_.key_log) settings_.key_log->attachTo(context);
  if (settings_.protocols.empty()) return {};
  const std::string wire = alpnWire(settings_.protocols);
  const auto* bytes = reinterpret_cast<const unsigned char*>(wire.data());
  if (SSL_CTX_set_alpn_protos(context, bytes, static_cast<unsigned>(wire.size())) == 0) return {};
  return Error{ErrorCode::kInvalidInput, "TLS: " + takeErrors()};
}

SslPtr OutboundContext::newConnection(const Endpoint& member) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return nullptr;
  SSL_set_connect_state(ssl.get());
  if (settings_.certificate && !settings_.certificate->attachTo(ssl.get())) return nullptr;
  expectMember(ssl.get(), member);
  Slot& slot = slotOf(member);
  SSL_set_ex_data(ssl.get(), slotIndex(), &slot);
  const std::lock_guard lock(slot.mutex);
  if (slot.session) SSL_set_session(ssl.get(), slot.session.get());
  return ssl;
}

void OutboundContext::expectMember(SSL* ssl, const Endpoint& member) const {
  const std::string& name = settings_.server_name;
  if (!name.empty()) SSL_set_tlsext_host_name(ssl, name.c_str());
  if (!settings_.trust || !settings_.verify_name) return;
  if (name.empty()) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), member.address.toString().c_str());
  } else {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, name.c_str());
  }
}

OutboundContext::Slot& OutboundContext::slotOf(const Endpoint& member) const {
  const std::lock_guard lock(mutex_);
  auto& slot = slots_[member];
  if (!slot) slot = std::make_unique<Slot>();
  return *slot;
}

int OutboundContext::onSession(SSL* ssl, SSL_SESSION* session) {
  auto& slot = *static_cast<Slot*>(SSL_get_ex_data(ssl, slotIndex()));
  const std::lock_guard lock(slot.mutex);
  slot.session.reset(session);
  return 1;
}

}  // namespace sluice::tls
