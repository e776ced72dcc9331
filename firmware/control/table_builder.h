// SPDX-License-Identifier: Apache-2.0
// From configuration to tables: the compiler of the appliance.
//
// buildTables() is a pure function: the same configuration, overrides, findings and previous
// allocation give the same image. It reads no hardware and writes none; Control brings the image
// into the data plane.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/allocation.h"
#include "firmware/control/config.h"
#include "firmware/control/next_hop.h"
#include "firmware/control/pool_service.h"
#include "firmware/control/table_image.h"

namespace sluice {

// Where the MAC addresses of next hops come from that the configuration does not give.
struct Resolution {
  // False: derived from the IP address, so that a trace replays without ARP. True: from `macs`, as
  // neighbor discovery found them out; a next hop that is not there yet takes no packets.
  bool discovered = false;
  std::map<NeighborKey, MacAddress> macs;
  bool operator==(const Resolution&) const = default;
};

struct RingWrite {
  uint32_t base = 0;
  std::shared_ptr<const std::vector<uint16_t>> slots;
};

struct Build {
  TableImage image;
  RegisterImage registers;
  Allocation allocation;               // previous, with what is new and without what is gone
  std::vector<RingWrite> fresh_rings;  // to be written before the flip; they overlap nothing in use
  std::vector<std::pair<MemberKey, uint16_t>> gone_members;
  std::vector<std::pair<std::string, uint16_t>> gone_virtuals;
  std::map<NeighborKey, NextHop> next_hops;  // all that the tables refer to
  std::map<std::string, PoolSource> pool_sources;
  std::vector<std::string> warnings;
};

// `config` has passed checkConfig(). kExhausted: a table or the ring memory is full; the message
// names it.
Result<Build> buildTables(const Config& config, const Overrides& overrides,
                          const Allocation& previous, const Resolution& resolution = {},
                          const Operational& operational = {});

// Units of the data plane: 2^-24 tokens per 1.024 us, saturated to 40 bits.
uint64_t rateUnits(uint64_t per_second);
// Age ticks of 8.388608 ms, rounded to the nearest.
uint32_t ageTicks(uint64_t ns);

}  // namespace sluice
