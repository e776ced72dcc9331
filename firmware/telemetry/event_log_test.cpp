// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/telemetry/text_sink.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class MemorySink final : public EventSink {
 public:
  struct Memory {
    std::vector<std::string> lines;
    bool fails = false;
  };
  explicit MemorySink(Memory& memory) : memory_(memory) {}
  std::string name() const override { return "memory"; }
  bool write(const Event& event) override {
    if (memory_.fails) return false;
    memory_.lines.push_back(std::string(event.kind->name) + ": " + event.sentence());
    return true;
  }
  std::string why() const override { return "told to"; }

 private:
  Memory& memory_;
};

class EventLogTest : public testing::Test {
 protected:
  // 2026-03-01, midnight.
  WallTime now_{milliseconds(1'772'323'200'000)};
  EventLog log_{[this] { return now_; }};
};

std::vector<std::string> namesOf(const EventLog& log) {
  std::vector<std::string> names;
  for (const Event& event : log.recent()) names.emplace_back(event.kind->name);
  return names;
}

TEST_F(EventLogTest, AnEventIsASentenceAndAnObject) {
  now_ += milliseconds(45'296'789);
  log_.emit<events::kMemberDown>("web", std::string("10.0.0.11:80"), "connection\nrefused");
  const Event& event = log_.recent().front();
  EXPECT_EQ(toText(event),
            "2026-03-01T12:34:56.789Z error member_down: Member 10.0.0.11:80 of pool web is down: "
            "connection refused.");
  EXPECT_EQ(toJson(event).dump(),
            R"({"time":"2026-03-01T12:34:56.789Z","sequence":1,"event":"member_down",)"
            R"("severity":"error","pool":"web","member":"10.0.0.11:80",)"
            R"("reason":"connection\nrefused",)"
            R"("text":"Member 10.0.0.11:80 of pool web is down: connection refused."})");
}

TEST_F(EventLogTest, NumbersStayNumbers) {
  log_.emit<events::kLimitHit>("source_rate", 12.34, "because");
  log_.emit<events::kLimitRelieved>("source_rate", uint64_t{7}, 3);
  EXPECT_EQ(toJson(log_.recent()[0])["rate"], 12.34);
  EXPECT_EQ(log_.recent()[0].sentence(),
            "Packets are dropped as source_rate, 12.3 a second: because");
  EXPECT_EQ(toJson(log_.recent()[1])["count"], 7);
  EXPECT_EQ(toJson(log_.recent()[1])["seconds"], 3);
}

TEST_F(EventLogTest, KeepsTheNewest) {
  for (size_t i = 0; i < EventLog::kKept + 5; ++i) log_.emit<events::kApplianceStopped>("x");
  EXPECT_EQ(log_.recent().size(), EventLog::kKept);
  EXPECT_EQ(log_.recent().front().sequence, 6u);
  EXPECT_EQ(log_.dropped(), 5u);
}

TEST_F(EventLogTest, SinksGetWhatIsBadEnough) {
  MemorySink::Memory all, bad;
  log_.add(std::make_unique<MemorySink>(all));
  log_.add(std::make_unique<MemorySink>(bad), EventSeverity::kError);
  log_.emit<events::kMemberUp>("p", "m", "r");
  log_.emit<events::kMemberDown>("p", "m", "r");
  EXPECT_EQ(all.lines.size(), 2u);
  EXPECT_THAT(bad.lines, ElementsAre("member_down: Member m of pool p is down: r."));
  log_.remove([](const EventSink& sink) { return sink.name() == "memory"; });
  log_.emit<events::kMemberDown>("p", "m", "r");
  EXPECT_EQ(all.lines.size(), 2u);
}

TEST_F(EventLogTest, ASinkThatFailsIsAnEventAndAnAlarmAndLosesWhatItDidNotTake) {
  MemorySink::Memory failing{{}, true}, good;
  log_.add(std::make_unique<MemorySink>(failing));
  log_.add(std::make_unique<MemorySink>(good));
  log_.emit<events::kApplianceStopped>("a");
  log_.emit<events::kApplianceStopped>("b");
  EXPECT_THAT(namesOf(log_), ElementsAre("appliance_stopped", "log_failing", "appliance_stopped"));
  EXPECT_THAT(good.lines, ElementsAre("appliance_stopped: The appliance stops: a.",
                                      "log_failing: Events cannot be written to memory: told to.",
                                      "appliance_stopped: The appliance stops: b."));
  EXPECT_EQ(log_.alarms().count(), 1u);
  EXPECT_EQ(log_.sinks()[0].lost, 3u);
  EXPECT_EQ(log_.sinks()[0].failure, "told to");
  EXPECT_EQ(log_.sinks()[1].failure, "");

  failing.fails = false;
  log_.emit<events::kApplianceStopped>("c");
  EXPECT_EQ(log_.alarms().count(), 0u);
  EXPECT_THAT(failing.lines,
              ElementsAre("appliance_stopped: The appliance stops: c.",
                          "log_recovered: Events are written to memory again; 3 are missing "
                          "there."));
  EXPECT_EQ(log_.sinks()[0].written, 2u);
}

TEST_F(EventLogTest, AlarmsLastFromTheFirstEventToTheOneThatClearsThem) {
  log_.emit<events::kMemberDown>("web", "a", "refused");
  now_ += milliseconds(1000);
  log_.emit<events::kVirtualDown>("shop", "no member is up");
  log_.emit<events::kMemberDown>("web", "b", "refused");
  log_.emit<events::kMemberDown>("web", "a", "timeout");
  std::vector<ActiveAlarm> active = log_.alarms().active();
  ASSERT_EQ(active.size(), 3u);
  EXPECT_EQ(active[0].kind->name, "virtual_down");
  EXPECT_EQ(toJson(active[1]).dump(),
            R"({"alarm":"member_down","severity":"error","since":"2026-03-01T00:00:00.000Z",)"
            R"("pool":"web","member":"a","text":"Member a of pool web is down: timeout."})");
  log_.emit<events::kMemberUp>("web", "a", "answers");
  log_.emit<events::kMemberDraining>("web", "b", "by admin", 3);
  log_.forget(
      [](const ActiveAlarm& alarm) { return alarm.about == std::vector<std::string>{"shop"}; });
  EXPECT_EQ(log_.alarms().count(), 0u);
}

TEST_F(EventLogTest, TextSinkWritesLines) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  log_.add(std::make_unique<TextSink>("stderr", stream));
  log_.emit<events::kVirtualUp>("shop", "enabled");
  std::fclose(stream);
  EXPECT_STREQ(text, "2026-03-01T00:00:00.000Z notice virtual_up: Virtual shop is up: enabled.\n");
  std::free(text);
}

}  // namespace
}  // namespace sluice
