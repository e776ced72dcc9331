// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/config_tree.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "firmware/control/config_statements.h"
#include "firmware/control/config_text.h"

namespace sluice::mgmt {

namespace {

std::string firstWords(const Syntax& syntax) {
  std::string text;
  for (const std::string& word : syntax.words()) text += (text.empty() ? "" : " ") + word;
  return text;
}

// What `no` names is what a statement is about.
std::string keyOf(const Statement& row, const Args& args, const std::string& text) {
  if (!row.no_syntax) return text;
  if (row.no_syntax->values().empty()) return firstWords(row.syntax);
  return row.no_syntax->print(args);
}

void addLines(StatementContext& context, Block block, const std::string& header,
              std::vector<ConfigLine>& lines) {
  for (const Statement& row : statements()) {
    if (row.block != block) continue;
    const std::vector<Args> all = row.dump(context);
    for (size_t i = 0; i < all.size(); ++i) {
      const std::string text = row.syntax.print(all[i]);
      lines.push_back({header, keyOf(row, all[i], text), text, row.opens.has_value()});
      if (!row.opens) continue;
      row.enter(context, i);
      addLines(context, *row.opens, text, lines);
    }
  }
}

using Key = std::pair<std::string, std::string>;
using LineMap = std::map<Key, const ConfigLine*>;

LineMap byKey(const std::vector<ConfigLine>& lines) {
  LineMap map;
  for (const ConfigLine& line : lines) map[{line.block, line.key}] = &line;
  return map;
}

Key keyOf(const ConfigLine& line) { return {line.block, line.key}; }

const ConfigLine* find(const LineMap& map, const Key& key) {
  const auto entry = map.find(key);
  return entry == map.end() ? nullptr : entry->second;
}

std::string textOf(const ConfigLine* line) { return line == nullptr ? "" : line->text; }

// Lines in the order of both lists: those of `first`, and after each block's lines what only
// `second` has of it.
std::vector<Key> unionOrder(const std::vector<ConfigLine>& first,
                            const std::vector<ConfigLine>& second) {
  const LineMap known = byKey(first);
  std::vector<Key> order;
  std::map<std::string, std::vector<Key>> extra;  // by block
  for (const ConfigLine& line : second) {
    if (find(known, keyOf(line)) == nullptr) extra[line.block].push_back(keyOf(line));
  }
  const auto take = [&](const std::string& block) {
    const auto entry = extra.find(block);
    if (entry == extra.end() || block.empty()) return;
    order.insert(order.end(), entry->second.begin(), entry->second.end());
    extra.erase(entry);
  };
  std::string block;
  for (const ConfigLine& line : first) {
    const std::string& mine = line.opens ? line.text : line.block;
    if (mine != block) take(std::exchange(block, mine));
    order.push_back(keyOf(line));
  }
  take(block);
  for (const Key& top : std::exchange(extra[""], {})) {
    order.push_back(top);
    take(top.second);
  }
  return order;
}

class Merger {
 public:
  Merger(const Config& base, const Config& mine, const Config& theirs, OnConflict on_conflict)
      : on_conflict_(on_conflict),
        base_lines_(configLines(base)),
        my_lines_(configLines(mine)),
        their_lines_(configLines(theirs)),
        base_(byKey(base_lines_)),
        mine_(byKey(my_lines_)),
        theirs_(byKey(their_lines_)) {}

  Merge run() {
    std::vector<ConfigLine> kept;
    for (const Key& key : unionOrder(their_lines_, my_lines_)) {
      if (const ConfigLine* line = choose(key)) kept.push_back(*line);
    }
    dropOrphans(kept);
    if (!merge_.conflicts.empty() && on_conflict_ == OnConflict::kRefuse) return std::move(merge_);
    std::string text;
    // Blocks last: what stands outside would end them.
    for (const ConfigLine& line : kept) {
      if (line.block.empty() && !line.opens) text += line.text + "\n";
    }
    for (const ConfigLine& line : kept) {
      if (line.opens) text += line.text + "\n";
      if (!line.block.empty()) text += "  " + line.text + "\n";
    }
    ConfigParse parse = parseConfig(text);
    if (!parse.ok()) {
      merge_.conflicts.push_back({parse.diagnostics.front().message, "", "", ""});
    } else {
      merge_.config = std::move(parse.config);
    }
    return std::move(merge_);
  }

 private:
  const ConfigLine* choose(const Key& key) {
    const ConfigLine* base = find(base_, key);
    const ConfigLine* mine = find(mine_, key);
    const ConfigLine* theirs = find(theirs_, key);
    if (textOf(mine) == textOf(base)) return theirs;
    if (textOf(theirs) == textOf(base) || textOf(mine) == textOf(theirs)) return mine;
    conflict(key);
    return theirs;
  }

  void conflict(const Key& key) {
    const std::string path = key.first.empty() ? key.second : key.first + ": " + key.second;
    merge_.conflicts.push_back(
        {path, textOf(find(base_, key)), textOf(find(mine_, key)), textOf(find(theirs_, key))});
  }

  // One side removed a block in which the other one changed something.
  void dropOrphans(std::vector<ConfigLine>& kept) {
    std::set<std::string> blocks;
    for (const ConfigLine& line : kept) {
      if (line.opens) blocks.insert(line.text);
    }
    std::erase_if(kept, [&](const ConfigLine& line) {
      if (line.block.empty() || blocks.count(line.block) != 0) return false;
      conflict(keyOf(line));
      return true;
    });
  }

  OnConflict on_conflict_;
  std::vector<ConfigLine> base_lines_, my_lines_, their_lines_;
  LineMap base_, mine_, theirs_;
  Merge merge_;
};

}  // namespace

std::vector<ConfigLine> configLines(const Config& config) {
  Config copy = config;  // entering blocks wants pointers to change; nothing is changed
  StatementContext context(copy);
  std::vector<ConfigLine> lines;
  addLines(context, Block::kTop, "", lines);
  return lines;
}

std::string configDiff(const Config& from, const Config& to) {
  const std::vector<ConfigLine> old_lines = configLines(from), new_lines = configLines(to);
  const LineMap before = byKey(old_lines), after = byKey(new_lines);
  std::string text, header;
  for (const Key& key : unionOrder(old_lines, new_lines)) {
    const ConfigLine* was = find(before, key);
    const ConfigLine* is = find(after, key);
    if (textOf(was) == textOf(is)) continue;
    const std::string indent = key.first.empty() ? "" : "  ";
    const bool opens = (was != nullptr ? was : is)->opens;
    if (!key.first.empty() && header != key.first) text += " " + key.first + "\n";
    header = opens ? key.second : key.first;
    if (was != nullptr) text += "-" + indent + was->text + "\n";
    if (is != nullptr) text += "+" + indent + is->text + "\n";
  }
  return text;
}

std::string configSection(const Config& config, std::string_view word, std::string_view name) {
  const auto matches = [&](const std::string& text) {
    if (word.empty()) return true;
    if (!text.starts_with(word) || (text.size() > word.size() && text[word.size()] != ' '))
      return false;
    return name.empty() || std::string_view(text).substr(word.size() + 1) == name;
  };
  std::string text;
  for (const ConfigLine& line : configLines(config)) {
    if (!matches(line.block.empty() ? line.text : line.block)) continue;
    text += (line.block.empty() ? "" : "  ") + line.text + "\n";
  }
  return text;
}

ConfigText::ConfigText(const Config& config) {
  for (const ConfigLine& line : configLines(config)) texts_[{line.block, line.key}] = line.text;
}

std::string ConfigText::value(const std::string& block, const std::string& key) const {
  const auto entry = texts_.find({block, key});
  if (entry == texts_.end() || entry->second.size() <= key.size()) return "";
  return entry->second.substr(key.size() + 1);
}

Merge mergeConfigs(const Config& base, const Config& mine, const Config& theirs,
                   OnConflict on_conflict) {
  return Merger(base, mine, theirs, on_conflict).run();
}

}  // namespace sluice::mgmt
