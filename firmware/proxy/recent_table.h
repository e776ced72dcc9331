// SPDX-License-Identifier: Apache-2.0
// A table of at most so many entries, of which those that were not asked for longest go first.
//
// Keys come from clients: they are compared, not hashed, so that nobody can choose keys that make
// the table slow, and long ones are kept as their digests. Not for several threads at a time.
#pragma once

#include <openssl/sha.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::proxy {

template <typename Value>
class RecentTable {
 public:
  explicit RecentTable(size_t most) : most_(most) {}

  // The entry of that key, now the youngest; made if it is not there.
  Value& operator[](std::string_view key) {
    const std::string own = shortened(key);
    if (const auto found = index_.find(own); found != index_.end()) {
      order_.splice(order_.end(), order_, found->second);
      return found->second->second;
    }
    if (order_.size() >= most_) {
      index_.erase(order_.front().first);
      order_.pop_front();
      ++evicted_;
    }
    order_.emplace_back(own, Value());
    index_.emplace(own, std::prev(order_.end()));
    return order_.back().second;
  }
  // Null: not there. Does not make it younger.
  Value* find(std::string_view key) {
    const auto found = index_.find(shortened(key));
    return found == index_.end() ? nullptr : &found->second->second;
  }
  // How many went.
  template <typename Predicate>
  size_t eraseIf(Predicate predicate) {
    const size_t before = order_.size();
    for (auto entry = order_.begin(); entry != order_.end();) {
      if (!predicate(std::as_const(entry->second))) {
        ++entry;
        continue;
      }
      index_.erase(entry->first);
      entry = order_.erase(entry);
    }
    return before - order_.size();
  }
  // From the oldest on.
  template <typename Visit>
  void forEach(Visit visit) const {
    for (const auto& [key, value] : order_) visit(value);
  }
  size_t size() const { return order_.size(); }
  uint64_t evicted() const { return evicted_; }

 private:
  static constexpr size_t kLongestKey = 64;
  using Order = std::list<std::pair<std::string, Value>>;

  static std::string shortened(std::string_view key) {
    if (key.size() <= kLongestKey) return std::string(key);
    std::string digest(SHA256_DIGEST_LENGTH + 1, '\0');  // no short key is a digest: it ends in NUL
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
  }

  const size_t most_;
  Order order_;
  std::map<std::string, typename Order::iterator, std::less<>> index_;
  uint64_t evicted_ = 0;
};

}  // namespace sluice::proxy
