// SPDX-License-Identifier: Apache-2.0
// Statements about what is served: pools, source pools, virtuals.
#include <algorithm>

#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

// Words of <admin:drain|disable>.
constexpr AdminState kAdminWords[] = {AdminState::kDrain, AdminState::kDown};

Statement poolMember() {
  Statement row = statement(
      Block::kPool,
      "member <endpoint:endpoint> [ratio <ratio:1..255>] [limit <limit:0..1048575>]"
      " [priority <priority:0..255>] [monitor <monitor:name>] [<admin:drain|disable>]",
      "A server. `ratio` is its weight, `limit` the most connections it gets. Of the groups of "
      "equal `priority` the highest serves (`min-active`). `monitor` is probed in place of the "
      "pool's; `none`: it is not probed. `drain`: no new connections; `disable`: no packets. Port "
      "`any` keeps the packet's port.",
      "ratio 1, no limit");
  row.apply = [](StatementContext& context, const Args& args) {
    Pool& pool = context.object<Pool>();
    Member member;
    member.endpoint = args.get<Endpoint>("endpoint");
    member.ratio = args.number("ratio", 1);
    member.ratio_set = args.has("ratio");
    member.limit = args.number("limit");
    member.priority = args.number("priority");
    if (args.has("monitor")) member.monitor = args.get<std::string>("monitor");
    if (args.has("admin")) member.admin = kAdminWords[args.number("admin")];
    member.position = context.position;
    if (!context.define("member " + member.endpoint.toString() + " of pool '" + pool.name + "'"))
      return;
    const auto same = [&](const Member& other) { return other.endpoint == member.endpoint; };
    const auto old = std::find_if(pool.members.begin(), pool.members.end(), same);
    if (old != pool.members.end()) {
      *old = member;
    } else if (context.hasRoom(pool.members.size())) {
      pool.members.push_back(member);
    }
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const Member& member : context.object<Pool>().members) {
      all.push_back(Args{{"endpoint", member.endpoint}});
      if (member.ratio_set || member.ratio != 1) all.back().add("ratio", uint64_t{member.ratio});
      if (member.limit != 0) all.back().add("limit", uint64_t{member.limit});
      if (member.priority != 0) all.back().add("priority", uint64_t{member.priority});
      if (member.monitor) all.back().add("monitor", *member.monitor);
      if (member.admin != AdminState::kUp)
        all.back().add("admin", uint64_t{member.admin == AdminState::kDown});
    }
    return all;
  };
  row.no_syntax.emplace("member <endpoint:endpoint>");
  row.remove = [](StatementContext& context, const Args& args) {
    const auto& endpoint = args.get<Endpoint>("endpoint");
    auto& members = context.object<Pool>().members;
    if (std::erase_if(members, [&](const Member& member) { return member.endpoint == endpoint; }) ==
        0) {
      context.error(args.column("endpoint"), "there is no member " + endpoint.toString());
    }
  };
  return row;
}

Statement destination() {
  Statement row = statement(
      Block::kVirtual, "destination <destination:destination> [protocol <protocol:protocol>]",
      "What clients send to: an address or a prefix, a port or any.", "protocol tcp");
  row.apply = [](StatementContext& context, const Args& args) {
    Virtual& target = context.object<Virtual>();
    target.destination.value = args.get<Destination>("destination");
    target.destination.set = true;
    target.destination.position = context.position;
    target.protocol = {};
    if (args.has("protocol")) {
      target.protocol.value = args.get<Protocol>("protocol");
      target.protocol.set = true;
    }
  };
  row.dump = [](const StatementContext& context) -> std::vector<Args> {
    const Virtual& source = context.object<Virtual>();
    if (!source.destination.set) return {};
    Args args{{"destination", *source.destination}};
    if (source.protocol.set) args.add("protocol", *source.protocol);
    return {args};
  };
  row.no_syntax.emplace("");
  row.remove = [](StatementContext& context, const Args&) {
    context.object<Virtual>().destination = {};
    context.object<Virtual>().protocol = {};
  };
  return row;
}

// Words of <mode:...>: those of the data plane, then those of firmware.
constexpr uint64_t kFirstLayer7Word = regs::kVirtualModeCount;

Statement mode() {
  Statement row = statement(
      Block::kVirtual, "mode <mode:nat|dsr|ipip|gue0|gue1|local|fullnat|http|https|tls>",
      "How packets reach the member: with the destination rewritten, by MAC address only "
      "(direct server return), in an IP or GUE tunnel; `local` sends them to the CPU port; with "
      "`fullnat` the source is rewritten, too, so that answers come back whatever the members' "
      "routes are (`snat-pool`); with `http` firmware takes requests and sends them on, on "
      "connections of its own; with `https` it decrypts them first; with `tls` it passes "
      "connections on unopened, by the host that they are for.",
      "nat");
  row.apply = [](StatementContext& context, const Args& args) {
    Virtual& target = context.object<Virtual>();
    const uint64_t word = args.get<uint64_t>("mode");
    const bool proxied = word >= kFirstLayer7Word;
    target.layer7 = proxied ? static_cast<Layer7>(word - kFirstLayer7Word + 1) : Layer7::kNone;
    target.mode.assign(proxied ? regs::VirtualMode::kLocal : static_cast<regs::VirtualMode>(word));
    target.mode.position = context.position;
  };
  row.dump = [](const StatementContext& context) -> std::vector<Args> {
    const Virtual& source = context.object<Virtual>();
    if (!source.mode.set) return {};
    const uint64_t word = source.layer7 == Layer7::kNone
                              ? static_cast<uint64_t>(*source.mode)
                              : kFirstLayer7Word + static_cast<uint64_t>(source.layer7) - 1;
    return {Args{{"mode", word}}};
  };
  row.no_syntax.emplace("");
  row.remove = [](StatementContext& context, const Args&) {
    context.object<Virtual>().mode = Virtual{}.mode;
    context.object<Virtual>().layer7 = Layer7::kNone;
  };
  return row;
}

Statement monitorRule() {
  Statement row = statement(
      Block::kPool, "monitor-rule <rule:all|any|at-least> [<count:1..16>]",
      "Which of its monitors must find a member good; `at-least` takes their number.", "all");
  row.apply = [](StatementContext& context, const Args& args) {
    MonitorRule rule{static_cast<MonitorRule::Kind>(args.number("rule")), args.number("count")};
    if ((rule.kind == MonitorRule::Kind::kAtLeast) != args.has("count")) {
      return context.error(args.column("rule"),
                           "`at-least` needs a number and the others take none; expected all, any "
                           "or at-least N");
    }
    context.object<Pool>().monitor_rule.assign(rule);
    context.object<Pool>().monitor_rule.position = context.position;
  };
  row.dump = [](const StatementContext& context) -> std::vector<Args> {
    const Leaf<MonitorRule>& rule = context.object<Pool>().monitor_rule;
    if (!rule.set) return {};
    Args args{{"rule", static_cast<uint64_t>(rule->kind)}};
    if (rule->kind == MonitorRule::Kind::kAtLeast) args.add("count", uint64_t{rule->count});
    return {args};
  };
  row.no_syntax.emplace("");
  row.remove = [](StatementContext& context, const Args&) {
    context.object<Pool>().monitor_rule = {};
  };
  return row;
}

Statement passive() {
  Statement row = statement(
      Block::kPool,
      "passive fails <fails:1..1000> in <within:duration> [hold <hold:duration>]"
      " [then <action:down|fall>]",
      "A member that resets this many new TCP connections within that time, or does not answer "
      "them, and serves none, is down for as long as `hold` and until its monitors find it good; "
      "with `fall` that counts as one bad probe of each of its monitors. Modes other than nat and "
      "fullnat show "
      "nothing of it.",
      "hold 30s then down");
  row.apply = [](StatementContext& context, const Args& args) {
    PassiveRule rule;
    rule.fails = args.number("fails");
    rule.within = args.get<Quantity>("within");
    if (args.has("hold")) rule.hold = args.get<Quantity>("hold");
    rule.then = static_cast<PassiveRule::Then>(args.number("action"));
    context.object<Pool>().passive.assign(rule);
    context.object<Pool>().passive.position = context.position;
  };
  row.dump = [](const StatementContext& context) -> std::vector<Args> {
    const Leaf<PassiveRule>& rule = context.object<Pool>().passive;
    if (!rule.set) return {};
    Args args{{"fails", uint64_t{rule->fails}}, {"within", rule->within}};
    if (rule->hold != PassiveRule().hold) args.add("hold", rule->hold);
    if (rule->then != PassiveRule().then) args.add("action", static_cast<uint64_t>(rule->then));
    return {args};
  };
  row.no_syntax.emplace("");
  row.remove = [](StatementContext& context, const Args&) { context.object<Pool>().passive = {}; };
  return row;
}

void addPoolStatements(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  constexpr Block kP = Block::kPool;
  add(namedBlock(kP, "pool", "Servers that share the load.", &Config::pools));
  add(leaf(kP,
           "algorithm <algorithm:maglev|least-connections|source-hash|rendezvous|modulo|"
           "round-robin|random-2>",
           "How a member is chosen: by consistent hash, by the fewer connections of two "
           "candidates, by consistent hash of the source address, by rendezvous hash (moves the "
           "fewest slots, shares less even), or by hash modulo members (moves nearly all slots). "
           "`round-robin`: the ring has the members in turn, by their weights, and a hash chooses "
           "the turn. `random-2`: the fewer connections of two turns of that ring.",
           "maglev", &Pool::algorithm));
  add(leaf(kP, "affinity <affinity:tuple|source|source-port>",
           "What is hashed: addresses and ports, the source address, or source address and port.",
           "tuple; source with source-hash", &Pool::affinity));
  add(leaf(kP, "ring-size <slots:prime>", "Slots of the dispatch ring.",
           "smallest of 251, 1021, 4093, 16381 and 65537 with 100 slots per member and ratio",
           &Pool::ring_size));
  add(references(kP, "monitor <monitor:name>",
                 "A monitor that probes the members; there may be several (`monitor-rule`).",
                 "pool", &Pool::monitors));
  add(monitorRule());
  add(passive());
  add(leaf(kP, "on-down <action:close|drain>",
           "Connections of a member that monitors find down: what `on-down` of their virtual says, "
           "or they stay with it.",
           "close", &Pool::on_down));
  add(leaf(kP, "min-active <members:1..4095>",
           "With fewer members in service, those of the next lower priority serve, too.", "1",
           &Pool::min_active));
  add(leaf(kP, "backup-pool <pool:name>", "Serves while no member of this pool can.", "",
           &Pool::backup_pool));
  add(flag(kP, "fail-open",
           "If monitors find every member down, and there is no backup pool that can serve: all "
           "serve.",
           &Pool::fail_open));
  add(leaf(kP, "slow-start <time:duration>",
           "A member that comes up gets its full share of new connections after this time.",
           "at once", &Pool::slow_start));
  add(leaf(kP, "shutdown-timeout <time:duration>",
           "Connections that a drained member still has after this time are closed.", "never",
           &Pool::shutdown_timeout));
  add(leaf(kP, "weight-by <measure:ratio|response-time>",
           "Weights: `ratio` of the members, or that times the speed of their answers to probes.",
           "ratio", &Pool::weight_by));
  add(leaf(kP, "server-tls-profile <profile:name>",
           "With virtuals of mode http and https: connections to members are encrypted.",
           "in the clear", &Pool::server_tls));
  add(leaf(kP, "protocol <protocol:http1|http2>",
           "With virtuals of mode http and https: how members are spoken to, by HTTP/1.1 or by "
           "HTTP/2 (agreed in the handshake with server-tls-profile, else by prior knowledge). "
           "gRPC needs http2.",
           "http1", &Pool::version));
  addBalanceStatements(table);
  add(poolMember());
}

Statement sourceAddress() {
  Statement row = statement(Block::kSnatPool, "address <address:address>",
                            "An address, with the 16384 ports from 49152 on; all pools together "
                            "may have 8. It must be no interface's, virtual's or member's.");
  row.apply = [](StatementContext& context, const Args& args) {
    const auto& address = args.get<IpAddress>("address");
    SourcePool& pool = context.object<SourcePool>();
    if (!context.define("address " + address.toString() + " of snat-pool '" + pool.name + "'"))
      return;
    std::erase_if(pool.addresses, [&](const auto& other) { return other.address == address; });
    if (context.hasRoom(pool.addresses.size()))
      pool.addresses.push_back({address, context.position});
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const auto& entry : context.object<SourcePool>().addresses)
      all.push_back(Args{{"address", entry.address}});
    return all;
  };
  row.no_syntax.emplace("address <address:address>");
  row.remove = [](StatementContext& context, const Args& args) {
    const auto& address = args.get<IpAddress>("address");
    if (std::erase_if(context.object<SourcePool>().addresses,
                      [&](const auto& other) { return other.address == address; }) == 0) {
      context.error(args.column("address"), "there is no address " + address.toString());
    }
  };
  return row;
}

void addSourcePoolStatements(std::vector<Statement>& table) {
  table.push_back(namedBlock(Block::kSnatPool, "snat-pool",
                             "Addresses that mode fullnat puts in the place of clients'.",
                             &Config::snat_pools));
  table.push_back(sourceAddress());
}

void addVirtualStatements(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  constexpr Block kV = Block::kVirtual;
  add(namedBlock(kV, "virtual", "A service that clients see.", &Config::virtuals));
  add(destination());
  add(mode());
  add(leaf(kV, "pool <pool:name>", "Who serves it. Not with mode local.", "", &Virtual::pool));
  add(leaf(kV, "snat-pool <pool:name>", "With mode fullnat: whence sources come.", "",
           &Virtual::snat_pool));
  add(leaf(kV, "http-profile <profile:name>", "With mode http or https: limits and timeouts.",
           "default", &Virtual::http_profile));
  add(leaf(kV, "tls-profile <profile:name>", "With mode https: certificates and policy.", "",
           &Virtual::tls_profile));
  add(references(kV, "http-rule <rule:name>",
                 "With mode http or https: a rule for some of the requests; there may be several.",
                 "virtual", &Virtual::rules));
  add(leaf(kV, "rule-mode <mode:first|all>",
           "Of the http-rules that match, the first counts; or all do, up to the first that says "
           "who answers.",
           "first", &Virtual::rule_mode));
  add(leaf(kV, "https-redirect <port:1..65535>",
           "With mode http: no request goes to a member, clients are sent to https on this port.",
           "no redirect", &Virtual::https_redirect));
  addRelayStatements(table);
  add(leaf(kV, "timers <timers:name>", "Timer profile.", "default", &Virtual::timers));
  add(leaf(kV, "on-down <action:reselect|drop|reset>",
           "What happens to connections whose member goes down or is removed: they are dispatched "
           "again, or dropped, or clients are sent a reset. `reset` needs a front port that no "
           "interface uses; connections of members that are removed are dropped.",
           "reselect", &Virtual::on_down));
  add(leaf(kV, "connection-limit <connections:0..1048575>",
           "Most connections at a time; 0 is no limit.", "0", &Virtual::connection_limit));
  add(leaf(
      kV, "half-open-limit <entries:0..1048575>",
      "Most TCP connections without the client's ACK; a new one beyond it replaces one of them. "
      "0 is no limit.",
      "0", &Virtual::half_open_limit));
  add(rateLimit(kV, "rate-limit packets <rate:rate> [burst <burst:count>]",
                "Most packets per second.", &Virtual::packet_rate));
  add(rateLimit(kV, "rate-limit bandwidth <rate:bandwidth> [burst <burst:count>]",
                "Most bits per second; the burst is in bytes.", &Virtual::bandwidth));
  add(rateLimit(kV, "rate-limit connections <rate:rate> [burst <burst:count>]",
                "Most new connections per second.", &Virtual::connection_rate));
  add(flag(kV, "loose-initiation", "Pick up TCP connections in the middle.", &Virtual::loose));
  add(leaf(
      kV, "ingress-interface <interface:name>",
      "Only packets that come in by this interface's port; for a destination that is a prefix. "
      "A prefix that holds clients or members must not take the answers to them.",
      "any", &Virtual::interface));
  add(flag(kV, "shutdown", "Take the virtual out of service.", &Virtual::shutdown));
}

}  // namespace

void addServiceStatements(std::vector<Statement>& table) {
  addPoolStatements(table);
  addSourcePoolStatements(table);
  addVirtualStatements(table);
}

}  // namespace sluice
