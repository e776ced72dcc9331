// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/config_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "firmware/control/large_config.h"

namespace sluice {
namespace {

constexpr char kGround[] =
    "interface ethernet1\n"
    "  address 203.0.113.2/24\n"
    "interface ethernet2\n"
    "  address 10.0.0.1/24\n"
    "gateway 203.0.113.1\n";

std::string errorsOf(const std::string& text) {
  const auto loaded = loadConfig(text, "f");
  return loaded.ok() ? "" : loaded.error().message;
}

// What is left of the first diagnostic: "line:column: message".
std::string firstError(const std::string& text) {
  std::string message = errorsOf(text);
  message = message.substr(0, message.find('\n'));
  return message.empty() ? message : message.substr(2);
}

TEST(ConfigText, TheDesignExampleComesBackUnchanged) {
  const std::string text =
      "interface ethernet1\n"
      "  address 203.0.113.2/24\n"
      "monitor http-basic\n"
      "  type http\n"
      "  request GET /health\n"
      "  expect status 200\n"
      "  interval 10s\n"
      "  timeout 3s\n"
      "  fall 3\n"
      "  rise 2\n"
      "pool web\n"
      "  algorithm maglev\n"
      "  monitor http-basic\n"
      "  member 10.0.0.11:80\n"
      "  member 10.0.0.12:80 ratio 2\n"
      "virtual shop\n"
      "  destination 203.0.113.10:80 protocol tcp\n"
      "  mode nat\n"
      "  pool web\n";
  const auto loaded = loadConfig(text, "example.conf");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(printConfig(loaded->config), text);
}

TEST(ConfigText, Layer7ComesBackUnchanged) {
  const std::string text = std::string(kGround) +
                           "certificate shop\n"
                           "  chain-file /etc/sluice/shop.pem\n"
                           "  key-file /etc/sluice/shop.key\n"
                           "  ocsp-file /etc/sluice/shop.ocsp\n"
                           "tls-profile public\n"
                           "  certificate shop\n"
                           "  policy modern\n"
                           "  strict-names\n"
                           "  hsts 365d\n"
                           "  client-certificate require\n"
                           "  client-trust /etc/sluice/clients.pem\n"
                           "  client-crl /etc/sluice/clients.crl\n"
                           "  client-depth 2\n"
                           "server-tls-profile inside\n"
                           "  verify chain\n"
                           "  trust /etc/sluice/inside.pem\n"
                           "  server-name shop.internal\n"
                           "  certificate shop\n"
                           "  policy modern\n"
                           "http-profile strict\n"
                           "  max-head 4096\n"
                           "  retries 1\n"
                           "  retry-budget 10\n"
                           "  sorry-page /etc/sluice/sorry.html\n"
                           "  cookie back\n"
                           "  cookie-time 1h\n"
                           "  access-log /var/log/access.log\n"
                           "  access-log-format common\n"
                           "http-rule api\n"
                           "  host shop.example\n"
                           "  host *.shop.example\n"
                           "  path prefix /api/\n"
                           "  path regex ^/v[0-9]+/(.*)$\n"
                           "  method POST\n"
                           "  header X-Beta\n"
                           "  header User-Agent contains a robot\n"
                           "  cookie color exact blue\n"
                           "  query id regex ^[0-9]+$\n"
                           "  client 198.51.100.0/24\n"
                           "  pool web\n"
                           "  split spare 10\n"
                           "  split-by client\n"
                           "  rewrite-path /v2/$1\n"
                           "  rewrite-host api.internal\n"
                           "  request-header set X-Env lab\n"
                           "  request-header add X-Way sluice\n"
                           "  request-header remove X-Secret\n"
                           "  response-header set X-Frame-Options DENY\n"
                           "  response-header remove Server\n"
                           "http-rule moved\n"
                           "  redirect 308 https://$host/new$path\n"
                           "http-rule deny\n"
                           "  respond 403\n"
                           "pool spare\n"
                           "  member 10.0.0.99:80\n"
                           "pool web\n"
                           "  server-tls-profile inside\n"
                           "  protocol http2\n"
                           "  member 10.0.0.11:80\n"
                           "virtual plain\n"
                           "  destination 203.0.113.10:80 protocol tcp\n"
                           "  mode http\n"
                           "  https-redirect 443\n"
                           "virtual shop\n"
                           "  destination 203.0.113.10:443 protocol tcp\n"
                           "  mode https\n"
                           "  pool web\n"
                           "  http-profile strict\n"
                           "  tls-profile public\n"
                           "  http-rule api\n"
                           "  http-rule deny\n"
                           "  http-rule moved\n"
                           "  send-proxy v2\n"
                           "  accept-proxy 10.9.0.0/16\n"
                           "  accept-proxy 10.8.0.0/16\n";
  const auto loaded = loadConfig(text, "example.conf");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(printConfig(loaded->config), text);
}

TEST(ConfigText, RulesThatAreNeverComeToAreWarnedOf) {
  const auto warnings = [](const std::string& earlier, const std::string& later) {
    const auto loaded =
        loadConfig(std::string(kGround) + "http-rule a\n" + earlier + "http-rule b\n" + later +
                       "pool p\n  member 10.0.0.11:80\nvirtual v\n  destination "
                       "203.0.113.10:80\n  mode http\n  pool p\n  http-rule a\n"
                       "  http-rule b\n",
                   "f");
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    return loaded->warnings;
  };
  const std::string never = "http-rule 'b' is never come to: 'a' before it matches every such";
  for (const auto& [earlier, later] : std::vector<std::pair<std::string, std::string>>{
           {"", "  path exact /x\n"},
           {"  path prefix /a\n", "  path exact /a/b\n"},
           {"  path prefix /a\n", "  path prefix /ab\n  method GET\n"},
           {"  host *.example\n", "  host a.example\n  host b.example\n"},
           {"  client 10.0.0.0/8\n", "  client 10.1.0.0/16\n"},
           {"  method GET\n  method PUT\n", "  method PUT\n"},
           {"  header X-A\n", "  header x-a exact 1\n"},
           {"  path regex ^/x\n", "  path regex ^/x\n  host a\n"}})
    EXPECT_NE(warnings(earlier, later).find(never), std::string::npos) << earlier << later;
  for (const auto& [earlier, later] : std::vector<std::pair<std::string, std::string>>{
           {"  path prefix /a/\n", "  path prefix /a\n"},
           {"  path prefix /a\n  method GET\n", "  path prefix /a\n"},
           {"  host *.example\n", "  host example\n"},
           {"  host *.example\n", "  host a.example\n  host other\n"},
           {"  client 10.1.0.0/16\n", "  client 10.0.0.0/8\n"},
           {"  header X-A exact 1\n", "  header X-A\n"},
           {"  path prefix /a\n", "  path regex ^/ab\n"}})
    EXPECT_EQ(warnings(earlier, later), "") << earlier << later;
}

TEST(ConfigText, FullNatComesBackUnchanged) {
  const std::string text = std::string(kGround) +
                           "pool web\n"
                           "  member 10.0.0.11:80\n"
                           "snat-pool out\n"
                           "  address 10.0.0.100\n"
                           "  address 10.0.0.101\n"
                           "virtual shop\n"
                           "  destination 203.0.113.10:80 protocol tcp\n"
                           "  mode fullnat\n"
                           "  pool web\n"
                           "  snat-pool out\n";
  const auto loaded = loadConfig(text, "fullnat.conf");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(printConfig(loaded->config), text);
  const ConfigParse less = parseConfig("snat-pool out\n  no address 10.0.0.100\n", loaded->config);
  ASSERT_EQ(less.config.snat_pools[0].addresses.size(), 1u);
  EXPECT_EQ(less.config.snat_pools[0].addresses[0].address.toString(), "10.0.0.101");
}

TEST(ConfigText, HealthAndFailoverComeBackUnchanged) {
  const std::string text = "user alice role administrator\nuser bob role operator\n" +
                           std::string(kGround) +
                           "monitor deep\n"
                           "  type https\n"
                           "  request GET /health?deep=1\n"
                           "  header X-Probe: sluice\n"
                           "  header Accept: text/plain\n"
                           "  host www.example.com\n"
                           "  server-name www.example.com\n"
                           "  trust /etc/ssl/ca.pem\n"
                           "  client-certificate /etc/ssl/probe.pem\n"
                           "  expect status 200,204,300-399\n"
                           "  expect regex ^ok( .*)?$\n"
                           "  expect header Server: nginx\n"
                           "  drain-on status 503\n"
                           "  drain-on string \"going down\"\n"
                           "  port 8443\n"
                           "  interval 2s\n"
                           "  fast-interval 500ms\n"
                           "  timeout 1s\n"
                           "  flap-limit 3 within 1m hold 30s\n"
                           "  manual-resume\n"
                           "monitor load\n"
                           "  type agent\n"
                           "  port 8000\n"
                           "  flap-limit 0\n"
                           "monitor tool\n"
                           "  type script\n"
                           "  request /usr/local/bin/check --fast\n"
                           "pool spare\n"
                           "  monitor-rule any\n"
                           "  passive fails 1 in 10m\n"
                           "  member 10.0.0.99:80\n"
                           "pool web\n"
                           "  algorithm random-2\n"
                           "  monitor deep\n"
                           "  monitor load\n"
                           "  monitor-rule at-least 1\n"
                           "  passive fails 5 in 10s hold 1m then fall\n"
                           "  on-down drain\n"
                           "  min-active 2\n"
                           "  backup-pool spare\n"
                           "  fail-open\n"
                           "  slow-start 30s\n"
                           "  shutdown-timeout 5m\n"
                           "  weight-by response-time\n"
                           "  member 10.0.0.11:80 ratio 2 priority 10 monitor tool\n"
                           "  member 10.0.0.12:80 limit 7 priority 5 monitor none drain\n"
                           "virtual shop\n"
                           "  destination 203.0.113.10:80 protocol tcp\n"
                           "  pool web\n"
                           "  on-down reset\n";
  const auto loaded = loadConfig(text, "example.conf");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(printConfig(loaded->config), text);
  const auto undone = parseConfig(
      "monitor deep\n  no expect\n  no drain-on\n  no header\n  no flap-limit\n"
      "pool web\n  no monitor load\n  no monitor-rule\nno monitor load\n"
      "pool spare\n  no monitor-rule\n  no passive fails\nno user bob\n",
      loaded->config);
  ASSERT_TRUE(undone.ok()) << undone.diagnostics.front().message;
  EXPECT_TRUE(undone.config.monitors[0].expect.empty());
  EXPECT_TRUE(undone.config.monitors[0].headers.empty());
  EXPECT_EQ(*undone.config.monitors[0].flap_limit, FlapLimit());
  EXPECT_FALSE(undone.config.pools[0].passive.set);
  ASSERT_EQ(undone.config.users.size(), 1u);
  EXPECT_EQ(undone.config.users[0].name, "alice");
  ASSERT_EQ(undone.config.pools[1].monitors.size(), 1u);
  EXPECT_EQ(undone.config.pools[1].monitors[0].name, "deep");
}

TEST(ConfigText, LargeConfigurationRoundTrips) {
  const std::string text = largeConfigText(300, 8);
  const auto loaded = loadConfig(text, "large.conf");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_TRUE(printConfig(loaded->config) == text);
  const auto again = parseConfig(printConfig(loaded->config));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again.config == loaded->config);
}

TEST(ConfigText, EmptyTextIsAConfiguration) {
  EXPECT_TRUE(loadConfig("", "f").ok());
  EXPECT_EQ(printConfig(Config()), "");
  EXPECT_TRUE(loadConfig("# nothing\n\n   \n! nothing\r\n", "f").ok());
}

TEST(ConfigText, ReadsOtherLayoutsOfTheSameThing) {
  const std::string canonical =
      std::string(kGround) +
      "monitor m\n  type http\npool web\n  monitor m\n  member 10.0.0.11:80 ratio 2 limit 7\n"
      "virtual v\n  destination 203.0.113.10:80\n  pool web\n";
  const std::string flat =
      "interface ethernet1\naddress 203.0.113.2/24\nexit\ninterface ethernet2\naddress "
      "10.0.0.1/24\n!\n"
      "gateway 203.0.113.1 # the router\nmonitor m\ntype http\nexit\n"
      "pool web\nmember 10.0.0.11:80 limit 7 ratio 2\nmonitor m\nexit\n"
      "virtual v\r\ndestination 203.0.113.10:80\r\npool web\r\n";
  const std::string indented =
      "\tvirtual v\n\t\tdestination 203.0.113.10:80\n\t\tpool web\n"
      "    interface ethernet1\n        address 203.0.113.2/24\n    interface ethernet2\n        "
      "address 10.0.0.1/24\n"
      "    gateway 203.0.113.1\n    pool web\n        monitor m\n        member 10.0.0.11:80 "
      "ratio "
      "2 limit 7\n"
      "    monitor m\n        type http\n";
  for (const std::string& text : {canonical, flat, indented}) {
    const auto loaded = loadConfig(text, "f");
    ASSERT_TRUE(loaded.ok()) << text << loaded.error().message;
    EXPECT_EQ(printConfig(loaded->config), canonical) << text;
  }
}

TEST(ConfigText, TheDataPlaneSeesModeHttpAsLocal) {
  const std::string text =
      "http-profile strict\n  max-head 4096\n  header-timeout 5s\n  forwarded replace\n"
      "virtual v\n  destination 203.0.113.10:80\n  mode http\n  http-profile strict\n";
  const ConfigParse parse = parseConfig(text);
  ASSERT_TRUE(parse.ok());
  EXPECT_EQ(printConfig(parse.config), text);
  EXPECT_EQ(*parse.config.virtuals[0].mode, regs::VirtualMode::kLocal);
  EXPECT_EQ(parse.config.virtuals[0].layer7, Layer7::kHttp);
  const ConfigParse back = parseConfig("virtual v\n  no mode\n", parse.config);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back.config.virtuals[0].mode, regs::VirtualMode::kNat);
  EXPECT_EQ(back.config.virtuals[0].layer7, Layer7::kNone);
}

TEST(ConfigText, NoTakesStatementsBack) {
  const Config base = loadConfig(largeConfigText(4, 3), "f")->config;
  const auto edited = parseConfig(
      "no hostname\n"
      "interface ethernet1\n  no mtu\n  no address 2001:db8::2/64\n"
      "access-list\n  no 20\n  35 deny tcp from any to any\n"
      "pool pool1\n  no member 10.1.1.1:8080\n  member 10.1.1.1:8081 ratio 9\n"
      "no virtual virtual0\nno neighbor 10.0.0.11\nno gateway 2001:db8::1\n"
      "virtual virtual2\n  no rate-limit packets\n"
      "limits\n  no punt-rate arp\n",
      base);
  ASSERT_TRUE(edited.ok()) << formatDiagnostics(edited.diagnostics, "", "f");
  EXPECT_FALSE(edited.config.hostname.set);
  EXPECT_EQ(*edited.config.interfaces[0].mtu, 1500u);
  EXPECT_EQ(edited.config.interfaces[0].addresses.size(), 1u);
  EXPECT_EQ(edited.config.acl.size(), 5u);
  EXPECT_EQ(edited.config.acl[2].sequence, 35u);
  EXPECT_EQ(edited.config.pools[1].members.size(), 2u);
  EXPECT_EQ(edited.config.pools[1].members[0].ratio, 9u);
  EXPECT_EQ(edited.config.virtuals.size(), 3u);
  EXPECT_TRUE(edited.config.neighbors.empty());
  EXPECT_EQ(edited.config.gateways.size(), 1u);
  EXPECT_FALSE(edited.config.virtuals[1].packet_rate);
  EXPECT_TRUE(edited.config.virtuals[1].bandwidth);
}

TEST(ConfigText, ErrorsPointAtTheirPlace) {
  EXPECT_EQ(errorsOf("pool web\n  algorithm magleev\n"),
            "f:2:13: unknown algorithm 'magleev'; expected maglev, least-connections, source-hash, "
            "rendezvous, modulo, round-robin or random-2\n"
            "    algorithm magleev\n"
            "              ^");
  EXPECT_EQ(errorsOf("pool web\n\talgorithm\tmagleev # tabs\n"),
            "f:2:12: unknown algorithm 'magleev'; expected maglev, least-connections, source-hash, "
            "rendezvous, modulo, round-robin or random-2\n"
            "   algorithm magleev # tabs\n"
            "             ^");
}

struct Golden {
  const char* text;
  const char* error;
};

class GrammarErrors : public testing::TestWithParam<Golden> {};

TEST_P(GrammarErrors, AreForPeople) { EXPECT_EQ(firstError(GetParam().text), GetParam().error); }

INSTANTIATE_TEST_SUITE_P(
    Parser, GrammarErrors,
    testing::Values(
        Golden{"hostnme lb",
               "1:1: unknown statement 'hostnme' in the configuration; did you mean 'hostname'?"},
        Golden{"hostname",
               "1:9: 'hostname' needs a value; expected a name of up to 63 letters, digits and "
               "_.:-/"},
        Golden{"hostname a b", "1:12: unexpected 'b'; expected end of line"},
        Golden{"hostname a,b",
               "1:10: bad hostname 'a,b'; expected a name of up to 63 letters, digits and _.:-/"},
        Golden{"pool",
               "1:5: 'pool' needs a value; expected a name of up to 63 letters, digits and _.:-/"},
        Golden{"pool a\n  membr 10.0.0.1:80",
               "2:3: unknown statement 'membr' in pool; did you mean 'member'?"},
        Golden{"no user bob", "1:9: there is no user 'bob'"},
        Golden{
            "pool a\n  x",
            "2:3: unknown statement 'x' in pool; expected algorithm, affinity, ring-size, "
            "monitor, monitor-rule, passive, on-down, min-active, backup-pool, fail-open, "
            "slow-start, shutdown-timeout, weight-by, server-tls-profile, protocol, bounded-load, "
            "member-breaker, "
            "pool-breaker, outlier-ejection, queue or member"},
        Golden{"pool a\n  member 10.0.0.300:80",
               "2:10: '10.0.0.300:80' is not an address and port; expected ADDRESS:PORT or "
               "ADDRESS:any, IPv6 as "
               "[ADDRESS]:PORT"},
        Golden{"pool a\n  member 10.0.0.1:80 ratio 0",
               "2:28: ratio 0 is out of range; expected 1 to 255"},
        Golden{"pool a\n  member 10.0.0.1:80 ratio x",
               "2:28: 'x' is not a number; expected 1 to 255"},
        Golden{"pool a\n  member 10.0.0.1:80 ratio",
               "2:27: 'ratio' needs a value; expected 1 to 255"},
        Golden{"pool a\n  member 10.0.0.1:80 ratoi 2",
               "2:22: unexpected 'ratoi'; expected ratio, limit, priority, monitor, drain or "
               "disable or end of line"},
        Golden{"pool a\n  member 10.0.0.1:80\n  member 10.0.0.1:80",
               "3:3: member 10.0.0.1:80 of pool 'a' is already defined on line 2"},
        Golden{"pool a\n  ring-size 1000",
               "2:13: 1000 is not a prime up to 65537; 251, 1021, 4093, 16381 and 65537 are"},
        Golden{"pool a\npool a", "2:1: pool 'a' is already defined on line 1"},
        Golden{"virtual v\n  destination 10.0.0.1",
               "2:15: '10.0.0.1' is not a destination; expected "
               "ADDRESS[/LENGTH]:PORT or ADDRESS[/LENGTH]:any, IPv6 as "
               "[ADDRESS]:PORT"},
        Golden{"virtual v\n  destination 10.0.0.1/8:80",
               "2:15: 10.0.0.1/8 has bits set beyond its length; expected 10.0.0.0/8"},
        Golden{"virtual v\n  rate-limit frames 3",
               "2:14: unknown 'frames' after 'rate-limit'; expected packets, bandwidth or "
               "connections"},
        Golden{"virtual v\n  rate-limit",
               "2:13: incomplete statement; expected packets, bandwidth or connections"},
        Golden{"virtual v\n  rate-limit packets 0",
               "2:22: a rate of 0 is no limit; expected 1 or more"},
        Golden{"virtual v\n  rate-limit packets 5 burst 0",
               "2:30: burst is out of range; expected 1 to 4294967295"},
        Golden{"timers t\n  established 5",
               "2:15: '5' is not a duration; expected a duration such as 10s, 500ms or 1m"},
        Golden{"interface e\n  mtu 100", "2:7: mtu 100 is out of range; expected 576 to 9194"},
        Golden{"interface e\n  mac 1:2",
               "2:7: '1:2' is not a MAC address; expected a MAC address such as "
               "02:00:5e:00:53:01"},
        Golden{"interface e\n  address 10.0.0.1",
               "2:11: '10.0.0.1' is not an address with its prefix length; "
               "expected ADDRESS/LENGTH such as 192.0.2.1/24"},
        Golden{"interface e\n  speed fast",
               "2:9: 'fast' is not a bandwidth; expected bits per second such as 64k, "
               "10M or 1Gbps"},
        Golden{"neighbor 10.0.0.1 02:00:5e:00:53:01",
               "1:19: unexpected '02:00:5e:00:53:01'; expected 'mac'"},
        Golden{"neighbor 10.0.0.1", "1:18: incomplete statement; expected 'mac'"},
        Golden{"gateway 10.0.0.1\ngateway 10.0.0.2",
               "2:1: IPv4 gateway is already defined on line 1"},
        Golden{"hash key 12", "1:10: '12' is not a key; expected 24 hexadecimal digits"},
        Golden{"tunnel source", "1:14: 'source' needs a value; expected an IPv4 or IPv6 address"},
        Golden{"limits\n  punt-rate x 3",
               "2:13: unknown cause 'x'; expected arp, nd, multicast, local, icmp, acl, "
               "fragment, ttl or mtu"},
        Golden{"access-list\n  allow from any to any",
               "2:3: unknown action 'allow'; expected permit, deny, punt or police RATE"},
        Golden{"access-list\n  police from any to any",
               "2:3: 'police' needs a rate; expected packets per second such as 500, 100k or 10M"},
        Golden{"access-list\n  permit from any", "2:18: incomplete statement; expected 'to'"},
        Golden{"access-list\n  permit foo from any to any",
               "2:10: unexpected 'foo'; expected 'from'"},
        Golden{"access-list\n  permit tcp from any port 9-1 to any",
               "2:28: port range 9-1 is upside down"},
        Golden{"access-list\n  permit from 10.0.0.1 to any",
               "2:15: '10.0.0.1' is not a set of addresses; expected any, ADDRESS/LENGTH or host "
               "ADDRESS"},
        Golden{"access-list\n  10 permit from any to any\n  10 deny from any to any",
               "3:3: access-list entry 10 is already defined on line 2"},
        Golden{"access-list\n  permit burst 5 from any to any",
               "2:16: burst belongs to police RATE"},
        Golden{"no", "1:3: 'no' needs a statement to take back"},
        Golden{"no pool a", "1:9: there is no pool 'a'"},
        Golden{"monitor m\n  request \"GET", "2:11: the quote is not closed"},
        Golden{"hostname \x01", "1:10: control character 0x01"}));

class CheckErrors : public testing::TestWithParam<Golden> {};

TEST_P(CheckErrors, AreForPeople) {
  EXPECT_EQ(firstError(std::string(kGround) + GetParam().text), GetParam().error);
}

// Lines are counted from kGround, which has 5.
INSTANTIATE_TEST_SUITE_P(
    Check, CheckErrors,
    testing::Values(
        Golden{"virtual v\n  destination 203.0.113.9:80\n  pool webb",
               "8:3: there is no pool 'webb'"},
        Golden{"virtual v\n  pool a\npool a", "6:1: virtual 'v' has no destination"},
        Golden{"virtual v\n  destination 203.0.113.9:80",
               "6:1: virtual 'v' has no pool; expected `pool NAME` or mode local"},
        Golden{"pool p\n  monitor x", "7:3: there is no monitor 'x'"},
        Golden{"pool p\n  member 10.0.0.9:80 monitor x", "7:3: there is no monitor 'x'"},
        Golden{"monitor m\n  port 0", "7:8: port 0 is out of range; expected 1 to 65535"},
        Golden{"monitor m\n  interval 1ms",
               "7:3: the interval is too short; expected 10ms or more"},
        Golden{"monitor m\n  type http\n  expect status 2x",
               "8:3: '2x' is no list of status codes; expected codes such as 200,204,300-399"},
        Golden{"monitor m\n  expect status 200",
               "7:3: only answers of http, https and dns have a status"},
        Golden{"monitor m\n  type icmp\n  expect string x",
               "8:3: monitors of this type read no answer that could be compared"},
        Golden{"monitor m\n  type dns",
               "6:1: monitor 'm' has no request; expected a name to ask for"},
        Golden{"monitor m\n  type script\n  request check.sh",
               "8:3: the program needs its whole path, from /"},
        Golden{"monitor m\npool p\n  monitor m\n  member 10.0.0.9:any",
               "8:3: monitor 'm' needs a port: member 10.0.0.9:any has none"},
        Golden{"monitor m\n  header X", "7:10: 'X' is not a header; expected Name: value"},
        Golden{"pool p\n  monitor-rule at-least",
               "7:16: `at-least` needs a number and the others take none; expected all, any or "
               "at-least N"},
        Golden{"pool p\n  passive fails 5 in 10ms",
               "7:3: `passive` within 10ms; expected 1s to 10m"},
        Golden{"pool p\n  passive fails 5 in 10s then fall",
               "7:3: `then fall` counts as a bad probe, and pool 'p' has no monitor; expected "
               "`then down`, or a monitor"},
        Golden{"pool p\n  backup-pool q", "7:3: there is no pool 'q'"},
        Golden{"pool p\n  backup-pool p",
               "7:3: pool 'p' cannot be a backup: it is this pool, or has a backup itself"},
        Golden{"pool p\n  member [2001:db8::1]:80",
               "7:3: member [2001:db8::1]:80 cannot be reached: it is in no "
               "interface's subnet and there is no IPv6 gateway"},
        Golden{"pool p\n  member 127.0.0.1:80", "7:3: 127.0.0.1 cannot be the address of a member"},
        Golden{"pool p\n  ring-size 2\n  member 10.0.0.2:1\n  member 10.0.0.2:2\n  member "
               "10.0.0.2:3",
               "7:3: ring of 2 slots is too small for 3 members"},
        Golden{"neighbor fd00::9 mac 02:00:00:00:00:01 interface ethernet2\npool p\n  member "
               "[fd00::9]:80\n"
               "virtual v\n  destination 203.0.113.9:80\n  pool p",
               "11:3: mode nat cannot translate IPv4 to IPv6: member [fd00::9]:80 of pool 'p'; "
               "expected mode ipip, "
               "gue0 or gue1"},
        Golden{"neighbor fd00::9 mac 02:00:00:00:00:01 interface ethernet2\npool p\n  member "
               "[fd00::9]:80\n"
               "virtual v\n  destination 203.0.113.9:80\n  mode ipip\n  pool p",
               "11:3: tunnels to member [fd00::9]:80 have no source address; expected `tunnel "
               "source` or an "
               "interface with an IPv6 address"},
        Golden{"pool p\n  member 198.51.100.1:80\nvirtual v\n  destination 203.0.113.9:80\n  mode "
               "dsr\n  pool p",
               "11:3: mode dsr reaches members by their MAC address only, but 198.51.100.1:80 is "
               "behind a gateway"},
        Golden{"virtual a\n  destination 203.0.113.9:80\n  mode local\nvirtual b\n  destination "
               "203.0.113.9:80 protocol tcp\n  mode local",
               "10:3: virtual 'b' has the same destination as 'a' on line 7"},
        Golden{"virtual a\n  destination 203.0.113.9:80\n  ingress-interface ethernet1\n  mode "
               "local",
               "8:3: `ingress-interface` is for virtuals whose destination is a prefix"},
        Golden{"virtual a\n  destination 198.18.0.0/15:80\n  ingress-interface e7\n  mode local",
               "8:3: there is no interface 'e7'"},
        Golden{"virtual v\n  destination 203.0.113.9:80\n  mode fullnat\n  pool p\npool p",
               "8:3: virtual 'v' has no source pool; expected `snat-pool NAME`"},
        Golden{"virtual v\n  destination 203.0.113.9:80\n  mode fullnat\n  snat-pool s\n  pool "
               "p\npool p",
               "9:3: there is no snat-pool 's'"},
        Golden{"snat-pool s\n  address 10.0.0.9\npool p\nvirtual v\n  destination 203.0.113.9:any "
               "protocol "
               "any\n  mode fullnat\n  snat-pool s\n  pool p",
               "11:3: mode fullnat needs ports; expected a destination with protocol tcp or udp"},
        Golden{"snat-pool s\n  address fd00::9\npool p\nvirtual v\n  destination 203.0.113.9:80\n  "
               "mode "
               "fullnat\n  snat-pool s\n  pool p",
               "12:3: virtual 'v' needs IPv4 sources, but snat-pool 's' has fd00::9"},
        Golden{"snat-pool s", "6:1: snat-pool 's' has no address; expected `address ADDRESS`"},
        Golden{"snat-pool s\n  address 224.0.0.1",
               "7:3: 224.0.0.1 cannot be the source of packets"},
        Golden{"snat-pool s\n  address 10.0.0.1",
               "7:3: 10.0.0.1 is the address of interface 'ethernet2'; expected one that nothing "
               "else has"},
        Golden{"pool p\n  member 10.0.0.9:80\nsnat-pool s\n  address 10.0.0.9",
               "9:3: 10.0.0.9 is the address of a member of pool 'p'; expected one that nothing "
               "else has"},
        Golden{"snat-pool s\n  address 10.0.0.9\nvirtual v\n  destination 10.0.0.0/8:any protocol "
               "any\n  mode "
               "local",
               "7:3: the prefix of virtual 'v' contains 10.0.0.9 and would take the answers; "
               "expected "
               "`ingress-interface NAME` there"},
        Golden{"snat-pool s\n  address 10.0.0.9\n  address 10.0.0.9",
               "8:3: address 10.0.0.9 of snat-pool 's' is already defined on line 7"},
        Golden{"snat-pool s\n  address 10.0.0.11\n  address 10.0.0.12\n  address 10.0.0.13\n  "
               "address 10.0.0.14\n"
               "  address 10.0.0.15\n  address 10.0.0.16\n  address 10.0.0.17\n  address "
               "10.0.0.18\n  address "
               "10.0.0.19",
               "15:3: too many addresses in snat-pools; expected at most 8"},
        Golden{"virtual a\n  destination 203.0.113.9:80 protocol any\n  mode local",
               "7:3: a port needs a protocol that has ports; expected protocol tcp or udp, or port "
               "any"},
        Golden{"virtual a\n  destination 203.0.113.9:any protocol 1\n  mode local",
               "7:3: ICMP to a virtual is answered by the appliance; expected another protocol"},
        Golden{"virtual a\n  destination 224.0.0.1:80\n  mode local",
               "7:3: 224.0.0.1 cannot be the address of a virtual"},
        Golden{"virtual a\n  destination 203.0.113.9:80\n  mode local\n  timers t",
               "9:3: there are no timers 't'"},
        Golden{"pool p\nvirtual a\n  destination 203.0.113.9:any\n  mode http\n  pool p",
               "8:3: mode http, https and tls need one address and one port of TCP; expected "
               "ADDRESS:PORT"},
        Golden{"pool p\nvirtual a\n  destination 203.0.113.0/24:80\n  mode http\n  pool p",
               "8:3: mode http, https and tls need one address and one port of TCP; expected "
               "ADDRESS:PORT"},
        Golden{"http-rule r\n  path regex (\n", "7:3: not a regular expression: '(': missing ): ("},
        Golden{"http-rule r\n  path prefix api", "7:3: a path begins with '/', 'api' does not"},
        Golden{"http-rule r\n  host a b",
               "7:3: 'a b' is no host; expected a name, an address or *.NAME"},
        Golden{"http-rule r\n  pool q", "7:3: there is no pool 'q'"},
        Golden{"pool p\nhttp-rule r\n  split p 60\n  split p 50",
               "9:3: the shares of http-rule 'r' are 110 percent; expected at most 100"},
        Golden{"http-rule r\n  redirect 304 /x",
               "7:3: status 304 is no redirect; expected 301, 302, 303, 307 or 308"},
        Golden{"http-rule r\n  redirect 301 /x\n  respond 200",
               "6:1: http-rule 'r' has more than one answer; expected one of pool and split, "
               "redirect, or respond"},
        Golden{"http-rule r\n  request-header set Host x",
               "7:3: header 'Host' says how messages are framed or where they go; rules cannot "
               "change it"},
        Golden{"pool p\nvirtual a\n  destination 203.0.113.9:80\n  mode http\n  pool p\n"
               "  http-rule r",
               "11:3: there is no http-rule 'r'"},
        Golden{"virtual a\n  destination 203.0.113.9:80\n  mode http",
               "6:1: virtual 'a' has no pool; expected `pool NAME`"},
        Golden{"virtual a\n  destination 203.0.113.9:80\n  mode http\n  pool q",
               "9:3: there is no pool 'q'"},
        Golden{"pool p\nvirtual a\n  destination 203.0.113.9:80\n  mode http\n  pool p\n"
               "  http-profile h",
               "11:3: there is no http-profile 'h'"},
        Golden{"pool p\n  protocol http3",
               "7:12: unknown protocol 'http3'; expected http1 or http2"},
        Golden{"pool p\n  protocol http2\nvirtual a\n  destination 203.0.113.9:80\n  pool p",
               "10:3: pool 'p' says `protocol http2`, and nothing here speaks HTTP; expected mode "
               "http or https"},
        Golden{"server-tls-profile s",
               "6:1: server-tls-profile 's' has no trust; expected `trust FILE`, or `verify off`"},
        Golden{"server-tls-profile s\n  trust /ca.pem\n  certificate c",
               "8:3: there is no certificate 'c'"},
        Golden{"server-tls-profile s\n  verify off\n  server-name *.a.example",
               "8:3: '*.a.example' is no host to ask for; expected one without *"},
        Golden{"pool p\n  server-tls-profile s", "7:3: there is no server-tls-profile 's'"},
        Golden{"monitor m\n  server-tls-profile s", "7:3: there is no server-tls-profile 's'"},
        Golden{"certificate c\n  chain-file /c\n  key-file /k\ntls-profile t\n  certificate c\n"
               "  client-certificate require",
               "11:3: tls-profile 't' does not say whose certificates it believes; expected "
               "`client-trust FILE`"},
        Golden{"gateway 2001:db8::1", "6:1: gateway 2001:db8::1 is in no interface's subnet"},
        Golden{"neighbor 10.0.0.9 mac 02:00:00:00:00:01 interface e9",
               "6:1: there is no interface 'e9'"},
        Golden{"neighbor 10.0.0.9 mac 03:00:00:00:00:01 interface ethernet1",
               "6:1: 03:00:00:00:00:01 is a group address; expected a unicast MAC address"},
        Golden{"interface e3\n  port 0\ninterface e4\n  port 0",
               "8:1: interfaces 'e3' and 'e4' share port 0; expected different VLANs"},
        Golden{"interface e3\ninterface e4\ninterface e5",
               "8:1: no front port is left for interface 'e5'; expected `port N` to share one"},
        Golden{"interface e3\n  speed 10M", "7:3: speed is out of range; expected 1G to 400G"},
        Golden{"interface e3\n  address 224.0.0.1/24",
               "7:3: 224.0.0.1 cannot be the address of an interface"},
        Golden{"timers a\ntimers b\ntimers c\ntimers d",
               "9:1: too many timer profiles; expected at most 4, `default` included"},
        Golden{"timers a\n  closing 1ms", "7:3: timeout is out of range; expected 10ms to 19h"},
        Golden{"access-list\n  permit from any port 3 to any",
               "7:3: ports need a protocol that has them; expected tcp or udp"},
        Golden{"access-list\n  permit tcp from any to any interface e9",
               "7:3: there is no interface 'e9'"},
        Golden{"access-list\n  permit from 10.0.0.0/8 to ::/0",
               "7:3: the rule matches nothing: it asks for IPv4 and IPv6 at once"}));

TEST(ConfigText, CapacityIsChecked) {
  std::string rules = "access-list\n";
  for (int i = 0; i < 257; ++i) rules += "  permit from any to any\n";
  EXPECT_EQ(firstError(kGround + rules),
            "263:3: too many access-list entries: 257; expected at most 256");
  std::string virtuals = "pool p\n  member 10.0.0.9:80\n";
  for (int i = 0; i < 1024; ++i) {
    virtuals += "virtual v" + std::to_string(i) +
                "\n  destination 203.0.113.9:" + std::to_string(i + 1) + "\n  pool p\n";
  }
  EXPECT_THAT(firstError(kGround + virtuals),
              testing::HasSubstr("too many virtuals: 1024; expected at most 1023"));
}

TEST(ConfigText, NextHopsAreCounted) {
  std::string pool = "interface big\n  address 172.16.0.1/12\npool p\n";
  for (int i = 0; i < 1024; ++i) {
    pool += "  member 172.17." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":80\n";
  }
  EXPECT_THAT(firstError(kGround + pool),
              testing::HasSubstr("too many next hops: 1024; expected at most 1023"));
}

TEST(ConfigText, WarningsAreNoErrors) {
  const auto loaded =
      loadConfig(std::string(kGround) + "pool p\n  member 10.0.0.9:80\nmonitor m\n", "f");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->warnings,
            "f:6:1: warning: pool 'p' is used by no virtual\n  pool p\n  ^\n"
            "f:8:1: warning: monitor 'm' is used by no pool\n  monitor m\n  ^\n");
}

TEST(ConfigText, EncryptionThatProtectsNobodyIsWarnedOf) {
  const auto loaded = loadConfig(std::string(kGround) +
                                     "server-tls-profile s\n  verify off\npool p\n"
                                     "  server-tls-profile s\n  member 10.0.0.9:80\n"
                                     "virtual v\n  destination 203.0.113.9:80\n  pool p\n",
                                 "f");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->warnings,
            "f:9:3: warning: pool 'p' encrypts, but does not verify whom it talks to; anybody in "
            "between can read and change everything\n"
            "    server-tls-profile s\n    ^\n"
            "f:13:3: warning: the server-tls-profile of pool 'p' does nothing here; expected mode "
            "http or https\n"
            "    pool p\n    ^\n");
}

TEST(ConfigText, SeveralErrorsAreReportedAndThenItStops) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "foo\n";
  const ConfigParse parse = parseConfig(text);
  EXPECT_EQ(parse.diagnostics.size(), kMaxErrors + 1);
  EXPECT_EQ(parse.diagnostics.back().message, "too many errors; the rest was not read");
}

TEST(ConfigText, AnUnknownBlockIsOneError) {
  EXPECT_EQ(parseConfig("widget x\n  foo\n  bar\nhostname a\n").diagnostics.size(), 1u);
}

TEST(ConfigText, FilesThatCannotBeReadSaySo) {
  const auto loaded = loadConfigFile("/nonexistent/x.conf");
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, ErrorCode::kIo);
  EXPECT_EQ(loaded.error().message, "/nonexistent/x.conf: cannot be opened");
}

// Damaged text gives diagnostics, never a crash, and what parses prints to something that parses
// the same.
TEST(ConfigText, SurvivesDamage) {
  const std::string good = largeConfigText(6, 4);
  const uint32_t seed = 20'240'607;
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string text = good;
    for (int i = 0; i < 1 + round % 8; ++i) {
      const size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 20);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
          break;
        default:
          text.insert(at, "\n");
      }
    }
    const ConfigParse parse = parseConfig(text);
    if (!parse.ok()) continue;
    const std::string printed = printConfig(parse.config);
    const ConfigParse again = parseConfig(printed);
    ASSERT_TRUE(again.ok()) << "seed " << seed << " round " << round << "\n" << printed;
    ASSERT_TRUE(again.config == parse.config) << "seed " << seed << " round " << round;
    ASSERT_EQ(printConfig(again.config), printed);
  }
}

TEST(Checks, WhatTrafficCannotShowIsSaid) {
  const auto loaded = loadConfig(std::string(kGround) +
                                     "pool p\n  passive fails 5 in 10s\n  member 10.0.0.2:53\n"
                                     "virtual v\n  destination 203.0.113.9:53 protocol udp\n"
                                     "  pool p\n"
                                     "virtual w\n  destination 203.0.113.9:53\n  pool p\n",
                                 "f");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(
      loaded->warnings,
      "f:7:3: warning: `passive` sees nothing of virtual 'v': only TCP in modes nat and fullnat "
      "shows how members answer\n    passive fails 5 in 10s\n    ^\n");
}

TEST(Checks, ResetsNeedAPortAndAPoolOfTheirOwn) {
  const auto loaded = loadConfig(std::string(kGround) +
                                     "interface third\ninterface fourth\n"
                                     "pool p\n  member 10.0.0.2:53\n"
                                     "virtual v\n  destination 203.0.113.9:53\n  pool p\n"
                                     "  on-down reset\n"
                                     "virtual w\n  destination 203.0.113.9:54\n  pool p\n",
                                 "f");
  ASSERT_TRUE(loaded.ok());
  EXPECT_NE(loaded->warnings.find("f:13:3: warning: `on-down reset` needs a front port that no "
                                  "interface uses; connections of virtual 'v' are dropped instead"),
            std::string::npos)
      << loaded->warnings;
  EXPECT_NE(loaded->warnings.find("f:13:3: warning: `on-down reset` is for connections of virtual "
                                  "'w', too, which has the same pool"),
            std::string::npos)
      << loaded->warnings;
}

}  // namespace
}  // namespace sluice
