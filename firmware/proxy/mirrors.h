// SPDX-License-Identifier: Apache-2.0
// Copies of requests that rules send to another pool. Nobody waits for them: answers are read and
// thrown away, what goes wrong is counted at the member, nothing is tried again.
//
// A worker has at most kMostAtATime copies under way, each of at most kMostBytes; others are left
// out. On the worker's thread.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "firmware/proxy/dialer.h"
#include "firmware/proxy/server_connection.h"

namespace sluice::proxy {

struct WorkerParts;

class Mirrors {
 public:
  static constexpr size_t kMostAtATime = 64;
  static constexpr size_t kMostBytes = 65'536;

  explicit Mirrors(WorkerParts& parts) : parts_(parts) {}

  struct Request {
    IpAddress client;
    std::string preamble;  // that connections to members begin with
    std::string method;
    std::string text;  // all of it, as the member gets it
  };
  // False: left out.
  bool send(const std::shared_ptr<const ServicePlan>& service, const PoolPlan& pool,
            Request request);
  // Those under way end soon.
  void cancel();

 private:
  struct Copy {
    explicit Copy(WorkerParts& parts);
    std::shared_ptr<const ServicePlan> service;  // keeps the member's plan
    const MemberPlan* member = nullptr;
    Request request;
    Dialer dialer;
    ServerConnection* server = nullptr;
    bool cancelled = false;
  };
  Task<void> run(std::list<Copy>::iterator copy);
  Task<void> deliver(Copy& copy);
  // Until the end of the response. False: none came, or it broke off.
  Task<bool> discard(Copy& copy, ServerConnection& server, bool& reusable);

  WorkerParts& parts_;
  std::list<Copy> copies_;
};

}  // namespace sluice::proxy
