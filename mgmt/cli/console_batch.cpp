// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "mgmt/cli/console_client.h"

namespace sluice::mgmt {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kFailed = 1;

int statusOf(const Json& answer) {
  const auto status = answer.find("status");
  return status != answer.end() && status->is_number_integer() ? status->get<int>() : kFailed;
}

bool is(const Json& answer, const char* key) {
  const auto value = answer.find(key);
  return value != answer.end() && *value == Json(true);
}

int lost(const Error& error) {
  std::fprintf(stderr, "console: %s\n", error.message.c_str());
  return kFailed;
}

void print(const Json& answer) {
  const auto output = answer.find("output");
  if (output != answer.end() && output->is_string())
    std::fputs(output->get_ref<const std::string&>().c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

std::vector<std::string> splitCommands(std::string_view text) {
  std::vector<std::string> lines(1);
  bool quotes = false;
  for (const char c : text) {
    if (c == '"') quotes = !quotes;
    if (c == '\n' || (c == ';' && !quotes)) {
      quotes = false;
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

int runBatch(ConsoleConnection& connection, std::istream& lines, const BatchOptions& options) {
  auto answer = connection.ask({{"op", "hello"}, {"width", 0}, {"interactive", false}});
  if (!answer) return lost(answer.error());
  int status = 0;
  std::string line;
  while ((status == 0 || options.keep_going) && !is(*answer, "leave") &&
         std::getline(lines, line)) {
    answer = connection.ask({{"op", "run"}, {"line", line}});
    if (!answer) return lost(answer.error());
    print(*answer);
    if (status == 0) status = statusOf(*answer);
  }
  if (!is(*answer, "uncommitted") || status != 0) return status;
  // `configure terminal` commits where it is left.
  if (is(*answer, "immediate")) {
    answer = connection.ask({{"op", "run"}, {"line", "end"}});
    if (!answer) return lost(answer.error());
    print(*answer);
    return statusOf(*answer);
  }
  std::fprintf(stderr, "console: the changes were not committed, and are lost\n");
  return kFailed;
}

}  // namespace sluice::mgmt
