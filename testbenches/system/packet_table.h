// SPDX-License-Identifier: Apache-2.0
// The packet table: what the data plane does, as rows of packets in and results out.
//
// A row is a name, changes to the standard configuration (fixture.h) and steps. Each packet step
// says everything about the result record: what it does not say is 0. The expected frame is built
// from scratch. Adding a case is adding a row:
//
//   {"NAT of an IPv4 SYN", {},
//    {in(kClients, tcp(kAlice, endOf(kWeb4), kSyn)).via(kWeb4).at(kNat4).opens()
//         .to(kServers, tcp(kAlice, endOf(kNat4), kSyn).hop(linkTo(kToServers)))}}
//
// Steps are 10 us apart, and all of a row without wait() are within one age tick.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "testbenches/system/fixture.h"

namespace sluice::testing {

using Change = std::function<void(DataPlaneSetup&)>;

struct Step {
  enum class Kind { kPacket, kChange, kFlip, kWait, kScrub };

  Kind kind = Kind::kPacket;
  // kPacket
  Packet packet;
  uint8_t port = 0;
  uint8_t cpu_dest = regs::kPortNone;
  bool bad = false;
  regs::Result result;
  std::optional<Packet> out;  // forwarded
  bool found_live = false;    // counts as a hit whatever `flow` says
  uint16_t closed_virtual = 0, closed_member = 0;
  std::optional<regs::FlowState> state;  // of the entry opened last in the row, after the packet
  // kChange, kFlip
  Change change;
  // kWait
  uint64_t ns = 0;
  // kScrub
  regs::ScrubMode scrub_mode{};
  uint32_t scrub_arg = 0;
  uint32_t scrub_freed = 0;

  // The verdict; one of them is needed.
  Step to(uint8_t egress, Packet expected) const;
  Step drop(regs::DropReason reason) const;
  Step punt(regs::PuntCause cause) const;
  // The rest of the result record.
  Step via(uint16_t virtual_id) const;
  Step at(uint16_t member) const;
  Step back() const;  // direction reverse
  Step opens() const;
  Step hits() const;
  Step misses() const;
  Step flow(regs::FlowResult result) const;
  Step rule(uint8_t acl_rule) const;
  // An entry of this virtual and member is closed; without them, of the packet's own.
  Step closes(regs::CloseCause cause) const;
  Step closes(regs::CloseCause cause, uint16_t virtual_id, uint16_t member) const;
  Step found() const;
  // The connection table, afterwards.
  Step leaves(regs::FlowState state) const;
  // The frame on its way in.
  Step direct(uint8_t egress) const;
  Step damaged() const;
};

Step in(uint8_t port, Packet packet);
Step change(Change change);  // tables and registers, with no packet in flight
Step flip(Change change);    // the same, through the other bank
Step waitTicks(uint32_t age_ticks);
Step waitNs(uint64_t ns);
// A pass of the scrub engine that frees `freed` entries, all of one virtual and member.
Step scrub(regs::ScrubMode mode, uint32_t argument, uint32_t freed, uint16_t virtual_id,
           uint16_t member);

struct Row {
  std::string name;
  std::vector<Change> changes;
  std::vector<Step> steps;
  // For steps that depend on the connections that full NAT had before: they, made anew.
  std::function<std::vector<Step>(const SourceBase&)> after = {};
};
using Table = std::vector<Row>;

// One after the other in this order; each stage's rows are in packet_table_<stage>.cpp.
void addIngressRows(Table& table);
void addParseRows(Table& table);
void addIpv6ParseRows(Table& table);
void addClassifyRows(Table& table);
void addPoliceRows(Table& table);
void addFlowRows(Table& table);
void addFlowLimitRows(Table& table);
void addDispatchRows(Table& table);
void addEditRows(Table& table);
void addIcmpErrorRows(Table& table);
void addFullNatRows(Table& table);
const Table& packetTable();

// The member that takes over a pool's ring slots.
Change useMember(uint16_t pool, std::vector<uint16_t> members, regs::Algorithm algorithm = {});

}  // namespace sluice::testing
