// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/trace_source.h"

#include <algorithm>

namespace sluice {

TraceSource::TraceSource(std::unique_ptr<TraceReader> reader, const TraceSourceOptions& options)
    : reader_(std::move(reader)), options_(options), timing_(options.timing) {}

bool TraceSource::load() {
  TraceRecord record;
  if (!reader_->next(record)) return false;
  if (!started_) epoch_ns_ = record.timestamp_ns;
  started_ = true;
  pending_.id = next_id_++;
  pending_.arrival_ns = timing_.arrival(record.timestamp_ns - epoch_ns_, record.bytes.size());
  pending_.port = options_.port;
  if (options_.port_by_interface) {
    pending_.port = static_cast<uint8_t>((options_.port + record.interface) % options_.ports);
  }
  pending_.bytes = record.bytes;
  const bool unicast = record.bytes.size() >= 6 && (record.bytes[0] & 1) == 0;
  if (options_.destination_mac && unicast) {
    rewritten_.assign(record.bytes.begin(), record.bytes.end());
    std::copy(options_.destination_mac->begin(), options_.destination_mac->end(),
              rewritten_.begin());
    pending_.bytes = rewritten_;
  }
  loaded_ = true;
  return true;
}

bool TraceSource::next(FrameIn& frame) {
  if (!loaded_ && !load()) return false;
  frame = pending_;
  loaded_ = false;
  return true;
}

uint64_t TraceSource::peekTime() {
  if (!loaded_ && !load()) return kNever;
  return pending_.arrival_ns;
}

}  // namespace sluice
