// SPDX-License-Identifier: Apache-2.0
// What the management plane can ask about traffic: connections, one packet followed through the
// stages, captures.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mgmt/core/managed_appliance.h"

namespace sluice {

// What is not set matches everything.
struct ConnectionFilter {
  std::optional<IpPrefix> client, destination, member;
  std::optional<uint16_t> client_port, destination_port, member_port;
  std::optional<uint8_t> protocol;
  std::optional<std::string> virtual_name, pool, state;
  bool operator==(const ConnectionFilter&) const = default;
};

struct ConnectionStatus {
  uint8_t protocol = 6;
  Endpoint client, destination, member;
  std::string virtual_name, pool, state;
  std::chrono::milliseconds idle{0}, timeout{0};  // expires at idle = timeout
};

struct ConnectionList {
  std::vector<ConnectionStatus> connections;
  uint64_t matched = 0;  // of which at most the asked number is listed
  bool complete = true;  // false: it took too long to look at all, or events were lost
};

// tcp 198.51.100.7:4711 > 203.0.113.10:80
struct ExplainRequest {
  uint8_t protocol = 6;
  Endpoint source, destination;
  std::optional<std::string> interface;  // where it comes in; not given: on the way to its source
  std::optional<uint8_t> tcp_flags;      // not given: SYN
};

struct ExplainStep {
  std::string stage;   // parse, classify, flow, dispatch, police, edit, egress
  std::string result;  // "virtual shop"
  std::string reason;  // "destination 203.0.113.10:80, protocol tcp"
};

struct Explanation {
  std::vector<ExplainStep> steps;
  std::string verdict;  // "forward to 10.0.0.11:80 by ethernet2", "drop: no_virtual"
};

struct CaptureRequest {
  std::string name;
  std::string stage;       // where packets are taken: ingress, egress, drop, punt, all
  std::string file;        // pcapng
  ConnectionFilter match;  // of the packet, as it came in: client and destination either way round
  uint64_t limit = 0;      // packets; 0 = until stopped
  uint64_t limit_bytes = 0;
  std::chrono::seconds duration{0};
  std::optional<std::string> reason;  // name of a drop reason
};

struct CaptureStatus {
  CaptureRequest request;
  uint64_t packets = 0, bytes = 0;
  bool running = false;
  std::string note;  // why it ended, if not by itself or by order
};

class TrafficSource {
 public:
  virtual ~TrafficSource() = default;

  virtual Result<ConnectionList> connections(const ConnectionFilter& filter, size_t most) = 0;
  // Ends all, those of a virtual, or those of a member (pool, address and port), in the background;
  // kInvalidInput for other filters. Returns how many there are.
  virtual Result<uint64_t> clearConnections(const ConnectionFilter& filter) = 0;
  // Follows a packet through the tables that are in force, without sending one.
  virtual Result<Explanation> explain(const ExplainRequest& request) = 0;

  virtual std::vector<std::string> captureStages() = 0;
  virtual Result<void> startCapture(const CaptureRequest& request) = 0;
  virtual Result<CaptureStatus> stopCapture(std::string_view name) = 0;
  virtual std::vector<CaptureStatus> captures() = 0;
};

}  // namespace sluice
