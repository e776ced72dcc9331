// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/asio_probes.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

#include "firmware/health/probe_kinds.h"

namespace sluice {

namespace {

namespace asio = boost::asio;

// What the coroutine and its owner share; whoever is last ends it.
struct Run {
  asio::cancellation_signal cancel;
  ProbeStarter::Done done;  // empty: it has ended, or nobody listens
  bool begun = false;
};

class AsioProbe final : public Probe {
 public:
  AsioProbe(asio::io_context& context, std::shared_ptr<Run> run)
      : context_(context), run_(std::move(run)) {}
  // Boost 1.81: a coroutine must not be cancelled before it has begun or after it has ended, and
  // the signal is needed until the context has passed it on.
  ~AsioProbe() override {
    if (!run_->done) return;
    run_->done = nullptr;
    if (!run_->begun) return;
    run_->cancel.emit(asio::cancellation_type::terminal);
    asio::post(context_, [run = run_] {});
  }

 private:
  asio::io_context& context_;
  std::shared_ptr<Run> run_;
};

ProbeRun probeOf(const Monitor& monitor, const Endpoint& target) {
  switch (*monitor.type) {
    case Monitor::Type::kIcmp:
      return probeIcmp(monitor, target);
    case Monitor::Type::kTcp:
      return probeTcp(monitor, target);
    case Monitor::Type::kUdp:
      return probeUdp(monitor, target);
    case Monitor::Type::kHttp:
    case Monitor::Type::kHttps:
      return probeHttp(monitor, target);
    case Monitor::Type::kDns:
      return probeDns(monitor, target);
    case Monitor::Type::kScript:
      return probeScript(monitor, target);
    case Monitor::Type::kAgent:
      break;
  }
  return probeAgent(monitor, target);
}

// Never ends within start().
ProbeRun later(ProbeRun probe, std::shared_ptr<Run> run) {
  co_await asio::post(asio::use_awaitable);
  if (!run->done) co_return ProbeOutcome();
  run->begun = true;
  co_return co_await std::move(probe);
}

std::string reasonOf(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& failure) {
    return failure.code().message();
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

}  // namespace

std::unique_ptr<Probe> AsioProbes::start(const Monitor& monitor, const Endpoint& target,
                                         Done done) {
  auto run = std::make_shared<Run>();
  run->done = std::move(done);
  asio::co_spawn(
      context_, later(probeOf(monitor, target), run),
      asio::bind_cancellation_slot(
          run->cancel.slot(), [run](const std::exception_ptr& error, ProbeOutcome outcome) {
            if (!run->done) return;
            const Done tell = std::exchange(run->done, nullptr);
            tell(error ? ProbeOutcome{Verdict::kBad, reasonOf(error), {}} : std::move(outcome));
          }));
  return std::make_unique<AsioProbe>(context_, std::move(run));
}

}  // namespace sluice
