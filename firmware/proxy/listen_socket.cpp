// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/listen_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "firmware/proxy/stream.h"

namespace sluice::proxy {

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<ListenSocket> ListenSocket::open(const Endpoint& endpoint) {
  const auto address = toAsio(endpoint);
  const int fd = ::socket(endpoint.address.v6 ? AF_INET6 : AF_INET,
                          SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  bool good = fd >= 0;
  for (const int option : {SO_REUSEADDR, SO_REUSEPORT})
    good = good && ::setsockopt(fd, SOL_SOCKET, option, &on, sizeof on) == 0;
  if (endpoint.address.v6) {
    good = good && ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0 &&
           ::setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on) == 0;
  } else {
    good = good && ::setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on) == 0;
  }
  good = good && ::bind(fd, address.data(), static_cast<socklen_t>(address.size())) == 0 &&
         ::listen(fd, SOMAXCONN) == 0;
  if (good) return ListenSocket(endpoint, fd);
  const int error = errno;
  if (fd >= 0) ::close(fd);
  return Error{ErrorCode::kIo,
               "cannot listen on " + endpoint.toString() + ": " + std::strerror(error)};
}

}  // namespace sluice::proxy
