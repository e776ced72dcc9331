// SPDX-License-Identifier: Apache-2.0
// What virtuals of mode http did, for the report of a live appliance.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "firmware/proxy/proxy_stats.h"

namespace sluice {

// {virtuals[{name, connections{}, handshakes{full, resumed, failed{}}, requests, by_server{2xx...},
// by_appliance{}, causes{}, flaws{}, retries, retries_refused, came_back,
// websockets{accepted, active}, http2{connections, active, streams, active_streams, resets,
// goaways{}}, bytes{}, latency_us{handshake{}, connect{}, first_byte{}, total{}}}], members[{pool,
// member, by_server{}, connections{}, failures, latency_us{first_byte{}}}], rules[{virtual, rule,
// requests}], access_logs[{file, written, lost}]}; counts of 0 are left out of by_..., causes and
// flaws.
nlohmann::ordered_json httpJson(const proxy::ProxyStats& stats);
// Nothing if there are no such virtuals.
std::string httpText(const proxy::ProxyStats& stats);

}  // namespace sluice
