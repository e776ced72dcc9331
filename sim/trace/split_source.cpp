// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/split_source.h"

#include <algorithm>

namespace sluice {

namespace {
constexpr size_t kMaxBadReturns = 10;
}

SplitSource::SplitSource(std::unique_ptr<TraceReader> reader, const std::vector<Service>& services,
                         const SplitOptions& options)
    : reader_(std::move(reader)), options_(options), timing_(options.timing) {
  for (const Service& service : services) {
    if (service.prefix.length == service.prefix.address.bits()) {
      hosts_.insert({service.prefix.address, service.port, service.protocol});
    } else {
      prefixes_.push_back(service);
    }
  }
}

bool SplitSource::isService(const PacketEndpoint& endpoint) const {
  for (const uint16_t port : {endpoint.port, uint16_t{0}}) {
    for (const uint8_t protocol : {endpoint.protocol, uint8_t{0}}) {
      if (hosts_.count({endpoint.address, port, protocol}) != 0) return true;
    }
  }
  return std::any_of(prefixes_.begin(), prefixes_.end(), [&](const Service& service) {
    return (service.port == 0 || service.port == endpoint.port) &&
           (service.protocol == 0 || service.protocol == endpoint.protocol) &&
           service.prefix.contains(endpoint.address);
  });
}

// Reads the trace up to and including the next packet that is not a server's, keeping the servers'
// packets on the way.
bool SplitSource::loadRequest() {
  TraceRecord record;
  PacketView view;
  while (reader_->next(record)) {
    if (!started_) epoch_ns_ = record.timestamp_ns;
    started_ = true;
    const bool readable = decodePacket(record.bytes, view) && !view.fragment;
    if (readable && isService(view.tuple.destinationEndpoint())) {
      auto [found, fresh] = connections_.try_emplace(view.tuple);
      Connection& connection = found->second;
      if (fresh) {
        connection.client = view.tuple;
        ++stats_.connections;
      }
      ++connection.requests;
      connection.last_request_ns = record.timestamp_ns;
      setRequest(record, &connection);
      return true;
    }
    const auto found = readable ? connections_.find(view.tuple.reversed()) : connections_.end();
    if (found != connections_.end()) {
      ++stats_.server_packets;
      takeRecord(record, view, found->second);
    } else if (readable && isService(view.tuple.sourceEndpoint())) {
      ++stats_.server_packets;
      ++stats_.without_request;
    } else {
      setRequest(record, nullptr);
      return true;
    }
  }
  return false;
}

void SplitSource::setRequest(const TraceRecord& record, Connection* connection) {
  request_bytes_.assign(record.bytes.begin(), record.bytes.end());
  const bool unicast = (request_bytes_[0] & 1) == 0;
  if (options_.destination_mac && unicast) {
    std::copy(options_.destination_mac->begin(), options_.destination_mac->end(),
              request_bytes_.begin());
  }
  request_arrival_ns_ = timing_.arrival(record.timestamp_ns - epoch_ns_, request_bytes_.size());
  request_connection_ = connection;
  request_loaded_ = true;
}

void SplitSource::takeRecord(const TraceRecord& record, const PacketView& view,
                             Connection& connection) {
  // Without Ethernet padding: it would count as payload nowhere, and the data plane cuts it off.
  const auto bytes = record.bytes.first(std::min<size_t>(record.bytes.size(), view.l3_end));
  Recorded recorded{connection.requests - 1, record.timestamp_ns - connection.last_request_ns,
                    std::vector<uint8_t>(bytes.begin(), bytes.end())};
  if (connection.handled > recorded.request) {
    answer(connection, recorded);
  } else {
    connection.waiting.push_back(std::move(recorded));
  }
}

void SplitSource::answer(Connection& connection, const Recorded& recorded) {
  const Delivery& delivery = connection.delivery;
  if (!connection.forwarded) {
    ++stats_.unanswered;
    return;
  }
  if (delivery.kind == Delivery::Kind::kDirect || delivery.kind == Delivery::Kind::kTunnel) {
    ++stats_.bypassed;
    return;
  }
  Answer answer;
  if (!buildAnswer(delivery, recorded.bytes, answer.bytes)) {
    ++stats_.unanswered;
    return;
  }
  const uint64_t delay = std::max(timing_.delay(recorded.delay_ns), options_.min_answer_delay_ns);
  // Never out of order within a connection.
  answer.time_ns = std::max(connection.handled_ns + delay, connection.last_answer_ns);
  connection.last_answer_ns = answer.time_ns;
  answer.order = next_order_++;
  answer.connection = &connection;
  answer.port = delivery.port;
  answers_.push(std::move(answer));
}

uint64_t SplitSource::peekTime() {
  if (!request_loaded_) loadRequest();
  const uint64_t request = request_loaded_ ? request_arrival_ns_ : kNever;
  const uint64_t answer = answers_.empty() ? kNever : answers_.top().time_ns;
  const uint64_t time = std::min(request, answer);
  return time == kNever ? kNever : std::max(time, latest_ns_);
}

bool SplitSource::next(FrameIn& frame) {
  const uint64_t time = peekTime();
  if (time == kNever) return false;
  const bool has_answer =
      !answers_.empty() && (!request_loaded_ || answers_.top().time_ns <= request_arrival_ns_);
  frame = FrameIn();
  frame.id = next_id_++;
  frame.arrival_ns = latest_ns_ = time;
  Outstanding out;
  if (has_answer) {
    // The queue's top is const, but about to go: its bytes may be moved out.
    auto& top = const_cast<Answer&>(answers_.top());
    answer_bytes_.swap(top.bytes);
    out.connection = top.connection;
    frame.port = top.port;
    answers_.pop();
    frame.bytes = answer_bytes_;
    PacketView view;
    out.answer = true;
    if (decodePacket(answer_bytes_, view)) out.payload_length = view.payload_length;
    ++stats_.answers;
  } else {
    out.connection = request_connection_;
    out.request = request_connection_ == nullptr ? 0 : request_connection_->requests - 1;
    request_loaded_ = false;
    frame.port = options_.port;
    frame.bytes = request_bytes_;
    ++(request_connection_ == nullptr ? stats_.other_packets : stats_.client_packets);
  }
  outstanding_.push_back(out);
  return true;
}

void SplitSource::onFrame(const FrameOut& frame) {
  const uint64_t at = frame.id - first_outstanding_;
  if (at >= outstanding_.size()) return;
  const Outstanding out = outstanding_[at];
  outstanding_[at].connection = nullptr;
  while (!outstanding_.empty() && outstanding_.front().connection == nullptr) {
    outstanding_.pop_front();
    ++first_outstanding_;
  }
  if (out.connection == nullptr) return;
  if (out.answer) {
    onAnswerDone(*out.connection, out, frame);
  } else {
    onRequestDone(*out.connection, out, frame);
  }
}

void SplitSource::onRequestDone(Connection& connection, const Outstanding& out,
                                const FrameOut& frame) {
  connection.handled = out.request + 1;
  connection.handled_ns = frame.departure_ns;
  connection.forwarded = frame.result.verdict == regs::Verdict::kForward;
  if (connection.forwarded) {
    connection.delivery = inspectDelivery(frame.bytes, connection.client, frame.result.out_port);
  }
  while (!connection.waiting.empty() && connection.waiting.front().request < connection.handled) {
    answer(connection, connection.waiting.front());
    connection.waiting.pop_front();
  }
}

void SplitSource::onAnswerDone(const Connection& connection, const Outstanding& out,
                               const FrameOut& frame) {
  if (frame.result.verdict != regs::Verdict::kForward) {
    ++stats_.lost_return;
    return;
  }
  const std::string fault = faultOfReturn(frame.bytes, connection.client, out.payload_length);
  if (fault.empty()) {
    ++stats_.returned;
    return;
  }
  ++stats_.bad_return;
  if (bad_returns_.size() < kMaxBadReturns)
    bad_returns_.push_back("packet " + std::to_string(frame.id) + ": " + fault);
}

}  // namespace sluice
