// SPDX-License-Identifier: Apache-2.0
#include "mgmt/cli/console_connection.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::mgmt {

using Json = nlohmann::ordered_json;

namespace {
const Error kGone{ErrorCode::kIo, "the appliance has gone away"};
}

Result<ConsoleConnection> ConsoleConnection::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error{ErrorCode::kIo, path + ": the path is longer than a socket's may be"};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ConsoleConnection connection(fd);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    const bool nobody = error == ENOENT || error == ECONNREFUSED;
    return Error{ErrorCode::kIo, path + ": " + std::strerror(error) +
                                     (nobody ? "; no appliance serves there: start one with "
                                               "'sluice run', or give --socket PATH"
                                             : "")};
  }
  return connection;
}

ConsoleConnection::ConsoleConnection(ConsoleConnection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      input_(std::move(other.input_)),
      events_(std::move(other.events_)) {}

ConsoleConnection::~ConsoleConnection() {
  if (fd_ >= 0) ::close(fd_);
}

bool ConsoleConnection::fill(bool wait) {
  char chunk[65'536];
  const ssize_t size = ::recv(fd_, chunk, sizeof chunk, wait ? 0 : MSG_DONTWAIT);
  if (size > 0) input_.append(chunk, static_cast<size_t>(size));
  return size > 0 || (size < 0 && (errno == EINTR || errno == EAGAIN));
}

Json ConsoleConnection::next() {
  const size_t end = input_.find('\n');
  if (end == std::string::npos) return nullptr;
  Json message = Json::parse(input_.substr(0, end), nullptr, false);
  input_.erase(0, end + 1);
  if (!message.is_object()) return Json::object();
  const auto event = message.find("event");
  if (event == message.end()) return message;
  if (event->is_string()) events_.push_back(event->get<std::string>());
  return next();
}

Result<Json> ConsoleConnection::ask(const Json& request) {
  const std::string text = request.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t size = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return kGone;
    sent += static_cast<size_t>(size);
  }
  while (true) {
    Json message = next();
    if (!message.is_null()) return message;
    if (!fill(true)) return kGone;
  }
}

bool ConsoleConnection::takeEvents(std::vector<std::string>& lines) {
  const bool there = fill(false);
  // No answer is awaited here.
  while (!next().is_null()) {
  }
  lines = std::exchange(events_, {});
  return there;
}

}  // namespace sluice::mgmt
