// SPDX-License-Identifier: Apache-2.0
// Health, events and traffic in memory, for tests of the management plane: they tell what a test
// put there, and note what was asked of them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "mgmt/core/event_source.h"
#include "mgmt/core/health_source.h"
#include "mgmt/core/proxy_source.h"
#include "mgmt/core/traffic_source.h"

namespace sluice {

class FakeHealth : public HealthSource {
 public:
  std::vector<MemberHealth> member_list, check_list;
  std::vector<CheckRecord> records;

  std::vector<MemberHealth> members() override { return member_list; }
  std::vector<MemberHealth> checks() override { return check_list; }
  std::vector<CheckRecord> log(std::string_view monitor, size_t most) override {
    std::vector<CheckRecord> found;
    for (const CheckRecord& record : records) {
      if ((monitor.empty() || record.monitor == monitor) && found.size() < most)
        found.push_back(record);
    }
    return found;
  }
  Result<void> resume(std::string_view pool, const Endpoint& endpoint,
                      const std::string& who) override {
    for (MemberHealth& row : member_list) {
      if (row.pool != pool || row.endpoint != endpoint || row.state != HealthState::kDown) continue;
      row.state = HealthState::kUp;
      row.reason = "resumed by " + who;
      return {};
    }
    return Error{ErrorCode::kInvalidInput, "it does not wait to be resumed"};
  }
};

class FakeProxy : public ProxySource {
 public:
  std::vector<CertificateStatus> certificate_list;
  std::vector<HandshakeStatus> handshake_list;
  std::vector<MemberHandshakeStatus> member_handshake_list;
  std::vector<HttpStatus> http_list;
  std::vector<RuleStatus> rule_list;
  std::vector<BalanceStatus> balance_list;
  std::vector<PersistenceStatus> client_list;
  std::vector<DataGroupStatus> group_list;
  std::string explained;
  HttpExplanation explanation;

  std::vector<CertificateStatus> certificates() override { return certificate_list; }
  std::vector<HandshakeStatus> handshakes() override { return handshake_list; }
  std::vector<MemberHandshakeStatus> memberHandshakes() override { return member_handshake_list; }
  std::vector<HttpStatus> http() override { return http_list; }
  std::vector<RuleStatus> rules() override { return rule_list; }
  std::string key_log_file;
  std::string keyLog() override { return key_log_file; }
  std::vector<BalanceStatus> balance() override { return balance_list; }
  std::vector<PersistenceStatus> persistence(size_t) override { return client_list; }
  size_t clearPersistence(const std::string& service, const std::string& pool,
                          const std::optional<Endpoint>& member) override {
    return std::erase_if(client_list, [&](const PersistenceStatus& row) {
      return (service.empty() || row.service == service) && (pool.empty() || row.pool == pool) &&
             (!member || row.member == *member);
    });
  }
  std::vector<DataGroupStatus> dataGroups() override { return group_list; }
  Result<void> editGroup(const std::string& group, bool add,
                         const DataGroup::Entry& entry) override {
    DataGroupStatus* row = findByName(group_list, group);
    if (row == nullptr)
      return Error{ErrorCode::kNotFound, "there is no data-group '" + group + "'"};
    if (add) {
      row->entries.push_back(entry);
      ++row->added;
    } else if (std::erase(row->entries, entry) != 0) {
      ++row->removed;
    }
    return {};
  }
  Result<void> resetGroup(const std::string& group) override {
    DataGroupStatus* row = findByName(group_list, group);
    if (row == nullptr)
      return Error{ErrorCode::kNotFound, "there is no data-group '" + group + "'"};
    row->added = row->removed = 0;
    return {};
  }
  Result<HttpExplanation> explainHttp(const std::string& text, const IpAddress& client,
                                      const std::string& service) override {
    explained = text + " from " + client.toString() + " to " + service;
    return explanation;
  }
};

class FakeEvents : public EventSource {
 public:
  std::vector<LoggedEvent> events;
  std::vector<Alarm> alarm_list;
  std::vector<std::string> told;

  std::vector<LoggedEvent> log(size_t most) override {
    const size_t first = events.size() - std::min(events.size(), most);
    return {events.begin() + static_cast<std::ptrdiff_t>(first), events.end()};
  }
  std::vector<Alarm> alarms() override { return alarm_list; }
  void configurationChanged(uint64_t revision, const std::string& who,
                            const std::string& comment) override {
    told.push_back("revision " + std::to_string(revision) + " by " + who + ": " + comment);
  }
  void configurationPending(uint64_t revision, const std::string& who,
                            std::chrono::seconds within) override {
    told.push_back("revision " + std::to_string(revision) + " by " + who + " goes back in " +
                   std::to_string(within.count()) + " s");
  }
  void configurationTakenBack(uint64_t revision, const std::string& who,
                              const std::string& reason) override {
    told.push_back("back to revision " + std::to_string(revision) + " by " + who + ": " + reason);
  }
  void overrideChanged(const std::string& what, const std::string& who) override {
    told.push_back(what + " by " + who);
  }
};

class FakeTraffic : public TrafficSource {
 public:
  std::vector<ConnectionStatus> connection_list;
  ConnectionFilter asked;
  ExplainRequest explained;
  Explanation explanation;
  std::vector<CaptureStatus> capture_list;

  Result<ConnectionList> connections(const ConnectionFilter& filter, size_t most) override {
    asked = filter;
    ConnectionList list{connection_list, connection_list.size()};
    if (list.connections.size() > most) list.connections.resize(most);
    return list;
  }
  Result<uint64_t> clearConnections(const ConnectionFilter& filter) override {
    asked = filter;
    const uint64_t count = connection_list.size();
    connection_list.clear();
    return count;
  }
  Result<Explanation> explain(const ExplainRequest& request) override {
    explained = request;
    return explanation;
  }
  std::vector<std::string> captureStages() override { return {"ingress", "egress"}; }
  Result<void> startCapture(const CaptureRequest& request) override {
    capture_list.push_back({request, 0, 0, true, ""});
    return {};
  }
  Result<CaptureStatus> stopCapture(std::string_view name) override {
    for (CaptureStatus& row : capture_list) {
      if (row.request.name != name) continue;
      row.running = false;
      return row;
    }
    return Error{ErrorCode::kNotFound, "there is no capture '" + std::string(name) + "'"};
  }
  std::vector<CaptureStatus> captures() override { return capture_list; }
};

}  // namespace sluice
