// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/frame_comment.h"

#include <charconv>
#include <string_view>

namespace sluice {
namespace {

void append(std::string& text, const char* key, std::string_view value) {
  if (!text.empty()) text += ' ';
  text += key;
  text += value;
}

void append(std::string& text, const char* key, uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  append(text, key, std::string_view(digits, static_cast<size_t>(end - digits)));
}

}  // namespace

void writeFrameComment(const FrameOut& frame, const NameOf& virtual_name, const NameOf& member_name,
                       std::string& comment) {
  const regs::Result& result = frame.result;
  comment.clear();
  append(comment, "id=", frame.id);
  append(comment, "in_port=", uint64_t{result.in_port});
  append(comment, "verdict=", name(result.verdict));
  if (result.verdict == regs::Verdict::kDrop) append(comment, "reason=", name(result.reason));
  if (result.verdict == regs::Verdict::kPunt) append(comment, "cause=", name(result.cause));
  if (result.has_virtual) append(comment, "virtual=", virtual_name(result.virtual_id));
  if (result.has_member) append(comment, "member=", member_name(result.member));
  if (result.flow != regs::FlowResult::kNone) append(comment, "flow=", name(result.flow));
  if (result.close_cause != regs::CloseCause::kNone)
    append(comment, "closed=", name(result.close_cause));
  if (result.acl_hit) append(comment, "acl_rule=", uint64_t{result.acl_rule});
  if (frame.latency_cycles != 0) append(comment, "cycles=", uint64_t{frame.latency_cycles});
}

}  // namespace sluice
