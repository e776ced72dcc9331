// SPDX-License-Identifier: Apache-2.0
// Rows of the statement table for the common shapes: a leaf, a flag, a rate limit, a block of named
// objects.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "firmware/control/config_statements.h"

namespace sluice {

// Values as fields of configuration structs. Numbers and enums travel as uint64_t.
template <typename T>
T fromValue(const Value& value) {
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return static_cast<T>(std::get<uint64_t>(value));
  } else {
    return std::get<T>(value);
  }
}

template <typename T>
Value toValue(const T& field) {
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return static_cast<uint64_t>(field);
  } else {
    return field;
  }
}

inline Statement statement(Block block, std::string_view syntax, std::string_view help,
                           std::string_view fallback = "") {
  return {block, Syntax(syntax), help, fallback, {}, {}, {}, {}, {}, {}};
}

// A statement with one value that is one leaf of the block's object. `no` gives it its default.
template <typename O, typename T>
Statement leaf(Block block, std::string_view syntax, std::string_view help,
               std::string_view fallback, Leaf<T> O::*member) {
  Statement row = statement(block, syntax, help, fallback);
  const std::string key = row.syntax.firstKey();
  row.apply = [=](StatementContext& context, const Args& args) {
    Leaf<T>& target = context.object<O>().*member;
    target.value = fromValue<T>(*args.value(key));
    target.set = true;
    target.position = context.position;
  };
  row.dump = [=](const StatementContext& context) -> std::vector<Args> {
    const Leaf<T>& source = context.object<O>().*member;
    if (!source.set) return {};
    return {Args{{key, toValue(source.value)}}};
  };
  row.no_syntax.emplace("");
  row.remove = [=](StatementContext& context, const Args&) {
    context.object<O>().*member = O{}.*member;
  };
  return row;
}

// A statement without a value: there or not.
template <typename O>
Statement flag(Block block, std::string_view word, std::string_view help, Leaf<bool> O::*member) {
  Statement row = statement(block, word, help);
  row.apply = [=](StatementContext& context, const Args&) {
    Leaf<bool>& target = context.object<O>().*member;
    target.value = target.set = true;
    target.position = context.position;
  };
  row.dump = [=](const StatementContext& context) -> std::vector<Args> {
    return *(context.object<O>().*member) ? std::vector<Args>(1) : std::vector<Args>();
  };
  row.no_syntax.emplace("");
  row.remove = [=](StatementContext& context, const Args&) {
    context.object<O>().*member = O{}.*member;
  };
  return row;
}

// A statement with several values that are one leaf. `no` gives it its default.
template <typename O, typename T>
Statement valuesLeaf(Block block, std::string_view syntax, std::string_view help,
                     std::string_view fallback, Leaf<T> O::*member,
                     std::function<T(const Args&)> make, std::function<Args(const T&)> show) {
  Statement row = statement(block, syntax, help, fallback);
  row.apply = [=](StatementContext& context, const Args& args) {
    Leaf<T>& target = context.object<O>().*member;
    target.assign(make(args));
    target.position = context.position;
  };
  row.dump = [=](const StatementContext& context) -> std::vector<Args> {
    const Leaf<T>& source = context.object<O>().*member;
    if (!source.set) return {};
    return {show(*source)};
  };
  row.no_syntax.emplace("");
  row.remove = [=](StatementContext& context, const Args&) {
    context.object<O>().*member = O{}.*member;
  };
  return row;
}

// A statement that there may be several of, each an element of a list of the block's object. `show`
// gives nothing for elements that are another statement's.
template <typename O, typename T>
Statement element(Block block, std::string_view syntax, std::string_view help,
                  std::vector<T> O::*list, std::function<T(const Args&)> make,
                  std::function<std::optional<Args>(const T&)> show) {
  Statement row = statement(block, syntax, help);
  row.apply = [=](StatementContext& context, const Args& args) {
    auto& all = context.object<O>().*list;
    T fresh = make(args);
    fresh.position = context.position;
    const auto same = std::find(all.begin(), all.end(), fresh);
    if (same != all.end()) {
      same->position = context.position;
    } else if (context.hasRoom(all.size())) {
      all.push_back(std::move(fresh));
    }
  };
  row.dump = [=](const StatementContext& context) {
    std::vector<Args> found;
    for (const T& one : context.object<O>().*list) {
      if (auto args = show(one)) found.push_back(std::move(*args));
    }
    return found;
  };
  row.no_syntax.emplace(syntax);
  row.remove = [=](StatementContext& context, const Args& args) {
    if (std::erase(context.object<O>().*list, make(args)) == 0)
      context.error(1, "the " + std::string(blockName(block)) + " does not have this");
  };
  return row;
}

// Values "rate" and, if given, "burst". A rate of 0 would be no limit and is refused unless `zero`
// allows it.
inline RateLimit rateFrom(const StatementContext& context, uint32_t column, const Quantity& rate,
                          const Args& args, bool zero = false) {
  RateLimit limit{rate, std::nullopt};
  if (args.has("burst")) limit.burst = args.get<Quantity>("burst");
  if (limit.rate.value == 0 && !zero)
    context.error(column, "a rate of 0 is no limit; expected 1 or more");
  if (limit.burst && (limit.burst->value == 0 || limit.burst->value > UINT32_MAX)) {
    context.error(args.column("burst"), "burst is out of range; expected 1 to 4294967295");
  }
  return limit;
}

inline RateLimit rateFrom(const StatementContext& context, const Args& args, bool zero = false) {
  return rateFrom(context, args.column("rate"), args.get<Quantity>("rate"), args, zero);
}

inline void addRate(Args& args, const RateLimit& limit) {
  args.add("rate", limit.rate);
  if (limit.burst) args.add("burst", *limit.burst);
}

// ... RATE [burst N]
template <typename O>
Statement rateLimit(Block block, std::string_view syntax, std::string_view help,
                    std::optional<RateLimit> O::*member) {
  Statement row = statement(block, syntax, help, "no limit; burst: what comes in 100 ms");
  row.apply = [=](StatementContext& context, const Args& args) {
    context.object<O>().*member = rateFrom(context, args);
  };
  row.dump = [=](const StatementContext& context) -> std::vector<Args> {
    const auto& limit = context.object<O>().*member;
    if (!limit) return {};
    Args args;
    addRate(args, *limit);
    return {args};
  };
  row.no_syntax.emplace("");
  row.remove = [=](StatementContext& context, const Args&) {
    (context.object<O>().*member).reset();
  };
  return row;
}

// WORD NAME of another object, any number of them, in their order; `no WORD` removes all.
template <typename O, typename Ref>
Statement references(Block block, std::string_view syntax, std::string_view help,
                     std::string_view owner, std::vector<Ref> O::*list) {
  Statement row = statement(block, syntax, help);
  const std::string key = row.syntax.firstKey();
  const std::string word = row.syntax.words().front();
  row.apply = [=](StatementContext& context, const Args& args) {
    auto& all = context.object<O>().*list;
    const auto& name = args.get<std::string>(key);
    for (Ref& other : all) {
      if (other.name == name) return void(other.position = context.position);
    }
    if (context.hasRoom(all.size())) all.push_back({name, context.position});
  };
  row.dump = [=](const StatementContext& context) {
    std::vector<Args> all;
    for (const Ref& one : context.object<O>().*list) all.push_back(Args{{key, one.name}});
    return all;
  };
  row.no_syntax.emplace(word + " [<" + key + ":name>]");
  row.remove = [=](StatementContext& context, const Args& args) {
    auto& all = context.object<O>().*list;
    if (!args.has(key)) return all.clear();
    const auto& name = args.get<std::string>(key);
    if (std::erase_if(all, [&](const Ref& other) { return other.name == name; }) == 0)
      context.error(args.column(key),
                    "the " + std::string(owner) + " has no " + word + " " + quoted(name));
  };
  return row;
}

// WORD NAME, opening the block of a named object; `no WORD NAME` removes it.
template <typename O>
Statement namedBlock(Block block, const std::string& word, std::string_view help,
                     std::vector<O> Config::*list) {
  Statement row = statement(Block::kTop, word + " <name:name>", help);
  row.opens = block;
  row.apply = [=](StatementContext& context, const Args& args) {
    const std::string& name = args.get<std::string>("name");
    std::vector<O>& objects = context.config.*list;
    context.define(word + " '" + name + "'");
    O* object = findByName(objects, name);
    if (object == nullptr) {
      if (!context.hasRoom(objects.size())) objects.pop_back();
      objects.emplace_back();
      object = &objects.back();
      object->name = name;
    }
    object->position = context.position;
    std::get<O*>(context.objects) = object;
  };
  row.dump = [=](const StatementContext& context) {
    std::vector<Args> all;
    for (const O& object : context.config.*list) all.push_back(Args{{"name", object.name}});
    return all;
  };
  row.enter = [=](StatementContext& context, size_t index) {
    std::get<O*>(context.objects) = &(context.config.*list)[index];
  };
  row.no_syntax.emplace(word + " <name:name>");
  row.remove = [=](StatementContext& context, const Args& args) {
    const std::string& name = args.get<std::string>("name");
    if (std::erase_if(context.config.*list, [&](const O& object) { return object.name == name; }) ==
        0) {
      context.error(args.column("name"), "there is no " + word + " " + quoted(name));
    }
  };
  return row;
}

}  // namespace sluice
