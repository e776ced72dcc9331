// SPDX-License-Identifier: Apache-2.0
// Statements about what firmware terminates: HTTP.
#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

// persist KIND [v4 LENGTH] [v6 LENGTH] [NAME]
Statement persist() {
  return valuesLeaf<HttpProfile, Persistence>(
      Block::kHttpProfile,
      "persist <by:server-cookie|rewrite-cookie|header|source|tls-session> "
      "[v4 <v4:1..32>] [v6 <v6:1..128>] [<name:name>]",
      "Clients come back to their member: by a cookie that servers set themselves, by such a "
      "cookie with our word in front of its value, by a header of their requests, by their "
      "address, of which v4 and v6 say how many bits count, or, with mode tls, by the TLS session "
      "that they resume.",
      "none; v4 32 v6 128", &HttpProfile::persist,
      [](const Args& args) {
        return Persistence{static_cast<Persistence::By>(args.number("by")),
                           args.has("name") ? args.get<std::string>("name") : "",
                           args.number("v4", 32), args.number("v6", 128)};
      },
      [](const Persistence& one) {
        Args args{{"by", static_cast<uint64_t>(one.by)}};
        if (!one.name.empty()) args.add("name", one.name);
        if (one.v4_length != 32) args.add("v4", uint64_t{one.v4_length});
        if (one.v6_length != 128) args.add("v6", uint64_t{one.v6_length});
        return args;
      });
}

}  // namespace

void addProxyStatements(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  constexpr Block kH = Block::kHttpProfile;
  add(namedBlock(
      kH, "http-profile",
      "How HTTP is spoken with the clients and servers of virtuals of mode http or https; "
      "`default` is for those that name none.",
      &Config::http_profiles));
  add(leaf(kH, "max-head <bytes:1024..65536>", "Largest request line with headers, bytes.", "16384",
           &HttpProfile::max_head));
  add(leaf(kH, "max-headers <headers:8..1000>", "Most headers of a request.", "100",
           &HttpProfile::max_headers));
  add(leaf(kH, "max-body <bytes:count>", "Largest body of a request, bytes; 0 is no limit.", "0",
           &HttpProfile::max_body));
  add(leaf(kH, "idle-timeout <time:duration>",
           "How long a client's connection may wait for the next request.", "60s",
           &HttpProfile::idle_timeout));
  add(leaf(kH, "header-timeout <time:duration>",
           "How long a client may take for the head of a request.", "10s",
           &HttpProfile::header_timeout));
  add(leaf(kH, "body-timeout <time:duration>",
           "How long a client may take to send each KiB of a body, or to take some of a response.",
           "30s", &HttpProfile::body_timeout));
  add(leaf(kH, "connect-timeout <time:duration>",
           "How long a member may take to accept a connection.", "3s",
           &HttpProfile::connect_timeout));
  add(leaf(kH, "response-timeout <time:duration>",
           "How long a member may take for a response, and between pieces of it.", "60s",
           &HttpProfile::response_timeout));
  add(leaf(kH, "tunnel-timeout <time:duration>",
           "How long a connection whose bytes are passed on unread may be silent both ways.", "1h",
           &HttpProfile::tunnel_timeout));
  add(leaf(kH, "http2 <offer:off|on>", "Whether clients of mode https are offered HTTP/2.", "on",
           &HttpProfile::http2));
  add(leaf(kH, "http2-cleartext <offer:off|on>",
           "Whether clients of mode http may begin with HTTP/2 (prior knowledge).", "off",
           &HttpProfile::http2_cleartext));
  add(leaf(kH, "http2-streams <streams:1..1000>",
           "Most requests at a time on a connection of HTTP/2.", "100",
           &HttpProfile::http2_streams));
  add(leaf(kH, "http2-resets <resets:10..100000>",
           "Most requests that a client may cancel on a connection of HTTP/2 in 10 s; then the "
           "connection is closed.",
           "200", &HttpProfile::http2_resets));
  add(leaf(kH, "websocket <policy:off|on>",
           "Whether clients may change to WebSocket, if the member agrees.", "on",
           &HttpProfile::websocket));
  add(leaf(kH, "forwarded <policy:append|replace|off>",
           "What members learn about the client in X-Forwarded-For, -Proto, -Host, -Port and "
           "Forwarded: it is added to what the client sent, replaces it, or is not said.",
           "append", &HttpProfile::forwarded));
  add(leaf(kH, "retries <retries:0..9>",
           "How often a request is tried again if nothing can have come of it.", "3",
           &HttpProfile::retries));
  add(leaf(kH, "retry-budget <percent:0..100>",
           "Most requests that are tried again, in percent of all; 10 are allowed in any case.",
           "20", &HttpProfile::retry_budget));
  add(leaf(kH, "sorry-page <file:text>",
           "HTML file that clients get, with status 503, when no member can serve them.",
           "a sentence", &HttpProfile::sorry_page));
  add(leaf(
      kH, "cookie <name:name>",
      "Clients come back to their member by a cookie, whose name begins like this. The appliance "
      "adds it to responses, and takes it from requests.",
      "none", &HttpProfile::cookie));
  add(leaf(kH, "cookie-time <time:duration>",
           "How long browsers keep the cookie; 0s is until they are closed.", "0s",
           &HttpProfile::cookie_time));
  add(persist());
  add(leaf(kH, "persist-time <time:duration>",
           "How long a client is known after its last request, with `persist`.", "30m",
           &HttpProfile::persist_time));
  add(leaf(kH, "inspect-body <bytes:1..65536>",
           "How much of a request's body `body` conditions look at, bytes; so much is held.",
           "8192", &HttpProfile::inspect_body));
  add(leaf(kH, "inspect-excess <policy:pass|refuse>",
           "A body that is longer: its beginning is looked at, or the client gets 413.", "pass",
           &HttpProfile::inspect_excess));
  add(leaf(kH, "tarpit-limit <requests:0..65535>",
           "Most requests that `tarpit` holds up at a time; others are answered at once.", "256",
           &HttpProfile::tarpit_limit));
  add(leaf(kH, "access-log <file:text>", "File that gets a line for each request.", "none",
           &HttpProfile::access_log));
  add(leaf(kH, "access-log-format <format:json|common>",
           "As JSON, or in the combined format with fields behind (docs/l7.md).", "json",
           &HttpProfile::access_log_format));
}

}  // namespace sluice
