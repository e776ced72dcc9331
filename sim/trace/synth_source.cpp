// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/synth_source.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

constexpr uint32_t kFcs = 4;
constexpr uint32_t kMinLength = 64;
constexpr uint32_t kMaxLength = 9220;

// 198.18.0.0/15 is for benchmarks (RFC 2544); 2001:2::/48 likewise (RFC 5180).
PacketTuple sourceAddress(bool v6, uint32_t client) {
  PacketTuple tuple;
  tuple.v6 = v6;
  if (v6) {
    tuple.source = {0x20, 0x01, 0x00, 0x02};
    for (int i = 0; i < 4; ++i)
      tuple.source[12 + i] = static_cast<uint8_t>((client + 1) >> (24 - 8 * i));
  } else {
    const uint32_t address = 0xc6120000u + (client + 1) % 0x1ffff;
    for (int i = 0; i < 4; ++i) tuple.source[i] = static_cast<uint8_t>(address >> (24 - 8 * i));
  }
  return tuple;
}

}  // namespace

Result<std::vector<std::pair<uint32_t, double>>> parseSizeMix(std::string_view text) {
  std::vector<std::pair<uint32_t, double>> mix;
  if (text == "imix") return std::vector<std::pair<uint32_t, double>>{{64, 7}, {594, 4}, {1518, 1}};
  const std::string whole(text);
  const auto bad = [&] {
    return Error{ErrorCode::kInvalidInput,
                 "'" + whole + "' is not a mix of packet sizes; expected imix, a length from " +
                     std::to_string(kMinLength) + " to " + std::to_string(kMaxLength) +
                     ", or LENGTH:WEIGHT,LENGTH:WEIGHT,..."};
  };
  for (size_t at = 0; at <= whole.size();) {
    const size_t end = std::min(whole.find(',', at), whole.size());
    const std::string item = whole.substr(at, end - at);
    char* rest = nullptr;
    const unsigned long length = std::strtoul(item.c_str(), &rest, 10);
    double weight = 1;
    if (rest != item.c_str() && *rest == ':') {
      char* start = rest + 1;
      weight = std::strtod(start, &rest);
      if (rest == start) return bad();
    }
    const bool sane =
        length >= kMinLength && length <= kMaxLength && weight > 0 && std::isfinite(weight);
    if (item.empty() || *rest != '\0' || !sane) return bad();
    mix.emplace_back(static_cast<uint32_t>(length), weight);
    at = end + 1;
  }
  return mix;
}

SynthSource::SynthSource(const SynthOptions& options)
    : options_(options), timing_(options.timing), random_(options.seed) {
  for (const PacketEndpoint& target : options_.targets) {
    family_targets_[target.address.v6].push_back(target);
  }
  double sum = 0;
  for (uint32_t rank = 1; rank <= std::max(1u, options_.clients); ++rank) {
    sum += std::pow(static_cast<double>(rank), -options_.zipf);
    client_cdf_.push_back(sum);
  }
  for (double& value : client_cdf_) value /= sum;
  sum = 0;
  for (const auto& [size, weight] : options_.sizes) size_cdf_.emplace_back(size, sum += weight);
  if (size_cdf_.empty()) size_cdf_.emplace_back(kMinLength, sum = 1);
  for (auto& [size, weight] : size_cdf_) weight /= sum;
}

uint64_t SynthSource::exponential(double mean_ns) {
  return static_cast<uint64_t>(-std::log(1 - random_.unit()) * mean_ns);
}

const PacketEndpoint& SynthSource::pickTarget() {
  const bool both = !family_targets_[0].empty() && !family_targets_[1].empty();
  const bool by_family = both && options_.v6_share.has_value();
  const auto& among =
      by_family ? family_targets_[random_.chance(*options_.v6_share)] : options_.targets;
  return among[random_.below(among.size())];
}

uint32_t SynthSource::pickClient() {
  const auto found = std::upper_bound(client_cdf_.begin(), client_cdf_.end(), random_.unit());
  return static_cast<uint32_t>(
      std::min<ptrdiff_t>(found - client_cdf_.begin(), ptrdiff_t(client_cdf_.size()) - 1));
}

uint32_t SynthSource::pickSize() {
  const double point = random_.unit();
  for (const auto& [size, upto] : size_cdf_) {
    if (point < upto) return size;
  }
  return size_cdf_.back().first;
}

PacketTuple SynthSource::clientTuple(const PacketEndpoint& target, uint32_t client,
                                     uint16_t port) const {
  PacketTuple tuple = sourceAddress(target.address.v6, client);
  tuple.destination = target.address.bytes;
  tuple.destination_port = target.port;
  tuple.source_port = port;
  tuple.protocol = target.protocol == 0 ? kProtocolTcp : target.protocol;
  return tuple;
}

void SynthSource::startConnection() {
  const auto start = static_cast<uint64_t>(next_start_ns_);
  next_start_ns_ -= std::log(1 - random_.unit()) * 1e9 / options_.connections_per_second;
  Connection connection;
  const PacketEndpoint& target = pickTarget();
  const uint32_t client = pickClient();
  // Ports in turn: a client and port come back only after all connections of 64 k ports.
  const auto port = static_cast<uint16_t>(1024 + connections_ % 64512);
  connection.tuple = clientTuple(target, client, port);
  connection.sequence = static_cast<uint32_t>(random_.next());
  const uint32_t spread = std::max(1u, options_.packets_per_connection) * 2 - 1;
  connection.data_left = 1 + static_cast<uint32_t>(random_.below(spread));
  const bool tcp = connection.tuple.protocol == kProtocolTcp;
  connection.step = tcp ? 0 : 2;
  connection.reset = tcp && random_.chance(options_.rst_share);
  ++connections_;
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot] = connection;
  due_.push({start, slot});
}

void SynthSource::emitFlood() {
  PacketPlan plan;
  const PacketEndpoint& target = pickTarget();
  plan.tuple = clientTuple(target, 0, static_cast<uint16_t>(1024 + random_.below(64512)));
  // Random unicast sources: 16.0.0.0 to 100.255.255.255, or below 2001:db8::/32.
  const uint64_t noise = random_.next();
  if (plan.tuple.v6) {
    plan.tuple.source = {0x20, 0x01, 0x0d, 0xb8};
    for (int i = 0; i < 8; ++i) plan.tuple.source[8 + i] = static_cast<uint8_t>(noise >> (8 * i));
  } else {
    plan.tuple.source[0] = static_cast<uint8_t>(16 + noise % 85);
    for (int i = 1; i < 4; ++i) plan.tuple.source[i] = static_cast<uint8_t>(noise >> (8 + 8 * i));
  }
  plan.tuple.protocol = kProtocolTcp;
  plan.tcp_flags = kTcpSyn;
  plan.tcp_sequence = static_cast<uint32_t>(noise >> 32);
  buildPacket(plan, bytes_);
}

// True if the connection goes on.
bool SynthSource::emitPacket(Connection& connection) {
  PacketPlan plan;
  plan.tuple = connection.tuple;
  plan.tcp_sequence = connection.sequence;
  plan.tcp_acknowledge = 1;
  switch (connection.step) {
    case 0:
      plan.tcp_flags = kTcpSyn;
      plan.tcp_acknowledge = 0;
      ++connection.sequence;
      connection.step = 1;
      break;
    case 1:
      plan.tcp_flags = kTcpAck;
      connection.step = 2;
      break;
    case 2:
      plan.tcp_flags = kTcpAck | kTcpPsh;
      plan.frame_length = pickSize() - kFcs;
      connection.sequence += static_cast<uint32_t>(std::max(plan.frame_length, headerLength(plan)) -
                                                   headerLength(plan));
      if (--connection.data_left == 0) connection.step = 3;
      break;
    default:
      plan.tcp_flags = connection.reset ? kTcpRst | kTcpAck : kTcpFin | kTcpAck;
      connection.step = 4;
      break;
  }
  buildPacket(plan, bytes_);
  const bool udp_done = connection.tuple.protocol != kProtocolTcp && connection.step == 3;
  return connection.step != 4 && !udp_done;
}

bool SynthSource::load() {
  if (emitted_ == options_.packets || options_.targets.empty()) return false;
  while (due_.empty() || next_start_ns_ <= static_cast<double>(due_.top().time_ns))
    startConnection();
  if (options_.syn_flood_share > 0 && random_.chance(options_.syn_flood_share)) {
    emitFlood();
  } else {
    const Due due = due_.top();
    due_.pop();
    now_ns_ = std::max(now_ns_, due.time_ns);
    const uint64_t gap = 1 + exponential(static_cast<double>(options_.packet_gap_ns));
    if (emitPacket(slots_[due.connection])) {
      due_.push({due.time_ns + gap, due.connection});
    } else {
      free_slots_.push_back(due.connection);
    }
  }
  pending_.id = emitted_++;
  pending_.port = options_.port;
  pending_.bytes = bytes_;
  pending_.arrival_ns = timing_.arrival(now_ns_, bytes_.size());
  loaded_ = true;
  return true;
}

bool SynthSource::next(FrameIn& frame) {
  if (!loaded_ && !load()) return false;
  frame = pending_;
  loaded_ = false;
  return true;
}

uint64_t SynthSource::peekTime() {
  if (!loaded_ && !load()) return kNever;
  return pending_.arrival_ns;
}

}  // namespace sluice
