// SPDX-License-Identifier: Apache-2.0
// Reads packet traces: pcap (microseconds and nanoseconds, either byte order) and pcapng, plain or
// gzipped.
//
// Streaming, with bounded memory, whatever the file contains. A damaged file is never fatal: the
// records before the damage are delivered, then next() returns false and damage() says what is
// wrong and where. There is no attempt to resynchronise behind it.
//
// Every record becomes an Ethernet frame without FCS. Other link types (raw IP, Linux cooked, BSD
// loopback) get a synthetic header (sim/trace/link_layer.h). Frames cut by the snap length are
// padded with zeros to their real length, so that the data plane sees frames of the real size.
// Timestamps never go back: earlier ones are counted and replaced by the latest seen. A step of
// more than a day, either way, is no time that passed (a clock that was set, a damaged timestamp,
// joined captures): it is counted and taken out, and time goes on from there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/base/result.h"

namespace sluice {

class ByteInput;
class ByteStream;

// Snapped frames are padded up to this (the data plane's longest frame).
inline constexpr size_t kMaxPaddedFrame = 9216;
// Longer frames are cut to this: offload super-frames of capturing hosts. The data plane's length
// counter ends here, and it drops them as oversize either way.
inline constexpr size_t kMaxTraceFrame = 16383;

// Steps of time beyond this are taken out: a day.
inline constexpr int64_t kMaxTimeStepNs = 86'400'000'000'000;

struct TraceRecord {
  uint64_t timestamp_ns = 0;     // since the epoch of the trace (Unix, as a rule); never goes back
  uint32_t interface = 0;        // index into TraceReader::interfaces()
  uint32_t original_length = 0;  // bytes on the wire, with the synthetic header if there is one
  bool truncated = false;        // cut by the snap length; the missing bytes are zeros
  std::span<const uint8_t> bytes;  // the frame; valid until the next call of next()
};

struct TraceInterface {
  std::string name;  // empty if the file has none
  uint16_t link_type = 0;
};

struct TraceStats {
  uint64_t packets = 0;         // delivered
  uint64_t bytes = 0;           // delivered, after padding
  uint64_t truncated = 0;       // delivered, cut by the snap length
  uint64_t clipped = 0;         // delivered, longer than kMaxTraceFrame and cut
  uint64_t time_went_back = 0;  // delivered, with the timestamp of an earlier record
  uint64_t time_jumped = 0;     // delivered, after a step of more than a day that was taken out
  uint64_t no_timestamp =
      0;  // delivered, simple packet blocks: they take the time of the record before
  uint64_t unsupported = 0;  // skipped: interface with a link type that cannot become Ethernet
  uint64_t too_short = 0;    // skipped: shorter than the link layer header
};

// One packet as a file format yields it, before it becomes a frame. The format parsers fill it.
struct RawPacket {
  uint64_t timestamp_ns = 0;
  bool has_timestamp = true;
  uint32_t interface = 0;
  uint32_t original_length = 0;
  size_t trailing_fcs = 0;  // bytes of FCS at the end of the original packet
  std::span<const uint8_t> bytes;
};

// A file format. read() returns true with a packet, or false at the end, with `damage` set if it is
// not a clean one.
class TraceFormat {
 public:
  virtual ~TraceFormat() = default;
  virtual bool read(ByteStream& stream, RawPacket& packet, std::string& damage) = 0;
  virtual const std::vector<TraceInterface>& interfaces() const = 0;
  virtual const char* name() const = 0;
};

class TraceReader {
 public:
  // Errors name the path: missing, directory, empty, not a capture, a link type that cannot become
  // Ethernet.
  static Result<std::unique_ptr<TraceReader>> open(const std::string& path);

  // The same from memory (tests, fuzzing); `name` stands for the path in messages. The bytes must
  // outlive the reader.
  static Result<std::unique_ptr<TraceReader>> fromMemory(std::span<const uint8_t> bytes,
                                                         const std::string& name);

  ~TraceReader();

  // The next record; false at the end or at damage.
  bool next(TraceRecord& record);

  // What is wrong with the file, once next() has returned false: "PATH: record 1234 at byte 56789:
  // captured length 4294967295 exceeds 262144". Offsets count uncompressed bytes. nullopt: the file
  // is sound.
  const std::optional<std::string>& damage() const { return damage_; }

  const TraceStats& stats() const { return stats_; }
  const std::vector<TraceInterface>& interfaces() const { return format_->interfaces(); }
  const char* formatName() const { return format_->name(); }  // "pcap", "pcap (ns)" or "pcapng"
  const std::string& path() const { return path_; }

 private:
  TraceReader(std::string path, std::unique_ptr<ByteStream> stream,
              std::unique_ptr<TraceFormat> format);
  static Result<std::unique_ptr<TraceReader>> fromInput(std::unique_ptr<ByteInput> input,
                                                        const std::string& name);
  bool toFrame(const RawPacket& packet, TraceRecord& record);
  void stampRecord(const RawPacket& packet, TraceRecord& record);

  std::string path_;
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<TraceFormat> format_;
  std::vector<uint8_t> scratch_;
  std::optional<std::string> damage_;
  TraceStats stats_;
  uint64_t latest_ns_ = 0;
  uint64_t shift_ns_ = 0;  // sum of the steps taken out
  uint64_t records_ = 0;
  bool ended_ = false;
};

}  // namespace sluice
