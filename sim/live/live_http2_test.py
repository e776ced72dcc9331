#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 in the lab: curl, nghttp, h2load and clients that break the rules, firmware to nginx.

usage: live_http2_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
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

ADDRESS = "203.0.113.10"
SIZE = 10_000_000

# Opens streams and does with each what its second argument says, until the connection is ended: then the error code of
# GOAWAY is printed.
RULE_BREAKER = """
import socket, ssl, sys
import h2.config, h2.connection, h2.errors, h2.events
context = ssl.create_default_context(cafile=sys.argv[1])
context.set_alpn_protocols(["h2"])
tls = context.wrap_socket(socket.create_connection(("203.0.113.10", 443), 10), server_hostname="shop.example")
config = h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
client = h2.connection.H2Connection(config)
client.initiate_connection()
head = [(":method", "GET"), (":scheme", "https"), (":authority", "shop.example"), (":path", "/")]
def step(stream):
    if sys.argv[2] == "reset":
        client.send_headers(stream, head, end_stream=True)
        client.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
    elif sys.argv[2] == "ping":
        client.ping(b"12345678")
    elif sys.argv[2] == "data":
        tls.sendall(client.data_to_send() + bytes([0, 0, 1, 0, 0, 0, 0, 0, 99, 0]))
ended, stream = None, 1
while ended is None:
    for _ in range(50):
        step(stream)
        stream += 2
    try:
        tls.sendall(client.data_to_send())
        tls.settimeout(0.05)
        received = tls.recv(65536)
    except TimeoutError:
        continue
    except OSError:
        received = b""
    for event in client.receive_data(received) if received else []:
        if isinstance(event, h2.events.ConnectionTerminated):
            ended = int(event.error_code)
    if not received and ended is None:
        ended = "closed"
print(ended)
"""


class LiveHttp2(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=2)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.make_certificate("shop", "DNS:shop.example")
        cls.content = os.urandom(SIZE)
        (cls.lab.work / "file").write_bytes(cls.content)
        cls.lab.start_servers()
        cls.lab.start_appliance(cls.config())
        wait_until(lambda: cls.curl("/")[0].startswith(b"server"), "first answer")

    @classmethod
    def config(cls, more=""):
        return ("interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\ngateway 203.0.113.1\n"
                f"certificate shop\n  chain-file {cls.lab.work}/shop.pem\n  key-file {cls.lab.work}/shop.key\n"
                "tls-profile lab\n  certificate shop\n"
                "http-profile web\n  http2-cleartext on\n  cookie come-back\n"
                f"  access-log {cls.lab.work}/access.log\n"
                "http-rule old\n  path prefix /old\n  redirect 302 https://shop.example/\n"
                "pool web\n  member 10.0.0.11:80\n  member 10.0.0.12:80\n"
                f"virtual shop\n  destination {ADDRESS}:443\n  mode https\n  pool web\n  tls-profile lab\n"
                "  http-profile web\n  http-rule old\n"
                f"virtual plain\n  destination {ADDRESS}:80\n  mode http\n  pool web\n  http-profile web\n{more}")

    @classmethod
    def curl(cls, path, *options, scheme="https"):
        """Body, and what curl says."""
        port = 443 if scheme == "https" else 80
        done = cls.lab.run_in("client", "curl", "-sS", "-m", "60", "--cacert", str(cls.lab.work / "shop.pem"),
                              "--resolve", f"shop.example:{port}:{ADDRESS}", *options, f"{scheme}://shop.example{path}",
                              text=False)
        return done.stdout, done.stderr.decode()

    def http(self):
        """The row of each virtual in `show http`."""
        return {row["virtual"]: row for row in json.loads(self.lab.console("show http | json"))["http2"]}

    def test_curl_gets_and_posts(self):
        version = ("-w", "%{stderr}%{http_version}")
        body, said = self.curl("/", *version)
        self.assertEqual((body[:6], said), (b"server", "2"))
        body, said = self.curl("/fast", *version)
        self.assertEqual((hashlib.sha256(body).digest(), said), (hashlib.sha256(self.content).digest(), "2"))
        # curl 7.88 does not end if it is answered before it has sent all.
        body, said = self.curl("/whole", "--data-binary", f"@{self.lab.work}/file", *version)
        self.assertEqual((body, said), (b"%d\n" % SIZE, "2"))

    def test_many_requests_at_a_time(self):
        body, errors = self.curl("/?[1-200]", "--no-progress-meter", "--parallel", "--parallel-max", "80")
        self.assertEqual((len(body.split()), set(body.split()), errors), (200, {b"server1", b"server2"}, ""))

    def test_h2load_and_nghttp(self):
        before = self.http()["shop"]["streams"]
        done = self.lab.run_in("client", "h2load", "-n", "3000", "-c", "4", "-m", "20", f"https://{ADDRESS}/")
        self.assertIn("3000 succeeded, 0 failed", done.stdout)
        self.assertEqual(self.http()["shop"]["streams"] - before, 3000)
        done = self.lab.run_in("client", "nghttp", f"https://{ADDRESS}/")
        self.assertIn(done.stdout, ("server1\n", "server2\n"))

    def test_both_versions_without_tls(self):
        for option, version in (("--http1.1", "1.1"), ("--http2-prior-knowledge", "2")):
            with self.subTest(version=version):
                body, said = self.curl("/", option, "-w", "%{stderr}%{http_version}", scheme="http")
                self.assertEqual((body[:6], said), (b"server", version))

    def test_rules_cookies_and_the_log(self):
        body, said = self.curl("/old/page", "-w", "%{stderr}%{http_code} %{redirect_url}")
        self.assertEqual(said, "302 https://shop.example/")
        jar = self.lab.work / "jar"
        bodies = {self.curl("/", "-b", str(jar), "-c", str(jar))[0] for _ in range(6)}
        self.assertEqual(len(bodies), 1)
        wait_until(lambda: '"version":"2.0"' in (self.lab.work / "access.log").read_text(), "the log names HTTP/2")

    def test_changes_close_no_connection(self):
        load = self.lab.start("client", "h2load", "-D", "6", "-c", "4", "-m", "10", f"https://{ADDRESS}/", stdout=subprocess.PIPE)
        before = self.http()["shop"]
        for number in range(10):
            self.lab.reconfigure(self.config("pool spare\n  member 10.0.0.13:80\n" if number % 2 == 0 else ""))
        output = load.communicate(timeout=60)[0]
        self.assertRegex(output, r" 0 failed, 0 errored, 0 timeout")
        after = self.http()["shop"]
        self.assertEqual((after["connections"] - before["connections"] <= 4, after["goaways"]), (True, before["goaways"]))

    def break_rules(self, how):
        done = self.lab.run_in("client", "/usr/bin/python3", "-c", RULE_BREAKER, str(self.lab.work / "shop.pem"), how)
        self.assertEqual(done.stderr, "")
        return done.stdout.strip()

    def test_who_breaks_the_rules_is_told_and_nobody_else_suffers(self):
        others = self.lab.start("client", "h2load", "-n", "4000", "-c", "2", "-m", "10", f"https://{ADDRESS}/", stdout=subprocess.PIPE)
        calm, protocol = "11", "1"
        for how, code in (("reset", calm), ("ping", calm), ("data", protocol)):
            with self.subTest(how=how):
                self.assertEqual(self.break_rules(how), code)
        self.assertIn("4000 succeeded, 0 failed", others.communicate(timeout=60)[0])
        row = self.http()["shop"]
        self.assertGreater(row["resets"], 200)
        self.assertIn("calm 2", row["goaways"])
        self.assertIn("protocol 1", row["goaways"])
        wait_until(lambda: self.http()["shop"]["active_streams"] == 0, "all streams are over")


if __name__ == "__main__":
    run_tests()
