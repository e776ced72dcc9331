// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/key_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "firmware/tls/pem_file.h"

namespace sluice::tls {
namespace {

// Where contexts know their log.
int logIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

Result<std::shared_ptr<const KeyLog>> KeyLog::open(const std::string& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Error{ErrorCode::kIo, file + ": " + std::strerror(errno)};
  std::shared_ptr<const KeyLog> log(new KeyLog(file, fd));
  struct stat state {};
  if (::fstat(fd, &state) != 0 || !S_ISREG(state.st_mode) || (state.st_mode & 077) != 0)
    return invalidFile(file, "others may read it; expected a file of mode 0600");
  return log;
}

KeyLog::~KeyLog() { ::close(fd_); }

void KeyLog::attachTo(SSL_CTX* context) const {
  SSL_CTX_set_ex_data(context, logIndex(), const_cast<KeyLog*>(this));
  SSL_CTX_set_keylog_callback(context, onLine);
}

// A line is one write: those of several threads do not mix.
void KeyLog::onLine(const SSL* ssl, const char* line) {
  const auto* log =
      static_cast<const KeyLog*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), logIndex()));
  const std::string text = std::string(line) + "\n";
  // A disk that is full costs the capture, not the connection.
  if (::write(log->fd_, text.data(), text.size()) < 0) return;
}

}  // namespace sluice::tls
