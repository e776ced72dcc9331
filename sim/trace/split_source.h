// SPDX-License-Identifier: Apache-2.0
// Mode `split`: the clients come from the trace, the servers are regenerated.
//
// All packets of the trace but the services' own enter by the front port. When the data plane
// forwards one to a member (NAT), an endpoint model of that member answers with what the trace's
// server sent next on that connection, from the member's address, after the recorded delay, into
// the port that leads to the member. So the return path and un-NAT are exercised with real payload
// and sequence numbers. Members that get their packets by direct server return or tunnel answer
// past the appliance: such answers are counted, not sent. What comes back to a client is checked.
//
// Memory: per connection of the trace some 250 bytes, and the answers that are waiting.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "firmware/base/ip_address.h"
#include "sim/trace/endpoint_model.h"
#include "sim/trace/frame_source.h"
#include "sim/trace/timing.h"
#include "sim/trace/trace_reader.h"

namespace sluice {

// What a virtual listens to.
struct Service {
  IpPrefix prefix;
  uint16_t port = 0;     // 0: any
  uint8_t protocol = 0;  // 0: any
};

struct SplitOptions {
  TimingOptions timing;
  uint8_t port = 0;  // where the clients are
  std::optional<std::array<uint8_t, 6>> destination_mac;
  // A server never answers sooner; also the longest step of the data plane while packets are out.
  // Longer than the pipeline takes.
  uint64_t min_answer_delay_ns = 5'000;
};

struct SplitStats {
  uint64_t connections = 0;
  uint64_t client_packets = 0;   // sent
  uint64_t server_packets = 0;   // recorded in the trace
  uint64_t other_packets = 0;    // of the trace, neither; sent
  uint64_t without_request = 0;  // recorded answers before any packet of the client: ignored
  uint64_t answers = 0;          // sent
  uint64_t unanswered = 0;  // recorded answers that were not sent: the request was not forwarded
  uint64_t bypassed =
      0;  // recorded answers that go past the appliance (direct server return, tunnels)
  uint64_t returned = 0;     // answers that reached the client as they should
  uint64_t bad_return = 0;   // answers that reached the client and are wrong
  uint64_t lost_return = 0;  // answers that the data plane dropped or punted
};

class SplitSource : public FrameSource {
 public:
  SplitSource(std::unique_ptr<TraceReader> reader, const std::vector<Service>& services,
              const SplitOptions& options);

  bool next(FrameIn& frame) override;
  uint64_t peekTime() override;
  void onFrame(const FrameOut& frame) override;
  uint64_t reaction() const override { return options_.min_answer_delay_ns; }
  uint64_t epochNs() const override { return epoch_ns_; }

  const SplitStats& stats() const { return stats_; }
  const std::vector<std::string>& badReturns() const { return bad_returns_; }  // the first ten
  const TraceReader& reader() const { return *reader_; }

 private:
  struct Recorded {
    uint64_t request;   // index of the client's packet before it
    uint64_t delay_ns;  // after that packet
    std::vector<uint8_t> bytes;
  };
  struct Connection {
    PacketTuple client;
    uint64_t requests = 0;         // client packets read so far
    uint64_t last_request_ns = 0;  // trace time of the latest
    uint64_t handled = 0;          // client packets that the data plane has dealt with
    uint64_t handled_ns = 0;       // departure of the latest
    uint64_t last_answer_ns = 0;
    bool forwarded = false;  // the latest one dealt with was forwarded
    Delivery delivery;
    std::deque<Recorded> waiting;
  };
  struct Answer {
    uint64_t time_ns;
    uint64_t order;
    Connection* connection;
    uint8_t port;
    std::vector<uint8_t> bytes;
  };
  struct Sooner {
    bool operator()(const Answer& a, const Answer& b) const {
      return a.time_ns != b.time_ns ? a.time_ns > b.time_ns : a.order > b.order;
    }
  };
  struct Outstanding {
    Connection* connection = nullptr;  // null: dealt with, or of none
    bool answer = false;
    uint64_t request = 0;
    uint16_t payload_length = 0;
  };

  bool isService(const PacketEndpoint& endpoint) const;
  bool loadRequest();
  void setRequest(const TraceRecord& record, Connection* connection);
  void takeRecord(const TraceRecord& record, const PacketView& view, Connection& connection);
  void answer(Connection& connection, const Recorded& recorded);
  void onRequestDone(Connection& connection, const Outstanding& out, const FrameOut& frame);
  void onAnswerDone(const Connection& connection, const Outstanding& out, const FrameOut& frame);

  std::unique_ptr<TraceReader> reader_;
  SplitOptions options_;
  Timing timing_;
  std::unordered_set<PacketEndpoint> hosts_;
  std::vector<Service> prefixes_;
  std::unordered_map<PacketTuple, Connection> connections_;
  std::priority_queue<Answer, std::vector<Answer>, Sooner> answers_;
  std::deque<Outstanding> outstanding_;  // by id - first_outstanding_
  uint64_t first_outstanding_ = 0;
  uint64_t next_id_ = 0;
  uint64_t next_order_ = 0;
  uint64_t latest_ns_ = 0;

  bool request_loaded_ = false;
  uint64_t request_arrival_ns_ = 0;
  Connection* request_connection_ = nullptr;  // null: of no connection to a service
  std::vector<uint8_t> request_bytes_;
  std::vector<uint8_t> answer_bytes_;
  bool started_ = false;
  uint64_t epoch_ns_ = 0;
  SplitStats stats_;
  std::vector<std::string> bad_returns_;
};

}  // namespace sluice
