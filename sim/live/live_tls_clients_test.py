#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What TLS and load balancers say about clients, in the lab: client certificates, OCSP responses, PROXY headers; and
keys that are written down, by which tshark reads a capture.

usage: live_tls_clients_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import json
import subprocess
import sys
import unittest

from certificates import Authority
from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

NGINX = """\
daemon off; user root; worker_processes 1; pid {work}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {work}/body;
  server {{
    listen 80;
    location / {{
      return 200 "$http_x_client_cert_verify|$http_x_client_cert_subject|$http_x_forwarded_for\\n";
    }}
  }}
}}
"""
OPEN, REQUEST, REQUIRE = "203.0.113.10", "203.0.113.11", "203.0.113.12"

# Says a PROXY header ahead of a request over TLS, and prints the answer.
BALANCER = """
import socket, ssl, sys
plain = socket.create_connection((sys.argv[1], 443), 10)
plain.sendall(sys.argv[3].encode().decode("unicode_escape").encode("latin-1"))
try:
    secure = ssl.create_default_context(cafile=sys.argv[2]).wrap_socket(plain, server_hostname="shop.example")
    secure.sendall(b"GET / HTTP/1.1\\r\\nHost: shop.example\\r\\nConnection: close\\r\\n\\r\\n")
    print(b"".join(iter(lambda: secure.recv(4096), b"")).decode())
except OSError as error:
    print("closed")
"""


class LiveTlsClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=1)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.work = cls.lab.work
        cls.authority = Authority(cls.work, "lab")
        cls.authority.issue("shop", "DNS:shop.example")
        cls.authority.respond("shop")
        for client in ("alice", "mallory"):
            cls.authority.issue(client, f"email:{client}@lab.example")
        cls.authority.revoke("mallory")
        stranger = Authority(cls.work, "stranger")
        stranger.issue("eve", "email:eve@lab.example")
        stranger.issue("alice2", "email:alice@lab.example", subject="alice")
        path = cls.work / "nginx.conf"
        path.write_text(NGINX.format(work=cls.work))
        cls.lab.start("server1", "nginx", "-e", "stderr", "-p", str(cls.work), "-c", str(path))
        cls.lab.wait_for_server(1)
        cls.lab.start_appliance(cls.config(), "--tls-key-log", str(cls.work / "keys"))
        wait_until(lambda: cls.curl(OPEN)[1] == "200", "first answer")

    @classmethod
    def config(cls, ocsp="shop"):
        work = cls.work
        text = ("interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\n"
                "gateway 203.0.113.1\n"
                f"certificate shop\n  chain-file {work}/shop.pem\n  key-file {work}/shop.key\n"
                f"  ocsp-file {work}/{ocsp}.ocsp\n")
        for demand in ("none", "request", "require"):
            text += f"tls-profile {demand}\n  certificate shop\n"
            if demand != "none":
                text += f"  client-certificate {demand}\n  client-trust {work}/lab.pem\n  client-crl {work}/lab.crl\n"
        text += ("http-rule old\n  tls version exact TLSv1.2\n  respond 426\n"
                 "http-rule private\n  path prefix /private\n  not tls subject exact CN=alice\n  respond 403\n"
                 "http-rule doubtful\n  path prefix /private\n  not tls client-certificate exact success\n  respond 401\n")
        text += "pool web\n  member 10.0.0.11:80\n"
        for name, address, more in (("none", OPEN, "  accept-proxy 203.0.113.200/32\n"), ("request", REQUEST, "  http-rule old\n  http-rule private\n  http-rule doubtful\n"),
                                    ("require", REQUIRE, "")):
            text += (f"virtual {name}\n  destination {address}:443\n  mode https\n  pool web\n"
                     f"  tls-profile {name}\n{more}")
        return text

    @classmethod
    def curl(cls, address, certificate=None, *options):
        """Body and status; or what curl complains of, and 000."""
        shown = ["--cert", str(cls.work / f"{certificate}.pem"), "--key", str(cls.work / f"{certificate}.key")]
        done = cls.lab.run_in("client", "curl", "-sS", "-m", "10", "-w", "\\n%{http_code}", "--cacert",
                              str(cls.work / "lab.pem"), "--resolve", f"shop.example:443:{address}",
                              *(shown if certificate else []), *options, "https://shop.example/")
        body, status = done.stdout.rsplit("\n", 1)
        return (body or done.stderr).strip(), status

    def console(self, command):
        return json.loads(self.lab.console(f"{command} | json"))

    def test_members_learn_who_the_client_is(self):
        self.assertEqual(self.curl(REQUIRE, "alice"), ("success|CN=alice|203.0.113.1", "200"))
        self.assertEqual(self.curl(REQUEST, "alice"), ("success|CN=alice|203.0.113.1", "200"))
        self.assertEqual(self.curl(REQUEST), ("none||203.0.113.1", "200"))
        self.assertEqual(self.curl(REQUEST, "eve")[0], "failed: unknown_authority|CN=eve|203.0.113.1")
        self.assertEqual(self.curl(REQUEST, "mallory")[0], "failed: certificate_revoked|CN=mallory|203.0.113.1")

    def test_what_clients_claim_is_not_passed_on(self):
        lie = ("-H", "X-Client-Cert-Verify: success", "-H", "X-Client-Cert-Subject: CN=alice")
        self.assertEqual(self.curl(OPEN, None, *lie), ("||203.0.113.1", "200"))
        self.assertEqual(self.curl(REQUEST, None, *lie), ("none||203.0.113.1", "200"))

    def test_clients_without_a_good_certificate_are_refused(self):
        for certificate, alert, reason in ((None, "certificate required", "certificate_missing"),
                                           ("eve", "unknown ca", "unknown_authority"),
                                           ("mallory", "revoked", "certificate_revoked")):
            with self.subTest(certificate=certificate):
                said, status = self.curl(REQUIRE, certificate)
                self.assertEqual(status, "000")
                self.assertIn(alert, said)
                failures = {(row["virtual"], row["failure"]) for row in self.console("show tls")["failures"]}
                self.assertIn(("require", reason), failures)

    def test_rules_ask_what_tls_knows(self):
        private = ("--request-target", "/private")
        self.assertEqual(self.curl(REQUEST, "alice", *private)[1], "200")
        for certificate in (None, "eve", "mallory"):
            self.assertEqual(self.curl(REQUEST, certificate, *private)[1], "403", certificate)
        self.assertEqual(self.curl(REQUEST, "alice2", *private)[1], "401")
        self.assertEqual(self.curl(REQUEST, "alice", "--tls-max", "1.2")[1], "426")
        matched = {row["rule"]: row["requests"] for row in self.console("show http request")["rules"]}
        self.assertEqual((matched["old"], matched["private"], matched["doubtful"]), (1, 3, 1))
        said = self.lab.console("explain http virtual request https://shop.example/private --tls subject=CN=eve")
        self.assertIn("answered with 403", said)

    def status_of(self, address):
        return self.lab.run_in("client", "sh", "-c", f"openssl s_client -connect {address}:443 -servername shop.example "
                               f"-CAfile {self.work}/lab.pem -status < /dev/null").stdout

    def test_ocsp_responses_are_stapled_and_renewed(self):
        said = self.status_of(OPEN)
        self.assertIn("OCSP Response Status: successful", said)
        self.assertIn("Cert Status: good", said)
        state = {row["certificate"]: row["ocsp"] for row in self.console("show certificates")["certificates"]}
        self.assertEqual(state, {"shop": "valid"})
        before = len(self.lab.said)
        (self.work / "shop.ocsp").write_bytes((self.work / "shop.pem").read_bytes())
        self.lab.appliance.send_signal(1)
        self.lab.wait_for_line("holds no successful OCSP response in DER form", before)
        self.assertIn("Cert Status: good", self.status_of(OPEN))
        self.authority.respond("shop", days=2)
        self.lab.reconfigure(self.config())
        self.assertNotEqual(self.status_of(OPEN).split("Next Update:")[1].split("\n")[0],
                            said.split("Next Update:")[1].split("\n")[0])

    def test_the_client_is_who_the_proxy_header_names(self):
        def says(header):
            return self.lab.run_in("client", sys.executable, "-c",
                                   BALANCER, OPEN, str(self.work / "lab.pem"), header).stdout

        # The balancer's address; all others are clients.
        self.lab.address("client", "front", "203.0.113.200/32")
        self.lab.ip("client", "route", "change", "203.0.113.0/24", "dev", "front", "src", "203.0.113.200")
        try:
            self.assertIn("||198.51.100.77\n", says("PROXY TCP4 198.51.100.77 203.0.113.10 4711 443\\r\\n"))
            self.assertEqual(says("").strip(), "closed")
        finally:
            self.lab.ip("client", "route", "change", "203.0.113.0/24", "dev", "front", "src", "203.0.113.1")
        causes = {(row["virtual"], row["cause"]) for row in self.console("show http none")["own_answers"]}
        self.assertIn(("none", "proxy_header_missing"), causes)

    def test_keys_that_are_written_down_open_a_capture(self):
        keys, capture = self.work / "keys", self.work / "capture.pcapng"
        self.assertEqual(keys.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.console("show tls")["key_log"][0]["file"], str(keys))
        self.assertTrue(any("Keys of all TLS connections are written to" in line for line in self.lab.said))
        sniffer = self.lab.start("client", "dumpcap", "-q", "-i", "front", "-w", str(capture), "-f", "port 443")
        wait_until(lambda: capture.exists() and capture.stat().st_size > 0, "dumpcap")
        wait_until(lambda: (self.curl(OPEN, None, "--http1.1", "-H", "X-Secret: told")[1] == "200"
                            and "GET / HTTP/1.1" in self.decrypted(keys, capture)), "a request can be read")
        sniffer.terminate()
        self.assertEqual(self.decrypted("/dev/null", capture), "")

    @staticmethod
    def decrypted(keys, capture):
        return subprocess.run(["tshark", "-r", str(capture), "-o", f"tls.keylog_file:{keys}", "-Y", "http.request"],
                              capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    run_tests()
