// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/byte_stream.h"
#include "sim/trace/link_layer.h"
#include "sim/trace/trace_format.h"

namespace sluice {
namespace {

constexpr size_t kFileHeader = 24;
constexpr size_t kRecordHeader = 16;
constexpr uint64_t kSecond = 1'000'000'000;

class PcapFormat : public TraceFormat {
 public:
  PcapFormat(FileOrder order, bool nanoseconds, uint16_t link_type, size_t trailing_fcs)
      : order_(order),
        nanoseconds_(nanoseconds),
        trailing_fcs_(trailing_fcs),
        interfaces_{{"", link_type}} {}

  bool read(ByteStream& stream, RawPacket& packet, std::string& damage) override {
    const auto header = stream.peek(kRecordHeader);
    if (header.empty()) return false;
    if (header.size() < kRecordHeader) {
      damage = "the file ends inside a record header";
      return false;
    }
    const uint32_t captured = order_.u32(&header[8]);
    packet.original_length = order_.u32(&header[12]);
    const uint64_t fraction = order_.u32(&header[4]);
    packet.timestamp_ns =
        order_.u32(&header[0]) * kSecond + (nanoseconds_ ? fraction : fraction * 1000);
    packet.trailing_fcs = trailing_fcs_;
    if (captured > kMaxCapturedLength) {
      damage = "captured length " + std::to_string(captured) + " exceeds " +
               std::to_string(kMaxCapturedLength);
      return false;
    }
    const auto whole = stream.peek(kRecordHeader + captured);
    if (whole.size() < kRecordHeader + captured) {
      damage = "captured length " + std::to_string(captured) +
               " exceeds the file: " + std::to_string(whole.size() - kRecordHeader) +
               " bytes are left";
      return false;
    }
    packet.bytes = whole.subspan(kRecordHeader);
    stream.consume(kRecordHeader + captured);
    return true;
  }

  const std::vector<TraceInterface>& interfaces() const override { return interfaces_; }
  const char* name() const override { return nanoseconds_ ? "pcap (ns)" : "pcap"; }

 private:
  FileOrder order_;
  bool nanoseconds_;
  size_t trailing_fcs_;
  std::vector<TraceInterface> interfaces_;
};

}  // namespace

Result<std::unique_ptr<TraceFormat>> openPcap(ByteStream& stream) {
  const auto header = stream.peek(kFileHeader);
  if (header.size() < kFileHeader) {
    return Error{ErrorCode::kInvalidInput, "ends inside the pcap file header"};
  }
  const uint32_t magic = little32(header.data());
  const bool little = magic == kPcapMagicMicroseconds || magic == kPcapMagicNanoseconds;
  const FileOrder order(!little);
  const bool nanoseconds = order.u32(header.data()) == kPcapMagicNanoseconds;
  const uint16_t major = order.u16(&header[4]);
  if (major != 2) {
    return Error{ErrorCode::kInvalidInput,
                 "is a pcap file of version " + std::to_string(major) + "; version 2 is supported"};
  }
  // Link type in the low half; above it, bit 26 says that packets end in an FCS of (bits 31:28)
  // 16-bit words.
  const uint32_t network = order.u32(&header[20]);
  const auto link_type = static_cast<uint16_t>(network);
  const size_t fcs = (network >> 26 & 1) != 0 ? 2 * (network >> 28) : 0;
  if (!linkTypeSupported(link_type)) {
    return Error{ErrorCode::kInvalidInput,
                 "has link type " + linkTypeName(link_type) +
                     "; Ethernet, raw IP, Linux cooked and BSD loopback are supported"};
  }
  stream.consume(kFileHeader);
  return std::unique_ptr<TraceFormat>(
      std::make_unique<PcapFormat>(order, nanoseconds, link_type, fcs));
}

}  // namespace sluice
