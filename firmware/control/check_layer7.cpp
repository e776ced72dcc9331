// SPDX-License-Identifier: Apache-2.0
// Rules about what firmware terminates: TLS, HTTP.
#include <string>

#include "firmware/control/checker.h"
#include "firmware/control/config_value.h"

namespace sluice {

namespace {

void checkClientCertificates(Checker& check, const TlsProfile& profile) {
  if (*profile.client_certificate == ClientCertificates::kNone) {
    for (const auto* leaf : {&profile.client_trust, &profile.client_crl}) {
      if (leaf->set)
        check.warning(leaf->position,
                      "this does nothing without `client-certificate require`, or request");
    }
  } else if (!profile.client_trust.set) {
    check.error(profile.client_certificate.position,
                "tls-profile '" + profile.name +
                    "' does not say whose certificates it believes; expected `client-trust FILE`");
  }
}

// A pool that encrypts or speaks HTTP/2, where nothing is decrypted.
void checkNotEncrypted(Checker& check, const std::string& pool, const Position& at) {
  const Pool* found = findByName(check.config.pools, pool);
  if (found == nullptr) return;
  if (found->speaksHttp2()) {
    check.error(at, "pool '" + pool +
                        "' says `protocol http2`, and nothing here speaks HTTP; expected mode http "
                        "or https");
  }
  if (found->server_tls.set) {
    check.warning(at, "the server-tls-profile of pool '" + pool +
                          "' does nothing here; expected mode http or https");
  }
}

}  // namespace

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
    checkClientCertificates(check, profile);
  }
}

void checkServerTlsProfiles(Checker& check) {
  using Verify = ServerTlsProfile::Verify;
  for (const ServerTlsProfile& profile : check.config.server_tls_profiles) {
    const bool verifies = *profile.verify != Verify::kOff;
    if (verifies && !profile.trust.set) {
      check.error(profile.position, "server-tls-profile '" + profile.name +
                                        "' has no trust; expected `trust FILE`, or `verify off`");
    }
    if (profile.server_name->starts_with("*"))
      check.error(profile.server_name.position,
                  quoted(*profile.server_name) + " is no host to ask for; expected one without *");
    if (!verifies && profile.trust.set)
      check.warning(profile.trust.position, "trust does nothing here: verify is off");
    if (profile.certificate.set &&
        findByName(check.config.certificates, *profile.certificate) == nullptr)
      check.error(profile.certificate.position,
                  "there is no certificate " + quoted(*profile.certificate));
  }
}

void checkServerTls(Checker& check, const Leaf<std::string>& use, const std::string& whose) {
  if (!use.set) return;
  const ServerTlsProfile* profile = findByName(check.config.server_tls_profiles, *use);
  if (profile == nullptr)
    return check.error(use.position, "there is no server-tls-profile " + quoted(*use));
  if (*profile->verify == ServerTlsProfile::Verify::kOff) {
    check.warning(use.position, whose +
                                    " encrypts, but does not verify whom it talks to; anybody "
                                    "in between can read and change everything");
  }
}

// Of http-profiles: one way to know a client, and whole.
void checkPersistence(Checker& check) {
  using By = Persistence::By;
  for (const HttpProfile& profile : check.config.http_profiles) {
    if (!profile.persist.set) {
      if (profile.persist_time.set)
        check.warning(profile.persist_time.position, "persist-time does nothing without `persist`");
      continue;
    }
    const auto error = [&](const std::string& text) {
      check.error(profile.persist.position, text);
    };
    const Persistence& persist = *profile.persist;
    if (profile.cookie.set) error("there is `cookie`, too; expected one of them");
    if (persist.ofRelays() != persist.name.empty())
      error("expected `persist source`, `persist tls-session`, or a name: `persist header NAME`");
    const bool masks = persist.v4_length != 32 || persist.v6_length != 128;
    if (masks && persist.by != By::kSource) error("v4 and v6 are for `persist source` only");
  }
}

void checkTls(Checker& check, const Virtual& service) {
  if (service.layer7 != Layer7::kHttp && service.layer7 != Layer7::kHttps) {
    if (service.pool.set) checkNotEncrypted(check, *service.pool, service.pool.position);
    for (const ServerName& name : service.server_names)
      checkNotEncrypted(check, name.pool, name.position);
  }
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
  constexpr char kExpected[] = " does nothing here; expected mode http, https or tls";
  if (service.layer7 == Layer7::kNone) {
    if (service.send_proxy.set)
      check.warning(service.send_proxy.position, std::string("send-proxy") + kExpected);
    for (const ProxyPeer& source : service.accept_proxy)
      check.warning(source.position, std::string("accept-proxy") + kExpected);
  }
  for (const ServerName& name : service.server_names) {
    if (!relayed) check.warning(name.position, "server-name does nothing here; expected mode tls");
    if (findByName(check.config.pools, name.pool) == nullptr)
      check.error(name.position, "there is no pool " + quoted(name.pool));
  }
}

// Clients are known by what the virtual sees of them.
void checkPersistenceUse(Checker& check, const Virtual& service) {
  const HttpProfile* profile = findByName(check.config.http_profiles, *service.http_profile);
  if (profile == nullptr || !profile->persist.set) return;
  const Position& at = service.http_profile.position;
  const bool relayed = service.layer7 == Layer7::kTls;
  if (relayed && !profile->persist->ofRelays())
    check.warning(at, "mode tls reads no requests; expected `persist source` or `tls-session`");
  if (!relayed && profile->persist->by == Persistence::By::kTlsSession)
    check.warning(at, "`persist tls-session` is for mode tls; it does nothing here");
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
  checkPersistenceUse(check, service);
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
