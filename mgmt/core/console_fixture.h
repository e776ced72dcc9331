// SPDX-License-Identifier: Apache-2.0
// A console on a fake appliance with something in every table.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "firmware/control/config_text.h"
#include "mgmt/core/console_session.h"
#include "mgmt/core/fake_appliance.h"
#include "mgmt/core/fake_sources.h"

namespace sluice::mgmt {

inline constexpr char kFixtureConfig[] =
    "interface client\n  address 203.0.113.2/24\ninterface server\n  address 10.0.0.1/24\n"
    "gateway 203.0.113.1\nmonitor http-basic\n  type http\n  request GET /health\n"
    "  interval 10s\npool api\n  algorithm least-connections\n  member 10.0.0.21:8080\n"
    "pool web\n  monitor http-basic\n  member 10.0.0.11:80\n  member 10.0.0.12:80 ratio 2\n"
    "virtual api\n  destination 203.0.113.11:53 protocol udp\n  pool api\nvirtual shop\n"
    "  destination 203.0.113.10:80\n  mode dsr\n  pool web\n";

class ConsoleFixture : public ::testing::Test {
 protected:
  ConsoleFixture() : store_(RevisionStore::open("").value()) {
    fillAppliance();
    EXPECT_TRUE(manager_.start("lab.conf").ok());
    session_ = std::make_unique<ConsoleSession>(console_, ConsoleUser{"alice"});
  }

  LineAnswer run(std::string_view line) { return session_->execute(line); }
  // The output of a line that must not fail.
  std::string good(std::string_view line) {
    const LineAnswer answer = run(line);
    EXPECT_EQ(answer.status, LineStatus::kDone) << line << "\n" << answer.output;
    return answer.output;
  }
  static Endpoint endpoint(const char* text) { return *Endpoint::parse(text); }

  void fillAppliance() {
    const ConfigParse parsed = parseConfig(kFixtureConfig);
    EXPECT_TRUE(parsed.ok());
    EXPECT_TRUE(appliance_.apply(parsed.config).ok());
    const WallTime now = appliance_.time;
    using std::chrono::seconds;
    appliance_.system_status.started = now - seconds(3725);
    appliance_.system_status.engine = "rtl";
    appliance_.interface_list = {{"client", 0, "eth1", {{2, 0x53, 0x4c, 0, 0, 0}}, true},
                                 {"server", 1, "", {{2, 0x53, 0x4c, 0, 0, 1}}, false}};
    appliance_.neighbor_list = {
        {*IpAddress::parse("10.0.0.11"), "server", 0, MacAddress{{2, 0, 0, 0, 0, 0x11}}, false},
        {*IpAddress::parse("10.0.0.12"), "server", 0, std::nullopt, false}};
    appliance_.table_list = {{"connections", 12, 1'048'576}, {"pools", 2, 1024}};
    StatsSnapshot& stats = appliance_.stats;
    stats.virtuals = {{"api", 1, false, true, {10, 900}, {10, 1800}, 5, 2},
                      {"shop", 2, false, true, {1'234'567, 99'000'000}, {0, 0}, 9'800, 9'586}};
    stats.members = {{"api",
                      endpoint("10.0.0.21:8080"),
                      1,
                      AdminState::kUp,
                      1,
                      1.0,
                      {10, 900},
                      {10, 1800},
                      5,
                      2},
                     {"web",
                      endpoint("10.0.0.11:80"),
                      2,
                      AdminState::kUp,
                      1,
                      0.333,
                      {900'000, 70'000'000},
                      {},
                      6000,
                      5823},
                     {"web",
                      endpoint("10.0.0.12:80"),
                      3,
                      AdminState::kUp,
                      2,
                      0.667,
                      {334'567, 29'000'000},
                      {},
                      3800,
                      3763}};
    stats.ports[0] = {"client", {1'234'600, 99'000'900}, {20, 2000}};
    stats.ports[1] = {"server", {20, 2000}, {1'234'577, 99'000'900}};
    stats.drops[static_cast<size_t>(regs::DropReason::kRunt)] = {3, 120};
    stats.flows.live = 217;
    stats.flow_capacity = 1'048'576;
    health_.member_list = {
        {"api", endpoint("10.0.0.21:8080"), "", HealthState::kUnmonitored, "", {}, {}},
        {"web", endpoint("10.0.0.11:80"), "", HealthState::kUp, "status 200", now - seconds(763),
         now - seconds(2)},
        {"web", endpoint("10.0.0.12:80"), "", HealthState::kDown, "connection refused",
         now - seconds(21), now - seconds(1)}};
    health_.check_list = {health_.member_list[1], health_.member_list[2]};
    for (MemberHealth& row : health_.check_list) row.monitor = "http-basic";
    health_.check_list[0].duration = std::chrono::milliseconds(3);
    health_.check_list[0].passed = 76;
    health_.check_list[1].failed = 3;
    health_.records = {{now - seconds(1), "web", endpoint("10.0.0.12:80"), "http-basic", false,
                        "connection refused", std::chrono::microseconds(180)}};
    events_.events = {{now - seconds(21),
                       "member-down",
                       "warning",
                       "member 10.0.0.12:80 of pool web is down: connection refused",
                       {}}};
    events_.alarm_list = {{"member-down", "warning", "member 10.0.0.12:80 of pool web",
                           "connection refused", now - seconds(21)}};
    traffic_.connection_list = {{6, endpoint("198.51.100.7:4711"), endpoint("203.0.113.10:80"),
                                 endpoint("10.0.0.11:80"), "shop", "web", "established",
                                 std::chrono::milliseconds(1500), std::chrono::seconds(300)}};
    traffic_.explanation = {{{"classify", "virtual shop", "destination 203.0.113.10:80, tcp"},
                             {"dispatch", "member 10.0.0.11:80", "slot 17 of 251"}},
                            "forward to 10.0.0.11:80 by server"};
    proxy_.certificate_list = {{"shop",
                                {"shop.example", "*.shop.example"},
                                "ECDSA P-256",
                                "1f2e",
                                "Lab CA",
                                now - std::chrono::days(60),
                                now + std::chrono::days(30),
                                "expiring",
                                {"shop"},
                                "valid"}};
    proxy_.handshake_list = {{"shop",
                              1200,
                              300,
                              {{"protocol", 7}, {"unknown_name", 2}},
                              std::chrono::microseconds(900),
                              std::chrono::milliseconds(4)}};
    proxy_.member_handshake_list = {{"web", "10.0.0.11:443", 40, 900, {{"wrong_name", 3}}}};
    proxy_.http_list = {{"shop",
                         800,
                         3,
                         12'345,
                         12'000,
                         200,
                         40,
                         5,
                         100,
                         7,
                         std::chrono::microseconds(850),
                         std::chrono::milliseconds(3),
                         std::chrono::milliseconds(12),
                         {{"no_member", 60}, {"bad_request", 40}}}};
    proxy_.rule_list = {{"shop", "api", 4'000}, {"shop", "deny", 0}};
    proxy_.balance_list = {
        {"web", "", "closed", 7, 2, 0, 0, 0, 0, 12, 3},
        {"web", "10.0.0.11:80", "closed", 5, 0, 4'000, 1, 0, 0, 0, 0},
        {"web", "10.0.0.12:80", "ejected", 0, 0, 90, 40, 0, 2, 0, 0, {1, 90, 0, 3, 2, 1}}};
    proxy_.client_list = {{"shop", "web", "source", "198.51.100.7/32", endpoint("10.0.0.11:80"),
                           std::chrono::minutes(12)}};
    proxy_.group_list = {{"partners",
                          {{.kind = DataGroup::Entry::Kind::kNetwork,
                            .network = *IpPrefix::parse("198.51.100.0/24")}},
                          0,
                          0}};
    proxy_.explanation = {"GET http://shop.example/api/x",
                          "shop",
                          "",
                          "to pool api",
                          "GET /api/x HTTP/1.1\r\nHost: shop.example\r\n\r\n",
                          {{"deny", "path is '/api/x', not '/admin*'", false}, {"api", "", true}},
                          {"logged as partner"}};
    appliance_.proxy_source = &proxy_;
    appliance_.health_source = &health_;
    appliance_.event_source = &events_;
    appliance_.traffic_source = &traffic_;
  }

  FakeAppliance appliance_;
  FakeHealth health_;
  FakeProxy proxy_;
  FakeEvents events_;
  FakeTraffic traffic_;
  std::unique_ptr<RevisionStore> store_;
  ConfigManager manager_{appliance_, *store_};
  Console console_{appliance_, manager_};
  std::unique_ptr<ConsoleSession> session_;
};

}  // namespace sluice::mgmt
