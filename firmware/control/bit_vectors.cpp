// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/bit_vectors.h"

#include <algorithm>

namespace sluice {

namespace {

// One table of vectors: row = chunk * 256 + value.
class Vectors {
 public:
  Vectors(size_t chunks, size_t words) : words_(words), bits_(chunks * 256 * words) {}

  void set(unsigned chunk, unsigned value, size_t rule) {
    bits_[(size_t{chunk} * 256 + value) * words_ + rule / 64] |= uint64_t{1} << (rule % 64);
  }
  // Values low..high, both included; nothing if low > high.
  void setRange(unsigned chunk, unsigned low, unsigned high, size_t rule) {
    for (unsigned value = low; value <= high; ++value) set(chunk, value, rule);
  }
  void setByte(unsigned chunk, std::optional<uint8_t> value, size_t rule) {
    setRange(chunk, value.value_or(0), value.value_or(255), rule);
  }
  // Sixteen chunks of address bytes.
  void setPrefix(unsigned chunk, const std::optional<IpPrefix>& prefix, size_t rule) {
    for (unsigned i = 0; i < 16; ++i) {
      const int covered =
          prefix ? std::clamp(static_cast<int>(prefix->length) - static_cast<int>(8 * i), 0, 8) : 0;
      const unsigned free_bits = 0xffu >> covered;
      const unsigned low = prefix ? prefix->address.bytes[i] & ~free_bits : 0;
      setRange(chunk + i, low, low | free_bits, rule);
    }
  }
  // The five chunks of a port range.
  void setPorts(unsigned chunk, const PortRange& range, size_t rule) {
    const unsigned low_high = range.low >> 8;
    const unsigned high_high = range.high >> 8;
    for (unsigned high = low_high + 1; high < high_high; ++high) set(chunk, high, rule);
    set(chunk + 1, low_high, rule);
    set(chunk + 2, high_high, rule);
    setRange(chunk + 3, range.low & 0xff, 255, rule);
    setRange(chunk + 4, 0, range.high & 0xff, rule);
  }

  template <typename Row>
  std::vector<Row> rows(std::array<uint64_t, sizeof(Row) / 8> Row::*field) const {
    std::vector<Row> result(Row::kRows);
    for (size_t row = 0; row < bits_.size() / words_; ++row) {
      std::copy_n(bits_.begin() + static_cast<std::ptrdiff_t>(row * words_), words_,
                  (result[row].*field).begin());
    }
    return result;
  }

 private:
  size_t words_;
  std::vector<uint64_t> bits_;
};

// Misc chunk: bit 0 IPv6, bits 3..1 ingress port; the others do not matter to any rule.
bool miscMatches(const AclMatch& rule, unsigned value) {
  const bool v6 = (value & 1) != 0;
  if (rule.family == IpFamily::kV4 && v6) return false;
  if (rule.family == IpFamily::kV6 && !v6) return false;
  return !rule.ingress_port || *rule.ingress_port == (value >> 1 & 7);
}

}  // namespace

std::vector<regs::AclBitsRow> aclVectors(std::span<const AclMatch> rules) {
  constexpr unsigned kSource = 0, kDestination = 16, kProtocol = 32, kMisc = 33;
  constexpr unsigned kSourcePort = 34, kDestinationPort = 39, kChunks = 44;
  Vectors vectors(kChunks, 4);
  for (size_t r = 0; r < rules.size(); ++r) {
    AclMatch rule = rules[r];
    for (const auto* prefix : {&rule.source, &rule.destination}) {
      if (*prefix) rule.family = (*prefix)->address.v6 ? IpFamily::kV6 : IpFamily::kV4;
    }
    vectors.setPrefix(kSource, rule.source, r);
    vectors.setPrefix(kDestination, rule.destination, r);
    vectors.setByte(kProtocol, rule.protocol, r);
    for (unsigned value = 0; value < 256; ++value) {
      if (miscMatches(rule, value)) vectors.set(kMisc, value, r);
    }
    vectors.setPorts(kSourcePort, rule.source_port, r);
    vectors.setPorts(kDestinationPort, rule.destination_port, r);
  }
  return vectors.rows<regs::AclBitsRow>(&regs::AclBitsRow::rules);
}

std::vector<regs::PrefixBitsRow> prefixVectors(std::span<const PrefixMatch> entries) {
  constexpr unsigned kAddress = 0, kProtocol = 16, kMisc = 17, kPortHigh = 18, kPortLow = 19,
                     kChunks = 20;
  Vectors vectors(kChunks, 2);
  for (size_t e = 0; e < entries.size(); ++e) {
    const PrefixMatch& entry = entries[e];
    vectors.setPrefix(kAddress, entry.prefix, e);
    vectors.setByte(kProtocol, entry.protocol, e);
    for (unsigned port = 0; port < regs::kPortCount; ++port) {
      if (entry.ingress_port && *entry.ingress_port != port) continue;
      vectors.set(kMisc, port << 1 | (entry.prefix.address.v6 ? 1 : 0), e);
    }
    const bool any = entry.port == 0;
    vectors.setByte(kPortHigh,
                    any ? std::nullopt : std::optional(static_cast<uint8_t>(entry.port >> 8)), e);
    vectors.setByte(kPortLow, any ? std::nullopt : std::optional(static_cast<uint8_t>(entry.port)),
                    e);
  }
  return vectors.rows<regs::PrefixBitsRow>(&regs::PrefixBitsRow::entries);
}

}  // namespace sluice
