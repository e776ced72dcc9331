// SPDX-License-Identifier: Apache-2.0
// Keys of session tickets. They belong to no certificate and no configuration, so that sessions
// are resumed across changes of both. New tickets are made with the newest key; tickets of the
// kept ones before are still taken, and replaced.
//
// Keys are random, live in memory only, and are wiped when they go. Any thread.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>

namespace sluice::tls {

class TicketKeys {
 public:
  static constexpr size_t kKept = 3;  // the newest included

  TicketKeys();
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // A new newest key. Call it a few times a day: a ticket is good for kKept - 1 rotations.
  void rotate();

  // Makes `context` use these keys, which must outlive it and its connections.
  void attachTo(SSL_CTX* context);

 private:
  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;  // AES-256-CBC
    std::array<unsigned char, 32> mac;     // HMAC-SHA-256
  };
  static int callback(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, int encrypting);
  int encrypt(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);
  int decrypt(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac);

  std::mutex mutex_;
  std::deque<Key> keys_;  // newest first
};

}  // namespace sluice::tls
