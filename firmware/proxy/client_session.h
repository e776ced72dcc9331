// SPDX-License-Identifier: Apache-2.0
// A client's connection: requests one after the other, each answered before the next is looked at,
// however many the client sends ahead.
#pragma once

#include <memory>
#include <string>

#include "firmware/proxy/exchange.h"
#include "firmware/proxy/session.h"
#include "firmware/proxy/tls_stream.h"

namespace sluice::proxy {

// Where connections of a virtual come in. Outlives the listening socket while connections last.
struct Front {
  std::shared_ptr<const ServicePlan> service;  // of the plan in force
  bool closed = false;                         // connections end with their request
};

class ClientSession : public Session {
 public:
  ClientSession(WorkerParts& parts, std::shared_ptr<Front> front, Socket socket,
                const IpAddress& client);
  ~ClientSession() override;

  Task<void> run() override;
  void cancel() override;

 private:
  void openStream(Socket socket);
  Task<bool> shakeHands();
  Task<bool> takeRequest();
  Task<bool> awaitRequest();
  Task<bool> readRequest();
  Task<void> serve();
  std::string_view tlsVersion() const;
  void log(int status, Cause cause) const;
  Task<void> refuse(Flaw flaw);
  Task<void> timeOut();
  Task<void> lingerOn();

  WorkerParts& parts_;
  std::shared_ptr<Front> front_;
  std::shared_ptr<const ServicePlan> service_;  // of the request under way
  std::shared_ptr<ServiceCounters> counters_;
  std::shared_ptr<const tls::ServerContext> tls_context_;  // outlives the stream
  std::unique_ptr<Stream> stream_;
  TlsStream* tls_ = nullptr;  // the same, if it is one
  IpAddress client_;
  ByteBuffer in_;
  std::string out_, head_;
  HeadScanner scanner_;
  RequestHead request_;
  Exchange* exchange_ = nullptr;
  bool first_ = true, keep_ = true, linger_ = false;
};

}  // namespace sluice::proxy
