// SPDX-License-Identifier: Apache-2.0
// Finds the services in a trace, and writes a configuration that load-balances them: `replay
// --auto`.
//
// Who is the server of a conversation: with TCP, the destination of a SYN, or the source of a SYN
// and ACK. Where no handshake was captured, and for UDP: an endpoint that is known as a server from
// other conversations; else the one with clearly more peers; else the lower port if it is a
// well-known one (below 1024, or registered and common); else the lower port; else the destination
// of the first packet. Conversations are remembered up to a limit (memory of some 100 MB); beyond
// it only handshakes count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/trace/packet_view.h"
#include "sim/trace/split_source.h"
#include "sim/trace/trace_reader.h"

namespace sluice {

struct DiscoveredService {
  PacketEndpoint endpoint;
  uint64_t packets = 0;  // both directions
  uint64_t bytes = 0;
  uint64_t connections = 0;
  uint64_t clients = 0;  // different addresses and ports, 4096 at most
};

struct Discovery {
  std::vector<DiscoveredService> services;  // by bytes, most first
  uint64_t packets = 0;                     // of the trace
  uint64_t bytes = 0;
  uint64_t flows = 0;  // conversations
  double duration_seconds = 0;
  uint64_t not_ip = 0;  // packets that are not IP, not TCP or UDP, or fragments
  uint64_t ignored =
      0;  // packets to or from addresses that cannot be a service: multicast, loopback, ...
  uint64_t unassigned = 0;  // packets of conversations beyond the limit
  // First halves of 10.0.0.0/8 and fd00::/8 networks in the trace: the configuration must stay out
  // of them.
  std::vector<bool> used_ten = std::vector<bool>(256, false);  // second byte
  std::vector<bool> used_fd =
      std::vector<bool>(65536, false);  // second pair of bytes, of fd00::/16
};

// Reads the whole trace. Damage is in reader.damage(); what was readable counts.
Discovery discoverServices(TraceReader& reader);

struct AutoConfigOptions {
  uint32_t members = 4;         // per pool, 1 to 64
  uint32_t max_services = 512;  // the busiest ones
  std::string mode = "nat";     // of all virtuals
};

struct AutoConfig {
  std::string text;                // console text; empty if no service was found
  std::vector<Service> services;   // what the virtuals listen to, for SplitSource
  std::vector<std::string> notes;  // for the report: how many were found, and left out
};

// One virtual `auto-203.0.113.10-80-tcp` and one pool of the same name per service, with synthetic
// members in parts of 10.0.0.0/8 and fd00::/8 that the trace does not use.
AutoConfig makeAutoConfig(const Discovery& discovery, const AutoConfigOptions& options = {});

}  // namespace sluice
