#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""wrk through the appliance, HAProxy (mode tcp) and nginx (stream) to the same servers, in turn.

    client (wrk) ── appliance, haproxy or nginx ── bridge ── server1, server2 (nginx)

Rounds are interleaved: every balancer measures a case once before any measures it again, and the median of the
rounds counts, so that a noisy host troubles all alike. CPU is that of the balancer's process, user and system, while
wrk ran, per request; what the kernel does for it in interrupts is counted to whoever runs then.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

from lab import Lab, LabError

SERVERS = 2
APPLIANCE = """\
interface front
  address 203.0.113.2/24
interface back
  address 10.0.0.1/24
gateway 203.0.113.1
pool web
  member 10.0.0.11:80
  member 10.0.0.12:80
virtual shop
  destination 203.0.113.10:80 protocol tcp
  mode nat
  pool web
"""
HAPROXY = """\
global
  nbthread 1
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend shop
  bind 203.0.114.10:80
  default_backend web
backend web
  balance roundrobin
  server s1 10.0.0.11:80
  server s2 10.0.0.12:80
"""
NGINX = """\
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; master_process off; user root; error_log stderr crit; pid {work}/balancer.pid;
events {{ worker_connections 10000; }}
stream {{
  upstream web {{ server 10.0.0.11:80; server 10.0.0.12:80; }}
  server {{ listen 203.0.115.10:80; proxy_pass web; }}
}}
"""
# wrk's own report leaves out what is needed here.
REPORT = """\
done = function(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(string.format('{"requests":%d,"seconds":%f,"bytes":%d,"errors":%d,"p50":%f,"p99":%f}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""
# name: path, connections, a connection per request, metrics
CASES = {
    "keep-alive 1 KB": ("1k", 32, False),
    "new connections": ("1k", 32, True),
    "64 KB objects": ("64k", 16, False),
}


class Balancer:
    """What a balancer needs: a network, a program, an address to ask."""

    def __init__(self, name, namespace, address, start):
        self.name, self.namespace, self.address, self.start = name, namespace, address, start
        self.process = None

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class BenchLab(Lab):
    def build(self):
        super().build()
        for n, name in ((4, "haproxy"), (5, "nginx")):
            self.add_namespace(name)
            self.wire("client", name, name, "front")
            self.to_switch(name, "back", name)
            self.address("client", name, f"203.0.11{n}.1/24")
            self.address(name, "front", f"203.0.11{n}.10/24")
            self.address(name, "back", f"10.0.0.{n}/24")
        for size, name in ((1 << 10, "1k"), (1 << 16, "64k")):
            (self.work / name).write_bytes(b"x" * size)
        (self.work / "report.lua").write_text(REPORT)

    def start_sluice(self):
        self.start_appliance(APPLIANCE)
        return self.appliance

    def start_haproxy(self):
        (self.work / "haproxy.cfg").write_text(HAPROXY)
        return self.start("haproxy", "haproxy", "-db", "-q", "-f", str(self.work / "haproxy.cfg"))

    def start_nginx(self):
        (self.work / "balancer.conf").write_text(NGINX.format(work=self.work))
        return self.start("nginx", "nginx", "-e", "stderr", "-p", str(self.work), "-c",
                          str(self.work / "balancer.conf"))


def measure(lab, balancer, case, seconds):
    path, connections, close = CASES[case]
    header = ["-H", "Connection: close"] if close else []
    cpu = balancer.cpu_seconds()
    done = lab.run_in("client", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(lab.work / "report.lua"),
                      *header, f"http://{balancer.address}/files/{path}", timeout=seconds + 30)
    cpu = balancer.cpu_seconds() - cpu
    if done.returncode != 0:
        raise LabError(f"wrk: {done.stderr.strip()}")
    wrk = json.loads(done.stderr)
    if wrk["requests"] == 0:
        raise LabError(f"no answer through {balancer.name} in {seconds} s")
    return {"rate": wrk["requests"] / wrk["seconds"], "throughput": 8 * wrk["bytes"] / wrk["seconds"] / 1e6,
            "p50": wrk["p50"], "p99": wrk["p99"], "cpu": 1e6 * cpu / wrk["requests"], "errors": wrk["errors"]}


METRICS = {"rate": "1/s", "throughput": "Mbit/s", "p50": "ms", "p99": "ms", "cpu": "us/request", "errors": ""}


def run(lab, seconds, rounds, progress):
    balancers = [Balancer("sluice", "appliance", "203.0.113.10", lab.start_sluice),
                 Balancer("haproxy", "haproxy", "203.0.114.10", lab.start_haproxy),
                 Balancer("nginx", "nginx", "203.0.115.10", lab.start_nginx)]
    lab.start_servers()
    for balancer in balancers:
        balancer.process = balancer.start()
    for balancer in balancers:
        lab.wait_for_answer(balancer.address)
        if balancer.process.poll() is not None:
            raise LabError(f"{balancer.name} ended with status {balancer.process.returncode}")
    samples = {}
    for turn in range(rounds):
        for case in CASES:
            for balancer in balancers:
                progress(f"round {turn + 1} of {rounds}: {case}, {balancer.name}")
                samples.setdefault((case, balancer.name), []).append(measure(lab, balancer, case, seconds))
    rows = []
    for case in CASES:
        for metric, unit in METRICS.items():
            median = {b.name: statistics.median(s[metric] for s in samples[case, b.name]) for b in balancers}
            for name, value in median.items():
                peer = median["haproxy"]
                rows.append({"bench": "live", "case": f"{case}, {name}", "metric": metric, "value": round(value, 3),
                             "unit": unit, "ratio_to": f"{case}, haproxy",
                             "ratio": round(value / peer, 3) if peer else None})
    return rows, lab.stop_appliance()


def table(rows):
    values = {(row["case"], row["metric"]): row for row in rows}
    heads = ("req/s", "ratio", "Mbit/s", "p50 ms", "p99 ms", "CPU us", "ratio", "errors")
    lines = [f"{'':24}" + "".join(f"{head:>7}" for head in heads)]
    for case in dict.fromkeys(row["case"] for row in rows):
        row = {metric: values[case, metric] for metric in METRICS}
        cells = [f"{row['rate']['value']:.0f}", f"{row['rate']['ratio']:.2f}", f"{row['throughput']['value']:.0f}",
                 f"{row['p50']['value']:.2f}", f"{row['p99']['value']:.2f}", f"{row['cpu']['value']:.1f}",
                 f"{row['cpu']['ratio']:.2f}", f"{row['errors']['value']:.0f}"]
        lines.append(f"{case:24}" + "".join(f"{cell:>7}" for cell in cells))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(
        prog="sluice bench live", formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("--engine", choices=("rtl", "model"), default="rtl")
    parser.add_argument("--seconds", type=int, default=2, help="per measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="[{bench, case, metric, value, unit, ratio_to, ratio}]")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.seconds < 1 or options.rounds < 1:
        parser.error("--seconds and --rounds begin at 1")
    for tool in ("ip", "wrk", "nginx", "haproxy"):
        if not shutil.which(tool):
            sys.exit(f"sluice: bench live: no {tool} here; ./sluice setup installs what is missing")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()

    def progress(text):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text} ({time.monotonic() - began:.0f} s)", end="", file=sys.stderr, flush=True)

    try:
        with BenchLab(options.program, options.engine, servers=SERVERS) as lab:
            rows, report = run(lab, options.seconds, options.rounds, progress)
    except (LabError, subprocess.TimeoutExpired) as error:
        print(f"sluice: bench live: {error}", file=sys.stderr)
        return 1
    progress("done")
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        print(table(rows))
        drops = ", ".join(f"{reason} {count}" for reason, count in report["drops"].items()) or "none"
        missed = sum(port["missed"] for port in report["ports"])
        print(f"engine {options.engine}, median of {options.rounds} rounds of {options.seconds} s; ratios to haproxy; "
              f"drops: {drops}; missed: {missed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
