// SPDX-License-Identifier: Apache-2.0
// A client that speaks HTTP/2: one of the streams of its connection.
//
// Of the request's body at most a window waits here, and it opens again when the member has taken
// what was in it. Of the response what Http2Outgoing holds waits for the client's window.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>

#include "firmware/proxy/client_stream.h"
#include "firmware/proxy/event.h"
#include "firmware/proxy/exchange.h"
#include "firmware/proxy/http2_field.h"
#include "firmware/proxy/http2_outgoing.h"
#include "firmware/proxy/http2_request.h"

namespace sluice::proxy {

class Http2Session;

class Http2Client : public ClientStream {
 public:
  Http2Client(Http2Session& session, int32_t id);

  // Until the exchange is over. True: the client was told a whole response.
  Task<bool> serve();
  // Clients that are still sending when they have their response are given some time to end: many
  // do not read it if they are interrupted.
  Task<void> drain();
  int32_t id() const { return id_; }
  bool closed() const { return closed_; }

  // ---- what comes, as nghttp2 tells it
  // A field of the head, or a trailer.
  void takeField(std::string_view name, std::string_view value);
  // The head is complete: false if it is malformed. Once; later ones are of trailers.
  bool takeHead(bool ends);
  void takeData(std::string_view data) { body_ += data; }
  void takeEnd();
  void dataArrived() { body_event_.set(); }
  // The stream is no more; why: kNone by the appliance's own will.
  void end(Cause why);

  // ---- what goes
  // What was received and not taken is of no use: the connection's window opens by it.
  void giveBack();
  Http2Outgoing& outgoing() { return out_; }

  std::string_view takeBody() override;
  bool bodyAtHand() const override { return !body_.empty(); }
  bool bodyDone() const override { return body_ended_ && body_.empty(); }
  Flaw bodyFlaw() const override { return body_flaw_; }
  const std::vector<std::string>& trailers() const override { return trailers_; }
  Task<bool> awaitBody(TimePoint until) override;
  bool bodyTimedOut() const override { return body_timed_out_; }
  void stopBody() override;

  void sayInformational(const ResponseHead& response) override;
  void sayHead(const ResponseHead& response, const HeaderEdits& edits,
               std::string_view lines) override;
  void sayBody(std::string_view data) override { out_.say(data); }
  void sayEnd(const std::vector<std::string>& trailers) override { out_.end(trailers); }
  void sayOwn(OwnResponse response) override;
  bool full() const override { return out_.full(); }
  Task<bool> flush() override;

 private:
  // `text`: the head as HTTP/1.1 has it.
  void submit(int status, std::string& text, bool has_body);

  Http2Session& session_;
  const int32_t id_;
  std::shared_ptr<const ServicePlan> service_;
  Http2Request fields_;
  RequestHead request_;
  Flaw flaw_ = Flaw::kNone;
  bool has_head_ = false, closed_ = false;
  Exchange* exchange_ = nullptr;

  std::string body_, taken_;
  bool body_ended_ = false, body_stopped_ = false, body_timed_out_ = false;
  Flaw body_flaw_ = Flaw::kNone;
  std::vector<std::string> trailers_;
  Event body_event_;

  Http2Outgoing out_;
};

}  // namespace sluice::proxy
