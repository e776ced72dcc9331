#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""TLS terminated by the appliance, by its firmware on plain sockets, HAProxy and nginx, one worker each, in turn.

sluice is the whole appliance: every packet of clients and servers goes through its data plane. plain is the same
firmware on sockets of the kernel: what remains when packets cost nothing. Rounds are interleaved, and the median of
them counts. CPU is that of the balancer's process, user and system, per request or handshake.
"""
import pathlib
import re
import subprocess
import sys

import side_by_side
from lab import LabError, wait_until
from side_by_side import Balancer, BenchLab

KINDS = {"ecdsa": ("ec", "ec_paramgen_curve:prime256v1"), "rsa": ("rsa", "rsa_keygen_bits:2048")}
# Virtuals: what they are for, the certificate that they show, and their port.
SERVICES = {"ecdsa": ("ecdsa", 443), "rsa": ("rsa", 444), "rules": ("ecdsa", 445), "reencrypted": ("ecdsa", 446)}
RULES = 20  # of the virtual with rules; the last one matches
NETWORK = "interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\ngateway 203.0.113.1\n"
HAPROXY = """\
global
  nbthread 1
  maxconn 4000
  ssl-default-bind-options no-sslv3 no-tlsv10 no-tlsv11
  tune.ssl.default-dh-param 2048
defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  default_backend web
frontend ecdsa
  bind {address}:443 ssl crt {work}/ecdsa.both alpn h2,http/1.1
frontend rsa
  bind {address}:444 ssl crt {work}/rsa.both
frontend rules
  bind {address}:445 ssl crt {work}/ecdsa.both
{rules}
frontend reencrypted
  bind {address}:446 ssl crt {work}/ecdsa.both
  default_backend sealed
backend sealed
  balance roundrobin
  http-reuse always
  default-server ssl verify required ca-file {work}/ecdsa.pem sni str(shop.example) verifyhost shop.example
  server s1 10.0.0.11:443
  server s2 10.0.0.12:443
backend web
  balance roundrobin
  http-reuse always
  server s1 10.0.0.11:80
  server s2 10.0.0.12:80
"""
NGINX = """\
daemon off; master_process off; user root; error_log stderr crit; pid {work}/balancer.pid;
events {{ worker_connections 10000; }}
http {{
  access_log off; keepalive_requests 1000000; client_body_temp_path {work}/balancer.body;
  ssl_session_cache shared:tls:4m;
  upstream web {{ server 10.0.0.11:80; server 10.0.0.12:80; keepalive 64; }}
  upstream sealed {{ server 10.0.0.11:443; server 10.0.0.12:443; keepalive 64; }}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  server {{ listen {address}:443 ssl http2; ssl_certificate {work}/ecdsa.pem; ssl_certificate_key {work}/ecdsa.key;
    location / {{ proxy_pass http://web; }} }}
  server {{ listen {address}:444 ssl; ssl_certificate {work}/rsa.pem; ssl_certificate_key {work}/rsa.key;
    location / {{ proxy_pass http://web; }} }}
  server {{ listen {address}:445 ssl; ssl_certificate {work}/ecdsa.pem; ssl_certificate_key {work}/ecdsa.key;
{rules} }}
  server {{ listen {address}:446 ssl; ssl_certificate {work}/ecdsa.pem; ssl_certificate_key {work}/ecdsa.key;
    proxy_ssl_verify on; proxy_ssl_trusted_certificate {work}/ecdsa.pem; proxy_ssl_name shop.example;
    proxy_ssl_server_name on;
    location / {{ proxy_pass https://sealed; }} }}
}}
"""
SERVER = """\
daemon off; user root; error_log stderr crit; pid {work}/{name}.tls.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000; client_body_temp_path {work}/{name}.tls.body;
  server {{ listen 443 ssl; ssl_certificate {work}/ecdsa.pem; ssl_certificate_key {work}/ecdsa.key;
    location /files/ {{ alias {work}/; }} }}
}}
"""


def rule_paths():
    return [f"/service{n}/" for n in range(1, RULES)] + ["/files/"]


def haproxy_rules():
    return "\n".join(f"  use_backend web if {{ path_beg {path} }}" for path in rule_paths())


def nginx_rules():
    return "\n".join(f"    location {path} {{ proxy_pass http://web; }}" for path in rule_paths())


class TlsLab(BenchLab):
    def build(self):
        super().build()
        for name, (algorithm, parameter) in KINDS.items():
            key, chain = self.work / f"{name}.key", self.work / f"{name}.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", algorithm, "-pkeyopt", parameter, "-nodes", "-days",
                            "2", "-keyout", str(key), "-out", str(chain), "-subj", "/CN=lab", "-addext",
                            "subjectAltName=DNS:shop.example"], check=True, capture_output=True)
            key.chmod(0o600)
            (self.work / f"{name}.both").write_bytes(chain.read_bytes() + key.read_bytes())

    def services(self, address):
        """The configuration of what firmware serves."""
        text = ("pool web\n  member 10.0.0.11:80\n  member 10.0.0.12:80\n"
                f"server-tls-profile inside\n  trust {self.work}/ecdsa.pem\n  server-name shop.example\n"
                "pool sealed\n  server-tls-profile inside\n  member 10.0.0.11:443\n  member 10.0.0.12:443\n")
        for kind in KINDS:
            text += (f"certificate {kind}\n  chain-file {self.work}/{kind}.pem\n  key-file {self.work}/{kind}.key\n"
                     f"tls-profile {kind}\n  certificate {kind}\n")
        for n, path in enumerate(rule_paths(), 1):
            text += f"http-rule r{n}\n  path prefix {path}\n  pool web\n"
        for name, (kind, port) in SERVICES.items():
            text += (f"virtual {name}\n  destination {address}:{port}\n  mode https\n  tls-profile {kind}\n"
                     f"  pool {'sealed' if name == 'reencrypted' else 'web'}\n")
            if name == "rules":
                text += "".join(f"  http-rule r{n}\n" for n in range(1, RULES + 1))
        return text

    def start_server(self, n):
        """With a second one that speaks TLS."""
        super().start_server(n)
        name = f"server{n}"
        path = self.work / f"{name}.tls.conf"
        path.write_text(SERVER.format(work=self.work, name=name))
        self.start(name, "nginx", "-e", "stderr", "-p", str(self.work), "-c", str(path))

    def start_plain(self, program, address):
        process = self.start_with("plain", "plain.conf", self.gateway(address) + self.services(address), program)
        return process

    @staticmethod
    def gateway(address):
        """Members have to be reachable for a configuration to be valid."""
        return f"interface front\n  address {address}/24\ninterface back\n  address 10.0.0.254/24\n"

    def wait_for_tls(self, balancer):
        for _, port in SERVICES.values():
            wait_until(lambda: self.run_in("client", "curl", "-ksf", "-m", "2",
                                           f"https://{balancer.address}:{port}/files/1k").returncode == 0,
                       f"first answer of {balancer.name}, port {port}")


def wrk(path, connections, service="ecdsa", close=False):
    def measure(lab, balancer, seconds):
        url = f"https://{balancer.address}:{SERVICES[service][1]}/files/{path}"
        return side_by_side.measure_wrk(lab, balancer, url, connections, seconds, close)
    return measure


def h2load(path, connections, streams):
    def measure(lab, balancer, seconds):
        """HTTP/2, agreed on by ALPN."""
        cpu = balancer.cpu_seconds()
        done = lab.run_in("client", "h2load", "-t1", f"-c{connections}", f"-m{streams}", f"-D{seconds}",
                          f"https://{balancer.address}/files/{path}", timeout=seconds + 30)
        cpu = balancer.cpu_seconds() - cpu
        counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", done.stdout)
        traffic = re.search(r"traffic: \S+ \((\d+)\) total", done.stdout)
        if done.returncode != 0 or not counts or not traffic or "Application protocol: h2" not in done.stdout:
            raise LabError(f"h2load: {(done.stderr or done.stdout).strip()}")
        good, *bad = map(int, counts.groups())
        return side_by_side.sample(balancer, good, seconds, cpu, 8 * int(traffic[1]) / seconds / 1e6,
                                   errors=sum(bad))
    return measure


def resumed(lab, balancer, seconds):
    """Handshakes of TLS 1.2 that resume a session."""
    cpu = balancer.cpu_seconds()
    done = lab.run_in("client", "openssl", "s_time", "-connect", f"{balancer.address}:443", "-reuse", "-tls1_2", "-time",
                      str(seconds), timeout=seconds + 30)
    cpu = balancer.cpu_seconds() - cpu
    found = re.search(r"(\d+) connections in (\d+) real seconds", done.stdout)
    if done.returncode != 0 or not found:
        raise LabError(f"openssl s_time: {done.stderr.strip()}")
    return side_by_side.sample(balancer, int(found[1]), max(1, int(found[2])), cpu)


CASES = {
    "keep-alive 1 KB": wrk("1k", 32),
    "HTTP/2 1 KB": h2load("1k", 8, 16),
    f"{RULES} rules 1 KB": wrk("1k", 32, "rules"),
    "re-encrypted 1 KB": wrk("1k", 32, "reencrypted"),
    "64 KB objects": wrk("64k", 16),
    "1 MB objects": wrk("1m", 4),
    "new ECDSA": wrk("1k", 16, close=True),
    "new RSA": wrk("1k", 16, "rsa", close=True),
    "resumed": resumed,
}


def run(options, progress):
    cases = side_by_side.chosen(CASES, options.only)
    plain_proxy = pathlib.Path(options.program).resolve().parents[2] / "testbenches/bench/plain_proxy/plain_proxy"
    if not plain_proxy.exists():
        raise LabError(f"{plain_proxy} is not built")
    with TlsLab(options.program, options.engine, ["haproxy", "nginx", "plain"]) as lab:
        haproxy, nginx, plain = (lab.peer_address(name) for name in lab.peers)
        haproxy_config = HAPROXY.format(work=lab.work, address=haproxy, rules=haproxy_rules())
        nginx_config = NGINX.format(work=lab.work, address=nginx, rules=nginx_rules())
        balancers = [
            Balancer("sluice", "203.0.113.10", lambda: lab.start_sluice(NETWORK + lab.services("203.0.113.10"))),
            Balancer("plain", plain, lambda: lab.start_plain(str(plain_proxy), plain)),
            Balancer("haproxy", haproxy, lambda: lab.start_haproxy(haproxy_config)),
            Balancer("nginx", nginx, lambda: lab.start_nginx(nginx_config))]
        side_by_side.start_all(lab, balancers, lab.wait_for_tls)
        rows = side_by_side.interleave("tls", balancers, cases, options.rounds,
                                       lambda balancer, case: CASES[case](lab, balancer, options.seconds), progress)
        return rows, side_by_side.report_line(lab.stop_appliance())


if __name__ == "__main__":
    sys.exit(side_by_side.main("tls", __doc__, ("wrk", "h2load", "nginx", "haproxy", "openssl"), run))
