// SPDX-License-Identifier: Apache-2.0
// Mode `synth`: generated client traffic to given virtual endpoints.
//
// Deterministic: the same options give the same frames on every machine (own generator, no library
// distributions). New connections start at a constant mean rate with exponential gaps. A TCP
// connection is SYN, ACK, data packets, FIN (or RST); a UDP one is its data packets. A connection's
// packets are `packet_gap_ns` apart on the mean, so that many connections interleave. SYN-flood
// packets come from random addresses and are never completed. Only the clients' side is generated.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"
#include "sim/trace/frame_source.h"
#include "sim/trace/packet_view.h"
#include "sim/trace/timing.h"

namespace sluice {

// SplitMix64: small, fast, good enough for traffic, and the same everywhere.
class SynthRandom {
 public:
  explicit SynthRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint64_t below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)
  bool chance(double probability) { return unit() < probability; }

 private:
  uint64_t state_;
};

struct SynthOptions {
  uint64_t seed = 1;
  uint64_t packets = 1'000'000;         // frames in all
  std::vector<PacketEndpoint> targets;  // virtual endpoints; protocol 0: TCP
  // Share of connections to IPv6 targets, if there are targets of both families; not set: targets
  // are alike.
  std::optional<double> v6_share;
  double connections_per_second = 100'000;
  uint32_t clients = 10'000;            // client addresses per family
  double zipf = 1.0;                    // popularity exponent of clients; 0 = all alike
  uint32_t packets_per_connection = 8;  // mean number of data packets, at least 1
  uint64_t packet_gap_ns = 50'000;      // mean gap between packets of a connection
  // Frame lengths with FCS of data packets and their relative frequencies.
  std::vector<std::pair<uint32_t, double>> sizes{{64, 7}, {594, 4}, {1518, 1}};
  double syn_flood_share = 0;  // of all frames
  double rst_share = 0;        // of TCP connections that end by RST instead of FIN
  uint8_t port = 0;            // ingress port
  TimingOptions timing;
};

// "64", "1500", "imix" (64:7, 594:4, 1518:1) or a list "64:50,512:30,1518:20" of lengths with FCS
// and weights.
Result<std::vector<std::pair<uint32_t, double>>> parseSizeMix(std::string_view text);

class SynthSource : public FrameSource {
 public:
  // Targets must not be empty.
  explicit SynthSource(const SynthOptions& options);

  bool next(FrameIn& frame) override;
  uint64_t peekTime() override;

  uint64_t connections() const { return connections_; }

 private:
  struct Connection {
    PacketTuple tuple;
    uint32_t sequence = 0;
    uint32_t data_left = 0;
    uint8_t step = 0;  // 0 SYN, 1 ACK, 2 data, 3 end
    bool reset = false;
  };
  struct Due {
    uint64_t time_ns;
    uint32_t connection;
    bool operator>(const Due& other) const {
      return time_ns != other.time_ns ? time_ns > other.time_ns : connection > other.connection;
    }
  };

  bool load();
  uint64_t exponential(double mean_ns);
  const PacketEndpoint& pickTarget();
  uint32_t pickClient();
  uint32_t pickSize();
  PacketTuple clientTuple(const PacketEndpoint& target, uint32_t client, uint16_t port) const;
  void startConnection();
  void emitFlood();
  bool emitPacket(Connection& connection);

  SynthOptions options_;
  Timing timing_;
  SynthRandom random_;
  std::vector<PacketEndpoint> family_targets_[2];  // IPv4, IPv6
  std::vector<double> client_cdf_;
  std::vector<std::pair<uint32_t, double>> size_cdf_;
  std::vector<Connection> slots_;
  std::vector<uint32_t> free_slots_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  double next_start_ns_ = 0;
  uint64_t now_ns_ = 0;
  uint64_t connections_ = 0;
  uint64_t emitted_ = 0;
  std::vector<uint8_t> bytes_;
  FrameIn pending_;
  bool loaded_ = false;
};

}  // namespace sluice
