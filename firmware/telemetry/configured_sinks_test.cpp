// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/configured_sinks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "firmware/control/config_text.h"
#include "firmware/telemetry/text_sink.h"

namespace sluice {
namespace {

using testing::ElementsAre;

Config configOf(const std::string& text) {
  auto loaded = loadConfig(text, "f");
  EXPECT_TRUE(loaded.ok()) << loaded.error().message;
  return loaded->config;
}

std::string errorOf(const std::string& text) {
  const auto loaded = loadConfig(text, "f");
  return loaded.ok() ? "" : loaded.error().message.substr(0, loaded.error().message.find('\n'));
}

std::vector<std::string> namesOf(const EventLog& log) {
  std::vector<std::string> names;
  for (const auto& sink : log.sinks())
    names.push_back(sink.name + " " + std::string(name(sink.level)));
  return names;
}

TEST(LoggingStatements, ComeBackUnchanged) {
  const std::string text =
      "logging host 192.0.2.9\n"
      "logging host 192.0.2.9 port 5140 level warning\n"
      "logging host 2001:db8::9 level debug\n"
      "logging socket /dev/log level error\n"
      "logging file /var/log/sluice.jsonl size 1M level debug\n";
  EXPECT_EQ(printConfig(configOf(text)), text);
  EXPECT_EQ(printConfig(configOf(text + "no logging host 192.0.2.9\nno logging socket /dev/log\n"
                                        "no logging file /var/log/sluice.jsonl\n"
                                        "logging host 192.0.2.9 port 5140\n")),
            "logging host 2001:db8::9 level debug\nlogging host 192.0.2.9 port 5140\n");
}

TEST(LoggingStatements, SayWhatIsWrong) {
  EXPECT_EQ(errorOf("logging file sluice.log\n"),
            "f:1:14: 'sluice.log' is not a path; expected /...");
  EXPECT_EQ(errorOf("logging file /x size 10\n"),
            "f:1:22: size is out of range; expected 10k or more");
  EXPECT_EQ(errorOf("logging host 192.0.2.9 level loud\n"),
            "f:1:30: unknown level 'loud'; expected emergency, alert, critical, error, warning, "
            "notice, info or debug");
  std::string many;
  for (int i = 0; i < 17; ++i) many += "logging host 192.0.2." + std::to_string(i) + "\n";
  EXPECT_EQ(errorOf(many), "f:17:1: too many: at most 16 of these");
}

TEST(ConfiguredSinks, FollowTheConfiguration) {
  const std::string path = "/tmp/sluice-sinks-" + std::to_string(getpid());
  EventLog log;
  log.add(std::make_unique<TextSink>("stderr", stderr), EventSeverity::kEmergency);
  ConfiguredSinks sinks(log);
  const Config config = configOf("logging host 192.0.2.9 level error\nlogging file " + path + "\n");
  sinks.apply(config);
  EXPECT_THAT(namesOf(log), ElementsAre("stderr emergency", "host 192.0.2.9:514 error",
                                        "file " + path + " info"));
  log.emit<events::kApplianceStopped>("test");
  EXPECT_TRUE(std::filesystem::exists(path));
  sinks.apply(config);
  EXPECT_EQ(log.sinks()[2].written, 1u);  // the same sink
  sinks.apply(Config{});
  EXPECT_THAT(namesOf(log), ElementsAre("stderr emergency"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace sluice
