#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Virtuals of mode tls in the lab: curl to nginx, which has the certificates; the appliance reads the name alone.

usage: live_tls_relay_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import hashlib
import json
import os
import subprocess
import sys
import unittest

from lab import Lab, in_url, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

ADDRESSES = {4: "203.0.113.10", 6: "2001:db8:f::10"}
NAMES = {"shop.example": "server1", "a.apps.example": "server2"}
SERVER = """\
daemon off; user root; pid {work}/tls-{name}.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {work}/tls-{name}.body;
  server {{ listen 443 ssl proxy_protocol; listen 444 ssl;
    ssl_certificate {work}/lab.pem; ssl_certificate_key {work}/lab.key;
    location = / {{ return 200 "{name} $proxy_protocol_addr $ssl_server_name\\n"; }}
    location /file {{ alias {work}/file; }} }}
  server {{ listen 445 ssl; ssl_session_cache shared:kept:1m; ssl_session_tickets off;
    ssl_certificate {work}/lab.pem; ssl_certificate_key {work}/lab.key;
    location / {{ return 200 "{name}\n"; }} }} }}
"""


class LiveTlsRelay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=2)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.file = os.urandom(2_000_000)
        (cls.lab.work / "file").write_bytes(cls.file)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-keyout", str(cls.lab.work / "lab.key"), "-out", str(cls.lab.work / "lab.pem"),
                        "-subj", "/CN=lab", "-addext", "subjectAltName=DNS:shop.example,DNS:*.apps.example"], check=True,
                       capture_output=True)
        for n in cls.lab.servers:
            path = cls.lab.work / f"tls-server{n}.conf"
            path.write_text(SERVER.format(work=cls.lab.work, name=f"server{n}"))
            cls.lab.start(f"server{n}", "nginx", "-e", "stderr", "-p", str(cls.lab.work), "-c", str(path))
        cls.lab.start_appliance(cls.config())
        for address in ADDRESSES.values():
            wait_until(lambda: cls.curl(address, "shop.example")[0] != "", f"first answer of {address}")

    @staticmethod
    def config():
        text = ("interface front\n  address 203.0.113.2/24\n  address 2001:db8:f::2/64\n"
                "interface back\n  address 10.0.0.1/24\n  address 2001:db8:b::1/64\n"
                "gateway 203.0.113.1\ngateway 2001:db8:f::1\n")
        for n in (1, 2):
            text += f"pool p{n}\n  member 10.0.0.{10 + n}:443\n"
        text += "pool plain\n  member 10.0.0.11:444\npool both\n  member 10.0.0.11:445\n  member 10.0.0.12:445\n"
        text += "http-profile sticky\n  persist tls-session\n"
        names = "  server-name shop.example pool p1\n  server-name *.apps.example pool p2\n  send-proxy v2\n"
        for family, address in ADDRESSES.items():
            text += f"virtual secure{family}\n  destination {in_url(address)}:443\n  mode tls\n{names}"
        text += f"virtual sticky\n  destination {ADDRESSES[4]}:445\n  mode tls\n  pool both\n  http-profile sticky\n"
        return text + f"virtual direct\n  destination {ADDRESSES[4]}:444\n  mode tls\n  pool plain\n"

    @classmethod
    def curl(cls, address, host, port=443, path=""):
        """The body, and what curl says."""
        done = subprocess.run(
            cls.lab.command_in("client", "curl", "-gsS", "-m", "10", "--cacert", str(cls.lab.work / "lab.pem"),
                               "--resolve", f"{host}:{port}:{in_url(address)}", f"https://{host}:{port}/{path}"),
            capture_output=True, timeout=30, check=False)
        return (done.stdout if path else done.stdout.decode()), done.stderr.decode()

    def test_the_name_chooses_the_server_which_learns_who_asks(self):
        sources = {4: "203.0.113.1", 6: "2001:db8:f::1"}
        for family, address in ADDRESSES.items():
            for host, server in NAMES.items():
                with self.subTest(family=family, host=host):
                    self.assertEqual(self.curl(address, host), (f"{server} {sources[family]} {host}\n", ""))

    def test_a_name_that_nobody_serves_gets_an_alert(self):
        body, error = self.curl(ADDRESSES[4], "other.example")
        self.assertEqual(body, "")
        self.assertIn("unrecognized name", error)

    def test_a_file_arrives_whole(self):
        body, error = self.curl(ADDRESSES[4], "shop.example", 444, "file")
        self.assertEqual(error, "")
        self.assertEqual(hashlib.sha256(body).digest(), hashlib.sha256(self.file).digest())

    def ask_with_session(self, *options):
        """Who answers, and whether the session was resumed."""
        done = self.lab.run_in("client", "sh", "-c", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -ign_eof -tls1_2 "
                               f"-servername shop.example -connect {ADDRESSES[4]}:445 {' '.join(options)}")
        return next(line for line in done.stdout.split() if line.startswith("server")), "Reused, TLSv1.2" in done.stdout

    def test_a_resumed_session_leads_back_to_its_server(self):
        sessions = {}
        for n in range(2):
            file = self.lab.work / f"session{n}"
            server, resumed = self.ask_with_session("-sess_out", str(file))
            self.assertFalse(resumed)
            sessions[server] = file
        self.assertEqual(set(sessions), {"server1", "server2"})
        for _ in range(3):
            for server, file in sessions.items():
                self.assertEqual(self.ask_with_session("-sess_in", str(file)), (server, True))
        listed = json.loads(self.lab.console("show persistence virtual sticky | json"))["clients"]
        self.assertEqual({row["kind"] for row in listed}, {"session"})

    def test_zz_what_was_counted(self):
        report = self.lab.stop_appliance()
        rows = {row["name"]: row for row in report["http"]["virtuals"]}
        self.assertGreaterEqual(rows["secure4"]["connections"]["accepted"], 3)
        self.assertEqual(rows["secure4"]["handshakes"]["failed"], {"unknown_name": 1})
        self.assertGreater(rows["direct"]["bytes"]["sent"], len(self.file))


if __name__ == "__main__":
    run_tests()
