// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/worker.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <set>

namespace sluice::proxy {

namespace asio = boost::asio;

namespace {

// Signals are for the thread that started the program; one about a broken pipe is for nobody.
void blockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Worker::Worker() : open_(asio::make_work_guard(context_)) {
  thread_ = std::thread([this] {
    blockSignals();
    context_.run();
  });
}

Worker::~Worker() {
  asio::post(context_, [this] { stop(); });
  thread_.join();
}

void Worker::apply(std::shared_ptr<const ProxyPlan> plan, std::vector<ListenSocket> fresh) {
  asio::post(context_, [this, plan = std::move(plan), fresh = std::move(fresh)]() mutable {
    change(*plan, fresh);
    plan_ = plan;
  });
}

void Worker::change(const ProxyPlan& plan, std::vector<ListenSocket>& fresh) {
  parts_.balancer.reset();
  std::set<Endpoint> wanted;
  for (const auto& service : plan.services) wanted.insert(service->listen);
  for (auto entry = listeners_.begin(); entry != listeners_.end();) {
    if (wanted.count(entry->first) > 0) {
      ++entry;
      continue;
    }
    entry->second->front->closed = true;
    entry->second->acceptor.close();
    entry = listeners_.erase(entry);
  }
  for (ListenSocket& socket : fresh) {
    auto listener = std::make_shared<Listener>(context_);
    listener->acceptor.assign(toAsio(socket.endpoint()).protocol(), socket.release());
    listeners_[socket.endpoint()] = std::move(listener);
  }
  for (const auto& service : plan.services)
    listeners_.at(service->listen)->front->service = service;
  for (const ListenSocket& socket : fresh)
    asio::co_spawn(context_, accept(listeners_.at(socket.endpoint())), asio::detached);
}

Task<void> Worker::accept(std::shared_ptr<Listener> listener) {
  while (!listener->front->closed) {
    boost::system::error_code error;
    asio::ip::tcp::endpoint from;
    Socket socket = co_await listener->acceptor.async_accept(
        from, asio::redirect_error(asio::use_awaitable, error));
    if (listener->front->closed || error == asio::error::operation_aborted) co_return;
    if (error) {
      // No descriptor is free, most likely; one may be in a moment.
      listener->pause.expires_after(std::chrono::milliseconds(100));
      co_await listener->pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    const ServicePlan& service = *listener->front->service;
    const uint64_t active = service.counters->active_connections.load(std::memory_order_relaxed);
    if (service.connection_limit != 0 && active >= service.connection_limit) {
      count(service.counters->refused_connections);
      continue;
    }
    asio::co_spawn(
        context_,
        serve(listener->front, std::move(socket), ConnectionEnds{fromAsio(from), service.listen}),
        asio::detached);
  }
}

std::unique_ptr<Session> Worker::open(std::shared_ptr<Front> front, Socket socket,
                                      const ConnectionEnds& ends) {
  if (front->service->relay)
    return std::make_unique<TlsRelay>(parts_, front->service, std::move(socket), ends);
  return std::make_unique<ClientSession>(parts_, std::move(front), std::move(socket), ends);
}

Task<void> Worker::serve(std::shared_ptr<Front> front, Socket socket, ConnectionEnds ends) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (front->service->expectsProxyHeader(ends.source.address)) {
    const bool said = co_await takeProxyHeader(front->service, socket, ends);
    if (!said) co_return;
  }
  const std::unique_ptr<Session> session = open(std::move(front), std::move(socket), ends);
  const auto place = sessions_.insert(sessions_.end(), session.get());
  if (!parts_.stopping) co_await session->run();
  sessions_.erase(place);
}

Task<bool> Worker::takeProxyHeader(std::shared_ptr<const ServicePlan> service, Socket& socket,
                                   ConnectionEnds& ends) {
  ProxyPreamble preamble(socket, parts_.deadlines);
  const auto place = preambles_.insert(preambles_.end(), &preamble);
  const Cause cause = co_await preamble.read(Clock::now() + service->http.header_timeout);
  preambles_.erase(place);
  if (cause != Cause::kNone) count(service->counters->causes[static_cast<size_t>(cause)]);
  // A load balancer that speaks for itself is its own client.
  if (preamble.header().ends) ends = *preamble.header().ends;
  co_return cause == Cause::kNone && !parts_.stopping;
}

void Worker::stop() {
  parts_.stopping = true;
  for (auto& [endpoint, listener] : listeners_) {
    listener->front->closed = true;
    listener->acceptor.close();
    listener->pause.cancel();
  }
  listeners_.clear();
  for (Session* session : sessions_) session->cancel();
  for (ProxyPreamble* preamble : preambles_) preamble->cancel();
  parts_.mirrors.cancel();
  parts_.idle.clear();
  parts_.http2_servers.cancel();
  open_.reset();
}

}  // namespace sluice::proxy
