#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""curl through the appliance to nginx on every path: modes, both versions of IP, large transfers.

usage: live_paths_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import hashlib
import os
import socket
import subprocess
import sys
import unittest

from lab import Lab, in_url, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"
TUNNEL_END = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tunnel_end.py")
MEGABYTES = int(os.environ.get("SLUICE_DOWNLOAD_MEGABYTES", "64"))

# Mode -> last part of the address of its virtual, in both versions of IP.
MODES = {"nat": 10, "dsr": 20, "ipip": 30, "gue0": 40, "gue1": 50, "fullnat": 70}
# Servers do not have the addresses of these virtuals.
TRANSLATED = ("nat", "fullnat")
SERVERS = (1, 2)


DNS = {("nat", 4): "203.0.113.53", ("nat", 6): "2001:db8:f::53",
       ("fullnat", 4): "203.0.113.54", ("fullnat", 6): "2001:db8:f::54"}


def virtual_address(mode, family):
    return f"203.0.113.{MODES[mode]}" if family == 4 else f"2001:db8:f::{MODES[mode]}"


def server_address(n, family):
    return f"10.0.0.{10 + n}" if family == 4 else f"2001:db8:b::{10 + n}"


def with_port(address, port):
    return f"{in_url(address)}:{port}"


def client_address(mode, family):
    """Servers send answers to 203.0.113.1 to the appliance, those to 198.51.100.1 past it."""
    through = mode == "nat"
    if family == 4:
        return "203.0.113.1" if through else "198.51.100.1"
    return "2001:db8:f::1" if through else "2001:db8:c::1"


def pool(name, family):
    members = "".join(f"  member {with_port(server_address(n, family), 80)}\n" for n in SERVERS)
    return f"pool {name}\n{members}"


def mode_lines(mode, family):
    return f"  mode {mode}\n" + (f"  snat-pool out{family}\n" if mode == "fullnat" else "")


def config():
    text = ("interface front\n  address 203.0.113.2/24\n  address 2001:db8:f::2/64\n"
            "interface back\n  address 10.0.0.1/24\n  address 2001:db8:b::1/64\n"
            "gateway 203.0.113.1\ngateway 2001:db8:f::1\n")
    for family in (4, 6):
        text += pool(f"web{family}", family)
    text += ("snat-pool out4\n  address 10.0.0.100\n  address 10.0.0.101\n"
             "snat-pool out6\n  address 2001:db8:b::100\n")
    for mode in MODES:
        for family in (4, 6):
            text += (f"virtual {mode}{family}\n  destination {with_port(virtual_address(mode, family), 80)}"
                     f" protocol tcp\n{mode_lines(mode, family)}  pool web{family}\n")
    for (mode, family), address in DNS.items():
        members = "".join(f"  member {with_port(server_address(n, family), 53)}\n" for n in SERVERS)
        name = f"dns-{mode}{family}"
        text += (f"pool {name}\n{members}virtual {name}\n  destination {with_port(address, 53)}"
                 f" protocol udp\n{mode_lines(mode, family)}  pool {name}\n")
    # A tunnel carries either version of IP over the other.
    for name, address, family in (("over6", "203.0.113.60", 6), ("over4", "2001:db8:f::60", 4)):
        text += (f"virtual {name}\n  destination {with_port(address, 80)} protocol tcp\n"
                 f"  mode ipip\n  pool web{family}\n")
    return text


class Paths(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=len(SERVERS))
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.make_file()
        for n in SERVERS:
            cls.make_server(n)
        cls.make_far_client()
        cls.lab.start_servers()
        cls.lab.start_appliance(config())
        for mode in MODES:
            for family in (4, 6):
                cls.lab.wait_for_answer(virtual_address(mode, family), client_address(mode, family))

    @classmethod
    def make_file(cls):
        """Bytes that do not repeat, so that a segment in the wrong place is seen."""
        subprocess.run(["openssl", "enc", "-aes-128-ctr", "-K", "00" * 16, "-iv", "00" * 16,
                        "-out", str(cls.lab.work / "file")], input=bytes(MEGABYTES << 20), check=True)
        with open(cls.lab.work / "file", "rb") as file:
            part = file.read(1 << 20)
            cls.part_digest = hashlib.sha256(part).hexdigest()
            file.seek(0)
            cls.digest = hashlib.file_digest(file, "sha256").hexdigest()
        (cls.lab.work / "part").write_bytes(part)

    @classmethod
    def make_server(cls, n):
        server = f"server{n}"
        cls.lab.start(server, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                      "--bind-interfaces", f"--pid-file={cls.lab.work}/dns{n}.pid", "--user=root",
                      f"--address=/who.example/{server_address(n, 4)}")
        end = cls.lab.start(server, TUNNEL_END, stdout=subprocess.PIPE)
        wait_until(lambda: end.stdout.readline() == "ready\n", f"tunnel end of {server}")
        cls.lab.ip(server, "link", "set", "tunnel", "up")
        cls.lab.sysctl(server, net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__tunnel__rp_filter=0)
        addresses = [virtual_address(mode, family) for mode in MODES if mode not in TRANSLATED
                     for family in (4, 6)]
        for address in (*addresses, "203.0.113.60", "2001:db8:f::60"):
            cls.lab.address(server, "lo", f"{address}/{128 if ':' in address else 32}")

    @classmethod
    def make_far_client(cls):
        """A client behind a router, on a link of a smaller MTU than it tells servers."""
        lab = cls.lab
        lab.add_namespace("far")
        lab.wire("client", "far", "far", "eth0")
        lab.sysctl("client", net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        for where, device, host in (("client", "far", 254), ("far", "eth0", 1)):
            lab.ip(where, "link", "set", device, "mtu", "1280")
            lab.address(where, device, f"192.0.2.{host}/24", f"2001:db8:d::{host:x}/64")
        for version, via in (("-4", "192.0.2.254"), ("-6", "2001:db8:d::fe")):
            lab.ip("far", version, "route", "add", "default", "via", via, "advmss", "1400")

    def test_errors_of_routers_before_the_appliance_reach_the_server(self):
        for mode in TRANSLATED:
            for family in (4, 6):
                with self.subTest(mode=mode, family=family):
                    before = self.too_big_received()
                    self.assertEqual(self.download(virtual_address(mode, family), where="far", path="part"),
                                     self.part_digest)
                    # It needed path MTU discovery: a server was told.
                    self.assertGreater(self.too_big_received(), before)

    def too_big_received(self, places=tuple(f"server{n}" for n in SERVERS)):
        """ICMP and ICMPv6 messages that tell of a smaller MTU, at all servers."""
        return sum(self.counted(where, "IcmpInDestUnreachs", "Icmp6InPktTooBigs") for where in places)

    def counted(self, where, *counters):
        lines = self.lab.run_in(where, "nstat", "-asz", *counters).stdout.splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Icmp"))

    def test_the_appliance_tells_clients_what_its_tunnels_leave_of_the_mtu(self):
        for mode in ("ipip", "gue0", "gue1"):
            for family in (4, 6):
                with self.subTest(mode=mode, family=family):
                    before = self.too_big_received(["client"])
                    done = self.lab.run_in("client", "curl", "-gsf", "-m", "20", "--interface", client_address(mode, family),
                                           "-T", str(self.lab.work / "part"),
                                           f"http://{in_url(virtual_address(mode, family))}/upload")
                    self.assertEqual((done.returncode, done.stdout), (0, f"{1 << 20}\n"))
                    self.assertGreater(self.too_big_received(["client"]), before)

    def test_a_client_hears_of_a_ttl_that_was_used_up(self):
        for family, option in ((4, "IPPROTO_IP, socket.IP_TTL"), (6, "IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS")):
            with self.subTest(family=family):
                before = self.counted("client", "IcmpInTimeExcds", "Icmp6InTimeExcds")
                self.lab.run_in("client", "/usr/bin/python3", "-c",
                                "import socket, sys; s = socket.socket(int(sys.argv[1])); s.setblocking(False); "
                                f"s.setsockopt(socket.{option}, 1); s.connect_ex((sys.argv[2], 80))",
                                str(int(socket.AF_INET if family == 4 else socket.AF_INET6)),
                                virtual_address("nat", family))
                wait_until(lambda: self.counted("client", "IcmpInTimeExcds", "Icmp6InTimeExcds") > before,
                           "time exceeded")

    def test_each_mode_serves_both_versions_of_ip(self):
        for mode in MODES:
            for family in (4, 6):
                with self.subTest(mode=mode, family=family):
                    bodies, failed = self.lab.curl(40, virtual_address(mode, family), client_address(mode, family))
                    self.assertEqual(failed, 0)
                    self.assertEqual(set(bodies), {f"server{n}" for n in SERVERS})

    def test_servers_see_sources_of_the_appliance_through_full_nat(self):
        for family, sources in ((4, {"10.0.0.100", "10.0.0.101"}), (6, {"2001:db8:b::100"})):
            with self.subTest(family=family):
                url = f"http://{in_url(virtual_address('fullnat', family))}/"
                seen = set()
                for _ in range(20):
                    done = self.lab.run_in("client", "curl", "-gsI", "-m", "5", "--interface",
                                           client_address("fullnat", family), url)
                    headers = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
                    seen.add(headers["X-Client"])
                self.assertEqual(seen, sources)

    def test_dns_over_udp(self):
        for (mode, family), address in DNS.items():
            with self.subTest(mode=mode, family=family):
                answers = set()
                for _ in range(12):
                    done = self.lab.run_in("client", "dig", "+short", "+tries=2", "+time=2", f"@{address}", "who.example")
                    self.assertEqual(done.returncode, 0, done.stdout)
                    answers.add(done.stdout.strip())
                self.assertEqual(answers, {server_address(n, 4) for n in SERVERS})

    def test_a_tunnel_carries_either_version_of_ip_over_the_other(self):
        for address, source in (("203.0.113.60", "198.51.100.1"), ("2001:db8:f::60", "2001:db8:c::1")):
            with self.subTest(address=address):
                self.lab.wait_for_answer(address, source)
                bodies, failed = self.lab.curl(20, address, source)
                self.assertEqual((failed, set(bodies)), (0, {f"server{n}" for n in SERVERS}))

    def test_a_large_download_arrives_intact(self):
        for mode in TRANSLATED:
            for family in (4, 6):
                with self.subTest(mode=mode, family=family):
                    self.assertEqual(self.download(virtual_address(mode, family)), self.digest)

    def download(self, address, where="client", path="file"):
        url = f"http://{in_url(address)}/files/{path}"
        with subprocess.Popen(self.lab.command_in(where, "curl", "-gsf", "-m", "300", url),
                              stdout=subprocess.PIPE) as curl:
            digest = hashlib.sha256()
            while piece := curl.stdout.read(1 << 20):
                digest.update(piece)
        self.assertEqual(curl.returncode, 0)
        return digest.hexdigest()

    @classmethod
    def tearDownClass(cls):
        report = cls.lab.stop_appliance()
        # Neighbours are unknown for the first packets; nothing else is to be dropped here.
        unexpected = set(report["drops"]) - {"neighbor_unresolved", "martian"}
        assert not unexpected, report["drops"]


class JumboFrames(unittest.TestCase):
    def test_frames_of_9000_bytes_pass(self):
        with Lab(PROGRAM, ENGINE, servers=1) as lab:
            for where, devices in (("client", ("front",)), ("appliance", ("front", "back")),
                                   ("switch", ("appliance", "server1", "bridge")), ("server1", ("eth0",))):
                for device in devices:
                    lab.ip(where, "link", "set", device, "mtu", "9000")
            (lab.work / "file").write_bytes(bytes(4 << 20))
            lab.start_servers()
            lab.start_appliance("interface front\n  address 203.0.113.2/24\n  mtu 9000\n"
                                "interface back\n  address 10.0.0.1/24\n  mtu 9000\ngateway 203.0.113.1\n"
                                "pool web\n  member 10.0.0.11:80\n"
                                "virtual shop\n  destination 203.0.113.10:80\n  pool web\n", address="203.0.113.10")
            done = lab.run_in("client", "curl", "-sf", "-m", "20", "http://203.0.113.10/files/file", "-o", "/dev/null",
                              "-w", "%{size_download}")
            self.assertEqual(done.stdout, str(4 << 20))
            shop = lab.stop_appliance()["virtuals"][0]
            # With acknowledgements; frames of 1500 bytes would give some 1,000.
            self.assertGreater(shop["bytes"] / shop["packets"], 3000, shop)


if __name__ == "__main__":
    run_tests()
