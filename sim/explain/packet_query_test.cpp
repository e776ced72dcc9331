// SPDX-License-Identifier: Apache-2.0
#include "sim/explain/packet_query.h"

#include <gtest/gtest.h>

#include "sim/trace/packet_view.h"

namespace sluice {
namespace {

std::string errorOf(const std::string& text) {
  const auto query = parsePacketQuery(text);
  if (query.ok()) return "";
  return query.error().message.substr(0, query.error().message.find('\n'));
}

TEST(PacketQuery, ComesBackUnchanged) {
  for (const std::string text :
       {"tcp 198.51.100.7:4711 > 203.0.113.10:80", "udp [2001:db8::1]:5 > [2001:db8::2]:53",
        "tcp 198.51.100.7:4711 > 203.0.113.10:80 flags syn,ack", "icmp 10.0.0.1 > 10.0.0.2",
        "icmp 2001:db8::1 > 2001:db8::2", "47 10.0.0.1 > 10.0.0.2"}) {
    const auto query = parsePacketQuery(text);
    ASSERT_TRUE(query.ok()) << query.error().message;
    EXPECT_EQ(toText(*query), text);
  }
}

TEST(PacketQuery, SaysWhatIsWrong) {
  EXPECT_EQ(errorOf(""), "'' is not a protocol");
  EXPECT_EQ(errorOf("tpc 1.2.3.4:1 > 1.2.3.5:2"), "'tpc' is not a protocol");
  EXPECT_EQ(errorOf("256 1.2.3.4 > 1.2.3.5"), "'256' is not a protocol");
  EXPECT_EQ(errorOf("tcp 1.2.3.4 > 1.2.3.5:2"), "'1.2.3.4' is not an address with a port");
  EXPECT_EQ(errorOf("icmp 1.2.3.4:1 > 1.2.3.5"), "'1.2.3.4:1' is not an address");
  EXPECT_EQ(errorOf("tcp 1.2.3.4:1 1.2.3.5:2"), "there is no ' > ' between source and destination");
  EXPECT_EQ(errorOf("tcp 1.2.3.4:1 > [::1]:2"), "source and destination are of different families");
  EXPECT_EQ(errorOf("udp 1.2.3.4:1 > 1.2.3.5:2 flags syn"), "'flags' may not stand here");
  EXPECT_EQ(errorOf("tcp 1.2.3.4:1 > 1.2.3.5:2 flags syn,fun"),
            "unknown TCP flag 'fun'; expected fin, syn, rst, psh, ack or urg, separated by commas");
  EXPECT_EQ(errorOf("tcp 1.2.3.4:1 > 1.2.3.5:2 flags syn now"), "'now' may not stand here");
}

TEST(PacketQuery, BuildsThePacketItDescribes) {
  for (const std::string text :
       {"tcp 198.51.100.7:4711 > 203.0.113.10:80 flags fin,ack", "icmp 10.0.0.1 > 10.0.0.2",
        "udp [2001:db8::1]:5 > [2001:db8::2]:53", "icmp 2001:db8::1 > 2001:db8::2"}) {
    const auto query = parsePacketQuery(text);
    ASSERT_TRUE(query.ok());
    const MacAddress mac = *MacAddress::parse("02:00:00:00:00:07");
    const std::vector<uint8_t> frame = buildFrame(*query, mac, 5);
    PacketView view;
    ASSERT_TRUE(decodePacket(frame, view)) << text;
    EXPECT_TRUE(checksumsValid(frame, view)) << text;
    EXPECT_TRUE(std::equal(mac.bytes.begin(), mac.bytes.end(), frame.begin()));
    EXPECT_EQ(view.vlan_tags, 1);
    EXPECT_EQ(view.tuple.protocol, query->protocol);
    EXPECT_EQ(view.tuple.source, query->source.address.bytes);
    EXPECT_EQ(view.tuple.destination_port, query->destination.port);
    EXPECT_EQ(view.tcp_flags, query->protocol == 6 ? *query->tcp_flags : 0);
  }
}

}  // namespace
}  // namespace sluice
