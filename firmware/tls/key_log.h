// SPDX-License-Identifier: Apache-2.0
// The secrets of connections, written to a file so that captures of them can be decrypted (the
// format of NSS: SSLKEYLOGFILE). For laboratories: whoever has the file reads everything.
#pragma once

#include <memory>
#include <string>

#include "firmware/base/result.h"
#include "firmware/tls/openssl_ptr.h"

namespace sluice::tls {

class KeyLog {
 public:
  // Appends to the file; makes it, readable by its owner alone. kIo: cannot be written;
  // kInvalidInput: others may read it.
  static Result<std::shared_ptr<const KeyLog>> open(const std::string& file);
  ~KeyLog();
  KeyLog(const KeyLog&) = delete;
  KeyLog& operator=(const KeyLog&) = delete;

  const std::string& file() const { return file_; }
  // Connections of `context` are written down; outlives them. Any thread.
  void attachTo(SSL_CTX* context) const;

 private:
  KeyLog(std::string file, int fd) : file_(std::move(file)), fd_(fd) {}
  static void onLine(const SSL* ssl, const char* line);

  std::string file_;
  int fd_;
};

}  // namespace sluice::tls
