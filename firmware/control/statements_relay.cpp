// SPDX-License-Identifier: Apache-2.0
// Statements about connections that firmware passes on unread: mode tls.
#include <algorithm>

#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

Statement serverName() {
  Statement row = statement(Block::kVirtual, "server-name <host:host> pool <pool:name>",
                            "With mode tls: who serves clients that ask for this host. There may "
                            "be several; `*.HOST` is for every name "
                            "with one label before HOST that has no statement of its own. Others "
                            "are served by `pool`, or refused if there "
                            "is none.");
  row.apply = [](StatementContext& context, const Args& args) {
    auto& all = context.object<Virtual>().server_names;
    const ServerName name{args.get<std::string>("host"), args.get<std::string>("pool"),
                          context.position};
    const auto same = std::find_if(all.begin(), all.end(),
                                   [&](const auto& other) { return other.host == name.host; });
    if (same != all.end()) {
      *same = name;
    } else if (context.hasRoom(all.size())) {
      all.push_back(name);
    }
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const ServerName& name : context.object<Virtual>().server_names)
      all.push_back(Args{{"host", name.host}, {"pool", name.pool}});
    return all;
  };
  row.no_syntax.emplace("server-name <host:host>");
  row.remove = [](StatementContext& context, const Args& args) {
    const std::string host = args.get<std::string>("host");
    const auto isIt = [&](const ServerName& other) { return other.host == host; };
    if (std::erase_if(context.object<Virtual>().server_names, isIt) == 0)
      context.error(args.column("host"), "the virtual has no server-name " + quoted(host));
  };
  return row;
}

}  // namespace

void addRelayStatements(std::vector<Statement>& table) {
  table.push_back(serverName());
  table.push_back(leaf(Block::kVirtual, "send-proxy <version:v1|v2>",
                       "With mode tls: the PROXY protocol tells members who the client is, in text "
                       "(v1) or in binary "
                       "with the host that it asked for (v2).",
                       "not sent", &Virtual::send_proxy));
}

}  // namespace sluice
