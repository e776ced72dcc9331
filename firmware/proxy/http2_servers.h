// SPDX-License-Identifier: Apache-2.0
// The connections of one worker to members that speak HTTP/2, which exchanges share: one with room
// for another stream, or a new one. Of a member, as it is spoken to by one plan, there are at most
// kMostConnections, made one after the other; who finds no room meanwhile waits.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "firmware/proxy/dialer.h"
#include "firmware/proxy/event.h"

namespace sluice::proxy {

class Http2ServerSession;
struct WorkerParts;

class Http2Servers {
 public:
  static constexpr size_t kMostConnections = 32;

  explicit Http2Servers(WorkerParts& parts) : parts_(parts) {}

  struct Wish {
    const MemberPlan& member;
    const std::string& preamble;  // that the connection begins with
    const HttpSettings& http;
    const std::shared_ptr<ServiceCounters>& counters;
  };
  // Who looks for a connection, one at a time.
  class Seeker {
   public:
    explicit Seeker(boost::asio::io_context& context) : event_(context) {}
    // It will find none, now and later.
    void cancel() {
      cancelled_ = true;
      event_.set();
    }
    // In the last search.
    bool waited() const { return waited_; }

   private:
    friend class Http2Servers;
    Event event_;
    bool cancelled_ = false, waited_ = false;
  };

  // One with room, which was idle for at most `longest`. Null: a new one failed, which is counted
  // for the member; or none had room in time, or cancelled.
  Task<std::shared_ptr<Http2ServerSession>> find(Seeker& seeker, Wish wish,
                                                 Clock::duration longest);
  // All end at once.
  void cancel();

 private:
  using SessionPtr = std::shared_ptr<Http2ServerSession>;
  using Key = std::tuple<const MemberCounters*, std::string, const void*>;
  struct OfMember {
    std::shared_ptr<MemberCounters> keep;  // so that its address means this member
    std::vector<SessionPtr> sessions;
    std::list<Seeker*> waiting;
    bool opening = false;
    uint64_t failed = 0;
  };
  struct Opening {
    MemberPlan member;
    std::string preamble;
    std::shared_ptr<ServiceCounters> counters;
    std::chrono::nanoseconds connect_timeout, write_timeout;
    Dialer dialer;
    SessionPtr session = nullptr;  // that has not said yet what it speaks
  };

  void open(const Key& key, OfMember& of, const Wish& wish);
  Task<void> run(Key key, std::list<Opening>::iterator opening);
  Task<SessionPtr> begin(const Key& key, Opening& opening);
  // There is room somewhere, or somebody may make some.
  void changed(const Key& key);
  SessionPtr withRoom(const OfMember& of, Clock::duration longest) const;
  void forgetIfEmpty(const Key& key);

  WorkerParts& parts_;
  std::map<Key, OfMember> members_;
  std::list<Opening> openings_;
};

}  // namespace sluice::proxy
