// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/json_file_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "firmware/base/file_descriptor.h"

namespace sluice {
namespace {

// All of the line or nothing. False: errno says why.
bool append(int file, const std::string& line) {
  struct stat before {};
  if (::fstat(file, &before) != 0) return false;
  const ssize_t written = ::write(file, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return true;
  if (written >= 0) errno = ENOSPC;
  const int error = errno;
  if (written > 0 && ::ftruncate(file, before.st_size) != 0) return false;
  errno = error;
  return false;
}

}  // namespace

bool JsonFileSink::write(const Event& event) {
  using Json = nlohmann::ordered_json;
  const std::string line =
      toJson(event).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  struct stat status {};
  const bool full = ::stat(path_.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                    status.st_size > 0 &&
                    static_cast<uint64_t>(status.st_size) + line.size() > most_bytes_;
  if (full && std::rename(path_.c_str(), (path_ + ".1").c_str()) != 0) return failed("rename");
  const FileDescriptor file(
      ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640));
  if (!file.valid()) return failed("open");
  return append(file.get(), line) || failed("write");
}

bool JsonFileSink::failed(const char* what) {
  why_ = systemError(what).message;
  return false;
}

}  // namespace sluice
