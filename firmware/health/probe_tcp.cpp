// SPDX-License-Identifier: Apache-2.0
// Types tcp and agent.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "firmware/health/agent_answer.h"
#include "firmware/health/asio_endpoint.h"
#include "firmware/health/probe_answer.h"
#include "firmware/health/probe_kinds.h"

namespace sluice {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::awaitable<tcp::socket> connected(const Endpoint target) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(asioEndpoint<tcp>(target), asio::use_awaitable);
  co_return socket;
}

asio::awaitable<void> sendRequest(tcp::socket& socket, const Monitor& monitor) {
  const std::string request = unescape(*monitor.request);
  if (!request.empty())
    co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
}

// Appends what comes next. False at the end; one that comes as a reset counts if there was an
// answer before it.
asio::awaitable<bool> readMore(tcp::socket& socket, std::string& text, size_t most) {
  if (text.size() >= most) co_return false;
  std::array<char, 4096> piece;
  boost::system::error_code error;
  const size_t got = co_await socket.async_read_some(
      asio::buffer(piece, std::min(piece.size(), most - text.size())),
      asio::redirect_error(asio::use_awaitable, error));
  if (error && error != asio::error::eof && text.empty()) throw boost::system::system_error(error);
  text.append(piece.data(), got);
  co_return !error;
}

// Nothing waits in TIME_WAIT for connections that nobody needs any more.
void reset(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace

ProbeRun probeTcp(Monitor monitor, Endpoint target) {
  tcp::socket socket = co_await connected(target);
  co_await sendRequest(socket, monitor);
  if (!looksInside(monitor)) {
    reset(socket);
    co_return ProbeOutcome{Verdict::kGood, "connected", {}};
  }
  ProbeAnswer answer;
  while (!enoughOf(monitor, answer) && co_await readMore(socket, answer.body, kLongestAnswer)) {
  }
  co_return judgeAnswer(monitor, answer, "answer '" + shown(answer.body) + "'");
}

ProbeRun probeAgent(Monitor monitor, Endpoint target) {
  constexpr size_t kLongestLine = 512;
  tcp::socket socket = co_await connected(target);
  co_await sendRequest(socket, monitor);
  std::string line;
  while (line.find('\n') == std::string::npos && co_await readMore(socket, line, kLongestLine)) {
  }
  co_return readAgentAnswer(line);
}

}  // namespace sluice
