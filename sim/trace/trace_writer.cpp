// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/trace_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

constexpr size_t kFlushBytes = 1u << 20;
constexpr uint32_t kSectionBlock = 0x0a0d0d0a;
constexpr uint32_t kInterfaceBlock = 1;
constexpr uint32_t kEnhancedPacketBlock = 6;
constexpr uint16_t kOptEnd = 0;
constexpr uint16_t kOptComment = 1;
constexpr uint16_t kOptIfName = 2;
constexpr uint16_t kOptShbUserApplication = 4;
constexpr uint16_t kOptEpbFlags = 2;
constexpr uint16_t kOptIfTsResol = 9;
constexpr uint32_t kEthernet = 1;

std::string withReason(const std::string& path, const char* what, int reason) {
  return path + ": " + what + ": " + std::strerror(reason);
}

size_t padded(size_t size) { return (size + 3) / 4 * 4; }

size_t optionBytes(std::string_view value) { return 4 + padded(value.size()); }

uint8_t* put16(uint8_t* to, uint16_t value) {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

uint8_t* put32(uint8_t* to, uint32_t value) {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

uint8_t* putPadded(uint8_t* to, const void* data, size_t size) {
  if (size != 0) std::memcpy(to, data, size);
  std::memset(to + size, 0, padded(size) - size);
  return to + padded(size);
}

uint8_t* putOption(uint8_t* to, uint16_t code, std::string_view value) {
  to = put16(to, code);
  to = put16(to, static_cast<uint16_t>(value.size()));
  return putPadded(to, value.data(), value.size());
}

}  // namespace

Result<std::unique_ptr<TraceWriter>> TraceWriter::create(const std::string& path,
                                                         std::string_view interface,
                                                         std::string_view application) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Error{ErrorCode::kIo, withReason(path, "cannot create", errno)};
  std::unique_ptr<TraceWriter> writer(new TraceWriter(path, fd));
  writer->writeHeader(interface, application);
  return writer;
}

TraceWriter::TraceWriter(std::string path, int fd)
    : path_(std::move(path)), fd_(fd), buffer_(kFlushBytes) {}

TraceWriter::~TraceWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void TraceWriter::writeHeader(std::string_view interface, std::string_view application) {
  uint8_t* to = beginBlock(kSectionBlock, 16 + optionBytes(application) + optionBytes({}));
  to = put32(to, 0x1a2b3c4d);
  to = put16(to, 1);
  to = put16(to, 0);
  to = put32(to, 0xffffffff);  // section length: not known
  to = put32(to, 0xffffffff);
  to = putOption(to, kOptShbUserApplication, application);
  endBlock(putOption(to, kOptEnd, {}));

  const std::string_view nanoseconds("\x09", 1);
  to = beginBlock(kInterfaceBlock,
                  8 + optionBytes(interface) + optionBytes(nanoseconds) + optionBytes({}));
  to = put16(to, kEthernet);
  to = put16(to, 0);
  to = put32(to, 0);  // no snap length
  to = putOption(to, kOptIfName, interface);
  to = putOption(to, kOptIfTsResol, nanoseconds);
  endBlock(putOption(to, kOptEnd, {}));
}

void TraceWriter::write(uint64_t timestamp_ns, std::span<const uint8_t> bytes,
                        std::string_view comment, PacketDirection direction) {
  if (failure_ != 0 || fd_ < 0) return;
  comment = comment.substr(0, 65535);
  const char flag_bytes[4] = {static_cast<char>(direction), 0, 0, 0};
  const std::string_view flags(flag_bytes, direction == PacketDirection::kUnknown ? 0 : 4);
  const bool options = !flags.empty() || !comment.empty();
  size_t size = 20 + padded(bytes.size());
  if (!flags.empty()) size += optionBytes(flags);
  if (!comment.empty()) size += optionBytes(comment);
  if (options) size += optionBytes({});

  uint8_t* to = beginBlock(kEnhancedPacketBlock, size);
  to = put32(to, 0);  // interface
  to = put32(to, static_cast<uint32_t>(timestamp_ns >> 32));
  to = put32(to, static_cast<uint32_t>(timestamp_ns));
  to = put32(to, static_cast<uint32_t>(bytes.size()));
  to = put32(to, static_cast<uint32_t>(bytes.size()));
  to = putPadded(to, bytes.data(), bytes.size());
  if (!flags.empty()) to = putOption(to, kOptEpbFlags, flags);
  if (!comment.empty()) to = putOption(to, kOptComment, comment);
  if (options) to = putOption(to, kOptEnd, {});
  endBlock(to);
  ++packets_;
}

Result<void> TraceWriter::close() {
  flush();
  if (fd_ >= 0 && ::close(fd_) != 0 && failure_ == 0) failure_ = errno;
  fd_ = -1;
  if (failure_ == 0) return {};
  return Error{ErrorCode::kIo, withReason(path_, "cannot write", failure_)};
}

void TraceWriter::flush() {
  size_t done = 0;
  while (failure_ == 0 && fd_ >= 0 && done < used_) {
    const ssize_t count = ::write(fd_, buffer_.data() + done, used_ - done);
    if (count >= 0) {
      done += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      failure_ = errno;
    }
  }
  used_ = 0;
}

// Makes room for a whole block, flushing what is before it; returns where its body goes.
uint8_t* TraceWriter::beginBlock(uint32_t type, size_t body_bytes) {
  block_bytes_ = body_bytes + 12;
  if (used_ + block_bytes_ > buffer_.size()) flush();
  if (block_bytes_ > buffer_.size()) buffer_.resize(block_bytes_);
  uint8_t* to = put32(&buffer_[used_], type);
  return put32(to, static_cast<uint32_t>(block_bytes_));
}

void TraceWriter::endBlock(uint8_t* end) {
  put32(end, static_cast<uint32_t>(block_bytes_));
  used_ += block_bytes_;
}

}  // namespace sluice
