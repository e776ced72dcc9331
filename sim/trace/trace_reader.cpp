// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/trace_reader.h"

#include <algorithm>
#include <cstdio>

#include "sim/trace/byte_stream.h"
#include "sim/trace/link_layer.h"
#include "sim/trace/trace_format.h"

namespace sluice {
namespace {

Result<std::unique_ptr<TraceFormat>> recognise(ByteStream& stream) {
  const auto start = stream.peek(4);
  if (start.size() < 4 && !stream.failure().empty()) {
    return Error{ErrorCode::kIo, stream.failure()};
  }
  if (start.empty())
    return Error{ErrorCode::kInvalidInput, "is empty; a pcap or pcapng file is expected"};
  if (start.size() < 4) {
    return Error{ErrorCode::kInvalidInput, "is only " + std::to_string(start.size()) +
                                               " bytes long; a pcap or pcapng file is expected"};
  }
  const uint32_t magic = little32(start.data());
  if (magic == kPcapngMagic) return openPcapng(stream);
  const uint32_t swapped = __builtin_bswap32(magic);
  for (const uint32_t known : {kPcapMagicMicroseconds, kPcapMagicNanoseconds}) {
    if (magic == known || swapped == known) return openPcap(stream);
  }
  char text[16];
  std::snprintf(text, sizeof text, "%02x %02x %02x %02x", start[0], start[1], start[2], start[3]);
  return Error{ErrorCode::kInvalidInput, std::string("is not a packet trace: starts with ") + text +
                                             "; a pcap or pcapng file is expected"};
}

}  // namespace

TraceReader::TraceReader(std::string path, std::unique_ptr<ByteStream> stream,
                         std::unique_ptr<TraceFormat> format)
    : path_(std::move(path)), stream_(std::move(stream)), format_(std::move(format)) {}

TraceReader::~TraceReader() = default;

Result<std::unique_ptr<TraceReader>> TraceReader::open(const std::string& path) {
  auto input = openFileInput(path);
  if (!input) return input.error();
  return fromInput(std::move(input).value(), path);
}

Result<std::unique_ptr<TraceReader>> TraceReader::fromMemory(std::span<const uint8_t> bytes,
                                                             const std::string& name) {
  return fromInput(makeMemoryInput(bytes), name);
}

Result<std::unique_ptr<TraceReader>> TraceReader::fromInput(std::unique_ptr<ByteInput> input,
                                                            const std::string& name) {
  auto stream = std::make_unique<ByteStream>(gunzipIfCompressed(std::move(input)));
  auto format = recognise(*stream);
  if (!format) return Error{format.error().code, name + ": " + format.error().message};
  return std::unique_ptr<TraceReader>(
      new TraceReader(name, std::move(stream), std::move(format).value()));
}

bool TraceReader::next(TraceRecord& record) {
  while (!ended_) {
    RawPacket packet;
    std::string reason;
    const uint64_t start = stream_->offset();
    if (!format_->read(*stream_, packet, reason)) {
      ended_ = true;
      if (!stream_->failure().empty()) reason = stream_->failure();
      if (!reason.empty()) {
        damage_ = path_ + ": record " + std::to_string(records_ + 1) + " at byte " +
                  std::to_string(start) + ": " + reason;
      }
      return false;
    }
    ++records_;
    if (toFrame(packet, record)) return true;
  }
  return false;
}

void TraceReader::stampRecord(const RawPacket& packet, TraceRecord& record) {
  if (!packet.has_timestamp) {
    ++stats_.no_timestamp;
  } else {
    // Unsigned: times shifted below 0 wrap, and their differences still hold.
    const auto step = static_cast<int64_t>(packet.timestamp_ns - shift_ns_ - latest_ns_);
    if (stats_.packets == 0) {
      latest_ns_ = packet.timestamp_ns;
    } else if (step > kMaxTimeStepNs || step < -kMaxTimeStepNs) {
      ++stats_.time_jumped;
      shift_ns_ = packet.timestamp_ns - latest_ns_;
    } else if (step < 0) {
      ++stats_.time_went_back;
    } else {
      latest_ns_ += static_cast<uint64_t>(step);
    }
  }
  record.timestamp_ns = latest_ns_;
}

bool TraceReader::toFrame(const RawPacket& packet, TraceRecord& record) {
  const uint16_t link_type = format_->interfaces()[packet.interface].link_type;
  std::span<const uint8_t> bytes = packet.bytes;
  size_t wire = std::max<size_t>(packet.original_length, bytes.size());
  if (wire > packet.trailing_fcs) wire -= packet.trailing_fcs;
  if (bytes.size() > wire) bytes = bytes.first(wire);

  if (link_type != kLinkEthernet) {
    if (!linkTypeSupported(link_type)) {
      ++stats_.unsupported;
      return false;
    }
    const auto conversion = convertToEthernet(link_type, bytes);
    if (!conversion) {
      ++stats_.too_short;
      return false;
    }
    scratch_.assign(conversion->header.begin(), conversion->header.end());
    scratch_.insert(scratch_.end(), bytes.begin() + static_cast<ptrdiff_t>(conversion->strip),
                    bytes.end());
    wire = wire - conversion->strip + kEthernetHeader;
    bytes = scratch_;
  }

  record.truncated = bytes.size() < wire;
  record.original_length = static_cast<uint32_t>(std::min<size_t>(wire, UINT32_MAX));
  record.interface = packet.interface;
  if (record.truncated) {
    ++stats_.truncated;
    const size_t padded = std::max(bytes.size(), std::min(wire, kMaxPaddedFrame));
    if (bytes.data() != scratch_.data()) scratch_.assign(bytes.begin(), bytes.end());
    scratch_.resize(padded, 0);
    bytes = scratch_;
  }
  if (bytes.size() > kMaxTraceFrame) {
    ++stats_.clipped;
    bytes = bytes.first(kMaxTraceFrame);
  }
  record.bytes = bytes;
  stampRecord(packet, record);
  ++stats_.packets;
  stats_.bytes += bytes.size();
  return true;
}

}  // namespace sluice
