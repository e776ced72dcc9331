// SPDX-License-Identifier: Apache-2.0
// Types udp and dns.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <random>
#include <variant>
#include <vector>

#include "firmware/health/asio_endpoint.h"
#include "firmware/health/dns_message.h"
#include "firmware/health/probe_answer.h"
#include "firmware/health/probe_kinds.h"

namespace sluice {

namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using namespace asio::experimental::awaitable_operators;

asio::awaitable<udp::socket> connected(const Endpoint target) {
  udp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(asioEndpoint<udp>(target), asio::use_awaitable);
  co_return socket;
}

struct Received {
  std::string datagram;
  boost::system::error_code error;
};

// An error is an answer, too: `||` would go on waiting for the other side after an exception.
asio::awaitable<Received> tryReceive(udp::socket& socket) {
  Received received{std::string(kLongestAnswer, '\0'), {}};
  const size_t got = co_await socket.async_receive(
      asio::buffer(received.datagram), asio::redirect_error(asio::use_awaitable, received.error));
  received.datagram.resize(got);
  co_return received;
}

asio::awaitable<std::string> receive(udp::socket& socket) {
  Received received = co_await tryReceive(socket);
  if (received.error) throw boost::system::system_error(received.error);
  co_return std::move(received.datagram);
}

}  // namespace

ProbeRun probeUdp(Monitor monitor, Endpoint target) {
  udp::socket socket = co_await connected(target);
  co_await socket.async_send(asio::buffer(unescape(*monitor.request)), asio::use_awaitable);
  ProbeAnswer answer;
  if (looksInside(monitor)) {
    answer.body = co_await receive(socket);
    co_return judgeAnswer(monitor, answer, "answer '" + shown(answer.body) + "'");
  }
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           std::chrono::nanoseconds(monitor.timeout->value / 2));
  const auto first = co_await (tryReceive(socket) || timer.async_wait(asio::use_awaitable));
  if (first.index() != 0) co_return ProbeOutcome{Verdict::kGood, "not refused", {}};
  const auto& error = std::get<0>(first).error;
  if (error) throw boost::system::system_error(error);
  co_return ProbeOutcome{Verdict::kGood, "answered", {}};
}

ProbeRun probeDns(Monitor monitor, Endpoint target) {
  static std::mt19937_64 random(std::random_device{}());
  const auto id = static_cast<uint16_t>(random());
  const auto query = dnsQuery(*monitor.request, id);
  if (!query) co_return ProbeOutcome{Verdict::kBad, query.error().message, {}};
  udp::socket socket = co_await connected(target);
  co_await socket.async_send(asio::buffer(*query), asio::use_awaitable);
  for (;;) {
    const std::string datagram = co_await receive(socket);
    const auto answer = readDnsAnswer(
        std::span(reinterpret_cast<const uint8_t*>(datagram.data()), datagram.size()), id);
    if (!answer) continue;  // not ours, or damaged
    const std::string what = "response code " + std::to_string(answer->code) + ", " +
                             std::to_string(answer->records) + " records";
    if (!expectsStatus(monitor) && (answer->code != 0 || answer->records == 0))
      co_return ProbeOutcome{Verdict::kBad, what, {}};
    co_return judgeAnswer(monitor, {answer->code, {}, answer->text}, what);
  }
}

}  // namespace sluice
