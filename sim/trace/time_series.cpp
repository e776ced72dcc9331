// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/time_series.h"

#include <algorithm>

#include "sim/trace/format_number.h"
#include "sim/trace/text_file.h"

namespace sluice {

TimeSeries::Bin& TimeSeries::binAt(uint64_t now_ns) {
  latest_ns_ = std::max(latest_ns_, now_ns);
  if (now_ns < bin_end_ns_ && now_ns + interval_ns_ >= bin_end_ns_) return bins_[current_];
  while (now_ns / interval_ns_ >= kMaxBins) widen();
  current_ = now_ns / interval_ns_;
  if (current_ >= bins_.size()) {
    Bin fresh;
    fresh.table_entries = latest_entries_;
    bins_.resize(current_ + 1, fresh);
  }
  bin_end_ns_ = (current_ + 1) * interval_ns_;
  return bins_[current_];
}

double TimeSeries::binSeconds(size_t bin) const {
  const double whole = static_cast<double>(interval_ns_) / 1e9;
  if (bin + 1 != bins_.size()) return whole;
  const double used = static_cast<double>(endNs() - bin * interval_ns_) / 1e9;
  return std::clamp(used, whole / 10, whole);
}

void TimeSeries::widen() {
  for (size_t i = 0; i < bins_.size(); i += 2) {
    Bin merged = std::move(bins_[i]);
    if (i + 1 < bins_.size()) {
      const Bin& other = bins_[i + 1];
      merged.packets += other.packets;
      merged.bytes += other.bytes;
      merged.forwarded += other.forwarded;
      merged.dropped += other.dropped;
      merged.punted += other.punted;
      merged.table_entries = std::max(merged.table_entries, other.table_entries);
      merged.member_packets.resize(
          std::max(merged.member_packets.size(), other.member_packets.size()), 0);
      for (size_t m = 0; m < other.member_packets.size(); ++m)
        merged.member_packets[m] += other.member_packets[m];
    }
    bins_[i / 2] = std::move(merged);
  }
  bins_.resize((bins_.size() + 1) / 2);
  interval_ns_ *= 2;
}

void TimeSeries::onFrame(const FrameOut& frame) {
  const regs::Result& result = frame.result;
  Bin& bin = binAt(result.now);
  ++bin.packets;
  bin.bytes += result.in_len;
  if (result.verdict == regs::Verdict::kDrop) ++bin.dropped;
  if (result.verdict == regs::Verdict::kPunt) ++bin.punted;
  if (result.verdict != regs::Verdict::kForward) return;
  ++bin.forwarded;
  if (!result.has_member) return;
  uint16_t& column = column_of_[result.member & 4095];
  if (column == 0xffff) {
    column = static_cast<uint16_t>(columns_.size());
    columns_.push_back(result.member);
  }
  if (column >= bin.member_packets.size()) bin.member_packets.resize(columns_.size(), 0);
  ++bin.member_packets[column];
}

void TimeSeries::sampleTable(uint64_t now_ns, uint64_t entries) {
  Bin& bin = binAt(now_ns);
  bin.table_entries = std::max(bin.table_entries, entries);
  latest_entries_ = entries;
}

std::string TimeSeries::csv(const ReplayNames& names) const {
  std::string text =
      "time_seconds,packets_per_second,bits_per_second,forwarded_per_second,dropped_per_second,"
      "punted_per_second,"
      "table_entries";
  for (const uint16_t member : columns_) text += ",\"" + names.memberName(member) + "\"";
  text += "\n";
  const double seconds = static_cast<double>(interval_ns_) / 1e9;
  for (size_t i = 0; i < bins_.size(); ++i) {
    const Bin& bin = bins_[i];
    const auto rate = [&](uint64_t count) {
      return "," + fixedPoint(static_cast<double>(count) / binSeconds(i), 1);
    };
    text += fixedPoint(static_cast<double>(i) * seconds, 9);
    text += rate(bin.packets) + rate(bin.bytes * 8) + rate(bin.forwarded) + rate(bin.dropped) +
            rate(bin.punted);
    text += "," + std::to_string(bin.table_entries);
    for (size_t m = 0; m < columns_.size(); ++m) {
      text += rate(m < bin.member_packets.size() ? bin.member_packets[m] : 0);
    }
    text += "\n";
  }
  return text;
}

Result<void> TimeSeries::writeCsv(const std::string& path, const ReplayNames& names) const {
  return writeTextFile(path, csv(names));
}

}  // namespace sluice
