#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A virtual of mode https before those that look for weaknesses, and before those that use them: testssl.sh, a browser,
slowhttptest beside normal requests, and thousands of clients that say nothing.

usage: live_tls_tools_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab, or lacks a tool)
"""
import base64
import hashlib
import json
import pathlib
import re
import resource
import subprocess
import sys
import unittest

from certificates import Authority
from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "model"

ADDRESS = "203.0.113.10"
TOOLS = ("testssl", "chromium", "slowhttptest")
IDLE, MOST_KIB = 5000, 40  # of memory for each idle connection

# Makes a request on each of many connections, keeps them, and says so; then makes one more on each.
IDLE_CLIENT = """
import socket, ssl, sys
context, kept = ssl.create_default_context(cafile=sys.argv[2]), []
def ask(secure):
    secure.sendall(b"GET / HTTP/1.1\\r\\nHost: shop.example\\r\\n\\r\\n")
    return secure.recv(4096).startswith(b"HTTP/1.1 200 ")
for _ in range(int(sys.argv[3])):
    plain = socket.create_connection((sys.argv[1], 443), 20)
    kept.append(context.wrap_socket(plain, server_hostname="shop.example"))
    ask(kept[-1])
print(len(kept), flush=True)
sys.stdin.readline()
print(sum(ask(secure) for secure in kept), flush=True)
"""


class LiveTlsTools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=1)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.work = cls.lab.work
        cls.authority = Authority(cls.work, "lab")
        cls.authority.issue("shop", "DNS:shop.example", days=200)
        cls.authority.respond("shop")
        cls.lab.start_servers()
        cls.lab.start_appliance(cls.config())
        wait_until(lambda: cls.curl() == "200", "first answer")

    @classmethod
    def config(cls):
        work = cls.work
        return ("interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\n"
                "gateway 203.0.113.1\n"
                f"certificate shop\n  chain-file {work}/shop.pem\n  key-file {work}/shop.key\n"
                f"  ocsp-file {work}/shop.ocsp\n"
                "tls-profile public\n  certificate shop\n  hsts 365d\n"
                "http-profile quick\n  header-timeout 5s\n  body-timeout 5s\n  idle-timeout 10m\n"
                "pool web\n  member 10.0.0.11:80\n"
                # What is the site's to say, and what is not for others.
                "http-rule site\n  host shop.example\n  response-header remove X-Client\n"
                "  response-header set X-Frame-Options DENY\n"
                "  response-header set X-Content-Type-Options nosniff\n"
                "  response-header set Content-Security-Policy default-src 'self'\n"
                f"virtual shop\n  destination {ADDRESS}:443\n  mode https\n  pool web\n  tls-profile public\n"
                "  http-profile quick\n  http-rule site\n")

    @classmethod
    def curl(cls):
        return cls.lab.run_in("client", "curl", "-sS", "-o", "/dev/null", "-m", "10", "-w", "%{http_code}", "--cacert",
                              str(cls.authority.file), "--resolve", f"shop.example:443:{ADDRESS}",
                              "https://shop.example/").stdout

    def test_testssl_finds_nothing_of_weight(self):
        found = self.work / "testssl.json"
        self.lab.run_in("client", "testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none",
                        "--jsonfile", str(found), "--add-ca", str(self.authority.file), "--ip", ADDRESS,
                        "-p", "-s", "-f", "-S", "-h", "-U", "https://shop.example:443", timeout=240)
        rows = {row["id"]: row for row in json.loads(found.read_text())}
        self.assertGreater(len(rows), 60)
        self.assertEqual(rows["TLS1_3"]["severity"], "OK")
        # The laboratory's authority says nowhere what it has revoked.
        lab = {"cert_revocation"}
        heavy = {name: row for name, row in rows.items() if row["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL")}
        self.assertEqual({name: row["finding"] for name, row in heavy.items() if name not in lab}, {})

    def test_a_browser_shows_the_page(self):
        public = subprocess.run(f"openssl x509 -in {self.work}/shop.pem -noout -pubkey | openssl pkey -pubin -outform der",
                                shell=True, check=True, capture_output=True).stdout
        pin = base64.b64encode(hashlib.sha256(public).digest()).decode()
        done = self.lab.run_in("client", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                               f"--user-data-dir={self.work}/chromium", f"--ignore-certificate-errors-spki-list={pin}",
                               f"--host-resolver-rules=MAP shop.example {ADDRESS}", "--dump-dom",
                               "https://shop.example/", timeout=90)
        self.assertIn("server1", done.stdout)

    def test_slow_clients_do_not_keep_others_waiting(self):
        for attack in (["-H"], ["-B", "-s", "8192"], ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"]):
            with self.subTest(attack=attack[0]):
                slow = self.lab.start("client", "slowhttptest", *attack, "-c", "300", "-r", "200", "-i", "1", "-l", "8",
                                      "-p", "3", "-u", f"https://{ADDRESS}/", stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)
                answers = []
                while slow.poll() is None:
                    answers.append(self.curl())
                self.assertIn("slow HTTP test status", re.sub(r"\x1b\[[0-9;]*m", "", slow.stdout.read()))
                self.assertGreater(len(answers), 10)
                self.assertEqual(set(answers), {"200"})

    def memory_kib(self):
        rollup = pathlib.Path(f"/proc/{self.lab.appliance.pid}/smaps_rollup").read_text(encoding="ascii")
        return int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[1])

    def test_thousands_of_idle_connections_cost_little_and_hinder_nobody(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard < 3 * IDLE:
            self.skipTest(f"only {hard} descriptors")
        before = self.memory_kib()
        limit = f"ulimit -n {hard}; exec \"$0\" \"$@\""
        client = self.lab.start("client", "sh", "-c", limit, sys.executable, "-c", IDLE_CLIENT, ADDRESS,
                                str(self.authority.file), str(IDLE), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(client.stdout.readline().strip(), str(IDLE))
        each = (self.memory_kib() - before) / IDLE
        print(f"{IDLE} idle connections: {each:.1f} KiB each")
        self.assertLess(each, MOST_KIB)
        self.assertEqual(self.curl(), "200")
        client.stdin.write("\n")
        client.stdin.flush()
        self.assertEqual(client.stdout.readline().strip(), str(IDLE))


if __name__ == "__main__":
    run_tests(*TOOLS)
