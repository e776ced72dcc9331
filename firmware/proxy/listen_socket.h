// SPDX-License-Identifier: Apache-2.0
// A socket that listens and is not served yet.
#pragma once

#include <utility>

#include "firmware/base/ip_address.h"
#include "firmware/base/result.h"

namespace sluice::proxy {

class ListenSocket {
 public:
  // Freely bound: the address may come to the kernel a moment later, or be checked for duplicates.
  // kIo says why not.
  static Result<ListenSocket> open(const Endpoint& endpoint);

  ListenSocket(ListenSocket&& other) noexcept
      : endpoint_(other.endpoint_), fd_(std::exchange(other.fd_, -1)) {}
  ListenSocket& operator=(ListenSocket&&) = delete;
  // Closes it, unless it was released.
  ~ListenSocket();

  const Endpoint& endpoint() const { return endpoint_; }
  // Whoever takes it has to close it.
  int release() { return std::exchange(fd_, -1); }

 private:
  ListenSocket(const Endpoint& endpoint, int fd) : endpoint_(endpoint), fd_(fd) {}

  Endpoint endpoint_;
  int fd_ = -1;
};

}  // namespace sluice::proxy
