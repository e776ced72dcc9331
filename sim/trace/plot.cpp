// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/plot.h"

#include <algorithm>
#include <cmath>

#include "sim/trace/format_number.h"
#include "sim/trace/text_file.h"

namespace sluice {
namespace {

constexpr size_t kMaxBars = 48;
constexpr size_t kLabelledBars = 8;
constexpr double kPlotWidth = 650;   // px between the axes
constexpr double kLabelGlyph = 6.8;  // px per character of a label
constexpr size_t kLatencyBins = 60;
constexpr size_t kMaxMarks = 12;

struct TimeScale {
  double factor;  // ns to the unit
  const char* unit;
};

TimeScale timeScale(uint64_t span_ns) {
  if (span_ns >= 2'000'000'000) return {1e-9, "s"};
  if (span_ns >= 2'000'000) return {1e-6, "ms"};
  return {1e-3, "us"};
}

uint64_t spanNs(const TimeSeries& series) { return series.endNs(); }

std::vector<double> binStarts(const TimeSeries& series, const TimeScale& scale) {
  std::vector<double> xs;
  for (size_t i = 0; i < series.bins().size(); ++i) {
    xs.push_back(static_cast<double>(i * series.intervalNs()) * scale.factor);
  }
  return xs;
}

void drawMarks(SvgChart& chart, const TimeSeries& series, const TimeScale& scale) {
  size_t count = 0;
  for (const TimeSeries::Mark& mark : series.marks()) {
    if (++count > kMaxMarks || mark.time_ns > spanNs(series)) break;
    chart.mark(static_cast<double>(mark.time_ns) * scale.factor, mark.text);
  }
}

SvgChart::Axis timeAxis(const TimeSeries& series, const TimeScale& scale) {
  SvgChart::Axis axis;
  axis.title = std::string("time since the start of the trace, ") + scale.unit;
  axis.high = std::max(1e-9, static_cast<double>(spanNs(series)) * scale.factor);
  return axis;
}

std::string shortened(const std::string& text, size_t size) {
  if (text.size() <= size) return text;
  return text.substr(0, size / 2 - 1) + ".." + text.substr(text.size() - (size - size / 2 - 1));
}

std::string intervalText(const TimeSeries& series) {
  return "mean of intervals of " + duration(static_cast<double>(series.intervalNs()) / 1e9);
}

using Members = std::vector<const ReplayReport::Member*>;

// One unit per bar, and a gap of one between pools.
std::vector<double> barPlaces(const Members& members) {
  std::vector<double> places;
  double next = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i != 0 && members[i]->pool != members[i - 1]->pool) next += 1;
    places.push_back(next);
    next += 1;
  }
  return places;
}

// Members below their bars if there are few, pools below theirs if there is room.
SvgChart::Axis memberAxis(const Members& members, const std::vector<double>& places) {
  SvgChart::Axis axis;
  axis.low = -0.6;
  axis.high = places.back() + 0.6;
  const double room = kPlotWidth / (axis.high - axis.low);  // px per bar
  const auto fitting = [](const std::string& text, double width) {
    return shortened(text, static_cast<size_t>(std::max(6.0, width / kLabelGlyph)));
  };
  if (members.size() <= kLabelledBars) {
    for (size_t i = 0; i < members.size(); ++i) {
      axis.labels.emplace_back(places[i], fitting(members[i]->member, room));
    }
  }
  size_t start = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 1 != members.size() && members[i + 1]->pool == members[i]->pool) continue;
    const double width = room * static_cast<double>(i - start + 2);
    if (width > 40)
      axis.groups.emplace_back((places[start] + places[i]) / 2, fitting(members[i]->pool, width));
    start = i + 1;
  }
  if (axis.labels.empty()) axis.labels.emplace_back(0, "");
  return axis;
}

}  // namespace

SvgPicture plotMembers(const ReplayReport& report) {
  if (report.members.empty()) return {};
  std::vector<const ReplayReport::Member*> members;
  double high = 0.01;
  for (const auto& member : report.members) {
    if (members.size() == kMaxBars) break;
    members.push_back(&member);
    high = std::max({high, member.share, member.expected_share});
  }
  std::string subtitle = "of the connections of each pool";
  if (report.members.size() > kMaxBars) {
    subtitle += "; first " + std::to_string(kMaxBars) + " of " + grouped(report.members.size()) +
                " members";
  }
  SvgChart chart("Member share", subtitle);
  SvgChart::Axis y;
  y.title = "share";
  y.high = high;
  y.format = [high](double value) { return percent(value, high < 0.05 ? 1 : 0); };
  chart.setY(y);
  const std::vector<double> places = barPlaces(members);
  chart.setX(memberAxis(members, places));
  for (size_t i = 0; i < members.size(); ++i) {
    chart.bar(places[i] - 0.34, places[i] + 0.34, members[i]->share, kBlue);
    chart.level(places[i] - 0.44, places[i] + 0.44, members[i]->expected_share, kVermilion);
  }
  chart.legend("measured", kBlue);
  chart.legend("expected", kVermilion);
  return chart.picture();
}

SvgPicture plotLatency(const LatencyHistogram& latency, uint64_t clock_hz) {
  if (latency.total() == 0 || latency.max() == 0) return {};
  const auto& counts = latency.counts();
  // Up to the 99.9th percentile: a long thin tail would hide the rest.
  const uint32_t low = latency.min();
  const uint32_t high =
      std::min(std::max(latency.percentile(0.999), low + 1), LatencyHistogram::kExact - 1);
  const uint32_t width = std::max<uint32_t>(1, (high - low + kLatencyBins) / kLatencyBins);
  std::vector<double> shares;
  for (uint32_t start = low; start <= high; start += width) {
    uint64_t sum = 0;
    for (uint32_t c = start; c < std::min(start + width, LatencyHistogram::kExact); ++c)
      sum += counts[c];
    shares.push_back(static_cast<double>(sum) / static_cast<double>(latency.total()));
  }
  std::string subtitle = "p50 " + std::to_string(latency.percentile(0.5)) + ", p99 " +
                         std::to_string(latency.percentile(0.99)) + ", max " +
                         std::to_string(latency.max()) + " cycles; " + grouped(latency.total()) +
                         " forwarded packets";
  if (clock_hz != 0) subtitle += "; 1 cycle = " + duration(1 / static_cast<double>(clock_hz));
  SvgChart chart("Latency", subtitle);
  SvgChart::Axis x;
  x.title = "first beat in to last beat out, clock cycles" +
            std::string(width > 1 ? ", bars of " + std::to_string(width) : "");
  x.low = low;
  x.high = low + static_cast<double>(shares.size()) * width;
  x.format = [](double value) { return grouped(static_cast<uint64_t>(value)); };
  SvgChart::Axis y;
  y.title = "share of packets";
  y.high = *std::max_element(shares.begin(), shares.end());
  y.format = [=](double value) { return percent(value, y.high < 0.05 ? 1 : 0); };
  chart.setX(x);
  chart.setY(y);
  for (size_t i = 0; i < shares.size(); ++i) {
    const double left = low + static_cast<double>(i) * width;
    if (shares[i] > 0) chart.bar(left, left + width * 0.92, shares[i], kBlue);
  }
  return chart.picture();
}

SvgPicture plotRate(const TimeSeries& series) {
  const auto& bins = series.bins();
  if (bins.empty()) return {};
  const TimeScale scale = timeScale(spanNs(series));
  std::vector<double> forwarded, dropped, punted;
  double high = 0;
  bool any_punted = false;
  for (size_t i = 0; i < bins.size(); ++i) {
    const auto& bin = bins[i];
    const double seconds = series.binSeconds(i);
    forwarded.push_back(static_cast<double>(bin.forwarded) / seconds);
    dropped.push_back(static_cast<double>(bin.dropped) / seconds);
    punted.push_back(static_cast<double>(bin.punted) / seconds);
    high = std::max({high, forwarded.back(), dropped.back(), punted.back()});
    any_punted = any_punted || bin.punted != 0;
  }
  SvgChart chart("Packet rate", intervalText(series));
  chart.setX(timeAxis(series, scale));
  SvgChart::Axis y;
  y.title = "packets per second";
  y.high = high;
  chart.setY(y);
  const auto xs = binStarts(series, scale);
  const double end = static_cast<double>(spanNs(series)) * scale.factor;
  chart.steps(xs, forwarded, end, kBlue, "forwarded", true);
  chart.steps(xs, dropped, end, kVermilion, "dropped");
  if (any_punted) chart.steps(xs, punted, end, kGreen, "punted");
  drawMarks(chart, series, scale);
  return chart.picture();
}

SvgPicture plotTable(const TimeSeries& series, uint64_t capacity) {
  std::vector<double> entries;
  for (const auto& bin : series.bins()) entries.push_back(static_cast<double>(bin.table_entries));
  const double high = entries.empty() ? 0 : *std::max_element(entries.begin(), entries.end());
  if (high == 0) return {};
  const TimeScale scale = timeScale(spanNs(series));
  std::string subtitle = "entries in use, peak " + grouped(static_cast<uint64_t>(high));
  if (capacity != 0) {
    const double load = high / static_cast<double>(capacity);
    subtitle += " of " + grouped(capacity) + " (" + percent(load, load < 0.01 ? 2 : 1) + ")";
  }
  SvgChart chart("Connection table", subtitle);
  chart.setX(timeAxis(series, scale));
  SvgChart::Axis y;
  y.title = "entries";
  y.high = high;
  chart.setY(y);
  chart.steps(binStarts(series, scale), entries, static_cast<double>(spanNs(series)) * scale.factor,
              kGreen, "", true);
  drawMarks(chart, series, scale);
  return chart.picture();
}

Result<std::vector<std::string>> writePlots(const std::string& directory,
                                            const ReplayReport& report,
                                            const LatencyHistogram& latency,
                                            const TimeSeries& series) {
  const std::pair<const char*, SvgPicture> charts[] = {
      {"members", plotMembers(report)},
      {"latency", plotLatency(latency, report.clock_hz)},
      {"rate", plotRate(series)},
      {"table", plotTable(series, report.flow_capacity)}};
  std::vector<std::string> paths;
  std::vector<SvgPicture> page;
  for (const auto& [name, picture] : charts) {
    if (picture.body.empty()) continue;
    page.push_back(picture);
    paths.push_back(directory + "/" + name + ".svg");
    const auto written = writeTextFile(paths.back(), svgDocument({picture}));
    if (!written) return written.error();
  }
  paths.push_back(directory + "/replay.svg");
  const auto written = writeTextFile(paths.back(), svgDocument(page));
  if (!written) return written.error();
  return paths;
}

}  // namespace sluice
