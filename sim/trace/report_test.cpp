// SPDX-License-Identifier: Apache-2.0
// Report, time series, plots and number formats.
#include "sim/trace/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "sim/trace/format_number.h"
#include "sim/trace/packet_build.h"
#include "sim/trace/plot.h"
#include "sim/trace/progress.h"
#include "sim/trace/text_file.h"
#include "sim/trace/time_series.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A replay of four members with a member that goes down on the way, made up.
class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    names_.virtuals = {"", "shop", "dns"};
    names_.members.resize(7);
    for (uint16_t m = 1; m <= 4; ++m)
      names_.members[m] = {"web", "10.0.0.1" + std::to_string(m) + ":80", 0.25};
    names_.members[5] = {"dns", "[2001:db8:1234:5678:9abc:def0:1234:5678]:53", 0.6};
    names_.members[6] = {"dns", "10.0.0.22:53", 0.4};
    for (uint64_t i = 0; i < 20'000; ++i) packet(i);
    series_.mark(6'000'000'000, "member web 10.0.0.12:80 down");
    series_.mark(9'000'000'000, "pool web add 10.0.0.15:80");
    report_.engine = "rtl";
    report_.profile = "asic";
    report_.clock_hz = 250'000'000;
    report_.trace = {"testbenches/traces/shipped.pcap.gz", 20'000, 4'000'000, 5'000, 20};
    fillTraffic(report_, tally_, ledger_, names_);
    report_.flow_capacity = 1 << 20;
    report_.flow_peak = 4200;
    report_.simulation = {5'000'000'000, 20, 1.5, 3.3e9, 13'333};
    report_.notes = {
        "trace.pcap: record 1234 at byte 56789: captured length 4294967295 exceeds 262144; the "
        "1233 "
        "records before it were replayed."};
  }

  void packet(uint64_t i) {
    PacketPlan plan;
    plan.tuple = makeTuple("198.51.100.7", static_cast<uint16_t>(1024 + i / 4), "203.0.113.10", 80,
                           kProtocolTcp);
    plan.tcp_flags = i % 4 == 0 ? kTcpSyn : kTcpAck;
    buildPacket(plan, frame_);
    FrameIn in;
    in.id = i;
    in.bytes = frame_;
    ledger_.onOffered(in);
    FrameOut out;
    out.id = i;
    out.result.now = i * 1'000'000;
    out.result.in_len = static_cast<uint16_t>(60 + i % 1400);
    out.result.out_len = out.result.in_len;
    out.result.has_virtual = out.result.has_member = true;
    out.result.virtual_id = 1;
    out.result.member = static_cast<uint16_t>(1 + i / 4 % 4);
    out.result.flow = i % 4 == 0 ? regs::FlowResult::kOpened : regs::FlowResult::kHit;
    out.latency_cycles = static_cast<uint32_t>(90 + i % 23 + (i % 97 == 0 ? 60 : 0));
    if (i == 6005) ledger_.memberGone(2);
    if (i > 6005 && out.result.member == 2) {
      out.result.member = 3;
      if (i % 4 == 2) out.result.flow = regs::FlowResult::kOpened;
    }
    if (i > 15'000 && i % 5 == 0) drop(out, regs::DropReason::kNoVirtual);
    if (i % 500 == 499) drop(out, regs::DropReason::kIpv6Extension);
    if (i % 1000 == 7) {
      out.result.verdict = regs::Verdict::kPunt;
      out.result.cause = regs::PuntCause::kArp;
    }
    tally_.onFrame(out);
    ledger_.onFrame(out);
    series_.onFrame(out);
    if (i % 100 == 0)
      series_.sampleTable(out.result.now,
                          static_cast<uint64_t>(2000 + 2000 * std::sin(i / 3000.0)));
  }

  static void drop(FrameOut& out, regs::DropReason reason) {
    out.result.verdict = regs::Verdict::kDrop;
    out.result.reason = reason;
    out.result.has_member = false;
  }

  TrafficTally tally_;
  FlowLedger ledger_;
  TimeSeries series_;
  ReplayNames names_;
  ReplayReport report_;
  std::vector<uint8_t> frame_;
};

TEST_F(ReportTest, JsonHasTheDocumentedKeysInOrder) {
  const auto json = toJson(report_);
  std::vector<std::string> keys;
  for (const auto& item : json.items()) keys.push_back(item.key());
  EXPECT_EQ(keys, (std::vector<std::string>{"engine", "profile", "clock_hz", "trace", "packets",
                                            "bytes", "drops", "virtuals", "members",
                                            "latency_cycles", "connections", "tables", "simulation",
                                            "mismatches", "notes"}));
  EXPECT_EQ(json["packets"]["in"], 20'000);
  EXPECT_EQ(json["packets"]["in"].get<uint64_t>(), json["packets"]["forwarded"].get<uint64_t>() +
                                                       json["packets"]["dropped"].get<uint64_t>() +
                                                       json["packets"]["punted"].get<uint64_t>());
  EXPECT_EQ(json["drops"].begin().key(), "no_virtual");
  EXPECT_EQ(json["latency_cycles"]["min"], 90);
  EXPECT_TRUE(json["mismatches"].is_null());
  EXPECT_EQ(json["virtuals"][0]["name"], "shop");
  EXPECT_EQ(json["members"][0]["pool"], "dns");
  EXPECT_EQ(json["members"][0]["share"], 0);
  EXPECT_EQ(json["members"][2]["expected_share"], 0.25);
  EXPECT_EQ(json["tables"]["flow"]["capacity"], 1 << 20);
  EXPECT_EQ(json["connections"]["broken"]["member_gone"], 1);
  EXPECT_EQ(json["notes"], nlohmann::json(report_.notes));
}

TEST_F(ReportTest, ModelEngineHasNoLatency) {
  report_.latency_cycles.reset();
  report_.mismatches = 0;
  const auto json = toJson(report_);
  EXPECT_TRUE(json["latency_cycles"].is_null());
  EXPECT_EQ(json["mismatches"], 0);
}

TEST_F(ReportTest, TextFitsEightyColumnsAndSaysTheMatter) {
  report_.trace.path = std::string(200, 'x') + ".pcap";
  names_.members[3].pool = std::string(63, 'p');
  const std::string text = toText(report_);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_THAT(text, HasSubstr("no virtual matches and no connection expects the packet"));
  EXPECT_THAT(text, HasSubstr("member_gone"));
  EXPECT_THAT(text, HasSubstr("web/10.0.0.12:80 -> web/10.0.0.13:80"));
  EXPECT_THAT(text, Not(HasSubstr("ERROR")));
  if (std::getenv("SLUICE_SHOW") != nullptr) std::printf("%s", text.c_str());
}

TEST_F(ReportTest, LongListsAreCutUnlessAllIsAsked) {
  BrokenConnection broken = report_.broken_list.at(0);
  report_.broken_list.assign(100, broken);
  EXPECT_THAT(toText(report_), HasSubstr("... and 80 more broken connections (--all lists them)"));
  EXPECT_THAT(toText(report_, {true}), Not(HasSubstr("--all")));
}

TEST_F(ReportTest, CheckFindsWhatDoesNotAddUp) {
  EXPECT_EQ(checkReport(report_), std::nullopt);
  EXPECT_TRUE(tally_.consistent());
  ReplayReport wrong = report_;
  ++wrong.packets_in;
  EXPECT_THAT(checkReport(wrong).value(), HasSubstr("packets do not add up: 20001 in, but 20000"));
  wrong = report_;
  wrong.drops.pop_back();
  EXPECT_THAT(checkReport(wrong).value(), HasSubstr("drops do not add up"));
  EXPECT_THAT(toText(wrong), HasSubstr("ERROR: drops do not add up"));
}

TEST_F(ReportTest, TimeSeriesAddsUpAndStaysSmall) {
  const auto& bins = series_.bins();
  EXPECT_LE(bins.size(), TimeSeries::kMaxBins);
  EXPECT_GE(bins.size(), TimeSeries::kMaxBins / 2);
  uint64_t packets = 0, members = 0, dropped = 0;
  for (const auto& bin : bins) {
    packets += bin.packets;
    dropped += bin.dropped;
    for (const uint64_t count : bin.member_packets) members += count;
  }
  EXPECT_EQ(packets, 20'000u);
  EXPECT_EQ(dropped, tally_.dropped().packets);
  EXPECT_EQ(members, tally_.forwarded().packets);
  const std::string csv = series_.csv(names_);
  EXPECT_EQ(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')), bins.size() + 1);
  EXPECT_THAT(csv, HasSubstr("table_entries,\"web/10.0.0.11:80\""));
}

TEST_F(ReportTest, PlotsAreWrittenAndWellFormed) {
  const std::string directory = ::testing::TempDir() + "sluice_plots";
  std::filesystem::create_directories(directory);
  const auto paths = writePlots(directory, report_, tally_.latency(), series_);
  ASSERT_TRUE(paths.ok()) << paths.error().message;
  ASSERT_EQ(paths.value().size(), 5u);
  for (const std::string& path : paths.value()) {
    const auto svg = readTextFile(path);
    ASSERT_TRUE(svg.ok());
    EXPECT_THAT(svg.value(), HasSubstr("</svg>"));
    EXPECT_THAT(svg.value(), Not(HasSubstr("nan")));
    if (std::system("command -v xmllint >/dev/null 2>&1") == 0) {
      EXPECT_EQ(std::system(("xmllint --noout " + path).c_str()), 0);
    }
  }
  EXPECT_FALSE(writePlots("/nonexistent", report_, tally_.latency(), series_).ok());
}

TEST(EmptyReplayTest, NothingIsReportedWithoutHarm) {
  ReplayReport report;
  fillTraffic(report, TrafficTally(), FlowLedger(), {});
  EXPECT_EQ(checkReport(report), std::nullopt);
  EXPECT_THAT(toText(report), HasSubstr("opened 0"));
  EXPECT_EQ(toJson(report)["packets"]["in"], 0);
  EXPECT_TRUE(plotMembers(report).body.empty());
  EXPECT_TRUE(plotRate(TimeSeries()).body.empty());
}

TEST(LatencyHistogramTest, Percentiles) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile(0.5), 0u);
  for (uint32_t i = 1; i <= 100; ++i) histogram.add(i);
  EXPECT_EQ(histogram.percentile(0.5), 50u);
  EXPECT_EQ(histogram.percentile(0.99), 99u);
  EXPECT_EQ(histogram.percentile(1), 100u);
  histogram.add(1'000'000);
  EXPECT_EQ(histogram.percentile(1), 1'000'000u);
}

TEST(NumberTest, Formats) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(withPrefix(1234567, "packet/s"), "1.23 Mpacket/s");
  EXPECT_EQ(withPrefix(999.6), "1.00 k");
  EXPECT_EQ(withPrefix(12), "12");
  EXPECT_EQ(duration(0.0123), "12.3 ms");
  EXPECT_EQ(duration(4e-9), "4 ns");
  EXPECT_EQ(percent(0.12345), "12.3 %");
}

TEST(RoundTicksTest, AreRoundAndCoverTheRange) {
  EXPECT_EQ(roundTicks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  for (const double high : {1e-6, 0.37, 1.0, 7.0, 123456.0}) {
    const auto ticks = roundTicks(0, high, 5);
    EXPECT_GE(ticks.back(), high * 0.999999);
    EXPECT_LE(ticks.size(), 8u);
  }
}

TEST(ProgressTest, Line) {
  EXPECT_EQ(progressLine("replay", 500'000, 1'000'000, 0.5, 100),
            "replay   50% |##########          | 500 kpackets  1.00 Mpacket/s  500 ms left");
  EXPECT_EQ(progressLine("replay", 500'000, 0, 0.5, 100), "replay  500 kpackets  1.00 Mpacket/s");
  EXPECT_EQ(progressLine("replay", 5, 10, 0, 10).size(), 10u);
}

}  // namespace
}  // namespace sluice
