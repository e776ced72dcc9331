// SPDX-License-Identifier: Apache-2.0
// Sources of full NAT, docs/data-plane.md section 7: which are free, and where their entries stand.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "sim/model/model_packet.h"
#include "sim/model/model_tables.h"

namespace sluice::model {

// An id is {row of snat_address, port - 0xC000}, 17 bits.
class SourcePool {
 public:
  explicit SourcePool(uint32_t ports_log2) : ports_(1u << ports_log2) { clear(); }

  // What an entry has in place of its reverse digest.
  static constexpr uint32_t kReference = 0x80'0000;
  static constexpr uint32_t idOf(uint32_t reference) { return reference & 0x1'ffff; }

  // The id that a packet to `address` and `port` is an answer to, if any.
  std::optional<uint32_t> answered(const ConfigTable<regs::SnatAddressRow>& addresses, bool is_v6,
                                   const Address& address, uint16_t port) const {
    const uint32_t number = (port & 255u) << 8 | port >> 8;
    if (number < kFirstPort || number - kFirstPort >= ports_) return std::nullopt;
    for (uint32_t i = 0; i < regs::SnatAddressRow::kRows; ++i) {
      const regs::SnatAddressRow& row = addresses.at(i);
      if (row.valid && row.is_v6 == is_v6 && same(row.address, address))
        return i << 14 | (number - kFirstPort);
    }
    return std::nullopt;
  }

  // The id that a new connection gets from a pool (one bit per address), if there is one.
  std::optional<uint32_t> next(uint8_t pool, uint8_t entropy) const {
    std::vector<uint32_t> addresses;
    for (uint32_t i = 0; i < regs::SnatAddressRow::kRows; ++i) {
      if (pool >> i & 1) addresses.push_back(i);
    }
    const size_t first = entropy * addresses.size() >> 8;
    for (size_t i = 0; i < addresses.size(); ++i) {
      const uint32_t address = addresses[(first + i) % addresses.size()];
      const Free& free = free_[address];
      if (free.unused < ports_) return address << 14 | free.unused;
      if (!free.released.empty()) return address << 14 | free.released.front();
    }
    return std::nullopt;
  }
  // Takes what next() said, for an entry in these rows.
  void take(uint32_t id, uint32_t row, uint32_t step) {
    Free& free = free_[id >> 14];
    if (free.unused < ports_) {
      ++free.unused;
    } else {
      free.released.pop_front();
    }
    ++free.used;
    back_[id] = {row, step};
  }
  void give(uint32_t id) {
    free_[id >> 14].released.push_back(id & 0x3fff);
    --free_[id >> 14].used;
  }

  // Where the entry of an id stands, if it has one.
  void locate(uint32_t id, FlowPlace& place) const {
    place.row = back_[id].row;
    place.step = back_[id].step;
  }

  // A packet was looked up, at a rate tick; `taken`: it took this id.
  void passed(std::optional<uint32_t> taken, uint64_t tick) {
    recent_ = {Taken{taken, tick}, recent_[0], recent_[1]};
  }
  // Whether one of the last three packets took this id, now or a tick ago.
  bool isRecent(uint32_t id, uint64_t tick) const {
    return std::any_of(recent_.begin(), recent_.end(), [&](const Taken& taken) {
      return taken.id == id && tick - taken.tick <= 1;
    });
  }

  // For copies of another data plane: which ports are free is not known there.
  void setUsed(uint32_t address, uint32_t ports) {
    free_[address] = {.unused = ports, .released = {}, .used = ports};
  }

  regs::SnatPortsRow row(uint32_t address) const {
    return {static_cast<uint16_t>(free_[address].used), static_cast<uint16_t>(ports_)};
  }

  void clear() {
    free_ = {};
    recent_ = {};
    back_.assign(regs::SnatAddressRow::kRows << 14, {});
  }

  static uint16_t portOf(uint32_t id) {
    const uint32_t number = kFirstPort + (id & 0x3fff);
    return static_cast<uint16_t>((number & 255) << 8 | number >> 8);
  }

 private:
  static constexpr uint32_t kFirstPort = 0xc000;

  struct Free {
    uint32_t unused = 0;  // never given out from here on
    std::deque<uint32_t> released;
    uint32_t used = 0;
  };
  struct Taken {
    std::optional<uint32_t> id;
    uint64_t tick = 0;
  };
  struct Rows {
    uint32_t row = 0, step = 0;
  };

  uint32_t ports_;
  std::array<Free, regs::SnatAddressRow::kRows> free_;
  std::vector<Rows> back_;
  std::array<Taken, 3> recent_;  // the last one first
};

}  // namespace sluice::model
