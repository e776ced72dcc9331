// SPDX-License-Identifier: Apache-2.0
// Constrained-random configurations and frames for the data plane.
//
// Everything follows from the seed. Addresses and ports are few, so that connections, reuse,
// evictions and aliases happen; frames are mostly about virtuals of the configuration, the rest is
// damaged in some way. Within a round (newRound()) keys, modes and families stay, as firmware would
// keep them for live connections; the caller purges the connection table between rounds.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/data_plane.h"
#include "testbenches/common/data_plane_setup.h"

namespace sluice::testing {

// splitmix64: the same numbers everywhere, unlike the distributions of the standard library.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>((next() >> 32) * bound >> 32); }
  uint32_t between(uint32_t low, uint32_t high) { return low + below(high - low + 1); }
  bool percent(uint32_t chance) { return below(100) < chance; }
  template <class Container>
  const auto& pick(const Container& from) {
    return from[below(static_cast<uint32_t>(from.size()))];
  }

 private:
  uint64_t state_;
};

class RandomStimulus {
 public:
  explicit RandomStimulus(uint64_t seed) : random_(seed) {}

  // A new configuration from scratch.
  void newRound();
  // Some rows and registers of it change.
  void mutate();
  const DataPlaneSetup& setup() const { return setup_; }

  // The next frame; its bytes stay until the next call. Time goes on by up to some microseconds.
  FrameIn nextFrame();
  // A frame that came out: what full NAT has made of a client's packet gets answers.
  void hear(std::span<const uint8_t> frame);
  // Idle time between bursts: nothing, microseconds or several timeouts.
  void idle();
  void notBefore(uint64_t ns) { now_ = std::max(now_, ns); }
  uint64_t now() const { return now_; }
  bool percent(uint32_t chance) { return random_.percent(chance); }
  uint32_t below(uint32_t bound) { return random_.below(bound); }

 private:
  struct Service {
    End end;
    uint8_t protocol = 0;
    std::vector<uint16_t> members;
    uint16_t virtual_id = 0;
    bool any_port = false;
  };
  struct Connection {
    End client, service, member;
    uint8_t protocol = 0;
    bool nat = false;
    bool begun = false;  // the client has sent something
  };

  // Configuration (random_setup.cpp).
  void addMembers();
  void addVirtual(uint16_t id);
  void addKeys(uint16_t id, Service service);
  void addPool(uint16_t pool, const std::vector<uint16_t>& members);
  void randomAcl();
  void randomLimits();
  void randomRegisters();
  void mutateOnce();
  regs::VirtualRow& anyVirtual();
  regs::MemberRow& anyMember();

  // Frames (random_stimulus.cpp).
  Ip client(bool v6);
  End memberEnd(uint16_t id, uint16_t service_port);
  Connection newConnection();
  Connection& connection();
  Packet base(const End& source, const End& destination, uint8_t protocol);
  Packet clientPacket();
  Packet memberPacket();
  Packet error();
  Packet oddity();
  void dress(Packet& packet);
  void damage(Bytes& bytes);
  Bytes garbage();
  uint8_t tcpFlags(bool first);
  size_t payloadLength();

  Random random_;
  DataPlaneSetup setup_;
  std::vector<Service> services_;
  std::vector<Connection> recent_;
  std::vector<Connection> translated_;  // by full NAT: the client is its source
  Bytes bytes_;
  uint64_t now_ = 1'000'000;
  uint64_t next_id_ = 1;
};

}  // namespace sluice::testing
