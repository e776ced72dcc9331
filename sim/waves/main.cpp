// SPDX-License-Identifier: Apache-2.0
//
// sluice_toggles FILE.fst: the lines of writeToggles on standard output. Exit status: 0 done, 2
// usage, 4 not a waveform.
#include <cstdio>
#include <iostream>

#include "sim/waves/toggles.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: sluice_toggles FILE.fst\n");
    return 2;
  }
  if (!sluice::writeToggles(argv[1], std::cout)) {
    std::fprintf(stderr, "sluice_toggles: %s is not a waveform in FST format\n", argv[1]);
    return 4;
  }
  return 0;
}
