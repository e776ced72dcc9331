// SPDX-License-Identifier: Apache-2.0
// What can be wrong with an HTTP message: one name each, for counters, logs and the answer to the
// client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::proxy {

enum class Flaw : uint8_t {
  kNone,
  kStartLine,
  kMethod,
  kTarget,
  kTargetPath,
  kTargetTooLong,
  kVersion,
  kLineEnd,
  kHeaderName,
  kHeaderValue,
  kHeaderFolded,
  kHeaderAlias,
  kHeadTooLarge,
  kTooManyHeaders,
  kHostMissing,
  kHostRepeated,
  kHost,
  kHostConflict,
  kContentLength,
  kTransferEncoding,
  kTransferCoding,
  kLengthConflict,
  kConnection,
  kExpectation,
  kChunk,
  kChunkExtension,
  kTrailer,
  kBodyTooLarge,
};
inline constexpr size_t kFlawCount = static_cast<size_t>(Flaw::kBodyTooLarge) + 1;

struct FlawInfo {
  std::string_view name;      // of its counter
  int status = 0;             // of the answer to a client whose request has it
  std::string_view sentence;  // for people
};

const FlawInfo& info(Flaw flaw);

}  // namespace sluice::proxy
