// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/port_recorder.h"

#include "sim/trace/frame_comment.h"

namespace sluice {

PortRecorder::PortRecorder(std::string directory, uint64_t epoch_ns, const ReplayNames& names)
    : directory_(std::move(directory)), epoch_ns_(epoch_ns), names_(names) {}

TraceWriter* PortRecorder::writer(size_t file) {
  if (writers_[file] || failure_) return writers_[file].get();
  const std::string name = file == kDropped         ? "dropped"
                           : file == regs::kCpuPort ? "cpu"
                                                    : "port" + std::to_string(file);
  const std::string path = directory_ + "/" + name + ".pcapng";
  auto created = TraceWriter::create(path, name);
  if (!created) {
    failure_ = created.error();
    return nullptr;
  }
  writers_[file] = std::move(created).value();
  paths_.push_back(path);
  return writers_[file].get();
}

const std::string& PortRecorder::comment(const FrameOut& frame) {
  writeFrameComment(
      frame, [this](uint16_t id) { return names_.virtualName(id); },
      [this](uint16_t id) { return names_.memberName(id); }, comment_);
  return comment_;
}

void PortRecorder::onOffered(const FrameIn& frame) {
  if (held_.empty()) first_held_ = frame.id;
  while (first_held_ + held_.size() <= frame.id) held_.emplace_back();
  Held& held = held_[frame.id - first_held_];
  if (!spare_.empty()) {
    held.bytes = std::move(spare_.back());
    spare_.pop_back();
  }
  held.bytes.assign(frame.bytes.begin(), frame.bytes.end());
  held.arrival_ns = frame.arrival_ns;
  held.pending = true;
}

void PortRecorder::onFrame(const FrameOut& frame) {
  const uint64_t at = frame.id - first_held_;
  Held* held = at < held_.size() && held_[at].pending ? &held_[at] : nullptr;
  const bool dropped = frame.result.verdict == regs::Verdict::kDrop;
  if (!dropped) {
    const size_t port =
        frame.result.out_port < regs::kPortCount ? frame.result.out_port : regs::kCpuPort;
    if (TraceWriter* out = writer(port)) {
      out->write(epoch_ns_ + frame.departure_ns, frame.bytes, comment(frame),
                 PacketDirection::kOutbound);
    }
  } else if (held != nullptr) {
    if (TraceWriter* out = writer(kDropped)) {
      out->write(epoch_ns_ + held->arrival_ns, held->bytes, comment(frame),
                 PacketDirection::kInbound);
    }
  }
  if (held == nullptr) return;
  held->pending = false;
  spare_.push_back(std::move(held->bytes));
  while (!held_.empty() && !held_.front().pending) {
    held_.pop_front();
    ++first_held_;
  }
}

void PortRecorder::onFirmwareFrame(uint8_t port, const FrameOut& about,
                                   std::span<const uint8_t> bytes) {
  TraceWriter* out = writer(port);
  if (out == nullptr) return;
  comment_ = "sent by firmware about id=" + std::to_string(about.id);
  out->write(epoch_ns_ + about.departure_ns, bytes, comment_, PacketDirection::kOutbound);
}

Result<std::vector<std::string>> PortRecorder::close() {
  for (auto& writer : writers_) {
    if (!writer) continue;
    const auto closed = writer->close();
    if (!closed && !failure_) failure_ = closed.error();
    writer.reset();
  }
  if (failure_) return *failure_;
  return paths_;
}

}  // namespace sluice
