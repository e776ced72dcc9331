// SPDX-License-Identifier: Apache-2.0
// What handlers of console commands have in common.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mgmt/core/console_session.h"
#include "mgmt/core/proxy_source.h"

namespace sluice::mgmt {

using CommandRun = std::function<Result<Report>(ConsoleSession&, const Args&)>;

// A command that changes nothing but the session of who types it.
inline void addForAll(std::vector<Command>& table, CommandMode mode, const std::string& syntax,
                      std::string_view help, CommandRun run) {
  table.push_back({mode, Access::kEverybody, Syntax(syntax), help, std::move(run)});
}

// Any other: everybody may `show`, what else there is takes an administrator.
inline void add(std::vector<Command>& table, CommandMode mode, const std::string& syntax,
                std::string_view help, CommandRun run) {
  const bool shows = syntax.starts_with("show ");
  table.push_back({mode, shows ? Access::kEverybody : Access::kAdministrator, Syntax(syntax), help,
                   std::move(run)});
}

inline Result<ProxySource*> proxyOf(ConsoleSession& session) {
  if (ProxySource* proxy = session.appliance().proxy()) return proxy;
  return Error{ErrorCode::kNotFound, "this appliance terminates nothing"};
}

inline std::string textArg(const Args& args, std::string_view key) {
  return args.has(key) ? args.get<std::string>(key) : std::string();
}

inline int64_t ms(WallTime time) { return time.time_since_epoch().count(); }

// For Kind::kAge; null: never.
inline Json ageSince(WallTime now, WallTime then) {
  return then == WallTime() ? Json() : Json(ms(now) - ms(then));
}

// For Kind::kTime; null: never.
inline Json timeOf(WallTime time) { return time == WallTime() ? Json() : Json(ms(time)); }

inline Error missing(std::string_view what, const std::string& name,
                     const std::vector<std::string>& known) {
  std::string text = "there is no " + std::string(what) + " '" + name + "'";
  if (known.empty())
    text += "; there are none";
  else if (known.size() <= 12)
    text += "; there is " + joinOr(known);
  return {ErrorCode::kNotFound, text};
}

template <typename T>
Result<void> mustExist(std::string_view what, const std::vector<T>& objects,
                       const std::string& name) {
  if (findByName(objects, name) != nullptr) return {};
  std::vector<std::string> known;
  for (const T& object : objects) known.push_back(object.name);
  return missing(what, name, known);
}

inline std::string_view adminWord(AdminState state) {
  switch (state) {
    case AdminState::kUp:
      return "enabled";
    case AdminState::kDrain:
      return "drain";
    case AdminState::kDown:
      return "disabled";
  }
  return "?";
}

}  // namespace sluice::mgmt
