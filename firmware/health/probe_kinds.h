// SPDX-License-Identifier: Apache-2.0
// What each type of monitor asks, as coroutines of Boost.Asio. They run on the executor they are
// spawned on, end with an outcome or an exception (boost::system::system_error: the member did not
// do its part), and stop wherever they are when they are cancelled.
//
// Members are not trusted: what they send is limited in length and compared, nothing else.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "firmware/base/ip_address.h"
#include "firmware/control/config.h"
#include "firmware/health/probe.h"

namespace sluice {

using ProbeRun = boost::asio::awaitable<ProbeOutcome>;

inline constexpr size_t kLongestAnswer = 65'536;

// Echo request and reply.
ProbeRun probeIcmp(Monitor monitor, Endpoint target);
// A connection; what is sent and expected on it.
ProbeRun probeTcp(Monitor monitor, Endpoint target);
// A request. Without `expect` an answer is as good as none for half of the timeout; a port that is
// closed refuses.
ProbeRun probeUdp(Monitor monitor, Endpoint target);
ProbeRun probeDns(Monitor monitor, Endpoint target);
// http and https.
ProbeRun probeHttp(Monitor monitor, Endpoint target);
// A program of the host: PROGRAM ARGUMENT... ADDRESS PORT. Its exit status decides: 0 good, 100
// drain, others bad; the first line that it prints is the reason.
ProbeRun probeScript(Monitor monitor, Endpoint target);
// A program on the member that tells its load: agent_answer.h.
ProbeRun probeAgent(Monitor monitor, Endpoint target);

}  // namespace sluice
