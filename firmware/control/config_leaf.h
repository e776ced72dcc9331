// SPDX-License-Identifier: Apache-2.0
// A value of the configuration, with what is known about how it came about.
#pragma once

#include <cstdint>
#include <utility>

namespace sluice {

struct Position {
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1
  bool operator==(const Position&) const { return true; }
};

template <typename T>
struct Leaf {
  T value{};
  bool set = false;
  Position position;

  Leaf() = default;
  Leaf(T initial) : value(std::move(initial)) {}  // NOLINT: implicit by design
  // As if the text had said so.
  void assign(T to) {
    value = std::move(to);
    set = true;
  }
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
  bool operator==(const Leaf&) const = default;
};

}  // namespace sluice
