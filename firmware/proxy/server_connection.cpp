// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/server_connection.h"

#include <algorithm>

namespace sluice::proxy {

ServerConnection::Head ServerConnection::takeHead(HeadScanner& scanner, std::string_view method,
                                                  std::string& text, ResponseHead& response) {
  const HeadLimits limits{kBufferBytes, 0, 500};
  const HeadScanner::State state = scanner.scan(in.view(), limits.bytes);
  if (state == HeadScanner::State::kMore) return in.room().empty() ? Head::kBad : Head::kMore;
  if (state != HeadScanner::State::kComplete || scanner.begin() != 0) return Head::kBad;
  text.assign(in.view().substr(0, scanner.size()));
  in.consume(scanner.size());
  const Flaw flaw = parseResponseHead(text, limits, method, response);
  return flaw == Flaw::kNone ? Head::kTaken : Head::kBad;
}

std::unique_ptr<ServerConnection> IdleServers::take(const MemberPlan& member,
                                                    std::string_view preamble,
                                                    Clock::duration longest) {
  const auto found = members_.find(member.counters.get());
  if (found == members_.end()) return nullptr;
  auto& waiting = found->second.waiting;
  // Members are spoken to as the plan in force has it.
  const auto fits = [&](const auto& one) {
    return one->connection->preamble == preamble &&
           one->connection->stream->context() == member.tls.get();
  };
  for (;;) {
    const auto last = std::find_if(waiting.rbegin(), waiting.rend(), fits);
    if (last == waiting.rend() || Clock::now() - (*last)->since > longest) return nullptr;
    auto connection = std::move((*last)->connection);
    waiting.erase(std::next(last).base());
    // Whatever a server says before it is asked is no answer to the next request.
    if (!connection->stream->quiet()) continue;
    connection->reused = true;
    return connection;
  }
}

void IdleServers::put(const MemberPlan& member, std::unique_ptr<ServerConnection> connection) {
  OfMember& of = members_[member.counters.get()];
  of.keep = member.counters;
  if (of.waiting.size() >= kMostPerMember) of.waiting.erase(of.waiting.begin());
  connection->in.release();
  auto& waiting = of.waiting.emplace_back(
      std::make_unique<Waiting>(*this, member.counters.get(), std::move(connection)));
  waiting->since = Clock::now();
  waiting->start(waiting->since + kLongestIdle);
}

void IdleServers::remove(const Waiting& waiting) {
  const auto found = members_.find(waiting.member);
  auto& all = found->second.waiting;
  std::erase_if(all, [&](const auto& entry) { return entry.get() == &waiting; });
  if (all.empty()) members_.erase(found);
}

size_t IdleServers::size() const {
  size_t sum = 0;
  for (const auto& [member, of] : members_) sum += of.waiting.size();
  return sum;
}

}  // namespace sluice::proxy
