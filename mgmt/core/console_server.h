// SPDX-License-Identifier: Apache-2.0
// Serves the console on a UNIX socket, on the event loop of the appliance.
//
// A client sends requests, one JSON object a line, and gets one answer each, in order:
//
//   {"op":"hello","width":80,"length":24,"interactive":true}   terminal; answers like run
//   {"op":"run","line":"show pools"} {"output","status","page","leave","length","prompt","notice",
//                                        "uncommitted","immediate"}
//   {"op":"complete","line":"sh"}       {"insert","list"}
//   {"op":"help","line":"show "}        {"output"}
//
// {"event":"..."} comes unasked: a line to be shown. Who a client is, the kernel says. A client
// that sends anything else, or longer lines than kMostRequest, is disconnected.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "mgmt/core/console.h"

namespace sluice::mgmt {

class ConsoleServer {
 public:
  static constexpr size_t kMostRequest = 65'536;
  static constexpr size_t kMostClients = 64;

  // Borrows all. `say` takes what happens, a line each.
  ConsoleServer(boost::asio::io_context& context, ManagedAppliance& appliance,
                ConfigManager& manager, std::function<void(const std::string&)> say);
  ~ConsoleServer();
  ConsoleServer(const ConsoleServer&) = delete;
  ConsoleServer& operator=(const ConsoleServer&) = delete;

  // The socket is removed at the end. kIo: another appliance serves there, or no right to.
  Result<void> listen(const std::string& path);

 private:
  class Client;
  void accept();
  // Takes back what was not confirmed in time, and comes again while something is pending.
  void watchPending();

  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  Console console_;
  std::function<void(const std::string&)> say_;
  std::set<std::shared_ptr<Client>> clients_;
  std::string path_;
  bool watching_ = false;
};

}  // namespace sluice::mgmt
