// SPDX-License-Identifier: Apache-2.0
// KernelNetwork by rtnetlink(7), through libmnl.
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>

#include <array>
#include <memory>

#include "firmware/base/file_descriptor.h"
#include "sim/live/kernel_network.h"

namespace sluice {
namespace {

struct CloseSocket {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, CloseSocket>;

Socket openSocket(unsigned groups, int flags) {
  Socket socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags));
  if (socket && mnl_socket_bind(socket.get(), groups, MNL_SOCKET_AUTOPID) < 0) socket.reset();
  return socket;
}

uint8_t family(const IpAddress& address) { return address.v6 ? AF_INET6 : AF_INET; }

constexpr uint16_t kKnown = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;

// A request under construction, header first.
class Request {
 public:
  Request(uint16_t type, uint16_t flags) : header_(mnl_nlmsg_put_header(buffer_.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  }
  template <class Body>
  Body& body() {
    return *static_cast<Body*>(mnl_nlmsg_put_extra_header(header_, sizeof(Body)));
  }
  void put(uint16_t type, const IpAddress& address) {
    mnl_attr_put(header_, type, address.v6 ? 16 : 4, address.bytes.data());
  }
  void put(uint16_t type, const MacAddress& mac) {
    mnl_attr_put(header_, type, mac.bytes.size(), mac.bytes.data());
  }
  void put(uint16_t type, uint32_t value) { mnl_attr_put_u32(header_, type, value); }
  nlmsghdr* header() { return header_; }

 private:
  alignas(nlmsghdr) std::array<uint8_t, 512> buffer_{};
  nlmsghdr* header_;
};

class Rtnetlink final : public KernelNetwork {
 public:
  Rtnetlink(Socket requests, Socket events)
      : requests_(std::move(requests)), events_(std::move(events)) {}

  Result<void> setUpDevice(const std::string& device, const MacAddress& mac,
                           uint32_t mtu) override {
    // The address first: it cannot change on every kernel once the device is up.
    Request request(RTM_NEWLINK, NLM_F_ACK);
    auto& link = request.body<ifinfomsg>();
    link.ifi_index = index(device);
    link.ifi_flags = link.ifi_change = IFF_UP;
    request.put(IFLA_ADDRESS, mac);
    request.put(IFLA_MTU, mtu);
    return carryOut(request, "cannot set up " + device);
  }

  Result<void> addAddress(const std::string& device, const IpPrefix& address) override {
    return change(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, device, address,
                  "cannot add address " + address.toString() + " to " + device);
  }

  Result<void> removeAddress(const std::string& device, const IpPrefix& address) override {
    return change(RTM_DELADDR, NLM_F_ACK, device, address,
                  "cannot remove address " + address.toString() + " from " + device);
  }

  Result<void> setGateway(const std::string& device, const IpAddress& gateway) override {
    return changeGateway(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, device, gateway);
  }

  Result<void> removeGateway(const std::string& device, const IpAddress& gateway) override {
    return changeGateway(RTM_DELROUTE, NLM_F_ACK, device, gateway);
  }

  void resolve(const std::string& device, const IpAddress& address) override {
    Request request(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE);
    auto& neighbor = request.body<ndmsg>();
    neighbor.ndm_family = family(address);
    neighbor.ndm_ifindex = index(device);
    neighbor.ndm_flags = NTF_USE;
    neighbor.ndm_state = NUD_NONE;
    request.put(NDA_DST, address);
    // An address that cannot be resolved stays unresolved; nobody can do more about it here.
    (void)carryOut(request, "");
  }

  int fd() const override { return mnl_socket_get_fd(events_.get()); }

  void poll(const std::function<void(const NeighborEvent&)>& take) override {
    alignas(nlmsghdr) std::array<uint8_t, 32768> buffer;
    for (;;) {
      const auto got = mnl_socket_recvfrom(events_.get(), buffer.data(), buffer.size());
      if (got <= 0) return;
      auto left = static_cast<int>(got);
      const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data());
      for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
        if (header->nlmsg_type == RTM_NEWNEIGH) takeNeighbor(*header, take);
      }
    }
  }

 private:
  static int index(const std::string& device) {
    return static_cast<int>(if_nametoindex(device.c_str()));
  }

  Result<void> change(uint16_t type, uint16_t flags, const std::string& device,
                      const IpPrefix& prefix, const std::string& what) {
    Request request(type, flags);
    auto& address = request.body<ifaddrmsg>();
    address.ifa_family = family(prefix.address);
    address.ifa_prefixlen = prefix.length;
    // Nobody else has it: it is used at once.
    address.ifa_flags = prefix.address.v6 ? IFA_F_NODAD : 0;
    address.ifa_index = static_cast<uint32_t>(index(device));
    request.put(IFA_LOCAL, prefix.address);
    request.put(IFA_ADDRESS, prefix.address);
    return carryOut(request, what);
  }

  Result<void> changeGateway(uint16_t type, uint16_t flags, const std::string& device,
                             const IpAddress& gateway) {
    Request request(type, flags);
    auto& route = request.body<rtmsg>();
    route.rtm_family = family(gateway);
    route.rtm_table = RT_TABLE_MAIN;
    route.rtm_protocol = RTPROT_STATIC;
    route.rtm_scope = RT_SCOPE_UNIVERSE;
    route.rtm_type = RTN_UNICAST;
    route.rtm_flags = RTNH_F_ONLINK;
    request.put(RTA_GATEWAY, gateway);
    request.put(RTA_OIF, static_cast<uint32_t>(index(device)));
    return carryOut(request, "cannot route by gateway " + gateway.toString());
  }

  Result<void> carryOut(Request& request, const std::string& what) {
    request.header()->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(requests_.get(), request.header(), request.header()->nlmsg_len) < 0)
      return systemError(what);
    alignas(nlmsghdr) std::array<uint8_t, 8192> answer;
    const auto got = mnl_socket_recvfrom(requests_.get(), answer.data(), answer.size());
    const unsigned port = mnl_socket_get_portid(requests_.get());
    if (got < 0 || mnl_cb_run(answer.data(), static_cast<size_t>(got), sequence_, port, nullptr,
                              nullptr) < 0) {
      return systemError(what);
    }
    return {};
  }

  static void takeNeighbor(const nlmsghdr& header,
                           const std::function<void(const NeighborEvent&)>& take) {
    const auto& neighbor = *static_cast<const ndmsg*>(mnl_nlmsg_get_payload(&header));
    const bool known = (neighbor.ndm_state & kKnown) != 0;
    if (!known && neighbor.ndm_state != NUD_FAILED) return;
    if (neighbor.ndm_family != AF_INET && neighbor.ndm_family != AF_INET6) return;
    NeighborEvent event;
    event.address.v6 = neighbor.ndm_family == AF_INET6;
    std::array<char, IF_NAMESIZE> name{};
    if (if_indextoname(static_cast<unsigned>(neighbor.ndm_ifindex), name.data()) == nullptr) return;
    event.device = name.data();
    const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&header));
    const auto* attribute =
        static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&header, sizeof(ndmsg)));
    for (; mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
         attribute = mnl_attr_next(attribute)) {
      const void* data = mnl_attr_get_payload(attribute);
      const size_t length = mnl_attr_get_payload_len(attribute);
      const uint16_t type = mnl_attr_get_type(attribute);
      if (type == NDA_DST && length <= event.address.bytes.size()) {
        std::memcpy(event.address.bytes.data(), data, length);
      } else if (type == NDA_LLADDR && known && length == 6) {
        std::memcpy(event.mac.emplace().bytes.data(), data, length);
      }
    }
    if (event.mac.has_value() == known) take(event);
  }

  Socket requests_, events_;
  unsigned sequence_ = 0;
};

}  // namespace

Result<void> enterOwnNamespace() {
  if (unshare(CLONE_NEWNET) != 0) {
    return systemError("cannot make a network namespace",
                       errno == EPERM ? "expected root, or the capability CAP_SYS_ADMIN" : "");
  }
  Socket socket = openSocket(0, 0);
  if (!socket) return systemError("cannot open an rtnetlink socket");
  Rtnetlink kernel(std::move(socket), nullptr);
  return kernel.setUpDevice("lo", MacAddress{}, 65536);
}

Result<std::unique_ptr<KernelNetwork>> openRtnetlink() {
  Socket requests = openSocket(0, 0);
  Socket events = openSocket(1u << (RTNLGRP_NEIGH - 1), SOCK_NONBLOCK);
  if (!requests || !events) return systemError("cannot open an rtnetlink socket");
  return std::unique_ptr<KernelNetwork>(
      std::make_unique<Rtnetlink>(std::move(requests), std::move(events)));
}

}  // namespace sluice
