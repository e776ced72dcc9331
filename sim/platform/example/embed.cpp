// SPDX-License-Identifier: Apache-2.0
// The appliance inside somebody else's SystemC program.
//
// A client sends UDP packets to a virtual through port 0; two servers behind port 1 count what
// arrives; a controller programs the data plane through its TLM-2.0 socket with Sluice's own
// firmware. Prints a line per server; exit status 0 if every packet arrived.
#include <cstdio>
#include <map>
#include <systemc>
#include <vector>

#include "firmware/control/config_text.h"
#include "firmware/control/control.h"
#include "firmware/hal/hal.h"
#include "sim/engine/rtl_data_plane.h"
#include "sim/platform/appliance.h"
#include "sim/platform/tlm_register_bus.h"
#include "sim/trace/packet_build.h"

namespace {

constexpr int kPackets = 1000;

constexpr const char* kConfig = R"(
interface ethernet1
  address 203.0.113.2/24
interface ethernet2
  address 10.0.0.1/24
gateway 203.0.113.1
pool dns
  member 10.0.0.11:53
  member 10.0.0.12:53
virtual resolver
  destination 203.0.113.53:53 protocol udp
  mode nat
  pool dns
)";

// Somebody else's module: programs the appliance, then sends.
class Client : public sc_core::sc_module {
 public:
  sc_core::sc_port<sluice::FrameIf> to_appliance;
  sluice::TlmRegisterBus bus;

  Client(sc_core::sc_module_name name, const sc_core::sc_time& quantum)
      : sc_core::sc_module(name), bus("bus", quantum) {
    SC_HAS_PROCESS(Client);
    SC_THREAD(run);
  }

 private:
  void run() {
    const auto loaded = sluice::loadConfig(kConfig, "example");
    sluice::Hal hal(bus);
    sluice::Control control(hal);
    if (!loaded.ok() || !control.apply(loaded->config).ok()) {
      std::fprintf(stderr, "cannot configure the appliance\n");
      sc_core::sc_stop();
      return;
    }
    bus.synchronize();
    sluice::PacketPlan plan;
    std::vector<uint8_t> frame;
    for (int i = 0; i < kPackets; ++i) {
      const auto port = static_cast<uint16_t>(10'000 + i);
      plan.tuple = sluice::makeTuple("198.51.100.7", port, "203.0.113.53", 53, 17);
      sluice::buildPacket(plan, frame);
      to_appliance->frame(static_cast<uint64_t>(i), frame, sc_core::sc_time_stamp());
      wait(1, sc_core::SC_US);
    }
    wait(100, sc_core::SC_US);
    sc_core::sc_stop();
  }
};

// Somebody else's servers: count packets by the address they were sent to.
class Servers : public sluice::FrameIf {
 public:
  void frame(uint64_t, std::span<const uint8_t> bytes, const sc_core::sc_time&) override {
    sluice::PacketView view;
    if (sluice::decodePacket(bytes, view)) ++packets[view.tuple.destination[3]];
  }
  std::map<int, int> packets;  // by the last byte of the address
};

}  // namespace

int main() {
  const auto data_plane = sluice::makeRtlDataPlane();
  sluice::Appliance appliance("appliance", *data_plane);
  Client client("client", appliance.quantum());
  Servers servers;
  client.to_appliance(appliance.in[0]);
  client.bus.socket.bind(appliance.registers);
  appliance.out[1](servers);
  sc_core::sc_start();

  int arrived = 0;
  for (const auto& [server, packets] : servers.packets) {
    std::printf("10.0.0.%d: %d packets\n", server, packets);
    arrived += packets;
  }
  return arrived == kPackets && servers.packets.size() == 2 ? 0 : 1;
}

// The SystemC library wants one; main() above runs instead.
extern "C" int sc_main(int, char**) { return 1; }
