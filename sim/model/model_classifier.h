// SPDX-License-Identifier: Apache-2.0
// ACL and virtual lookup of the model: docs/data-plane.md sections 4 and 5.
#pragma once

#include "sim/model/model_hash.h"
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
  // Each returns false if there is none.
  bool findVirtual(const Packet& packet, const Hash& hash, bool prefixes, Match& found) const;
  bool findKey(const Packet& packet, uint64_t hash, bool any_port, Match& found) const;
  bool findPrefix(const Packet& packet, Match& found) const;

  const Tables& tables_;
};

}  // namespace sluice::model
