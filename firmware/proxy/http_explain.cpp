// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http_explain.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "firmware/base/units.h"
#include "firmware/control/config_value.h"
#include "firmware/proxy/http1_head.h"
#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/http_grammar.h"
#include "firmware/proxy/proxy_plan.h"

namespace sluice::proxy {
namespace {

std::string urlOf(const HttpQuery& query) {
  return query.scheme + "://" + query.host + query.target;
}

uint64_t portOf(const HttpQuery& query) {
  const std::string_view rest =
      std::string_view(query.host).substr(hostWithoutPort(query.host).size());
  if (rest.empty()) return query.scheme == "https" ? 443 : 80;
  return parseDecimal(rest.substr(1)).value_or(0);
}

// Virtuals that a request for this URL can have come to. A name may have any address.
bool canBe(const Virtual& service, const HttpQuery& query) {
  const Layer7 wanted = query.scheme == "https" ? Layer7::kHttps : Layer7::kHttp;
  if (service.layer7 != wanted) return false;
  if (!query.virtual_name.empty()) return service.name == query.virtual_name;
  std::string host(hostWithoutPort(query.host));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  return service.destination->port == portOf(query) &&
         (!address || *address == service.destination->prefix.address);
}

Result<const Virtual*> findVirtual(const Config& config, const HttpQuery& query) {
  std::vector<const Virtual*> found;
  for (const Virtual& service : config.virtuals) {
    if (canBe(service, query)) found.push_back(&service);
  }
  if (found.size() == 1) return found[0];
  const std::string mode = "mode " + query.scheme;
  if (found.empty()) {
    return Error{ErrorCode::kNotFound,
                 query.virtual_name.empty()
                     ? "no virtual of " + mode + " has port " + std::to_string(portOf(query))
                     : "there is no virtual " + sluice::quoted(query.virtual_name) + " of " + mode};
  }
  std::vector<std::string> names;
  for (const Virtual* service : found) names.push_back(service->name);
  return Error{ErrorCode::kNotFound,
               "which virtual? " + urlOf(query) + " may be for " + joinOr(names)};
}

std::string requestText(const HttpQuery& query) {
  std::string text =
      query.method + " " + query.target + " HTTP/1.1\r\nHost: " + query.host + "\r\n";
  for (const std::string& header : query.headers) text += header + "\r\n";
  return text + "\r\n";
}

std::string poolText(const HttpRule& rule, const std::string& own) {
  std::string text;
  uint32_t left = 100;
  for (const PoolShare& share : rule.splits) {
    text += std::to_string(share.percent) + " % to pool " + share.pool + ", ";
    left -= share.percent;
  }
  if (left == 0) return text.substr(0, text.size() - 2);
  const std::string& rest = rule.pool.set ? *rule.pool : own;
  return text.empty() ? "to pool " + rest : text + std::to_string(left) + " % to pool " + rest;
}

std::string describe(const RequestLimit& limit) {
  constexpr std::string_view kKeys[] = {"client", "path", "header", "cookie"};
  return std::to_string(limit.requests) + " per " + formatDuration(limit.per.value) + " by " +
         std::string(kKeys[static_cast<size_t>(limit.key)]) +
         (limit.name.empty() ? "" : " " + limit.name);
}

// What the rules that match make of the request, one after another.
class Outcome {
 public:
  Outcome(const Config& config, const Virtual& service, const RuleSubject& subject)
      : config_(config), service_(service), subject_(subject) {}

  void take(const Rule& rule, const RuleMatch& match) {
    const HttpRule& config = rule.config();
    if (config.rate_limit.set) note("at most " + describe(*config.rate_limit) + ", else 429");
    if (config.mirror.set)
      note(std::to_string(config.mirror->percent) + " % copied to pool " + config.mirror->pool);
    if (config.log_tag.set) note("logged as " + *config.log_tag);
    edits_.append(editsOf(config, false));
    if (auto path = rule.rewrittenPath(subject_, match)) path_ = std::move(path);
    if (config.rewrite_host.set) host_ = *config.rewrite_host;
    if (!config.decides()) return;
    if (config.redirect) {
      answer_ = "answered with " + std::to_string(config.redirect->status) + " to " +
                rule.location(subject_, match);
    } else if (config.respond || config.tarpit.set) {
      answer_ = "answered with " + std::to_string(config.respond ? config.respond->status : 403);
    } else {
      pool_ = poolText(config, *service_.pool);
    }
    if (config.tarpit.set) answer_ += " after " + formatDuration(config.tarpit->value);
  }

  void tell(HttpExplained& explained) const {
    explained.notes = notes_;
    explained.outcome = answer_;
    if (!answer_.empty()) return;
    if (service_.layer7 == Layer7::kHttp && service_.https_redirect.set) {
      explained.outcome = "sent to https on port " + std::to_string(*service_.https_redirect);
      return;
    }
    explained.outcome = pool_.empty() ? "to pool " + *service_.pool : pool_;
    if (const Flaw flaw = path_ ? checkPath(*path_) : Flaw::kNone; flaw != Flaw::kNone) {
      explained.outcome = "refused with " + std::to_string(info(flaw).status) +
                          ": the rewritten path would be " + sluice::quoted(*path_);
      return;
    }
    explained.head = head({path_ ? &*path_ : nullptr, host_ ? &*host_ : nullptr, &edits_});
  }

 private:
  void note(std::string text) { notes_.push_back(std::move(text)); }

  std::string head(const RequestChanges& changes) const {
    const HttpProfile* profile = findByName(config_.http_profiles, *service_.http_profile);
    const HttpSettings settings = makeSettings(profile != nullptr ? *profile : HttpProfile{});
    std::string text;
    writeRequestHead(subject_.head(),
                     {settings.forwarded, subject_.client(), service_.layer7 == Layer7::kHttps,
                      service_.destination->port},
                     changes, text);
    return text;
  }

  const Config& config_;
  const Virtual& service_;
  const RuleSubject& subject_;
  std::vector<std::string> notes_;
  HeaderEdits edits_;
  std::optional<std::string> path_, host_;
  std::string answer_, pool_;
};

std::string withoutQuotes(std::string_view text) {
  text = trimBlanks(text);
  for (const char quote : {'\'', '"'}) {
    if (text.size() > 1 && text.front() == quote && text.back() == quote)
      return std::string(text.substr(1, text.size() - 2));
  }
  return std::string(text);
}

// What the query says of its connection, and what is usual.
Result<tls::ConnectionFacts> tlsOf(const HttpQuery& query) {
  tls::ConnectionFacts facts;
  facts.version = "TLSv1.3";
  facts.cipher = "TLS_AES_256_GCM_SHA384";
  facts.server_name = hostWithoutPort(query.host);
  for (const std::string& field : query.tls) {
    const size_t at = std::min(field.find('='), field.size());
    const std::string name = field.substr(0, at),
                      value = field.substr(std::min(at + 1, field.size()));
    if (name == "client-certificate" && (value == "success" || value == "failed")) {
      facts.certified = true;
      if (value == "failed") facts.flaw = tls::HandshakeFailure::kCertificateOther;
    } else if (std::string* text = facts.text(name); text != nullptr) {
      *text = value;
    } else if (name != "client-certificate" || value != "none") {
      constexpr auto& kFields = HttpCondition::kTlsFields;
      const std::vector<std::string> names(kFields.begin(), kFields.end());
      return Error{ErrorCode::kInvalidInput,
                   sluice::quoted(field) + " is no field of TLS; expected FIELD=VALUE with " +
                       joinOr(names) + "; a client-certificate is none, success or failed"};
    }
  }
  return facts;
}

}  // namespace

Result<HttpQuery> parseHttpQuery(const std::string& whole) {
  HttpQuery query;
  const std::pair<std::string_view, std::vector<std::string>*> options[] = {
      {" -H ", &query.headers}, {" --tls ", &query.tls}};
  // Where the next option begins, and which it is.
  const auto next = [&](size_t from) {
    std::pair<size_t, size_t> found{std::string::npos, 0};
    for (size_t i = 0; i < std::size(options); ++i)
      found = std::min(found, {whole.find(options[i].first, from), i});
    return found;
  };
  auto [end, which] = next(0);
  const std::string text = withoutQuotes(whole.substr(0, end));
  while (end != std::string::npos) {
    const auto& [word, values] = options[which];
    const size_t begin = end + word.size();
    std::tie(end, which) = next(begin);
    values->push_back(withoutQuotes(whole.substr(begin, end - begin)));
  }
  std::string url = text;
  if (const size_t blank = text.find(' '); blank != std::string::npos) {
    query.method = text.substr(0, blank);
    url = text.substr(blank + 1);
  }
  const size_t at = url.find("://");
  query.scheme = url.substr(0, at == std::string::npos ? 0 : at);
  if (query.scheme != "http" && query.scheme != "https") {
    return Error{
        ErrorCode::kInvalidInput,
        sluice::quoted(text) + " is no request; expected [METHOD] http[s]://HOST[:PORT]/PATH"};
  }
  const std::string rest = url.substr(at + 3);
  const size_t path = std::min(rest.find_first_of("/?"), rest.size());
  query.host = rest.substr(0, path);
  query.target = rest.substr(path);
  if (!query.target.starts_with('/')) query.target.insert(0, "/");
  return query;
}

Result<HttpExplained> explainHttp(const Config& config, const HttpQuery& query,
                                  const DataGroups& groups) {
  const auto service = findVirtual(config, query);
  if (!service) return service.error();
  HttpExplained explained;
  explained.request = query.method + " " + urlOf(query);
  explained.virtual_name = (*service)->name;
  const std::string text = requestText(query);
  RequestHead head;
  const Flaw flaw = parseRequestHead(text, {}, head);
  if (flaw != Flaw::kNone) {
    explained.refused = std::string(info(flaw).name) + ": " + std::string(info(flaw).sentence);
    explained.outcome = "refused with " + std::to_string(info(flaw).status);
    return explained;
  }
  const bool encrypted = (*service)->layer7 == Layer7::kHttps;
  const auto facts = tlsOf(query);
  if (!facts) return facts.error();
  if (!encrypted && !query.tls.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 "virtual " + sluice::quoted((*service)->name) + " has no TLS, but --tls is given"};
  }
  const RuleSubject subject(head, {.client = query.client, .tls = encrypted ? &*facts : nullptr});
  Outcome outcome(config, **service, subject);
  const bool redirects = (*service)->layer7 == Layer7::kHttp && (*service)->https_redirect.set;
  const bool all = *(*service)->rule_mode == Virtual::RuleMode::kAll;
  std::vector<std::shared_ptr<const Rule>> rules;
  if (!redirects) rules = rulesOf(config, **service, groups);
  for (const auto& rule : rules) {
    RuleMatch match;
    const std::string problem = rule->problem(subject, match);
    explained.rules.push_back({rule->config().name, problem, problem.empty()});
    if (!problem.empty()) continue;
    outcome.take(*rule, match);
    if (!all || rule->config().decides()) break;
  }
  outcome.tell(explained);
  return explained;
}

std::string toText(const HttpExplained& explained) {
  std::string text = explained.request + "\n  virtual " + explained.virtual_name + "\n";
  if (!explained.refused.empty()) text += "  " + explained.refused + "\n";
  for (const HttpExplained::OfRule& rule : explained.rules)
    text += "  http-rule " + rule.name + ": " + (rule.matches ? "matches" : rule.reason) + "\n";
  for (const std::string& note : explained.notes) text += "  " + note + "\n";
  text += "  => " + explained.outcome + "\n";
  if (explained.head.empty()) return text;
  text += "  the member gets:\n";
  for (size_t at = 0, end; (end = explained.head.find("\r\n", at)) > at; at = end + 2)
    text += "    " + explained.head.substr(at, end - at) + "\n";
  return text;
}

nlohmann::ordered_json toJson(const HttpExplained& explained) {
  auto rules = nlohmann::ordered_json::array();
  for (const HttpExplained::OfRule& rule : explained.rules)
    rules.push_back({{"rule", rule.name}, {"matches", rule.matches}, {"reason", rule.reason}});
  return {{"request", explained.request}, {"virtual", explained.virtual_name},
          {"refused", explained.refused}, {"rules", rules},
          {"notes", explained.notes},     {"outcome", explained.outcome},
          {"head", explained.head}};
}

}  // namespace sluice::proxy
