// SPDX-License-Identifier: Apache-2.0
// Writes pcapng files with nanosecond stamps and a comment per packet, which Wireshark shows and
// filters
// (`frame.comment contains "drop"`), and tshark prints (`-T fields -e frame.comment`).
//
// One interface per file. Output is buffered. The first failure (disk full, for one) is kept: later
// writes do nothing, and close() reports it. close() must be called; the destructor only closes the
// descriptor.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"

namespace sluice {

enum class PacketDirection : uint8_t { kUnknown = 0, kInbound = 1, kOutbound = 2 };

class TraceWriter {
 public:
  // Creates or truncates the file. `interface` becomes if_name, `application` the name of the
  // writer.
  static Result<std::unique_ptr<TraceWriter>> create(const std::string& path,
                                                     std::string_view interface,
                                                     std::string_view application = "sluice");
  ~TraceWriter();
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  // Appends one frame. Comments longer than 65535 bytes are cut.
  void write(uint64_t timestamp_ns, std::span<const uint8_t> bytes, std::string_view comment = {},
             PacketDirection direction = PacketDirection::kUnknown);

  // Flushes and closes. The error names the path: "out/port0.pcapng: cannot write: No space left on
  // device".
  [[nodiscard]] Result<void> close();

  uint64_t packets() const { return packets_; }

 private:
  TraceWriter(std::string path, int fd);
  void writeHeader(std::string_view interface, std::string_view application);
  void flush();
  uint8_t* beginBlock(uint32_t type, size_t body_bytes);
  void endBlock(uint8_t* end);

  std::string path_;
  int fd_;
  std::vector<uint8_t> buffer_;
  size_t used_ = 0;         // bytes of buffer_ with whole blocks
  size_t block_bytes_ = 0;  // of the block being written
  uint64_t packets_ = 0;
  int failure_ = 0;  // errno of the first failure
};

}  // namespace sluice
