// SPDX-License-Identifier: Apache-2.0
// What a configuration has in files: certificates, and what virtuals offer with them; pages.
// Read once, whole, before anything changes: what is served never depends on a file that is being
// written.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firmware/control/config.h"
#include "firmware/proxy/access_log.h"
#include "firmware/proxy/data_group.h"
#include "firmware/proxy/persistence_cookie.h"
#include "firmware/proxy/persistence_table.h"
#include "firmware/tls/outbound_context.h"
#include "firmware/tls/server_context.h"

namespace sluice::proxy {

// What is the same in every configuration.
struct TlsCommons {
  std::shared_ptr<tls::TicketKeys> tickets;
  std::shared_ptr<const tls::KeyLog> key_log;  // null: none
};

struct ProxyAssets {
  std::map<std::string, std::shared_ptr<const tls::Certificate>> certificates;  // by name
  std::map<std::string, std::shared_ptr<const tls::ServerContext>> contexts;    // by virtual
  std::map<std::string, std::shared_ptr<const tls::OutboundContext>>
      outbound;                                                           // by server-tls-profile
  std::map<std::string, std::shared_ptr<const std::string>> sorry_pages;  // by http-profile
  std::shared_ptr<const PersistenceCookie> cookies;
  std::shared_ptr<PersistenceTable> clients;
  std::map<std::string, std::shared_ptr<AccessLog>> access_logs;  // by http-profile
  DataGroups groups;
};

// All certificates and pages of `config`, which has passed checkConfig(), used or not. kIo and
// kInvalidInput say which is not as it should be, and of which virtual.
Result<ProxyAssets> loadAssets(const Config& config, const TlsCommons& commons);

// A certificate that is in force.
struct CertificateInForce {
  std::string name;
  std::shared_ptr<const tls::Certificate> certificate;
  std::vector<std::string> virtuals;  // of mode https that offer it
};
// In configuration order.
std::vector<CertificateInForce> certificatesInForce(const Config& config,
                                                    const ProxyAssets& assets);

}  // namespace sluice::proxy
