// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/pem_file.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::tls {
namespace {

// A pass phrase would have to be somewhere, and nobody is there to be asked.
int noPassPhrase(char*, int, int, void*) { return -1; }

// All that `read` finds; `what` they are, for messages.
template <typename Ptr, typename Read>
Result<std::vector<Ptr>> readAll(const std::string& file, const std::string& what, Read read) {
  auto bio = openFile(file);
  if (!bio) return bio.error();
  std::vector<Ptr> all;
  while (auto* next = read(bio->get(), nullptr, nullptr, nullptr)) all.emplace_back(next);
  const unsigned long last = ERR_peek_last_error();
  const std::string errors = takeErrors();
  if (all.empty()) return invalidFile(file, "holds no " + what + " in PEM form");
  if (ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
    return invalidFile(file, what + " " + std::to_string(all.size() + 1) + ": " + errors);
  return all;
}

}  // namespace

Error invalidFile(const std::string& file, const std::string& what) {
  return {ErrorCode::kInvalidInput, file + ": " + what};
}

Result<BioPtr> openFile(const std::string& file, bool is_private) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat state {};
  if (fd < 0 || ::fstat(fd, &state) != 0) {
    const Error error{ErrorCode::kIo, file + ": " + std::strerror(errno)};
    if (fd >= 0) ::close(fd);
    return error;
  }
  FILE* stream = ::fdopen(fd, "r");
  BioPtr bio(BIO_new_fp(stream, BIO_CLOSE));
  if (!S_ISREG(state.st_mode)) return invalidFile(file, "is no file");
  if (is_private && (state.st_mode & 077) != 0)
    return invalidFile(file, "others may read this key; expected mode 0600 (chmod 600)");
  return bio;
}

Result<std::vector<X509Ptr>> readCertificates(const std::string& file) {
  return readAll<X509Ptr>(file, "certificate", PEM_read_bio_X509);
}

Result<std::vector<CrlPtr>> readRevocations(const std::string& file) {
  return readAll<CrlPtr>(file, "list of revoked certificates", PEM_read_bio_X509_CRL);
}

Result<KeyPtr> readPrivateKey(const std::string& file) {
  auto bio = openFile(file, true);
  if (!bio) return bio.error();
  KeyPtr key(PEM_read_bio_PrivateKey(bio->get(), nullptr, noPassPhrase, nullptr));
  takeErrors();
  if (!key) return invalidFile(file, "holds no private key in PEM form, or one with a pass phrase");
  return key;
}

}  // namespace sluice::tls
