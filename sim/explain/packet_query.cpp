// SPDX-License-Identifier: Apache-2.0
#include "sim/explain/packet_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <utility>

#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

constexpr std::array<std::pair<std::string_view, uint8_t>, 6> kFlags = {{{"fin", kTcpFin},
                                                                         {"syn", kTcpSyn},
                                                                         {"rst", kTcpRst},
                                                                         {"psh", kTcpPsh},
                                                                         {"ack", kTcpAck},
                                                                         {"urg", 0x20}}};
constexpr char kExample[] = "expected: tcp 198.51.100.7:4711 > 203.0.113.10:80 [flags syn]";

Error wrong(const std::string& what) {
  return {ErrorCode::kInvalidInput, what + "\n  " + kExample};
}

bool hasPorts(uint8_t protocol) { return protocol == kProtocolTcp || protocol == kProtocolUdp; }

std::optional<uint8_t> parseProtocol(const std::string& text) {
  if (text == "tcp") return kProtocolTcp;
  if (text == "udp") return kProtocolUdp;
  if (text == "icmp") return kProtocolIcmp;
  uint8_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<Endpoint> parseEnd(const std::string& text, uint8_t protocol) {
  if (hasPorts(protocol)) {
    const auto endpoint = Endpoint::parse(text);
    if (endpoint && endpoint->port != 0) return *endpoint;
    return wrong("'" + text + "' is not an address with a port");
  }
  if (const auto address = IpAddress::parse(text)) return Endpoint{*address, 0};
  return wrong("'" + text + "' is not an address");
}

std::string endText(const Endpoint& end, uint8_t protocol) {
  return hasPorts(protocol) ? end.toString() : end.address.toString();
}

}  // namespace

Result<uint8_t> parseTcpFlags(std::string_view text) {
  uint8_t flags = 0;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const auto flag = std::find_if(kFlags.begin(), kFlags.end(),
                                   [&](const auto& entry) { return entry.first == word; });
    if (flag == kFlags.end()) {
      return Error{ErrorCode::kInvalidInput, "unknown TCP flag '" + std::string(word) +
                                                 "'; expected fin, syn, rst, psh, ack or urg, "
                                                 "separated by commas"};
    }
    flags |= flag->second;
    begin = end + 1;
  }
  return flags;
}

std::string tcpFlagsText(uint8_t flags) {
  std::string text;
  for (const auto& [word, bit] : kFlags) {
    if ((flags & bit) != 0) text += (text.empty() ? "" : ",") + std::string(word);
  }
  return text.empty() ? "none" : text;
}

Result<PacketQuery> parsePacketQuery(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string protocol, source, arrow, destination, more;
  words >> protocol >> source >> arrow >> destination;
  PacketQuery query;
  const auto number = parseProtocol(protocol);
  if (!number) return wrong("'" + protocol + "' is not a protocol");
  query.protocol = *number;
  auto from = parseEnd(source, *number);
  if (!from) return from.error();
  if (arrow != ">") return wrong("there is no ' > ' between source and destination");
  auto to = parseEnd(destination, *number);
  if (!to) return to.error();
  if (from->address.v6 != to->address.v6)
    return wrong("source and destination are of different families");
  query.source = *from;
  query.destination = *to;
  if (*number == kProtocolIcmp && from->address.v6) query.protocol = kProtocolIcmp6;
  if (words >> more) {
    std::string flags;
    if (more != "flags" || *number != kProtocolTcp || !(words >> flags))
      return wrong("'" + more + "' may not stand here");
    auto parsed = parseTcpFlags(flags);
    if (!parsed) return parsed.error();
    query.tcp_flags = *parsed;
    if (words >> more) return wrong("'" + more + "' may not stand here");
  }
  return query;
}

std::string toText(const PacketQuery& query) {
  const std::string name(protocolName(query.protocol));
  std::string text = name == "ip"      ? std::to_string(query.protocol)
                     : name == "icmp6" ? "icmp"
                                       : name;
  text += " " + endText(query.source, query.protocol) + " > " +
          endText(query.destination, query.protocol);
  if (query.tcp_flags) text += " flags " + tcpFlagsText(*query.tcp_flags);
  return text;
}

std::vector<uint8_t> buildFrame(const PacketQuery& query, const MacAddress& destination,
                                uint32_t vlan) {
  PacketPlan plan;
  plan.tuple = {query.source.address.bytes,
                query.destination.address.bytes,
                query.source.port,
                query.destination.port,
                query.protocol,
                query.source.address.v6,
                0};
  plan.destination_mac = destination.bytes;
  plan.vlan = static_cast<uint16_t>(vlan);
  plan.tcp_flags = query.tcp_flags.value_or(kTcpSyn);
  const bool icmp = query.protocol == kProtocolIcmp || query.protocol == kProtocolIcmp6;
  if (icmp) plan.payload_length = 8;
  std::vector<uint8_t> frame;
  buildPacket(plan, frame);
  PacketView view;
  if (!icmp || !decodePacket(frame, view)) return frame;
  const uint8_t echo = query.protocol == kProtocolIcmp ? 8 : 128;
  const std::array<uint8_t, 8> header = {echo, 0, 0, 0, 0, 1, 0, 1};
  std::copy(header.begin(), header.end(), frame.begin() + view.l4_offset);
  fixChecksums(frame, view);
  return frame;
}

}  // namespace sluice
