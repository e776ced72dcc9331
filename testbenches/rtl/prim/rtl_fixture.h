// SPDX-License-Identifier: Apache-2.0
//
// What the benches of prim, ingress and egress share: a Verilated module with a clock, and
// randomness that can be repeated.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <type_traits>

#include "gtest/gtest.h"
#include "verilated.h"

namespace sluice::rtl_test {

/// Any port of a Verilated model as bytes, least significant first.
template <typename Port>
uint8_t* bytesOf(Port& port) {
  return reinterpret_cast<uint8_t*>(&port);
}

/// The module under test with clk_i and rst_i. Failing assertions of the RTL fail the test.
template <typename Dut>
class RtlFixture : public testing::Test {
 protected:
  void SetUp() override {
    context_.errorLimit(1000000);  // count failing assertions, go on
    reset();
  }

  void TearDown() override {
    dut_.final();
    EXPECT_EQ(context_.errorCount(), 0) << "an assertion of the RTL failed";
  }

  void reset() {
    dut_.rst_i = 1;
    for (int cycle = 0; cycle < 3; ++cycle) clock();
    dut_.rst_i = 0;
  }

  /// One clock: the inputs as they stand are taken, the outputs are those after the edge.
  void clock() {
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
    ++cycle_;
  }

  /// Outputs for changed inputs, without a clock.
  void settle() {
    dut_.clk_i = 0;
    dut_.eval();
  }

  VerilatedContext context_;
  Dut dut_{&context_};
  uint64_t cycle_ = 0;
};

/// Random numbers from SLUICE_SEED, or from a new seed, which is printed with the command that
/// repeats the run.
class Random {
 public:
  Random() {
    const char* given = std::getenv("SLUICE_SEED");
    const uint32_t seed = given ? std::stoul(given) : std::random_device{}();
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const auto arguments = testing::internal::GetArgvs();
    std::cout << "repeat with: SLUICE_SEED=" << seed << " "
              << (arguments.empty() ? "" : arguments[0])
              << " --gtest_filter=" << test->test_suite_name() << "." << test->name() << std::endl;
    engine_.seed(seed);
  }

  /// low..high, both included.
  uint64_t between(uint64_t low, uint64_t high) {
    return std::uniform_int_distribution<uint64_t>(low, high)(engine_);
  }
  bool percent(int chance) { return between(0, 99) < static_cast<uint64_t>(chance); }
  uint64_t bits(int count) { return count == 0 ? 0 : engine_() >> (64 - count); }
  void fill(uint8_t* data, size_t size) {
    for (size_t i = 0; i < size; ++i) data[i] = static_cast<uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sluice::rtl_test
