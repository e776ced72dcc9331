// SPDX-License-Identifier: Apache-2.0
// What fuzzers say when something does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>

// Ends the program, which libFuzzer takes for a finding.
inline void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}
