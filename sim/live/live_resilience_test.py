#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Layer 7 when servers fail: retries, cookies, backup pools, the sorry page, and what the access log says about it.

usage: live_resilience_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import json
import re
import sys
import unittest

from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

ADDRESS = "203.0.113.10"


class LiveResilience(unittest.TestCase):
    def setUp(self):
        self.lab = Lab(PROGRAM, ENGINE, servers=3)
        self.lab.__enter__()
        self.addCleanup(self.lab.close)
        self.page = self.lab.work / "sorry.html"
        self.page.write_text("<h1>Back soon</h1>")
        self.log = self.lab.work / "access.log"
        self.lab.start_servers()

    def config(self, profile):
        return ("interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\ngateway 203.0.113.1\n"
                f"http-profile p\n  access-log {self.log}\n{profile}"
                "monitor m\n  type tcp\n  interval 200ms\n  timeout 100ms\n  fall 2\n  rise 1\n"
                "pool spare\n  member 10.0.0.13:80\n"
                "pool web\n  backup-pool spare\n  monitor m\n  member 10.0.0.11:80\n  member 10.0.0.12:80\n"
                f"virtual web\n  destination {ADDRESS}:80\n  mode http\n  pool web\n  http-profile p\n")

    def start(self, profile=""):
        self.lab.start_appliance(self.config(profile))
        # New clients in turn, neither of them from the backup pool: both members were found up.
        both = {"server1", "server2"}
        wait_until(lambda: {self.ask()[2] for _ in both} == both, "both members")

    def stop_server(self, n):
        self.lab.nginx[n].terminate()
        self.lab.nginx[n].wait(10)

    def ask(self, *options):
        """Status, head and body."""
        done = self.lab.run_in("client", "curl", "-gsSi", "-m", "10", *options, f"http://{ADDRESS}/")
        head, _, body = done.stdout.replace("\r", "").partition("\n\n")
        status = re.match(r"HTTP/1.1 (\d+)", head)
        return int(status[1]) if status else 0, head + "\n", body.strip()

    def records(self, count):
        """Of the access log, once it has so many."""
        wait_until(lambda: self.log.exists() and len(self.log.read_text().splitlines()) >= count, "access log")
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def test_clients_of_a_network_stay_together_until_they_are_forgotten(self):
        self.lab.start_appliance(self.config("  persist source v4 24\n"))
        # A network that came while the backup pool still served would go back to its own pool.
        wait_until(lambda: all(f"member_up: Member 10.0.0.{n}:80 of pool web" in "".join(self.lab.said) for n in (11, 12)),
                   "both members are up")
        wait_until(lambda: self.ask()[0] == 200, "first answer")
        mine = self.ask("--interface", "198.51.100.1")[2]
        self.assertEqual([self.ask("--interface", "198.51.100.1")[2] for _ in range(4)], [mine] * 4)
        listed = json.loads(self.lab.console("show persistence | json"))["clients"]
        self.assertIn("198.51.100.0/24", [row["client"] for row in listed])

        def moved():
            self.lab.console("clear persistence virtual web")
            return self.ask("--interface", "198.51.100.1")[2] != mine
        wait_until(moved, "another server after it was forgotten")

    def test_a_member_without_a_server_is_ejected_and_told_of(self):
        """By its requests alone: without a monitor."""
        text = self.config("").replace("  monitor m\n", "  outlier-ejection 2 hold 1h\n").replace("  backup-pool spare\n", "")
        self.stop_server(1)
        self.lab.start_appliance(text)
        wait_until(lambda: self.ask()[0] == 200, "first answer")

        def states():
            rows = json.loads(self.lab.console("show requests web | json"))["requests"]
            return {row["member"]: row["state"] for row in rows}
        wait_until(lambda: self.ask()[0] == 200 and states()["10.0.0.11:80"] == "ejected", "the ejection")
        self.assertEqual(states()["10.0.0.12:80"], "closed")
        wait_until(lambda: "outlier" in self.lab.console("show alarms | json"), "the alarm")
        self.assertEqual({self.ask()[2] for _ in range(4)}, {"server2"})

    def test_a_killed_server_costs_no_request(self):
        """Requests all the while, a server killed among them; retries, then its monitor, keep it from showing."""
        self.start()
        out = self.lab.work / "codes"
        with open(out, "wb") as codes:
            client = self.lab.start("client", "curl", "-sS", "--rate", "200/s", "-o", "/dev/null", "-w", "%{http_code}\\n",
                                    f"http://{ADDRESS}/?[1-100000]", stdout=codes)
        seen = lambda: out.read_text().split()
        wait_until(lambda: len(seen()) > 50, "first requests")
        self.stop_server(1)
        before = len(seen())
        wait_until(lambda: len(seen()) > before + 200, "requests after the kill")
        client.terminate()
        client.wait(10)
        self.assertEqual(set(seen()), {"200"})
        last = self.records(len(seen()))[-100:]
        self.assertEqual({row["member"] for row in last}, {"10.0.0.12:80"})

    def test_a_cookie_leads_back_until_the_member_dies(self):
        self.start("  cookie back\n")
        status, head, server = self.ask()
        cookie = re.search("Set-Cookie: ([^;]+);", head)[1]
        for _ in range(6):
            again = self.ask("-H", f"Cookie: {cookie}")
            self.assertEqual((again[0], again[2]), (200, server))
            self.assertNotIn("Set-Cookie", again[1])
        self.stop_server(int(server[-1]))
        status, head, other = self.ask("-H", f"Cookie: {cookie}")
        self.assertEqual(status, 200)
        self.assertNotEqual(other, server)
        cookie = re.search("Set-Cookie: ([^;]+);", head)[1]
        self.lab.start_server(int(server[-1]))
        self.lab.wait_for_server(int(server[-1]))
        for _ in range(4):
            self.assertEqual(self.ask("-H", f"Cookie: {cookie}")[2], other)
        self.lab.stop_appliance()

    def test_the_backup_pool_and_then_the_sorry_page(self):
        self.start(f"  sorry-page {self.page}\n")
        self.stop_server(1)
        self.stop_server(2)
        wait_until(lambda: self.ask()[2] == "server3", "the backup pool")
        self.lab.reconfigure(self.config(f"  sorry-page {self.page}\n").replace("  backup-pool spare\n", ""))
        wait_until(lambda: self.ask()[0] == 503, "nobody to serve")
        status, head, body = self.ask()
        self.assertEqual((status, body), (503, "<h1>Back soon</h1>"))
        self.assertIn("Content-Type: text/html", head)
        self.assertEqual(self.records(1)[-1]["cause"], "no_member")
        report = self.lab.stop_appliance()
        self.assertGreater(report["http"]["virtuals"][0]["causes"]["no_member"], 0)
        log = report["http"]["access_logs"][0]
        self.assertEqual((log["file"], log["lost"]), (str(self.log), 0))

    def test_the_access_log_has_every_request(self):
        self.start()
        before = len(self.records(1))
        self.ask("-A", 'a "quoted" agent', "-e", "http://from.example/")
        self.ask("-H", "Host:")
        row, refused = self.records(before + 2)[-2:]
        self.assertEqual((row["client"], row["method"], row["target"], row["status"]), ("203.0.113.1", "GET", "/", 200))
        self.assertEqual((row["user_agent"], row["referer"]), ('a "quoted" agent', "http://from.example/"))
        self.assertEqual((row["pool"], row["sent"], row["cause"]), ("web", 8, ""))
        self.assertIn(row["member"], ("10.0.0.11:80", "10.0.0.12:80"))
        self.assertGreaterEqual(row["total_ms"], row["first_byte_ms"])
        self.assertEqual((refused["status"], refused["cause"], refused["method"]), (400, "bad_request", ""))
        # Moved away, as logrotate does, and in the other format.
        self.log.rename(self.log.with_suffix(".1"))
        self.lab.reconfigure(self.config("  access-log-format common\n"))
        self.ask()
        wait_until(self.log.exists, "a new file")
        wait_until(self.log.read_text, "its first line")
        self.assertRegex(self.log.read_text(), r'^203\.0\.113\.1 - - \[[^]]+\] "GET / HTTP/1\.1" 200 8 "-" "curl')


if __name__ == "__main__":
    run_tests()
