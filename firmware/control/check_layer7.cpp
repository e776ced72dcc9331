// SPDX-License-Identifier: Apache-2.0
// Rules about what firmware terminates: TLS, HTTP.
#include <string>

#include "firmware/control/checker.h"
#include "firmware/control/config_value.h"

namespace sluice {

void checkTlsProfiles(Checker& check) {
  for (const CertificateFiles& certificate : check.config.certificates) {
    if (!certificate.chain.set || !certificate.key.set) {
      check.error(certificate.position, "certificate '" + certificate.name +
                                            "' has no chain-file or no key-file; expected both");
    }
  }
  for (const TlsProfile& profile : check.config.tls_profiles) {
    if (profile.certificates.empty()) {
      check.error(profile.position, "tls-profile '" + profile.name +
                                        "' has no certificate; expected `certificate NAME`");
    }
    for (const CertificateRef& use : profile.certificates) {
      if (findByName(check.config.certificates, use.name) == nullptr)
        check.error(use.position, "there is no certificate " + quoted(use.name));
    }
  }
}

void checkTls(Checker& check, const Virtual& service) {
  if (service.layer7 != Layer7::kHttp && service.https_redirect.set)
    check.warning(service.https_redirect.position,
                  "https-redirect does nothing here; expected mode http");
  if (service.layer7 != Layer7::kHttps) {
    if (service.tls_profile.set)
      check.warning(service.tls_profile.position,
                    "the tls-profile is not used; expected mode https");
    return;
  }
  if (!service.tls_profile.set) {
    return check.error(service.position, "virtual '" + service.name +
                                             "' has no tls-profile; expected `tls-profile NAME`");
  }
  if (findByName(check.config.tls_profiles, *service.tls_profile) == nullptr) {
    check.error(service.tls_profile.position,
                "there is no tls-profile " + quoted(*service.tls_profile));
  }
}

void checkServerNames(Checker& check, const Virtual& service) {
  const bool relayed = service.layer7 == Layer7::kTls;
  if (service.send_proxy.set && !relayed)
    check.warning(service.send_proxy.position, "send-proxy does nothing here; expected mode tls");
  for (const ServerName& name : service.server_names) {
    if (!relayed) check.warning(name.position, "server-name does nothing here; expected mode tls");
    if (findByName(check.config.pools, name.pool) == nullptr)
      check.error(name.position, "there is no pool " + quoted(name.pool));
  }
}

// Its packets end here, so that members may be of either version of IP.
void checkLayer7(Checker& check, const Virtual& service) {
  const bool tcp = !service.protocol->any && service.protocol->number == 6;
  if (!tcp || !service.destination->host() || service.destination->port == 0) {
    check.error(
        service.destination.position,
        "mode http, https and tls need one address and one port of TCP; expected ADDRESS:PORT");
  }
  if (*service.http_profile != "default" &&
      findByName(check.config.http_profiles, *service.http_profile) == nullptr) {
    check.error(service.http_profile.position,
                "there is no http-profile " + quoted(*service.http_profile));
  }
  if (service.layer7 == Layer7::kHttp && service.https_redirect.set) {
    if (service.pool.set)
      check.warning(service.pool.position,
                    "the pool is not used: https-redirect answers every request");
    return;
  }
  if (!service.pool.set && service.layer7 == Layer7::kTls && !service.server_names.empty()) return;
  if (!service.pool.set) {
    return check.error(service.position,
                       "virtual '" + service.name + "' has no pool; expected `pool NAME`");
  }
  if (findByName(check.config.pools, *service.pool) == nullptr)
    check.error(service.pool.position, "there is no pool " + quoted(*service.pool));
}

}  // namespace sluice
