// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/persistence_cookie.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "firmware/tls/openssl_ptr.h"

namespace sluice::proxy {
namespace {

constexpr size_t kNonce = 12, kTag = 16;
constexpr size_t kPlain = 20;  // version of IP, address, port, zero
constexpr size_t kSealed = kNonce + kPlain + kTag;
static_assert(kSealed % 3 == 0);  // every digit of the text means something
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Plain = std::array<unsigned char, kPlain>;
using Sealed = std::array<unsigned char, kSealed>;
using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, tls::Free<EVP_CIPHER_CTX_free>>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Plain toBytes(const Endpoint& member) {
  Plain plain{};
  plain[0] = member.address.v6 ? 6 : 4;
  std::copy_n(member.address.bytes.begin(), 16, plain.begin() + 1);
  plain[17] = static_cast<unsigned char>(member.port >> 8);
  plain[18] = static_cast<unsigned char>(member.port);
  return plain;
}

Endpoint fromBytes(const Plain& plain) {
  Endpoint member;
  member.address.v6 = plain[0] == 6;
  std::copy_n(plain.begin() + 1, 16, member.address.bytes.begin());
  member.port = static_cast<uint16_t>(plain[17] << 8 | plain[18]);
  return member;
}

// base64url (RFC 4648 section 5): three bytes become four digits.
std::string toText(const Sealed& sealed) {
  std::string text;
  for (size_t i = 0; i < kSealed; i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | sealed[i + j];
    for (int shift = 18; shift >= 0; shift -= 6) text += kDigits[group >> shift & 63];
  }
  return text;
}

bool fromText(std::string_view text, Sealed& sealed) {
  if (text.size() != kSealed / 3 * 4) return false;
  for (size_t i = 0; i < text.size(); i += 4) {
    uint32_t group = 0;
    for (size_t j = 0; j < 4; ++j) {
      const size_t digit = kDigits.find(text[i + j]);
      if (digit == std::string_view::npos) return false;
      group = group << 6 | static_cast<uint32_t>(digit);
    }
    for (size_t j = 0; j < 3; ++j)
      sealed[i / 4 * 3 + j] = static_cast<unsigned char>(group >> (16 - 8 * j));
  }
  return true;
}

}  // namespace

PersistenceCookie::PersistenceCookie() {
  // Without random numbers there is no secret to keep.
  if (RAND_priv_bytes(key_.data(), static_cast<int>(key_.size())) != 1) std::abort();
}

PersistenceCookie::~PersistenceCookie() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::string PersistenceCookie::seal(std::string_view scope, const Endpoint& member) const {
  const Plain plain = toBytes(member);
  Sealed sealed{};
  unsigned char* data = sealed.data() + kNonce;
  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool good =
      RAND_bytes(sealed.data(), kNonce) == 1 &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), sealed.data()) ==
          1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes(scope),
                        static_cast<int>(scope.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), data, &size, plain.data(), kPlain) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), data + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, data + kPlain) == 1;
  if (!good) std::abort();
  return toText(sealed);
}

std::optional<Endpoint> PersistenceCookie::open(std::string_view scope,
                                                std::string_view value) const {
  Sealed sealed{};
  if (!fromText(value, sealed)) return std::nullopt;
  Plain plain{};
  unsigned char* data = sealed.data() + kNonce;
  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool good =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), sealed.data()) ==
          1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes(scope),
                        static_cast<int>(scope.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), plain.data(), &size, data, kPlain) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, data + kPlain) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), plain.data() + size, &size) == 1;
  if (!good) return std::nullopt;
  return fromBytes(plain);
}

}  // namespace sluice::proxy
