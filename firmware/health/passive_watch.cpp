// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/passive_watch.h"

#include <algorithm>

#include "firmware/base/units.h"

namespace sluice {

namespace {

// A window has this many samples at the most.
constexpr uint64_t kSamples = 128;

std::string said(uint64_t count, const char* one, const char* many, const PassiveRule& rule) {
  return std::to_string(count) + " " + (count == 1 ? one : many) + " in " +
         formatDuration(rule.within.value);
}

}  // namespace

void PassiveWatch::setMembers(const std::vector<Member>& members, std::set<uint16_t> virtuals,
                              uint64_t now_ns) {
  auto before = std::exchange(watched_, {});
  for (const Member& member : members) {
    Watched& watched = watched_[member.id];
    const auto known = before.find(member.id);
    const bool same = known != before.end() && known->second.member.key == member.key;
    if (same) watched = std::move(known->second);
    watched.member = member;
    if (!same) watched.samples = {sample(watched, now_ns)};
  }
  virtuals_ = std::move(virtuals);
}

void PassiveWatch::take(const regs::Event& event, uint64_t now_ns) {
  if (event.closed != regs::CloseCause::kNone) {
    const auto entry = fresh_.find(event.slot);
    if (entry != fresh_.end()) {
      const Fresh fresh = entry->second;
      fresh_.erase(entry);
      const auto watched = watched_.find(fresh.member);
      const bool early = now_ns - fresh.at_ns < kFreshNs;
      if (watched != watched_.end() && event.closed == regs::CloseCause::kReset && early) {
        auto& resets = watched->second.reset_ns;
        if (resets.size() == kMostResets) resets.pop_front();
        resets.push_back(now_ns);
        touched_.insert(fresh.member);
      } else if (!early) {
        age(fresh.member, fresh.at_ns);
      }
    }
  }
  if (!event.opened || virtuals_.count(event.virtual_id) == 0) return;
  const auto watched = watched_.find(event.member);
  if (watched == watched_.end() || fresh_.size() >= kMostFresh) return;
  fresh_[event.slot] = {event.member, now_ns};
  in_order_.emplace_back(now_ns, event.slot);
  ++watched->second.opened;
  touched_.insert(event.member);
}

// A connection that nobody has reset. Whether it was answered, judge() sees.
void PassiveWatch::age(uint16_t member, uint64_t opened_ns) {
  const auto watched = watched_.find(member);
  if (watched == watched_.end()) return;
  watched->second.aged_ns.push_back(opened_ns);
  touched_.insert(member);
}

void PassiveWatch::run(uint64_t now_ns) {
  if (now_ns < due()) return;
  looked_ns_ = now_ns;
  while (!in_order_.empty() && in_order_.front().first + kFreshNs <= now_ns) {
    const auto [at_ns, slot] = in_order_.front();
    in_order_.pop_front();
    const auto entry = fresh_.find(slot);
    if (entry == fresh_.end() || entry->second.at_ns != at_ns) continue;
    age(entry->second.member, at_ns);
    fresh_.erase(entry);
  }
  for (const uint16_t id : std::exchange(touched_, {})) {
    const auto watched = watched_.find(id);
    if (watched != watched_.end()) judge(watched->second, now_ns);
  }
}

PassiveWatch::Sample PassiveWatch::sample(const Watched& watched, uint64_t now_ns) const {
  return {now_ns, watched.opened, counters_(watched.member.id)};
}

// Forgets what is too old, and what came before a connection that was served.
void PassiveWatch::forget(Watched& watched, const Sample& now) const {
  auto& samples = watched.samples;
  const uint64_t within = watched.member.rule.within.value;
  const auto dropBefore = [](std::deque<uint64_t>& times, uint64_t at_ns) {
    while (!times.empty() && times.front() < at_ns) times.pop_front();
  };
  while (samples.size() > 1 && now.at_ns - samples[1].at_ns >= within) samples.pop_front();
  const uint64_t begin = now.at_ns - std::min(now.at_ns, within);
  dropBefore(watched.reset_ns, begin);
  dropBefore(watched.aged_ns, begin);
  // Where there are packets from the member after a connection was opened, it may have been served.
  uint64_t quiet_ns = now.at_ns;
  for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample) {
    if (sample->packets.from != now.packets.from) break;
    quiet_ns = sample->at_ns;
  }
  uint64_t served_ns = 0;
  while (!watched.aged_ns.empty() && watched.aged_ns.front() <= quiet_ns) {
    served_ns = watched.aged_ns.front();
    watched.aged_ns.pop_front();
  }
  if (served_ns == 0) return;
  while (!samples.empty() && samples.front().at_ns <= served_ns) samples.pop_front();
  if (samples.empty()) samples.push_back(now);
  dropBefore(watched.reset_ns, samples.front().at_ns);
}

void PassiveWatch::judge(Watched& watched, uint64_t now_ns) {
  const PassiveRule& rule = watched.member.rule;
  const Sample now = sample(watched, now_ns);
  forget(watched, now);
  // Since the first reset, or earlier.
  Sample first = watched.samples.front();
  for (const Sample& sample : watched.samples) {
    if (!watched.reset_ns.empty() && sample.at_ns <= watched.reset_ns.front()) first = sample;
  }
  if (now_ns - watched.samples.back().at_ns >= rule.within.value / kSamples)
    watched.samples.push_back(now);
  const uint64_t reset = watched.reset_ns.size();
  const uint64_t silent = watched.aged_ns.size();
  const bool by_member = 2 * (now.packets.to - first.packets.to) <= 3 * (now.opened - first.opened);
  const bool refuses = reset >= rule.fails && by_member;
  if (!refuses && silent < rule.fails) return;
  watched.samples = {now};
  watched.reset_ns.clear();
  watched.aged_ns.clear();
  watched.failures += refuses ? reset : silent;
  tell_(watched.member.key, refuses ? said(reset, "reset", "resets", rule)
                                    : said(silent, "connection without an answer",
                                           "connections without an answer", rule));
}

uint64_t PassiveWatch::failures(const MemberKey& key) const {
  for (const auto& [id, watched] : watched_) {
    if (watched.member.key == key) return watched.failures;
  }
  return 0;
}

}  // namespace sluice
