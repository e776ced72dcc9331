#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""SYN floods at the live appliance: old connections, new clients and the CPU port stay alive.

usage: live_flood_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import hashlib
import json
import os
import subprocess
import sys
import unittest

from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"
SHOP, BLOG = "203.0.113.10", "203.0.113.11"
CLIENT, ATTACKER = "203.0.113.1", "203.0.113.66"
FLOOD, RATE = 4000, 1000

CONFIG = f"""\
interface front
  address 203.0.113.2/24
interface back
  address 10.0.0.1/24
gateway {CLIENT}
limits
  source-connection-rate 200 burst 200
  punt-rate icmp 50 burst 50
pool web
  member 10.0.0.11:80
  member 10.0.0.12:80
virtual shop
  destination {SHOP}:80 protocol tcp
  pool web
virtual blog
  destination {BLOG}:80 protocol tcp
  half-open-limit 100
  pool web
"""


class Flood(unittest.TestCase):
    def setUp(self):
        self.lab = Lab(PROGRAM, ENGINE, servers=2)
        self.lab.__enter__()
        self.addCleanup(self.lab.close)
        (self.lab.work / "file").write_bytes(os.urandom(1 << 20))
        self.lab.start_servers()
        self.lab.start_appliance(CONFIG, address=SHOP)
        self.lab.wait_for_answer(BLOG)

    def opened(self, service):
        rows = json.loads(self.lab.console("show virtuals | json"))["virtuals"]
        return next(row["opened"] for row in rows if row["virtual"] == service)

    def test_clients_and_the_cpu_port_outlive_a_flood_from_everywhere(self):
        # A second of download at 400 KB/s is behind the first 64 KB.
        download = self.lab.start("client", "curl", "-sf", "-m", "30", f"http://{SHOP}/file", "-o",
                                  str(self.lab.work / "got"), "-w", "%{size_download}", stdout=subprocess.PIPE)
        flood = self.lab.start_flood(SHOP, FLOOD, RATE, "--rand-source")
        served = failed = 0
        while flood.poll() is None:
            bodies, lost = self.lab.curl(5, SHOP, CLIENT, limit=30)
            served, failed = served + len(bodies), failed + lost
            ping = self.lab.run_in("client", "ping", "-c", "1", "-W", "5", BLOG)
            self.assertEqual(ping.returncode, 0, ping.stdout)
        self.assertEqual(failed, 0)
        self.assertGreaterEqual(served, 10)
        self.assertEqual(download.communicate()[0], str(1 << 20))
        self.assertEqual(hashlib.sha256((self.lab.work / "got").read_bytes()).digest(),
                         hashlib.sha256((self.lab.work / "file").read_bytes()).digest())
        report = self.lab.stop_appliance()
        connections = {v["name"]: v["connections"] for v in report["virtuals"]}
        self.assertGreater(connections["shop"], FLOOD / 2, "the flood came through to the connection table")
        self.assertEqual(sum(port["missed"] for port in report["ports"]), 0)

    def test_wrk_goes_on_through_a_flood_and_the_console_answers(self):
        wrk = self.lab.start("client", "wrk", "-t1", "-c8", "-d6s", f"http://{SHOP}/", stdout=subprocess.PIPE)
        wait_until(lambda: self.opened("shop") >= 8, "wrk's connections")
        flood = self.lab.start_flood(SHOP, 5 * FLOOD, 5 * RATE, "--rand-source")
        failed = 0
        while flood.poll() is None:
            failed += self.lab.curl(5, SHOP, CLIENT, limit=30)[1]
            self.assertIn("shop", self.lab.console("show virtuals"))
        said = wrk.communicate()[0]
        self.assertIn("requests in", said)
        # wrk names errors where there are any.
        self.assertNotIn("Socket errors", said)
        self.assertNotIn("Non-2xx", said)
        self.assertEqual(failed, 0)
        self.assertGreater(self.opened("shop"), 2 * FLOOD)

    def test_a_source_is_held_to_its_rate_and_a_virtual_to_its_budget(self):
        attacker = self.lab.start_flood(SHOP, FLOOD, RATE, "--spoof", ATTACKER)
        bodies, failed = self.lab.curl(20, SHOP, CLIENT)
        self.assertEqual((len(bodies), failed), (20, 0))
        attacker.wait()
        spread = self.lab.start_flood(BLOG, FLOOD, RATE, "--rand-source")
        bodies, failed = self.lab.curl(20, SHOP, CLIENT)
        self.assertEqual((len(bodies), failed), (20, 0))
        spread.wait()
        wait_until(lambda: self.lab.curl(1, BLOG, CLIENT)[1] == 0, "the budget is free again")
        report = self.lab.stop_appliance()
        drops = report["drops"]
        self.assertGreater(drops["source_connection_rate"], FLOOD / 4)
        self.assertGreater(drops["half_open_limit"], 100)
        connections = {v["name"]: v["connections"] for v in report["virtuals"]}
        self.assertLess(connections["blog"], FLOOD / 2)


if __name__ == "__main__":
    run_tests()
