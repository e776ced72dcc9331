// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/trust.h"

#include <openssl/sha.h>

#include "firmware/tls/pem_file.h"

namespace sluice::tls {
namespace {

template <typename T>
std::string derOf(T* object, int (*encode)(const T*, unsigned char**)) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  std::string der(reinterpret_cast<char*>(bytes), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

Result<std::shared_ptr<const Trust>> Trust::load(const std::string& authority_file,
                                                 const std::string& crl_file) {
  auto trust = std::make_shared<Trust>();
  auto authorities = readCertificates(authority_file);
  if (!authorities) return authorities.error();
  trust->authorities_ = std::move(*authorities);
  trust->store_.reset(X509_STORE_new());
  for (const X509Ptr& authority : trust->authorities_) {
    X509_STORE_add_cert(trust->store_.get(), authority.get());
    trust->note(derOf<X509>(authority.get(), i2d_X509));
  }
  if (!crl_file.empty()) {
    auto lists = readRevocations(crl_file);
    if (!lists) return lists.error();
    for (const CrlPtr& list : *lists) {
      X509_STORE_add_crl(trust->store_.get(), list.get());
      trust->note(derOf<X509_CRL>(list.get(), i2d_X509_CRL));
    }
    X509_STORE_set_flags(trust->store_.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  }
  return std::shared_ptr<const Trust>(std::move(trust));
}

void Trust::note(const std::string& data) {
  const std::string all = digest_ + data;
  unsigned char sum[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(), sum);
  digest_.assign(reinterpret_cast<const char*>(sum), sizeof sum);
}

void Trust::attachTo(SSL_CTX* context) const {
  SSL_CTX_set1_verify_cert_store(context, store_.get());
}

void Trust::nameTo(SSL_CTX* context) const {
  for (const X509Ptr& authority : authorities_) SSL_CTX_add_client_CA(context, authority.get());
}

}  // namespace sluice::tls
