// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/connection_reader.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

milliseconds ticks(uint32_t count) {
  return milliseconds((uint64_t{count} << regs::kAgeTickShift) / 1'000'000);
}

// Index of a state's timeout in its timer profile.
uint32_t timerKind(regs::FlowState state) {
  switch (state) {
    case regs::FlowState::kHalfOpen:
      return 0;
    case regs::FlowState::kEstablished:
      return 1;
    case regs::FlowState::kClosingClient:
    case regs::FlowState::kClosingServer:
      return 2;
    case regs::FlowState::kClosing:
      return 3;
    case regs::FlowState::kOneWay:
      return 4;
    default:
      return 5;
  }
}

bool isLive(const regs::FlowTagRow& tag, uint32_t tick) {
  return tag.state != regs::FlowState::kFree && ((tick - tag.expires) & 0x800000) != 0;
}

bool within(const std::optional<IpPrefix>& prefix, const IpAddress& address) {
  return !prefix || (prefix->address.v6 == address.v6 && prefix->contains(address));
}

template <class T>
bool is(const std::optional<T>& wanted, const T& value) {
  return !wanted || *wanted == value;
}

}  // namespace

ConnectionList ConnectionReader::read(const ConnectionFilter& filter, size_t most, uint64_t now_ns,
                                      const Between& between) {
  const auto tick = static_cast<uint32_t>(now_ns >> regs::kAgeTickShift);
  ConnectionList list;
  size_t page = 0;
  for (uint32_t slot = slots_.next(0); slot != ConnectionSlots::kNone;
       slot = slots_.next(slot + 1)) {
    if (++page % kPage == 0 && !between()) {
      list.complete = false;
      break;
    }
    const auto tag = hal_.readRow<regs::FlowTagRow>(slot);
    if (!isLive(tag, tick) || !matches(filter, tag)) continue;
    const ConnectionStatus status = statusOf(tag, hal_.readRow<regs::FlowKeyRow>(slot), tick);
    if (!matches(filter, status)) continue;
    ++list.matched;
    if (list.connections.size() < most) list.connections.push_back(status);
  }
  if (hal_.read(regs::EventLostReg::kOffset) != 0) list.complete = false;
  return list;
}

// What can be told without the key, which is most of the reading.
bool ConnectionReader::matches(const ConnectionFilter& filter, const regs::FlowTagRow& tag) const {
  if (filter.virtual_name && control_.virtualName(tag.virtual_id) != *filter.virtual_name)
    return false;
  if (filter.state && regs::name(tag.state) != *filter.state) return false;
  if (!filter.pool && !filter.member) return true;
  const MemberKey* member = control_.memberKey(tag.member);
  return member != nullptr && is(filter.pool, member->pool) &&
         within(filter.member, member->endpoint.address);
}

bool ConnectionReader::matches(const ConnectionFilter& filter, const ConnectionStatus& c) {
  return is(filter.protocol, c.protocol) && within(filter.client, c.client.address) &&
         within(filter.destination, c.destination.address) &&
         is(filter.client_port, c.client.port) && is(filter.destination_port, c.destination.port) &&
         is(filter.member_port, c.member.port);
}

ConnectionStatus ConnectionReader::statusOf(const regs::FlowTagRow& tag,
                                            const regs::FlowKeyRow& key, uint32_t tick) {
  ConnectionStatus status;
  status.protocol = key.proto;
  status.client = {{key.is_v6, key.client}, portToWire(key.client_port)};
  status.destination = {{key.is_v6, key.virtual_address}, portToWire(key.virtual_port)};
  if (const MemberKey* member = control_.memberKey(tag.member)) {
    status.pool = member->pool;
    status.member = {member->endpoint.address, portToWire(key.server_port)};
  }
  status.virtual_name = control_.virtualName(tag.virtual_id);
  status.state = regs::name(tag.state);
  const uint32_t timeout = hal_.read(regs::TimerReg::offset(tag.timer * 6 + timerKind(tag.state)));
  const uint32_t left = (tag.expires - tick) & 0x7fffff;
  status.timeout = ticks(timeout);
  status.idle = ticks(timeout > left ? timeout - left : 0);
  return status;
}

Result<uint64_t> ConnectionReader::clear(const ConnectionFilter& filter, Control& control,
                                         Hal& hal) {
  const bool member = filter.member && filter.member_port && filter.pool;
  ConnectionFilter selectable;
  selectable.virtual_name = filter.virtual_name;
  if (member) {
    selectable.pool = filter.pool;
    selectable.member = filter.member;
    selectable.member_port = filter.member_port;
  }
  if (!(filter == selectable) || (member && filter.virtual_name)) {
    return Error{ErrorCode::kInvalidInput,
                 "cannot clear just these connections; expected a virtual, or a pool with a "
                 "member's address and port, or nothing for all"};
  }
  const auto live = [](const auto& row) { return uint64_t{row.opened - row.closed}; };
  if (filter.virtual_name) {
    const auto id = control.virtualId(*filter.virtual_name);
    if (!id)
      return Error{ErrorCode::kNotFound, "there is no virtual '" + *filter.virtual_name + "'"};
    control.endConnections(regs::ScrubMode::kVirtual, *id);
    return live(hal.readRow<regs::VirtualConnectionsRow>(*id));
  }
  if (member) {
    const Endpoint endpoint{filter.member->address, *filter.member_port};
    const auto id = control.memberId(*filter.pool, endpoint);
    if (!id) {
      return Error{ErrorCode::kNotFound,
                   "there is no member " + endpoint.toString() + " in pool '" + *filter.pool + "'"};
    }
    control.endConnections(regs::ScrubMode::kMember, *id);
    return live(hal.readRow<regs::MemberConnectionsRow>(*id));
  }
  control.endConnections(regs::ScrubMode::kAll, 0);
  return uint64_t{hal.read(regs::FlowLiveReg::kOffset)};
}

}  // namespace sluice
