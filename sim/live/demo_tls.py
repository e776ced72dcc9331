#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""TLS and layer 7 in the live lab: two sites by SNI on one address, routing by path and cookie, a certificate that is
renewed under load, a canary that goes from nothing to all, a server that is killed. What it costs clients is counted:
no request may fail, and no connection be closed. Needs root.
"""
import collections
import pathlib
import re
import subprocess
import sys
import threading

from lab import Lab, wait_until
from story import keep, tell

ADDRESS = "203.0.113.10"
SHOP, NEWS = "shop.example", "news.example"
CLIENTS = 8
RENEWALS = 5
TRAFFIC = pathlib.Path(__file__).with_name("tls_traffic.py")

CONFIG = """\
interface front
  address 203.0.113.2/24
interface back
  address 10.0.0.1/24
gateway 203.0.113.1
{certificates}tls-profile sites
  certificate shop
  certificate news
  hsts 365d
http-profile sites
  cookie back
  access-log {work}/access.log
http-rule news
  host news.example
  pool three
http-rule api
  path prefix /api/
  pool two
  rewrite-path /
{canary}pool one
  monitor site
  member 10.0.0.11:80
pool two
  monitor site
  member 10.0.0.12:80
pool three
  monitor site
  member 10.0.0.13:80
pool pair
  monitor site
  member 10.0.0.11:80
  member 10.0.0.12:80
monitor site
  type http
  request GET /
  interval 250ms
  timeout 250ms
  fall 2
  rise 2
virtual sites
  destination 203.0.113.10:443
  mode https
  tls-profile sites
  http-profile sites
  pool {pool}
{rules}virtual plain
  destination 203.0.113.10:80
  mode http
  https-redirect 443
"""


class TlsLab(Lab):
    def __init__(self, program, engine):
        super().__init__(program, engine, servers=3)
        self.authority = self.work / "ca.pem"
        self.serial = 100

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    def make_authority(self):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 30,
                     "-subj", "/CN=lab CA", "-keyout", self.work / "ca.key", "-out", self.authority)

    def make_certificate(self, name, host):
        """Another one each time; its serial number."""
        self.serial += 1
        key, request, names = (self.work / f"{name}.{end}" for end in ("key", "csr", "names"))
        names.write_text(f"subjectAltName=DNS:{host}\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={host}",
                     "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.work / "ca.key", "-days", 90,
                     "-set_serial", self.serial, "-extfile", names, "-out", self.work / f"{name}.pem")
        key.chmod(0o600)
        return self.serial

    def text(self, pool="one", canary=None):
        certificates = "".join(f"certificate {name}\n  chain-file {self.work}/{name}.pem\n  key-file {self.work}/{name}.key\n"
                               for name in ("shop", "news"))
        share = f"http-rule canary\n  path exact /new\n  rewrite-path /\n  split two {canary}\n" if canary else ""
        rules = "".join(f"  http-rule {name}\n" for name in ("news", "api", *(["canary"] if canary else [])))
        return CONFIG.format(work=self.work, certificates=certificates, canary=share, pool=pool, rules=rules)

    def power_up(self):
        self.make_authority()
        self.make_certificate("shop", SHOP)
        self.make_certificate("news", NEWS)
        self.start_servers()
        self.start_appliance(self.text())
        for host, path in ((SHOP, "/"), (SHOP, "/api/"), (NEWS, "/")):
            wait_until(lambda: self.ask(host, path).startswith("server"), f"first answer of {host}{path}")

    def ask(self, host, path="/", *options):
        done = self.run_in("client", "curl", "-sS", "-m", "5", "--cacert", str(self.authority), *options,
                           "--resolve", f"{host}:443:{ADDRESS}", "--resolve", f"{host}:80:{ADDRESS}",
                           path if path.startswith("http") else f"https://{host}{path}")
        return done.stdout.strip()

    def serial_shown(self, host):
        done = self.run_in("client", "sh", "-c", f"openssl s_client -connect {ADDRESS}:443 -servername {host} < /dev/null "
                                                 "2>/dev/null | openssl x509 -noout -serial")
        found = re.search("serial=([0-9A-F]+)", done.stdout)
        return int(found[1], 16) if found else 0


class Traffic:
    """Steady clients on connections that they keep (tls_traffic.py)."""

    def __init__(self, lab, path="/"):
        self.texts, self.connections = [], collections.Counter()
        self.process = lab.start("client", sys.executable, str(TRAFFIC), ADDRESS, SHOP, str(lab.authority),
                                 str(CLIENTS), path, stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            _, opened, text = line.rstrip("\n").split(" ", 2)
            self.connections[int(opened)] += 1
            self.texts.append(text)

    def wait_for(self, count, show):
        start = len(self.texts)

        def enough():
            show.live(f"{len(self.texts)} requests")
            return len(self.texts) - start >= count

        wait_until(enough, f"{count} requests", 60)
        return self.texts[start:]

    def failed(self):
        return sum(text.startswith("-") for text in self.texts)

    def reconnected(self):
        """Whether any client needed more than its first connection."""
        return any(opened > 1 for opened in self.connections)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.reader.join(20)


def run_demo(lab, show, options):
    requests = options.requests
    lab.power_up()
    show.step("power up", note="two sites, two certificates, one address")
    sites(lab, show)
    cookies(lab, show)
    renew(lab, show, requests)
    canary(lab, show, requests)
    kill(lab, show, requests)
    if options.keep:
        keep(lab, f"curl --cacert {lab.authority} --resolve {SHOP}:443:{ADDRESS} https://{SHOP}/")
    report = lab.stop_appliance()
    service = next(row for row in report["http"]["virtuals"] if row["name"] == "sites")
    lost = report["http"]["access_logs"][0]["lost"]
    show.step("report", note=f"{service['requests']} requests, p99 {service['latency_us']['total']['p99'] / 1000:.1f} ms, "
                             f"{service['handshakes']['full']} handshakes, {service['retries']} retries",
              passed=lost == 0 and not service["handshakes"]["failed"])


def sites(lab, show):
    shown = {host: lab.serial_shown(host) for host in (SHOP, NEWS)}
    answers = [lab.ask(SHOP), lab.ask(SHOP, "/api/"), lab.ask(NEWS)]
    moved = lab.ask(SHOP, f"http://{SHOP}/", "-L")
    good = answers == ["server1", "server2", "server3"] and moved == "server1" and shown[SHOP] != shown[NEWS]
    show.step("sites by SNI and path", 4, note=f"{SHOP} {answers[0]}, its /api/ {answers[1]}, {NEWS} {answers[2]}; http:// "
                                               "is sent to https://", passed=good)


def cookies(lab, show):
    lab.reconfigure(lab.text(pool="pair"))
    jar = lab.work / "jar"
    answers = [lab.ask(SHOP, "/", "-c", str(jar), "-b", str(jar)) for _ in range(10)]
    without = {lab.ask(SHOP) for _ in range(6)}
    show.step("cookie", 10, note=f"a client with its cookie gets {answers[0]} ten times; others get {' and '.join(sorted(without))}",
              passed=len(set(answers)) == 1 and without == {"server1", "server2"})


def renew(lab, show, requests):
    with Traffic(lab) as traffic:
        traffic.wait_for(CLIENTS, show)
        for _ in range(RENEWALS):
            serial = lab.make_certificate("shop", SHOP)
            lab.reconfigure(lab.text(pool="pair"))
            wait_until(lambda: lab.serial_shown(SHOP) == serial, "the renewed certificate")
            traffic.wait_for(requests // RENEWALS, show)
    closed = traffic.reconnected()
    show.step("certificate renewed under load", len(traffic.texts), traffic.failed(),
              f"{RENEWALS} times, {CLIENTS} clients, {'some' if closed else 'none'} had to connect again", passed=not closed)


def canary(lab, show, requests):
    with Traffic(lab, "/new") as traffic:
        shares = []
        for percent in (1, 25, 50, 100):
            lab.reconfigure(lab.text(canary=percent))
            texts = traffic.wait_for(requests, show)[CLIENTS:]
            shares.append((percent, 100 * texts.count("server2") / len(texts)))
    closed = traffic.reconnected()
    show.step("canary", len(traffic.texts), traffic.failed(),
              ", ".join(f"{percent} % → {share:.0f} %" for percent, share in shares),
              passed=not closed and shares[-1][1] == 100 and all(abs(share - percent) < 15 for percent, share in shares))


def kill(lab, show, requests):
    lab.reconfigure(lab.text(pool="pair"))
    with Traffic(lab) as traffic:
        traffic.wait_for(requests // 2, show)
        lab.kill_server(1)
        texts = traffic.wait_for(requests, show)
    closed = traffic.reconnected()
    show.step("a server killed", len(traffic.texts), traffic.failed(),
              f"the last {CLIENTS} answers are of {', '.join(sorted(set(texts[-CLIENTS:])))}", passed=not closed)


if __name__ == "__main__":
    sys.exit(tell("demo tls", __doc__, ("curl", "nginx", "sysctl", "openssl"), TlsLab, run_demo))
