// SPDX-License-Identifier: Apache-2.0
// The http-rules of a virtual, ready to be asked: which of them is the first that a request meets,
// and why the others are not.
//
// Of conditions about the same thing one has to hold, of things all, of those with `not` none.
// Regular expressions are RE2's: their time is linear in the text.
#pragma once

#include <re2/re2.h>

#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/control/config.h"
#include "firmware/control/time_window.h"
#include "firmware/proxy/data_group.h"
#include "firmware/proxy/header_edits.h"
#include "firmware/proxy/http1_head.h"
#include "firmware/tls/connection_facts.h"

namespace sluice::proxy {

// Values of the cookies of that name.
std::vector<std::string> cookiesOf(const RequestHead& head, std::string_view name);

// What rules look at beside the head of a request.
struct RuleSurroundings {
  IpAddress client;
  std::string_view body{};  // its beginning, decoded
  std::time_t now = std::time(nullptr);
  const tls::ConnectionFacts* tls = nullptr;  // of the connection; null: it is not encrypted
};

// A request as rules look at it. Borrows head and body.
class RuleSubject {
 public:
  RuleSubject(const RequestHead& head, const RuleSurroundings& around);

  const RequestHead& head() const { return head_; }
  const IpAddress& client() const { return around_.client; }
  std::string_view body() const { return around_.body; }
  std::time_t now() const { return around_.now; }
  std::string tls(std::string_view field) const;     // "" also if there is no TLS
  const std::string& host() const { return host_; }  // lower case, without a port
  const std::string& path() const { return path_; }  // normalized
  std::string_view userAgent() const;                // its class
  // Every value of that name.
  std::vector<std::string> headers(std::string_view name) const;
  std::vector<std::string> cookies(std::string_view name) const;
  std::vector<std::string> parameters(std::string_view name) const;  // of the query

 private:
  const RequestHead& head_;
  RuleSurroundings around_;
  std::string host_, path_;
};

// What a match has to say to templates: $1 to $9 of the path's regular expression, and how much of
// the path a prefix took.
struct RuleMatch {
  std::array<std::string, 10> captures;
  size_t prefix = 0;
};

class Rule {
 public:
  // Groups that are not there hold nothing.
  explicit Rule(const HttpRule& config, const DataGroups& groups = {});

  const HttpRule& config() const { return config_; }
  bool looksAtBody() const;
  // "" if the rule matches; else the condition that does not hold, as a sentence without a subject:
  // "path is '/x', not '/api/*'".
  std::string problem(const RuleSubject& subject, RuleMatch& match) const;
  bool matches(const RuleSubject& subject, RuleMatch& match) const;

  // Where the request is redirected to.
  std::string location(const RuleSubject& subject, const RuleMatch& match) const;
  // The path that members get; nothing: as it came.
  std::optional<std::string> rewrittenPath(const RuleSubject& subject,
                                           const RuleMatch& match) const;

 private:
  struct Condition {
    HttpCondition config;
    std::unique_ptr<RE2> regex;                   // for that test
    std::shared_ptr<const DataGroupTable> group;  // likewise
    std::optional<TimeWindow> time;
  };
  // As it says, `not` or not.
  bool agrees(const Condition& condition, const RuleSubject& subject, RuleMatch& match) const {
    RuleMatch nothing;
    if (!condition.config.negated) return holds(condition, subject, match);
    return !holds(condition, subject, nothing);
  }
  bool holds(const Condition& condition, const RuleSubject& subject, RuleMatch& match) const;
  bool textHolds(const Condition& condition, std::string_view text, RuleMatch* match) const;

  HttpRule config_;
  std::vector<std::vector<Condition>> things_;  // of each thing, one condition has to hold
};

// In the order of the virtual.
std::vector<std::shared_ptr<const Rule>> rulesOf(const Config& config, const Virtual& service,
                                                 const DataGroups& groups);

// The edits of a rule, of requests or of responses.
HeaderEdits editsOf(const HttpRule& rule, bool of_response);

}  // namespace sluice::proxy
