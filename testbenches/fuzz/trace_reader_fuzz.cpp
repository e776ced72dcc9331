// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any bytes as a trace file. The reader must end, stay in bounds, and keep its promises;
// what it delivers goes through the tools' packet decoder, too.
#include <cstdlib>
#include <vector>

#include "sim/trace/packet_view.h"
#include "sim/trace/trace_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto reader = sluice::TraceReader::fromMemory({data, size}, "fuzz");
  if (!reader.ok()) {
    if (reader.error().message.empty()) std::abort();
    return 0;
  }
  sluice::TraceRecord record;
  uint64_t latest = 0;
  while ((*reader)->next(record)) {
    if (record.bytes.size() > sluice::kMaxTraceFrame || record.timestamp_ns < latest) std::abort();
    if (record.interface >= (*reader)->interfaces().size()) std::abort();
    latest = record.timestamp_ns;
    sluice::PacketView view;
    if (!sluice::decodePacket(record.bytes, view)) continue;
    if (view.payload_offset + view.payload_length > record.bytes.size()) std::abort();
    std::vector<uint8_t> copy(record.bytes.begin(), record.bytes.end());
    sluice::fixChecksums(copy, view);
    if (!sluice::checksumsValid(copy, view)) std::abort();
  }
  return 0;
}
