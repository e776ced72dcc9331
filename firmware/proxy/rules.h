// SPDX-License-Identifier: Apache-2.0
// The http-rules of a virtual, ready to be asked: which of them is the first that a request meets,
// and why the others are not.
//
// Of conditions about the same thing one has to hold, of things all. Regular expressions are RE2's:
// their time is linear in the text.
#pragma once

#include <re2/re2.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/control/config.h"
#include "firmware/proxy/header_edits.h"
#include "firmware/proxy/http1_head.h"

namespace sluice::proxy {

// Values of the cookies of that name.
std::vector<std::string> cookiesOf(const RequestHead& head, std::string_view name);

// A request as rules look at it.
class RuleSubject {
 public:
  RuleSubject(const RequestHead& head, const IpAddress& client);

  const RequestHead& head() const { return head_; }
  const IpAddress& client() const { return client_; }
  const std::string& host() const { return host_; }  // lower case, without a port
  const std::string& path() const { return path_; }  // normalized
  // Every value of that name.
  std::vector<std::string> headers(std::string_view name) const;
  std::vector<std::string> cookies(std::string_view name) const;
  std::vector<std::string> parameters(std::string_view name) const;  // of the query

 private:
  const RequestHead& head_;
  const IpAddress& client_;
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
  explicit Rule(const HttpRule& config);

  const HttpRule& config() const { return config_; }
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
    std::unique_ptr<RE2> regex;  // for that test
  };
  bool holds(const Condition& condition, const RuleSubject& subject, RuleMatch& match) const;
  bool textHolds(const Condition& condition, const std::string& text, RuleMatch* match) const;

  HttpRule config_;
  std::vector<std::vector<Condition>> things_;  // of each thing, one condition has to hold
};

// In the order of the virtual.
std::vector<std::shared_ptr<const Rule>> rulesOf(const Config& config, const Virtual& service);

// The edits of a rule, of requests or of responses.
HeaderEdits editsOf(const HttpRule& rule, bool of_response);

}  // namespace sluice::proxy
