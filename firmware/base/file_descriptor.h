// SPDX-License-Identifier: Apache-2.0
// A file descriptor that is closed with its owner, and the operating system's errors as values.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "firmware/base/result.h"

namespace sluice {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// kIo with errno's sentence: "WHAT: Operation not permitted", then what would be right, if given.
inline Error systemError(const std::string& what, const std::string& hint = "") {
  std::string text = what + ": " + std::strerror(errno);
  if (!hint.empty()) text += "\n  " + hint;
  return {ErrorCode::kIo, std::move(text)};
}

}  // namespace sluice
