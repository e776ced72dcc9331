// SPDX-License-Identifier: Apache-2.0
// Statements about the appliance as a whole.
#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

Statement tunnelSource() {
  Statement row = statement(Block::kTop, "tunnel source <address:address>",
                            "Outer source address of tunnels, one per family.",
                            "the first interface address of the family");
  row.apply = [](StatementContext& context, const Args& args) {
    const auto& address = args.get<IpAddress>("address");
    Leaf<IpAddress>& source =
        address.v6 ? context.config.tunnel_source6 : context.config.tunnel_source4;
    source.value = address;
    source.set = true;
    source.position = context.position;
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const Leaf<IpAddress>* source :
         {&context.config.tunnel_source4, &context.config.tunnel_source6}) {
      if (source->set) all.push_back(Args{{"address", **source}});
    }
    return all;
  };
  row.no_syntax.emplace("tunnel source <address:address>");
  row.remove = [](StatementContext& context, const Args& args) {
    const bool v6 = args.get<IpAddress>("address").v6;
    (v6 ? context.config.tunnel_source6 : context.config.tunnel_source4) = {};
  };
  return row;
}

Statement user() {
  Statement row = statement(
      Block::kTop, "user <user:name> role <role:operator|administrator>",
      "What a user of the host may do at the console: look (`operator`), or everything. The user "
      "that runs the appliance and root may do everything; where users are named, others may only "
      "look.",
      "without any: everything");
  row.apply = [](StatementContext& context, const Args& args) {
    User entry{args.get<std::string>("user"), static_cast<User::Role>(args.number("role")),
               context.position};
    if (!context.define("user " + entry.name)) return;
    auto& users = context.config.users;
    std::erase_if(users, [&](const User& other) { return other.name == entry.name; });
    if (context.hasRoom(users.size())) users.push_back(std::move(entry));
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const User& entry : context.config.users)
      all.push_back(Args{{"user", entry.name}, {"role", static_cast<uint64_t>(entry.role)}});
    return all;
  };
  row.no_syntax.emplace("user <user:name>");
  row.remove = [](StatementContext& context, const Args& args) {
    const auto& name = args.get<std::string>("user");
    if (std::erase_if(context.config.users, [&](const User& o) { return o.name == name; }) == 0)
      context.error(args.column("user"), "there is no user " + quoted(name));
  };
  return row;
}

// The causes as configuration words, in the order of regs::PuntCause from 1 on.
std::string puntCauses() {
  std::string words;
  for (size_t i = 1; i < regs::kPuntCauseCount; ++i) {
    if (i > 1) words += '|';
    words += regs::name(static_cast<regs::PuntCause>(i));
  }
  return words;
}

Statement puntRate() {
  const std::string cause = "<cause:" + puntCauses() + ">";
  Statement row = statement(
      Block::kLimits, "punt-rate " + cause + " <rate:rate> [burst <burst:count>]",
      "Most packets per second sent to the CPU port for a cause; 0 is no limit.",
      "100k for local, 1k for ttl and mtu, 10k for the others; burst: what comes in 100 ms");
  row.apply = [](StatementContext& context, const Args& args) {
    context.object<Limits>().punt_rate[args.number("cause") + 1] = rateFrom(context, args, true);
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    const auto& rates = context.object<Limits>().punt_rate;
    for (size_t i = 1; i < rates.size(); ++i) {
      if (!rates[i]) continue;
      all.push_back(Args{{"cause", uint64_t{i - 1}}});
      addRate(all.back(), *rates[i]);
    }
    return all;
  };
  row.no_syntax.emplace("punt-rate " + cause);
  row.remove = [](StatementContext& context, const Args& args) {
    context.object<Limits>().punt_rate[args.number("cause") + 1].reset();
  };
  return row;
}

Statement limitsBlock() {
  Statement row = statement(Block::kTop, "limits", "What protects the appliance as a whole.");
  row.opens = Block::kLimits;
  row.apply = [](StatementContext&, const Args&) {};
  row.dump = [](const StatementContext& context) {
    return context.config.limits == Limits{} ? std::vector<Args>() : std::vector<Args>(1);
  };
  row.enter = [](StatementContext&, size_t) {};
  row.no_syntax.emplace("limits");
  row.remove = [](StatementContext& context, const Args&) { context.config.limits = Limits{}; };
  return row;
}

}  // namespace

void addSystemStatements(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  add(leaf(Block::kTop, "hostname <hostname:name>", "Name of the appliance.", "sluice",
           &Config::hostname));
  add(leaf(
      Block::kTop, "hash key <key:key>",
      "Key of all hashes of the data plane, 96 bits. Takes effect only when the appliance starts.",
      "5bd1e9951b873593cc9e2d51", &Config::hash_key));
  add(tunnelSource());
  addLoggingStatements(table);
  add(user());

  constexpr Block kL = Block::kLimits;
  add(limitsBlock());
  add(leaf(kL, "half-open <entries:0..1048576>",
           "Most TCP connections without the client's ACK; a new one beyond it replaces one of "
           "them. 0 is no limit.",
           "0", &Limits::half_open));
  add(rateLimit(kL, "source-rate <rate:rate> [burst <burst:count>]",
                "Most packets per second of a source address.", &Limits::source_rate));
  add(rateLimit(kL, "source-connection-rate <rate:rate> [burst <burst:count>]",
                "Most new connections per second of a source address.",
                &Limits::source_connection_rate));
  add(leaf(kL, "fragments <action:drop|punt|forward>",
           "What happens to IP fragments. `forward`: they go to virtuals of the modes dsr, ipip, "
           "gue0 and gue1 with affinity source, to the member that whole packets of their source "
           "go to; others are dropped.",
           "drop", &Limits::fragments));
  add(leaf(kL, "ip-options <action:permit|drop>", "What happens to IPv4 packets with options.",
           "permit", &Limits::ip_options));
  add(puntRate());

  constexpr Block kT = Block::kTimers;
  add(namedBlock(kT, "timers",
                 "A timer profile; up to four, with `default`, which virtuals that name none use.",
                 &Config::timers));
  add(leaf(kT, "half-open <time:duration>", "TCP: SYN seen, no ACK from the client yet.", "3s",
           &Timers::half_open));
  add(leaf(kT, "established <time:duration>", "TCP: the client's ACK seen.", "300s",
           &Timers::established));
  add(leaf(kT, "closing-half <time:duration>", "TCP: FIN from one side seen.", "120s",
           &Timers::closing_half));
  add(leaf(kT, "closing <time:duration>", "TCP: FIN from both sides seen.", "10s",
           &Timers::closing));
  add(leaf(kT, "one-way <time:duration>", "Not TCP: packets from the client only so far.", "30s",
           &Timers::one_way));
  add(leaf(kT, "two-way <time:duration>", "Not TCP: packets both ways.", "120s", &Timers::two_way));
}

}  // namespace sluice
