// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "firmware/health/probe_answer.h"
#include "firmware/health/probe_kinds.h"

namespace sluice {

namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

constexpr int kDrainStatus = 100;

// Programs that were killed and have not ended yet.
std::vector<pid_t>& dying() {
  static std::vector<pid_t> pids;
  return pids;
}

void reapDying() {
  std::erase_if(dying(), [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
}

// A program and its children, killed with their owner if they still run.
class Program {
 public:
  explicit Program(pid_t pid) : pid_(pid) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    dying().push_back(pid_);
    reapDying();
  }
  // Once it has ended.
  int status() {
    int status = 0;
    waitpid(pid_, &status, 0);
    kill(-pid_, SIGKILL);  // children that it left behind
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

std::vector<std::string> argumentsOf(const Monitor& monitor, const Endpoint& target) {
  std::vector<std::string> all;
  std::istringstream words(*monitor.request);
  for (std::string word; words >> word;) all.push_back(word);
  all.push_back(target.address.toString());
  all.push_back(std::to_string(target.port));
  return all;
}

// Its process id, or -errno. `output` becomes its standard output; other files are closed.
pid_t startProgram(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, 1);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? pid : -error;
}

ProbeOutcome outcomeOf(int status, const std::string& said) {
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::string reason = shown(said);
  if (reason.empty()) {
    reason = code >= 0 ? "exit status " + std::to_string(code)
                       : "killed by signal " + std::to_string(WTERMSIG(status));
  }
  const Verdict verdict = code == 0              ? Verdict::kGood
                          : code == kDrainStatus ? Verdict::kDrain
                                                 : Verdict::kBad;
  return {verdict, reason, {}};
}

}  // namespace

ProbeRun probeScript(Monitor monitor, Endpoint target) {
  reapDying();
  const auto executor = co_await asio::this_coro::executor;
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    co_return ProbeOutcome{Verdict::kBad, std::strerror(errno), {}};
  Descriptor output(executor, pipe[0]);
  fcntl(pipe[1], F_SETFL, 0);  // the program waits when nobody reads
  const pid_t pid = startProgram(argumentsOf(monitor, target), pipe[1]);
  close(pipe[1]);
  if (pid < 0) co_return ProbeOutcome{Verdict::kBad, std::strerror(-pid), {}};
  Program program(pid);
  Descriptor ended(executor, static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  co_await ended.async_wait(Descriptor::wait_read, asio::use_awaitable);
  std::string said(256, '\0');
  const ssize_t got = read(pipe[0], said.data(), said.size());
  said.resize(got > 0 ? static_cast<size_t>(got) : 0);
  co_return outcomeOf(program.status(), said);
}

}  // namespace sluice
