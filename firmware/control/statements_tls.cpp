// SPDX-License-Identifier: Apache-2.0
// Statements about TLS with clients.
#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

void addTlsStatements(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  constexpr Block kC = Block::kCertificate;
  add(namedBlock(kC, "certificate",
                 "A certificate with its key. Files are read when the configuration is loaded, and "
                 "again with every reload; connections keep the certificate they began with.",
                 &Config::certificates));
  add(leaf(kC, "chain-file <file:text>", "PEM file with the certificate, then its intermediates.",
           "", &CertificateFiles::chain));
  add(leaf(kC, "key-file <file:text>",
           "PEM file with its key, without a pass phrase; readable by its owner alone.", "",
           &CertificateFiles::key));
  constexpr Block kT = Block::kTlsProfile;
  add(namedBlock(kT, "tls-profile", "What virtuals of mode https offer to clients.",
                 &Config::tls_profiles));
  add(references(
      kT, "certificate <certificate:name>",
      "A certificate that is offered; there may be several, for several hosts or key types. The "
      "first is for clients that name no host, or one that none covers.",
      "tls-profile", &TlsProfile::certificates));
  add(leaf(kT, "policy <policy:intermediate|modern>",
           "Versions and ciphers: TLS 1.2 and 1.3 with forward secrecy and AEAD, or TLS 1.3 alone.",
           "intermediate", &TlsProfile::policy));
  add(flag(kT, "strict-names",
           "Refuse clients that name no host, or one that no certificate covers.",
           &TlsProfile::strict_names));
  add(leaf(kT, "hsts <time:duration>",
           "How long browsers that were here shall use nothing but TLS: the header "
           "Strict-Transport-Security of every response. 0s takes back what they were told.",
           "not said", &TlsProfile::hsts));
}

}  // namespace sluice
