// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/ocsp_response.h"

#include <openssl/ocsp.h>

#include <ctime>

#include "firmware/tls/pem_file.h"

namespace sluice::tls {
namespace {

using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Free<OCSP_RESPONSE_free>>;
using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Free<OCSP_BASICRESP_free>>;
using IdPtr = std::unique_ptr<OCSP_CERTID, Free<OCSP_CERTID_free>>;

constexpr size_t kLargest = 65'535;

Result<std::string> readFile(const std::string& file) {
  auto bio = openFile(file);
  if (!bio) return bio.error();
  std::string data(kLargest + 1, '\0');
  size_t size = 0, got = 0;
  while (size < data.size() &&
         BIO_read_ex(bio->get(), data.data() + size, data.size() - size, &got) == 1)
    size += got;
  takeErrors();
  if (size > kLargest) return invalidFile(file, "is larger than 64 KiB");
  data.resize(size);
  return data;
}

std::chrono::sys_seconds timeOf(const ASN1_GENERALIZEDTIME* time) {
  std::tm fields{};
  ASN1_TIME_to_tm(time, &fields);
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&fields)));
}

// Whether it is about that certificate; `issuer` null: not known.
bool isAbout(OCSP_SINGLERESP* single, const X509* certificate, const X509* issuer) {
  auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
  ASN1_OBJECT* digest = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, &digest, nullptr, &serial, id);
  if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate)) != 0) return false;
  if (issuer == nullptr) return true;
  const EVP_MD* kind = EVP_get_digestbyobj(digest);
  if (kind == nullptr) return false;
  const IdPtr expected(OCSP_cert_to_id(kind, certificate, issuer));
  return expected && OCSP_id_cmp(expected.get(), id) == 0;
}

bool isSignedFor(OCSP_BASICRESP* basic, X509* issuer) {
  const StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), issuer);
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  STACK_OF(X509)* signers = sk_X509_new_null();
  sk_X509_push(signers, issuer);
  const bool good = OCSP_basic_verify(basic, signers, store.get(), 0) == 1;
  sk_X509_free(signers);
  takeErrors();
  return good;
}

}  // namespace

Result<std::shared_ptr<const OcspResponse>> OcspResponse::load(const std::string& file,
                                                               const std::vector<X509Ptr>& chain) {
  auto data = readFile(file);
  if (!data) return data.error();
  const auto* bytes = reinterpret_cast<const unsigned char*>(data->data());
  const ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(data->size())));
  const bool good =
      response && OCSP_response_status(response.get()) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
  const BasicPtr basic(good ? OCSP_response_get1_basic(response.get()) : nullptr);
  takeErrors();
  if (!basic) return invalidFile(file, "holds no successful OCSP response in DER form");

  X509* issuer = chain.size() > 1 ? chain[1].get() : nullptr;
  OCSP_SINGLERESP* single = nullptr;
  for (int i = 0; i < OCSP_resp_count(basic.get()) && single == nullptr; ++i) {
    OCSP_SINGLERESP* one = OCSP_resp_get0(basic.get(), i);
    if (isAbout(one, chain[0].get(), issuer)) single = one;
  }
  if (single == nullptr) return invalidFile(file, "is about another certificate");
  if (issuer != nullptr && !isSignedFor(basic.get(), issuer))
    return invalidFile(file, "is not signed by the issuer of the certificate");
  ASN1_GENERALIZEDTIME *from = nullptr, *until = nullptr;
  const int status = OCSP_single_get0_status(single, nullptr, nullptr, &from, &until);
  if (status != V_OCSP_CERTSTATUS_GOOD) {
    return invalidFile(file,
                       std::string("says that the certificate is ") + OCSP_cert_status_str(status));
  }
  auto made = std::make_shared<OcspResponse>();
  made->der_ = std::move(*data);
  made->from_ = timeOf(from);
  made->until_ = until != nullptr ? timeOf(until) : made->from_ + std::chrono::days(1);
  return std::shared_ptr<const OcspResponse>(std::move(made));
}

}  // namespace sluice::tls
