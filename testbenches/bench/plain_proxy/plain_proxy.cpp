// SPDX-License-Identifier: Apache-2.0
// The firmware's layer-7 proxy on plain sockets of the kernel, without a data plane: what is left
// of the appliance when its packets cost nothing. For benchmarks; all members serve.
//
// usage: plain_proxy CONFIG   (prints "ready", serves until SIGTERM or SIGINT)
#include <csignal>
#include <cstdio>

#include "firmware/control/config_text.h"
#include "firmware/proxy/proxy.h"

namespace {

int fail(const std::string& message) {
  std::fprintf(stderr, "plain_proxy: %s\n", message.c_str());
  return 1;
}

// Blocked in all threads, so that one may wait for them.
sigset_t blockEnds() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  return ends;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail("usage: plain_proxy CONFIG");
  const auto loaded = sluice::loadConfigFile(argv[1]);
  if (!loaded) return fail(loaded.error().message);
  const sigset_t ends = blockEnds();
  const sluice::Overrides overrides;
  const sluice::Operational operational;
  sluice::proxy::Proxy proxy;
  const auto applied =
      proxy.apply(loaded->config, overrides, sluice::proxy::viewOf(overrides, operational));
  if (!applied) return fail(applied.error().message);
  std::puts("ready");
  std::fflush(stdout);
  int which = 0;
  sigwait(&ends, &which);
  return 0;
}
