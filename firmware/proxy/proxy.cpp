// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "firmware/proxy/worker.h"

namespace sluice::proxy {
namespace {

void closeAll(const std::vector<std::vector<ListenSocket>>& sockets) {
  for (const auto& of_worker : sockets) {
    for (const ListenSocket& socket : of_worker) ::close(socket.fd);
  }
}

// Freely bound: the address may come to the kernel a moment later, or be checked for duplicates.
Result<int> openSocket(const Endpoint& endpoint) {
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
  if (good) return fd;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  return Error{ErrorCode::kIo,
               "cannot listen on " + endpoint.toString() + ": " + std::strerror(error)};
}

void raiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool listensOn(const ProxyPlan* plan, const Endpoint& endpoint) {
  return plan != nullptr &&
         std::any_of(plan->services.begin(), plan->services.end(),
                     [&](const auto& service) { return service->listen == endpoint; });
}

}  // namespace

Proxy::Proxy(unsigned workers) : most_workers_(workers) {}

Proxy::~Proxy() = default;

Result<std::vector<std::vector<ListenSocket>>> Proxy::openSockets(const ProxyPlan& plan) {
  std::vector<std::vector<ListenSocket>> sockets(most_workers_);
  for (const auto& service : plan.services) {
    if (listensOn(plan_.get(), service->listen)) continue;
    for (auto& of_worker : sockets) {
      const auto fd = openSocket(service->listen);
      if (!fd) {
        closeAll(sockets);
        return Error{fd.error().code, "virtual '" + service->name + "': " + fd.error().message};
      }
      of_worker.push_back({service->listen, *fd});
    }
  }
  return sockets;
}

Result<void> Proxy::apply(const Config& config, const Overrides& overrides, const PoolView& view) {
  const auto plan = makePlan(config, overrides, view, counters_);
  auto sockets = openSockets(*plan);
  if (!sockets) return sockets.error();
  if (workers_.empty() && !plan->services.empty()) {
    raiseDescriptorLimit();
    while (workers_.size() < most_workers_) workers_.push_back(std::make_unique<Worker>());
  }
  for (size_t i = 0; i < workers_.size(); ++i) workers_[i]->apply(plan, std::move((*sockets)[i]));
  plan_ = plan;
  return {};
}

}  // namespace sluice::proxy
