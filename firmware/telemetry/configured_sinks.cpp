// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/configured_sinks.h"

#include <algorithm>
#include <memory>

#include "firmware/telemetry/json_file_sink.h"
#include "firmware/telemetry/syslog_sink.h"

namespace sluice {
namespace {

std::unique_ptr<EventSink> makeSink(const LogTarget& target, const std::string& hostname) {
  switch (target.kind) {
    case LogTarget::Kind::kHost: {
      const Endpoint to{target.address, target.effectivePort()};
      return std::make_unique<SyslogSink>("host " + to.toString(), hostname, makeUdpPort(to));
    }
    case LogTarget::Kind::kSocket:
      return std::make_unique<SyslogSink>("socket " + target.path, hostname,
                                          makeUnixPort(target.path));
    case LogTarget::Kind::kFile:
      return std::make_unique<JsonFileSink>(target.path, target.effectiveSize());
  }
  return nullptr;
}

}  // namespace

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
