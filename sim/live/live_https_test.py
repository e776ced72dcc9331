#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Virtuals of mode https in the lab: curl and openssl to firmware, firmware to nginx.

usage: live_https_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

from lab import Lab, in_url, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

ADDRESSES = {4: "203.0.113.10", 6: "2001:db8:f::10"}
STRICT = "203.0.113.11"


IDLE = 800
MOST_KIB = 40  # of memory for each idle connection

# Makes a request on each of many connections, keeps them, and says so.
IDLE_CLIENT = """
import socket, ssl, sys
context, kept = ssl.create_default_context(cafile=sys.argv[2]), []
for _ in range(int(sys.argv[3])):
    plain = socket.create_connection((sys.argv[1], 443), 10)
    kept.append(context.wrap_socket(plain, server_hostname="shop.example"))
    kept[-1].sendall(b"GET / HTTP/1.1\\r\\nHost: shop.example\\r\\n\\r\\n")
    kept[-1].recv(4096)
print(len(kept), flush=True)
sys.stdin.read()
"""


class LiveHttps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=2)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.make_certificate("shop-ec", "DNS:shop.example", "ec:prime256v1", 101)
        cls.lab.make_certificate("shop-rsa", "DNS:shop.example", "rsa:2048", 102)
        cls.lab.make_certificate("wild", "DNS:*.apps.example", "ec:prime256v1", 103)
        cls.lab.start_servers()
        cls.lab.start_appliance(cls.config())
        for address in ADDRESSES.values():
            wait_until(lambda: cls.curl(address)[0].startswith("server"), f"first answer of {address}")

    @classmethod
    def config(cls):
        text = ("interface front\n  address 203.0.113.2/24\n  address 2001:db8:f::2/64\n"
                "interface back\n  address 10.0.0.1/24\n"
                "gateway 203.0.113.1\ngateway 2001:db8:f::1\n")
        for name in ("shop-ec", "shop-rsa", "wild"):
            text += (f"certificate {name}\n  chain-file {cls.lab.work}/{name}.pem\n"
                     f"  key-file {cls.lab.work}/{name}.key\n")
        uses = "  certificate shop-ec\n  certificate shop-rsa\n  certificate wild\n"
        text += f"tls-profile lab\n{uses}  hsts 1h\ntls-profile strict\n{uses}  policy modern\n  strict-names\n"
        text += "pool web\n  member 10.0.0.11:80\n  member 10.0.0.12:80\n"
        for name, address, profile in (("shop4", ADDRESSES[4], "lab"), ("shop6", ADDRESSES[6], "lab"),
                                       ("strict", STRICT, "strict")):
            text += (f"virtual {name}\n  destination {in_url(address)}:443\n  mode https\n  pool web\n"
                     f"  tls-profile {profile}\n")
        text += f"virtual plain\n  destination {ADDRESSES[4]}:80\n  mode http\n  https-redirect 443\n"
        return text

    def console(self, command):
        return json.loads(self.lab.console(f"{command} | json"))

    @classmethod
    def curl(cls, address, host="shop.example", count=1, certificate="shop-ec", options=()):
        """Bodies, and what curl says."""
        done = cls.lab.run_in("client", "curl", "-gsS", "-m", "10", "--cacert", str(cls.lab.work / f"{certificate}.pem"),
                              "--resolve", f"{host}:443:{in_url(address)}", *options, *[f"https://{host}/"] * count)
        return done.stdout, done.stderr

    def serial(self, address, host, *options):
        name = ["-servername", host] if host else ["-noservername"]
        done = self.lab.run_in("client", "sh", "-c", 'openssl s_client "$@" < /dev/null 2>&1 | openssl x509 -noout -serial',
                               "sh", "-connect", f"{in_url(address)}:443", *name, *options)
        return int(done.stdout.strip().removeprefix("serial=") or "0", 16)

    def test_requests_of_either_family_are_served(self):
        for family, address in ADDRESSES.items():
            with self.subTest(family=family):
                bodies, errors = self.curl(address, count=10)
                self.assertEqual((errors, set(bodies.split())), ("", {"server1", "server2"}))

    def test_the_name_chooses_the_certificate(self):
        for host, serial in (("shop.example", 101), ("a.apps.example", 103), ("b.a.apps.example", 101), (None, 101)):
            with self.subTest(host=host):
                self.assertEqual(self.serial(ADDRESSES[4], host), serial)
        self.assertEqual(self.serial(ADDRESSES[4], "shop.example", "-sigalgs", "rsa_pss_rsae_sha256"), 102)

    def test_a_strict_profile_refuses_other_names_and_versions(self):
        self.assertEqual(self.serial(STRICT, "a.apps.example"), 103)
        self.assertEqual(self.serial(STRICT, "other.example"), 0)
        self.assertEqual(self.serial(STRICT, None), 0)
        self.assertEqual(self.serial(STRICT, "shop.example", "-tls1_2"), 0)

    def test_a_version_of_http_is_agreed_on(self):
        for offer, choice in (("http/1.1,h2", "h2"), ("http/1.1", "http/1.1")):
            done = self.lab.run_in("client", "sh", "-c", f"openssl s_client -connect {ADDRESSES[4]}:443 -alpn {offer} < /dev/null")
            self.assertIn(f"ALPN protocol: {choice}", done.stdout)
        self.assertIn("Protocol  : TLSv1.3" if "Protocol  :" in done.stdout else "TLSv1.3", done.stdout)

    def test_plain_http_is_not_answered(self):
        done = self.lab.run_in("client", "curl", "-gsS", "-m", "10", f"http://{ADDRESSES[4]}:443/")
        self.assertEqual(done.stdout, "")

    def test_clients_of_plain_http_are_sent_to_https_and_told_to_stay_there(self):
        done = self.lab.run_in("client", "curl", "-sSLi", "-m", "10", "--cacert", str(self.lab.work / "shop-ec.pem"),
                               "--resolve", f"shop.example:443:{ADDRESSES[4]}",
                               "--resolve", f"shop.example:80:{ADDRESSES[4]}", "http://shop.example/")
        self.assertIn("HTTP/1.1 301 Moved Permanently", done.stdout)
        self.assertIn("Location: https://shop.example/", done.stdout)
        self.assertIn("strict-transport-security: max-age=3600", done.stdout.lower())
        self.assertIn("server", done.stdout.splitlines()[-1])

    def test_sessions_are_resumed(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version=version):
                ticket = self.lab.work / "ticket"
                # The server's tickets come behind the handshake: a request waits for them.
                first, second = (self.lab.run_in(
                    "client", "openssl", "s_client", "-ign_eof", version, "-connect", f"{ADDRESSES[4]}:443",
                    "-servername", "shop.example", option, str(ticket),
                    input="GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n").stdout
                                 for option in ("-sess_out", "-sess_in"))
                self.assertIn("New, TLS", first)
                self.assertIn("Reused, TLS", second)
                self.assertIn("HTTP/1.1 200 OK", second)

    def test_the_console_shows_certificates_and_handshakes(self):
        rows = {row["certificate"]: row for row in self.console("show certificates")["certificates"]}
        self.assertEqual(rows["shop-rsa"]["serial"], "66")
        self.assertEqual(rows["shop-rsa"]["key"], "RSA 2048")
        self.assertEqual(rows["wild"]["hosts"], "*.apps.example")
        self.assertEqual(rows["wild"]["virtuals"], "shop4, shop6, strict")
        self.assertEqual((rows["shop-ec"]["state"], rows["shop-ec"]["days"]), ("valid", 1))
        self.curl(ADDRESSES[4])
        handshakes = {row["virtual"]: row for row in self.console("show tls")["handshakes"]}
        self.assertGreater(handshakes["shop4"]["full"], 0)
        self.assertEqual(sorted(handshakes), ["shop4", "shop6", "strict"])

    def test_failing_handshakes_are_an_event(self):
        before = len(self.lab.said)
        self.lab.run_in("client", "curl", "-gsS", "-m", "10", f"http://{in_url(ADDRESSES[6])}:443/")
        self.lab.wait_for_line("TLS handshakes with virtual shop6 fail: not_tls", before)

    def test_a_renewed_certificate_closes_no_connection(self):
        log = self.lab.work / "renewal"
        with open(log, "wb") as out:
            client = self.lab.start(
                "client", "curl", "-sS", "--cacert", str(self.lab.work / "wild.pem"), "--resolve",
                f"x.apps.example:443:{ADDRESSES[4]}", "--rate", "20/s", "-w", "%{num_connects} %{http_code}\\n",
                "https://x.apps.example/?[1-2000]", stdout=out)
        seen = lambda: log.read_text(encoding="ascii", errors="replace").split()
        wait_until(lambda: seen().count("200") >= 3, "first requests")
        for serial in (201, 202, 203):
            self.lab.make_certificate("wild", "DNS:*.apps.example", "ec:prime256v1", serial)
            self.lab.reconfigure(self.config())
            wait_until(lambda: self.serial(ADDRESSES[4], "x.apps.example") == serial, "the renewed certificate")
        before = seen().count("200")
        wait_until(lambda: seen().count("200") > before + 3, "requests after the renewals")
        client.terminate()
        client.wait(10)
        words = seen()
        self.assertEqual({word for word in words if len(word) == 3}, {"200"})
        self.assertEqual(sum(word == "1" for word in words), 1)
        # The test of names expects the first one.
        self.lab.make_certificate("wild", "DNS:*.apps.example", "ec:prime256v1", 103)
        self.lab.reconfigure(self.config())
        wait_until(lambda: self.serial(ADDRESSES[4], "x.apps.example") == 103, "the first certificate")

    def memory_kib(self):
        rollup = pathlib.Path(f"/proc/{self.lab.appliance.pid}/smaps_rollup").read_text(encoding="ascii")
        return int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[1])

    def test_an_idle_connection_costs_little_memory(self):
        before = self.memory_kib()
        client = self.lab.start("client", sys.executable, "-c", IDLE_CLIENT, ADDRESSES[4], str(self.lab.work / "shop-ec.pem"),
                                str(IDLE), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(client.stdout.readline().strip(), str(IDLE))
        self.assertLess((self.memory_kib() - before) / IDLE, MOST_KIB)
        client.communicate()

    def test_a_key_that_others_may_read_is_refused(self):
        key = self.lab.work / "wild.key"
        key.chmod(0o644)
        before = len(self.lab.said)
        self.lab.appliance.send_signal(1)
        self.lab.wait_for_line("others may read this key; expected mode 0600", before)
        key.chmod(0o600)
        self.assertTrue(self.curl(ADDRESSES[4])[0].startswith("server"))

    @classmethod
    def tearDownClass(cls):
        report = cls.lab.stop_appliance()
        services = {service["name"]: service for service in report["http"]["virtuals"]}
        assert services["shop4"]["handshakes"]["full"] > 0, services["shop4"]
        failed = services["strict"]["handshakes"]["failed"]
        assert failed["unknown_name"] == 2 and failed["protocol"] == 1, failed


if __name__ == "__main__":
    run_tests()
