// SPDX-License-Identifier: Apache-2.0
// The access list: ordered rules, the first that matches decides.
#include <algorithm>

#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

void applyRule(StatementContext& context, const Args& args) {
  auto& acl = context.config.acl;
  AclRule rule;
  rule.action = args.get<AclVerdict>("action").action;
  rule.position = context.position;
  rule.sequence = args.number("seq", acl.empty() ? 10 : acl.back().sequence + 10);
  if (rule.action == regs::AclAction::kPolice) {
    rule.police =
        rateFrom(context, args.column("action"), args.get<AclVerdict>("action").rate, args);
  } else if (args.has("burst")) {
    context.error(args.column("burst"), "burst belongs to police RATE");
  }
  if (args.has("protocol")) rule.protocol = args.get<AclProtocol>("protocol");
  rule.source = args.get<AclSelector>("source");
  rule.destination = args.get<AclSelector>("destination");
  if (args.has("source-port")) rule.source_port = args.get<PortRange>("source-port");
  if (args.has("destination-port")) rule.destination_port = args.get<PortRange>("destination-port");
  if (args.has("interface")) rule.interface = args.get<std::string>("interface");
  if (!context.define("access-list entry " + std::to_string(rule.sequence))) return;
  const auto at =
      std::lower_bound(acl.begin(), acl.end(), rule.sequence,
                       [](const AclRule& other, uint32_t seq) { return other.sequence < seq; });
  if (at != acl.end() && at->sequence == rule.sequence) {
    *at = std::move(rule);
  } else {
    acl.insert(at, std::move(rule));
  }
}

Args dumpRule(const AclRule& rule) {
  Args args{{"seq", uint64_t{rule.sequence}},
            {"action", AclVerdict{rule.action, rule.police.rate}},
            {"source", rule.source},
            {"destination", rule.destination}};
  if (rule.police.burst) args.add("burst", *rule.police.burst);
  if (rule.protocol) args.add("protocol", *rule.protocol);
  if (rule.source_port) args.add("source-port", *rule.source_port);
  if (rule.destination_port) args.add("destination-port", *rule.destination_port);
  if (rule.interface) args.add("interface", *rule.interface);
  return args;
}

Statement aclBlock() {
  Statement row =
      statement(Block::kTop, "access-list",
                "Rules for packets as they arrive, by sequence; the first that matches decides. "
                "What no rule matches is permitted.");
  row.opens = Block::kAcl;
  row.apply = [](StatementContext&, const Args&) {};
  row.dump = [](const StatementContext& context) {
    return context.config.acl.empty() ? std::vector<Args>() : std::vector<Args>(1);
  };
  row.enter = [](StatementContext&, size_t) {};
  row.no_syntax.emplace("access-list");
  row.remove = [](StatementContext& context, const Args&) { context.config.acl.clear(); };
  return row;
}

Statement ruleStatement() {
  Statement row = statement(
      Block::kAcl,
      "[<seq:1..65535>] <action:acl-action> [burst <burst:count>] [<protocol:acl-protocol>]"
      " from <source:selector> [port <source-port:ports>]"
      " to <destination:selector> [port <destination-port:ports>] [interface <interface:name>]",
      "Let a packet go on, drop it (reason acl_deny), send it to the CPU port (cause acl), or let "
      "so many per "
      "second go on and drop the others (reason acl_police).",
      "sequence: 10 after the last; no protocol: any IP packet; burst: what comes in 100 ms");
  row.apply = applyRule;
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const AclRule& rule : context.config.acl) all.push_back(dumpRule(rule));
    return all;
  };
  row.no_syntax.emplace("<seq:1..65535>");
  row.remove = [](StatementContext& context, const Args& args) {
    const uint32_t sequence = args.number("seq");
    if (std::erase_if(context.config.acl,
                      [&](const AclRule& rule) { return rule.sequence == sequence; }) == 0) {
      context.error(args.column("seq"),
                    "there is no access-list entry " + std::to_string(sequence));
    }
  };
  return row;
}

}  // namespace

void addAclStatements(std::vector<Statement>& table) {
  table.push_back(aclBlock());
  table.push_back(ruleStatement());
}

}  // namespace sluice
