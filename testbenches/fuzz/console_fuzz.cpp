// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any bytes as lines of a console session with a fake appliance, with Tab and ? on each.
// Every line is answered; a failure begins with %; what was committed prints to itself.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "firmware/control/config_text.h"
#include "mgmt/core/console_session.h"
#include "mgmt/core/fake_appliance.h"

namespace {

using namespace sluice;        // NOLINT: of a program
using namespace sluice::mgmt;  // NOLINT

constexpr char kConfig[] =
    "interface e1\n  address 203.0.113.2/24\npool web\n  member 10.0.0.11:80\nvirtual shop\n"
    "  destination 203.0.113.10:80\n  pool web\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Config start = parseConfig(kConfig).config;
  FakeAppliance appliance(start);
  auto store = RevisionStore::open("");
  if (!store) std::abort();
  ConfigManager manager(appliance, **store);
  if (!manager.start("fuzz")) std::abort();
  Console console(appliance, manager);
  ConsoleSession session(console, {"fuzz"});
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    session.help(line);
    session.complete(line);
    const LineAnswer answer = session.execute(line);
    if (answer.status != LineStatus::kDone && answer.output.find('%') == std::string::npos &&
        answer.output.find("error") == std::string::npos)
      std::abort();
    if (answer.leave) break;
  }
  const auto head = manager.revision(manager.head());
  if (!head || printConfig(appliance.config()) != head->config) std::abort();
  return 0;
}
