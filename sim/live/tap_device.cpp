// SPDX-License-Identifier: Apache-2.0
#include "sim/live/tap_device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <vector>

#include "firmware/base/file_descriptor.h"

namespace sluice {
namespace {

constexpr int kBatch = 32;
constexpr size_t kLongest = size_t{16} << 10;

class TapDevice final : public FramePort {
 public:
  TapDevice(std::string name, FileDescriptor file)
      : name_(std::move(name)), file_(std::move(file)), buffer_(kLongest) {}

  const std::string& name() const override { return name_; }
  int fd() const override { return file_.get(); }

  bool receive(const TakeFrame& take) override {
    bool any = false;
    for (int i = 0; i < kBatch; ++i) {
      const ssize_t got = ::read(fd(), buffer_.data(), buffer_.size());
      if (got <= 0) break;
      any = true;
      ++counts_.received;
      counts_.received_bytes += static_cast<uint64_t>(got);
      take({buffer_.data(), static_cast<size_t>(got)});
    }
    return any;
  }

  void send(std::span<const uint8_t> frame) override {
    if (::write(fd(), frame.data(), frame.size()) == static_cast<ssize_t>(frame.size())) {
      ++counts_.sent;
      counts_.sent_bytes += frame.size();
    } else {
      ++counts_.not_sent;
    }
  }

  FramePortCounts counts() override { return counts_; }

 private:
  std::string name_;
  FileDescriptor file_;
  FramePortCounts counts_;
  std::vector<uint8_t> buffer_;
};

}  // namespace

Result<std::unique_ptr<FramePort>> openTap(const std::string& name) {
  FileDescriptor file(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid())
    return systemError("/dev/net/tun", "the CPU port needs TAP devices (kernel module tun)");
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (ioctl(file.get(), TUNSETIFF, &request) != 0) {
    return systemError("cannot make TAP device " + name,
                       errno == EPERM ? "expected root, or the capability CAP_NET_ADMIN" : "");
  }
  return std::unique_ptr<FramePort>(std::make_unique<TapDevice>(name, std::move(file)));
}

}  // namespace sluice
