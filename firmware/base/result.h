// SPDX-License-Identifier: Apache-2.0
// Errors as values: Result<T> holds a T or an Error made of a small code for programs and a
// sentence for people.
//
// A function that can fail because of its input or the outside world returns Result<T>. value() on
// a failed result (or error() on a good one) is a programmer error and aborts.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace sluice {

enum class ErrorCode {
  kInvalidInput,  // the caller's data (configuration, trace, request) is wrong
  kNotFound,      // a thing that was named does not exist
  kIo,            // file, socket or device failed
  kExhausted,     // a table, ring or other bounded resource is full
  kInternal,      // should not happen; a bug here or in the hardware below
};

// One line first (what is wrong, where, what would be right); details may follow on indented lines.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return *checked(std::get_if<0>(&state_)); }
  const T& value() const& { return *checked(std::get_if<0>(&state_)); }
  T&& value() && { return std::move(*checked(std::get_if<0>(&state_))); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return *checked(std::get_if<1>(&state_)); }

 private:
  template <typename P>
  static P* checked(P* pointer) {
    if (pointer == nullptr) std::abort();
    return pointer;
  }

  std::variant<T, Error> state_;
};

// Nothing to return but success or failure: `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return !failed_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    if (!failed_) std::abort();
    return error_;
  }

 private:
  bool failed_ = false;
  Error error_;
};

}  // namespace sluice
