// SPDX-License-Identifier: Apache-2.0
// One request on its way to a member, and the response on its way back.
//
// A request goes to another connection or member if nothing can have come of it: it was not sent,
// or it is idempotent, its body was not touched, and no byte of a response came. A response that
// breaks off must never be taken for whole: run() says so.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/proxy/client_connection.h"
#include "firmware/proxy/client_stream.h"
#include "firmware/proxy/connector.h"
#include "firmware/proxy/event.h"
#include "firmware/proxy/persistence.h"
#include "firmware/proxy/router.h"

namespace sluice::proxy {

class Exchange {
 public:
  // Borrows all but the service.
  Exchange(WorkerParts& parts, std::shared_ptr<const ServicePlan> service, const ClientFacts& facts,
           ClientStream& client, const RequestHead& request);

  // True: the client was told a whole response; in any case an answer to a request with a flaw.
  Task<bool> run(Flaw flaw = Flaw::kNone);
  // Ends soon, with failure: for shutdown, or because of the client, which is counted.
  void cancel(Cause why = Cause::kNone);

 private:
  // Whether anything came of the conversation with one server.
  enum class Outcome : uint8_t { kDone, kNothingCame };

  Task<bool> inspectBody();
  std::string_view inspectedBody() const {
    return std::string_view(held_).substr(0, service_->http.inspect_body);
  }
  Task<void> attempts();
  Task<void> tryMembers();
  std::optional<bool> wentWell() const;
  const MemberPlan* chooseMember();
  bool mayWait() const;
  // In the queue of the pool. Null: in vain, see nobody_.
  Task<const MemberPlan*> waitForMember();
  bool mayTryAgain(uint32_t attempt);
  std::string preamble() const;
  Task<std::shared_ptr<ServerStream>> connect(const MemberPlan& member);
  Task<Outcome> converse(const MemberPlan& member, ServerStream& server);
  Task<void> settleBody();
  Task<void> settle(const MemberPlan& member);
  bool mayRepeat() const;
  bool hasBody() const { return request_.framing != Framing::kNone; }

  // The request.
  Task<void> sendRequest(ServerStream& server);
  Task<bool> pumpBody(ServerStream& server);
  Task<bool> sendUntilContinue(ServerStream& server);
  Task<bool> receiveBody();
  void takeBody(ServerStream& server);
  std::string_view pullBody();
  void mirror();

  // The response.
  Task<void> relay(const MemberPlan& member, ServerStream& server);
  Task<bool> readResponse(ServerStream& server);
  Task<bool> relayBody(ServerStream& server);
  Task<void> tunnel(ServerStream& server, std::string lines);
  Task<bool> flush();

  Task<void> redirectToHttps();
  Task<void> answerByRule();
  Task<void> holdUp();
  Task<void> redirect(int status, const std::string& location);
  // For clients that nobody can serve; null: a sentence has to do.
  const std::string* sorryPage(Cause cause) const {
    return cause == nobody_ || cause == Cause::kCircuitOpen ? service_->sorry_page.get() : nullptr;
  }
  const HeaderEdits& responseEdits() const {
    const HeaderEdits* edits = route_.responseEdits();
    return edits != nullptr ? *edits : service_->response_edits;
  }
  // `headers`: whole lines with CR LF.
  Task<void> answer(int status, Cause cause, std::string_view sentence, std::string headers = {});
  Task<void> refuse(Flaw flaw);
  void log() const;

  WorkerParts& parts_;
  std::shared_ptr<const ServicePlan> service_;
  const ClientFacts& facts_;
  ClientStream& client_;
  const RequestHead& request_;
  TimePoint began_;
  std::vector<const MemberPlan*> tried_;
  Route route_;
  std::optional<Comeback> comeback_;
  Cause nobody_ = Cause::kNone;  // why no member was found
  bool fresh_only_ = false;      // a connection that waited was dead: others may be, too

  // What cancel() ends.
  bool cancelled_ = false;
  Cause cancel_cause_ = Cause::kNone;
  Connector connector_;
  ServerStream* server_ = nullptr;
  RequestQueue::Place* place_ = nullptr;

  bool answered_ = false;  // the head of a response is on its way to the client
  int status_ = 0;         // of that response
  Cause cause_ = Cause::kNone;
  const MemberPlan* answering_ = nullptr;
  uint32_t retries_ = 0;
  uint64_t sent_bytes_ = 0;  // of the response's body
  std::chrono::nanoseconds queue_took_{0}, connect_took_{0}, first_byte_took_{0};
  bool whole_ = false;  // all of it was sent
  bool keep_server_ = false;

  bool wants_websocket_ = false, has_websocket_ = false;
  std::string held_;         // the beginning of the body, for conditions
  bool holding_ = false;     // it is still to be sent
  std::string mirror_text_;  // the request as the member got it

  uint64_t body_bytes_ = 0, paced_bytes_ = 0;
  TimePoint pace_until_;
  bool body_touched_ = false;
  bool sent_ = false;                // some of it
  bool pumped_ = false;              // all of it
  bool stop_pump_ = false;           // the rest is of no use
  Cause pump_cause_ = Cause::kNone;  // what the client did wrong with its body
  Flaw pump_flaw_ = Flaw::kNone;
  std::unique_ptr<Event> pump_ended_;  // with a body: it is sent while the response is awaited
  std::unique_ptr<Event> go_on_;       // the server said 100

  ResponseHead response_;
  Cause response_cause_ = Cause::kNone;
};

}  // namespace sluice::proxy
