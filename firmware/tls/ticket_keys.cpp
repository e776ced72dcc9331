// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>

namespace sluice::tls {
namespace {

// Where a context remembers whose keys it uses.
int slot() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

template <size_t N>
void fillRandom(std::array<unsigned char, N>& bytes) {
  // Without random numbers there is no security to offer.
  if (RAND_priv_bytes(bytes.data(), static_cast<int>(N)) != 1) std::abort();
}

bool setMac(EVP_MAC_CTX* mac, std::array<unsigned char, 32>& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

}  // namespace

TicketKeys::TicketKeys() { rotate(); }

TicketKeys::~TicketKeys() {
  for (Key& key : keys_) OPENSSL_cleanse(&key, sizeof key);
}

void TicketKeys::rotate() {
  Key key;
  fillRandom(key.name);
  fillRandom(key.cipher);
  fillRandom(key.mac);
  const std::lock_guard lock(mutex_);
  keys_.push_front(key);
  OPENSSL_cleanse(&key, sizeof key);
  if (keys_.size() <= kKept) return;
  OPENSSL_cleanse(&keys_.back(), sizeof(Key));
  keys_.pop_back();
}

void TicketKeys::attachTo(SSL_CTX* context) {
  SSL_CTX_set_ex_data(context, slot(), this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, callback);
}

int TicketKeys::callback(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, int encrypting) {
  auto* keys = static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot()));
  return encrypting != 0 ? keys->encrypt(name, iv, cipher, mac)
                         : keys->decrypt(name, iv, cipher, mac);
}

int TicketKeys::encrypt(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                        EVP_MAC_CTX* mac) {
  const std::lock_guard lock(mutex_);
  Key& key = keys_.front();
  if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
  std::copy(key.name.begin(), key.name.end(), name);
  const bool good =
      EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) == 1 &&
      setMac(mac, key.mac);
  return good ? 1 : -1;
}

// 0: unknown, a full handshake follows; 1: good; 2: good, but the client gets a new ticket.
int TicketKeys::decrypt(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                        EVP_MAC_CTX* mac) {
  const std::lock_guard lock(mutex_);
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& other) {
    return std::equal(other.name.begin(), other.name.end(), name);
  });
  if (key == keys_.end()) return 0;
  const bool good =
      EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) == 1 &&
      setMac(mac, key->mac);
  if (!good) return -1;
  return key == keys_.begin() ? 1 : 2;
}

}  // namespace sluice::tls
