// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_assets.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace sluice::proxy {
namespace {

tls::ServerSettings settingsOf(const Config& config, const Virtual& service,
                               const ProxyAssets& assets) {
  const TlsProfile& profile = *findByName(config.tls_profiles, *service.tls_profile);
  tls::ServerSettings settings;
  for (const CertificateRef& use : profile.certificates)
    settings.certificates.push_back(assets.certificates.at(use.name));
  settings.policy = *profile.policy == TlsProfile::Policy::kModern ? tls::Policy::kModern
                                                                   : tls::Policy::kIntermediate;
  settings.strict_names = *profile.strict_names;
  settings.protocols = {"http/1.1"};
  settings.session_scope = service.name;
  return settings;
}

bool offers(const Config& config, const Virtual& service, const std::string& certificate) {
  if (service.layer7 != Layer7::kHttps) return false;
  const TlsProfile& profile = *findByName(config.tls_profiles, *service.tls_profile);
  return std::any_of(profile.certificates.begin(), profile.certificates.end(),
                     [&](const CertificateRef& use) { return use.name == certificate; });
}

constexpr size_t kLargestPage = 1 << 20;

Result<std::shared_ptr<const std::string>> readPage(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return Error{ErrorCode::kIo, file + ": cannot be read"};
  if (text.empty() || text.size() > kLargestPage)
    return Error{ErrorCode::kInvalidInput, file + ": is empty, or larger than 1 MiB"};
  return std::make_shared<const std::string>(text);
}

}  // namespace

Result<ProxyAssets> loadAssets(const Config& config,
                               const std::shared_ptr<tls::TicketKeys>& tickets) {
  ProxyAssets assets;
  for (const CertificateFiles& files : config.certificates) {
    auto loaded = tls::Certificate::load(*files.chain, *files.key);
    if (!loaded) {
      return Error{loaded.error().code,
                   "certificate '" + files.name + "': " + loaded.error().message};
    }
    assets.certificates[files.name] = std::move(*loaded);
  }
  for (const Virtual& service : config.virtuals) {
    if (service.layer7 != Layer7::kHttps) continue;
    auto context = tls::ServerContext::make(settingsOf(config, service, assets), tickets);
    if (!context) {
      return Error{context.error().code,
                   "virtual '" + service.name + "': " + context.error().message};
    }
    assets.contexts[service.name] = std::move(*context);
  }
  for (const HttpProfile& profile : config.http_profiles) {
    if (!profile.sorry_page.set) continue;
    auto page = readPage(*profile.sorry_page);
    if (!page) {
      return Error{page.error().code,
                   "http-profile '" + profile.name + "': " + page.error().message};
    }
    assets.sorry_pages[profile.name] = std::move(*page);
  }
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
