// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include "sim/trace/byte_stream.h"
#include "sim/trace/trace_format.h"

namespace sluice {
namespace {

constexpr uint32_t kInterfaceBlock = 1;
constexpr uint32_t kObsoletePacketBlock = 2;
constexpr uint32_t kSimplePacketBlock = 3;
constexpr uint32_t kEnhancedPacketBlock = 6;
constexpr uint16_t kOptEnd = 0;
constexpr uint16_t kOptIfName = 2;
constexpr uint16_t kOptIfTsResol = 9;
constexpr uint16_t kOptIfFcsLen = 13;
constexpr uint16_t kOptIfTsOffset = 14;
constexpr uint32_t kBlockOverhead = 12;  // type, length, length again
constexpr uint32_t kMaxKnownBlock =
    1u << 19;  // packet and interface blocks; others are skipped at any size
constexpr size_t kMaxInterfaces = 65536;
constexpr uint64_t kSecond = 1'000'000'000;

// What a packet's timestamp means, per interface.
struct Clock {
  bool binary = false;
  uint8_t exponent = 6;  // ticks are 10^-exponent or 2^-exponent seconds
  int64_t offset_seconds = 0;
};

uint64_t power10(unsigned exponent) {
  uint64_t result = 1;
  while (exponent-- > 0) result *= 10;
  return result;
}

// Saturates instead of wrapping: a wild value must not look like a sane one.
uint64_t toNanoseconds(const Clock& clock, uint64_t ticks) {
  using Wide = __int128;
  Wide ns = 0;
  if (clock.binary) {
    const Wide seconds = ticks >> clock.exponent;
    const uint64_t fraction = ticks & ((uint64_t{1} << clock.exponent) - 1);
    ns = seconds * kSecond + (Wide(fraction) * kSecond >> clock.exponent);
  } else if (clock.exponent <= 9) {
    ns = Wide(ticks) * power10(9u - clock.exponent);
  } else {
    ns = ticks / power10(clock.exponent - 9u);
  }
  ns += Wide(clock.offset_seconds) * kSecond;
  return static_cast<uint64_t>(std::clamp<Wide>(ns, 0, INT64_MAX));
}

struct Interface {
  Clock clock;
  uint32_t snap_length = 0;
  size_t fcs = 0;
};

class PcapngFormat : public TraceFormat {
 public:
  bool read(ByteStream& stream, RawPacket& packet, std::string& damage) override {
    for (;;) {
      const auto head = stream.peek(kBlockOverhead);
      if (head.empty()) return false;
      if (head.size() < kBlockOverhead) return fail(damage, "the file ends inside a block header");
      if (little32(head.data()) == kPcapngMagic && !readByteOrder(head, damage)) return false;
      const uint32_t type = order_.u32(head.data());
      const uint32_t length = order_.u32(&head[4]);
      if (length < kBlockOverhead || length % 4 != 0) {
        return fail(damage, "block length " + std::to_string(length) +
                                " is not a multiple of 4 of at least 12");
      }
      if (!isKnown(type)) {
        if (stream.skip(length) != length) return fail(damage, exceeds(length));
        continue;
      }
      if (length > kMaxKnownBlock) {
        return fail(damage, "block length " + std::to_string(length) + " exceeds " +
                                std::to_string(kMaxKnownBlock));
      }
      const auto block = stream.peek(length);
      if (block.size() < length) return fail(damage, exceeds(length));
      if (order_.u32(&block[length - 4]) != length) {
        return fail(damage, "the two lengths of a block differ: " + std::to_string(length) +
                                " and " + std::to_string(order_.u32(&block[length - 4])));
      }
      const auto body = block.subspan(8, length - kBlockOverhead);
      const bool is_packet = type != kPcapngMagic && type != kInterfaceBlock;
      if (!readBlock(type, body, packet, damage)) return false;
      stream.consume(length);
      if (is_packet) return true;
    }
  }

  const std::vector<TraceInterface>& interfaces() const override { return interfaces_; }
  const char* name() const override { return "pcapng"; }

 private:
  static bool fail(std::string& damage, std::string reason) {
    damage = std::move(reason);
    return false;
  }

  static std::string exceeds(uint32_t length) {
    return "block length " + std::to_string(length) + " exceeds the file";
  }

  static bool isKnown(uint32_t type) {
    return type == kPcapngMagic || type == kInterfaceBlock || type == kObsoletePacketBlock ||
           type == kSimplePacketBlock || type == kEnhancedPacketBlock;
  }

  bool readByteOrder(std::span<const uint8_t> head, std::string& damage) {
    const uint32_t mark = little32(&head[8]);
    if (mark != kPcapngByteOrder && __builtin_bswap32(mark) != kPcapngByteOrder) {
      return fail(damage, "a section header has no byte-order magic");
    }
    order_ = FileOrder(mark != kPcapngByteOrder);
    return true;
  }

  bool readBlock(uint32_t type, std::span<const uint8_t> body, RawPacket& packet,
                 std::string& damage) {
    switch (type) {
      case kPcapngMagic:
        return readSection(body, damage);
      case kInterfaceBlock:
        return readInterface(body, damage);
      case kSimplePacketBlock:
        return readSimple(body, packet, damage);
      default:
        return readPacket(type, body, packet, damage);
    }
  }

  // A section starts its interface numbers anew; ours go on counting.
  bool readSection(std::span<const uint8_t> body, std::string& damage) {
    if (body.size() < 16) return fail(damage, "a section header is too short");
    const uint16_t major = order_.u16(&body[4]);
    if (major != 1) {
      return fail(damage, "section of pcapng version " + std::to_string(major) +
                              "; version 1 is supported");
    }
    section_base_ = interfaces_.size();
    return true;
  }

  bool readInterface(std::span<const uint8_t> body, std::string& damage) {
    if (body.size() < 8) return fail(damage, "an interface description is too short");
    if (interfaces_.size() == kMaxInterfaces) return fail(damage, "more than 65536 interfaces");
    TraceInterface interface { "", order_.u16(body.data()) };
    Interface details;
    details.snap_length = order_.u32(&body[4]);
    for (auto rest = body.subspan(8); rest.size() >= 4;) {
      const uint16_t code = order_.u16(rest.data());
      const size_t length = order_.u16(&rest[2]);
      if (code == kOptEnd) break;
      if (4 + length > rest.size()) return fail(damage, "an interface option exceeds its block");
      readOption(code, rest.subspan(4, length), interface, details);
      rest = rest.subspan(std::min(rest.size(), 4 + (length + 3) / 4 * 4));
    }
    interfaces_.push_back(std::move(interface));
    details_.push_back(details);
    return true;
  }

  void readOption(uint16_t code, std::span<const uint8_t> value, TraceInterface& interface,
                  Interface& details) {
    if (code == kOptIfName) {
      interface.name.assign(value.begin(), value.end());
    } else if (code == kOptIfTsResol && !value.empty()) {
      details.clock.binary = (value[0] & 0x80) != 0;
      details.clock.exponent = std::min<uint8_t>(value[0] & 0x7f, details.clock.binary ? 63 : 19);
    } else if (code == kOptIfTsOffset && value.size() >= 8) {
      details.clock.offset_seconds = static_cast<int64_t>(order_.u64(value.data()));
    } else if (code == kOptIfFcsLen && !value.empty()) {
      details.fcs = value[0] <= 8 ? value[0] : 0;
    }
  }

  // Enhanced packet block, or the obsolete one: interface and drop count share its first word.
  bool readPacket(uint32_t type, std::span<const uint8_t> body, RawPacket& packet,
                  std::string& damage) {
    if (body.size() < 20) return fail(damage, "a packet block is too short");
    const size_t interface =
        section_base_ +
        (type == kEnhancedPacketBlock ? order_.u32(body.data()) : order_.u16(body.data()));
    if (interface >= interfaces_.size()) return failInterface(interface - section_base_, damage);
    const uint64_t ticks = uint64_t(order_.u32(&body[4])) << 32 | order_.u32(&body[8]);
    const uint32_t captured = order_.u32(&body[12]);
    if (captured > body.size() - 20) {
      return fail(damage, "captured length " + std::to_string(captured) + " exceeds its block");
    }
    packet.interface = static_cast<uint32_t>(interface);
    packet.timestamp_ns = toNanoseconds(details_[interface].clock, ticks);
    packet.original_length = order_.u32(&body[16]);
    packet.trailing_fcs = details_[interface].fcs;
    packet.bytes = body.subspan(20, captured);
    return true;
  }

  bool readSimple(std::span<const uint8_t> body, RawPacket& packet, std::string& damage) {
    if (body.size() < 4) return fail(damage, "a packet block is too short");
    if (section_base_ >= interfaces_.size()) return failInterface(0, damage);
    const Interface& details = details_[section_base_];
    packet.original_length = order_.u32(body.data());
    uint64_t captured = std::min<uint64_t>(packet.original_length, body.size() - 4);
    if (details.snap_length != 0) captured = std::min<uint64_t>(captured, details.snap_length);
    packet.interface = static_cast<uint32_t>(section_base_);
    packet.has_timestamp = false;
    packet.trailing_fcs = details.fcs;
    packet.bytes = body.subspan(4, captured);
    return true;
  }

  static bool failInterface(size_t interface, std::string& damage) {
    return fail(damage, "a packet block names interface " + std::to_string(interface) +
                            ", which is not described");
  }

  FileOrder order_;
  size_t section_base_ = 0;
  std::vector<TraceInterface> interfaces_;
  std::vector<Interface> details_;
};

}  // namespace

// The section header is read with the blocks: nothing is consumed here.
Result<std::unique_ptr<TraceFormat>> openPcapng(ByteStream& stream) {
  const auto head = stream.peek(28);
  if (head.size() < 28)
    return Error{ErrorCode::kInvalidInput, "ends inside the pcapng section header"};
  const uint32_t mark = little32(&head[8]);
  if (mark != kPcapngByteOrder && __builtin_bswap32(mark) != kPcapngByteOrder) {
    return Error{ErrorCode::kInvalidInput, "starts like pcapng, but has no byte-order magic"};
  }
  return std::unique_ptr<TraceFormat>(std::make_unique<PcapngFormat>());
}

}  // namespace sluice
