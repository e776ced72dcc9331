// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/console_server.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <optional>

#include "mgmt/core/console_session.h"

namespace sluice::mgmt {

namespace {

using Socket = boost::asio::local::stream_protocol::socket;
using Endpoint = boost::asio::local::stream_protocol::endpoint;
using ErrorCode = boost::system::error_code;

ConsoleUser userOf(Socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return {"unknown"};
  const bool owner = peer.uid == 0 || peer.uid == ::geteuid();
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer;
  if (getpwuid_r(peer.uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return {entry.pw_name, owner};
  return {"uid " + std::to_string(peer.uid), owner};
}

Error ioError(const std::string& path, const std::string& what) {
  return {sluice::ErrorCode::kIo, "console socket " + path + ": " + what};
}

size_t sizeIn(const Json& request, const char* key, size_t otherwise) {
  const auto value = request.find(key);
  if (value == request.end() || !value->is_number_unsigned()) return otherwise;
  return std::min<size_t>(value->get<size_t>(), 10'000);
}

std::string textIn(const Json& request, const char* key) {
  const auto value = request.find(key);
  return value != request.end() && value->is_string() ? value->get<std::string>() : std::string();
}

// Text from configurations and users need not be UTF-8; JSON must be.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

// One connection. Requests are answered in order; the next is read when the answer is written.
class ConsoleServer::Client : public std::enable_shared_from_this<ConsoleServer::Client> {
 public:
  Client(ConsoleServer& server, Socket socket) : server_(server), socket_(std::move(socket)) {
    session_.emplace(server.console_, userOf(socket_));
  }

  void start() { read(); }
  void tell(const std::string& line) { send(Json{{"event", line}}); }
  // The session ends here: what waits for the socket may hold this longer than the console lives.
  void close() {
    session_.reset();
    ErrorCode ignored;
    socket_.close(ignored);
  }

 private:
  void read() {
    reading_ = true;
    boost::asio::async_read_until(socket_, boost::asio::dynamic_buffer(input_, kMostRequest), '\n',
                                  [self = shared_from_this()](const ErrorCode& error, size_t size) {
                                    self->reading_ = false;
                                    if (error || !self->takeLine(size)) self->end();
                                  });
  }

  bool takeLine(size_t size) {
    const std::string line = input_.substr(0, size);
    input_.erase(0, size);
    return take(line);
  }

  bool take(const std::string& line) {
    const Json request = Json::parse(line, nullptr, false);
    if (!request.is_object()) return false;
    const std::string op = textIn(request, "op");
    if (op == "hello") {
      session_->terminal() = {sizeIn(request, "width", 80), sizeIn(request, "length", 24),
                              request.value("interactive", Json(false)) == Json(true)};
      answer({});
    } else if (op == "run") {
      answer(session_->execute(textIn(request, "line")));
      server_.watchPending();
    } else if (op == "complete") {
      const CompletionAnswer found = session_->complete(textIn(request, "line"));
      send(Json{{"insert", found.insert}, {"list", found.list}});
    } else if (op == "help") {
      send(Json{{"output", session_->help(textIn(request, "line"))}});
    } else {
      return false;
    }
    return true;
  }

  void answer(const LineAnswer& answer) {
    const auto& edit = session_->edit();
    send(Json{{"output", answer.output},
              {"status", static_cast<int>(answer.status)},
              {"page", answer.page},
              {"leave", answer.leave},
              {"length", session_->terminal().length},
              {"prompt", session_->prompt()},
              {"notice", session_->notice()},
              {"uncommitted", edit != nullptr && edit->editor.changed()},
              {"immediate", edit != nullptr && edit->immediate}});
  }

  void send(const Json& message) {
    output_.push_back(dump(message));
    if (output_.size() == 1) write();
  }

  void write() {
    boost::asio::async_write(socket_, boost::asio::buffer(output_.front()),
                             [self = shared_from_this()](const ErrorCode& error, size_t) {
                               if (error) return self->end();
                               self->output_.pop_front();
                               if (!self->output_.empty()) return self->write();
                               if (!self->reading_) self->read();
                             });
  }

  void end() {
    close();
    server_.clients_.erase(shared_from_this());
  }

  ConsoleServer& server_;
  Socket socket_;
  std::optional<ConsoleSession> session_;
  bool reading_ = false;
  std::string input_;
  std::deque<std::string> output_;
};

ConsoleServer::ConsoleServer(boost::asio::io_context& context, ManagedAppliance& appliance,
                             ConfigManager& manager, std::function<void(const std::string&)> say)
    : acceptor_(context), timer_(context), console_(appliance, manager), say_(std::move(say)) {
  watchPending();
}

ConsoleServer::~ConsoleServer() {
  for (const auto& client : clients_) client->close();
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<void> ConsoleServer::listen(const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return ioError(path, "the path is longer than a socket's may be");
  std::error_code made;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), made);
  ErrorCode error;
  Socket probe(acceptor_.get_executor());
  probe.connect(Endpoint(path), error);
  if (!error) return ioError(path, "another appliance serves it; give --socket PATH");
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return ioError(path, "is there, and is no socket");
    ::unlink(path.c_str());
  }
  acceptor_.open(Endpoint(path).protocol(), error);
  if (!error) {
    // Of the owner and the group from the first moment on.
    const mode_t before = ::umask(0117);
    acceptor_.bind(Endpoint(path), error);
    ::umask(before);
  }
  if (!error) acceptor_.listen(16, error);
  if (error) return ioError(path, error.message());
  path_ = path;
  accept();
  return {};
}

void ConsoleServer::accept() {
  acceptor_.async_accept([this](const ErrorCode& error, Socket socket) {
    if (error) return;
    if (clients_.size() < kMostClients) {
      const auto client = std::make_shared<Client>(*this, std::move(socket));
      clients_.insert(client);
      client->start();
    }
    accept();
  });
}

void ConsoleServer::watchPending() {
  if (watching_ || !console_.manager().pending()) return;
  watching_ = true;
  timer_.expires_after(std::chrono::milliseconds(200));
  timer_.async_wait([this](const ErrorCode& error) {
    if (error) return;
    watching_ = false;
    const std::string told = console_.manager().tick();
    if (!told.empty()) {
      say_(told);
      for (const auto& client : clients_) client->tell("% Notice: " + told);
    }
    watchPending();
  });
}

}  // namespace sluice::mgmt
