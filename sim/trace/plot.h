// SPDX-License-Identifier: Apache-2.0
// The plots of a replay: `--plot DIR`.
#pragma once

#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "sim/trace/report.h"
#include "sim/trace/svg_chart.h"
#include "sim/trace/time_series.h"

namespace sluice {

// Each empty (no body) if there is nothing to show.
SvgPicture plotMembers(const ReplayReport& report);  // share against expected, by pool
SvgPicture plotLatency(const LatencyHistogram& latency, uint64_t clock_hz);
SvgPicture plotRate(const TimeSeries& series);  // forwarded, dropped, punted over time
SvgPicture plotTable(const TimeSeries& series, uint64_t capacity);  // connection table over time

// Writes members.svg, latency.svg, rate.svg, table.svg, and all of them as replay.svg, into an
// existing directory. Charts with nothing to show are left out. Returns the paths written.
Result<std::vector<std::string>> writePlots(const std::string& directory,
                                            const ReplayReport& report,
                                            const LatencyHistogram& latency,
                                            const TimeSeries& series);

}  // namespace sluice
