// SPDX-License-Identifier: Apache-2.0
// A line for each request, as JSON or in the combined format of Apache's httpd with fields behind.
//
// Lines are written by a thread of the log's own, many at a time: a slow disk holds up no request.
// When more than kMostWaiting bytes wait, lines are lost, and counted. The file may be moved or
// removed at any time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "firmware/base/ip_address.h"

namespace sluice::proxy {

// What became of a request. Views live as long as the call that gets them.
struct AccessRecord {
  std::chrono::system_clock::time_point time;  // when its head had come
  IpAddress client;
  std::string_view service;                                    // name of the virtual
  std::string_view method, host, target, referer, user_agent;  // empty: no request that was valid
  std::string_view version = "1.1";                            // of HTTP
  int status = 0;                                              // 0: the client got no response
  std::string_view cause;  // why the appliance answered or ended it; empty: a server answered
  uint64_t received = 0, sent = 0;  // bytes of bodies
  std::string_view rule, tags, pool;
  std::string member;  // that answered; empty: none
  uint32_t retries = 0;
  std::chrono::nanoseconds queue{0};                             // waited for a member
  std::chrono::nanoseconds connect{0}, first_byte{0}, total{0};  // 0: did not come to that
  std::string_view tls;                                          // version; empty: not encrypted
};

enum class AccessFormat : uint8_t { kJson, kCommon };
// With its line end. What clients sent cannot begin another line.
std::string formatAccess(const AccessRecord& record, AccessFormat format);

class AccessLog {
 public:
  static constexpr size_t kMostWaiting = 4 << 20;

  explicit AccessLog(std::string file);
  // Writes what waits.
  ~AccessLog();

  // From any thread.
  void add(const std::string& line);

  const std::string& file() const { return file_; }
  uint64_t written() const { return written_; }
  uint64_t lost() const { return lost_; }

 private:
  void run();
  void write(const std::string& lines, uint64_t count);

  const std::string file_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  uint64_t waiting_lines_ = 0;
  bool stopping_ = false;
  std::atomic<uint64_t> written_{0}, lost_{0};
  std::thread thread_;
};

}  // namespace sluice::proxy
