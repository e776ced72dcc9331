// SPDX-License-Identifier: Apache-2.0
// For tests: a configuration with one of everything and many of most.
#pragma once

#include <string>

namespace sluice {

inline std::string largeConfigText(int virtuals, int members_per_pool) {
  std::string text =
      "hostname lb1\n"
      "hash key 0123456789abcdef00112233\n"
      "tunnel source 203.0.113.2\n"
      "limits\n"
      "  half-open 4096\n"
      "  source-rate 50k burst 1000\n"
      "  fragments punt\n"
      "  ip-options drop\n"
      "  punt-rate arp 0\n"
      "  punt-rate icmp 500 burst 50\n"
      "timers quick\n"
      "  established 1m\n"
      "  two-way 500ms\n"
      "interface ethernet1\n"
      "  address 203.0.113.2/24\n"
      "  address 2001:db8::2/64\n"
      "  mtu 9000\n"
      "  speed 400G\n"
      "interface ethernet2\n"
      "  address 10.0.0.1/8\n"
      "  address fd00::1/64\n"
      "  port 3\n"
      "  vlan 100\n"
      "  mac 02:00:5e:00:53:01\n"
      "  mac-filter\n"
      "gateway 203.0.113.1 mac 02:00:5e:00:53:99\n"
      "gateway 2001:db8::1\n"
      "neighbor 10.0.0.11 mac 02:00:5e:00:53:0b interface ethernet2 vlan 7\n"
      "access-list\n"
      "  10 permit icmp from any to any\n"
      "  20 deny tcp from 198.51.100.0/24 port 1024-65535 to host 203.0.113.10 port 80 interface "
      "ethernet1\n"
      "  30 police 10k burst 100 udp from any to any port 53\n"
      "  40 punt 47 from any to 2001:db8::/32\n"
      "  50 deny ipv6 from host 2001:db8::bad to any\n"
      "monitor http-basic\n"
      "  type http\n"
      "  request GET /health HTTP/1.1 \"# not a comment\"\n"
      "  expect status 200\n"
      "  port 8080\n"
      "  interval 10s\n"
      "  timeout 3s\n"
      "  fall 3\n"
      "  rise 2\n";
  for (int p = 0; p < virtuals; ++p) {
    const std::string n = std::to_string(p);
    text += "pool pool" + n + "\n";
    text += p % 3 == 0   ? "  algorithm maglev\n"
            : p % 3 == 1 ? "  algorithm least-connections\n"
                         : "  algorithm source-hash\n";
    if (p % 4 == 0) text += "  affinity source-port\n";
    if (p % 5 == 0) text += "  ring-size 1021\n";
    text += "  monitor http-basic\n";
    for (int m = 0; m < members_per_pool; ++m) {
      text += "  member 10." + std::to_string(1 + p / 250) + "." + std::to_string(p % 250) +
              ".1:" + std::to_string(8080 + m);
      if (m % 3 == 1) text += " ratio 2";
      if (m % 5 == 2) text += " limit 1000";
      if (m % 7 == 3) text += m % 2 == 0 ? " drain" : " disable";
      text += "\n";
    }
  }
  for (int v = 0; v < virtuals; ++v) {
    const std::string n = std::to_string(v);
    text += "virtual virtual" + n + "\n  destination 192.0." + std::to_string(v / 250) + "." +
            std::to_string(v % 250 + 1);
    text += v % 10 == 9  ? ":any protocol any\n"
            : v % 2 == 0 ? ":80 protocol tcp\n"
                         : ":53 protocol udp\n";
    text += v % 4 == 1 ? "  mode gue1\n" : "  mode nat\n";
    text += "  pool pool" + n + "\n";
    if (v % 6 == 0) text += "  timers quick\n";
    if (v % 6 == 1) text += "  on-down drop\n  connection-limit 50000\n";
    if (v % 6 == 2)
      text +=
          "  rate-limit packets 1M burst 5000\n  rate-limit bandwidth 1Gbps\n  rate-limit "
          "connections 10k\n";
    if (v % 6 == 3) text += "  loose-initiation\n";
    if (v % 6 == 4) text += "  shutdown\n";
  }
  return text;
}

}  // namespace sluice
