// SPDX-License-Identifier: Apache-2.0
// Which member clients come back to, where no cookie of ours says so: by their address, by a header
// of theirs, by a cookie or a TLS session that a server gave them.
//
// Holds kMost clients of all virtuals; one more takes the place of the one that was away longest.
// Outlives changes of configuration, not the process. Any thread; times are since any fixed moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/ip_address.h"
#include "firmware/control/config_layer7.h"
#include "firmware/proxy/recent_table.h"

namespace sluice::proxy {

// How a client is known.
struct ClientMark {
  std::string_view service, pool, kind;  // "source", "header", "cookie", "session"
  std::string value;
};

// The value of a client that is known by its address.
std::string networkOf(const IpAddress& client, const Persistence& persist);

class PersistenceTable {
 public:
  static constexpr size_t kMost = 65'536;
  using Nanoseconds = std::chrono::nanoseconds;

  struct Entry {
    std::string service, pool, kind;
    std::string shown;  // of the value: cookies and sessions only in part, for they may be secrets
    Endpoint member;
    Nanoseconds until{0};
  };

  std::optional<Endpoint> find(const ClientMark& mark, Nanoseconds now) const;
  // From now on, for `time`.
  void set(const ClientMark& mark, const Endpoint& member, Nanoseconds now, Nanoseconds time);

  // The `most` that came last, those first.
  std::vector<Entry> list(size_t most, Nanoseconds now) const;
  // Those of a virtual, pool and member, of any where not said; how many.
  struct Filter {
    std::string service, pool;
    std::optional<Endpoint> member;
  };
  size_t clear(const Filter& filter);
  size_t size() const;

 private:
  static std::string keyOf(const ClientMark& mark);

  mutable std::mutex mutex_;
  mutable RecentTable<Entry> entries_{kMost};
};

}  // namespace sluice::proxy
