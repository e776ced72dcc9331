// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/base/file_descriptor.h"

namespace sluice::proxy {
namespace {

using Json = nlohmann::ordered_json;

std::tm utc(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm fields{};
  ::gmtime_r(&seconds, &fields);
  return fields;
}

std::string formatTime(std::chrono::system_clock::time_point time, const char* format) {
  const std::tm fields = utc(time);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &fields)};
}

double ms(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count() / 1'000) * 1e-3;
}

std::string toJson(const AccessRecord& r) {
  const auto part =
      std::chrono::duration_cast<std::chrono::milliseconds>(r.time.time_since_epoch());
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(part.count() % 1'000));
  const Json line = {{"time", formatTime(r.time, "%Y-%m-%dT%H:%M:%S") + fraction},
                     {"client", r.client.toString()},
                     {"virtual", r.service},
                     {"method", r.method},
                     {"host", r.host},
                     {"target", r.target},
                     {"version", r.version},
                     {"status", r.status},
                     {"cause", r.cause},
                     {"received", r.received},
                     {"sent", r.sent},
                     {"rule", r.rule},
                     {"pool", r.pool},
                     {"member", r.member},
                     {"retries", r.retries},
                     {"connect_ms", ms(r.connect)},
                     {"first_byte_ms", ms(r.first_byte)},
                     {"total_ms", ms(r.total)},
                     {"queue_ms", ms(r.queue)},
                     {"tags", r.tags},
                     {"tls", r.tls},
                     {"referer", r.referer},
                     {"user_agent", r.user_agent}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string orDash(std::string_view text) { return text.empty() ? "-" : std::string(text); }

// In quotes; quotes, backslashes and what is not printable ASCII as \xHH.
std::string inQuotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.empty() ? std::string_view("-") : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      out += c;
    } else {
      char digits[8];
      std::snprintf(digits, sizeof digits, "\\x%02x", byte);
      out += digits;
    }
  }
  return out + "\"";
}

std::string toCommon(const AccessRecord& r) {
  std::string request;
  if (!r.method.empty()) {
    request.append(r.method).append(" ").append(r.target);
    request.append(" HTTP/").append(r.version);
  }
  char timings[96];
  std::snprintf(timings, sizeof timings, " %u %.3f %.3f %.3f ", r.retries, ms(r.connect),
                ms(r.first_byte), ms(r.total));
  char queue[32];
  std::snprintf(queue, sizeof queue, " %.3f", ms(r.queue));
  return r.client.toString() + " - - [" + formatTime(r.time, "%d/%b/%Y:%H:%M:%S +0000") + "] " +
         inQuotes(request) + " " + std::to_string(r.status) + " " + std::to_string(r.sent) + " " +
         inQuotes(r.referer) + " " + inQuotes(r.user_agent) + " " + orDash(r.service) + " " +
         orDash(r.rule) + " " + orDash(r.member) + timings + orDash(r.cause) + " " +
         orDash(r.tags) + queue + "\n";
}

// All of it, or not known how much.
bool writeAll(int file, std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = ::write(file, lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    lines.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

std::string formatAccess(const AccessRecord& record, AccessFormat format) {
  return format == AccessFormat::kJson ? toJson(record) : toCommon(record);
}

AccessLog::AccessLog(std::string file) : file_(std::move(file)) {
  thread_ = std::thread([this] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    run();
  });
}

AccessLog::~AccessLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AccessLog::add(const std::string& line) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > kMostWaiting) {
      ++lost_;
      return;
    }
    waiting_ += line;
    ++waiting_lines_;
  }
  wake_.notify_one();
}

void AccessLog::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::string lines = std::exchange(waiting_, {});
    const uint64_t count = std::exchange(waiting_lines_, 0);
    lock.unlock();
    write(lines, count);
    lock.lock();
  }
}

void AccessLog::write(const std::string& lines, uint64_t count) {
  const FileDescriptor file(::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  const bool good = file.valid() && writeAll(file.get(), lines);
  (good ? written_ : lost_) += count;
}

}  // namespace sluice::proxy
