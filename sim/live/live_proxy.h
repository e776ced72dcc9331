// SPDX-License-Identifier: Apache-2.0
// The layer-7 proxy in the live appliance: follows configuration and health, renews ticket keys,
// tells events, and shows itself to management.
#pragma once

#include <cstdint>

#include "firmware/control/control.h"
#include "firmware/proxy/guard_watch.h"
#include "firmware/proxy/proxy.h"
#include "firmware/proxy/tls_watch.h"
#include "firmware/telemetry/event_log.h"
#include "mgmt/core/proxy_source.h"

namespace sluice {

class LiveProxy final : public ProxySource {
 public:
  // Borrows both.
  LiveProxy(const Control& control, EventLog& log)
      : control_(control), log_(log), watch_(log), guards_(log) {}

  // Before anything else: keys of all connections are written there.
  void logKeys(std::shared_ptr<const tls::KeyLog> log);
  // Before Control applies `config` together with `found`: what cannot be served is refused here.
  Result<proxy::Proxy::Change> prepare(const Config& config, const Operational& found);
  // After Control applied it.
  void commit(proxy::Proxy::Change change);
  // Other members serve, or other virtuals are in service; does nothing if Control has not changed.
  Result<void> refresh();
  // Reads the files of the running configuration again.
  Result<void> renew();
  // What prepare() would refuse because of files.
  Result<void> check(const Config& config) const { return proxy_.check(config); }

  // Once a turn of the loop; an error of refresh() becomes an event.
  void keepHouse(uint64_t now_ns);

  proxy::ProxyStats statistics() const { return proxy_.statistics(); }

  std::vector<CertificateStatus> certificates() override;
  std::vector<HandshakeStatus> handshakes() override;
  std::vector<MemberHandshakeStatus> memberHandshakes() override;
  std::vector<HttpStatus> http() override;
  std::vector<RuleStatus> rules() override;
  std::string keyLog() override;
  std::vector<BalanceStatus> balance() override;
  std::vector<PersistenceStatus> persistence(size_t most) override;
  size_t clearPersistence(const std::string& service, const std::string& pool,
                          const std::optional<Endpoint>& member) override {
    return proxy_.clearPersistence({service, pool, member});
  }
  std::vector<DataGroupStatus> dataGroups() override;
  Result<void> editGroup(const std::string& group, bool add,
                         const DataGroup::Entry& entry) override;
  Result<void> resetGroup(const std::string& group) override;
  Result<HttpExplanation> explainHttp(const std::string& text, const IpAddress& client,
                                      const std::string& service) override;

 private:
  // The same configuration, whatever Control did.
  Result<void> replan();

  const Control& control_;
  EventLog& log_;
  proxy::Proxy proxy_;
  proxy::TlsWatch watch_;
  proxy::GuardWatch guards_;
  uint64_t changes_seen_ = 0;
  uint64_t watch_due_ns_ = 0, tickets_due_ns_ = 0;
};

}  // namespace sluice
