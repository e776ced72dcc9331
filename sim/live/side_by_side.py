# SPDX-License-Identifier: Apache-2.0
"""Benchmarks of balancers side by side: the lab with several of them, wrk, interleaved rounds, tables.

    client (wrk, ...) ── one of several balancers ── bridge ── server1, server2 (nginx)

Rounds are interleaved: every balancer measures a case once before any measures it again, and the median of the
rounds counts, so that a noisy host troubles all alike. CPU is that of the balancer's process, user and system, while
a case was measured, per request; what the kernel does for it in interrupts is counted to whoever runs then.
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
SIZES = {"1k": 1 << 10, "64k": 1 << 16, "1m": 1 << 20}
# wrk's own report leaves out what is needed here.
REPORT = """\
done = function(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(string.format('{"requests":%d,"seconds":%f,"bytes":%d,"errors":%d,"p50":%f,"p99":%f}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""
METRICS = {"rate": "1/s", "throughput": "Mbit/s", "p50": "ms", "p99": "ms", "cpu": "us/request", "errors": ""}


class Balancer:
    """What is measured: `start` gives its process in `namespace`; it answers on `address`."""

    def __init__(self, name, address, start):
        self.name, self.address, self.start = name, address, start
        self.process = None

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class BenchLab(Lab):
    """The lab with namespaces for `peers`, each between client and servers, at 203.0.(114 + i).10."""

    def __init__(self, program, engine, peers):
        super().__init__(program, engine, servers=SERVERS)
        self.peers = peers

    def build(self):
        super().build()
        for i, name in enumerate(self.peers):
            self.add_namespace(name)
            self.wire("client", name, name, "front")
            self.to_switch(name, "back", name)
            self.address("client", name, f"203.0.{114 + i}.1/24")
            self.address(name, "front", f"{self.peer_address(name)}/24")
            self.address(name, "back", f"10.0.0.{4 + i}/24")
        for name, size in SIZES.items():
            (self.work / name).write_bytes(b"x" * size)
        (self.work / "report.lua").write_text(REPORT)

    def peer_address(self, name):
        return f"203.0.{114 + self.peers.index(name)}.10"

    def start_with(self, name, file, text, *words):
        """A program with a configuration file of its own, in its namespace."""
        (self.work / file).write_text(text)
        return self.start(name, *words, str(self.work / file), stdout=subprocess.DEVNULL)

    def start_haproxy(self, config):
        return self.start_with("haproxy", "haproxy.cfg", config, "haproxy", "-db", "-q", "-f")

    def start_nginx(self, config):
        return self.start_with("nginx", "balancer.conf", config, "nginx", "-e", "stderr", "-p", str(self.work), "-c")

    def start_sluice(self, config):
        self.start_appliance(config)
        return self.appliance


def measure_wrk(lab, balancer, url, connections, seconds, close=False):
    """One sample. wrk checks no certificates."""
    header = ["-H", "Connection: close"] if close else []
    cpu = balancer.cpu_seconds()
    done = lab.run_in("client", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(lab.work / "report.lua"),
                      *header, url, timeout=seconds + 30)
    cpu = balancer.cpu_seconds() - cpu
    if done.returncode != 0:
        raise LabError(f"wrk: {done.stderr.strip()}")
    wrk = json.loads(done.stderr)
    return sample(balancer, wrk["requests"], wrk["seconds"], cpu, 8 * wrk["bytes"] / wrk["seconds"] / 1e6, wrk["p50"],
                  wrk["p99"], wrk["errors"])


def sample(balancer, requests, seconds, cpu, throughput=0.0, p50=0.0, p99=0.0, errors=0):
    if requests == 0:
        raise LabError(f"no answer through {balancer.name} in {seconds:.0f} s")
    return {"rate": requests / seconds, "throughput": throughput, "p50": p50, "p99": p99,
            "cpu": 1e6 * cpu / requests, "errors": errors}


def start_all(lab, balancers, answers):
    """`answers(balancer)` waits until it serves."""
    lab.start_servers()
    for balancer in balancers:
        balancer.process = balancer.start()
    for balancer in balancers:
        answers(balancer)
        if balancer.process.poll() is not None:
            raise LabError(f"{balancer.name} ended with status {balancer.process.returncode}")


def interleave(bench, balancers, cases, rounds, measure, progress):
    """Rows of all medians; `measure(balancer, case)` gives a sample. Ratios are to haproxy."""
    samples = {}
    for turn in range(rounds):
        for case in cases:
            for balancer in balancers:
                progress(f"round {turn + 1} of {rounds}: {case}, {balancer.name}")
                samples.setdefault((case, balancer.name), []).append(measure(balancer, case))
    rows = []
    for case in cases:
        for metric, unit in METRICS.items():
            median = {b.name: statistics.median(s[metric] for s in samples[case, b.name]) for b in balancers}
            for name, value in median.items():
                peer = median["haproxy"]
                rows.append({"bench": bench, "case": f"{case}, {name}", "metric": metric, "value": round(value, 3),
                             "unit": unit, "ratio_to": f"{case}, haproxy",
                             "ratio": round(value / peer, 3) if peer else None})
    return rows


def table(rows):
    values = {(row["case"], row["metric"]): row for row in rows}
    heads = ("req/s", "ratio", "Mbit/s", "p50 ms", "p99 ms", "CPU us", "ratio", "errors")
    lines = [f"{'':24}" + "".join(f" {head:>6}" for head in heads)]

    def short(value, digits=1):
        if value == 0:  # not measured
            return "-"
        return f"{value:.{digits}f}" if value < 1000 else f"{value:.0f}"

    def ratio(row):
        return "-" if row["ratio"] is None else f"{row['ratio']:.2f}"

    for case in dict.fromkeys(row["case"] for row in rows):
        row = {metric: values[case, metric] for metric in METRICS}
        cells = [f"{row['rate']['value']:.0f}", ratio(row["rate"]), short(row["throughput"]["value"], 0),
                 short(row["p50"]["value"], 2), short(row["p99"]["value"], 2), short(row["cpu"]["value"]),
                 ratio(row["cpu"]), f"{row['errors']['value']:.0f}"]
        lines.append(f"{case:24}" + "".join(f" {cell:>6}" for cell in cells))
    return "\n".join(lines)


def missing_tool(*tools):
    return next((tool for tool in tools if not shutil.which(tool)), None)


def main(name, description, tools, run):
    """The command line of a benchmark: `run(options, progress)` gives rows and a line about the run."""
    parser = argparse.ArgumentParser(
        prog=f"sluice bench {name}", formatter_class=argparse.RawDescriptionHelpFormatter, description=description)
    parser.add_argument("--engine", choices=("rtl", "model"), default="rtl")
    parser.add_argument("--seconds", type=int, default=2, help="per measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--only", metavar="TEXT", default="", help="the cases with this in their names")
    parser.add_argument("--json", action="store_true", help="[{bench, case, metric, value, unit, ratio_to, ratio}]")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.seconds < 1 or options.rounds < 1:
        parser.error("--seconds and --rounds begin at 1")
    tool = missing_tool("ip", *tools)
    if tool:
        sys.exit(f"sluice: bench {name}: no {tool} here; ./sluice setup installs what is missing")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()

    def progress(text):
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text} ({time.monotonic() - began:.0f} s)", end="", file=sys.stderr, flush=True)

    try:
        rows, line = run(options, progress)
    except (LabError, subprocess.TimeoutExpired) as error:
        print(f"sluice: bench {name}: {error}", file=sys.stderr)
        return 1
    progress("done")
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        print(table(rows))
        print(f"engine {options.engine}, median of {options.rounds} rounds of {options.seconds} s; ratios to haproxy; "
              f"{line}")
    return 0


def report_line(report):
    """What the data plane lost."""
    drops = ", ".join(f"{reason} {count}" for reason, count in report["drops"].items()) or "none"
    return f"drops: {drops}; missed: {sum(port['missed'] for port in report['ports'])}"


def chosen(cases, text):
    names = [case for case in cases if text in case]
    if not names:
        raise LabError(f"no case has '{text}' in its name; there are: {', '.join(cases)}")
    return names
