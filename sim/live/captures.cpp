// SPDX-License-Identifier: Apache-2.0
#include "sim/live/captures.h"

#include <algorithm>

#include "sim/trace/frame_comment.h"
#include "sim/trace/packet_view.h"

namespace sluice {
namespace {

using regs::Verdict;

Error wrong(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

bool isEnd(const std::optional<IpPrefix>& prefix, const std::optional<uint16_t>& port,
           const PacketEndpoint& end) {
  if (prefix && (prefix->address.v6 != end.address.v6 || !prefix->contains(end.address)))
    return false;
  return !port || *port == end.port;
}

// Client and destination, either way round.
bool isBetween(const ConnectionFilter& f, const PacketTuple& tuple) {
  const PacketEndpoint from = tuple.sourceEndpoint(), to = tuple.destinationEndpoint();
  const auto between = [&](const PacketEndpoint& client, const PacketEndpoint& other) {
    return isEnd(f.client, f.client_port, client) &&
           isEnd(f.destination, f.destination_port, other);
  };
  return between(from, to) || between(to, from);
}

bool looksAtPackets(const ConnectionFilter& f) {
  return f.client || f.client_port || f.destination || f.destination_port || f.protocol;
}

}  // namespace

const std::map<std::string, Captures::Stage, std::less<>>& Captures::stageNames() {
  static const std::map<std::string, Stage, std::less<>> names = {{"ingress", Stage::kIngress},
                                                                  {"egress", Stage::kEgress},
                                                                  {"drop", Stage::kDrop},
                                                                  {"punt", Stage::kPunt},
                                                                  {"all", Stage::kAll}};
  return names;
}

std::vector<std::string> Captures::stages() { return {"ingress", "egress", "drop", "punt", "all"}; }

Result<void> Captures::start(const CaptureRequest& request, uint64_t now_ns, uint64_t wall_ns) {
  const auto stage = stageNames().find(request.stage);
  if (stage == stageNames().end()) {
    return wrong("unknown stage '" + request.stage +
                 "'; expected ingress, egress, drop, punt or all");
  }
  if (request.file.empty() || request.file.front() != '/')
    return wrong("'" + request.file + "' is not a path of the appliance's host; expected /...");
  if (request.match.state) return wrong("packets cannot be selected by the connection's state");
  if (request.reason) {
    bool known = false;
    for (size_t i = 1; i < regs::kDropReasonCount; ++i)
      known |= *request.reason == regs::name(static_cast<regs::DropReason>(i));
    if (!known) return wrong("unknown drop reason '" + *request.reason + "'");
  }
  const auto before = captures_.find(request.name);
  if (before != captures_.end() && before->second.status.running)
    return wrong("capture '" + request.name + "' runs already");
  if (before == captures_.end() && captures_.size() >= kMost)
    return wrong("too many captures; expected at most " + std::to_string(kMost));
  auto writer = TraceWriter::create(request.file, request.stage);
  if (!writer) return writer.error();
  Capture& capture = captures_[request.name];
  capture.status = {request, 0, 0, true, ""};
  capture.stage = stage->second;
  const auto duration = static_cast<uint64_t>(request.duration.count()) * 1'000'000'000;
  capture.ends_ns = duration == 0 ? UINT64_MAX : now_ns + duration;
  capture.wall_ns = wall_ns;
  capture.writer = std::move(*writer);
  ++running_;
  return {};
}

Result<CaptureStatus> Captures::stop(std::string_view name) {
  const auto found = captures_.find(name);
  if (found == captures_.end())
    return Error{ErrorCode::kNotFound, "there is no capture '" + std::string(name) + "'"};
  if (found->second.status.running) end(found->second, "");
  return found->second.status;
}

void Captures::stopAll() {
  for (auto& [name, capture] : captures_) {
    if (capture.status.running) end(capture, "the appliance stopped");
  }
}

std::vector<CaptureStatus> Captures::list() const {
  std::vector<CaptureStatus> all;
  for (const auto& [name, capture] : captures_) all.push_back(capture.status);
  return all;
}

void Captures::end(Capture& capture, const std::string& note) {
  const auto closed = capture.writer->close();
  capture.writer.reset();
  capture.status.running = false;
  capture.status.note = closed.ok() ? note : closed.error().message;
  --running_;
  if (running_ == 0) held_.clear();
}

void Captures::expire(uint64_t now_ns) {
  for (auto& [name, capture] : captures_) {
    if (capture.status.running && now_ns >= capture.ends_ns) end(capture, "its time is over");
  }
}

void Captures::onOffered(const FrameIn& frame) {
  held_[frame.id] = {{frame.bytes.begin(), frame.bytes.end()}, frame.arrival_ns};
}

void Captures::onFrame(const FrameOut& frame) {
  const auto in = held_.find(frame.id);
  if (in == held_.end()) return;  // came in before the first capture began
  const Held held = std::move(in->second);
  held_.erase(in);
  comment_.clear();
  for (auto& [name, capture] : captures_) {
    if (capture.status.running && matches(capture, frame.result, held)) take(capture, frame, held);
  }
}

bool Captures::matches(const Capture& capture, const regs::Result& result, const Held& in) const {
  const CaptureRequest& request = capture.status.request;
  const ConnectionFilter& f = request.match;
  if (request.reason &&
      (result.verdict != Verdict::kDrop || *request.reason != regs::name(result.reason)))
    return false;
  if (f.virtual_name &&
      (!result.has_virtual || control_.virtualName(result.virtual_id) != *f.virtual_name))
    return false;
  if (f.pool || f.member || f.member_port) {
    const MemberKey* key = result.has_member ? control_.memberKey(result.member) : nullptr;
    if (key == nullptr || (f.pool && *f.pool != key->pool)) return false;
    if (!isEnd(f.member, f.member_port, {key->endpoint.address, key->endpoint.port, 0}))
      return false;
  }
  if (!looksAtPackets(f)) return true;
  PacketView view;
  if (!decodePacket(in.bytes, view)) return false;
  return (!f.protocol || *f.protocol == view.tuple.protocol) && isBetween(f, view.tuple);
}

void Captures::take(Capture& capture, const FrameOut& frame, const Held& in) {
  if (comment_.empty()) {
    writeFrameComment(
        frame, [this](uint16_t id) { return std::string(control_.virtualName(id)); },
        [this](uint16_t id) {
          const MemberKey* key = control_.memberKey(id);
          return key == nullptr ? std::to_string(id) : key->pool + "/" + key->endpoint.toString();
        },
        comment_);
  }
  const Verdict verdict = frame.result.verdict;
  const Stage stage = capture.stage;
  if (stage == Stage::kIngress || stage == Stage::kAll ||
      (stage == Stage::kDrop && verdict == Verdict::kDrop))
    write(capture, in.arrival_ns, in.bytes, PacketDirection::kInbound);
  if (((stage == Stage::kEgress || stage == Stage::kAll) && verdict == Verdict::kForward) ||
      (stage == Stage::kPunt && verdict == Verdict::kPunt))
    write(capture, frame.departure_ns, frame.bytes, PacketDirection::kOutbound);
}

void Captures::write(Capture& capture, uint64_t at_ns, std::span<const uint8_t> bytes,
                     PacketDirection direction) {
  CaptureStatus& status = capture.status;
  if (!status.running) return;
  capture.writer->write(capture.wall_ns + at_ns, bytes, comment_, direction);
  ++status.packets;
  status.bytes += bytes.size();
  const CaptureRequest& request = status.request;
  if ((request.limit != 0 && status.packets >= request.limit) ||
      (request.limit_bytes != 0 && status.bytes >= request.limit_bytes))
    end(capture, "its limit is reached");
}

}  // namespace sluice
