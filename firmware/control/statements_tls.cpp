// SPDX-License-Identifier: Apache-2.0
// Statements about TLS with clients and with members.
#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

void addClientCertificates(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  constexpr Block kT = Block::kTlsProfile;
  add(leaf(
      kT, "client-certificate <demand:none|request|require>",
      "Whether clients are asked for a certificate. `request`: those without one, or with one "
      "that is not trusted, are served, too; members learn which. `require`: they are refused.",
      "none", &TlsProfile::client_certificate));
  add(leaf(kT, "client-trust <file:text>",
           "PEM file with the authorities that clients' certificates must come from.", "",
           &TlsProfile::client_trust));
  add(leaf(kT, "client-crl <file:text>",
           "PEM file with lists of revoked certificates (CRL), one of each of the authorities.",
           "nothing is revoked", &TlsProfile::client_crl));
  add(leaf(kT, "client-depth <certificates:0..16>",
           "How many intermediates may stand between a client's certificate and an authority.", "4",
           &TlsProfile::client_depth));
}

void addServerTls(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  constexpr Block kS = Block::kServerTlsProfile;
  add(namedBlock(kS, "server-tls-profile", "How connections to members of pools are encrypted.",
                 &Config::server_tls_profiles));
  add(leaf(kS, "verify <verify:name|chain|off>",
           "What a member's certificate must be. `name`: it comes from an authority of `trust`, is "
           "in its time, and has the `server-name`, or the member's address if none is given; "
           "`chain`: all but the name; `off`: anything.",
           "name", &ServerTlsProfile::verify));
  add(leaf(kS, "trust <file:text>",
           "PEM file with the authorities that members' certificates must come from.", "",
           &ServerTlsProfile::trust));
  add(leaf(kS, "server-name <host:host>",
           "The host that members are asked for (SNI) and that their certificates must have.",
           "the member's address, which is not asked for", &ServerTlsProfile::server_name));
  add(leaf(kS, "certificate <certificate:name>",
           "The certificate that the appliance shows to members that ask for one.", "none",
           &ServerTlsProfile::certificate));
  add(leaf(kS, "policy <policy:intermediate|modern>",
           "Versions and ciphers: TLS 1.2 and 1.3 with forward secrecy and AEAD, or TLS 1.3 alone.",
           "intermediate", &ServerTlsProfile::policy));
}

}  // namespace

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
  add(leaf(kC, "ocsp-file <file:text>",
           "DER file with an OCSP response about the certificate, for clients that ask for one.",
           "none", &CertificateFiles::ocsp));
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
  addClientCertificates(table);
  addServerTls(table);
}

}  // namespace sluice
