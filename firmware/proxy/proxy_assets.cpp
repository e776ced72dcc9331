// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_assets.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace sluice::proxy {
namespace {

tls::Policy policyOf(TlsPolicy policy) {
  return policy == TlsPolicy::kModern ? tls::Policy::kModern : tls::Policy::kIntermediate;
}

// Null: it is not of mode https.
Result<std::shared_ptr<const tls::ServerContext>> makeContext(const Config& config,
                                                              const Virtual& service,
                                                              const ProxyAssets& assets,
                                                              const TlsCommons& commons) {
  if (service.layer7 != Layer7::kHttps) return std::shared_ptr<const tls::ServerContext>();
  const TlsProfile& profile = *findByName(config.tls_profiles, *service.tls_profile);
  tls::ServerSettings settings;
  for (const CertificateRef& use : profile.certificates)
    settings.certificates.push_back(assets.certificates.at(use.name));
  settings.policy = policyOf(*profile.policy);
  settings.strict_names = *profile.strict_names;
  const HttpProfile* http = findByName(config.http_profiles, *service.http_profile);
  settings.protocols = {"h2", "http/1.1"};
  if (http != nullptr && !*http->http2) settings.protocols = {"http/1.1"};
  settings.session_scope = service.name;
  settings.key_log = commons.key_log;
  settings.client_certificates = static_cast<tls::ClientCertificates>(*profile.client_certificate);
  settings.client_depth = static_cast<int>(*profile.client_depth);
  if (settings.client_certificates != tls::ClientCertificates::kNone) {
    auto trust = tls::Trust::load(*profile.client_trust, *profile.client_crl);
    if (!trust) return trust.error();
    settings.client_trust = std::move(*trust);
  }
  return tls::ServerContext::make(std::move(settings), commons.tickets);
}

bool offers(const Config& config, const Virtual& service, const std::string& certificate) {
  if (service.layer7 != Layer7::kHttps) return false;
  const TlsProfile& profile = *findByName(config.tls_profiles, *service.tls_profile);
  return std::any_of(profile.certificates.begin(), profile.certificates.end(),
                     [&](const CertificateRef& use) { return use.name == certificate; });
}

constexpr size_t kLargestPage = 1 << 20;

// Null: there is none.
Result<std::shared_ptr<const std::string>> readPage(const Leaf<std::string>& leaf) {
  if (!leaf.set) return std::shared_ptr<const std::string>();
  const std::string& file = *leaf;
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return Error{ErrorCode::kIo, file + ": cannot be read"};
  if (text.empty() || text.size() > kLargestPage)
    return Error{ErrorCode::kInvalidInput, file + ": is empty, or larger than 1 MiB"};
  return std::make_shared<const std::string>(text);
}

// "WHAT 'NAME': " ahead of what is wrong with it.
template <typename T>
Result<T> about(const char* what, const std::string& name, Result<T> made) {
  if (made) return made;
  return Error{made.error().code, std::string(what) + " '" + name + "': " + made.error().message};
}

Result<std::shared_ptr<const tls::OutboundContext>> makeOutbound(const ServerTlsProfile& profile,
                                                                 const ProxyAssets& assets,
                                                                 const TlsCommons& commons) {
  using Verify = ServerTlsProfile::Verify;
  tls::OutboundSettings settings;
  if (*profile.verify != Verify::kOff) {
    auto trust = tls::Trust::load(*profile.trust);
    if (!trust) return trust.error();
    settings.trust = std::move(*trust);
  }
  settings.verify_name = *profile.verify == Verify::kName;
  settings.server_name = *profile.server_name;
  if (profile.certificate.set) settings.certificate = assets.certificates.at(*profile.certificate);
  settings.policy = policyOf(*profile.policy);
  settings.key_log = commons.key_log;
  return tls::OutboundContext::make(std::move(settings));
}

// One of each of `objects` that `make` does not leave out (null).
template <typename Objects, typename Target, typename Make>
Result<void> fill(const char* what, const Objects& objects, Target& target, Make make) {
  for (const auto& object : objects) {
    auto made = about(what, object.name, make(object));
    if (!made) return made.error();
    if (*made) target[object.name] = std::move(*made);
  }
  return {};
}

}  // namespace

Result<ProxyAssets> loadAssets(const Config& config, const TlsCommons& commons) {
  ProxyAssets assets;
  auto done = fill("certificate", config.certificates, assets.certificates,
                   [](const CertificateFiles& files) {
                     return tls::Certificate::load(*files.chain, *files.key, *files.ocsp);
                   });
  if (!done) return done.error();
  done = fill("virtual", config.virtuals, assets.contexts, [&](const Virtual& service) {
    return makeContext(config, service, assets, commons);
  });
  if (!done) return done.error();
  done =
      fill("server-tls-profile", config.server_tls_profiles, assets.outbound,
           [&](const ServerTlsProfile& profile) { return makeOutbound(profile, assets, commons); });
  if (!done) return done.error();
  done = fill("http-profile", config.http_profiles, assets.sorry_pages,
              [](const HttpProfile& profile) { return readPage(profile.sorry_page); });
  if (!done) return done.error();
  return assets;
}

std::vector<CertificateInForce> certificatesInForce(const Config& config,
                                                    const ProxyAssets& assets) {
  std::vector<CertificateInForce> all;
  for (const CertificateFiles& files : config.certificates) {
    CertificateInForce& row = all.emplace_back();
    row.name = files.name;
    row.certificate = assets.certificates.at(files.name);
    for (const Virtual& service : config.virtuals) {
      if (offers(config, service, files.name)) row.virtuals.push_back(service.name);
    }
  }
  return all;
}

}  // namespace sluice::proxy
