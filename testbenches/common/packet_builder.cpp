// SPDX-License-Identifier: Apache-2.0
#include "testbenches/common/packet_builder.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace sluice::testing {
namespace {

void put16(Bytes& to, uint32_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}
void set16(Bytes& to, size_t at, uint32_t value) {
  to[at] = static_cast<uint8_t>(value >> 8);
  to[at + 1] = static_cast<uint8_t>(value);
}
void append(Bytes& to, const Bytes& bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }
void append(Bytes& to, const Ip& ip) {
  to.insert(to.end(), ip.bytes.begin(), ip.bytes.begin() + static_cast<long>(ip.size()));
}
void append(Bytes& to, const Mac& mac) { to.insert(to.end(), mac.begin(), mac.end()); }

Bytes ipv4Header(const Ip& source, const Ip& destination, uint8_t protocol, uint8_t tos,
                 uint8_t ttl, uint16_t id, uint16_t flags_offset, size_t option_words,
                 size_t above) {
  const size_t header = 20 + 4 * option_words;
  Bytes b = {static_cast<uint8_t>(0x40 | header / 4), tos};
  put16(b, static_cast<uint32_t>(header + above));
  put16(b, id);
  put16(b, flags_offset);
  b.push_back(ttl);
  b.push_back(protocol);
  put16(b, 0);
  append(b, source);
  append(b, destination);
  b.resize(header, 1);  // NOP
  set16(b, 10, static_cast<uint16_t>(~onesSum(b.data(), b.size())));
  return b;
}

Bytes ipv6Header(const Ip& source, const Ip& destination, uint8_t next, uint8_t tos, uint8_t hops,
                 uint32_t flow_label, size_t above) {
  Bytes b;
  put16(b, 0x6000u | uint32_t{tos} << 4 | flow_label >> 16);
  put16(b, flow_label & 0xffff);
  put16(b, static_cast<uint32_t>(above));
  b.push_back(next);
  b.push_back(hops);
  append(b, source);
  append(b, destination);
  return b;
}

}  // namespace

uint16_t onesSum(const uint8_t* bytes, size_t length, uint32_t start) {
  uint64_t sum = start;
  for (size_t i = 0; i < length; ++i) sum += i % 2 ? bytes[i] : uint32_t{bytes[i]} << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

Ip::Ip(const char* text) : v6(std::strchr(text, ':') != nullptr) {
  const int ok = inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes.data());
  assert(ok == 1);
  (void)ok;
}

std::string Ip::text() const {
  char buffer[INET6_ADDRSTRLEN];
  return inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
}

Packet& Packet::mac(const Mac& destination, const Mac& source) {
  destination_mac_ = destination;
  source_mac_ = source;
  return *this;
}
Packet& Packet::vlan(uint16_t id, uint16_t tpid) {
  tags_.emplace_back(tpid, id);
  return *this;
}
Packet& Packet::ethertype(uint16_t type) {
  ethertype_ = type;
  return *this;
}
Packet Packet::hop(const Link& link) const {
  Packet next = *this;
  next.mac(link.destination, link.source);
  next.tags_.clear();
  if (link.vlan) next.vlan(*link.vlan);
  --next.ttl_;
  next.pad_.reset();
  return next;
}

Packet& Packet::ip(const Ip& source, const Ip& destination, uint8_t protocol) {
  assert(source.v6 == destination.v6);
  has_ip_ = true;
  source_.address = source;
  destination_.address = destination;
  protocol_ = protocol;
  return *this;
}
Packet& Packet::ttl(uint8_t value) { return ttl_ = value, *this; }
Packet& Packet::tos(uint8_t value) { return tos_ = value, *this; }
Packet& Packet::flowLabel(uint32_t value) { return flow_label_ = value, *this; }
Packet& Packet::identification(uint16_t value, bool dont_fragment) {
  identification_ = value;
  dont_fragment_ = dont_fragment;
  return *this;
}
Packet& Packet::fragment(uint16_t offset8, bool more) {
  fragment_ = static_cast<uint16_t>(offset8 << 3 | more);
  if (v6()) extension(kFragment);
  return *this;
}
Packet& Packet::options(size_t words) { return option_words_ = words, *this; }
Packet& Packet::extension(uint8_t type, size_t length8) {
  extensions_.emplace_back(type, length8);
  return *this;
}
Packet& Packet::source(const End& end) { return source_ = end, *this; }
Packet& Packet::destination(const End& end) { return destination_ = end, *this; }

Packet& Packet::ports(uint16_t source, uint16_t destination) {
  source_.port = source;
  destination_.port = destination;
  return *this;
}
Packet& Packet::flags(uint8_t tcp_flags) { return tcp_flags_ = tcp_flags, *this; }
Packet& Packet::icmpType(uint8_t type, uint8_t code) {
  icmp_type_ = type;
  icmp_code_ = code;
  return *this;
}
Packet& Packet::payload(size_t length, uint8_t first) {
  payload_.resize(length);
  for (uint8_t& byte : payload_) byte = first++;
  return *this;
}
Packet& Packet::payload(Bytes bytes) { return payload_ = std::move(bytes), *this; }
Packet& Packet::noUdpChecksum() { return udp_checksum_ = false, *this; }

Packet& Packet::ipip(const Ip& source, const Ip& destination, uint16_t entropy) {
  outer_ = Outer{source, destination, std::nullopt, entropy};
  return *this;
}
Packet& Packet::gue(int variant, const Ip& source, const Ip& destination, uint16_t entropy) {
  outer_ = Outer{source, destination, variant, entropy};
  return *this;
}

Packet& Packet::version(uint8_t value) { return version_ = value, *this; }
Packet& Packet::headerWords(uint8_t ihl) { return header_words_ = ihl, *this; }
Packet& Packet::totalLength(uint16_t value) { return total_length_ = value, *this; }
Packet& Packet::ipChecksum(uint16_t value) { return ip_checksum_ = value, *this; }
Packet& Packet::l4Checksum(uint16_t value) { return l4_checksum_ = value, *this; }
Packet& Packet::dataOffset(uint8_t words) { return data_offset_ = words, *this; }
Packet& Packet::udpLength(uint16_t value) { return udp_length_ = value, *this; }
Packet& Packet::cut(size_t frame_length) { return cut_ = frame_length, *this; }
Packet& Packet::pad(size_t frame_length, uint8_t with) {
  pad_ = frame_length;
  pad_with_ = with;
  return *this;
}
Packet& Packet::patch(size_t at, Bytes bytes) {
  patches_.emplace_back(at, std::move(bytes));
  return *this;
}

Bytes Packet::layer4() const {
  Bytes b;
  if (protocol_ == kProtoTcp) {
    put16(b, source_.port);
    put16(b, destination_.port);
    append(b, Bytes{0, 0, 0x10, 0x01, 0, 0, 0x20, 0x02});
    b.push_back(static_cast<uint8_t>(data_offset_.value_or(5) << 4));
    b.push_back(tcp_flags_);
    append(b, Bytes{0xff, 0xff, 0, 0, 0, 0});
  } else if (protocol_ == kProtoUdp) {
    put16(b, source_.port);
    put16(b, destination_.port);
    put16(b, udp_length_.value_or(static_cast<uint16_t>(8 + payload_.size())));
    put16(b, 0);
  } else if (protocol_ == kProtoIcmp || protocol_ == kProtoIcmpV6) {
    b = {icmp_type_, icmp_code_, 0, 0, 0, 0, 0, 0};
  }
  append(b, payload_);
  layer4Checksum(b);
  return b;
}

void Packet::layer4Checksum(Bytes& segment) const {
  const bool udp = protocol_ == kProtoUdp;
  const size_t at = udp ? 6 : protocol_ == kProtoTcp ? 16 : 2;
  if (protocol_ != kProtoTcp && !udp && protocol_ != kProtoIcmp && protocol_ != kProtoIcmpV6)
    return;
  if (udp && !udp_checksum_) return;
  uint32_t pseudo = 0;
  if (protocol_ != kProtoIcmp) {
    pseudo =
        onesSum(source_.address.bytes.data(), 16) + onesSum(destination_.address.bytes.data(), 16);
    pseudo += static_cast<uint32_t>(segment.size()) + protocol_;
  }
  auto sum = static_cast<uint16_t>(~onesSum(segment.data(), segment.size(), pseudo));
  if (udp && sum == 0) sum = 0xffff;
  set16(segment, at, l4_checksum_.value_or(sum));
}

uint16_t Packet::l4Checksum() const {
  const Bytes segment = layer4();
  const size_t at = protocol_ == kProtoUdp ? 6 : protocol_ == kProtoTcp ? 16 : 2;
  return static_cast<uint16_t>(segment[at] << 8 | segment[at + 1]);
}

Bytes Packet::ipv4(const Bytes& above) const {
  const uint16_t fragment =
      fragment_ ? static_cast<uint16_t>((*fragment_ & 1) << 13 | *fragment_ >> 3) : 0;
  Bytes b = ipv4Header(source_.address, destination_.address, protocol_, tos_, ttl_,
                       identification_, static_cast<uint16_t>(fragment | dont_fragment_ << 14),
                       option_words_, above.size());
  if (version_) b[0] = static_cast<uint8_t>(*version_ << 4 | (b[0] & 15));
  if (header_words_) b[0] = static_cast<uint8_t>((b[0] & 0xf0) | *header_words_);
  if (total_length_) set16(b, 2, *total_length_);
  if (version_ || header_words_ || total_length_) {
    set16(b, 10, 0);
    const size_t covered = std::min<size_t>((b[0] & 15) * 4, b.size());
    set16(b, 10, static_cast<uint16_t>(~onesSum(b.data(), covered)));
  }
  if (ip_checksum_) set16(b, 10, *ip_checksum_);
  append(b, above);
  return b;
}

Bytes Packet::ipv6(const Bytes& above) const {
  Bytes headers;
  for (size_t i = 0; i < extensions_.size(); ++i) {
    const auto [type, length8] = extensions_[i];
    const size_t start = headers.size();
    headers.push_back(i + 1 < extensions_.size() ? extensions_[i + 1].first : protocol_);
    headers.push_back(type == kFragment ? 0 : static_cast<uint8_t>(length8 - 1));
    headers.resize(start + 8 * length8, 0);
    if (type == kFragment) set16(headers, start + 2, fragment_.value_or(0));
  }
  Bytes b = ipv6Header(source_.address, destination_.address,
                       extensions_.empty() ? protocol_ : extensions_[0].first, tos_, ttl_,
                       flow_label_, headers.size() + above.size());
  if (version_) b[0] = static_cast<uint8_t>(*version_ << 4 | (b[0] & 15));
  if (total_length_) set16(b, 4, *total_length_);
  append(b, headers);
  append(b, above);
  return b;
}

Bytes Packet::inOuter(const Bytes& inner) const {
  if (!outer_) return inner;
  const uint8_t inner_protocol = v6() ? 41 : 4;
  Bytes above;
  if (outer_->gue) {
    const size_t own = *outer_->gue == 0 ? 12 : 8;
    put16(above, 0xc000u | (outer_->entropy & 0x3fff));
    put16(above, 6080);
    put16(above, static_cast<uint32_t>(own + inner.size()));
    put16(above, 0);
    if (own == 12) append(above, Bytes{0, inner_protocol, 0, 0});
  }
  append(above, inner);
  const uint8_t protocol = outer_->gue ? kProtoUdp : inner_protocol;
  Bytes b = outer_->source.v6 ? ipv6Header(outer_->source, outer_->destination, protocol, tos_, 64,
                                           outer_->entropy, above.size())
                              : ipv4Header(outer_->source, outer_->destination, protocol, tos_, 64,
                                           0, 0x4000, 0, above.size());
  append(b, above);
  return b;
}

Bytes Packet::l3() const {
  if (!has_ip_) return payload_;
  const Bytes above = layer4();
  return inOuter(v6() ? ipv6(above) : ipv4(above));
}

Bytes Packet::build() const {
  Bytes b;
  append(b, destination_mac_);
  append(b, source_mac_);
  for (const auto& [tpid, id] : tags_) {
    put16(b, tpid);
    put16(b, id);
  }
  const bool outer_v6 = outer_ ? outer_->source.v6 : v6();
  put16(b, ethertype_.value_or(outer_v6 ? 0x86dd : 0x0800));
  append(b, l3());
  if (pad_ && b.size() < *pad_) b.resize(*pad_, pad_with_);
  if (cut_ && b.size() > *cut_) b.resize(*cut_);
  for (const auto& [at, bytes] : patches_) {
    assert(at + bytes.size() <= b.size());
    std::copy(bytes.begin(), bytes.end(), b.begin() + static_cast<long>(at));
  }
  return b;
}

Packet tcp(const End& source, const End& destination, uint8_t flags) {
  return Packet()
      .ip(source.address, destination.address, kProtoTcp)
      .ports(source.port, destination.port)
      .flags(flags);
}
Packet udp(const End& source, const End& destination) {
  return Packet()
      .ip(source.address, destination.address, kProtoUdp)
      .ports(source.port, destination.port);
}
Packet icmp(const Ip& source, const Ip& destination, uint8_t type, uint8_t code) {
  return Packet()
      .ip(source, destination, source.v6 ? kProtoIcmpV6 : kProtoIcmp)
      .icmpType(type, code);
}
Packet echo(const Ip& source, const Ip& destination, bool request) {
  if (source.v6) return icmp(source, destination, request ? 128 : 129);
  return icmp(source, destination, request ? 8 : 0);
}
Packet icmpError(const Ip& source, const Ip& destination, uint8_t type, const Packet& inner,
                 size_t inner_bytes, uint8_t code) {
  Bytes quoted = inner.l3();
  if (quoted.size() > inner_bytes) quoted.resize(inner_bytes);
  return icmp(source, destination, type, code).payload(std::move(quoted));
}
Packet other(const Ip& source, const Ip& destination, uint8_t protocol) {
  return Packet().ip(source, destination, protocol);
}
Packet arp() {
  return Packet().mac({255, 255, 255, 255, 255, 255}).ethertype(0x0806).payload(46, 1);
}
Packet ethernet(uint16_t type, size_t length) { return Packet().ethertype(type).payload(length); }

}  // namespace sluice::testing
