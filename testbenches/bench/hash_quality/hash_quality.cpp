// SPDX-License-Identifier: Apache-2.0
//
// How well the hash of the data plane mixes and spreads, beside CRC-32C and Toeplitz.
//
//   hash_quality [--json] [--samples N]
//
// Avalanche: each input bit is flipped in N random inputs; the bias of an output bit is |2p - 1|, p
// the share of inputs in which it flips: 0 is ideal, 1 says that the hash is linear in that bit.
// With N samples an ideal hash shows a mean of about 0.8/sqrt(N). Buckets: 65,536 keys into 4,096
// buckets by the lowest 12 bits; an ideal hash has chi2 near 1 and a fullest bucket of about 33;
// more is clustering. (Linear hashes may spread an unbroken range more evenly than chance: chi2
// near 0.)

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string_view>
#include <vector>

#include "testbenches/bench/hash_quality/hash_functions.h"

namespace sluice::hash_quality {
namespace {

using nlohmann::ordered_json;
using testing::End;
using testing::Ip;

constexpr int kKeys = 65536;
constexpr int kBuckets = 4096;
constexpr unsigned kHashBits = 32;

struct Bias {
  double mean = 0;
  double worst = 0;
};

struct Spread {
  double chi2 = 0;  ///< divided by the degrees of freedom
  int fullest = 0;
};

struct Pattern {
  const char* name;
  std::function<End(int)> key;  ///< of 0 to kKeys - 1
};

End randomEnd(std::mt19937_64& random, bool v6) {
  End end;
  end.address.v6 = v6;
  for (size_t i = 0; i < end.address.size(); ++i)
    end.address.bytes[i] = static_cast<uint8_t>(random());
  end.port = static_cast<uint16_t>(random());
  return end;
}

End flipped(End end, unsigned bit) {
  const unsigned address_bits = static_cast<unsigned>(end.address.size()) * 8;
  if (bit < address_bits) {
    end.address.bytes[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
  } else {
    end.port ^= static_cast<uint16_t>(1 << (bit - address_bits));
  }
  return end;
}

Bias avalanche(const HashFunction& function, bool v6, int samples) {
  const unsigned input_bits = v6 ? 144 : 48;
  std::mt19937_64 random(1);
  std::vector<std::vector<int>> flips(input_bits, std::vector<int>(kHashBits));
  for (int sample = 0; sample < samples; ++sample) {
    const End end = randomEnd(random, v6);
    const uint32_t hash = function.of(end);
    for (unsigned in = 0; in < input_bits; ++in) {
      const uint32_t changed = hash ^ function.of(flipped(end, in));
      for (unsigned out = 0; out < kHashBits; ++out) flips[in][out] += changed >> out & 1;
    }
  }
  Bias bias;
  for (const auto& row : flips) {
    for (const int count : row) {
      const double value = std::abs(2.0 * count / samples - 1);
      bias.mean += value / (input_bits * kHashBits);
      bias.worst = std::max(bias.worst, value);
    }
  }
  return bias;
}

Spread spread(const HashFunction& function, const Pattern& pattern) {
  std::vector<int> load(kBuckets);
  for (int i = 0; i < kKeys; ++i) ++load[function.of(pattern.key(i)) % kBuckets];
  constexpr double kMean = double{kKeys} / kBuckets;
  Spread result;
  for (const int count : load) result.chi2 += (count - kMean) * (count - kMean) / kMean;
  result.chi2 /= kBuckets - 1;
  result.fullest = *std::max_element(load.begin(), load.end());
  return result;
}

/// `base` with the number `i` put at byte `at`, high byte first.
Ip numbered(const char* base, size_t at, int i) {
  Ip ip(base);
  ip.bytes[at] = static_cast<uint8_t>(i >> 8);
  ip.bytes[at + 1] = static_cast<uint8_t>(i);
  return ip;
}

std::vector<Pattern> patterns() {
  return {
      {"ipv4 hosts",
       [](int i) {
         return End{numbered("10.1.0.0", 2, i), 443};
       }},
      {"ipv4 nets",
       [](int i) {
         return End{numbered("10.0.0.1", 1, i), 443};
       }},
      {"ports",
       [](int i) {
         return End{"192.0.2.1", static_cast<uint16_t>(i)};
       }},
      {"hosts x ports",
       [](int i) {
         return End{numbered("10.1.0.0", 2, i >> 8), static_cast<uint16_t>(32768 + 4 * (i & 255))};
       }},
      {"ipv6 hosts",
       [](int i) {
         return End{numbered("2001:db8::", 14, i), 443};
       }},
      {"ipv6 nets",
       [](int i) {
         return End{numbered("2001:db8::1", 6, i), 443};
       }},
      {"random",
       [](int i) {
         std::mt19937_64 random(i);
         return randomEnd(random, i % 2 == 0);
       }},
  };
}

ordered_json measure(int samples) {
  ordered_json report;
  report["samples"] = samples;
  report["keys"] = kKeys;
  report["buckets"] = kBuckets;
  for (const HashFunction& function : hashFunctions()) {
    ordered_json& hash = report["hashes"][std::string(function.name)];
    for (const bool v6 : {false, true}) {
      const Bias bias = avalanche(function, v6, samples);
      hash["avalanche"][v6 ? "ipv6" : "ipv4"] = {{"mean", bias.mean}, {"worst", bias.worst}};
    }
    for (const Pattern& pattern : patterns()) {
      const Spread result = spread(function, pattern);
      hash["buckets"][pattern.name] = {{"chi2", result.chi2}, {"fullest", result.fullest}};
    }
  }
  return report;
}

void print(const ordered_json& report) {
  std::printf("%-22s", "");
  for (const auto& [name, hash] : report["hashes"].items()) std::printf("%18s", name.c_str());
  std::printf("\navalanche bias          (mean / worst; ideal 0)\n");
  const ordered_json& first = report["hashes"].front();
  for (const auto& [family, unused] : first["avalanche"].items()) {
    std::printf("  %-20s", family.c_str());
    for (const ordered_json& hash : report["hashes"]) {
      const ordered_json& bias = hash["avalanche"][family];
      std::printf("%10.3f / %5.3f", bias["mean"].get<double>(), bias["worst"].get<double>());
    }
    std::printf("\n");
  }
  std::printf("buckets                 (chi2 / fullest; chance 1.0 / 33)\n");
  for (const auto& [pattern, unused] : first["buckets"].items()) {
    std::printf("  %-20s", pattern.c_str());
    for (const ordered_json& hash : report["hashes"]) {
      const ordered_json& result = hash["buckets"][pattern];
      std::printf("%10.2f / %5d", result["chi2"].get<double>(), result["fullest"].get<int>());
    }
    std::printf("\n");
  }
}

int usage() {
  std::cerr << "usage: hash_quality [--json] [--samples N]\n";
  return 2;
}

int run(int argc, char** argv) {
  bool json = false;
  int samples = 4000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json") {
      json = true;
    } else if (argument == "--samples" && i + 1 < argc) {
      samples = std::atoi(argv[++i]);
      if (samples < 1) return usage();
    } else {
      return usage();
    }
  }
  const ordered_json report = measure(samples);
  if (json) {
    std::cout << report.dump(2) << '\n';
  } else {
    print(report);
  }
  return 0;
}

}  // namespace
}  // namespace sluice::hash_quality

int main(int argc, char** argv) { return sluice::hash_quality::run(argc, argv); }
