// SPDX-License-Identifier: Apache-2.0
// What happened when: counts per interval of simulated time.
//
// The interval is chosen on the way: it starts short and doubles, merging neighbours, so that there
// are never more than kMaxBins bins and, but for very short replays, at least half as many. No
// memory grows with the trace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "sim/engine/data_plane.h"
#include "sim/trace/replay_names.h"

namespace sluice {

class TimeSeries {
 public:
  static constexpr size_t kMaxBins = 128;
  static constexpr uint64_t kFirstIntervalNs = 1000;

  struct Bin {
    uint64_t packets = 0;
    uint64_t bytes = 0;
    uint64_t forwarded = 0;
    uint64_t dropped = 0;
    uint64_t punted = 0;
    uint64_t table_entries = 0;  // highest sampled in the interval; else the last one before
    std::vector<uint64_t> member_packets;  // by column; may be shorter than memberColumns()
  };

  struct Mark {
    uint64_t time_ns;
    std::string text;
  };

  // By the time at which a packet entered the pipeline.
  void onFrame(const FrameOut& frame);
  // Live entries of the connection table; call whenever convenient.
  void sampleTable(uint64_t now_ns, uint64_t entries);
  // Something worth a line in the plots: a scenario action.
  void mark(uint64_t now_ns, std::string text) { marks_.push_back({now_ns, std::move(text)}); }

  uint64_t intervalNs() const { return interval_ns_; }
  // End of the last packet's interval, cut at that packet: the last interval is not complete.
  uint64_t endNs() const { return bins_.empty() ? 0 : latest_ns_ + 1; }
  // Length of an interval in seconds; the last one's is cut, but not below a tenth.
  double binSeconds(size_t bin) const;
  // From time 0 to the last packet; gaps are filled.
  const std::vector<Bin>& bins() const { return bins_; }
  const std::vector<uint16_t>& memberColumns() const { return columns_; }  // member ids
  const std::vector<Mark>& marks() const { return marks_; }

  // Header, one line per interval, rates per second; a column per member seen.
  std::string csv(const ReplayNames& names) const;
  [[nodiscard]] Result<void> writeCsv(const std::string& path, const ReplayNames& names) const;

 private:
  Bin& binAt(uint64_t now_ns);
  void widen();

  uint64_t interval_ns_ = kFirstIntervalNs;
  uint64_t bin_end_ns_ = 0;  // end of the bin used last
  size_t current_ = 0;
  uint64_t latest_ns_ = 0;
  uint64_t latest_entries_ = 0;
  std::vector<Bin> bins_;
  std::vector<Mark> marks_;
  std::vector<uint16_t> columns_;
  std::vector<uint16_t> column_of_ = std::vector<uint16_t>(4096, 0xffff);
};

}  // namespace sluice
