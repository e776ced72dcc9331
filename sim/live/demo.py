#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration: the live lab of lab.py with nginx and curl, told step by step.

Requests go to 203.0.113.10 (mode nat) from 203.0.113.1, so that answers come back through the appliance, and to
203.0.113.20 (mode dsr) from 198.51.100.1, which the servers answer themselves.
"""
import argparse
import json
import shutil
import signal
import subprocess
import sys
import time

from lab import Lab, LabError, wait_until

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

def config_text(drained=()):
    def members():
        return "\n".join(f"  member 10.0.0.{10 + n}:80{' drain' if n in drained else ''}" for n in SERVERS)

    return CONFIG.format(web=members(), direct=members())


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
    for n in SERVERS:
        lab.address(f"server{n}", "lo", f"{DSR}/32")
    (lab.work / "file").write_bytes(bytes(range(256)) * 4096)
    lab.start_servers()
    show.step("servers", note="nginx in three namespaces")
    lab.start_appliance(config_text(), address=NAT)
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
