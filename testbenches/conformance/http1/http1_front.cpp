// SPDX-License-Identifier: Apache-2.0
#include "testbenches/conformance/http1/http1_front.h"

#include <algorithm>

namespace sluice::proxy {
namespace {

const ForwardedBy kOff{ForwardedPolicy::kOff, {}, false, 80};

class Front {
 public:
  FrontResult take() { return std::move(result_); }
  bool ended() const { return ended_; }

  // True if there may be more in what has come.
  bool step(std::string& buffer) { return in_body_ ? stepBody(buffer) : stepHead(buffer); }

  void endOfInput(bool left_over) {
    if (ended_ || (!in_body_ && !left_over)) return;
    result_.incomplete = true;
    if (in_body_) result_.begun = out_;
  }

 private:
  bool fail(Flaw flaw) {
    result_.flaw = flaw;
    if (in_body_) result_.begun = out_;
    ended_ = true;
    return false;
  }

  bool stepHead(std::string& buffer) {
    const HeadLimits limits;
    switch (scanner_.scan(buffer, limits.bytes)) {
      case HeadScanner::State::kMore:
        return false;
      case HeadScanner::State::kBadLineEnd:
        return fail(Flaw::kLineEnd);
      case HeadScanner::State::kNoMessage:
        return fail(Flaw::kStartLine);
      case HeadScanner::State::kTooLarge:
        return fail(Flaw::kHeadTooLarge);
      case HeadScanner::State::kComplete:
        break;
    }
    const std::string head = buffer.substr(scanner_.begin(), scanner_.size());
    buffer.erase(0, scanner_.begin() + scanner_.size());
    scanner_.reset();
    RequestHead request;
    const Flaw flaw = parseRequestHead(head, limits, request);
    if (flaw != Flaw::kNone) return fail(flaw);
    out_.clear();
    writeRequestHead(request, kOff, {}, out_);
    current_ = {std::string(request.method), "", ""};
    framing_ = request.framing;
    last_ = !request.keep_alive;
    body_.start(request.framing, request.length);
    in_body_ = true;
    return true;
  }

  bool stepBody(std::string& buffer) {
    std::string_view input = buffer;
    const std::string_view data = body_.next(input);
    current_.body += data;
    writeBody(framing_, data, out_);
    buffer.erase(0, buffer.size() - input.size());
    if (body_.flaw() != Flaw::kNone) return fail(body_.flaw());
    if (!body_.done()) return !buffer.empty();
    writeBodyEnd(framing_, body_.trailers(), out_);
    current_.forwarded = out_;
    result_.requests.push_back(std::move(current_));
    in_body_ = false;
    ended_ = last_;
    return !ended_;
  }

  FrontResult result_;
  FrontRequest current_;
  HeadScanner scanner_;
  BodyDecoder body_;
  Framing framing_ = Framing::kNone;
  std::string out_;
  bool in_body_ = false, last_ = false, ended_ = false;
};

}  // namespace

std::string FrontResult::summary() const {
  std::string text;
  for (size_t i = 0; i < requests.size(); ++i) text += "ok ";
  if (flaw != Flaw::kNone) text.append(info(flaw).name).append(" ");
  if (incomplete) text += "more ";
  if (!text.empty()) text.pop_back();
  return text;
}

FrontResult runFront(std::string_view bytes, size_t piece) {
  Front front;
  std::string buffer;
  while (!bytes.empty() && !front.ended()) {
    buffer += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (!front.ended() && front.step(buffer)) {
    }
  }
  front.endOfInput(!buffer.empty());
  return front.take();
}

}  // namespace sluice::proxy
