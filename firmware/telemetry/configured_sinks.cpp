// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/configured_sinks.h"

#include <algorithm>
#include <memory>

#include "firmware/telemetry/json_file_sink.h"
#include "firmware/telemetry/syslog_sink.h"

namespace sluice {
namespace {

Endpoint endpointOf(const LogTarget& target) { return {target.address, target.effectivePort()}; }

std::unique_ptr<EventSink> makeSink(const LogTarget& target, const std::string& hostname) {
  switch (target.kind) {
    case LogTarget::Kind::kHost:
      return std::make_unique<SyslogSink>(sinkName(target), hostname,
                                          makeUdpPort(endpointOf(target)));
    case LogTarget::Kind::kSocket:
      return std::make_unique<SyslogSink>(sinkName(target), hostname, makeUnixPort(target.path));
    case LogTarget::Kind::kFile:
      return std::make_unique<JsonFileSink>(target.path, target.effectiveSize());
  }
  return nullptr;
}

}  // namespace

std::string sinkName(const LogTarget& target) {
  switch (target.kind) {
    case LogTarget::Kind::kHost:
      return "host " + endpointOf(target).toString();
    case LogTarget::Kind::kSocket:
      return "socket " + target.path;
    case LogTarget::Kind::kFile:
      return "file " + target.path;
  }
  return "";
}

void ConfiguredSinks::apply(const Config& config) {
  if (config.logging == targets_ && *config.hostname == hostname_) return;
  log_.remove([this](const EventSink& sink) {
    return std::find(names_.begin(), names_.end(), sink.name()) != names_.end();
  });
  targets_ = config.logging;
  hostname_ = *config.hostname;
  names_.clear();
  for (const LogTarget& target : targets_) {
    auto sink = makeSink(target, hostname_);
    names_.push_back(sink->name());
    log_.add(std::move(sink), target.effectiveLevel());
  }
}

}  // namespace sluice
