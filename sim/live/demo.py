#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The live lab: real clients and servers in network namespaces, the appliance between them.

    client (curl)                appliance                     server1..3 (nginx)
    203.0.113.1 ── veth ── port 0, port 1 ── veth ── bridge ── 10.0.0.11 .. 13
    198.51.100.1 (direct server return) ─────────────── 10.0.0.254

Requests go to 203.0.113.10 (mode nat) from 203.0.113.1, so that answers come back through the
appliance, and to 203.0.113.20 (mode dsr) from 198.51.100.1, which the servers answer themselves.
Needs root. Everything that is started here ends with this program, however it ends.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

SERVERS = (1, 2, 3)
NAT, DSR = "203.0.113.10", "203.0.113.20"

CONFIG = """\
interface front
  address 203.0.113.2/24
interface back
  address 10.0.0.1/24
gateway 203.0.113.1
pool web
{web}
pool direct
{direct}
virtual shop
  destination 203.0.113.10:80 protocol tcp
  mode nat
  pool web
virtual images
  destination 203.0.113.20:80 protocol tcp
  mode dsr
  pool direct
"""

NGINX = """\
daemon off; user root; worker_processes 1; pid {work}/{name}.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {work}/{name}.body;
  server {{
    listen 80;
    location = / {{ return 200 "{name}\\n"; }}
    location /file {{ alias {work}/file; limit_rate 400k; limit_rate_after 64k; }}
    location /fast {{ alias {work}/file; }}
  }}
}}
"""


class LabError(Exception):
    """What the lab needs and does not have."""


def config_text(drained=()):
    def members():
        return "\n".join(f"  member 10.0.0.{10 + n}:80{' drain' if n in drained else ''}" for n in SERVERS)

    return CONFIG.format(web=members(), direct=members())


def wait_until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Lab:
    """Namespaces, links and programs; a context manager that leaves nothing behind."""

    def __init__(self, program, engine):
        self.program, self.engine = program, engine
        self.tag = f"sluice-{os.getpid()}"
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="sluice-demo-"))
        self.namespaces, self.started = [], []
        self.said = []
        self.appliance = None
        self.nginx = {}

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
        for process in self.started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for name in self.namespaces:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        self.namespaces = []
        shutil.rmtree(self.work, ignore_errors=True)

    # ---- the network ---------------------------------------------------------------------------

    def name(self, what):
        return f"{self.tag}-{what}"

    def ip(self, where, *words):
        done = subprocess.run(["ip", "-n", self.name(where), *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LabError(f"ip {' '.join(words)} in {where}: {done.stderr.strip()}")

    def add_namespace(self, what):
        done = subprocess.run(["ip", "netns", "add", self.name(what)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LabError(f"cannot make network namespaces: {done.stderr.strip()}\n  the lab needs root")
        self.namespaces.append(self.name(what))
        self.ip(what, "link", "set", "lo", "up")

    def wire(self, a, a_device, b, b_device):
        self.ip(a, "link", "add", a_device, "type", "veth", "peer", "name", b_device, "netns", self.name(b))
        self.ip(a, "link", "set", a_device, "up")
        self.ip(b, "link", "set", b_device, "up")

    def to_switch(self, where, device, port):
        self.wire(where, device, "switch", port)
        self.ip("switch", "link", "set", port, "master", "bridge")

    def build(self):
        for what in ("client", "switch", "appliance", *(f"server{n}" for n in SERVERS)):
            self.add_namespace(what)
        self.ip("switch", "link", "add", "bridge", "type", "bridge")
        self.ip("switch", "link", "set", "bridge", "up")
        self.wire("client", "front", "appliance", "front")
        self.to_switch("appliance", "back", "appliance")
        self.to_switch("client", "return", "client")
        self.ip("client", "address", "add", "203.0.113.1/24", "dev", "front")
        self.ip("client", "address", "add", "198.51.100.1/32", "dev", "lo")
        self.ip("client", "address", "add", "10.0.0.254/24", "dev", "return")
        # Answers to direct server return come in by another link than requests leave by.
        for device in ("all", "front", "return"):
            self.run_in("client", "sysctl", "-qw", f"net.ipv4.conf.{device}.rp_filter=0")
        for n in SERVERS:
            server = f"server{n}"
            self.to_switch(server, "eth0", server)
            self.ip(server, "address", "add", f"10.0.0.{10 + n}/24", "dev", "eth0")
            self.ip(server, "address", "add", f"{DSR}/32", "dev", "lo")
            self.ip(server, "route", "add", "default", "via", "10.0.0.1")
            self.ip(server, "route", "add", "198.51.100.0/24", "via", "10.0.0.254")
        (self.work / "file").write_bytes(bytes(range(256)) * 4096)
        os.chmod(self.work, 0o755)

    # ---- programs ------------------------------------------------------------------------------

    def command_in(self, where, *words):
        return ["ip", "netns", "exec", self.name(where), *words]

    def run_in(self, where, *words):
        return subprocess.run(self.command_in(where, *words), capture_output=True, text=True, check=False)

    def start(self, where, *words, **options):
        # A session of its own: Ctrl-C is for this program, which ends the others in order.
        process = subprocess.Popen(self.command_in(where, *words), start_new_session=True, text=True, **options)
        self.started.append(process)
        return process

    def start_servers(self):
        for n in SERVERS:
            name = f"server{n}"
            path = self.work / f"{name}.conf"
            path.write_text(NGINX.format(work=self.work, name=name))
            self.nginx[n] = self.start(name, "nginx", "-e", "stderr", "-p", str(self.work), "-c", str(path))
        for n in SERVERS:
            wait_until(lambda n=n: self.run_in(f"server{n}", "curl", "-sf", "http://127.0.0.1/").returncode == 0,
                       f"nginx in server{n}")

    def start_appliance(self):
        self.config = self.work / "lab.conf"
        self.config.write_text(config_text())
        self.appliance = self.start(
            "appliance", self.program, "run", "--config", str(self.config), "--engine", self.engine, "--json",
            "--port", "0=front", "--port", "1=back", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        threading.Thread(target=lambda: self.said.extend(iter(self.appliance.stderr.readline, "")),
                         daemon=True).start()
        self.wait_for_line("ready")
        # The next hops have answered when a first request is served.
        wait_until(lambda: self.run_in("client", "curl", "-sf", "-m", "2", f"http://{NAT}/").returncode == 0,
                   "first request")

    def wait_for_line(self, word, after=0, seconds=30):
        def came():
            if self.appliance.poll() is not None:
                raise LabError("the appliance ended: " + "".join(self.said).strip())
            return any(word in line for line in self.said[after:])

        wait_until(came, f"the appliance says '{word}'", seconds)

    def reconfigure(self, text):
        before = len(self.said)
        self.config.write_text(text)
        self.appliance.send_signal(signal.SIGHUP)
        self.wait_for_line("reloaded", before)

    def stop_appliance(self):
        self.appliance.send_signal(signal.SIGTERM)
        output = self.appliance.stdout.read()
        status = self.appliance.wait(20)
        if status != 0:
            raise LabError(f"the appliance ended with status {status}: " + "".join(self.said).strip())
        return json.loads(output)

    def curl(self, count, address, source, path="", limit=10):
        """`count` requests, each on a connection of its own. Returns bodies and the number that failed."""
        urls = []
        for _ in range(count):
            urls += ["-o", "-", f"http://{address}/{path}"]
        done = self.run_in("client", "curl", "-s", "--no-keepalive", "-H", "Connection: close", "-m", str(limit),
                           "--interface", source, "-w", "%{stderr}%{http_code}\n", *urls)
        codes = done.stderr.split()
        failed = count - sum(code == "200" for code in codes)
        return done.stdout.split(), failed


class Show:
    """Prints steps as they are done and keeps their results."""

    def __init__(self, quiet):
        self.quiet, self.steps, self.clock = quiet, [], time.monotonic()

    def step(self, name, requests=0, failed=0, note="", passed=True):
        seconds = round(time.monotonic() - self.clock, 3)
        self.clock = time.monotonic()
        self.steps.append({"name": name, "requests": requests, "failed": failed, "seconds": seconds, "note": note,
                           "passed": passed and failed == 0})
        if not self.quiet:
            mark = "ok    " if self.steps[-1]["passed"] else "FAILED"
            count = f"{requests} request{'s' if requests != 1 else ''}, {failed} failed; " if requests else ""
            print(f"{mark} {name}: {count}{note} ({seconds:.1f} s)", flush=True)

    def result(self):
        steps = [{key: value for key, value in step.items() if key != "passed"} for step in self.steps]
        return {"steps": steps, "passed": all(step["passed"] for step in self.steps)}


def shares(bodies):
    return ", ".join(f"server{n} {bodies.count(f'server{n}')}" for n in SERVERS)


def run_demo(lab, show, requests):
    lab.start_servers()
    show.step("servers", note="nginx in three namespaces")
    lab.start_appliance()
    show.step("power up", note=f"engine {lab.engine}; the kernel behind the CPU port answers ARP")

    ping = lab.run_in("client", "ping", "-c", "1", "-W", "5", NAT)
    show.step("ping the virtual", 1, int(ping.returncode != 0), "answered by the CPU port")

    bodies, failed = lab.curl(requests, NAT, "203.0.113.1")
    show.step("nat", requests, failed, shares(bodies), passed=len(set(bodies)) == len(SERVERS))

    bodies, failed = lab.curl(requests, DSR, "198.51.100.1")
    show.step("direct server return", requests, failed, shares(bodies), passed=len(set(bodies)) == len(SERVERS))

    # A megabyte, which the server hands to its card in pieces of up to 64 KB.
    done = lab.run_in("client", "curl", "-sf", "-m", "20", f"http://{NAT}/fast", "-o", "/dev/null",
                      "-w", "%{size_download}")
    show.step("a megabyte", 1, int(done.stdout != "1048576"), f"{done.stdout} bytes")

    drain(lab, show, requests)
    report = lab.stop_appliance()
    drops = ", ".join(f"{reason} {count}" for reason, count in report["drops"].items()) or "none"
    connections = sum(member["connections"] for member in report["members"])
    show.step("power down", note=f"{connections} connections; drops: {drops}",
              passed=connections >= 4 * requests and report["clock_lead_ns"] < 1_000_000)


def drain(lab, show, requests):
    """Takes server 3 out of service while a long answer of each server is under way."""
    long_ones = []

    def under_way(server):
        # Of nginx, by its own port.
        sockets = lab.run_in(f"server{server}", "ss", "-Htn", "state", "established", "sport", "=", ":80")
        return len(sockets.stdout.splitlines())

    def one_at_server3():
        while len(long_ones) < 60 and under_way(3) == 0:
            long_ones.extend(lab.start("client", "curl", "-sf", "-m", "30", f"http://{NAT}/file", "-o", "/dev/null",
                                       "-w", "%{size_download}\n", stdout=subprocess.PIPE) for _ in range(3))
            wait_until(lambda: sum(map(under_way, SERVERS)) >= len(long_ones), "long answers begin")
        return under_way(3) > 0

    # Those of the step before may still be ending.
    wait_until(lambda: sum(map(under_way, SERVERS)) == 0, "earlier connections end")
    if not one_at_server3():
        raise LabError("no connection was dispatched to server3")
    lab.reconfigure(config_text(drained=(3,)))
    show.step("drain server3", note="configuration changed, SIGHUP")
    bodies, failed = lab.curl(requests, NAT, "203.0.113.1")
    others, failed_too = lab.curl(requests, DSR, "198.51.100.1")
    drained = bodies.count("server3") + others.count("server3")
    show.step("new connections go elsewhere", 2 * requests, failed + failed_too, shares(bodies + others),
              passed=drained == 0)
    sizes = [process.communicate()[0].strip() for process in long_ones]
    show.step("old connections go on", len(sizes), sum(size != "1048576" for size in sizes),
              "begun before the drain, 1 MB each")
    lab.nginx[3].send_signal(signal.SIGQUIT)
    lab.nginx[3].wait(10)
    bodies, failed = lab.curl(requests, NAT, "203.0.113.1")
    show.step("server3 is off", requests, failed, shares(bodies))


def main():
    parser = argparse.ArgumentParser(prog="sluice demo", description="The live lab in network namespaces: curl, the "
                                     "appliance, three nginx; NAT, direct server return, and a drain. Needs root.")
    parser.add_argument("--engine", choices=("rtl", "model"), default="rtl")
    parser.add_argument("--requests", type=int, default=60, help="per step (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="{steps, passed} on standard output")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for tool in ("ip", "ss", "curl", "nginx", "sysctl", "ping"):
        if not shutil.which(tool):
            sys.exit(f"sluice: demo: no {tool} here; ./sluice setup installs what is missing")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))
    show = Show(options.json)
    try:
        with Lab(options.program, options.engine) as lab:
            try:
                run_demo(lab, show, options.requests)
            except LabError as error:
                show.step("lab", note=str(error), passed=False)
                print("".join(lab.said), file=sys.stderr, end="")
    except LabError as error:
        print(f"sluice: demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    result = show.result()
    if options.json:
        print(json.dumps(result, indent=2))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
