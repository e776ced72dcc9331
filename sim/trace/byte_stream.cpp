// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

constexpr size_t kBufferBytes = 128 * 1024;
constexpr size_t kGzipInputBytes = 64 * 1024;

class FileInput : public ByteInput {
 public:
  explicit FileInput(int fd) : fd_(fd) {}
  ~FileInput() override { ::close(fd_); }
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  size_t read(uint8_t* to, size_t capacity) override {
    if (!failure_.empty()) return 0;
    for (;;) {
      const ssize_t got = ::read(fd_, to, capacity);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EINTR) continue;
      failure_ = std::string("read failed: ") + std::strerror(errno);
      return 0;
    }
  }
  const std::string& failure() const override { return failure_; }

 private:
  int fd_;
  std::string failure_;
};

class MemoryInput : public ByteInput {
 public:
  explicit MemoryInput(std::span<const uint8_t> bytes) : rest_(bytes) {}

  size_t read(uint8_t* to, size_t capacity) override {
    const size_t count = std::min(capacity, rest_.size());
    if (count != 0) std::memcpy(to, rest_.data(), count);
    rest_ = rest_.subspan(count);
    return count;
  }
  const std::string& failure() const override { return failure_; }

 private:
  std::span<const uint8_t> rest_;
  std::string failure_;
};

// Puts back the bytes that were read to look for a magic number.
class PrefixedInput : public ByteInput {
 public:
  PrefixedInput(std::vector<uint8_t> prefix, std::unique_ptr<ByteInput> input)
      : prefix_(std::move(prefix)), input_(std::move(input)) {}

  size_t read(uint8_t* to, size_t capacity) override {
    if (used_ == prefix_.size()) return input_->read(to, capacity);
    const size_t count = std::min(capacity, prefix_.size() - used_);
    std::memcpy(to, prefix_.data() + used_, count);
    used_ += count;
    return count;
  }
  const std::string& failure() const override { return input_->failure(); }

 private:
  std::vector<uint8_t> prefix_;
  size_t used_ = 0;
  std::unique_ptr<ByteInput> input_;
};

// Inflates one or more concatenated gzip members (RFC 1952).
class GunzipInput : public ByteInput {
 public:
  explicit GunzipInput(std::unique_ptr<ByteInput> input)
      : input_(std::move(input)), compressed_(kGzipInputBytes) {
    if (inflateInit2(&zlib_, MAX_WBITS + 16) != Z_OK) failure_ = "zlib could not be initialised";
  }
  ~GunzipInput() override { inflateEnd(&zlib_); }
  GunzipInput(const GunzipInput&) = delete;
  GunzipInput& operator=(const GunzipInput&) = delete;

  size_t read(uint8_t* to, size_t capacity) override {
    zlib_.next_out = to;
    zlib_.avail_out = static_cast<uInt>(std::min<size_t>(capacity, 1u << 30));
    const size_t wanted = zlib_.avail_out;
    while (failure_.empty() && !done_ && zlib_.avail_out == wanted) step();
    return wanted - zlib_.avail_out;
  }
  const std::string& failure() const override { return failure_; }

 private:
  void step() {
    if (zlib_.avail_in == 0 && !refill()) return;
    const int code = inflate(&zlib_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      between_members_ = true;
      inflateReset(&zlib_);
    } else if (code == Z_OK || code == Z_BUF_ERROR) {
      between_members_ = false;
    } else if (between_members_) {
      done_ = true;  // rubbish after the last member is ignored, as gzip does
    } else {
      failure_ = std::string("gzip data is damaged: ") +
                 (zlib_.msg != nullptr ? zlib_.msg : "unknown reason");
    }
  }

  bool refill() {
    zlib_.next_in = compressed_.data();
    zlib_.avail_in = static_cast<uInt>(input_->read(compressed_.data(), compressed_.size()));
    if (zlib_.avail_in != 0) return true;
    if (!input_->failure().empty()) {
      failure_ = input_->failure();
    } else if (between_members_) {
      done_ = true;
    } else {
      failure_ = "gzip data ends early";
    }
    return false;
  }

  std::unique_ptr<ByteInput> input_;
  std::vector<uint8_t> compressed_;
  z_stream zlib_{};
  bool between_members_ = false;
  bool done_ = false;
  std::string failure_;
};

}  // namespace

Result<std::unique_ptr<ByteInput>> openFileInput(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int reason = errno;
    const auto code = reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
    return Error{code, path + ": cannot open: " + std::strerror(reason)};
  }
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    return Error{ErrorCode::kInvalidInput,
                 path + ": is a directory; a pcap or pcapng file is expected"};
  }
  return std::unique_ptr<ByteInput>(std::make_unique<FileInput>(fd));
}

std::unique_ptr<ByteInput> makeMemoryInput(std::span<const uint8_t> bytes) {
  return std::make_unique<MemoryInput>(bytes);
}

std::unique_ptr<ByteInput> gunzipIfCompressed(std::unique_ptr<ByteInput> input) {
  std::vector<uint8_t> magic(2);
  size_t have = 0;
  while (have < magic.size()) {
    const size_t got = input->read(magic.data() + have, magic.size() - have);
    if (got == 0) break;
    have += got;
  }
  magic.resize(have);
  const bool gzip = have == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  std::unique_ptr<ByteInput> whole =
      std::make_unique<PrefixedInput>(std::move(magic), std::move(input));
  if (!gzip) return whole;
  return std::make_unique<GunzipInput>(std::move(whole));
}

ByteStream::ByteStream(std::unique_ptr<ByteInput> input)
    : input_(std::move(input)), buffer_(kBufferBytes) {}

void ByteStream::fill(size_t count) {
  count = std::min(count, kMaxPeek);
  if (count > buffer_.size()) buffer_.resize(2 * count);
  if (begin_ + count > buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ - begin_ < count) {
    const size_t got = input_->read(buffer_.data() + end_, buffer_.size() - end_);
    if (got == 0) return;
    end_ += got;
  }
}

uint64_t ByteStream::skip(uint64_t count) {
  uint64_t left = count;
  while (left != 0) {
    const size_t step = peek(static_cast<size_t>(std::min<uint64_t>(left, kMaxPeek))).size();
    if (step == 0) break;
    consume(step);
    left -= step;
  }
  return count - left;
}

}  // namespace sluice
