#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Health and failover as clients notice them: nginx, dnsmasq and others behind the appliance, killed and drained.

usage: live_health_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import os
import signal
import subprocess
import sys
import time

from health_lab import ADDRESS, HealthCase, Requests, web
from lab import run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "model"

AGENT = """
import socket, sys
listener = socket.create_server(("", 9000))
while True:
    client, _ = listener.accept()
    client.sendall(open(sys.argv[1], "rb").read())
    client.close()
"""

INTERVAL, TIMEOUT, FALL = 0.2, 0.15, 2


class LiveHealth(HealthCase):
    program, engine = PROGRAM, ENGINE

    def test_a_server_that_dies_leaves_and_returns(self):
        requests = Requests(self.lab)
        before = len(self.lab.said)
        wait_until(lambda: len(requests.results) >= 5, "requests")
        died = time.monotonic()
        self.lab.kill_server(1)
        line = self.said("10.0.0.11:80 of pool web is down", before)
        out = time.monotonic()
        self.assertIn("Connection refused", line)
        # 0.25 s for a busy machine and the way of the line to here.
        self.assertLess(out - died, FALL * INTERVAL + TIMEOUT + 0.25)
        wait_until(lambda: sum(began > out for began, _ in requests.results) >= 20, "more requests")
        results = requests.stop()
        self.assertEqual([body for began, body in results if began > out and body is None], [])
        self.assertEqual([body for began, body in results if began < died - 1 and body is None], [])
        self.assertEqual(self.reached(), {"server2", "server3"})
        before = len(self.lab.said)
        self.lab.start_server(1)
        self.said("10.0.0.11:80 of pool web is up", before)
        self.assertEqual(self.reached(), {"server1", "server2", "server3"})

    def test_silence_is_a_failure_too(self):
        before = len(self.lab.said)
        self.lab.nginx[2].send_signal(signal.SIGSTOP)
        for pid in subprocess.run(["pgrep", "-P", str(self.lab.nginx[2].pid)], capture_output=True, text=True,
                                  check=True).stdout.split():
            os.kill(int(pid), signal.SIGSTOP)
        stopped = time.monotonic()
        try:
            self.assertIn("no answer within 150ms", self.said("10.0.0.12:80 of pool web is down", before))
            self.assertLess(time.monotonic() - stopped, FALL * INTERVAL + TIMEOUT + 0.25)
        finally:
            os.killpg(self.lab.nginx[2].pid, signal.SIGCONT)
        self.said("10.0.0.12:80 of pool web is up", before)

    def test_a_status_that_is_not_expected(self):
        before = len(self.lab.said)
        self.lab.set(3, "bad", True)
        self.assertIn("status 500, expected status 200", self.said("10.0.0.13:80 of pool web is down", before))
        self.assertEqual(self.reached(), {"server1", "server2"})

    def test_a_server_that_wants_to_drain_keeps_its_connections(self):
        downloads = []

        def at_server3():
            sockets = self.lab.run_in("server3", "ss", "-Htn", "state", "established", "sport", "=", ":80")
            return len(sockets.stdout.splitlines())

        while at_server3() == 0 and len(downloads) < 60:
            downloads += [self.lab.start("client", "curl", "-sf", "-m", "20", f"http://{ADDRESS}/file", "-o",
                                         "/dev/null", "-w", "%{size_download}", stdout=subprocess.PIPE)
                          for _ in range(3)]
            wait_until(lambda: sum(len(self.lab.run_in(f"server{n}", "ss", "-Htn", "state", "established", "sport",
                                                       "=", ":80").stdout.splitlines()) for n in self.lab.servers)
                       >= len(downloads), "downloads begin")
        self.assertGreater(at_server3(), 0)
        before = len(self.lab.said)
        self.lab.set(3, "drain", True)
        self.said("10.0.0.13:80 of pool web takes no new connections", before)
        self.assertEqual(self.reached(), {"server1", "server2"})
        self.assertEqual({process.communicate()[0] for process in downloads}, {"1048576"})
        self.said("10.0.0.13:80 of pool web has no connections left", before)

    def test_a_drain_has_a_deadline(self):
        self.lab.reconfigure(web("shutdown-timeout 1s", members=(1,)))
        self.lab.wait_for_answer(ADDRESS)
        download = self.lab.start("client", "curl", "-sf", "-m", "20", f"http://{ADDRESS}/file", "-o", "/dev/null",
                                  stdout=subprocess.PIPE)
        wait_until(lambda: self.lab.run_in("server1", "ss", "-Htn", "state", "established", "sport", "=",
                                           ":80").stdout, "the download begins")
        before = len(self.lab.said)
        self.lab.reconfigure(web("shutdown-timeout 1s", members=(1, 2)).replace("0.11:80", "0.11:80 drain"))
        self.assertRegex(self.said("its time to drain is over", before), "[1-9][0-9]* connections end")
        self.assertNotEqual(download.wait(20), 0)

    def test_priority_groups_and_backup(self):
        text = web("backup-pool spare", "min-active 1", members=(1, 2))
        text = text.replace("0.11:80", "0.11:80 priority 10") + "pool spare\n  monitor site\n  member 10.0.0.13:80\n"
        self.lab.reconfigure(text)
        wait_until(lambda: self.reached() == {"server1"}, "the first group serves")
        before = len(self.lab.said)
        self.lab.kill_server(1)
        self.said("10.0.0.11:80 of pool web is down", before)
        self.assertEqual(self.reached(), {"server2"})
        self.lab.kill_server(2)
        self.said("10.0.0.12:80 of pool web is down", before)
        self.assertEqual(self.reached(), {"server3"})

    def test_fail_open(self):
        self.lab.reconfigure(web("fail-open"))
        before = len(self.lab.said)
        for n in self.lab.servers:
            self.lab.set(n, "bad", True)
        self.said("All members of pool web are down", before)
        self.assertEqual(self.reached(), {"server1", "server2", "server3"})
        self.lab.set(2, "bad", False)
        self.said("Pool web has members that are up again", before)
        self.assertEqual(self.reached(), {"server2"})

    def test_every_type_of_monitor(self):
        work = self.lab.work
        script, agent = work / "check.sh", work / "agent.txt"
        script.write_text(f"#!/bin/sh\ntest ! -e {work}/server1.bad && echo \"$1 is fine\"\n")
        script.chmod(0o755)
        agent.write_text("40%\n")
        (work / "agent.py").write_text(AGENT)
        self.lab.start("server1", "python3", str(work / "agent.py"), str(agent))
        dns = self.lab.start("server1", "dnsmasq", "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts", "-x",
                             f"{work}/dns.pid", "--address=/shop.test/192.0.2.80")
        # Refusals of closed ports that come more often than once a second are left unsaid otherwise.
        self.lab.sysctl("server1", net__ipv4__icmp_ratelimit=0)
        fast = "  interval 200ms\n  timeout 150ms\n  fall 2\n"
        monitors = {
            "by-icmp": "  type icmp\n", "by-tcp": "  type tcp\n",
            "by-https": ("  type https\n  request GET /health\n  port 443\n  server-name shop.test\n"
                         f"  trust {work}/only.pem\n  client-certificate {work}/cert.pem\n"
                         "  expect regex ^client SUCCESS, name shop.test$\n  expect header Server: nginx\n"),
            "by-dns": "  type dns\n  request shop.test\n  port 53\n  expect string 192.0.2.80\n",
            "by-script": f"  type script\n  request {script}\n", "by-agent": "  type agent\n  port 9000\n",
            "by-udp": "  type udp\n  port 53\n",
        }
        before = len(self.lab.said)
        self.lab.reconfigure(web() + "".join(
            f"monitor {name}\n{text}{fast}pool {name}\n  monitor {name}\n  member 10.0.0.11:80\n"
            for name, text in monitors.items()))
        for name, reason in {"by-icmp": "echo reply", "by-tcp": "connected", "by-https": "status 200",
                             "by-dns": "response code 0", "by-script": "10.0.0.11 is fine",
                             "by-agent": "agent: 40%", "by-udp": "not refused"}.items():
            self.assertIn(reason, self.said(f"of pool {name} is up", before))
        before = len(self.lab.said)
        dns.kill()
        agent.write_text("down # tired\n")
        self.lab.set(1, "bad", True)
        self.assertIn("Connection refused", self.said("of pool by-dns is down", before))
        self.assertIn("Connection refused", self.said("of pool by-udp is down", before))
        self.assertIn("tired", self.said("of pool by-agent is down", before))
        self.assertIn("exit status 1", self.said("of pool by-script is down", before))
        self.lab.kill_server(1)
        self.assertIn("Connection refused", self.said("of pool by-https is down", before))
        self.assertIn("Connection refused", self.said("of pool by-tcp is down", before))
        self.lab.ip("server1", "link", "set", "eth0", "down")
        try:
            self.said("of pool by-icmp is down", before)
        finally:
            self.lab.ip("server1", "link", "set", "eth0", "up")
            self.lab.route("server1", "default", "10.0.0.1")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    run_tests()
