#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Virtuals beyond TCP and one port at the live appliance: prefixes, wildcards, any IP protocol, fragments.

usage: live_services_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import subprocess
import sys
import unittest

from lab import Lab, in_url, run_tests

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

# An IP protocol for experiments (RFC 3692).
PROTOCOL = 253
SERVERS = (1, 2)

CONFIG = f"""\
interface front
  address 203.0.113.2/24
  address 2001:db8:f::2/64
interface back
  address 10.0.0.1/24
  address 2001:db8:b::1/64
gateway 203.0.113.1
gateway 2001:db8:f::1
limits
  fragments forward
pool web
  member 10.0.0.11:80
  member 10.0.0.12:80
pool any
  member 10.0.0.11:any
pool any6
  member [2001:db8:b::11]:any
pool sticky
  affinity source
  member 10.0.0.11:any
  member 10.0.0.12:any
virtual prefix
  destination 198.18.0.0/15:80 protocol tcp
  pool web
virtual wildcard
  destination 0.0.0.0/0:any protocol any
  ingress-interface front
  pool any
virtual wildcard6
  destination [::/0]:any protocol any
  ingress-interface front
  pool any6
virtual protocol
  destination 203.0.113.70:any protocol {PROTOCOL}
  pool any
virtual datagrams
  destination 203.0.113.80:9000 protocol udp
  mode dsr
  pool sticky
"""

ECHO_PROTOCOL = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, {PROTOCOL})
print('ready', flush=True)
while True:
    packet, peer = s.recvfrom(65535)
    s.sendto(packet[20:] + b' back', peer)
"""

ASK_PROTOCOL = f"""
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, {PROTOCOL})
s.settimeout(10)
s.sendto(b'hello', (sys.argv[1], 0))
packet, peer = s.recvfrom(65535)
print(peer[0], packet[20:].decode())
"""

ECHO_DATAGRAM = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('203.0.113.80', 9000))
print('ready', flush=True)
while True:
    data, peer = s.recvfrom(65535)
    s.sendto(str(len(data)).encode() + b' ' + {name!r}.encode(), peer)
"""

# Whole datagrams and fragmented ones, from several ports.
ASK_DATAGRAM = """
import socket, sys
for length in (10, 4000, 1000, 8000) * 3:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(10)
    s.bind(('198.51.100.1', 0))
    s.sendto(bytes(length), (sys.argv[1], 9000))
    answer = s.recvfrom(100)[0].split()
    assert int(answer[0]) == length, answer
    print(answer[1].decode())
"""


class Services(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab = Lab(PROGRAM, ENGINE, servers=len(SERVERS))
        lab.__enter__()
        cls.addClassCleanup(lab.close)
        for destination, via in (("198.18.0.0/15", "203.0.113.2"), ("192.88.99.0/24", "203.0.113.2"),
                                 ("2001:db8:77::/48", "2001:db8:f::2")):
            lab.route("client", destination, via)
        for n in SERVERS:
            lab.address(f"server{n}", "lo", "203.0.113.80/32")
            cls.serve(f"server{n}", ECHO_DATAGRAM.format(name=f"server{n}"))
        cls.serve("server1", ECHO_PROTOCOL)
        lab.start_servers()
        lab.start_appliance(CONFIG)
        for address in ("198.18.0.1", "192.88.99.1", "2001:db8:77::1"):
            lab.wait_for_answer(address)

    @classmethod
    def serve(cls, where, program):
        process = cls.lab.start(where, "/usr/bin/python3", "-c", program, stdout=subprocess.PIPE)
        assert process.stdout.readline() == "ready\n"

    def ask(self, program, address):
        done = self.lab.run_in("client", "/usr/bin/python3", "-c", program, address)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_prefix_serves_all_of_its_addresses(self):
        for address in ("198.18.0.1", "198.18.200.7", "198.19.255.254"):
            bodies, failed = self.lab.curl(10, address, "203.0.113.1")
            self.assertEqual((failed, set(bodies)), (0, {"server1", "server2"}), address)

    def test_a_wildcard_serves_what_nothing_else_does(self):
        for address, source in (("192.88.99.1", "203.0.113.1"), ("2001:db8:77::1", "2001:db8:f::1"),
                                ("2001:db8:77:ffff::9", "2001:db8:f::1")):
            bodies, failed = self.lab.curl(4, address, source)
            self.assertEqual((failed, set(bodies)), (0, {"server1"}), in_url(address))

    def test_any_ip_protocol_is_translated_both_ways(self):
        self.assertEqual(self.ask(ASK_PROTOCOL, "203.0.113.70"), "203.0.113.70 hello back\n")

    def test_fragments_go_where_whole_packets_of_their_source_go(self):
        names = self.ask(ASK_DATAGRAM, "203.0.113.80").split()
        self.assertEqual((len(names), len(set(names))), (12, 1), names)

    @classmethod
    def tearDownClass(cls):
        report = cls.lab.stop_appliance()
        unexpected = set(report["drops"]) - {"neighbor_unresolved", "martian"}
        assert not unexpected, report["drops"]


if __name__ == "__main__":
    run_tests()
