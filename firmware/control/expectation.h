// SPDX-License-Identifier: Apache-2.0
// What `expect` and `drain-on` of monitors say, and whether an answer is like that.
//
// Answers come from outside: none of them, however long or odd, makes a comparison take more than
// time and memory in proportion to it; a regex that would is taken as not matching.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/control/config.h"

namespace sluice {

struct ProbeAnswer {
  uint32_t status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// What is wrong with it, as a sentence for people; "" if nothing is.
std::string problemOf(const Expect& expect);

bool holds(const Expect& expect, const ProbeAnswer& answer);

// "status 200-399" and so on: what was expected.
std::string describe(const Expect& expect);

// "GET /\r\n" as bytes: \r \n \t \\ \xHH; quotes around the whole are taken off. A backslash before
// anything else stands for itself.
std::string unescape(std::string_view text);

}  // namespace sluice
