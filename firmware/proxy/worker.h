// SPDX-License-Identifier: Apache-2.0
// A thread with its own event loop, listening sockets, connections and waiting server connections.
// Workers share nothing but counters and plans, which do not change.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "firmware/proxy/client_session.h"
#include "firmware/proxy/listen_socket.h"
#include "firmware/proxy/proxy_preamble.h"
#include "firmware/proxy/tls_relay.h"

namespace sluice::proxy {

class Worker {
 public:
  Worker();
  // Ends all connections.
  ~Worker();

  // From another thread; takes effect soon. Sockets come for endpoints that the plans before did
  // not have; those that `plan` does not have any more are closed.
  void apply(std::shared_ptr<const ProxyPlan> plan, std::vector<ListenSocket> fresh);

 private:
  struct Listener {
    Listener(boost::asio::io_context& context) : acceptor(context), pause(context) {}
    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer pause;
    std::shared_ptr<Front> front = std::make_shared<Front>();
  };
  using Sessions = std::list<Session*>;

  void change(const ProxyPlan& plan, std::vector<ListenSocket>& fresh);
  Task<void> accept(std::shared_ptr<Listener> listener);
  std::unique_ptr<Session> open(std::shared_ptr<Front> front, Socket socket,
                                const ConnectionEnds& ends);
  Task<void> serve(std::shared_ptr<Front> front, Socket socket, ConnectionEnds ends);
  // `ends` become those that the header names. False: it does not come, and that was counted.
  Task<bool> takeProxyHeader(std::shared_ptr<const ServicePlan> service, Socket& socket,
                             ConnectionEnds& ends);
  void stop();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
  WorkerParts parts_{context_};
  std::shared_ptr<const ProxyPlan> plan_;
  std::map<Endpoint, std::shared_ptr<Listener>> listeners_;
  Sessions sessions_;
  std::list<ProxyPreamble*> preambles_;  // being read
  std::thread thread_;
};

}  // namespace sluice::proxy
