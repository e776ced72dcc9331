// SPDX-License-Identifier: Apache-2.0
// Rows of the HTTP/1 corpus: what RFC 9112 and RFC 9110 demand of a recipient, and the known ways
// to make two recipients see different requests.
#pragma once

#include <span>
#include <string>

namespace sluice::proxy {

struct RequestCase {
  const char* name;
  std::string bytes;
  const char* expected;        // FrontResult::summary()
  const char* forwarded = "";  // of the last request that went through, where it matters
};

std::span<const RequestCase> startLineCases();
std::span<const RequestCase> headerCases();
std::span<const RequestCase> framingCases();

}  // namespace sluice::proxy
