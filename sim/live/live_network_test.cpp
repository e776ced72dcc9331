// SPDX-License-Identifier: Apache-2.0
// What the live appliance tells the kernel, and what it learns from it: ports, TAP devices,
// addresses, neighbours, announcements.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/control/next_hop.h"
#include "sim/live/announce.h"
#include "sim/live/cpu_port.h"
#include "sim/live/fake_frame_port.h"
#include "sim/live/fake_kernel_network.h"
#include "sim/live/neighbor_watch.h"
#include "sim/live/port_map.h"
#include "sim/trace/packet_view.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Bytes = std::vector<uint8_t>;

constexpr char kSite[] =
    "interface front\n  address 203.0.113.2/24\n  address 2001:db8::2/64\n  port 0\n"
    "interface office\n  address 192.0.2.1/24\n  port 0\n  vlan 100\n"
    "interface back\n  address 10.0.0.1/24\n  port 1\n  mtu 9000\n  mac 02:00:00:00:00:0b\n"
    "gateway 203.0.113.1\n"
    "pool web\n  member 10.0.0.11:80\n"
    "virtual shop\n  destination 203.0.113.10:80\n  pool web\n"
    "virtual shop-tls\n  destination 203.0.113.10:443\n  pool web\n"
    "virtual far\n  destination 198.51.100.7:80\n  pool web\n"
    "virtual inside\n  destination 192.0.2.9:80\n  pool web\n"
    "virtual own\n  destination 203.0.113.2:8080\n  pool web\n"
    "virtual many\n  destination 203.0.113.64/28:80\n  pool web\n"
    "virtual off\n  destination 203.0.113.99:80\n  pool web\n  shutdown\n";

Config load(const std::string& text) {
  auto loaded = loadConfig(text, "test");
  EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().message);
  return loaded.ok() ? loaded->config : Config();
}

std::vector<std::string> texts(const std::set<IpPrefix>& addresses) {
  std::vector<std::string> all;
  for (const IpPrefix& address : addresses) all.push_back(address.toString());
  return all;
}

IpAddress address(const char* text) { return *IpAddress::parse(text); }
MacAddress mac(const char* text) { return *MacAddress::parse(text); }

TEST(NetworkPlanTest, VirtualsStandOnTheInterfaceThatTheirClientsComeBy) {
  const NetworkPlan plan = planNetwork(load(kSite));
  ASSERT_EQ(plan.taps.size(), 3u);
  EXPECT_THAT(texts(plan.taps[0].addresses), ElementsAre("198.51.100.7/32", "203.0.113.2/24",
                                                         "203.0.113.10/32", "2001:db8::2/64"));
  EXPECT_THAT(texts(plan.taps[1].addresses), ElementsAre("192.0.2.1/24", "192.0.2.9/32"));
  EXPECT_EQ(plan.taps[1].port, 0u);
  EXPECT_EQ(plan.taps[1].vlan, 100);
  EXPECT_THAT(texts(plan.taps[2].addresses), ElementsAre("10.0.0.1/24"));
  EXPECT_EQ(plan.taps[2].mtu, 9000u);
  EXPECT_EQ(plan.taps[2].mac, mac("02:00:00:00:00:0b"));
  EXPECT_EQ(plan.gateways, (std::map<IpAddress, std::string>{{address("203.0.113.1"), "front"}}));
}

TEST(NetworkPlanTest, NamesThatLinuxDoesNotTakeAreReplaced) {
  const NetworkPlan plan = planNetwork(
      load("interface Ethernet1/1\n  address 10.0.0.1/24\ninterface lo\n  address 10.0.1.1/24\n"
           "interface a-name-of-more-than-15\n  address 10.0.2.1/24\n"
           "interface off\n  address 10.0.3.1/24\n  shutdown\n"));
  ASSERT_EQ(plan.taps.size(), 3u);
  EXPECT_EQ(plan.taps[0].device, "interface0");
  EXPECT_EQ(plan.taps[1].device, "interface1");
  EXPECT_EQ(plan.taps[2].device, "interface2");
}

TEST(PortMapTest, ArgumentsAndNames) {
  const Config config = load(kSite);
  const auto map = makePortMap({"1=eth7"}, config);
  ASSERT_TRUE(map.ok());
  EXPECT_THAT(*map, ElementsAre("front", "eth7", "", ""));
  for (const auto& [arguments, words] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"4=eth0"}, "N from 0 to 3"},
           {{"eth0"}, "N=IFNAME"},
           {{"0="}, "N=IFNAME"},
           {{"0=a", "0=b"}, "port 0 is connected to a already"},
           {{"0=a", "1=a"}, "ports 0 and 1 are both connected to a"},
           {{"1=front"}, "both connected to front"}}) {
    const auto refused = makePortMap(arguments, config);
    ASSERT_FALSE(refused.ok()) << words;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
    EXPECT_THAT(refused.error().message, HasSubstr(words));
  }
}

TEST(AnnounceTest, GratuitousArp) {
  const Bytes frame = announcement(address("203.0.113.10"), mac("02:00:00:00:00:0b"));
  ASSERT_EQ(frame.size(), 60u);
  const Bytes start = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,   11, 8,   6,
                       0,    1,    8,    0,    6,    4,    0, 1, 2, 0, 0,   0,  0,   11,
                       203,  0,    113,  10,   0,    0,    0, 0, 0, 0, 203, 0,  113, 10};
  EXPECT_TRUE(std::equal(start.begin(), start.end(), frame.begin()));
}

TEST(AnnounceTest, UnsolicitedAdvertisementHasARightChecksum) {
  const Bytes frame = announcement(address("2001:db8::10"), mac("02:00:00:00:00:0b"));
  ASSERT_EQ(frame.size(), 14u + 40 + 32);
  EXPECT_EQ(frame[54], 136);
  const std::span<const uint8_t> all(frame);
  EXPECT_EQ(internetSum(all.subspan(54), internetSum(all.subspan(22, 32)) + 32 + 58), 0xffff);
  EXPECT_TRUE(std::equal(frame.begin() + 62, frame.begin() + 78, frame.begin() + 22));
}

class NeighborWatchTest : public testing::Test {
 protected:
  NeighborKey key(const char* interface, const char* text) { return {interface, address(text)}; }
  void need(const std::string& config_text) {
    const Config config = load(config_text);
    std::map<NeighborKey, NextHop> hops;
    for (const char* text : {"203.0.113.1", "10.0.0.11", "10.0.0.12"}) {
      const NextHop hop = *nextHopTo(config, address(text));
      hops[{config.interfaces[hop.interface].name, hop.address}] = hop;
    }
    watch_.setNeeded(hops, planNetwork(config));
  }
  FakeKernelNetwork kernel_;
  NeighborWatch watch_{kernel_};
};

TEST_F(NeighborWatchTest, AsksForWhatIsNotConfiguredUntilItAnswers) {
  const std::string fixed = "neighbor 10.0.0.12 mac 02:00:00:00:00:12 interface back\n";
  need(kSite + fixed);
  EXPECT_EQ(watch_.ask(0), NeighborWatch::kRetryNs);
  EXPECT_THAT(kernel_.takeLog(),
              ElementsAre("resolve back 10.0.0.11", "resolve front 203.0.113.1"));
  EXPECT_EQ(watch_.missing().size(), 2u);
  // An answer, one that nobody asked for, and one by another device.
  kernel_.events = {{"back", address("10.0.0.11"), mac("02:00:00:00:00:11")},
                    {"back", address("10.0.0.99"), mac("02:00:00:00:00:99")},
                    {"back", address("203.0.113.1"), mac("02:00:00:00:00:01")}};
  EXPECT_TRUE(watch_.takeEvents());
  EXPECT_EQ(
      watch_.known(),
      (std::map<NeighborKey, MacAddress>{{key("back", "10.0.0.11"), mac("02:00:00:00:00:11")}}));
  kernel_.events = {{"back", address("10.0.0.11"), mac("02:00:00:00:00:11")}};
  EXPECT_FALSE(watch_.takeEvents());

  watch_.ask(NeighborWatch::kRetryNs);
  kernel_.takeLog();
  watch_.ask(2 * NeighborWatch::kRetryNs);
  EXPECT_THAT(kernel_.takeLog(), ElementsAre("resolve front 203.0.113.1"));
  watch_.ask(NeighborWatch::kRetryNs + NeighborWatch::kCheckNs);
  EXPECT_THAT(kernel_.takeLog(),
              ElementsAre("resolve back 10.0.0.11", "resolve front 203.0.113.1"));
}

TEST_F(NeighborWatchTest, ForgetsWhatFailsOrIsNotNeededAndTakesNewAddresses) {
  need(kSite);
  kernel_.events = {{"back", address("10.0.0.11"), mac("02:00:00:00:00:11")},
                    {"back", address("10.0.0.12"), mac("02:00:00:00:00:12")}};
  EXPECT_TRUE(watch_.takeEvents());
  kernel_.events = {{"back", address("10.0.0.11"), mac("02:00:00:00:00:aa")},
                    {"back", address("10.0.0.12"), std::nullopt}};
  EXPECT_TRUE(watch_.takeEvents());
  EXPECT_EQ(
      watch_.known(),
      (std::map<NeighborKey, MacAddress>{{key("back", "10.0.0.11"), mac("02:00:00:00:00:aa")}}));
  EXPECT_THAT(watch_.missing(), ElementsAre(key("back", "10.0.0.12"), key("front", "203.0.113.1")));
  watch_.setNeeded({}, {});
  EXPECT_THAT(watch_.known(), IsEmpty());
  EXPECT_EQ(watch_.ask(0), UINT64_MAX);
}

class CpuPortTest : public testing::Test {
 protected:
  void apply(const std::string& text) {
    const NetworkPlan plan = planNetwork(load(text));
    ASSERT_TRUE(cpu_.prepare(plan).ok());
    ASSERT_TRUE(cpu_.apply(plan).ok());
  }
  FakeKernelNetwork kernel_;
  EventLoop loop_;
  std::map<std::string, FakeFramePort*> taps_;
  std::vector<std::pair<uint32_t, Bytes>> out_;
  CpuPort cpu_{kernel_, loop_,
               [this](const std::string& name) -> Result<std::unique_ptr<FramePort>> {
                 auto tap = std::make_unique<FakeFramePort>(name);
                 taps_[name] = tap.get();
                 return std::unique_ptr<FramePort>(std::move(tap));
               },
               [this](uint32_t port, std::span<const uint8_t> frame) {
                 out_.emplace_back(port, Bytes(frame.begin(), frame.end()));
               }};
};

TEST_F(CpuPortTest, KernelGetsWhatChanges) {
  apply(
      "interface e1\n  address 203.0.113.2/24\ngateway 203.0.113.1\n"
      "pool p\n  member 203.0.113.50:80\nvirtual v\n  destination 203.0.113.10:80\n  pool p\n");
  EXPECT_THAT(kernel_.takeLog(),
              ElementsAre("up e1 02:53:4c:00:00:00 1500", "add e1 203.0.113.2/24",
                          "add e1 203.0.113.10/32", "gateway e1 203.0.113.1"));
  ASSERT_EQ(out_.size(), 2u);  // both addresses are announced
  EXPECT_EQ(out_[1].second, announcement(address("203.0.113.10"), mac("02:53:4c:00:00:00")));
  out_.clear();
  apply(
      "interface e1\n  address 203.0.113.2/24\n"
      "pool p\n  member 203.0.113.50:80\nvirtual v\n  destination 203.0.113.11:80\n  pool p\n");
  EXPECT_THAT(kernel_.takeLog(),
              ElementsAre("no gateway e1 203.0.113.1", "remove e1 203.0.113.10/32",
                          "add e1 203.0.113.11/32"));
  ASSERT_EQ(out_.size(), 1u);
}

TEST_F(CpuPortTest, PuntedFramesGoToTheDeviceOfTheirPortAndVlan) {
  apply(kSite);
  const Bytes frame(60, 0);
  cpu_.punt(0, frame);
  cpu_.punt(1, frame);
  cpu_.punt(0, withTag(frame, 100));
  cpu_.punt(0, withTag(frame, 101));
  cpu_.punt(2, frame);
  EXPECT_THAT(taps_["front"]->sent, ElementsAre(frame));
  EXPECT_THAT(taps_["back"]->sent, ElementsAre(frame));
  EXPECT_THAT(taps_["office"]->sent, ElementsAre(frame));
  EXPECT_EQ(cpu_.noInterface(), 2u);
  // Announcements of an interface with a VLAN carry its tag.
  for (const auto& [port, bytes] : out_) {
    const bool office = bytes[port == 0 && vlanOf(bytes) == 100 ? 32 : 28] == 192;
    EXPECT_EQ(vlanOf(bytes), office ? 100 : 0);
  }
}

}  // namespace
}  // namespace sluice
