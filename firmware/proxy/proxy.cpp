// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy.h"

#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <set>

#include "firmware/proxy/member_guard.h"
#include "firmware/proxy/worker.h"

namespace sluice::proxy {
namespace {

void raiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool listensOn(const ProxyPlan* plan, const Endpoint& endpoint) {
  return plan != nullptr &&
         std::any_of(plan->services.begin(), plan->services.end(),
                     [&](const auto& service) { return service->listen == endpoint; });
}

}  // namespace

Proxy::Proxy(unsigned workers) : most_workers_(workers) {}

Proxy::~Proxy() = default;

Proxy::Change::~Change() = default;

Result<void> Proxy::openSockets(Change& change) const {
  change.sockets.resize(most_workers_);
  for (const auto& service : change.plan->services) {
    if (listensOn(plan_.get(), service->listen)) continue;
    for (auto& of_worker : change.sockets) {
      auto socket = ListenSocket::open(service->listen);
      if (!socket) {
        return Error{socket.error().code,
                     "virtual '" + service->name + "': " + socket.error().message};
      }
      of_worker.push_back(std::move(*socket));
    }
  }
  return {};
}

// Profiles that name the same file share its log, also with the configuration before.
void Proxy::openLogs(Change& change) const {
  std::map<std::string, std::shared_ptr<AccessLog>> by_file;
  for (const auto& [profile, log] : assets_.access_logs) by_file[log->file()] = log;
  for (const HttpProfile& profile : change.config.http_profiles) {
    if (!profile.access_log.set) continue;
    auto& log = by_file[*profile.access_log];
    if (!log) log = std::make_shared<AccessLog>(*profile.access_log);
    change.assets.access_logs[profile.name] = log;
  }
}

Result<Proxy::Change> Proxy::prepare(const Config& config, const Overrides& overrides,
                                     const PoolView& view) {
  auto assets = loadAssets(config, commons_);
  if (!assets) return assets.error();
  Change change;
  change.config = config;
  change.assets = std::move(*assets);
  change.assets.cookies = cookies_;
  change.assets.clients = clients_;
  change.assets.groups = makeGroups(config, group_edits_);
  openLogs(change);
  change.plan = makePlan(config, overrides, view, change.assets, counters_);
  if (auto opened = openSockets(change); !opened) return opened.error();
  return change;
}

void Proxy::commit(Change change) {
  if (workers_.empty() && !change.plan->services.empty()) {
    raiseDescriptorLimit();
    while (workers_.size() < most_workers_) workers_.push_back(std::make_unique<Worker>());
  }
  for (size_t i = 0; i < workers_.size(); ++i)
    workers_[i]->apply(change.plan, std::move(change.sockets[i]));
  plan_ = std::move(change.plan);
  assets_ = std::move(change.assets);
  config_ = std::move(change.config);
  std::erase_if(group_edits_, [&](const auto& edits) {
    return findByName(config_.data_groups, edits.first) == nullptr;
  });
}

Result<void> Proxy::apply(const Config& config, const Overrides& overrides, const PoolView& view) {
  auto change = prepare(config, overrides, view);
  if (!change) return change.error();
  commit(std::move(*change));
  return {};
}

Result<void> Proxy::refresh(const Overrides& overrides, const PoolView& view) {
  Change change;
  change.config = config_;
  change.assets = assets_;
  change.plan = makePlan(config_, overrides, view, assets_, counters_);
  if (auto opened = openSockets(change); !opened) return opened;
  commit(std::move(change));
  return {};
}

std::vector<DataGroup::Entry> Proxy::groupEntries(const DataGroup& group) const {
  const auto edits = group_edits_.find(group.name);
  return entriesOf(group, edits == group_edits_.end() ? nullptr : &edits->second);
}

Result<void> Proxy::editGroup(const std::string& name, GroupEdit edit,
                              const DataGroup::Entry& entry) {
  const DataGroup* group = findByName(config_.data_groups, name);
  if (group == nullptr) return Error{ErrorCode::kNotFound, "there is no data-group '" + name + "'"};
  DataGroupEdits& edits = group_edits_[name];
  auto done =
      edit == GroupEdit::kAdd ? addEntry(*group, edits, entry) : removeEntry(*group, edits, entry);
  if (edits.added.empty() && edits.removed.empty()) group_edits_.erase(name);
  assets_.groups = makeGroups(config_, group_edits_);
  return done;
}

Result<void> Proxy::resetGroup(const std::string& name) {
  if (findByName(config_.data_groups, name) == nullptr)
    return Error{ErrorCode::kNotFound, "there is no data-group '" + name + "'"};
  group_edits_.erase(name);
  assets_.groups = makeGroups(config_, group_edits_);
  return {};
}

std::vector<PersistenceTable::Entry> Proxy::persistence(size_t most) const {
  return clients_->list(most, steadyTime());
}

ProxyStats Proxy::statistics() const {
  ProxyStats stats = counters_.snapshot();
  std::set<const AccessLog*> told;
  for (const auto& [profile, log] : assets_.access_logs) {
    if (told.insert(log.get()).second)
      stats.access_logs.push_back({log->file(), log->written(), log->lost()});
  }
  return stats;
}

Result<void> Proxy::check(const Config& config) const {
  auto assets = loadAssets(config, commons_);
  return assets ? Result<void>() : assets.error();
}

}  // namespace sluice::proxy
