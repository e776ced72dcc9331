// SPDX-License-Identifier: Apache-2.0
// The text form of a replay report. Nothing is wider than 80 columns: names are cut in the middle.
#include <algorithm>
#include <cmath>

#include "sim/trace/format_number.h"
#include "sim/trace/report.h"

namespace sluice {
namespace {

constexpr size_t kWidth = 80;
constexpr size_t kShort = 20;

// Cuts the middle out of what is too long: both ends of a name tell more.
std::string fit(const std::string& text, size_t width) {
  if (text.size() <= width) return text;
  const size_t head = (width - 2) / 2;
  return text.substr(0, head) + ".." + text.substr(text.size() - (width - 2 - head));
}

std::string left(const std::string& text, size_t width) {
  const std::string cut = fit(text, width);
  return cut + std::string(width - cut.size(), ' ');
}

std::string right(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string share(uint64_t part, uint64_t whole) {
  return whole == 0 ? "" : percent(static_cast<double>(part) / static_cast<double>(whole));
}

// Breaks a sentence at blanks. The first line starts with `first`, the others are indented.
std::string wrapped(const std::string& text, size_t indent, const std::string& first) {
  std::string result, line = first;
  bool fresh = true;  // nothing but the indentation on the line
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = fit(text.substr(at, end - at), kWidth - indent);
    if (!fresh && line.size() + 1 + word.size() > kWidth) {
      result += line + "\n";
      line = std::string(indent, ' ');
      fresh = true;
    }
    line += (fresh ? "" : " ") + word;
    fresh = false;
    at = end + 1;
  }
  return result + line + "\n";
}

class Writer {
 public:
  explicit Writer(const ReplayReport& report, const TextOptions& options)
      : r_(report), options_(options) {}

  std::string write() {
    head();
    packets();
    drops();
    virtuals();
    members();
    latency();
    connections();
    brokenConnections();
    tables();
    simulation();
    notes();
    return out_;
  }

 private:
  // Without blanks at its end.
  void line(const std::string& text) {
    out_ += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  void title(const std::string& text) { out_ += "\n" + text + "\n"; }
  size_t shown(size_t count) const { return options_.all ? count : std::min(count, kShort); }
  void more(size_t count, const char* what) {
    if (shown(count) < count) {
      line("  ... and " + grouped(count - shown(count)) + " more " + what + " (--all lists them)");
    }
  }

  void head() {
    line("Replay of " + fit(r_.trace.path, kWidth - 10));
    line("  " + grouped(r_.trace.packets) + " packets, " + withPrefix(double(r_.trace.bytes), "B") +
         ", " + grouped(r_.trace.flows) + " flows, " + duration(r_.trace.duration_seconds));
    std::string engine = "  engine " + r_.engine + ", profile " + r_.profile;
    if (r_.clock_hz != 0) engine += ", " + withPrefix(double(r_.clock_hz), "Hz");
    line(engine);
  }

  void packetRow(const char* what, uint64_t count, const std::string& note = "") {
    const std::string row =
        "  " + left(what, 12) + right(grouped(count), 15) + right(share(count, r_.packets_in), 10);
    line(note.empty() ? row : row + "  " + note);
  }

  void packets() {
    title("Packets");
    line("  " + left("in", 12) + right(grouped(r_.packets_in), 15) + right("", 10) + "  " +
         withPrefix(double(r_.bytes_in), "B"));
    packetRow("forwarded", r_.packets_forwarded, withPrefix(double(r_.bytes_forwarded), "B"));
    packetRow("dropped", r_.packets_dropped);
    packetRow("punted", r_.packets_punted, r_.packets_punted == 0 ? "" : "to the CPU port");
    if (const auto wrong = checkReport(r_)) line("  ERROR: " + *wrong);
  }

  template <class List>
  void reasons(const char* heading, const List& list) {
    if (list.empty()) return;
    title(heading);
    for (const auto& [reason, count] : list) {
      const std::string row = "  " + left(std::string(name(reason)), 24) +
                              right(grouped(count), 12) + right(share(count, r_.packets_in), 9) +
                              "  ";
      const std::string meaning(doc(reason));
      if (row.size() + meaning.size() <= kWidth) {
        line(row + meaning);
      } else {
        line(row);
        out_ += wrapped(meaning, 4, "    ");
      }
    }
  }

  void drops() {
    reasons("Drops by reason", r_.drops);
    reasons("Punts by cause", r_.punts);
  }

  void virtuals() {
    if (r_.virtuals.empty()) return;
    title("  " + left("Virtual", 36) + right("packets", 14) + right("bytes", 12) +
          right("connections", 14));
    for (size_t i = 0; i < shown(r_.virtuals.size()); ++i) {
      const auto& v = r_.virtuals[i];
      line("  " + left(v.name, 36) + right(grouped(v.packets), 14) +
           right(withPrefix(double(v.bytes), "B"), 12) + right(grouped(v.connections), 14));
    }
    more(r_.virtuals.size(), "virtuals");
  }

  void members() {
    if (r_.members.empty()) return;
    title("  " + left("Pool", 14) + " " + left("Member", 23) + right("packets", 12) +
          right("connect.", 11) + right("share", 8) + right("expect.", 8));
    std::string pool;
    for (size_t i = 0; i < shown(r_.members.size()); ++i) {
      const auto& m = r_.members[i];
      // A longer name of a pool has a line of its own: names that --auto makes differ in the
      // middle.
      const bool own_line = m.pool != pool && m.pool.size() > 14;
      if (own_line) line("  " + fit(m.pool, kWidth - 2));
      line("  " + left(m.pool == pool || own_line ? "" : m.pool, 14) + " " + left(m.member, 23) +
           right(grouped(m.packets), 12) + right(grouped(m.connections), 11) +
           right(percent(m.share), 8) + right(percent(m.expected_share), 8));
      pool = m.pool;
    }
    more(r_.members.size(), "members");
  }

  void latency() {
    if (!r_.latency_cycles) return;
    const auto& l = *r_.latency_cycles;
    title("Latency of forwarded packets");
    const double ns = r_.clock_hz == 0 ? 0 : 1e9 / double(r_.clock_hz);
    line("            min      p50      p99      max");
    line("  cycles" + right(grouped(l.min), 7) + right(grouped(l.p50), 9) +
         right(grouped(l.p99), 9) + right(grouped(l.max), 9));
    if (ns == 0) return;
    line("  ns    " + right(fixedPoint(l.min * ns, 0), 7) + right(fixedPoint(l.p50 * ns, 0), 9) +
         right(fixedPoint(l.p99 * ns, 0), 9) + right(fixedPoint(l.max * ns, 0), 9));
  }

  void connections() {
    uint64_t broken = 0;
    for (const auto& [cause, count] : r_.broken) broken += count;
    title("Connections");
    line("  opened " + grouped(r_.connections_opened) + ", closed " +
         grouped(r_.connections_closed) + ", peak " + grouped(r_.connections_peak) + ", broken " +
         grouped(broken));
    for (const auto& [cause, count] : r_.broken) {
      line("    " + left(std::string(name(cause)), 16) + right(grouped(count), 10) + "  " +
           std::string(doc(cause)));
    }
  }

  void brokenConnections() {
    if (r_.broken_list.empty()) return;
    title("Broken connections");
    for (size_t i = 0; i < shown(r_.broken_list.size()); ++i) {
      const BrokenConnection& b = r_.broken_list[i];
      line("  " + right(fixedPoint(double(b.time_ns) / 1e9, 6) + " s", 14) + "  " +
           left(std::string(name(b.cause)), 15) + " " + fit(b.client.text(), kWidth - 34));
      const std::string before =
          b.member_before == 0 ? "no member" : r_.names.memberName(b.member_before);
      const std::string after = b.member_after == 0
                                    ? "dropped (" + std::string(name(b.reason)) + ")"
                                    : r_.names.memberName(b.member_after);
      line(fit("                  " + r_.names.virtualName(b.virtual_id) + ": " + before + " -> " +
                   after,
               kWidth));
    }
    more(r_.broken_list.size(), "broken connections");
  }

  void tables() {
    title("Connection table");
    const double load = r_.flow_capacity == 0 ? 0 : double(r_.flow_peak) / double(r_.flow_capacity);
    line("  " + grouped(r_.flow_capacity) + " entries, peak " + grouped(r_.flow_peak) + " (" +
         percent(load, load < 0.01 ? 2 : 1) + "), " + grouped(r_.flow_insert_failures) +
         " failed inserts");
  }

  void simulation() {
    const auto& s = r_.simulation;
    title("Simulation");
    std::string text = "  " + duration(s.simulated_seconds) + " simulated in " +
                       duration(s.wall_seconds) + ": " +
                       withPrefix(s.packets_per_second, "packet/s");
    if (s.cycles != 0) text += ", " + withPrefix(s.cycles_per_second, "cycle/s");
    line(text);
    if (r_.mismatches) {
      line("  " + grouped(*r_.mismatches) +
           (*r_.mismatches == 0 ? " differences: RTL and model agree"
                                : " differences between RTL and model"));
    }
  }

  void notes() {
    if (r_.notes.empty()) return;
    title("Notes");
    for (const std::string& note : r_.notes) out_ += wrapped(note, 4, "  - ");
  }

  const ReplayReport& r_;
  TextOptions options_;
  std::string out_;
};

}  // namespace

std::string toText(const ReplayReport& report, const TextOptions& options) {
  return Writer(report, options).write();
}

}  // namespace sluice
