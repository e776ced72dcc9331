// SPDX-License-Identifier: Apache-2.0
// A client's end of the console's socket; see console_server.h for what is said on it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "firmware/base/result.h"

namespace sluice::mgmt {

class ConsoleConnection {
 public:
  // kIo: nobody serves there, with what to do.
  static Result<ConsoleConnection> open(const std::string& path);
  ConsoleConnection(ConsoleConnection&& other) noexcept;
  ConsoleConnection& operator=(ConsoleConnection&&) = delete;
  ~ConsoleConnection();

  // Waits for the answer. kIo: the appliance is gone.
  Result<nlohmann::ordered_json> ask(const nlohmann::ordered_json& request);
  // What came unasked, since the last call; false: the appliance is gone. Does not wait.
  bool takeEvents(std::vector<std::string>& lines);
  int fd() const { return fd_; }

 private:
  explicit ConsoleConnection(int fd) : fd_(fd) {}
  bool fill(bool wait);
  // A message that is there, or null.
  nlohmann::ordered_json next();

  int fd_;
  std::string input_;
  std::vector<std::string> events_;
};

}  // namespace sluice::mgmt
