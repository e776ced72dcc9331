// SPDX-License-Identifier: Apache-2.0
#include "testbenches/system/random_stimulus.h"

namespace sluice::testing {
namespace {

constexpr size_t kRecent = 200;
constexpr uint16_t kFirstSource = 0xc000;

}  // namespace

uint64_t Random::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

Ip RandomStimulus::client(bool v6) {
  Ip ip;
  ip.v6 = v6;
  ip.bytes = v6 ? std::array<uint8_t, 16>{0x20, 0x01, 0x0d, 0xb8, 0, 0x0c}
                : std::array<uint8_t, 16>{198, 51, 100};
  ip.bytes[v6 ? 15 : 3] = static_cast<uint8_t>(1 + random_.below(10));
  return ip;
}

End RandomStimulus::memberEnd(uint16_t id, uint16_t service_port) {
  const regs::MemberRow& row = setup_.members.at(id);
  End end;
  end.address.v6 = row.is_v6;
  end.address.bytes = row.address;
  end.port = row.port == 0 ? service_port : memoryOrder(row.port);
  return end;
}

RandomStimulus::Connection RandomStimulus::newConnection() {
  const Service& service = random_.pick(services_);
  Connection c;
  c.service = service.end;
  c.nat = setup_.virtuals.at(service.virtual_id).mode == regs::VirtualMode::kNat;
  if (service.any_port && random_.percent(70))
    c.service.port = static_cast<uint16_t>(random_.between(1, 60));
  c.protocol = service.protocol;
  if (service.any_port && random_.percent(30))
    c.protocol = random_.percent(50) ? kProtoTcp : kProtoUdp;
  const bool v6 = c.service.address.v6;
  c.client = {client(v6),
              static_cast<uint16_t>(40000 + (random_.percent(50) ? 0 : random_.below(8)))};
  // One client of each family has many connections from one port: its rows of the table fill up.
  if (random_.percent(30)) c.client = v6 ? End{"2001:db8:c::1", 40000} : End{"198.51.100.1", 40000};
  c.member = memberEnd(random_.pick(service.members), c.service.port);
  if (c.member.address.v6 != v6) c.member = c.service;
  return c;
}

RandomStimulus::Connection& RandomStimulus::connection() {
  if (recent_.size() < kRecent) {
    recent_.push_back(newConnection());
    return recent_.back();
  }
  Connection& c = recent_[random_.below(kRecent)];
  if (random_.percent(15)) c = newConnection();
  return c;
}

uint8_t RandomStimulus::tcpFlags(bool first) {
  if (first && random_.percent(85)) return kSyn;
  const uint32_t kind = random_.below(100);
  if (kind < 18) return kSyn;
  if (kind < 75) return kAck;
  if (kind < 82) return kSyn | kAck;
  if (kind < 92) return kFin | kAck;
  if (kind < 97) return random_.percent(50) ? kRst : kRst | kAck;
  return static_cast<uint8_t>(random_.next());
}

size_t RandomStimulus::payloadLength() {
  const uint32_t kind = random_.below(100);
  if (kind < 70) return random_.below(64);
  if (kind < 97) return random_.below(1500);
  return random_.below(9150);
}

Packet RandomStimulus::base(const End& source, const End& destination, uint8_t protocol) {
  Packet packet;
  packet.ip(source.address, destination.address, protocol);
  packet.ports(source.port, destination.port).flags(tcpFlags(false));
  packet.payload(payloadLength(), static_cast<uint8_t>(random_.next()));
  return packet;
}

Packet RandomStimulus::clientPacket() {
  Connection& c = connection();
  Packet packet = base(c.client, c.service, c.protocol);
  packet.flags(tcpFlags(!c.begun));
  c.begun = true;
  return packet;
}

Packet RandomStimulus::memberPacket() {
  if (!translated_.empty() && random_.percent(40)) {
    const Connection& c = random_.pick(translated_);
    return base(c.member, c.client, c.protocol);
  }
  Connection* c = &connection();
  for (int i = 0; i < 4 && !(c->nat && c->begun); ++i) c = &connection();
  return base(c->member, c->client, c->protocol);
}

void RandomStimulus::hear(std::span<const uint8_t> frame) {
  const size_t l3 = frame.size() > 18 && frame[12] == 0x81 ? 18 : 14;
  if (frame.size() < l3 + 44) return;
  const auto ip = frame.subspan(l3);
  const bool v6 = ip[0] >> 4 == 6;
  const size_t header = v6 ? 40 : (ip[0] & 15u) * 4;
  if (ip.size() < header + 4) return;
  Connection c;
  c.protocol = ip[v6 ? 6 : 9];
  if (c.protocol != kProtoTcp && c.protocol != kProtoUdp) return;
  c.client.address.v6 = c.member.address.v6 = v6;
  const auto addresses = ip.subspan(v6 ? 8 : 12);
  const size_t size = v6 ? 16 : 4;
  std::copy_n(addresses.begin(), size, c.client.address.bytes.begin());
  std::copy_n(addresses.begin() + static_cast<long>(size), size, c.member.address.bytes.begin());
  c.client.port = static_cast<uint16_t>(ip[header] << 8 | ip[header + 1]);
  c.member.port = static_cast<uint16_t>(ip[header + 2] << 8 | ip[header + 3]);
  const bool source = std::any_of(setup_.sources.begin(), setup_.sources.end(), [&](const auto& s) {
    return s.is_v6 == v6 && s.address == c.client.address.bytes;
  });
  if (!source || c.client.port < kFirstSource) return;
  if (translated_.size() < kRecent) return translated_.push_back(c);
  translated_[random_.below(kRecent)] = c;
}

// An ICMP error about a packet of a connection, from either side.
Packet RandomStimulus::error() {
  const bool full = !translated_.empty() && random_.percent(20);
  const Connection& c = full ? random_.pick(translated_) : connection();
  const bool to_member = !full && random_.percent(50);
  Packet inner =
      to_member ? base(c.service, c.client, c.protocol) : base(c.client, c.member, c.protocol);
  inner.payload(random_.below(60));
  if (random_.percent(20)) inner.noUdpChecksum();
  if (!inner.v6() && random_.percent(15)) inner.options(random_.below(11));
  if (random_.percent(5))
    inner.fragment(static_cast<uint16_t>(random_.below(3)), random_.percent(50));
  const Ip from = random_.percent(50) ? client(inner.v6()) : c.member.address;
  const auto type =
      static_cast<uint8_t>(inner.v6() ? random_.between(1, 5) : random_.between(3, 13));
  return icmpError(from, inner.source().address, type, inner,
                   random_.percent(80) ? 1000 : random_.below(70));
}

Packet RandomStimulus::oddity() {
  const Connection& c = connection();
  const bool v6 = c.client.address.v6;
  switch (random_.below(6)) {
    case 0:
      return arp();
    case 1:
      return echo(c.client.address, c.service.address, random_.percent(50));
    case 2:
      return v6 ? icmp("fe80::1", "ff02::1", static_cast<uint8_t>(random_.between(128, 138)))
                : udp(c.client, {"224.0.0.251", 5353});
    case 3:
      return base(c.client, {v6 ? Ip("::1") : Ip("127.0.0.1"), 80}, c.protocol);
    case 4:
      return base(c.service, c.service, c.protocol);
    default:
      return ethernet(static_cast<uint16_t>(random_.next()), random_.below(100));
  }
}

// Features that any packet may have.
void RandomStimulus::dress(Packet& packet) {
  for (uint32_t tags = random_.percent(80)   ? 0
                       : random_.percent(90) ? random_.between(1, 2)
                                             : 3;
       tags > 0; --tags) {
    packet.vlan(static_cast<uint16_t>(random_.next()), random_.percent(50) ? 0x8100 : 0x88a8);
  }
  if (random_.percent(5)) packet.ttl(static_cast<uint8_t>(random_.below(3)));
  if (random_.percent(20)) packet.tos(static_cast<uint8_t>(random_.next()));
  if (random_.percent(10)) packet.noUdpChecksum();
  if (random_.percent(15))
    packet.pad(random_.between(60, 140), static_cast<uint8_t>(random_.next()));
  if (!packet.v6() && random_.percent(4)) packet.options(random_.below(11));
  if (packet.v6() && random_.percent(6)) {
    static constexpr uint8_t kTypes[] = {kHopByHop, kRouting, kDestinationOptions,
                                         kDestinationOptions};
    for (uint32_t i = random_.between(1, 4); i > 0; --i)
      packet.extension(kTypes[random_.below(4)], random_.between(1, 4));
  }
  if (random_.percent(2))
    packet.fragment(static_cast<uint16_t>(random_.below(3)), random_.percent(40));
}

void RandomStimulus::damage(Bytes& bytes) {
  if (random_.percent(25)) bytes.resize(random_.below(static_cast<uint32_t>(bytes.size()) + 1));
  if (bytes.empty()) bytes.push_back(0);
  const auto window = static_cast<uint32_t>(std::min<size_t>(bytes.size(), 128));
  for (uint32_t i = random_.between(0, 3); i > 0; --i) {
    uint8_t& byte = bytes[random_.below(window)];
    byte = random_.percent(50) ? static_cast<uint8_t>(random_.next())
                               : static_cast<uint8_t>(byte ^ 1u << random_.below(8));
  }
}

Bytes RandomStimulus::garbage() {
  Bytes bytes(random_.percent(80) ? random_.between(1, 200) : random_.between(1, 9600));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_.next());
  if (bytes.size() > 14 && random_.percent(70)) {
    bytes[0] &= 0xfe;
    bytes[12] = random_.percent(50) ? 0x08 : 0x86;
    bytes[13] = bytes[12] == 0x08 ? 0x00 : 0xdd;
    bytes[14] = bytes[12] == 0x08 ? 0x45 : 0x60;
  }
  return bytes;
}

FrameIn RandomStimulus::nextFrame() {
  const uint32_t kind = random_.below(100);
  const auto port = static_cast<uint8_t>(random_.percent(95) ? random_.below(4) : 4);
  if (kind < 3) {
    bytes_ = garbage();
  } else {
    Packet packet = kind < 52   ? clientPacket()
                    : kind < 80 ? memberPacket()
                    : kind < 92 ? error()
                                : oddity();
    dress(packet);
    if (!random_.percent(5)) packet.mac({0x02, 0, 0, 0, 0x51, port});
    bytes_ = packet.build();
    if (random_.percent(8)) damage(bytes_);
  }
  if (bytes_.size() > 10000) bytes_.resize(10000);
  now_ += random_.percent(97) ? random_.below(400) : random_.below(50'000);
  FrameIn frame;
  frame.id = next_id_++;
  frame.arrival_ns = now_;
  frame.port = port;
  if (random_.percent(frame.port == 4 ? 50 : 2))
    frame.cpu_dest = static_cast<uint8_t>(random_.below(8));
  frame.bad = random_.percent(1);
  frame.bytes = bytes_;
  return frame;
}

void RandomStimulus::idle() {
  if (random_.percent(40)) return;
  const uint32_t ticks = random_.percent(50)   ? 0
                         : random_.percent(90) ? random_.between(1, 40)
                                               : random_.between(1000, 3000);
  now_ += random_.below(1'000'000) + (uint64_t{ticks} << regs::kAgeTickShift);
}

}  // namespace sluice::testing
