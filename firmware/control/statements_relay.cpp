// SPDX-License-Identifier: Apache-2.0
// Statements about what stands ahead of a connection's own bytes: the ClientHello of mode tls, the
// PROXY protocol.
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

// Networks are compared as they were written.
Statement acceptProxy() {
  Statement row = statement(Block::kVirtual, "accept-proxy <network:prefix>",
                            "With mode http, https and tls: connections from this network come by "
                            "a load balancer, and begin with a header of the PROXY protocol, "
                            "version 1 or 2, which says who the client is; there may be several. "
                            "Others are clients themselves.");
  row.apply = [](StatementContext& context, const Args& args) {
    auto& all = context.object<Virtual>().accept_proxy;
    const ProxyPeer source{args.get<IpPrefix>("network"), context.position};
    for (ProxyPeer& other : all) {
      if (other.network == source.network) return void(other = source);
    }
    if (context.hasRoom(all.size())) all.push_back(source);
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const ProxyPeer& source : context.object<Virtual>().accept_proxy)
      all.push_back(Args{{"network", source.network}});
    return all;
  };
  row.no_syntax.emplace("accept-proxy [<network:prefix>]");
  row.remove = [](StatementContext& context, const Args& args) {
    auto& all = context.object<Virtual>().accept_proxy;
    if (!args.has("network")) return all.clear();
    const auto network = args.get<IpPrefix>("network");
    const auto isIt = [&](const ProxyPeer& other) { return other.network == network; };
    if (std::erase_if(all, isIt) == 0)
      context.error(args.column("network"),
                    "the virtual takes no PROXY header from " + network.toString());
  };
  return row;
}

}  // namespace

void addRelayStatements(std::vector<Statement>& table) {
  table.push_back(serverName());
  table.push_back(leaf(Block::kVirtual, "send-proxy <version:v1|v2>",
                       "With mode http, https and tls: the PROXY protocol tells members who the "
                       "client is, in text (v1) or in binary with the host that its TLS asked for "
                       "(v2).",
                       "not sent", &Virtual::send_proxy));
  table.push_back(acceptProxy());
}

}  // namespace sluice
