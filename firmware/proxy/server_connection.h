// SPDX-License-Identifier: Apache-2.0
// Connections to members, and those that wait for their next request.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "firmware/proxy/byte_buffer.h"
#include "firmware/proxy/http1_head.h"
#include "firmware/proxy/proxy_plan.h"
#include "firmware/proxy/stream.h"

namespace sluice::proxy {

struct ServerConnection {
  static constexpr size_t kBufferBytes = 16'384;

  ServerConnection(std::unique_ptr<Stream> opened, std::string_view began)
      : stream(std::move(opened)), preamble(began) {}

  enum class Head : uint8_t { kMore, kTaken, kBad };
  // The head of a response to `method`, out of what came. kMore: more has to come, for which there
  // is room. kTaken: `response` refers to `text`. `scanner` is a new one for each head.
  Head takeHead(HeadScanner& scanner, std::string_view method, std::string& text,
                ResponseHead& response);
  // Whether there may be another request behind that response, all of which was read.
  bool goesOn(const ResponseHead& response) const {
    return response.keep_alive && in.empty() && response.framing != Framing::kUntilClose;
  }

  std::unique_ptr<Stream> stream;
  ByteBuffer in{kBufferBytes};
  std::string preamble;  // that it began with
  bool reused = false;
};

// The connections of one worker that wait. Each is used for one request at a time, by the member
// that it was made for, and goes after kLongestIdle, before servers usually end it.
class IdleServers {
 public:
  static constexpr auto kLongestIdle = std::chrono::seconds(4);
  static constexpr size_t kMostPerMember = 256;

  explicit IdleServers(Deadlines& deadlines) : deadlines_(deadlines) {}

  // The one that was used last of those that began with `preamble`, if it waited for at most
  // `longest` and the server has said nothing since; null: none.
  std::unique_ptr<ServerConnection> take(const MemberPlan& member, std::string_view preamble,
                                         Clock::duration longest);
  void put(const MemberPlan& member, std::unique_ptr<ServerConnection> connection);
  void clear() { members_.clear(); }
  size_t size() const;

 private:
  struct Waiting : Deadlines::Entry {
    Waiting(IdleServers& owner, const MemberCounters* of, std::unique_ptr<ServerConnection> which)
        : Entry(owner.deadlines_), owner(owner), member(of), connection(std::move(which)) {}
    void expired() override { owner.remove(*this); }
    IdleServers& owner;
    const MemberCounters* member;
    std::unique_ptr<ServerConnection> connection;
    TimePoint since;
  };
  struct OfMember {
    std::shared_ptr<MemberCounters> keep;           // so that its address means this member
    std::vector<std::unique_ptr<Waiting>> waiting;  // the last one was used last
  };
  void remove(const Waiting& waiting);

  Deadlines& deadlines_;
  std::unordered_map<const MemberCounters*, OfMember> members_;
};

}  // namespace sluice::proxy
