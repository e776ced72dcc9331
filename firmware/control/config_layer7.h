// SPDX-License-Identifier: Apache-2.0
// What the configuration says about TLS and HTTP. Part of config.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/ip_address.h"
#include "firmware/base/units.h"
#include "firmware/control/config_leaf.h"

namespace sluice {

// persist ...: how clients are known that come back to their member, apart from our own cookie.
struct Persistence {
  enum class By : uint8_t { kServerCookie, kRewrittenCookie, kHeader, kSource, kTlsSession };
  // Whether a connection that is not read has it.
  bool ofRelays() const { return by == By::kSource || by == By::kTlsSession; }
  By by = By::kSource;
  std::string name;                          // of the cookie or header
  uint32_t v4_length = 32, v6_length = 128;  // kSource: of the network that counts as one
  bool operator==(const Persistence&) const = default;
};

// How firmware speaks HTTP with the clients and servers of a virtual.
struct HttpProfile {
  std::string name;
  Position position;
  Leaf<uint32_t> max_head{16'384};  // bytes
  Leaf<uint32_t> max_headers{100};
  Leaf<Quantity> max_body{Quantity{0, ""}};  // bytes, 0 = no limit
  Leaf<Quantity> idle_timeout{Quantity{60'000'000'000, ""}};
  Leaf<Quantity> header_timeout{Quantity{10'000'000'000, ""}};
  Leaf<Quantity> body_timeout{Quantity{30'000'000'000, ""}};
  Leaf<Quantity> connect_timeout{Quantity{3'000'000'000, ""}};
  Leaf<Quantity> response_timeout{Quantity{60'000'000'000, ""}};
  Leaf<Quantity> tunnel_timeout{Quantity{3'600'000'000'000, ""}};
  Leaf<bool> http2{true};
  Leaf<bool> http2_cleartext{false};
  Leaf<uint32_t> http2_streams{100};  // of a connection at a time
  Leaf<uint32_t> http2_resets{200};   // of a connection in 10 s
  Leaf<bool> websocket{true};
  enum class Forwarded : uint8_t { kAppend, kReplace, kOff };
  Leaf<Forwarded> forwarded{Forwarded::kAppend};
  Leaf<uint32_t> retries{3};                    // of a request, at most
  Leaf<uint32_t> retry_budget{20};              // percent of requests, at most
  Leaf<std::string> sorry_page;                 // file; empty: a sentence
  Leaf<std::string> cookie;                     // name of the persistence cookie; empty: none
  Leaf<Quantity> cookie_time{Quantity{0, ""}};  // ns that it lasts; 0 = the browser's session
  Leaf<Persistence> persist;                    // not set: none but the cookie
  Leaf<Quantity> persist_time{Quantity{1'800'000'000'000, ""}};  // ns since the last request
  Leaf<uint32_t> inspect_body{8'192};  // bytes of a body that conditions look at
  enum class Excess : uint8_t { kPass, kRefuse };
  Leaf<Excess> inspect_excess{Excess::kPass};  // a body that is longer and is looked at
  Leaf<uint32_t> tarpit_limit{256};            // requests that are held up at a time
  Leaf<std::string> access_log;                // file; empty: none
  enum class LogFormat : uint8_t { kJson, kCommon };
  Leaf<LogFormat> access_log_format{LogFormat::kJson};
  bool operator==(const HttpProfile&) const = default;
};

// A certificate with its key, in files that are read when the configuration takes effect.
struct CertificateFiles {
  std::string name;
  Position position;
  Leaf<std::string> chain;  // PEM: the certificate, then its intermediates
  Leaf<std::string> key;    // PEM
  Leaf<std::string> ocsp;   // DER: an OCSP response that is stapled; empty: none
  bool operator==(const CertificateFiles&) const = default;
};

struct CertificateRef {
  std::string name;
  Position position;
  bool operator==(const CertificateRef&) const = default;
};

enum class TlsPolicy : uint8_t { kIntermediate, kModern };
enum class ClientCertificates : uint8_t { kNone, kRequest, kRequire };

// What virtuals of mode https offer to clients.
struct TlsProfile {
  std::string name;
  Position position;
  std::vector<CertificateRef> certificates;  // the first is for clients that name no host
  Leaf<TlsPolicy> policy{TlsPolicy::kIntermediate};
  Leaf<bool> strict_names{false};
  Leaf<Quantity> hsts{Quantity{0, ""}};  // ns that browsers come by TLS alone; 0 = not said
  Leaf<ClientCertificates> client_certificate{ClientCertificates::kNone};
  Leaf<std::string> client_trust, client_crl;  // PEM files
  Leaf<uint32_t> client_depth{4};              // intermediates of a client's certificate, at most
  bool operator==(const TlsProfile&) const = default;
};

// How connections to the members of a pool are encrypted.
struct ServerTlsProfile {
  std::string name;
  Position position;
  enum class Verify : uint8_t { kName, kChain, kOff };
  Leaf<Verify> verify{Verify::kName};
  Leaf<std::string> trust;  // PEM: the authorities of members' certificates
  Leaf<std::string>
      server_name;  // asked for and verified; not set: the member's address, not asked
  Leaf<std::string> certificate;  // that the appliance shows, if it is asked; not set: none
  Leaf<TlsPolicy> policy{TlsPolicy::kIntermediate};
  bool operator==(const ServerTlsProfile&) const = default;
};

// A server-tls-profile with the certificate that it names.
struct ServerTls {
  ServerTlsProfile profile;
  std::optional<CertificateFiles> certificate;
  bool operator==(const ServerTls&) const = default;
};

// Texts, beginnings of texts and networks that conditions look into. What the console adds and
// takes away meanwhile is not here.
struct DataGroup {
  std::string name;
  Position position;
  struct Entry {
    enum class Kind : uint8_t { kText, kPrefix, kNetwork };
    Kind kind = Kind::kText;
    std::string text;
    IpPrefix network;
    Position position;
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> entries;
  bool operator==(const DataGroup&) const = default;
};

// A condition of an http-rule.
struct HttpCondition {
  enum class Subject : uint8_t {
    kHost,
    kPath,
    kMethod,
    kHeader,
    kCookie,
    kQuery,
    kClient,
    kUserAgent,  // its class: browser, mobile, bot or tool
    kTime,       // see time_window.h
    kBody,       // as much of it as the http-profile says
    kTls         // what was agreed on with the client, by a field
  };
  static constexpr std::array<std::string_view, 8> kTlsFields = {
      "version", "cipher", "server-name", "client-certificate",
      "subject", "issuer", "serial",      "fingerprint"};
  enum class Test : uint8_t { kExact, kPrefix, kRegex, kContains, kGroup, kPresent };
  Subject subject = Subject::kHost;
  Test test = Test::kExact;
  bool negated = false;
  std::string name;   // of the header, cookie or parameter; one of kTlsFields
  std::string value;  // kGroup: name of the data-group
  IpPrefix network;   // of clients
  Position position;
  bool operator==(const HttpCondition&) const = default;
};

struct PoolShare {
  std::string pool;
  uint32_t percent = 0;
  Position position;
  bool operator==(const PoolShare&) const = default;
};

struct HeaderChange {
  enum class Kind : uint8_t { kSet, kAdd, kRemove };
  bool of_response = false;
  Kind kind = Kind::kSet;
  std::string name, value;
  Position position;
  bool operator==(const HeaderChange&) const = default;
};

// Of the appliance itself.
struct HttpAnswer {
  uint32_t status = 0;
  std::string text;  // of a redirect: where to
  Position position;
  bool operator==(const HttpAnswer&) const = default;
};

// rate-limit REQUESTS per TIME by KEY [NAME]
struct RequestLimit {
  enum class Key : uint8_t { kClient, kPath, kHeader, kCookie };
  uint32_t requests = 0;
  Quantity per;  // ns
  Key key = Key::kClient;
  std::string name;  // of the header or cookie
  bool operator==(const RequestLimit&) const = default;
};

// mirror POOL [PERCENT]
struct Mirror {
  std::string pool;
  uint32_t percent = 100;
  bool operator==(const Mirror&) const = default;
};

// What becomes of the requests that meet its conditions.
struct HttpRule {
  using Answer = HttpAnswer;
  enum class SplitBy : uint8_t { kRequest, kClient };

  std::string name;
  Position position;
  std::vector<HttpCondition> conditions;
  Leaf<std::string> pool;
  std::vector<PoolShare> splits;
  Leaf<SplitBy> split_by{SplitBy::kRequest};
  std::optional<Answer> redirect, respond;
  Leaf<std::string> rewrite_path, rewrite_host;
  std::vector<HeaderChange> header_changes;
  Leaf<Quantity> tarpit;  // ns that the answer is held back
  Leaf<RequestLimit> rate_limit;
  Leaf<Mirror> mirror;
  Leaf<std::string> log_tag;

  // It says who answers; others leave that to rules behind them, or the virtual.
  bool decides() const {
    return pool.set || !splits.empty() || redirect || respond || tarpit.set;  // 403, if no more
  }
  bool operator==(const HttpRule&) const = default;
};

struct HttpRuleRef {
  std::string name;
  Position position;
  bool operator==(const HttpRuleRef&) const = default;
};

// Who serves clients that ask for a host in their ClientHello.
struct ServerName {
  std::string host;  // lower case; *.HOST: every name with one label before it
  std::string pool;
  Position position;
  bool operator==(const ServerName&) const = default;
};

// Whose connections begin with a PROXY header.
struct ProxyPeer {
  IpPrefix network;
  Position position;
  bool operator==(const ProxyPeer&) const = default;
};

enum class ProxyVersion : uint8_t { kOne, kTwo };  // of the PROXY protocol

// What firmware terminates of a virtual: nothing, TCP and HTTP, TLS, too, or TCP alone with a look
// at the ClientHello. The data plane sees mode local.
enum class Layer7 : uint8_t { kNone, kHttp, kHttps, kTls };

}  // namespace sluice
