// SPDX-License-Identifier: Apache-2.0
// Types http and https.
#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "firmware/health/asio_endpoint.h"
#include "firmware/health/probe_answer.h"
#include "firmware/health/probe_kinds.h"

namespace sluice {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

// "METHOD TARGET", "TARGET" or nothing.
http::request<http::empty_body> requestOf(const Monitor& monitor, const Endpoint& target) {
  std::string method = "GET", path = *monitor.request;
  if (const size_t blank = path.find(' '); blank != std::string::npos) {
    method = path.substr(0, blank);
    path = path.substr(blank + 1);
  }
  http::request<http::empty_body> request;
  request.version(11);
  request.method_string(method);
  request.target(path.empty() ? "/" : path);
  const std::string& address = target.address.toString();
  request.set(http::field::host, monitor.host.set    ? *monitor.host
                                 : target.address.v6 ? "[" + address + "]"
                                                     : address);
  request.set(http::field::user_agent, "sluice-health");
  request.set(http::field::connection, "close");
  for (const std::string& header : monitor.headers) {
    const size_t colon = header.find(':');
    const size_t value = std::min(header.find_first_not_of(' ', colon + 1), header.size());
    request.set(header.substr(0, colon), header.substr(value));
  }
  return request;
}

template <class Stream>
asio::awaitable<ProbeAnswer> ask(Stream& stream, const Monitor& monitor, const Endpoint& target) {
  const auto request = requestOf(monitor, target);
  co_await http::async_write(stream, request, asio::use_awaitable);
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  parser.skip(request.method() == http::verb::head);
  boost::beast::flat_buffer buffer(kLongestAnswer);
  co_await http::async_read_header(stream, buffer, parser, asio::use_awaitable);
  // No more of the body than is looked at.
  while (looksInside(monitor) && !parser.is_done() && parser.get().body().size() < kLongestAnswer) {
    co_await http::async_read_some(stream, buffer, parser, asio::use_awaitable);
  }
  ProbeAnswer answer;
  answer.status = parser.get().result_int();
  for (const auto& field : parser.get())
    answer.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  answer.body = parser.get().body().substr(0, kLongestAnswer);
  co_return answer;
}

// What a probe asks of a member by TLS, and shows it.
struct TlsDemand {
  std::string name;           // asked for; empty: none
  std::string verified_name;  // or address, of the certificate; empty: not verified
  std::string trust;          // file; empty: nothing is verified
  std::string chain, key;     // files; empty: none
};

TlsDemand demandOf(const Monitor& monitor, const Endpoint& target) {
  using Verify = ServerTlsProfile::Verify;
  TlsDemand demand;
  if (!monitor.tls) {
    demand.name = monitor.server_name.set ? *monitor.server_name : *monitor.host;
    demand.trust = *monitor.trust;
    demand.verified_name = demand.name;
    demand.chain = demand.key = *monitor.client_certificate;
    return demand;
  }
  const auto& [profile, certificate] = *monitor.tls;
  demand.name = *profile.server_name;
  if (*profile.verify != Verify::kOff) demand.trust = *profile.trust;
  if (*profile.verify == Verify::kName)
    demand.verified_name = demand.name.empty() ? target.address.toString() : demand.name;
  if (certificate) demand.chain = *certificate->chain, demand.key = *certificate->key;
  return demand;
}

asio::ssl::context tlsContext(const TlsDemand& demand) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (!demand.trust.empty()) {
    context.load_verify_file(demand.trust);
    context.set_verify_mode(asio::ssl::verify_peer);
  }
  if (!demand.chain.empty()) {
    context.use_certificate_chain_file(demand.chain);
    context.use_private_key_file(demand.key, asio::ssl::context::pem);
  }
  return context;
}

asio::awaitable<ProbeAnswer> askTls(tcp::socket socket, const Monitor& monitor,
                                    const Endpoint& target) {
  const TlsDemand demand = demandOf(monitor, target);
  asio::ssl::context context = tlsContext(demand);
  asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
  if (!demand.name.empty()) SSL_set_tlsext_host_name(stream.native_handle(), demand.name.c_str());
  if (!demand.trust.empty() && !demand.verified_name.empty())
    stream.set_verify_callback(asio::ssl::host_name_verification(demand.verified_name));
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  co_return co_await ask(stream, monitor, target);
}

}  // namespace

ProbeRun probeHttp(Monitor monitor, Endpoint target) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(asioEndpoint<tcp>(target), asio::use_awaitable);
  ProbeAnswer answer;
  if (*monitor.type == Monitor::Type::kHttps) {
    answer = co_await askTls(std::move(socket), monitor, target);
  } else {
    answer = co_await ask(socket, monitor, target);
  }
  if (!expectsStatus(monitor)) monitor.expect.push_back({Expect::Kind::kStatus, "200-399", {}});
  co_return judgeAnswer(monitor, answer, "status " + std::to_string(answer.status));
}

}  // namespace sluice
