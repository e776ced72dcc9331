// SPDX-License-Identifier: Apache-2.0
// The statements of the configuration text, each declared once: syntax, help, default, effect and
// inverse.
//
// Parser, printer, error texts and the reference in docs/configuration.md all walk this table; a
// new statement is a new row in one of the statements_*.cpp files. Table order is the canonical
// order of the printed text.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "firmware/control/config.h"
#include "firmware/control/config_syntax.h"

namespace sluice {

enum class Block : uint8_t {
  kTop,
  kLimits,
  kTimers,
  kInterface,
  kAcl,
  kMonitor,
  kCertificate,
  kTlsProfile,
  kServerTlsProfile,
  kHttpProfile,
  kDataGroup,
  kHttpRule,
  kPool,
  kSnatPool,
  kVirtual
};

// "pool", as in "unknown statement 'x' in pool".
std::string_view blockName(Block block);

// Where a statement takes effect: the configuration and the object that the open block is about.
struct StatementContext {
  explicit StatementContext(Config& target) : config(target) {
    std::get<Limits*>(objects) = &config.limits;
  }

  Config& config;
  std::tuple<Timers*, Interface*, Monitor*, CertificateFiles*, TlsProfile*, ServerTlsProfile*,
             HttpProfile*, DataGroup*, HttpRule*, Pool*, SourcePool*, Virtual*, Limits*>
      objects{};
  Position position;                                    // of the statement
  std::function<void(uint32_t, std::string)> on_error;  // column, message
  std::map<std::string, uint32_t, std::less<>>
      defined;  // what this text defined so far: name -> line

  template <typename T>
  T& object() const {
    if constexpr (std::is_same_v<T, Config>) {
      return config;
    } else {
      return *std::get<T*>(objects);
    }
  }

  void error(uint32_t column, std::string message) const {
    if (on_error) on_error(column != 0 ? column : position.column, std::move(message));
  }

  // Refuses lists that no data plane can hold, so that reading any text takes time linear in its
  // length.
  bool hasRoom(size_t size) const {
    constexpr size_t kMost = 4096;
    if (size >= kMost) error(0, "too many: at most 4096 of these");
    return size < kMost;
  }

  // Notes that this text defines `what`; reports an error and returns false if it did already.
  bool define(const std::string& what);
};

struct Statement {
  Block block = Block::kTop;
  Syntax syntax;
  std::string_view help;
  std::string_view fallback;  // the default, for people; "" = none
  std::function<void(StatementContext&, const Args&)> apply;
  // The values of every such statement that the object (or configuration) holds, in order.
  std::function<std::vector<Args>(const StatementContext&)> dump;
  // After "no": absent = not accepted. What follows the words of `syntax` is ignored if `no_syntax`
  // is empty text.
  std::optional<Syntax> no_syntax;
  std::function<void(StatementContext&, const Args&)> remove;
  // Statements that open a block: which, and how to select the i-th object that dump() listed.
  std::optional<Block> opens;
  std::function<void(StatementContext&, size_t)> enter;
};

const std::vector<Statement>& statements();

}  // namespace sluice
