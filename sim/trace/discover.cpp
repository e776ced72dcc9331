// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/discover.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

namespace sluice {
namespace {

constexpr size_t kMaxConversations = 1'000'000;
constexpr size_t kMaxPeers = 4096;  // counted exactly per endpoint

// Registered ports above 1023 that servers commonly have.
constexpr uint16_t kCommonPorts[] = {1194, 1433, 1521, 1812, 1883, 2049,  2379,  3128, 3306,
                                     3389, 3478, 4433, 4443, 5000, 5060,  5201,  5353, 5432,
                                     5672, 5900, 6379, 6443, 8000, 8080,  8081,  8443, 8883,
                                     8888, 9000, 9090, 9092, 9200, 11211, 27017, 51820};

bool isWellKnown(uint16_t port) {
  return port < 1024 || std::find(std::begin(kCommonPorts), std::end(kCommonPorts), port) !=
                            std::end(kCommonPorts);
}

// Packets of these addresses never reach a virtual.
bool canBeService(const IpAddress& address) {
  const bool broadcast =
      !address.v6 && std::count(address.bytes.begin(), address.bytes.begin() + 4, 0xff) == 4;
  return !address.multicast() && !address.loopback() && !address.unspecified() && !broadcast;
}

enum class Server : uint8_t { kUnknown, kFirst, kSecond };

struct Conversation {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  Server server = Server::kUnknown;
  bool opened_by_first = false;  // the first packet seen went from first to second
};

struct EndpointFacts {
  uint64_t handshakes = 0;  // conversations in which a handshake proved it the server
  std::unordered_set<uint64_t> peers;
};

class Finder {
 public:
  explicit Finder(Discovery& result) : result_(result) {}

  void add(const PacketView& view, uint64_t bytes) {
    const PacketTuple& tuple = view.tuple;
    const PacketEndpoint source = tuple.sourceEndpoint();
    const PacketEndpoint destination = tuple.destinationEndpoint();
    if (!canBeService(source.address) || !canBeService(destination.address)) {
      ++result_.ignored;
      return;
    }
    // A conversation is kept under the tuple with the lower endpoint first.
    const bool forward = source < destination;
    const PacketTuple key = forward ? tuple : tuple.reversed();
    auto found = conversations_.find(key);
    if (found == conversations_.end()) {
      if (conversations_.size() == kMaxConversations) {
        ++result_.unassigned;
        return;
      }
      found = conversations_.emplace(key, Conversation()).first;
      found->second.opened_by_first = forward;
      notePeer(source, destination);
      notePeer(destination, source);
    }
    Conversation& conversation = found->second;
    ++conversation.packets;
    conversation.bytes += bytes;
    const uint8_t handshake = view.tcp_flags & (kTcpSyn | kTcpAck);
    if (!view.is_tcp() || (handshake & kTcpSyn) == 0 || conversation.server != Server::kUnknown)
      return;
    const bool server_is_source = (handshake & kTcpAck) != 0;
    conversation.server = server_is_source == forward ? Server::kFirst : Server::kSecond;
    ++facts_[server_is_source ? source : destination].handshakes;
  }

  void finish() {
    result_.flows = conversations_.size();
    std::unordered_map<PacketEndpoint, DiscoveredService> services;
    for (const auto& [key, conversation] : conversations_) {
      const bool first = decide(key, conversation) == Server::kFirst;
      const PacketEndpoint server = first ? key.sourceEndpoint() : key.destinationEndpoint();
      DiscoveredService& service = services[server];
      service.endpoint = server;
      service.packets += conversation.packets;
      service.bytes += conversation.bytes;
      ++service.connections;
    }
    for (auto& [endpoint, service] : services) {
      const auto facts = facts_.find(endpoint);
      service.clients = facts == facts_.end() ? 0 : facts->second.peers.size();
      result_.services.push_back(service);
    }
    std::sort(result_.services.begin(), result_.services.end(), [](const auto& a, const auto& b) {
      return a.bytes != b.bytes ? a.bytes > b.bytes : a.endpoint < b.endpoint;
    });
  }

 private:
  void notePeer(const PacketEndpoint& endpoint, const PacketEndpoint& peer) {
    auto& peers = facts_[endpoint].peers;
    if (peers.size() < kMaxPeers) peers.insert(std::hash<PacketEndpoint>()(peer));
  }

  Server decide(const PacketTuple& key, const Conversation& conversation) const {
    if (conversation.server != Server::kUnknown) return conversation.server;
    const PacketEndpoint first = key.sourceEndpoint();
    const PacketEndpoint second = key.destinationEndpoint();
    const EndpointFacts& a = facts_.at(first);
    const EndpointFacts& b = facts_.at(second);
    if ((a.handshakes != 0) != (b.handshakes != 0))
      return a.handshakes != 0 ? Server::kFirst : Server::kSecond;
    const bool well_known = isWellKnown(first.port);
    if (well_known != isWellKnown(second.port))
      return well_known ? Server::kFirst : Server::kSecond;
    const size_t peers_a = a.peers.size(), peers_b = b.peers.size();
    if (peers_a > 2 * peers_b) return Server::kFirst;
    if (peers_b > 2 * peers_a) return Server::kSecond;
    if (first.port != second.port)
      return first.port < second.port ? Server::kFirst : Server::kSecond;
    return conversation.opened_by_first ? Server::kSecond : Server::kFirst;
  }

  Discovery& result_;
  std::unordered_map<PacketTuple, Conversation> conversations_;
  std::unordered_map<PacketEndpoint, EndpointFacts> facts_;
};

void noteNetwork(const IpAddress& address, Discovery& result) {
  if (!address.v6 && address.bytes[0] == 10) result.used_ten[address.bytes[1]] = true;
  if (address.v6 && address.bytes[0] == 0xfd && address.bytes[1] == 0) {
    result.used_fd[size_t{address.bytes[2]} << 8 | address.bytes[3]] = true;
  }
}

}  // namespace

Discovery discoverServices(TraceReader& reader) {
  Discovery result;
  Finder finder(result);
  TraceRecord record;
  PacketView view;
  uint64_t first_ns = 0;
  while (reader.next(record)) {
    if (result.packets == 0) first_ns = record.timestamp_ns;
    ++result.packets;
    result.bytes += record.bytes.size();
    result.duration_seconds = static_cast<double>(record.timestamp_ns - first_ns) / 1e9;
    const bool ip = decodePacket(record.bytes, view);
    if (ip) {
      noteNetwork(view.tuple.sourceEndpoint().address, result);
      noteNetwork(view.tuple.destinationEndpoint().address, result);
    }
    if (ip && view.has_ports) {
      finder.add(view, record.bytes.size());
    } else {
      ++result.not_ip;
    }
  }
  finder.finish();
  return result;
}

}  // namespace sluice
