// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry: http-rules, from any statements and any request to what members and clients get.
//
// The bytes are lines of an http-rule (and, before them, of a data-group), an empty line, and the
// head of a request. Whatever they are: explaining and matching agree, a rewritten path that is not
// refused can stand in a request line, and a location in a header.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/control/config_check.h"
#include "firmware/control/config_text.h"
#include "firmware/proxy/http_grammar.h"
#include "firmware/proxy/rules.h"
#include "testbenches/fuzz/require.h"

namespace {

namespace proxy = sluice::proxy;

bool isOneLine(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void tryRule(const sluice::Config& config, const proxy::RequestHead& head, std::string_view body) {
  const proxy::Rule rule(config.http_rules[0], proxy::makeGroups(config));
  const proxy::RuleSubject subject(head, {sluice::IpAddress(), body, 0});
  proxy::RuleMatch match, again;
  const bool matches = rule.matches(subject, match);
  require(matches == rule.problem(subject, again).empty(), "matching and explaining disagree");
  if (!matches) return;
  if (rule.config().redirect)
    require(isOneLine(rule.location(subject, match)), "a location has several lines");
  const auto path = rule.rewrittenPath(subject, match);
  if (!path || proxy::checkPath(*path) != proxy::Flaw::kNone) return;
  proxy::RequestHead sent;
  const std::string text = "GET " + *path + " HTTP/1.1\r\nHost: a\r\n\r\n";
  require(path->empty() ||
              proxy::parseRequestHead(text, {65'536, 65'536, 100}, sent) == proxy::Flaw::kNone,
          "a rewritten path makes no request");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t end = bytes.find("\n\n");
  if (end == std::string_view::npos) return 0;
  const std::string text =
      "data-group g\n text one\n prefix /a\n network 10.0.0.0/8\n"
      "pool p\n member 10.0.0.1:80\nhttp-rule r\n" +
      std::string(bytes.substr(0, end + 1)) +
      "virtual v\n destination 192.0.2.1:80\n mode http\n pool p\n http-rule r\n";
  const sluice::ConfigParse parse = sluice::parseConfig(text);
  if (!parse.ok() || parse.config.http_rules.empty()) return 0;
  for (const sluice::Diagnostic& one : sluice::checkConfig(parse.config)) {
    if (one.severity == sluice::Severity::kError) return 0;
  }
  const std::string_view request = bytes.substr(end + 2);
  const size_t body = request.find("\r\n\r\n");
  if (body == std::string_view::npos) return 0;
  proxy::RequestHead head;
  if (proxy::parseRequestHead(request.substr(0, body + 4), {}, head) != proxy::Flaw::kNone)
    return 0;
  tryRule(parse.config, head, request.substr(body + 4));
  return 0;
}
