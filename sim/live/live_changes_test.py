#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""200 changes of the configuration, and renewals of the certificate among them, under load: no connection of a client
is closed, no request fails. HTTP/1.1 and HTTP/2.

usage: live_changes_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import subprocess
import sys
import unittest

from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "model"

ADDRESS = "203.0.113.10"
HTTP1_CLIENTS, HTTP2_CLIENTS = 6, 2
CHANGES, RENEWAL_EVERY = 200, 10


class LiveChanges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=2)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.renew(1)
        # Clients trust all that are made: each signs itself.
        cls.lab.start_servers()
        cls.lab.start_appliance(cls.config(0))
        wait_until(lambda: cls.serial() == 1, "first handshake")

    @classmethod
    def renew(cls, serial):
        cls.lab.make_certificate("shop", "DNS:shop.example", serial=serial)

    @classmethod
    def serial(cls):
        """Of the certificate that new clients are shown."""
        done = cls.lab.run_in("client", "sh", "-c", f"openssl s_client -connect {ADDRESS}:443 -servername shop.example "
                              "< /dev/null 2>/dev/null | openssl x509 -noout -serial")
        return int(done.stdout.strip().partition("=")[2] or "0", 16)

    @classmethod
    def config(cls, n):
        """One of many: rules, limits, members and weights are not those of the one before."""
        text = ("interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\ngateway 203.0.113.1\n"
                f"certificate shop\n  chain-file {cls.lab.work}/shop.pem\n  key-file {cls.lab.work}/shop.key\n"
                "tls-profile t\n  certificate shop\n"
                f"http-profile p\n  retries {n % 4}\n  idle-timeout {30 + n % 7}s\n"
                f"http-rule r\n  path prefix /never{n}\n  respond 403\n"
                f"pool web\n  member 10.0.0.11:80 ratio {1 + n % 5}\n  member 10.0.0.12:80 ratio {1 + n % 3}\n"
                f"virtual shop\n  destination {ADDRESS}:443\n  mode https\n  tls-profile t\n  http-profile p\n  pool web\n")
        if n % 2:
            text += "  http-rule r\n"
        if n % 3 == 1:
            text += f"virtual other{n}\n  destination 203.0.113.11:{1000 + n}\n  mode http\n  pool web\n"
        return text

    def start_clients(self):
        """Logs; each line of them is a request."""
        logs = []
        here = __file__.rpartition("/")[0] or "."
        for i in range(HTTP2_CLIENTS):
            logs.append(self.lab.work / f"http2.{i}")
            with open(logs[-1], "wb") as out:
                self.clients.append(self.lab.start(
                    "client", "curl", "-sSk", "--http2", "--resolve", f"shop.example:443:{ADDRESS}", "--rate", "50/s", "-o",
                    "/dev/null", "-w", "%{stdout}%{num_connects} %{http_version} %{http_code}\\n",
                    "https://shop.example/?[1-100000]", stdout=out))
        logs.append(self.lab.work / "http1")
        trusted = self.lab.work / "first.pem"
        trusted.write_bytes((self.lab.work / "shop.pem").read_bytes())
        with open(logs[-1], "wb") as out:
            self.clients.append(self.lab.start("client", sys.executable, f"{here}/tls_traffic.py", ADDRESS, "shop.example",
                                               str(trusted), str(HTTP1_CLIENTS), stdout=out))
        return logs

    def test_no_change_closes_a_connection(self):
        self.clients = []
        logs = self.start_clients()
        counts = lambda: [log.read_bytes().count(b"\n") for log in logs]
        wait_until(lambda: min(counts()) > 5, "clients ask")
        for n in range(1, CHANGES + 1):
            renewed = n % RENEWAL_EVERY == 0
            if renewed:
                self.renew(1 + n)
            self.lab.reconfigure(self.config(n))
            if renewed:
                self.assertEqual(self.serial(), 1 + n)
        before = counts()
        wait_until(lambda: all(now > then + 5 for now, then in zip(counts(), before)), "clients ask on")
        for client in self.clients:
            client.terminate()
            client.wait(10)
        for log in logs[:HTTP2_CLIENTS]:
            requests = [line.split() for line in log.read_text().splitlines()]
            self.assertEqual(sum(int(line[0]) for line in requests), 1, "connections of an HTTP/2 client")
            self.assertEqual({(line[1], line[2]) for line in requests}, {("2", "200")})
        requests = [line.split(None, 2) for line in logs[-1].read_text().splitlines()]
        self.assertEqual([line for line in requests if not line[2].startswith("server")], [])
        self.assertEqual({line[1] for line in requests}, {"1"}, "connections of each HTTP/1.1 client")
        self.assertEqual({line[2] for line in requests}, {"server1", "server2"})


if __name__ == "__main__":
    run_tests()
