#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Members that are spoken to by TLS, in the lab: nginx as it should be, and nginx with certificates that are not.

usage: live_server_tls_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import json
import sys
import unittest

from certificates import Authority
from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

NGINX = """\
daemon off; user root; worker_processes 1; pid {work}/{name}.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {work}/{name}.body;
  ssl_certificate {work}/{certificate}.pem; ssl_certificate_key {work}/{certificate}.key;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:tls:1m;
  server {{
    listen 443 ssl;
    location = / {{ return 200 "{name} $ssl_protocol name=$ssl_server_name client=$ssl_client_s_dn\\n"; }}
    location = /close {{ keepalive_timeout 0; return 200 "$ssl_session_reused\\n"; }}
  }}
  server {{
    listen 444 ssl; ssl_client_certificate {work}/lab.pem; ssl_verify_client on;
    location = / {{ return 200 "client=$ssl_client_s_dn\\n"; }}
  }}
  server {{
    listen 445 ssl proxy_protocol;
    location = / {{ return 200 "from=$proxy_protocol_addr\\n"; }}
  }}
}}
"""

# What servers show, by number.
CERTIFICATES = {1: "good", 2: "expired", 3: "misnamed", 4: "strange"}
PLAIN, SECURE, SHOWN, PROXIED = "203.0.113.10", "203.0.113.11", "203.0.113.12", "203.0.113.13"


class LiveServerTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=len(CERTIFICATES))
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.work = cls.lab.work
        cls.authority = Authority(cls.work, "lab")
        cls.authority.issue("good", "DNS:inside.example,IP:10.0.0.11")
        cls.authority.issue("expired", "DNS:inside.example", days=-1)
        cls.authority.issue("misnamed", "DNS:outside.example")
        Authority(cls.work, "stranger").issue("strange", "DNS:inside.example")
        cls.authority.issue("appliance", "DNS:shop.example")
        for n, certificate in CERTIFICATES.items():
            path = cls.work / f"tls{n}.conf"
            path.write_text(NGINX.format(work=cls.work, name=f"server{n}", certificate=certificate))
            cls.lab.start(f"server{n}", "nginx", "-e", "stderr", "-p", str(cls.work), "-c", str(path))
        for n in CERTIFICATES:
            wait_until(lambda: cls.lab.run_in(f"server{n}", "curl", "-skf", "https://127.0.0.1/").returncode == 0,
                       f"nginx in server{n}")
        cls.lab.start_appliance(cls.config())
        for host in (PLAIN, PROXIED):
            wait_until(lambda: cls.curl(f"http://{host}/")[1] == "200", f"first answer of {host}")

    @classmethod
    def config(cls):
        work = cls.work
        profile = f"  trust {work}/lab.pem\n  server-name inside.example\n"
        members = "".join(f"  member 10.0.0.1{n}:443\n" for n in CERTIFICATES)
        text = ("interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\n"
                "gateway 203.0.113.1\n"
                f"certificate appliance\n  chain-file {work}/appliance.pem\n  key-file {work}/appliance.key\n"
                "tls-profile public\n  certificate appliance\n"
                f"server-tls-profile inside\n{profile}"
                f"server-tls-profile by-address\n  trust {work}/lab.pem\n  certificate appliance\n"
                "monitor fit\n  type https\n  server-tls-profile inside\n  interval 200ms\n  timeout 150ms\n  fall 1\n"
                f"pool web\n  algorithm round-robin\n  server-tls-profile inside\n{members}"
                f"pool watched\n  monitor fit\n  server-tls-profile inside\n{members}"
                "pool shown\n  server-tls-profile by-address\n  member 10.0.0.11:444\n"
                "pool proxied\n  server-tls-profile by-address\n  member 10.0.0.11:445\n")
        for name, address, pool, more in (("plain", f"{PLAIN}:80", "web", "mode http"),
                                          ("secure", f"{SECURE}:443", "watched", "mode https\n  tls-profile public"),
                                          ("shown", f"{SHOWN}:80", "shown", "mode http"),
                                          ("proxied", f"{PROXIED}:80", "proxied", "mode http\n  send-proxy v2")):
            text += f"virtual {name}\n  destination {address}\n  {more}\n  pool {pool}\n"
        return text

    @classmethod
    def curl(cls, url, *options):
        """Body and status."""
        done = cls.lab.run_in("client", "curl", "-sS", "-m", "10", "-w", "%{stderr}%{http_code}", *options, url)
        return done.stdout, done.stderr

    def console(self, command):
        return json.loads(self.lab.console(f"{command} | json"))

    def test_only_the_member_that_is_who_it_should_be_is_served_by(self):
        # Three of four fail: the budget of retries ends soon, and others are told that there is nobody.
        answers = {self.curl(f"http://{PLAIN}/") for _ in range(12)}
        served = ("server1 TLSv1.3 name=inside.example client=\n", "200")
        self.assertIn(served, answers)
        self.assertLessEqual(answers, {served, ("no server could be reached\n", "502")})
        failures = {(row["member"], row["failure"]) for row in self.console("show tls")["member_failures"]
                    if row["pool"] == "web"}
        self.assertEqual(failures, {("10.0.0.12:443", "certificate_expired"), ("10.0.0.13:443", "wrong_name"),
                                    ("10.0.0.14:443", "unknown_authority")})
        self.lab.wait_for_line("TLS handshakes with member 10.0.0.13:443 of pool web fail: wrong_name")

    def test_monitors_verify_as_the_pool_does(self):
        def states():
            return {row["member"]: row["state"] for row in self.console("show members watched")["members"]}

        wait_until(lambda: states()["10.0.0.11:443"].startswith("up") and "up" not in
                   {states()[f"10.0.0.1{n}:443"] for n in (2, 3, 4)}, "monitors tell members apart")

    def test_both_sides_are_encrypted(self):
        wait_until(lambda: self.curl(f"https://{SECURE}/", "-k")[1] == "200", "watched serves")
        body, status = self.curl("https://shop.example/", "--cacert", str(self.authority.file),
                                 "--resolve", f"shop.example:443:{SECURE}")
        self.assertEqual((body.split()[0], status), ("server1", "200"))

    def test_the_appliance_shows_its_certificate(self):
        self.assertEqual(self.curl(f"http://{SHOWN}/"), ("client=CN=appliance\n", "200"))

    def test_the_proxy_header_goes_ahead_of_tls(self):
        self.assertEqual(self.curl(f"http://{PROXIED}/"), ("from=203.0.113.1\n", "200"))

    def test_sessions_with_members_are_resumed(self):
        wait_until(lambda: self.curl(f"http://{PLAIN}/close")[0] == "r\n", "a session is resumed")
        self.assertGreater(sum(row["resumed"] for row in self.console("show tls")["member_handshakes"]), 0)


if __name__ == "__main__":
    run_tests()
