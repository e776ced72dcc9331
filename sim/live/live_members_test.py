#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Members as traffic and operators see them: failures that clients find, resets, limits, manual resume.

usage: live_members_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import json
import signal
import subprocess
import sys
import time

from health_lab import ADDRESS, HealthCase, Requests, web
from lab import run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "model"

CLIENT = """
import socket, sys
try:
    connection = socket.create_connection((sys.argv[1], 80), 5)
except OSError as error:
    print(type(error).__name__, flush=True)
    sys.exit()
connection.settimeout(20)
for command in sys.stdin:
    try:
        if command == "ask\\n":
            connection.sendall(b"GET / HTTP/1.1\\r\\nHost: shop\\r\\n\\r\\n")
        answer = connection.recv(4096).decode()
        print(answer.split()[-1] if answer else "closed", flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
"""


def without_monitor(*more):
    return web(*more).replace("  monitor site\n", "")


class LiveMembers(HealthCase):
    program, engine = PROGRAM, ENGINE

    def client(self):
        """A client with one connection; it asks, or waits for what comes, when it is told to."""
        process = self.lab.start("client", "python3", "-u", "-c", CLIENT, ADDRESS, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(self.leave, process)
        return process

    @staticmethod
    def leave(process):
        process.kill()
        process.wait()
        process.stdin.close()

    @staticmethod
    def tell(process, what):
        process.stdin.write(what + "\n")
        process.stdin.flush()

    def ask(self, process):
        """Which server answers."""
        self.tell(process, "ask")
        return process.stdout.readline().strip()

    def connections_of(self, n):
        """Those of clients at a server."""
        sockets = self.lab.run_in(f"server{n}", "ss", "-Htn", "state", "established", "dst", "203.0.113.1").stdout
        return len(sockets.splitlines())

    def without_monitor(self, *more):
        return web(*more).replace("  monitor site\n", "")

    def test_refusals_in_traffic_take_a_server_out(self):
        self.lab.reconfigure(without_monitor("passive fails 3 in 10s hold 3s"))
        wait_until(lambda: self.reached() == {"server1", "server2", "server3"}, "all servers serve")
        before = len(self.lab.said)
        self.lab.kill_server(1)
        requests = Requests(self.lab)
        self.assertRegex(self.said("Traffic shows that member 10.0.0.11:80", before), "[0-9]+ resets in 10s")
        self.assertRegex(self.said("10.0.0.11:80 of pool web is down", before), "passive: [0-9]+ resets in 10s")
        out = time.monotonic()
        wait_until(lambda: sum(began > out for began, _ in requests.results) >= 20, "more requests")
        results = requests.stop()
        self.assertEqual([body for began, body in results if began > out and body is None], [])
        self.assertEqual({body for began, body in results if began > out}, {"server2", "server3"})
        self.lab.start_server(1)
        self.lab.wait_for_server(1)
        self.assertIn("its hold time is over", self.said("10.0.0.11:80 of pool web is up", before))
        self.assertEqual(self.reached(), {"server1", "server2", "server3"})

    def test_silence_in_traffic_takes_a_server_out_until_its_monitor_finds_it_good(self):
        self.lab.reconfigure(web("passive fails 3 in 10s hold 1s").replace("200ms", "2s"))
        wait_until(lambda: self.reached() == {"server1", "server2", "server3"}, "all servers serve")
        before = len(self.lab.said)
        # Answers of the server to clients go nowhere, those to probes of the appliance still come.
        self.lab.ip("server2", "route", "add", "blackhole", "203.0.113.1/32")
        try:
            # One after the other they get stuck there.
            requests = [Requests(self.lab) for _ in range(8)]
            self.assertRegex(self.said("10.0.0.12:80 of pool web is down", before),
                             "passive: [0-9]+ connections without an answer in 10s")
            self.assertEqual(self.reached(), {"server1", "server3"})
            for one in requests:
                one.stop()
        finally:
            self.lab.ip("server2", "route", "del", "blackhole", "203.0.113.1/32")
        self.assertIn("site: status 200", self.said("10.0.0.12:80 of pool web is up", before))


    def test_clients_of_a_server_that_goes_down_are_reset(self):
        self.lab.reconfigure(web(members=(1,)) + "  on-down reset\n")
        self.lab.wait_for_answer(ADDRESS)
        idle = [self.client() for _ in range(3)]
        self.assertEqual([self.ask(one) for one in idle], ["server1"] * 3)
        download = self.lab.start("client", "curl", "-s", "-m", "20", f"http://{ADDRESS}/file", "-o", "/dev/null")
        wait_until(lambda: self.connections_of(1) == 4, "the download begins")
        self.lab.reconfigure(web(members=(1, 2)) + "  on-down reset\n")
        for one in idle:
            self.tell(one, "wait")
        before = len(self.lab.said)
        # It answers, but is not fit: nothing of its own ends the connections.
        self.lab.set(1, "bad", True)
        self.said("10.0.0.11:80 of pool web is down", before)
        down = time.monotonic()
        self.assertEqual([one.stdout.readline().strip() for one in idle], ["ConnectionResetError"] * 3)
        self.assertEqual(download.wait(20), 56)  # reset by the peer
        self.assertLess(time.monotonic() - down, 3)
        wait_until(lambda: self.connections_of(1) == 0, "the server hears of it")
        self.assertRegex(self.said("Connections of member 10.0.0.11:80 of pool web were reset", before),
                         "reset: [0-9]+ were open, [4-9] resets")
        self.assertEqual(self.reached(), {"server2"})
        self.lab.set(1, "bad", False)
        self.said("10.0.0.11:80 of pool web is up", before)
        self.assertEqual(self.reached(), {"server1", "server2"})

    def test_with_on_down_drain_they_stay(self):
        self.lab.reconfigure(web("on-down drain", members=(1,)) + "  on-down reset\n")
        self.lab.wait_for_answer(ADDRESS)
        one = self.client()
        self.assertEqual(self.ask(one), "server1")
        before = len(self.lab.said)
        self.lab.set(1, "bad", True)
        self.said("10.0.0.11:80 of pool web is down", before)
        self.assertEqual([self.ask(one) for _ in range(3)], ["server1"] * 3)

    def limited(self, *more):
        text = without_monitor(*more).replace("1:80\n", "1:80 limit 2\n").replace("2:80\n", "2:80 limit 2\n")
        return text.replace("  member 10.0.0.13:80\n", "")

    def test_connections_over_a_limit_go_elsewhere(self):
        self.lab.reconfigure(self.limited("backup-pool spare") + "pool spare\n  member 10.0.0.13:80\n")
        before = len(self.lab.said)
        # Connections of the requests before end first.
        wait_until(lambda: self.live() == 0, "no connections are left")
        clients = [self.client() for _ in range(4)]
        served = sorted(self.ask(one) for one in clients)
        self.assertEqual(served, ["server1"] * 2 + ["server2"] * 2)
        self.said("Member 10.0.0.11:80 of pool web has its 2 connections", before)
        self.said("Member 10.0.0.12:80 of pool web has its 2 connections", before)
        self.said("its backup takes new connections", before)
        more = [self.client() for _ in range(3)]
        self.assertEqual([self.ask(one) for one in more], ["server3"] * 3)
        self.assertEqual([row["full"] for row in self.members()], [True, True])
        before = len(self.lab.said)
        for one in clients:
            self.leave(one)
        self.said("Members of pool web take new connections again", before)
        self.assertIn(self.ask(self.client()), {"server1", "server2"})
        self.assertEqual(self.ask(more[0]), "server3")

    def members(self):
        return json.loads(self.lab.console("show members web | json"))["members"]

    def dropped(self, reason):
        rows = json.loads(self.lab.console("show counters drops | json"))["drops"]
        return sum(row["packets"] for row in rows if row["reason"] == reason)

    def live(self):
        return sum(row["live"] for row in self.members())

    def test_without_a_backup_they_are_dropped_and_said(self):
        self.lab.reconfigure(self.limited())
        wait_until(lambda: self.live() == 0, "no connections are left")
        before = len(self.lab.said)
        clients = [self.client() for _ in range(4)]
        self.assertEqual({self.ask(one) for one in clients}, {"server1", "server2"})
        self.said("new connections are dropped", before)
        dropped = self.dropped("member_connection_limit")
        self.assertEqual(self.lab.curl(1, ADDRESS, "203.0.113.1", limit=1), ([], 1))
        self.assertGreater(self.dropped("member_connection_limit"), dropped)
        self.leave(clients[0])
        self.leave(clients[1])
        self.lab.wait_for_answer(ADDRESS)

    def test_a_virtual_has_a_limit_of_its_own(self):
        self.lab.reconfigure(web() + "  connection-limit 2\n")
        wait_until(lambda: self.live() == 0, "no connections are left")
        before = len(self.lab.said)
        clients = [self.client() for _ in range(2)]
        self.assertEqual([self.ask(one)[:6] for one in clients], ["server"] * 2)
        self.said("Virtual shop has its 2 connections", before)
        self.assertEqual(self.lab.curl(1, ADDRESS, "203.0.113.1", limit=1), ([], 1))
        self.leave(clients[0])
        self.said("Virtual shop takes new connections again", before)
        self.lab.wait_for_answer(ADDRESS)

    def test_an_operator_resumes_a_member(self):
        self.lab.reconfigure(web().replace("  rise 2\n", "  rise 2\n  manual-resume\n"))
        before = len(self.lab.said)
        self.lab.set(1, "bad", True)
        self.said("10.0.0.11:80 of pool web is down", before)
        self.lab.set(1, "bad", False)
        wait_until(lambda: "waits to be resumed" in self.lab.console("show members web"), "it is good again")
        self.assertEqual(self.reached(), {"server2", "server3"})
        before = len(self.lab.said)
        self.assertIn("Member 10.0.0.11:80 resumed", self.lab.console("member web 10.0.0.11:80 resume"))
        self.assertIn("root (console) has resumed member 10.0.0.11:80 of pool web",
                      self.said("has resumed member", before))
        self.assertIn("resumed by root (console)", self.said("10.0.0.11:80 of pool web is up", before))
        self.assertEqual(self.reached(), {"server1", "server2", "server3"})


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    run_tests()
