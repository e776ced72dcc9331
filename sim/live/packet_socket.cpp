// SPDX-License-Identifier: Apache-2.0
#include "sim/live/packet_socket.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <vector>

#include "firmware/base/file_descriptor.h"

namespace sluice {
namespace {

constexpr size_t kBatch = 32;
constexpr size_t kLongest = size_t{64} << 10;  // with segmentation left to the card
constexpr int kSocketBuffer = 8 << 20;

// struct virtio_net_hdr (virtio 1.2, section 5.1.6); the kernel's header of it is no C++.
struct VnetHeader {
  static constexpr uint8_t kNeedsChecksum = 1;
  static constexpr uint8_t kGsoNone = 0, kGsoTcp4 = 1, kGsoTcp6 = 4, kGsoEcn = 0x80;
  uint8_t flags = 0, gso_type = kGsoNone;
  uint16_t hdr_len = 0, gso_size = 0, csum_start = 0, csum_offset = 0;
};
static_assert(sizeof(VnetHeader) == 10);

ifreq requestFor(const std::string& interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  return request;
}

Offload offloadOf(const VnetHeader& header) {
  Offload offload;
  offload.needs_checksum = (header.flags & VnetHeader::kNeedsChecksum) != 0;
  offload.checksum_start = header.csum_start;
  offload.checksum_offset = header.csum_offset;
  offload.segment_bytes = header.gso_size;
  switch (header.gso_type & ~VnetHeader::kGsoEcn) {
    case VnetHeader::kGsoNone:
      break;
    case VnetHeader::kGsoTcp4:
    case VnetHeader::kGsoTcp6:
      offload.segments = Offload::Segments::kTcp;
      break;
    default:
      offload.segments = Offload::Segments::kOther;
  }
  return offload;
}

class PacketSocket final : public FramePort {
 public:
  PacketSocket(std::string name, FileDescriptor socket)
      : name_(std::move(name)), socket_(std::move(socket)) {
    for (Slot& slot : in_) slot.bytes.resize(kLongest);
    for (size_t i = 0; i < kBatch; ++i) out_[i].reserve(2048);
  }

  const std::string& name() const override { return name_; }
  int fd() const override { return socket_.get(); }

  bool receive(const TakeFrame& take) override {
    prepare();
    const int got = recvmmsg(fd(), headers_.data(), kBatch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < got; ++i) takeMessage(static_cast<size_t>(i), take);
    return got > 0;
  }

  void send(std::span<const uint8_t> frame) override {
    out_[waiting_++].assign(frame.begin(), frame.end());
    if (waiting_ == kBatch) flush();
  }

  void flush() override {
    static constexpr VnetHeader kNoOffload;
    std::array<mmsghdr, kBatch> messages{};
    std::array<std::array<iovec, 2>, kBatch> parts;
    for (size_t i = 0; i < waiting_; ++i) {
      parts[i] = {iovec{const_cast<VnetHeader*>(&kNoOffload), sizeof kNoOffload},
                  iovec{out_[i].data(), out_[i].size()}};
      messages[i].msg_hdr.msg_iov = parts[i].data();
      messages[i].msg_hdr.msg_iovlen = parts[i].size();
    }
    for (size_t next = 0; next < waiting_;) {
      const int sent =
          sendmmsg(fd(), &messages[next], static_cast<unsigned>(waiting_ - next), MSG_DONTWAIT);
      // Stops at the first that the host does not take; that one is lost.
      for (int i = 0; i < sent; ++i) {
        ++counts_.sent;
        counts_.sent_bytes += out_[next + static_cast<size_t>(i)].size();
      }
      next += sent > 0 ? static_cast<size_t>(sent) : 0;
      if (sent > 0) continue;
      if (errno == EINTR) continue;
      ++counts_.not_sent;
      ++next;
    }
    waiting_ = 0;
  }

  FramePortCounts counts() override {
    tpacket_stats stats{};
    socklen_t length = sizeof stats;
    // Reading sets it back to 0.
    if (getsockopt(fd(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0)
      counts_.missed += stats.tp_drops;
    return counts_;
  }

 private:
  struct Slot {
    VnetHeader offload;
    std::vector<uint8_t> bytes;
    std::array<iovec, 2> parts;
    alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(tpacket_auxdata))> control;
  };

  void prepare() {
    for (size_t i = 0; i < kBatch; ++i) {
      Slot& slot = in_[i];
      slot.parts = {iovec{&slot.offload, sizeof slot.offload},
                    iovec{slot.bytes.data(), slot.bytes.size()}};
      headers_[i] = {};
      headers_[i].msg_hdr.msg_iov = slot.parts.data();
      headers_[i].msg_hdr.msg_iovlen = slot.parts.size();
      headers_[i].msg_hdr.msg_control = slot.control.data();
      headers_[i].msg_hdr.msg_controllen = slot.control.size();
    }
  }

  // The host takes a frame's first VLAN tag off; it belongs back.
  const tpacket_auxdata* auxiliary(msghdr& message) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
        return reinterpret_cast<const tpacket_auxdata*>(CMSG_DATA(c));
    }
    return nullptr;
  }

  void takeMessage(size_t index, const TakeFrame& take) {
    Slot& slot = in_[index];
    mmsghdr& message = headers_[index];
    if (message.msg_len < sizeof slot.offload + ETH_HLEN) return;
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++counts_.not_segmented;
      return;
    }
    const std::span<uint8_t> frame(slot.bytes.data(), message.msg_len - sizeof slot.offload);
    const tpacket_auxdata* aux = auxiliary(message.msg_hdr);
    const bool tagged = aux != nullptr && (aux->tp_status & TP_STATUS_VLAN_VALID) != 0;
    const auto hand = [&](std::span<const uint8_t> whole) {
      ++counts_.received;
      counts_.received_bytes += whole.size() + (tagged ? 4 : 0);
      if (!tagged) return take(whole);
      const bool known = (aux->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
      take(withTag(whole, aux->tp_vlan_tci, known ? aux->tp_vlan_tpid : ETHERTYPE_VLAN));
    };
    complete(frame, offloadOf(slot.offload), hand);
  }

  void complete(std::span<uint8_t> frame, const Offload& offload, const TakeFrame& take) {
    if (offload.segments == Offload::Segments::kTcp) {
      const bool cut = segmentTcp(frame, offload, take) > 0;
      ++(cut ? counts_.segmented : counts_.not_segmented);
      return;
    }
    if (offload.segments != Offload::Segments::kNone) {
      ++counts_.not_segmented;
      return;
    }
    if (offload.needs_checksum) counts_.checksums += completeChecksum(frame, offload);
    take(frame);
  }

  std::string name_;
  FileDescriptor socket_;
  FramePortCounts counts_;
  std::array<Slot, kBatch> in_;
  std::array<mmsghdr, kBatch> headers_{};
  std::array<std::vector<uint8_t>, kBatch> out_;
  size_t waiting_ = 0;
};

template <class Value>
bool setOption(int socket, int option, const Value& value) {
  return setsockopt(socket, SOL_PACKET, option, &value, sizeof value) == 0;
}

Result<void> bringUp(int socket, const std::string& interface) {
  ifreq request = requestFor(interface);
  if (ioctl(socket, SIOCGIFFLAGS, &request) != 0) return systemError("interface " + interface);
  if ((request.ifr_flags & IFF_UP) != 0) return {};
  request.ifr_flags |= IFF_UP;
  if (ioctl(socket, SIOCSIFFLAGS, &request) != 0)
    return systemError("interface " + interface + ": cannot bring it up");
  return {};
}

}  // namespace

Result<std::unique_ptr<FramePort>> openPacketSocket(const std::string& interface) {
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) {
    return Error{ErrorCode::kNotFound, "there is no network interface '" + interface +
                                           "'; `ip link` lists those of this host"};
  }
  // No protocol yet: nothing is received before the options are set.
  FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) {
    return systemError("cannot open a raw socket on " + interface,
                       errno == EPERM ? "expected root, or the capabilities CAP_NET_RAW and "
                                        "CAP_NET_ADMIN"
                                      : "");
  }
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = static_cast<int>(index);
  promiscuous.mr_type = PACKET_MR_PROMISC;
  if (!setOption(socket.get(), PACKET_ADD_MEMBERSHIP, promiscuous) ||
      !setOption(socket.get(), PACKET_VNET_HDR, 1) || !setOption(socket.get(), PACKET_AUXDATA, 1) ||
      !setOption(socket.get(), PACKET_IGNORE_OUTGOING, 1)) {
    return systemError("cannot set up the raw socket on " + interface);
  }
  // More is better, less works too.
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBuffer, sizeof kSocketBuffer);
  if (auto up = bringUp(socket.get(), interface); !up) return up.error();
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return systemError("cannot receive on " + interface);
  return std::unique_ptr<FramePort>(std::make_unique<PacketSocket>(interface, std::move(socket)));
}

Result<uint32_t> interfaceMtu(const std::string& interface) {
  FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = requestFor(interface);
  if (!socket.valid() || ioctl(socket.get(), SIOCGIFMTU, &request) != 0)
    return systemError("interface " + interface);
  return static_cast<uint32_t>(request.ifr_mtu);
}

}  // namespace sluice
