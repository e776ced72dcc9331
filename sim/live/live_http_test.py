#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Virtuals of mode http in the lab: curl to firmware through the CPU port, firmware to nginx through the data plane.

usage: live_http_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import subprocess
import sys
import unittest

from lab import Lab, in_url, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

ADDRESSES = {4: "203.0.113.10", 6: "2001:db8:f::10"}
SERVERS = (1, 2)

# Sends its standard input on one connection, byte for byte, and prints what comes back.
RAW_CLIENT = """
import socket, sys
with socket.create_connection((sys.argv[1], 80), 10) as connection:
    connection.sendall(sys.stdin.buffer.read())
    while data := connection.recv(65536):
        sys.stdout.buffer.write(data)
"""


def config(members, extra=""):
    text = ("interface front\n  address 203.0.113.2/24\n  address 2001:db8:f::2/64\n"
            "interface back\n  address 10.0.0.1/24\n  address 2001:db8:b::1/64\n"
            "gateway 203.0.113.1\ngateway 2001:db8:f::1\n"
            "http-profile default\n  header-timeout 2s\n" + extra)
    # Members of either version of IP serve clients of either.
    text += "pool web\n" + "".join(f"  member {member}:80\n" for member in members)
    for family, address in ADDRESSES.items():
        text += f"virtual shop{family}\n  destination {in_url(address)}:80\n  mode http\n  pool web\n"
    return text


BOTH = ("10.0.0.11", "[2001:db8:b::12]")


class LiveHttp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=len(SERVERS))
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        (cls.lab.work / "file").write_bytes(bytes(range(256)) * 4096)
        cls.lab.start_servers()
        cls.lab.start_appliance(config(BOTH))
        for address in ADDRESSES.values():
            cls.lab.wait_for_answer(address)

    def raw(self, family, data):
        done = subprocess.run(self.lab.command_in("client", sys.executable, "-c", RAW_CLIENT, ADDRESSES[family]),
                              input=data, capture_output=True, timeout=20, check=True)
        return done.stdout

    def test_requests_of_either_family_reach_members_of_both(self):
        for family, address in ADDRESSES.items():
            with self.subTest(family=family):
                urls = [f"http://{in_url(address)}/"] * 20
                done = self.lab.run_in("client", "curl", "-gsS", "-w", "%{stderr}%{num_connects} %{http_code}\n", *urls)
                self.assertEqual(set(done.stdout.split()), {f"server{n}" for n in SERVERS})
                # One connection, kept.
                self.assertEqual(done.stderr.split(), ["1", "200"] + ["0", "200"] * 19)

    def test_a_body_arrives_whole_both_ways(self):
        url = f"http://{ADDRESSES[4]}"
        length = (self.lab.work / "file").stat().st_size
        up = self.lab.run_in("client", "curl", "-sS", "-T", str(self.lab.work / "file"), f"{url}/upload")
        self.assertEqual(up.stdout, f"{length}\n")
        down = subprocess.run(self.lab.command_in("client", "curl", "-sS", f"{url}/fast"), capture_output=True,
                              timeout=60, check=True)
        self.assertEqual(down.stdout, (self.lab.work / "file").read_bytes())

    def test_an_ambiguous_request_is_refused(self):
        for family in ADDRESSES:
            answer = self.raw(family, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                                      b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
            self.assertEqual(answer.count(b"HTTP/1.1"), 1)

    def test_a_slow_head_is_cut_off(self):
        with subprocess.Popen(self.lab.command_in("client", sys.executable, "-u", "-c", RAW_CLIENT, ADDRESSES[4]),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            client.stdin.write(b"GET / HTTP/1.1\r\n")
            client.stdin.close()
            self.assertTrue(client.stdout.read().startswith(b"HTTP/1.1 408 "))

    def test_changes_close_no_connection(self):
        log = self.lab.work / "changes"
        with open(log, "wb") as out:
            client = self.lab.start("client", "curl", "-sS", "--rate", "20/s", "-w", "%{num_connects} %{http_code}\\n",
                                    f"http://{ADDRESSES[4]}/?[1-2000]", stdout=out)
        seen = lambda: log.read_text(encoding="ascii", errors="replace").split()
        wait_until(lambda: seen().count("200") >= 3, "first requests")
        for members in ((BOTH[0],), (BOTH[1],), BOTH):
            self.lab.reconfigure(config(members))
            only = {f"server{1 + BOTH.index(member)}" for member in members}
            before = len(seen())
            wait_until(lambda: len(seen()) > before + 24, "requests after a change")
            if len(only) == 1:
                # The change has settled by the last few.
                self.assertEqual({word for word in seen()[-9:] if word.startswith("server")}, only)
        client.terminate()
        client.wait(10)
        words = seen()
        self.assertEqual({word for word in words if len(word) == 3}, {"200"})
        self.assertEqual(sum(word == "1" for word in words), 1)

    @classmethod
    def tearDownClass(cls):
        report = cls.lab.stop_appliance()
        unexpected = set(report["drops"]) - {"neighbor_unresolved", "martian"}
        assert not unexpected, report["drops"]
        services = {service["name"]: service for service in report["http"]["virtuals"]}
        for family in ADDRESSES:
            service = services[f"shop{family}"]
            assert service["by_server"]["2xx"] >= 20, service
            assert service["flaws"] == {"length_conflict": 1}, service
            assert service["requests"] == sum((*service["by_server"].values(), *service["by_appliance"].values()))
        assert services["shop4"]["causes"]["header_timeout"] == 1, services


if __name__ == "__main__":
    run_tests()
