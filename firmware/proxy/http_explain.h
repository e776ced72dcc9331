// SPDX-License-Identifier: Apache-2.0
// What would become of one HTTP request, and why: by the configuration alone.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/config.h"
#include "firmware/proxy/data_group.h"

namespace sluice::proxy {

struct HttpQuery {
  std::string method = "GET", scheme, host, target;  // host: perhaps with a port
  std::vector<std::string> headers;                  // "Name: value"
  std::vector<std::string> tls;                      // "field=value", of conditions about TLS
  IpAddress client;
  std::string virtual_name;  // empty: the only one that the URL can mean
};

// "GET https://shop.example/api/x" or the URL alone; then perhaps headers, each as -H 'Name:
// value', and fields of TLS as --tls FIELD=VALUE, with or without quotes. kInvalidInput says what
// is wrong.
Result<HttpQuery> parseHttpQuery(const std::string& text);

struct HttpExplained {
  struct OfRule {
    std::string name, reason;
    bool matches = false;
  };
  std::string request;             // method and URL
  std::string virtual_name;        // that it is for
  std::string refused;             // why, if it is no request that anyone should get
  std::vector<OfRule> rules;       // up to the one that decides
  std::vector<std::string> notes;  // what they do beside that
  std::string outcome;             // a sentence
  std::string head;                // what a member gets; empty: none gets anything
};

// kNotFound: no virtual fits, or several do. kInvalidInput: a field of TLS is not there.
// Fields that the query leaves open are those of TLS 1.3, the host as server-name, and no
// certificate.
// `groups`: as makeGroups() has them.
Result<HttpExplained> explainHttp(const Config& config, const HttpQuery& query,
                                  const DataGroups& groups);

std::string toText(const HttpExplained& explained);
nlohmann::ordered_json toJson(const HttpExplained& explained);

}  // namespace sluice::proxy
