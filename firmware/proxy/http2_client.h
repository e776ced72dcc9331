// SPDX-License-Identifier: Apache-2.0
// A client that speaks HTTP/2: one of the streams of its connection.
//
// Of the request's body at most a window waits here, and it opens again when the member has taken
// what was in it. Of the response at most kFull bytes and one piece wait for the client's window.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>

#include "firmware/proxy/client_stream.h"
#include "firmware/proxy/event.h"
#include "firmware/proxy/exchange.h"
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
  // The next piece of the body, for a DATA frame of at most `most` bytes.
  ssize_t nextPiece(size_t most, uint32_t& flags);
  void sendPiece(size_t size, std::string& out);
  // The last frame is on its way.
  void endSent();

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
  void sayBody(std::string_view data) override { out_ += data; }
  void sayEnd(const std::vector<std::string>& trailers) override;
  void sayOwn(OwnResponse response) override;
  bool full() const override { return waiting() >= kFull; }
  Task<bool> flush() override;

 private:
  static constexpr size_t kFull = 16'384;
  size_t waiting() const { return out_.size() - out_at_; }
  // `text`: the head as HTTP/1.1 has it.
  void submit(int status, std::string& text, bool has_body);
  void submitTrailers();

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

  std::string out_;
  size_t out_at_ = 0;
  bool out_ended_ = false;  // nothing comes behind what is in out_
  bool end_sent_ = false;   // and it was sent
  bool deferred_ = false;   // nghttp2 is told when there is more
  std::string out_trailers_;
  Event out_event_;
};

}  // namespace sluice::proxy
