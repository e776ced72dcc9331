// SPDX-License-Identifier: Apache-2.0
// The layer-7 proxy of the appliance: takes the connections of virtuals of mode http in the kernel,
// reads their requests, and sends them on to members.
//
// Works on threads of its own, which are started with the first virtual and belong to the network
// namespace of whoever starts them. All functions return at once and are called from one thread. A
// change closes no connection: requests under way end with the plan that they began with, later
// ones on the same connection follow the new one. Connections of a virtual that is gone end with
// their request.
#pragma once

#include <memory>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/proxy/listen_socket.h"
#include "firmware/proxy/proxy_plan.h"

namespace sluice::proxy {

class Worker;

class Proxy {
 public:
  explicit Proxy(unsigned workers = 1);
  ~Proxy();

  // What a configuration needs, made ready: certificates are read, new addresses are listened on.
  // Dropped, it leaves no trace.
  class Change {
   public:
    Change(Change&& other) = default;
    Change& operator=(Change&&) = delete;
    ~Change();

   private:
    friend class Proxy;
    Change() = default;
    Config config;
    ProxyAssets assets;
    std::shared_ptr<const ProxyPlan> plan;
    std::vector<std::vector<ListenSocket>> sockets;  // by worker
  };

  // Before anything else: secrets of all connections are written there.
  void logKeys(std::shared_ptr<const tls::KeyLog> log) { commons_.key_log = std::move(log); }
  // Null: they are not.
  const tls::KeyLog* keyLog() const { return commons_.key_log.get(); }

  // `config` has passed checkConfig(). kIo and kInvalidInput: an address cannot be listened on, or
  // a certificate is not as it should be.
  Result<Change> prepare(const Config& config, const Overrides& overrides, const PoolView& view);
  // Cannot fail. No other change was committed since it was prepared.
  void commit(Change change);
  Result<void> apply(const Config& config, const Overrides& overrides, const PoolView& view);
  // Others serve, or other virtuals are in service: the same configuration, its files as they were
  // read. kIo: an address cannot be listened on; everything stays as it was.
  Result<void> refresh(const Overrides& overrides, const PoolView& view);
  // The entries of the running configuration's data groups, as the console changed them. What it
  // changed of a group is forgotten with the group, and by reset.
  std::vector<DataGroup::Entry> groupEntries(const DataGroup& group) const;
  const AllGroupEdits& groupEdits() const { return group_edits_; }
  // refresh() is to follow. kNotFound: there is no such group; else as addEntry(), removeEntry().
  enum class GroupEdit : uint8_t { kAdd, kRemove };
  Result<void> editGroup(const std::string& name, GroupEdit edit, const DataGroup::Entry& entry);
  Result<void> resetGroup(const std::string& name);
  // What prepare() would say about files.
  Result<void> check(const Config& config) const;

  std::vector<CertificateInForce> certificates() const {
    return certificatesInForce(config_, assets_);
  }
  // To be called once an hour: tickets are good for two to three times that.
  void rotateTickets() { commons_.tickets->rotate(); }

  ProxyStats statistics() const;

  // Clients that are known without a cookie of ours; those that came last first.
  std::vector<PersistenceTable::Entry> persistence(size_t most) const;
  // How many clients are forgotten.
  size_t clearPersistence(const PersistenceTable::Filter& filter) {
    return clients_->clear(filter);
  }

 private:
  Result<void> openSockets(Change& change) const;
  void openLogs(Change& change) const;

  unsigned most_workers_;
  CounterRegistry counters_;
  // Sessions are resumed, and clients come back, across all changes of configuration.
  TlsCommons commons_{std::make_shared<tls::TicketKeys>(), nullptr};
  std::shared_ptr<const PersistenceCookie> cookies_ = std::make_shared<PersistenceCookie>();
  std::shared_ptr<PersistenceTable> clients_ = std::make_shared<PersistenceTable>();
  AllGroupEdits group_edits_;
  // In force:
  Config config_;
  ProxyAssets assets_;
  std::shared_ptr<const ProxyPlan> plan_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace sluice::proxy
