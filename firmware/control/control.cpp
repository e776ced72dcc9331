// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/control.h"

#include <algorithm>
#include <set>
#include <utility>

#include "firmware/control/config_check.h"
#include "firmware/control/config_text.h"

namespace sluice {

namespace {

Error notFound(std::string message) { return {ErrorCode::kNotFound, std::move(message)}; }
Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

std::string named(std::string_view kind, std::string_view name) {
  return "there is no " + std::string(kind) + " '" + std::string(name) + "'";
}

template <typename Key>
bool isLive(const IdMap<Key>& ids, uint16_t id) {
  return std::any_of(ids.live().begin(), ids.live().end(),
                     [&](const auto& entry) { return entry.second == id; });
}

// Overrides of what does not exist any more.
void forget(Overrides& overrides, const Config& config) {
  std::erase_if(overrides.members, [&](const auto& entry) {
    const Pool* pool = findByName(config.pools, entry.first.pool);
    return pool == nullptr || pool->find(entry.first.endpoint) == nullptr;
  });
  std::erase_if(overrides.virtuals, [&](const auto& entry) {
    return findByName(config.virtuals, entry.first) == nullptr;
  });
}

// Connections of a virtual that changed in one of these ways cannot go on.
bool sameService(const Virtual& a, const Virtual& b) {
  return *a.destination == *b.destination && *a.protocol == *b.protocol && *a.mode == *b.mode;
}

// Bytes of the headers that a tunnel puts before a packet.
uint32_t tunnelOverhead(regs::VirtualMode mode, bool outer_v6) {
  constexpr uint32_t kUdp = 8, kGue0 = 4;
  const uint32_t ip = outer_v6 ? 40 : 20;
  switch (mode) {
    case regs::VirtualMode::kIpip:
      return ip;
    case regs::VirtualMode::kGue0:
      return ip + kUdp + kGue0;
    case regs::VirtualMode::kGue1:
      return ip + kUdp;
    default:
      return 0;
  }
}

}  // namespace

Result<void> Control::refuse(const Config& config) const {
  std::vector<Diagnostic> found = checkConfig(config);
  std::erase_if(found, [](const Diagnostic& d) { return d.severity != Severity::kError; });
  if (!found.empty()) {
    std::string text;
    for (const Diagnostic& diagnostic : found)
      text += (text.empty() ? "" : "\n") + diagnostic.message;
    return invalid(std::move(text));
  }
  if (started_ && *config.hash_key != registers_.hash_key) {
    return invalid(
        "the hash key can only be set when the appliance starts: connections and tables depend on "
        "it");
  }
  return {};
}

Result<std::vector<std::string>> Control::check(const Config& config) const {
  if (auto refused = refuse(config); !refused) return refused.error();
  Overrides overrides = overrides_;
  forget(overrides, config);
  auto built = buildTables(config, overrides, allocation_, resolution_, operational_);
  if (!built) return built.error();
  return std::move(built->warnings);
}

Result<void> Control::apply(const Config& config, const Operational& operational) {
  if (auto refused = refuse(config); !refused) return refused;
  if (!started_) {
    if (auto ready = start(config); !ready) return ready;
  }
  Overrides overrides = overrides_;
  forget(overrides, config);
  return commit(config, overrides, operational);
}

// Finds the hardware and gives it what never changes.
Result<void> Control::start(const Config& config) {
  if (auto found = hal_.probe(); !found) return found;
  if (!options_.tables_zeroed) clearTables();
  for (uint32_t i = 0; i < 3; ++i) hal_.write(regs::HashKeyReg::offset(i), (*config.hash_key)[i]);
  registers_.hash_key = *config.hash_key;
  uint32_t enable = regs::EventEnableReg::kOpened.put(0, options_.events_opened);
  enable = regs::EventEnableReg::kClosed.put(enable, options_.events_closed);
  hal_.write(regs::EventEnableReg::kOffset,
             regs::EventEnableReg::kFailed.put(enable, options_.events_failed));
  active_bank_ = hal_.activeBank();
  for (uint32_t i = 0; i < regs::TimerReg::kCount; ++i)
    registers_.timers[i] = hal_.read(regs::TimerReg::offset(i));
  started_ = true;
  return {};
}

Result<void> Control::commit(Config config, Overrides overrides, Operational operational) {
  releaseIdle();
  Result<Build> built = buildTables(config, overrides, allocation_, resolution_, operational);
  if (!built) return built.error();
  Build& build = *built;
  const uint32_t shadow = 1 - active_bank_;
  writeRegisters(build.registers);
  writeUnbanked(build.image, false);
  writeRings(build);
  writeBanked(shadow, build.image);
  hal_.activate(shadow, build.registers.mode);
  active_bank_ = shadow;
  writeBanked(1 - shadow, build.image);
  writeUnbanked(build.image, true);

  build.allocation.reclaim();
  allocation_ = std::move(build.allocation);
  registers_ = build.registers;
  warnings_ = std::move(build.warnings);
  next_hops_ = std::move(build.next_hops);
  pool_sources_ = std::move(build.pool_sources);
  const Config old = std::exchange(config_, std::move(config));
  overrides_ = std::move(overrides);
  operational_ = std::move(operational);
  queuePurges(build, old);
  ++changes_;
  return {};
}

// Registers without a bank: timers, limits, tunnels. The mode goes with the flip.
void Control::writeRegisters(const RegisterImage& registers) {
  const auto update = [&](uint32_t offset, uint32_t value, uint32_t old) {
    if (value != old || !options_.tables_zeroed) hal_.write(offset, value);
  };
  for (uint32_t i = 0; i < regs::TimerReg::kCount; ++i) {
    update(regs::TimerReg::offset(i), registers.timers[i], registers_.timers[i]);
  }
  update(regs::HalfOpenMaxReg::kOffset, registers.half_open_max, registers_.half_open_max);
  update(regs::SourceBurstReg::kOffset, registers.source_burst, registers_.source_burst);
  update(regs::SourceRateHiReg::kOffset, static_cast<uint32_t>(registers.source_rate >> 32),
         static_cast<uint32_t>(registers_.source_rate >> 32));
  update(regs::SourceRateLoReg::kOffset, static_cast<uint32_t>(registers.source_rate),
         static_cast<uint32_t>(registers_.source_rate));
  update(regs::SourceConnectionBurstReg::kOffset, registers.source_connection_burst,
         registers_.source_connection_burst);
  update(regs::SourceConnectionRateHiReg::kOffset,
         static_cast<uint32_t>(registers.source_connection_rate >> 32),
         static_cast<uint32_t>(registers_.source_connection_rate >> 32));
  update(regs::SourceConnectionRateLoReg::kOffset,
         static_cast<uint32_t>(registers.source_connection_rate),
         static_cast<uint32_t>(registers_.source_connection_rate));
  update(regs::TunnelSource4Reg::kOffset, registers.tunnel_source4, registers_.tunnel_source4);
  for (uint32_t i = 0; i < 4; ++i) {
    update(regs::TunnelSource6Reg::offset(i), registers.tunnel_source6[i],
           registers_.tunnel_source6[i]);
  }
}

// Writes the slots that differ from what the memory holds: a pool's rings take turns in two places,
// and one is much like the one before the last.
void Control::writeRings(const Build& build) {
  ring_.resize(regs::RingRow::kRows);
  for (const RingWrite& ring : build.fresh_rings) {
    for (uint32_t i = 0; i < ring.slots->size(); ++i) {
      uint16_t& held = ring_[ring.base + i];
      if (held == (*ring.slots)[i]) continue;
      held = (*ring.slots)[i];
      hal_.writeRow(ring.base + i, regs::RingRow{held});
    }
  }
}

// Writes the rows that differ from what the hardware holds. Tables without banks in two passes:
// rows that have something in them, then (zeroing) those that shall be empty.
void Control::writeTable(const regs::TableInfo& info, uint32_t bank, const TableImage& image,
                         bool zeroing) {
  const std::span<const uint32_t> wanted = image.words(info.id);
  const std::span<uint32_t> held = banks_[bank].words(info.id);
  for (uint32_t row = 0; row < info.rows; ++row) {
    const size_t at = size_t{row} * info.words;
    const auto words = wanted.subspan(at, info.words);
    if (std::equal(words.begin(), words.end(), held.begin() + static_cast<std::ptrdiff_t>(at)))
      continue;
    const bool empty =
        std::all_of(words.begin(), words.end(), [](uint32_t word) { return word == 0; });
    if (!info.banked && empty != zeroing) continue;
    const uint32_t address =
        info.id << regs::kTableShift | bank << regs::kBankShift | row * info.stride * 4;
    hal_.writeWords(address, words);
    std::copy(words.begin(), words.end(), held.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void Control::writeBanked(uint32_t bank, const TableImage& image) {
  for (const regs::TableInfo& info : regs::kTables) {
    if (info.writable && info.banked) writeTable(info, bank, image, false);
  }
}

void Control::writeUnbanked(const TableImage& image, bool zeroing) {
  for (const regs::TableInfo& info : regs::kTables) {
    if (info.writable && !info.banked && !image.words(info.id).empty())
      writeTable(info, 0, image, zeroing);
  }
}

void Control::copyTo(Hal& other, const std::function<void()>& between) const {
  for (const regs::RegisterInfo& info : regs::kRegisters) {
    if (info.access != regs::Access::kReadWrite) continue;
    for (uint32_t i = 0; i < info.count; ++i)
      other.write(info.offset + 4 * i, hal_.read(info.offset + 4 * i));
  }
  for (const regs::TableInfo& info : regs::kTables) {
    if (!info.writable) continue;
    between();
    const std::span<const uint32_t> words = banks_[info.banked ? active_bank_ : 0].words(info.id);
    const uint32_t bank = info.banked ? active_bank_ << regs::kBankShift : 0;
    for (uint32_t row = 0; size_t{row} * info.words < words.size(); ++row) {
      const auto row_words = words.subspan(size_t{row} * info.words, info.words);
      if (std::all_of(row_words.begin(), row_words.end(), [](uint32_t word) { return word == 0; }))
        continue;
      other.writeWords(info.id << regs::kTableShift | bank | row * info.stride * 4, row_words);
    }
  }
  for (const auto& [pool, ring] : allocation_.rings) {
    between();
    for (uint32_t i = 0; i < ring.slots->size(); ++i)
      other.writeRow(ring.base + i, regs::RingRow{(*ring.slots)[i]});
  }
}

void Control::clearTables() {
  const std::array<uint32_t, 16> zeros{};
  for (const regs::TableInfo& info : regs::kTables) {
    if (!info.writable) continue;
    for (uint32_t bank = 0; bank < (info.banked ? 2 : 1); ++bank) {
      for (uint32_t row = 0; row < info.rows; ++row) {
        const uint32_t address =
            info.id << regs::kTableShift | bank << regs::kBankShift | row * info.stride * 4;
        hal_.writeWords(address, std::span(zeros).first(info.words));
      }
    }
  }
}

// Ids of removed members, virtuals and sources whose last connection has ended may be used again.
void Control::releaseIdle() {
  const auto pending = [&](regs::ScrubMode mode, uint16_t id) {
    return std::any_of(purges_.begin(), purges_.end(),
                       [&](const Purge& p) { return p.mode == mode && p.id == id; });
  };
  const auto members = allocation_.members.retired();
  for (const auto& [key, id] : members) {
    const auto row = hal_.readRow<regs::MemberConnectionsRow>(id);
    if (row.opened == row.closed && !pending(regs::ScrubMode::kMember, id))
      allocation_.members.release(id);
  }
  const auto virtuals = allocation_.virtuals.retired();
  for (const auto& [key, id] : virtuals) {
    const auto row = hal_.readRow<regs::VirtualConnectionsRow>(id);
    if (row.opened == row.closed && !pending(regs::ScrubMode::kVirtual, id))
      allocation_.virtuals.release(id);
  }
  const auto sources = allocation_.sources.retired();
  for (const auto& [address, id] : sources) {
    if (hal_.readRow<regs::SnatPortsRow>(id).used == 0) allocation_.sources.release(id);
  }
}

void Control::queuePurges(const Build& build, const Config& old) {
  for (const auto& gone : build.gone_virtuals)
    purges_.push_back({regs::ScrubMode::kVirtual, gone.second});
  for (const Virtual& before : old.virtuals) {
    const Virtual* after = findByName(config_.virtuals, before.name);
    if (after == nullptr || sameService(before, *after)) continue;
    if (const auto id = allocation_.virtuals.find(before.name))
      purges_.push_back({regs::ScrubMode::kVirtual, *id});
  }
  std::set<std::string_view>
      dropping;  // pools whose lost connections are dropped, not dispatched again
  for (const Virtual& service : old.virtuals) {
    if (*service.on_down != Virtual::OnDown::kReselect) dropping.insert(*service.pool);
  }
  for (const auto& [key, id] : build.gone_members) {
    if (dropping.count(key.pool) > 0) purges_.push_back({regs::ScrubMode::kMember, id});
  }
}

void Control::tick(uint64_t now_ns) {
  if (!started_ || hal_.scrubBusy()) return;
  if (purging_) {
    purges_.pop_front();
    purging_ = false;
  }
  // A member that came back keeps its connections.
  while (!purges_.empty() && purges_.front().mode == regs::ScrubMode::kMember &&
         !purges_.front().ordered && isLive(allocation_.members, purges_.front().id)) {
    purges_.pop_front();
  }
  if (!purges_.empty()) {
    hal_.startScrub(purges_.front().mode, purges_.front().id);
    purging_ = true;
    return;
  }
  if (options_.ageing_interval_ns == 0 || now_ns < next_ageing_ns_) return;
  hal_.startScrub(regs::ScrubMode::kExpired, 0);
  next_ageing_ns_ = now_ns + options_.ageing_interval_ns;
}

Result<const Member*> Control::findMember(std::string_view pool, const Endpoint& member) const {
  const Pool* found = findByName(config_.pools, pool);
  if (found == nullptr) return notFound(named("pool", pool));
  const Member* entry = found->find(member);
  if (entry == nullptr)
    return notFound(named("member", member.toString()) + " in pool '" + std::string(pool) + "'");
  return entry;
}

Result<void> Control::setMember(std::string_view pool, const Endpoint& member, AdminState state) {
  if (auto found = findMember(pool, member); !found) return found.error();
  Overrides overrides = overrides_;
  overrides.members[MemberKey{std::string(pool), member}].admin = state;
  return commit(config_, overrides, operational_);
}

Result<void> Control::setMemberWeight(std::string_view pool, const Endpoint& member,
                                      uint32_t weight) {
  if (auto found = findMember(pool, member); !found) return found.error();
  if (weight < 1 || weight > 255)
    return invalid("weight " + std::to_string(weight) + " is out of range; expected 1 to 255");
  Overrides overrides = overrides_;
  overrides.members[MemberKey{std::string(pool), member}].weight = weight;
  return commit(config_, overrides, operational_);
}

Result<void> Control::setVirtual(std::string_view name, bool enabled) {
  if (findByName(config_.virtuals, name) == nullptr) return notFound(named("virtual", name));
  Overrides overrides = overrides_;
  overrides.virtuals[std::string(name)] = enabled;
  return commit(config_, overrides, operational_);
}

Result<void> Control::setNeighbors(std::map<NeighborKey, MacAddress> macs) {
  if (macs == resolution_.macs) return {};
  resolution_.macs.swap(macs);
  if (!started_) return {};
  auto done = commit(config_, overrides_, operational_);
  if (!done) resolution_.macs.swap(macs);
  return done;
}

Result<void> Control::setOperational(Operational operational) {
  if (operational == operational_) return {};
  if (started_) return commit(config_, overrides_, std::move(operational));
  operational_ = std::move(operational);
  return {};
}

Result<void> Control::clearOverrides() { return commit(config_, {}, operational_); }

Result<void> Control::setOverrides(const Overrides& overrides) {
  for (const auto& [key, override] : overrides.members) {
    if (auto found = findMember(key.pool, key.endpoint); !found) return found.error();
    const uint32_t weight = override.weight.value_or(1);
    if (weight < 1 || weight > 255)
      return invalid("weight " + std::to_string(weight) + " is out of range; expected 1 to 255");
  }
  for (const auto& [name, enabled] : overrides.virtuals) {
    if (findByName(config_.virtuals, name) == nullptr) return notFound(named("virtual", name));
  }
  return commit(config_, overrides, operational_);
}

Result<void> Control::addMember(std::string_view pool, const Member& member) {
  Config config = config_;
  Pool* target = findByName(config.pools, pool);
  if (target == nullptr) return notFound(named("pool", pool));
  if (target->find(member.endpoint) != nullptr) {
    return invalid("member " + member.endpoint.toString() + " is already in pool '" +
                   std::string(pool) + "'");
  }
  target->members.push_back(member);
  return apply(config);
}

Result<void> Control::removeMember(std::string_view pool, const Endpoint& member) {
  if (auto found = findMember(pool, member); !found) return found.error();
  Config config = config_;
  std::erase_if(findByName(config.pools, pool)->members,
                [&](const Member& other) { return other.endpoint == member; });
  return apply(config);
}

std::optional<uint16_t> Control::virtualId(std::string_view name) const {
  return allocation_.virtuals.find(std::string(name));
}

std::optional<uint16_t> Control::memberId(std::string_view pool, const Endpoint& member) const {
  return allocation_.members.find(MemberKey{std::string(pool), member});
}

std::string_view Control::virtualName(uint16_t id) const {
  for (const auto* map : {&allocation_.virtuals.live(), &allocation_.virtuals.retired()}) {
    for (const auto& [name, other] : *map) {
      if (other == id) return name;
    }
  }
  return "";
}

const MemberKey* Control::memberKey(uint16_t id) const {
  for (const auto* map : {&allocation_.members.live(), &allocation_.members.retired()}) {
    for (const auto& [key, other] : *map) {
      if (other == id) return &key;
    }
  }
  return nullptr;
}

uint32_t Control::pathMtu(const regs::Result& result) const {
  const TableImage& tables = banks_[active_bank_];
  const auto service = tables.get<regs::VirtualRow>(result.virtual_id);
  const auto member = tables.get<regs::MemberRow>(result.member);
  const bool forward = result.direction == regs::Direction::kForward;
  const TableImage& unbanked = banks_[0];
  const auto hop =
      unbanked.get<regs::NeighborRow>(forward ? member.neighbor : service.client_neighbor);
  const uint32_t mtu = unbanked.get<regs::PortRow>(hop.port).mtu;
  const uint32_t overhead = forward ? tunnelOverhead(service.mode, member.is_v6) : 0;
  return mtu - std::min(mtu, overhead);
}

std::optional<Control::Way> Control::wayBy(uint16_t neighbor) const {
  const auto hop = banks_[0].get<regs::NeighborRow>(neighbor);
  if (!hop.valid) return std::nullopt;
  const auto port = banks_[0].get<regs::PortRow>(hop.port);
  return Way{hop.port, hop.vlan_tagged ? hop.vlan : uint16_t{0}, MacAddress{hop.mac},
             MacAddress{port.mac}};
}

std::optional<Control::Way> Control::wayToMember(const MemberKey& member) const {
  const auto hop = nextHopTo(config_, member.endpoint.address);
  if (!hop) return std::nullopt;
  const auto id = allocation_.neighbors.find(
      NeighborKey{config_.interfaces[hop->interface].name, hop->address});
  return id ? wayBy(*id) : std::nullopt;
}

std::optional<Control::Way> Control::wayToClients(uint16_t virtual_id) const {
  return wayBy(banks_[active_bank_].get<regs::VirtualRow>(virtual_id).client_neighbor);
}

bool Control::trapped(uint16_t member) const {
  const auto trap = allocation_.neighbors.find(kTrap);
  return trap && banks_[active_bank_].get<regs::MemberRow>(member).neighbor == *trap;
}

std::vector<double> Control::expectedShares(std::string_view pool) const {
  const Pool* found = findByName(config_.pools, pool);
  return found == nullptr ? std::vector<double>() : ringSharesOf(*found, allocation_);
}

StatsSnapshot Control::snapshot() { return readStats(hal_, config_, overrides_, allocation_); }

}  // namespace sluice
