// SPDX-License-Identifier: Apache-2.0
// What became of a frame, as the comment of a packet in a pcapng file:
//   id=7 in_port=0 verdict=forward virtual=shop member=web/10.0.0.11:80 flow=opened cycles=61
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/engine/data_plane.h"

namespace sluice {

using NameOf = std::function<std::string(uint16_t id)>;

// Replaces `comment`.
void writeFrameComment(const FrameOut& frame, const NameOf& virtual_name, const NameOf& member_name,
                       std::string& comment);

}  // namespace sluice
