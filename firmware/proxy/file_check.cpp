// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/file_check.h"

#include <algorithm>

#include "firmware/proxy/proxy_assets.h"

namespace sluice::proxy {
namespace {

class FileChecker {
 public:
  FileChecker(const Config& config, const ProxyAssets& assets,
              std::chrono::system_clock::time_point now)
      : config_(config), assets_(assets), now_(now) {}

  std::vector<Diagnostic> check() {
    for (const CertificateFiles& files : config_.certificates) checkTimes(files);
    for (const Virtual& service : config_.virtuals) {
      if (service.layer7 == Layer7::kHttps) checkHosts(service);
    }
    return std::move(found_);
  }

 private:
  void warn(const Position& at, std::string message) {
    found_.push_back({Severity::kWarning, at, std::move(message)});
  }

  void checkTimes(const CertificateFiles& files) {
    const tls::Certificate& certificate = *assets_.certificates.at(files.name);
    const std::string what = "certificate '" + files.name + "' ";
    if (now_ >= certificate.notAfter()) warn(files.chain.position, what + "has expired");
    if (now_ < certificate.notBefore()) warn(files.chain.position, what + "is not valid yet");
    if (const tls::OcspResponse* response = certificate.ocsp();
        response != nullptr && !response->current(now_))
      warn(files.ocsp.position, "the OCSP response about " + what + "is not valid now");
  }

  // A host that two rules of a virtual are about is told once.
  void checkHosts(const Virtual& service) {
    const TlsProfile& profile = *findByName(config_.tls_profiles, *service.tls_profile);
    std::vector<std::string> told;
    for (const HttpRuleRef& use : service.rules) {
      for (const HttpCondition& condition : findByName(config_.http_rules, use.name)->conditions) {
        const bool is_host = condition.subject == HttpCondition::Subject::kHost;
        if (!is_host || covers(profile, condition.value)) continue;
        if (std::find(told.begin(), told.end(), condition.value) != told.end()) continue;
        told.push_back(condition.value);
        warn(condition.position, "no certificate of tls-profile '" + profile.name + "' covers '" +
                                     condition.value + "', which virtual '" + service.name +
                                     "' serves");
      }
    }
  }

  // *.HOST is covered by a wildcard alone.
  bool covers(const TlsProfile& profile, const std::string& host) const {
    return std::any_of(
        profile.certificates.begin(), profile.certificates.end(),
        [&](const CertificateRef& use) { return assets_.certificates.at(use.name)->covers(host); });
  }

  const Config& config_;
  const ProxyAssets& assets_;
  std::chrono::system_clock::time_point now_;
  std::vector<Diagnostic> found_;
};

}  // namespace

Result<std::vector<Diagnostic>> checkFiles(const Config& config,
                                           std::chrono::system_clock::time_point now) {
  const auto assets = loadAssets(config, {std::make_shared<tls::TicketKeys>(), nullptr});
  if (!assets) return assets.error();
  return FileChecker(config, *assets, now).check();
}

}  // namespace sluice::proxy
