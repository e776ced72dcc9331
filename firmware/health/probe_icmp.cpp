// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <boost/asio/ip/icmp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <random>

#include "firmware/health/asio_endpoint.h"
#include "firmware/health/probe_kinds.h"

namespace sluice {

namespace {

namespace asio = boost::asio;
using asio::ip::icmp;

// RFC 792, RFC 4443
constexpr uint8_t kEcho4 = 8, kReply4 = 0, kEcho6 = 128, kReply6 = 129;
constexpr size_t kMessageBytes = 16;
using Message = std::array<uint8_t, kMessageBytes>;

uint16_t checksum(std::span<const uint8_t> bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<uint32_t>(bytes[i]) << 8 | bytes[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// The identifier, the sequence number and the data are random: they tell the answer.
Message echoRequest(bool v6) {
  static std::mt19937_64 random(std::random_device{}());
  Message message{};
  message[0] = v6 ? kEcho6 : kEcho4;
  for (size_t i = 4; i < kMessageBytes; ++i) message[i] = static_cast<uint8_t>(random());
  if (v6) return message;  // the kernel knows its pseudo header
  const uint16_t sum = checksum(message);
  message[2] = static_cast<uint8_t>(sum >> 8);
  message[3] = static_cast<uint8_t>(sum);
  return message;
}

bool answers(std::span<const uint8_t> packet, const Message& request, bool v6) {
  // Raw sockets of IPv4 have the IP header, those of IPv6 do not.
  const size_t header = v6 || packet.empty() ? 0 : size_t{4} * (packet[0] & 0x0f);
  if (packet.size() < header + kMessageBytes) return false;
  const auto message = packet.subspan(header);
  return message[0] == (v6 ? kReply6 : kReply4) &&
         std::memcmp(&message[4], &request[4], kMessageBytes - 4) == 0;
}

}  // namespace

ProbeRun probeIcmp(Monitor, Endpoint target) {
  const bool v6 = target.address.v6;
  target.port = 0;
  icmp::socket socket(co_await asio::this_coro::executor, v6 ? icmp::v6() : icmp::v4());
  co_await socket.async_connect(asioEndpoint<icmp>(target), asio::use_awaitable);
  const Message request = echoRequest(v6);
  co_await socket.async_send(asio::buffer(request), asio::use_awaitable);
  std::array<uint8_t, 256> packet;
  for (;;) {
    const size_t got = co_await socket.async_receive(asio::buffer(packet), asio::use_awaitable);
    if (answers(std::span(packet).first(got), request, v6))
      co_return ProbeOutcome{Verdict::kGood, "echo reply", {}};
  }
}

}  // namespace sluice
