// SPDX-License-Identifier: Apache-2.0
// ACL and virtual lookup of the model: docs/data-plane.md sections 4 and 5.
#pragma once

#include "sim/model/model_packet.h"
#include "sim/model/model_tables.h"

namespace sluice::model {

class Classifier {
 public:
  explicit Classifier(const Tables& tables) : tables_(tables) {}
  // Fills hashes, classified and acl_police of a parsed packet.
  void apply(Packet& packet, const regs::CsrConfig& config) const;

 private:
  struct Match {
    uint16_t virtual_id;
    bool punt;
  };

  bool acl(Packet& packet) const;
  std::optional<Match> findVirtual(const Packet& packet, bool prefixes) const;
  std::optional<Match> findKey(const Packet& packet, uint64_t hash, bool any_port) const;
  std::optional<Match> findPrefix(const Packet& packet) const;

  const Tables& tables_;
};

}  // namespace sluice::model
