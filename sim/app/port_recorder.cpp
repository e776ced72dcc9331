// SPDX-License-Identifier: Apache-2.0
#include "sim/app/port_recorder.h"

#include <filesystem>

namespace sluice {
namespace {

// Inbound packets may be written this much later than they arrived and still be in order.
constexpr uint64_t kReorderNs = 10'000'000;

std::string portName(uint32_t port) { return port == regs::kCpuPort ? "cpu" : "port" + std::to_string(port); }

}  // namespace

Result<std::unique_ptr<PortRecorder>> PortRecorder::create(const std::string& dir, uint64_t epoch_ns) {
  std::error_code code;
  std::filesystem::create_directories(dir, code);
  if (code) return Error{ErrorCode::kIo, dir + ": cannot create this directory: " + code.message()};
  std::unique_ptr<PortRecorder> recorder(new PortRecorder);
  recorder->epoch_ns_ = epoch_ns;
  for (uint32_t p = 0; p < regs::kPortCount; ++p) {
    auto writer = TraceWriter::create(dir + "/" + portName(p) + ".pcapng", portName(p));
    if (!writer.ok()) return writer.error();
    recorder->writers_[p] = std::move(*writer);
  }
  return recorder;
}

void PortRecorder::onOffered(const FrameIn& frame) {
  held_[frame.id] = {frame.arrival_ns, {frame.bytes.begin(), frame.bytes.end()}};
}

void PortRecorder::onFrame(const FrameOut& frame, const ReplayNames& names) {
  const auto held = held_.find(frame.id);
  if (held == held_.end()) return;
  const std::string comment = describe(frame, names);
  put({held->second.arrival_ns, order_++, frame.result.in_port, PacketDirection::kInbound,
       std::move(held->second.bytes), comment});
  held_.erase(held);
  if (frame.result.verdict != regs::Verdict::kDrop) {
    put({frame.departure_ns, order_++, frame.result.out_port, PacketDirection::kOutbound,
         {frame.bytes.begin(), frame.bytes.end()}, comment});
  }
  if (frame.departure_ns > kReorderNs) flush(frame.departure_ns - kReorderNs);
}

void PortRecorder::put(Record record) { waiting_.push(std::move(record)); }

void PortRecorder::flush(uint64_t before_ns) {
  while (!waiting_.empty() && waiting_.top().time_ns < before_ns) {
    const Record& record = waiting_.top();
    writers_[record.port]->write(epoch_ns_ + record.time_ns, record.bytes, record.comment, record.direction);
    waiting_.pop();
  }
}

Result<void> PortRecorder::close() {
  flush(UINT64_MAX);
  for (auto& writer : writers_) {
    if (auto closed = writer->close(); !closed.ok()) return closed;
  }
  return {};
}

std::string describe(const FrameOut& frame, const ReplayNames& names) {
  const regs::Result& r = frame.result;
  std::string text(name(r.verdict));
  if (r.verdict == regs::Verdict::kDrop) text += " " + std::string(name(r.reason));
  if (r.verdict == regs::Verdict::kPunt) text += " " + std::string(name(r.cause));
  if (r.has_virtual) text += "; virtual " + names.virtualName(r.virtual_id);
  if (r.has_member) text += "; member " + names.memberName(r.member);
  if (r.flow != regs::FlowResult::kNone) text += "; flow " + std::string(name(r.flow));
  if (r.close_cause != regs::CloseCause::kNone) text += "; closed " + std::string(name(r.close_cause));
  if (r.acl_hit) text += "; acl rule " + std::to_string(r.acl_rule);
  text += "; " + portName(r.in_port);
  if (r.verdict != regs::Verdict::kDrop) text += " > " + portName(r.out_port);
  if (frame.latency_cycles != 0) text += "; " + std::to_string(frame.latency_cycles) + " cycles";
  return text;
}

}  // namespace sluice
