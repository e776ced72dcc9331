// SPDX-License-Identifier: Apache-2.0
#include "testbenches/common/data_plane_setup.h"

#include <cstring>

namespace sluice::testing {
namespace {

constexpr uint32_t kKeyRows = regs::VirtualKeyRow::kRows;

// Whether byte `index` of an address may be `value` under a prefix.
bool prefixAllows(const Ip& prefix, unsigned bits, size_t index, uint8_t value) {
  if (index >= prefix.size() || bits <= 8 * index) return true;
  const unsigned here = std::min<unsigned>(8, bits - static_cast<unsigned>(8 * index));
  const auto mask = static_cast<uint8_t>(0xff00 >> here);
  return (value & mask) == (prefix.bytes[index] & mask);
}

class Compiler {
 public:
  Compiler(const DataPlaneSetup& setup, uint32_t bank) : setup_(setup), bank_(bank) {}

  TableImage run(size_t* lost_keys) {
    if (setup_.acl_enable) acl();
    if (setup_.prefix_enable) prefixes();
    placeKeys(lost_keys);
    for (const auto& [id, row] : setup_.virtuals) {
      put(id, row, bank_);
      put(id, find(setup_.virtual_policers, id));
      put(id, find(setup_.connection_policers, id));
    }
    for (const auto& [id, row] : setup_.pools) put(id, row, bank_);
    for (const auto& [id, row] : setup_.members) put(id, row, bank_);
    for (const auto& [slot, member] : setup_.ring) put(slot, regs::RingRow{member});
    for (const auto& [id, row] : setup_.neighbors) put(id, row);
    for (uint32_t i = 0; i < setup_.ports.size(); ++i) put(i, setup_.ports[i]);
    for (uint32_t i = 0; i < setup_.punt_policers.size(); ++i) put(i, setup_.punt_policers[i]);
    for (uint32_t i = 0; i < setup_.sources.size(); ++i) put(i, setup_.sources[i]);
    return std::move(image_);
  }

 private:
  template <class Row>
  void put(uint32_t row, const Row& value, uint32_t bank = 0) {
    std::vector<uint32_t>& words = image_[Row::rowAddress(row, bank)];
    words.assign(Row::kWords, 0);
    regs::pack(value, words);
  }
  template <class Row>
  static Row find(const std::map<uint16_t, Row>& rows, uint16_t id) {
    const auto at = rows.find(id);
    return at == rows.end() ? Row{} : at->second;
  }

  static bool portAllows(const PortRange& range, uint32_t part, uint8_t value) {
    const uint8_t low_high = range.low >> 8, high_high = range.high >> 8;
    switch (part) {
      case 0:
        return value > low_high && value < high_high;
      case 1:
        return value == low_high;
      case 2:
        return value == high_high;
      case 3:
        return value >= (range.low & 255);
      default:
        return value <= (range.high & 255);
    }
  }

  static bool miscAllows(const AclRule& rule, uint8_t value) {
    std::optional<bool> v6 = rule.v6;
    if (rule.source) v6 = rule.source->v6;
    if (rule.destination) v6 = rule.destination->v6;
    if (v6 && *v6 != ((value & 1) != 0)) return false;
    if (rule.in_port && *rule.in_port != ((value >> 1) & 7)) return false;
    return !rule.syn_only || (value & 0x10) != 0;
  }

  static bool allows(const AclRule& rule, uint32_t chunk, uint8_t value) {
    if (chunk < 16)
      return !rule.source || prefixAllows(*rule.source, rule.source_bits, chunk, value);
    if (chunk < 32) {
      return !rule.destination ||
             prefixAllows(*rule.destination, rule.destination_bits, chunk - 16, value);
    }
    if (chunk == 32) return !rule.protocol || *rule.protocol == value;
    if (chunk == 33) return miscAllows(rule, value);
    return chunk < 39 ? portAllows(rule.sport, chunk - 34, value)
                      : portAllows(rule.dport, chunk - 39, value);
  }

  void acl() {
    for (uint32_t row = 0; row < 44 * 256; ++row) {
      regs::AclBitsRow bits;
      for (size_t rule = 0; rule < setup_.acl.size(); ++rule) {
        if (allows(setup_.acl[rule], row >> 8, row & 255))
          bits.rules[rule / 64] |= uint64_t{1} << rule % 64;
      }
      put(row, bits, bank_);
    }
    for (uint16_t rule = 0; rule < setup_.acl.size(); ++rule) {
      put(rule, regs::AclActionRow{setup_.acl[rule].action}, bank_);
      put(rule, find(setup_.acl_policers, rule));
    }
  }

  static bool allows(const PrefixVirtual& entry, uint32_t chunk, uint8_t value) {
    if (chunk < 16) return prefixAllows(entry.destination, entry.bits, chunk, value);
    if (chunk == 16) return !entry.protocol || *entry.protocol == value;
    if (chunk == 17)
      return (value & 1) == entry.destination.v6 &&
             (!entry.in_port || value >> 1 == *entry.in_port);
    if (!entry.port) return true;
    return value == (chunk == 18 ? *entry.port >> 8 : *entry.port & 255);
  }

  void prefixes() {
    for (uint32_t row = 0; row < 20 * 256; ++row) {
      regs::PrefixBitsRow bits;
      for (size_t i = 0; i < setup_.prefixes.size(); ++i) {
        if (allows(setup_.prefixes[i], row >> 8, row & 255))
          bits.entries[i / 64] |= uint64_t{1} << i % 64;
      }
      put(row, bits, bank_);
    }
    for (uint32_t i = 0; i < setup_.prefixes.size(); ++i) {
      put(i, regs::PrefixResultRow{setup_.prefixes[i].virtual_id, setup_.prefixes[i].punt}, bank_);
    }
  }

  void placeKeys(size_t* lost_keys) {
    if (lost_keys != nullptr) *lost_keys = 0;
    bool second = false;  // first choice alternates, so that both buckets are used
    for (const regs::VirtualKeyRow& key : setup_.keys) {
      Ip ip;
      ip.v6 = key.is_v6;
      ip.bytes = key.address;
      const uint64_t hash = hash64(setup_.hash_key, ip, key.any_port ? 0 : memoryOrder(key.port));
      const auto buckets = std::array{static_cast<uint32_t>(hash) % (kKeyRows / 2),
                                      static_cast<uint32_t>(hash >> 32) % (kKeyRows / 2)};
      bool placed = false;
      for (uint32_t i = 0; i < 4 && !placed; ++i) {
        const uint32_t row = buckets[(i / 2) ^ second] * 2 + i % 2;
        placed = !image_.contains(regs::VirtualKeyRow::rowAddress(row, bank_));
        if (placed) put(row, key, bank_);
      }
      second = !second;
      if (!placed && lost_keys != nullptr) ++*lost_keys;
    }
  }

  const DataPlaneSetup& setup_;
  uint32_t bank_;
  TableImage image_;
};

uint32_t wordOf(const Ip& ip, size_t index) {
  uint32_t word;
  std::memcpy(&word, ip.bytes.data() + 4 * index, 4);
  return word;
}

}  // namespace

void DataPlaneSetup::addKey(const End& end, uint8_t protocol, uint16_t virtual_id, bool punt) {
  keys.push_back({true, end.address.v6, false, false, punt, virtual_id, protocol,
                  memoryOrder(end.port), end.address.bytes});
}

void DataPlaneSetup::addAnyPortKey(const Ip& address, std::optional<uint8_t> protocol,
                                   uint16_t virtual_id, bool punt) {
  keys.push_back({true, address.v6, true, !protocol, punt, virtual_id, protocol.value_or(0), 0,
                  address.bytes});
}

regs::MemberRow& DataPlaneSetup::addMember(uint16_t id, const End& end, uint16_t neighbor) {
  const uint32_t digest = hashTop24(hash64(hash_key, end.address, 0));
  return members[id] = {true,
                        true,
                        1,
                        0,
                        end.address.v6,
                        neighbor,
                        memoryOrder(end.port),
                        digest,
                        end.address.bytes};
}

void DataPlaneSetup::addPool(uint16_t pool, const std::vector<uint16_t>& ids,
                             regs::Algorithm algorithm) {
  const uint32_t base = pool * 64u;
  pools[pool] = {base, static_cast<uint32_t>(ids.size()), algorithm};
  for (uint32_t i = 0; i < ids.size(); ++i) ring[base + i] = ids[i];
}

TableImage compile(const DataPlaneSetup& setup, uint32_t bank, size_t* lost_keys) {
  return Compiler(setup, bank).run(lost_keys);
}

void SetupWriter::writeRow(uint32_t address, const std::vector<uint32_t>& words) {
  for (uint32_t i = 0; i < words.size(); ++i) plane_.write32(address + 4 * i, words[i]);
}

void SetupWriter::writeRegister(uint32_t offset, uint32_t value) {
  const auto [at, fresh] = registers_.try_emplace(offset, value);
  if (!fresh && at->second == value) return;
  at->second = value;
  plane_.write32(offset, value);
}

// A key that nobody wrote must not match: the one table that is searched and not indexed.
void SetupWriter::clearKeys() {
  const std::vector<uint32_t> zero(regs::VirtualKeyRow::kWords, 0);
  for (uint32_t bank = 0; bank < 2; ++bank) {
    for (uint32_t row = 0; row < kKeyRows; ++row)
      writeRow(regs::VirtualKeyRow::rowAddress(row, bank), zero);
  }
  cleared_ = true;
}

void SetupWriter::apply(const DataPlaneSetup& setup, uint32_t bank) {
  if (!cleared_) clearKeys();
  const TableImage image = compile(setup, bank, &lost_keys_);
  const auto isKeyOfBank = [&](uint32_t address) {
    return address >> regs::kTableShift == regs::VirtualKeyRow::kTableId &&
           ((address >> regs::kBankShift) & 1) == bank;
  };
  for (auto& [address, words] : written_) {
    if (!isKeyOfBank(address) || image.contains(address) || words[0] == 0) continue;
    words.assign(words.size(), 0);
    writeRow(address, words);
  }
  for (const auto& [address, words] : image) {
    std::vector<uint32_t>& before = written_[address];
    if (before == words) continue;
    before = words;
    writeRow(address, words);
  }
  writeRegisters(setup, bank);
  bank_ = bank;
}

void SetupWriter::writeRegisters(const DataPlaneSetup& setup, uint32_t bank) {
  writeRegister(regs::IngressMinFrameReg::kOffset, setup.min_frame);
  writeRegister(regs::IngressMaxFrameReg::kOffset, setup.max_frame);
  for (uint32_t i = 0; i < 3; ++i) writeRegister(regs::HashKeyReg::offset(i), setup.hash_key[i]);
  writeRegister(regs::HalfOpenMaxReg::kOffset, setup.half_open_max);
  writeRegister(regs::SourceRateLoReg::kOffset, static_cast<uint32_t>(setup.source_rate));
  writeRegister(regs::SourceRateHiReg::kOffset, static_cast<uint32_t>(setup.source_rate >> 32));
  writeRegister(regs::SourceConnectionRateLoReg::kOffset,
                static_cast<uint32_t>(setup.source_connection_rate));
  writeRegister(regs::SourceConnectionRateHiReg::kOffset,
                static_cast<uint32_t>(setup.source_connection_rate >> 32));
  writeRegister(regs::SourceConnectionBurstReg::kOffset, setup.source_connection_burst);
  writeRegister(regs::SourceBurstReg::kOffset, setup.source_burst);
  writeRegister(regs::TunnelSource4Reg::kOffset, wordOf(setup.tunnel_source4, 0));
  for (uint32_t i = 0; i < 4; ++i) {
    writeRegister(regs::TunnelSource6Reg::offset(i), wordOf(setup.tunnel_source6, i));
  }
  writeRegister(regs::EventEnableReg::kOffset, setup.events);
  for (uint32_t i = 0; i < setup.timers.size(); ++i) {
    writeRegister(regs::TimerReg::offset(i), setup.timers[i]);
  }
  using Control = regs::ControlReg;
  uint32_t control = Control::kBank.put(0, bank);
  control = Control::kAclEnable.put(control, setup.acl_enable);
  control = Control::kPrefixEnable.put(control, setup.prefix_enable);
  control = Control::kFragments.put(control, static_cast<uint32_t>(setup.fragments));
  writeRegister(Control::kOffset, Control::kDropOptions.put(control, setup.drop_options));
}

}  // namespace sluice::testing
