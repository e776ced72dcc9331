// SPDX-License-Identifier: Apache-2.0
// The configuration of the appliance as a value: what the configuration text says, nothing derived.
//
// Plain structs, compared with ==, copied freely. Objects stand in the order of their definition
// and refer to each other by name. A Leaf knows whether it was set, so that printing gives back
// what was written and defaults stay silent; its value is the default until then. Positions say
// where in the text a thing was set (0 = nowhere) and never count in comparisons.
// config_statements.h is the grammar, config_check.h the rules between objects.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/base/event_severity.h"
#include "firmware/base/ip_address.h"
#include "firmware/base/units.h"
#include "firmware/control/config_layer7.h"
#include "firmware/control/config_leaf.h"
#include "firmware/control/hash.h"
#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

// protocol tcp | udp | any | NUMBER
struct Protocol {
  bool any = false;
  uint8_t number = 6;
  bool operator==(const Protocol&) const = default;
};

// destination ADDRESS[/LENGTH]:PORT|any
struct Destination {
  IpPrefix prefix;
  uint16_t port = 0;  // 0 = any
  bool host() const { return prefix.length == prefix.address.bits(); }
  bool operator==(const Destination&) const = default;
};

enum class IpFamily : uint8_t { kBoth, kV4, kV6 };

// ip | ipv6 | tcp | udp | icmp | icmpv6 | NUMBER
struct AclProtocol {
  IpFamily family = IpFamily::kBoth;
  std::optional<uint8_t> number;
  bool operator==(const AclProtocol&) const = default;
};

// permit | deny | punt | police RATE
struct AclVerdict {
  regs::AclAction action = regs::AclAction::kPermit;
  Quantity rate;  // police: packets per second
  bool operator==(const AclVerdict&) const = default;
};

// any | PREFIX | host ADDRESS; no prefix = any
struct AclSelector {
  std::optional<IpPrefix> prefix;
  bool operator==(const AclSelector&) const = default;
};

// P | P-Q, both included
struct PortRange {
  uint16_t low = 0;
  uint16_t high = 65'535;
  bool operator==(const PortRange&) const = default;
};

struct Interface {
  std::string name;
  Position position;
  struct Address {
    IpPrefix prefix;
    Position position;
    bool operator==(const Address&) const = default;
  };
  std::vector<Address> addresses;
  Leaf<uint32_t> port;  // not set: the lowest port that no other interface names or got
  Leaf<uint32_t> vlan{0};
  Leaf<uint32_t> mtu{1500};
  Leaf<MacAddress> mac;  // not set: derived from the port
  Leaf<Quantity> speed{Quantity{100'000'000'000, ""}};
  Leaf<bool> mac_filter{false};
  Leaf<bool> shutdown{false};
  bool operator==(const Interface&) const = default;
};

struct Gateway {
  IpAddress address;
  std::optional<MacAddress> mac;
  Position position;
  bool operator==(const Gateway&) const = default;
};

struct Neighbor {
  IpAddress address;
  MacAddress mac;
  std::string interface;
  std::optional<uint32_t> vlan;
  Position position;
  bool operator==(const Neighbor&) const = default;
};

// expect | drain-on KIND WHAT
struct Expect {
  enum class Kind : uint8_t { kStatus, kString, kRegex, kHeader };
  Kind kind = Kind::kStatus;
  std::string what;
  Position position;
  bool operator==(const Expect&) const = default;
};

// flap-limit FALLS within TIME hold TIME; 0 falls = no limit
struct FlapLimit {
  uint32_t falls = 5;
  Quantity within{300'000'000'000, ""};
  Quantity hold{60'000'000'000, ""};
  bool operator==(const FlapLimit&) const = default;
};

// How members are probed; firmware/health does it.
struct Monitor {
  std::string name;
  Position position;
  enum class Type : uint8_t { kIcmp, kTcp, kUdp, kHttp, kHttps, kDns, kScript, kAgent };
  Leaf<Type> type{Type::kTcp};
  Leaf<std::string> request;
  std::vector<std::string> headers;
  Leaf<std::string> host, server_name;          // not set: the member's address; none
  Leaf<std::string> client_certificate, trust;  // PEM files
  Leaf<std::string> server_tls;                 // a server-tls-profile, in place of these
  std::optional<ServerTls> tls;                 // the same, looked up by whoever probes
  std::vector<Expect> expect, drain_on;
  Leaf<uint32_t> port{0};  // 0 = the member's
  Leaf<Quantity> interval{Quantity{5'000'000'000, ""}};
  Leaf<Quantity> fast_interval;  // not set: interval
  Leaf<Quantity> timeout{Quantity{3'000'000'000, ""}};
  Leaf<uint32_t> fall{3};
  Leaf<uint32_t> rise{2};
  Leaf<FlapLimit> flap_limit;
  Leaf<bool> manual_resume{false};
  bool operator==(const Monitor&) const = default;
};

// Of a member, as configured or overridden. kDown: no packets. kDrain: only those of existing
// connections.
enum class AdminState : uint8_t { kUp, kDrain, kDown };

struct Member {
  Endpoint endpoint;  // port 0 = keep the packet's
  uint32_t ratio = 1;
  bool ratio_set = false;
  uint32_t limit = 0;                  // connections, 0 = no limit
  uint32_t priority = 0;               // of its group; the highest serves
  std::optional<std::string> monitor;  // in place of the pool's monitors; "none"
  AdminState admin = AdminState::kUp;
  Position position;
  bool operator==(const Member&) const = default;
};

// passive fails FAILS in TIME [hold TIME] [then down|fall]
struct PassiveRule {
  enum class Then : uint8_t { kDown, kFall };
  uint32_t fails = 0;
  Quantity within;
  Quantity hold{30'000'000'000, ""};  // kDown: at least so long
  Then then = Then::kDown;
  bool operator==(const PassiveRule&) const = default;
};

struct MonitorRef {
  std::string name;
  Position position;
  bool operator==(const MonitorRef&) const = default;
};

// monitor-rule all | any | at-least N: which of a member's monitors must be good
struct MonitorRule {
  enum class Kind : uint8_t { kAll, kAny, kAtLeast };
  Kind kind = Kind::kAll;
  uint32_t count = 0;  // kAtLeast
  bool operator==(const MonitorRule&) const = default;
};

// circuit-breaker ... PERCENT of REQUESTS in TIME [hold TIME]
struct BreakerRule {
  uint32_t percent = 0;   // of requests that fail
  uint32_t requests = 0;  // fewer say nothing
  Quantity within;
  Quantity hold{10'000'000'000, ""};
  bool operator==(const BreakerRule&) const = default;
};

// outlier-ejection ERRORS [hold TIME] [most PERCENT]
struct OutlierRule {
  uint32_t errors = 0;  // in a row
  Quantity hold{30'000'000'000, ""};
  uint32_t most = 50;  // percent of the members
  bool operator==(const OutlierRule&) const = default;
};

// queue REQUESTS timeout TIME
struct QueueRule {
  uint32_t requests = 0;
  Quantity timeout;
  bool operator==(const QueueRule&) const = default;
};

struct Pool {
  std::string name;
  Position position;
  enum class Algorithm : uint8_t {
    kMaglev,
    kLeastConnections,
    kSourceHash,
    kRendezvous,
    kModulo,
    kRoundRobin,
    kRandom2
  };
  Leaf<Algorithm> algorithm{Algorithm::kMaglev};
  Leaf<regs::Affinity> affinity{regs::Affinity::kTuple};  // not set: source with source-hash
  Leaf<uint32_t> ring_size{0};                            // 0 = by the number of members
  std::vector<MonitorRef> monitors;
  Leaf<MonitorRule> monitor_rule;
  Leaf<PassiveRule> passive;  // not set: none
  enum class OnDown : uint8_t { kClose, kDrain };
  Leaf<OnDown> on_down{OnDown::kClose};  // kClose: the virtual's on-down says what happens
  Leaf<bool> fail_open{false};
  Leaf<uint32_t> min_active{1};  // members in service below which the next priority group helps
  Leaf<std::string> backup_pool;
  Leaf<Quantity> slow_start;        // 0 = none
  Leaf<Quantity> shutdown_timeout;  // 0 = no deadline for drains
  enum class WeightBy : uint8_t { kRatio, kResponseTime };
  Leaf<WeightBy> weight_by{WeightBy::kRatio};
  Leaf<std::string>
      server_tls;  // a server-tls-profile; not set: members are spoken to in the clear
  // Of requests, with mode http and https:
  enum class Version : uint8_t { kHttp1, kHttp2 };
  Leaf<Version> version{Version::kHttp1};  // of HTTP, that members are spoken to by
  Leaf<uint32_t> bounded_load{0};          // percent of the average load, at most; 0 = no bound
  Leaf<BreakerRule> member_breaker, pool_breaker;
  Leaf<OutlierRule> outliers;
  Leaf<QueueRule> queue;
  std::vector<Member> members;

  regs::Affinity effectiveAffinity() const {
    if (affinity.set || *algorithm != Algorithm::kSourceHash) return *affinity;
    return regs::Affinity::kSource;
  }
  bool speaksHttp2() const { return *version == Version::kHttp2; }
  const Member* find(const Endpoint& endpoint) const {
    for (const Member& member : members) {
      if (member.endpoint == endpoint) return &member;
    }
    return nullptr;
  }
  bool operator==(const Pool&) const = default;
};

// Addresses that full NAT puts in the place of clients'.
struct SourcePool {
  std::string name;
  Position position;
  struct Address {
    IpAddress address;
    Position position;
    bool operator==(const Address&) const = default;
  };
  std::vector<Address> addresses;
  bool operator==(const SourcePool&) const = default;
};

// RATE [burst N]; not configured = no limit.
struct RateLimit {
  Quantity rate;
  std::optional<Quantity> burst;  // not given: 100 ms worth
  bool operator==(const RateLimit&) const = default;
};

struct Virtual {
  std::string name;
  Position position;
  Leaf<Destination> destination;
  Leaf<Protocol> protocol;  // part of the statement `destination`
  Leaf<regs::VirtualMode> mode{regs::VirtualMode::kNat};
  Layer7 layer7 = Layer7::kNone;  // part of the statement `mode`
  Leaf<std::string> pool;
  Leaf<std::string> snat_pool;  // mode fullnat
  Leaf<std::string> http_profile{std::string("default")};
  Leaf<std::string> tls_profile;   // mode https
  std::vector<HttpRuleRef> rules;  // mode http and https
  enum class RuleMode : uint8_t { kFirst, kAll };
  Leaf<RuleMode> rule_mode{RuleMode::kFirst};
  std::vector<ServerName> server_names;  // mode tls
  Leaf<ProxyVersion> send_proxy;         // mode http, https and tls
  std::vector<ProxyPeer> accept_proxy;   // mode http, https and tls
  Leaf<uint32_t> https_redirect{0};      // mode http: port of the virtual that clients are sent to
  Leaf<std::string> timers{std::string("default")};
  enum class OnDown : uint8_t { kReselect, kDrop, kReset };
  Leaf<OnDown> on_down{OnDown::kReselect};
  Leaf<uint32_t> connection_limit{0};
  Leaf<uint32_t> half_open_limit{0};
  std::optional<RateLimit> packet_rate;      // packets/s, burst packets
  std::optional<RateLimit> bandwidth;        // bits/s, burst bytes
  std::optional<RateLimit> connection_rate;  // connections/s, burst connections
  Leaf<bool> loose{false};
  Leaf<std::string> interface;  // of a prefix: whence packets come; not set: any
  Leaf<bool> shutdown{false};

  // Its packets are all TCP, and those of the servers pass the data plane, too.
  bool showsTcpAnswers() const {
    const bool both_ways = *mode == regs::VirtualMode::kNat || *mode == regs::VirtualMode::kFullnat;
    return both_ways && !protocol->any && *protocol == Protocol();
  }
  bool operator==(const Virtual&) const = default;
};

struct Timers {
  std::string name;
  Position position;
  Leaf<Quantity> half_open{Quantity{3'000'000'000, ""}};
  Leaf<Quantity> established{Quantity{300'000'000'000, ""}};
  Leaf<Quantity> closing_half{Quantity{120'000'000'000, ""}};
  Leaf<Quantity> closing{Quantity{10'000'000'000, ""}};
  Leaf<Quantity> one_way{Quantity{30'000'000'000, ""}};
  Leaf<Quantity> two_way{Quantity{120'000'000'000, ""}};
  bool operator==(const Timers&) const = default;
};

struct AclRule {
  uint32_t sequence = 0;
  regs::AclAction action = regs::AclAction::kPermit;
  RateLimit police;  // action police
  std::optional<AclProtocol> protocol;
  AclSelector source, destination;
  std::optional<PortRange> source_port, destination_port;
  std::optional<std::string> interface;
  Position position;
  bool operator==(const AclRule&) const = default;
};

struct Limits {
  Leaf<uint32_t> half_open{0};
  std::optional<RateLimit> source_rate;
  std::optional<RateLimit> source_connection_rate;
  Leaf<regs::FragmentAction> fragments{regs::FragmentAction::kDrop};
  enum class Options : uint8_t { kPermit, kDrop };
  Leaf<Options> ip_options{Options::kPermit};
  std::array<std::optional<RateLimit>, regs::kPuntCauseCount> punt_rate;  // rate 0 = no limit
  bool operator==(const Limits&) const = default;
};

// logging host ADDRESS | socket PATH | file PATH
struct LogTarget {
  enum class Kind : uint8_t { kHost, kSocket, kFile };
  Kind kind = Kind::kFile;
  IpAddress address;                   // kHost
  std::optional<uint32_t> port;        // kHost; not given: 514
  std::string path;                    // kSocket, kFile
  std::optional<Quantity> size;        // kFile; not given: 10 MB
  std::optional<EventSeverity> level;  // not given: info
  Position position;
  bool operator==(const LogTarget&) const = default;

  uint16_t effectivePort() const { return static_cast<uint16_t>(port.value_or(514)); }
  uint64_t effectiveSize() const { return size ? size->value : 10'000'000; }
  EventSeverity effectiveLevel() const { return level.value_or(EventSeverity::kInfo); }
};

// user NAME role operator|administrator: what a user of the host may do at the console
struct User {
  enum class Role : uint8_t { kOperator, kAdministrator };
  std::string name;
  Role role = Role::kOperator;
  Position position;
  bool operator==(const User&) const = default;
};

struct Config {
  Leaf<std::string> hostname{std::string("sluice")};
  Leaf<HashKey> hash_key{HashKey(regs::HashKeyReg::kReset)};
  Leaf<IpAddress> tunnel_source4,
      tunnel_source6;  // not set: the first address of the egress interface's family
  std::vector<LogTarget> logging;
  std::vector<User> users;
  Limits limits;
  std::vector<Timers> timers;
  std::vector<Interface> interfaces;
  std::vector<Gateway> gateways;
  std::vector<Neighbor> neighbors;
  std::vector<AclRule> acl;  // by sequence
  std::vector<Monitor> monitors;
  std::vector<CertificateFiles> certificates;
  std::vector<TlsProfile> tls_profiles;
  std::vector<ServerTlsProfile> server_tls_profiles;
  std::vector<HttpProfile> http_profiles;
  std::vector<DataGroup> data_groups;
  std::vector<HttpRule> http_rules;
  std::vector<Pool> pools;
  std::vector<SourcePool> snat_pools;
  std::vector<Virtual> virtuals;
  bool operator==(const Config&) const = default;
};

// The object of that name, or null.
template <typename T>
T* findByName(std::vector<T>& objects, std::string_view name) {
  for (T& object : objects) {
    if (object.name == name) return &object;
  }
  return nullptr;
}
template <typename T>
const T* findByName(const std::vector<T>& objects, std::string_view name) {
  return findByName(const_cast<std::vector<T>&>(objects), name);
}

// The front port of each interface, in the order of config.interfaces: the configured one or the
// lowest free one. 0 where ports run out (config_check refuses that).
std::vector<uint32_t> interfacePorts(const Config& config);

}  // namespace sluice
