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

TraceWriter::TraceWriter(std::string path, int fd) : path_(std::move(path)), fd_(fd) {
  buffer_.reserve(kFlushBytes + 128 * 1024);
}

TraceWriter::~TraceWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void TraceWriter::writeHeader(std::string_view interface, std::string_view application) {
  const size_t section = beginBlock(kSectionBlock);
  put32(0x1a2b3c4d);
  put16(1);
  put16(0);
  put32(0xffffffff);  // section length: not known
  put32(0xffffffff);
  putOption(kOptShbUserApplication, application);
  putOption(kOptEnd, {});
  endBlock(section);

  const size_t description = beginBlock(kInterfaceBlock);
  put16(kEthernet);
  put16(0);
  put32(0);  // no snap length
  putOption(kOptIfName, interface);
  putOption(kOptIfTsResol, std::string_view("\x09", 1));
  putOption(kOptEnd, {});
  endBlock(description);
}

void TraceWriter::write(uint64_t timestamp_ns, std::span<const uint8_t> bytes,
                        std::string_view comment, PacketDirection direction) {
  if (failure_ != 0 || fd_ < 0) return;
  const size_t start = beginBlock(kEnhancedPacketBlock);
  put32(0);  // interface
  put32(static_cast<uint32_t>(timestamp_ns >> 32));
  put32(static_cast<uint32_t>(timestamp_ns));
  put32(static_cast<uint32_t>(bytes.size()));
  put32(static_cast<uint32_t>(bytes.size()));
  putPadded(bytes.data(), bytes.size());
  const bool has_direction = direction != PacketDirection::kUnknown;
  if (has_direction) {
    const char flags[4] = {static_cast<char>(direction), 0, 0, 0};
    putOption(kOptEpbFlags, std::string_view(flags, sizeof flags));
  }
  if (!comment.empty()) putOption(kOptComment, comment);
  if (has_direction || !comment.empty()) putOption(kOptEnd, {});
  endBlock(start);
  ++packets_;
  if (buffer_.size() >= kFlushBytes) flush();
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
  while (failure_ == 0 && fd_ >= 0 && done < buffer_.size()) {
    const ssize_t count = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (count >= 0) {
      done += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      failure_ = errno;
    }
  }
  buffer_.clear();
}

void TraceWriter::put16(uint16_t value) {
  buffer_.push_back(static_cast<uint8_t>(value));
  buffer_.push_back(static_cast<uint8_t>(value >> 8));
}

void TraceWriter::put32(uint32_t value) {
  put16(static_cast<uint16_t>(value));
  put16(static_cast<uint16_t>(value >> 16));
}

void TraceWriter::putOption(uint16_t code, std::string_view value) {
  value = value.substr(0, 65535);
  put16(code);
  put16(static_cast<uint16_t>(value.size()));
  putPadded(value.data(), value.size());
}

void TraceWriter::putPadded(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  if (size != 0) buffer_.insert(buffer_.end(), bytes, bytes + size);
  buffer_.resize((buffer_.size() + 3) / 4 * 4, 0);
}

size_t TraceWriter::beginBlock(uint32_t type) {
  const size_t start = buffer_.size();
  put32(type);
  put32(0);
  return start;
}

// Blocks are written whole and the buffer is flushed between them, so `start` is a multiple of 4
// and still there.
void TraceWriter::endBlock(size_t start) {
  const auto length = static_cast<uint32_t>(buffer_.size() - start + 4);
  put32(length);
  for (size_t i = 0; i < 4; ++i) buffer_[start + 4 + i] = static_cast<uint8_t>(length >> (8 * i));
}

}  // namespace sluice
