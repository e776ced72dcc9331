// SPDX-License-Identifier: Apache-2.0
// Every event of the appliance, each declared once. docs/events.md is generated from this file: run
// event_catalogue_test with SLUICE_UPDATE_GOLDEN=1 after a change.
//
// A new kind is a constant here and a line in eventKinds() below it.
#pragma once

#include <span>

#include "firmware/telemetry/event_kind.h"

namespace sluice::events {

namespace fields {
inline constexpr EventField kPool{"pool", "name of the pool"};
inline constexpr EventField kMember{"member", "address and port of the member"};
inline constexpr EventField kVirtual{"virtual", "name of the virtual"};
inline constexpr EventField kReason{"reason", "why, for people"};
inline constexpr EventField kUser{"user", "who did it"};
inline constexpr EventField kAddress{"address", "IP address of the next hop"};
inline constexpr EventField kInterface{"interface", "name of the interface"};
inline constexpr EventField kMac{"mac", "its MAC address"};
inline constexpr EventField kCount{"count", "packets since the condition began"};
inline constexpr EventField kRate{"rate", "packets per second while it was noticed"};
inline constexpr EventField kSeconds{"seconds", "how long it lasted"};
inline constexpr EventField kDrop{"drop", "the drop reason, a name of docs/registers/packet.md"};
inline constexpr EventField kTable{"table", "name of the table"};
inline constexpr EventField kLive{"live", "connections in the table"};
inline constexpr EventField kCapacity{"capacity", "connections that the table can hold"};
inline constexpr EventField kHalfOpen{"half_open", "connections without the client's ACK"};
inline constexpr EventField kRevision{
    "revision", "number of the configuration revision, or the file that it was read from"};
inline constexpr EventField kCertificate{"certificate", "name of the certificate"};
inline constexpr EventField kSerial{"serial", "its serial number, hexadecimal"};
inline constexpr EventField kUntil{"until", "when it expires, UTC"};
inline constexpr EventField kFailure{"failure", "why handshakes fail, a name of docs/tls.md"};
inline constexpr EventField kClients{"clients", "resets sent to clients"};
inline constexpr EventField kLimit{"limit", "most connections, as configured"};
inline constexpr EventField kConnections{"connections", "connections that are still open"};
}  // namespace fields

namespace alarms {
inline constexpr AlarmKind kMemberDown{"member_down", "pool", "member"};
inline constexpr AlarmKind kMemberFlapping{"member_flapping", "pool", "member"};
inline constexpr AlarmKind kMemberFull{"member_full", "pool", "member"};
inline constexpr AlarmKind kPoolOverflow{"pool_overflow", "pool"};
inline constexpr AlarmKind kVirtualFull{"virtual_full", "virtual"};
inline constexpr AlarmKind kVirtualDown{"virtual_down", "virtual"};
inline constexpr AlarmKind kFailOpen{"fail_open", "pool"};
inline constexpr AlarmKind kNeighborLost{"neighbor_lost", "address", "interface"};
inline constexpr AlarmKind kTableFull{"table_full", "table"};
inline constexpr AlarmKind kLimit{"limit", "drop"};
inline constexpr AlarmKind kFlood{"flood"};
inline constexpr AlarmKind kCertificateExpiry{"certificate_expiry", "certificate"};
inline constexpr AlarmKind kOcspExpiry{"ocsp_expiry", "certificate"};
inline constexpr AlarmKind kHandshakes{"tls_handshakes", "virtual", "failure"};
inline constexpr AlarmKind kMemberHandshakes{"member_tls_handshakes", "pool", "member"};
inline constexpr AlarmKind kCircuitOpen{"circuit_open", "pool", "member"};
inline constexpr AlarmKind kOutlier{"outlier", "pool", "member"};
inline constexpr AlarmKind kUnconfirmed{"config_unconfirmed"};
inline constexpr AlarmKind kLogFailing{"log_failing", "sink"};
}  // namespace alarms

// The appliance and its configuration.
inline constexpr EventKind kApplianceStarted{
    "appliance_started",
    EventSeverity::kNotice,
    {{"version", "version of the program"}, {"engine", "what the data plane runs on"}},
    "The appliance has started, version {version}, engine {engine}."};
inline constexpr EventKind kApplianceStopped{"appliance_stopped",
                                             EventSeverity::kNotice,
                                             {fields::kReason},
                                             "The appliance stops: {reason}."};
inline constexpr EventKind kConfigChanged{
    "config_changed",
    EventSeverity::kNotice,
    {fields::kUser, fields::kRevision, {"comment", "what the user said about it; may be empty"}},
    "Configuration {revision} by {user} is running.",
    AlarmEffect::kClears,
    &alarms::kUnconfirmed};
inline constexpr EventKind kConfigRefused{
    "config_refused",
    EventSeverity::kError,
    {fields::kUser, fields::kReason},
    "A configuration by {user} was refused, the one before stays: {reason}"};
inline constexpr EventKind kConfigUnconfirmed{
    "config_unconfirmed",
    EventSeverity::kWarning,
    {fields::kUser, fields::kRevision, fields::kSeconds},
    "Configuration {revision} by {user} is taken back in {seconds} s unless it is confirmed.",
    AlarmEffect::kRaises,
    &alarms::kUnconfirmed};
inline constexpr EventKind kConfigRolledBack{"config_rolled_back",
                                             EventSeverity::kWarning,
                                             {fields::kUser, fields::kRevision, fields::kReason},
                                             "Configuration {revision} is running again: {reason}.",
                                             AlarmEffect::kClears,
                                             &alarms::kUnconfirmed};
inline constexpr EventKind kConfigWarning{"config_warning",
                                          EventSeverity::kWarning,
                                          {fields::kReason},
                                          "About the configuration: {reason}"};
inline constexpr EventKind kOverrideChanged{
    "override_changed",
    EventSeverity::kNotice,
    {fields::kUser, {"change", "what is in force now: member 10.0.0.11:80 of pool web: drain"}},
    "{user} has set {change}."};

// Members and virtuals.
inline constexpr EventKind kMemberUp{"member_up",
                                     EventSeverity::kNotice,
                                     {fields::kPool, fields::kMember, fields::kReason},
                                     "Member {member} of pool {pool} is up: {reason}.",
                                     AlarmEffect::kClears,
                                     &alarms::kMemberDown};
inline constexpr EventKind kMemberDown{"member_down",
                                       EventSeverity::kError,
                                       {fields::kPool, fields::kMember, fields::kReason},
                                       "Member {member} of pool {pool} is down: {reason}.",
                                       AlarmEffect::kRaises,
                                       &alarms::kMemberDown};
inline constexpr EventKind kMemberFailing{
    "member_failing",
    EventSeverity::kWarning,
    {fields::kPool, fields::kMember, fields::kReason},
    "Traffic shows that member {member} of pool {pool} fails: {reason}."};
inline constexpr EventKind kMemberResumed{"member_resumed",
                                          EventSeverity::kNotice,
                                          {fields::kPool, fields::kMember, fields::kUser},
                                          "{user} has resumed member {member} of pool {pool}."};
inline constexpr EventKind kMemberReset{
    "member_reset",
    EventSeverity::kNotice,
    {fields::kPool, fields::kMember, fields::kConnections, fields::kClients},
    "Connections of member {member} of pool {pool} were reset: {connections} were open, {clients} "
    "resets went to clients."};
inline constexpr EventKind kMemberFull{"member_full",
                                       EventSeverity::kWarning,
                                       {fields::kPool, fields::kMember, fields::kLimit},
                                       "Member {member} of pool {pool} has its {limit} "
                                       "connections; others take new ones.",
                                       AlarmEffect::kRaises,
                                       &alarms::kMemberFull};
inline constexpr EventKind kMemberRelieved{
    "member_relieved",
    EventSeverity::kNotice,
    {fields::kPool, fields::kMember},
    "Member {member} of pool {pool} takes new connections again.",
    AlarmEffect::kClears,
    &alarms::kMemberFull};
inline constexpr EventKind kPoolOverflow{
    "pool_overflow",
    EventSeverity::kWarning,
    {fields::kPool, fields::kReason},
    "All members of pool {pool} have as many connections as they may: {reason}.",
    AlarmEffect::kRaises,
    &alarms::kPoolOverflow};
inline constexpr EventKind kPoolRelieved{
    "pool_relieved",      EventSeverity::kNotice,
    {fields::kPool},      "Members of pool {pool} take new connections again.",
    AlarmEffect::kClears, &alarms::kPoolOverflow};
inline constexpr EventKind kVirtualFull{
    "virtual_full",
    EventSeverity::kWarning,
    {fields::kVirtual, fields::kLimit},
    "Virtual {virtual} has its {limit} connections; new ones are dropped.",
    AlarmEffect::kRaises,
    &alarms::kVirtualFull};
inline constexpr EventKind kVirtualRelieved{
    "virtual_relieved",   EventSeverity::kNotice,
    {fields::kVirtual},   "Virtual {virtual} takes new connections again.",
    AlarmEffect::kClears, &alarms::kVirtualFull};
inline constexpr EventKind kMemberDraining{
    "member_draining",
    EventSeverity::kNotice,
    {fields::kPool, fields::kMember, fields::kReason, fields::kConnections},
    "Member {member} of pool {pool} takes no new connections, {connections} are open: {reason}.",
    AlarmEffect::kClears,
    &alarms::kMemberDown};
inline constexpr EventKind kMemberDrained{
    "member_drained",
    EventSeverity::kNotice,
    {fields::kPool, fields::kMember, fields::kSeconds},
    "Member {member} of pool {pool} has no connections left after {seconds} s and is safe to power "
    "off."};
inline constexpr EventKind kMemberDisabled{"member_disabled",
                                           EventSeverity::kNotice,
                                           {fields::kPool, fields::kMember, fields::kReason},
                                           "Member {member} of pool {pool} is disabled: {reason}.",
                                           AlarmEffect::kClears,
                                           &alarms::kMemberDown};
inline constexpr EventKind kMemberFlapping{
    "member_flapping",
    EventSeverity::kWarning,
    {fields::kPool, fields::kMember, {"changes", "changes of state within the window"}},
    "Member {member} of pool {pool} has changed its state {changes} times; it has to hold longer "
    "to be up.",
    AlarmEffect::kRaises,
    &alarms::kMemberFlapping};
inline constexpr EventKind kMemberSteady{"member_steady",
                                         EventSeverity::kNotice,
                                         {fields::kPool, fields::kMember},
                                         "Member {member} of pool {pool} has kept its state.",
                                         AlarmEffect::kClears,
                                         &alarms::kMemberFlapping};
inline constexpr EventKind kFailOpenBegun{
    "fail_open_begun",    EventSeverity::kAlert,
    {fields::kPool},      "All members of pool {pool} are down; it sends traffic to all of them.",
    AlarmEffect::kRaises, &alarms::kFailOpen};
inline constexpr EventKind kFailOpenEnded{
    "fail_open_ended",    EventSeverity::kNotice,
    {fields::kPool},      "Pool {pool} has members that are up again.",
    AlarmEffect::kClears, &alarms::kFailOpen};
inline constexpr EventKind kVirtualUp{"virtual_up",
                                      EventSeverity::kNotice,
                                      {fields::kVirtual, fields::kReason},
                                      "Virtual {virtual} is up: {reason}.",
                                      AlarmEffect::kClears,
                                      &alarms::kVirtualDown};
inline constexpr EventKind kVirtualDown{"virtual_down",
                                        EventSeverity::kCritical,
                                        {fields::kVirtual, fields::kReason},
                                        "Virtual {virtual} is down: {reason}.",
                                        AlarmEffect::kRaises,
                                        &alarms::kVirtualDown};
inline constexpr EventKind kVirtualDisabled{"virtual_disabled",
                                            EventSeverity::kNotice,
                                            {fields::kVirtual, fields::kReason},
                                            "Virtual {virtual} is disabled: {reason}.",
                                            AlarmEffect::kClears,
                                            &alarms::kVirtualDown};

// The network.
inline constexpr EventKind kNeighborFound{"neighbor_found",
                                          EventSeverity::kNotice,
                                          {fields::kAddress, fields::kInterface, fields::kMac},
                                          "Next hop {address} on {interface} answers from {mac}.",
                                          AlarmEffect::kClears,
                                          &alarms::kNeighborLost};
inline constexpr EventKind kNeighborLost{
    "neighbor_lost",
    EventSeverity::kError,
    {fields::kAddress, fields::kInterface},
    "Next hop {address} on {interface} does not answer; packets to it are dropped.",
    AlarmEffect::kRaises,
    &alarms::kNeighborLost};

// What the data plane reports.
inline constexpr EventKind kTableFull{
    "table_full",
    EventSeverity::kCritical,
    {fields::kTable, fields::kLive, fields::kCapacity, fields::kCount},
    "No place in the {table} table for {count} new connections; it holds {live} of {capacity}.",
    AlarmEffect::kRaises,
    &alarms::kTableFull};
inline constexpr EventKind kTableRelieved{
    "table_relieved",
    EventSeverity::kNotice,
    {fields::kTable, fields::kLive, fields::kCapacity, fields::kCount, fields::kSeconds},
    "The {table} table has had places again after {seconds} s; {count} connections found none.",
    AlarmEffect::kClears,
    &alarms::kTableFull};
inline constexpr EventKind kLimitHit{"limit_hit",
                                     EventSeverity::kWarning,
                                     {fields::kDrop, fields::kRate, fields::kReason},
                                     "Packets are dropped as {drop}, {rate} a second: {reason}",
                                     AlarmEffect::kRaises,
                                     &alarms::kLimit};
inline constexpr EventKind kLimitRelieved{
    "limit_relieved",
    EventSeverity::kNotice,
    {fields::kDrop, fields::kCount, fields::kSeconds},
    "No more packets are dropped as {drop}; {count} were in {seconds} s.",
    AlarmEffect::kClears,
    &alarms::kLimit};
inline constexpr EventKind kFloodBegun{
    "flood_begun",
    EventSeverity::kAlert,
    {fields::kHalfOpen,
     {"evicted", "half-open connections that gave way, per second"},
     fields::kReason},
    "A SYN flood has begun: {reason}; {half_open} connections are half open, {evicted} a second "
    "give way.",
    AlarmEffect::kRaises,
    &alarms::kFlood};
inline constexpr EventKind kFloodEnded{
    "flood_ended",
    EventSeverity::kNotice,
    {{"evicted", "half-open connections that gave way meanwhile"}, fields::kSeconds},
    "The SYN flood has ended after {seconds} s; {evicted} half-open connections gave way.",
    AlarmEffect::kClears,
    &alarms::kFlood};

// TLS.
inline constexpr EventKind kCertificateLoaded{
    "certificate_loaded",
    EventSeverity::kNotice,
    {fields::kCertificate, fields::kSerial, fields::kUntil},
    "Certificate {certificate} with serial number {serial} is in force, until {until}.",
    AlarmEffect::kClears,
    &alarms::kCertificateExpiry};
inline constexpr EventKind kCertificateExpiring{
    "certificate_expiring",
    EventSeverity::kWarning,
    {fields::kCertificate, fields::kSerial, fields::kUntil},
    "Certificate {certificate} with serial number {serial} expires {until}.",
    AlarmEffect::kRaises,
    &alarms::kCertificateExpiry};
inline constexpr EventKind kCertificateExpired{
    "certificate_expired",
    EventSeverity::kCritical,
    {fields::kCertificate, fields::kSerial, fields::kUntil},
    "Certificate {certificate} with serial number {serial} is not valid any more; it expired "
    "{until}.",
    AlarmEffect::kRaises,
    &alarms::kCertificateExpiry};
inline constexpr EventKind kOcspLoaded{"ocsp_loaded",
                                       EventSeverity::kNotice,
                                       {fields::kCertificate, fields::kSerial, fields::kUntil},
                                       "An OCSP response about certificate {certificate} with "
                                       "serial number {serial} is in force, until "
                                       "{until}.",
                                       AlarmEffect::kClears,
                                       &alarms::kOcspExpiry};
inline constexpr EventKind kOcspExpiring{"ocsp_expiring",
                                         EventSeverity::kWarning,
                                         {fields::kCertificate, fields::kSerial, fields::kUntil},
                                         "The OCSP response about certificate {certificate} with "
                                         "serial number {serial} expires {until}.",
                                         AlarmEffect::kRaises,
                                         &alarms::kOcspExpiry};
inline constexpr EventKind kOcspExpired{
    "ocsp_expired",
    EventSeverity::kWarning,
    {fields::kCertificate, fields::kSerial, fields::kUntil},
    "The OCSP response about certificate {certificate} with serial number {serial} is stapled no "
    "more; it expired {until}.",
    AlarmEffect::kRaises,
    &alarms::kOcspExpiry};
inline constexpr EventField kGuarded{"member", "address and port of the member, or `all`"};
inline constexpr EventKind kCircuitOpened{
    "circuit_opened",
    EventSeverity::kWarning,
    {fields::kPool, kGuarded},
    "Too many requests to pool {pool}, member {member}, failed; it gets none for a while.",
    AlarmEffect::kRaises,
    &alarms::kCircuitOpen};
inline constexpr EventKind kCircuitClosed{
    "circuit_closed",
    EventSeverity::kNotice,
    {fields::kPool, kGuarded},
    "Pool {pool}, member {member}, gets requests again: its breaker has closed.",
    AlarmEffect::kClears,
    &alarms::kCircuitOpen};
inline constexpr EventKind kOutlierEjected{
    "outlier_ejected",
    EventSeverity::kWarning,
    {fields::kPool, fields::kMember},
    "Member {member} of pool {pool} failed too many requests in a row, and is ejected for a while.",
    AlarmEffect::kRaises,
    &alarms::kOutlier};
inline constexpr EventKind kOutlierReturned{
    "outlier_returned",
    EventSeverity::kNotice,
    {fields::kPool, fields::kMember},
    "Member {member} of pool {pool} is not ejected any more.",
    AlarmEffect::kClears,
    &alarms::kOutlier};
inline constexpr EventKind kHandshakesFailing{
    "handshakes_failing",
    EventSeverity::kWarning,
    {fields::kVirtual, fields::kFailure, {"count", "handshakes that failed when it was noticed"}},
    "TLS handshakes with virtual {virtual} fail: {failure}, {count} so far.",
    AlarmEffect::kRaises,
    &alarms::kHandshakes};
inline constexpr EventKind kHandshakesRecovered{
    "handshakes_recovered",
    EventSeverity::kNotice,
    {fields::kVirtual,
     fields::kFailure,
     {"count", "handshakes that failed meanwhile"},
     fields::kSeconds},
    "TLS handshakes with virtual {virtual} do not fail any more: {failure}, {count} in {seconds} "
    "s.",
    AlarmEffect::kClears,
    &alarms::kHandshakes};

inline constexpr EventKind kMemberHandshakesFailing{
    "member_handshakes_failing",
    EventSeverity::kWarning,
    {fields::kPool,
     fields::kMember,
     fields::kFailure,
     {"count", "handshakes that failed when it was noticed"}},
    "TLS handshakes with member {member} of pool {pool} fail: {failure}, {count} so far.",
    AlarmEffect::kRaises,
    &alarms::kMemberHandshakes};
inline constexpr EventKind kMemberHandshakesRecovered{
    "member_handshakes_recovered",
    EventSeverity::kNotice,
    {fields::kPool,
     fields::kMember,
     {"count", "handshakes that failed meanwhile"},
     fields::kSeconds},
    "TLS handshakes with member {member} of pool {pool} do not fail any more: {count} in {seconds} "
    "s.",
    AlarmEffect::kClears,
    &alarms::kMemberHandshakes};

inline constexpr EventKind kTlsKeysLogged{
    "tls_keys_logged",
    EventSeverity::kWarning,
    {{"file", "where keys are written to"}},
    "Keys of all TLS connections are written to {file}: whoever has it can read them."};

// The log itself.
inline constexpr EventKind kLogFailing{
    "log_failing",
    EventSeverity::kWarning,
    {{"sink", "where events go to, as the configuration names it"}, fields::kReason},
    "Events cannot be written to {sink}: {reason}.",
    AlarmEffect::kRaises,
    &alarms::kLogFailing};
inline constexpr EventKind kLogRecovered{
    "log_recovered",
    EventSeverity::kNotice,
    {{"sink", "where events go to, as the configuration names it"},
     {"lost", "events that were not written there"}},
    "Events are written to {sink} again; {lost} are missing there.",
    AlarmEffect::kClears,
    &alarms::kLogFailing};

inline constexpr const EventKind* kKinds[] = {&kApplianceStarted,
                                              &kApplianceStopped,
                                              &kConfigChanged,
                                              &kConfigRefused,
                                              &kConfigUnconfirmed,
                                              &kConfigRolledBack,
                                              &kConfigWarning,
                                              &kOverrideChanged,
                                              &kMemberUp,
                                              &kMemberDown,
                                              &kMemberFailing,
                                              &kMemberResumed,
                                              &kMemberReset,
                                              &kMemberFull,
                                              &kMemberRelieved,
                                              &kPoolOverflow,
                                              &kPoolRelieved,
                                              &kVirtualFull,
                                              &kVirtualRelieved,
                                              &kMemberDraining,
                                              &kMemberDrained,
                                              &kMemberDisabled,
                                              &kMemberFlapping,
                                              &kMemberSteady,
                                              &kFailOpenBegun,
                                              &kFailOpenEnded,
                                              &kVirtualUp,
                                              &kVirtualDown,
                                              &kVirtualDisabled,
                                              &kNeighborFound,
                                              &kNeighborLost,
                                              &kTableFull,
                                              &kTableRelieved,
                                              &kLimitHit,
                                              &kLimitRelieved,
                                              &kFloodBegun,
                                              &kFloodEnded,
                                              &kCertificateLoaded,
                                              &kCertificateExpiring,
                                              &kCertificateExpired,
                                              &kOcspLoaded,
                                              &kOcspExpiring,
                                              &kOcspExpired,
                                              &kHandshakesFailing,
                                              &kHandshakesRecovered,
                                              &kCircuitOpened,
                                              &kCircuitClosed,
                                              &kOutlierEjected,
                                              &kOutlierReturned,
                                              &kMemberHandshakesFailing,
                                              &kMemberHandshakesRecovered,
                                              &kTlsKeysLogged,
                                              &kLogFailing,
                                              &kLogRecovered};

}  // namespace sluice::events
