#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rules about HTTP requests in the lab: a table of requests, and what must become of them.

usage: live_rules_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import json
import re
import subprocess
import sys
import unittest

from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

ADDRESS = "203.0.113.10"
GROUND = """\
interface front
  address 203.0.113.2/24
interface back
  address 10.0.0.1/24
gateway 203.0.113.1
pool one
  member 10.0.0.11:80
pool two
  member 10.0.0.12:80
"""
RULES = """\
http-rule deny
  path prefix /admin
  respond 403 not here
http-rule api
  path prefix /api/
  pool two
  rewrite-path /
  response-header set X-Frame-Options DENY
  response-header remove X-Server
http-rule moved
  path regex ^/old/(.*)$
  redirect 308 https://$host/new/$1?$query
http-rule host
  host *.two.example
  pool two
http-rule beta
  header X-Beta exact yes
  method GET
  pool two
http-rule cookie
  cookie color regex ^b
  pool two
http-rule query
  query to exact two
  pool two
http-rule network
  client 198.51.100.0/24
  pool two
http-rule bots
  user-agent bot
  respond 403 no robots
http-rule always
  path exact /always
  time mon-sun
  respond 200 it is time
http-rule grouped
  query g in letters
  not header X-Not
  pool two
http-rule body
  body contains DROP
  respond 403 no such words
http-rule limited
  path exact /limited
  rate-limit 2 per 1h by header X-Key
  respond 200 welcome
http-rule pit
  path exact /pit
  tarpit 300ms
  respond 418 short
data-group letters
  text alpha
  prefix be
"""

# What is asked for, with curl's options; status, and what head and body must be like.
CASES = [
    ("no rule matches", "/", [], 200, "X-Server: server1", "server1"),
    ("deny", "/admin/x", [], 403, "", "not here"),
    ("deny, spelled otherwise", "/%61dmin", [], 403, "", "not here"),
    ("deny, with slashes", "//admin", [], 403, "", "not here"),
    ("prefix with another pool and path", "/api/", [], 200, "X-Frame-Options: DENY", "server2"),
    ("prefix that is only alike", "/api", [], 404, "", ""),
    ("redirect with parts", "/old/a%20b?c=d", [], 308, r"Location: https://a\.example/new/a%20b\?c=d", ""),
    ("host by wildcard", "/", ["-H", "Host: x.Two.example:80"], 200, "", "server2"),
    ("host itself is not below", "/", ["-H", "Host: two.example"], 200, "", "server1"),
    ("header and method", "/", ["-H", "X-Beta: yes"], 200, "", "server2"),
    ("header with another value", "/", ["-H", "X-Beta: no"], 200, "", "server1"),
    ("header with another method", "/", ["-H", "X-Beta: yes", "-X", "OPTIONS"], 200, "", "server1"),
    ("cookie", "/", ["-H", "Cookie: a=b; color=blue"], 200, "", "server2"),
    ("cookie of another color", "/", ["-H", "Cookie: color=red"], 200, "", "server1"),
    ("parameter", "/?x&to=tw%6f", [], 200, "", "server2"),
    ("another parameter", "/?to=three", [], 200, "", "server1"),
    ("client network", "/", ["--interface", "198.51.100.1"], 200, "", "server2"),
    ("bot", "/", ["-A", "Mozilla/5.0 (compatible; Examplebot/2.1)"], 403, "", "no robots"),
    ("time", "/always", [], 200, "", "it is time"),
    ("data group", "/?g=alpha", [], 200, "", "server2"),
    ("data group, by prefix", "/?g=beta", [], 200, "", "server2"),
    ("not in the data group", "/?g=gamma", [], 200, "", "server1"),
    ("what must not be is there", "/?g=alpha", ["-H", "X-Not: 1"], 200, "", "server1"),
    ("body", "/", ["--data", "DROP TABLE"], 403, "", "no such words"),
    ("tarpit", "/pit", [], 418, "", "short"),
    ("below the rate limit", "/limited", ["-H", "X-Key: a"], 200, "", "welcome"),
    ("at the rate limit", "/limited", ["-H", "X-Key: a"], 200, "", "welcome"),
    ("over the rate limit", "/limited", ["-H", "X-Key: a"], 429, r"Retry-After: (1799|1800)\n", ""),
    ("another key", "/limited", ["-H", "X-Key: b"], 200, "", "welcome"),
    ("smuggling is refused before rules", "/api/../admin", ["--path-as-is"], 400, "", ""),
]


def config(rules=RULES, extra=""):
    names = re.findall("^http-rule (.*)$", rules, re.MULTILINE)
    uses = "".join(f"  http-rule {name}\n" for name in names)
    return f"{GROUND}{rules}virtual web\n  destination {ADDRESS}:80\n  mode http\n  pool one\n{uses}{extra}"


class LiveRules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=2)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start_servers()
        cls.lab.start_appliance(config())
        for path, server in (("/", "server1"), ("/api/", "server2")):
            wait_until(lambda: server in cls.ask(path)[2], f"first answer of {server}")

    @classmethod
    def ask(cls, path, *options):
        """Status, head and body."""
        host = [] if any(option.startswith("Host:") for option in options) else ["-H", "Host: a.example"]
        done = cls.lab.run_in("client", "curl", "-gsSi", "-m", "10", *host, *options, f"http://{ADDRESS}{path}")
        head, _, body = done.stdout.replace("\r", "").partition("\n\n")
        status = re.match(r"HTTP/1.1 (\d+)", head)
        return int(status[1]) if status else 0, head + "\n", body.strip()

    def rules(self):
        report = json.loads(self.lab.console("show http | json"))
        return {row["rule"]: row["requests"] for row in report.get("rules", [])}

    def test_requests_become_what_the_rules_say(self):
        self.lab.reconfigure(config())
        for description, path, options, status, head, body in CASES:
            with self.subTest(description):
                got = self.ask(path, *options)
                self.assertEqual(got[0], status)
                if head:
                    self.assertRegex(got[1], head)
                if body:
                    self.assertEqual(got[2], body)
        self.assertNotIn("X-Server", self.ask("/api/")[1])
        counts = self.rules()
        self.assertEqual(counts["deny"], 3)
        self.assertEqual(counts["moved"], 1)

    def test_all_rules_that_match_do_their_part(self):
        rules = ("http-rule mark\n  response-header set X-Mark one\n  log first\n"
                 "http-rule again\n  path prefix /m\n  response-header set X-Mark two\n"
                 "http-rule end\n  path prefix /m\n  pool two\n  rewrite-path /\n"
                 "http-rule late\n  respond 403\n")
        self.lab.reconfigure(config(rules, "  rule-mode all\n"))
        status, head, body = self.ask("/m")
        self.assertEqual((status, body), (200, "server2"))
        self.assertRegex(head, "X-Mark: two\n")
        self.assertNotIn("X-Mark: one", head)
        self.assertEqual(self.ask("/x")[0], 403)

    def test_a_data_group_changes_at_the_console(self):
        self.lab.reconfigure(config())
        self.assertEqual(self.ask("/?g=delta")[2], "server1")
        self.lab.console("data-group add letters text delta")
        wait_until(lambda: self.ask("/?g=delta")[2] == "server2", "the entry to count")
        entries = json.loads(self.lab.console("show data-groups letters | json"))["entries"]
        self.assertIn({"kind": "text", "value": "delta"}, entries)
        explained = json.loads(self.lab.console(f"explain http GET http://{ADDRESS}/?g=delta | json"))
        self.assertEqual(explained["outcome"], "to pool two")
        self.lab.console("data-group reset letters")
        wait_until(lambda: self.ask("/?g=delta")[2] == "server1", "the entry to be gone")

    def test_explain_says_the_same(self):
        text = self.lab.work / "explained.conf"
        text.write_text(config())
        done = subprocess.run([PROGRAM, "explain", "http", "--config", str(text), "--json",
                               f"GET http://{ADDRESS}/api/", f"http://{ADDRESS}/old/x"],
                              capture_output=True, text=True, check=True)
        api, moved = json.loads(done.stdout)
        self.assertEqual([rule["rule"] for rule in api["rules"] if rule["matches"]], ["api"])
        self.assertEqual(api["outcome"], "to pool two")
        self.assertTrue(api["head"].startswith("GET / HTTP/1.1\r\n"))
        self.assertEqual(moved["outcome"], f"answered with 308 to https://{ADDRESS}/new/x?")

    def test_a_canary_goes_from_nothing_to_all_and_keeps_its_clients(self):
        """Each client of 40 moves once, from the old to the new, and no request fails."""
        clients = [f"198.51.100.{n}" for n in range(10, 50)]
        self.lab.run_in("client", "sh", "-c", "for a in " + " ".join(clients) + "; do ip a add $a/32 dev lo; done")
        on_new = []
        for percent in (1, 30, 60, 100):
            self.lab.reconfigure(config(f"http-rule canary\n  split two {percent}\n  split-by client\n"))
            on_new.append({client for client in clients
                           if self.ask("/", "--interface", client)[2] == "server2"})
        for fewer, more in zip(on_new, on_new[1:]):
            self.assertLessEqual(fewer, more)
        self.assertEqual(on_new[-1], set(clients))
        self.assertTrue(0 < len(on_new[1]) < len(on_new[2]) < len(clients), [len(some) for some in on_new])


if __name__ == "__main__":
    run_tests()
