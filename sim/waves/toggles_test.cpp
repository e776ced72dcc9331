// SPDX-License-Identifier: Apache-2.0
#include "sim/waves/toggles.h"

#include <gtest/gtest.h>
#include <gtkwave/fstapi.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace sluice {
namespace {

fstHandle signal(void* writer, uint32_t width, const char* name, fstHandle alias = 0) {
  return fstWriterCreateVar(writer, FST_VT_VCD_WIRE, FST_VD_IMPLICIT, width, name, alias);
}

// A vector, a struct with a struct inside, and a second name of the vector in an inner scope.
void writeWaveform(const std::string& path) {
  void* const writer = fstWriterCreate(path.c_str(), 1);
  fstWriterSetScope(writer, FST_ST_VCD_MODULE, "top", nullptr);
  const fstHandle vector = signal(writer, 3, "a_q [2:0]");
  fstWriterSetScope(writer, FST_ST_VCD_STRUCT, "row", nullptr);
  const fstHandle high = signal(writer, 1, "high");
  fstWriterSetScope(writer, FST_ST_VCD_STRUCT, "low", nullptr);
  const fstHandle middle = signal(writer, 1, "middle");
  const fstHandle low = signal(writer, 2, "low [1:0]");
  fstWriterSetUpscope(writer);
  fstWriterSetUpscope(writer);
  fstWriterSetScope(writer, FST_ST_VCD_MODULE, "u_inner", nullptr);
  signal(writer, 3, "a_i [2:0]", vector);
  signal(writer, 1, "still");
  fstWriterSetUpscope(writer);
  fstWriterSetUpscope(writer);
  const char* const values[] = {"000", "001", "010", "111"};
  for (uint64_t time = 0; time < 4; ++time) {
    fstWriterEmitTimeChange(writer, time);
    fstWriterEmitValueChange(writer, vector, values[time]);
    fstWriterEmitValueChange(writer, high, time < 1 ? "0" : "1");
    fstWriterEmitValueChange(writer, middle, "0");
    fstWriterEmitValueChange(writer, low, time % 2 == 0 ? "00" : "01");
  }
  fstWriterClose(writer);
}

TEST(Toggles, CountsBitsOfVectorsAndStructs) {
  const std::string path = ::testing::TempDir() + "toggles_test.fst";
  writeWaveform(path);
  std::ostringstream out;
  ASSERT_TRUE(writeToggles(path, out));
  std::remove(path.c_str());
  // a_q: 000 001 010 111. The struct is {high, middle, low[1], low[0]}.
  EXPECT_EQ(out.str(),
            "top.a_q 3 3 1 1\n"
            "top.row 4 3 0 0 1\n"
            "top.u_inner.a_i 3 3 1 1\n"
            "top.u_inner.still 1\n");
}

TEST(Toggles, RefusesWhatIsNoWaveform) {
  const std::string path = ::testing::TempDir() + "toggles_test.txt";
  std::ofstream(path) << "not a waveform";
  std::ostringstream out;
  EXPECT_FALSE(writeToggles(path, out));
  EXPECT_FALSE(writeToggles(path + ".missing", out));
  EXPECT_EQ(out.str(), "");
  std::remove(path.c_str());
}

}  // namespace
}  // namespace sluice
