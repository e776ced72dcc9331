#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The live lab: clients, the appliance, four nginx and two DNS servers in network namespaces. Requests are spread, a
server dies and comes back, one is drained, one joins, a SYN flood comes: what it costs is counted. Needs root.

Requests go to 203.0.113.10 (mode nat) from 203.0.113.1, so that answers come back through the appliance, and to
203.0.113.20 (mode dsr) from 198.51.100.1, which the servers answer themselves.
"""
import json
import pathlib
import subprocess
import sys
import threading
import time

from lab import Lab, LabError, wait_until
from story import keep, tell

SERVERS = (1, 2, 3, 4)
AT_FIRST = (1, 2, 3)
NAT, DSR, DNS = "203.0.113.10", "203.0.113.20", "203.0.113.53"
CLIENT, FAR_CLIENT = "203.0.113.1", "198.51.100.1"
CLIENTS = 8
INTERVAL, TIMEOUT, FALL = 0.25, 0.25, 2
FLOOD_PACKETS, FLOOD_RATE = 20_000, 5_000
TRAFFIC = pathlib.Path(__file__).with_name("traffic.py")

CONFIG = """\
hostname lab
logging file {work}/events.jsonl level debug
interface front
  address 203.0.113.2/24
interface back
  address 10.0.0.1/24
gateway 203.0.113.1
monitor site
  type http
  request GET /
  expect status 200
  interval 250ms
  timeout 250ms
  fall 2
  rise 2
monitor names
  type dns
  request who.example A
  interval 1s
  timeout 500ms
pool web
  monitor site
  shutdown-timeout 1m
  member 10.0.0.11:80
  member 10.0.0.12:80
  member 10.0.0.13:80
pool direct
  monitor site
  member 10.0.0.11:80
  member 10.0.0.12:80
  member 10.0.0.13:80
pool names
  monitor names
  member 10.0.0.11:53
  member 10.0.0.12:53
virtual shop
  destination 203.0.113.10:80 protocol tcp
  mode nat
  pool web
virtual images
  destination 203.0.113.20:80 protocol tcp
  mode dsr
  pool direct
virtual names
  destination 203.0.113.53:53 protocol udp
  pool names
"""


def member(server):
    return f"10.0.0.{10 + server}:80"


class DemoLab(Lab):
    def __init__(self, program, engine):
        super().__init__(program, engine, servers=len(SERVERS))
        self.events = self.work / "events.jsonl"

    def start_programs(self):
        for n in SERVERS:
            self.address(f"server{n}", "lo", f"{DSR}/32")
        for n in (1, 2):
            self.start(f"server{n}", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
                       "--no-hosts", "--bind-interfaces", f"--pid-file={self.work}/dns{n}.pid", "--user=root",
                       f"--address=/who.example/10.0.0.{10 + n}")
        (self.work / "file").write_bytes(bytes(range(256)) * 4096)
        self.start_servers()

    def power_up(self):
        self.start_appliance(CONFIG.format(work=self.work))
        for n in AT_FIRST:
            self.wait_for_event("member_up", 0, pool="web", member=member(n))
        self.wait_for_answer(NAT)

    def event_count(self):
        return len(self.events.read_text().splitlines()) if self.events.exists() else 0

    def wait_for_event(self, name, after, seconds=20, **fields):
        """The monotonic time when an event after the first `after` ones was seen."""
        def came():
            if self.appliance.poll() is not None:
                raise LabError("the appliance ended: " + "".join(self.said).strip())
            if not self.events.exists():
                return False
            for line in self.events.read_text().splitlines()[after:]:
                event = json.loads(line)
                if event["event"] == name and all(event.get(key) == value for key, value in fields.items()):
                    return True
            return False

        wait_until(came, f"event {name} {fields}", seconds)
        return time.monotonic()


class Traffic:
    """Steady clients (traffic.py), and what has become of their requests so far."""

    def __init__(self, lab, address=NAT, source=CLIENT, clients=CLIENTS):
        self.done = []  # (began, text)
        self.process = lab.start("client", str(TRAFFIC), f"http://{address}/", source, str(clients),
                                 stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            began, _, text = line.rstrip("\n").split(" ", 2)
            self.done.append((float(began), text))

    def since(self, began):
        """Answers of requests that began later."""
        return [text for when, text in list(self.done) if when >= began]

    def wait_for(self, count, show=None):
        start = len(self.done)

        def enough():
            if show:
                show.live(counts(text for _, text in self.done[start:]))
            return len(self.done) - start >= count

        wait_until(enough, f"{count} requests", 60)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.reader.join(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def failures(texts):
    return sum(text.startswith("-") for text in texts)


def counts(texts):
    texts = list(texts)
    shares = ", ".join(f"server{n} {texts.count(f'server{n}')}" for n in SERVERS if f"server{n}" in texts)
    failed = failures(texts)
    return shares + (f", {failed} failed" if failed else "")


def run_demo(lab, show, options):
    requests = options.requests
    lab.start_programs()
    show.step("servers", note="four nginx and two DNS servers in namespaces")
    lab.power_up()
    show.step("power up", note=f"engine {lab.engine}; three members proven by their monitor")

    ping = lab.run_in("client", "ping", "-c", "1", "-W", "5", NAT)
    show.step("ping the virtual", 1, int(ping.returncode != 0), "answered by the CPU port")
    bodies, failed = lab.curl(requests, NAT, CLIENT)
    show.step("nat", requests, failed, counts(bodies), passed=len(set(bodies)) == len(AT_FIRST))
    bodies, failed = lab.curl(requests, DSR, FAR_CLIENT)
    show.step("direct server return", requests, failed, counts(bodies), passed=len(set(bodies)) == len(AT_FIRST))
    ask_names(lab, show)

    with Traffic(lab) as traffic:
        traffic.wait_for(requests, show)
        server_dies(lab, show, traffic, requests)
        drain(lab, show, traffic, requests)
        grow(lab, show, traffic, requests)
        flood(lab, show, traffic, requests)

    if options.keep:
        keep(lab, f"curl http://{NAT}/")
    report = lab.stop_appliance()
    drops = ", ".join(f"{reason} {count}" for reason, count in report["drops"].items()) or "none"
    connections = sum(member["connections"] for member in report["members"])
    show.step("power down", note=f"{connections} connections; drops: {drops}", passed=connections >= 4 * requests)


def ask_names(lab, show):
    answers = []
    for _ in range(10):
        done = lab.run_in("client", "dig", "+short", "+tries=1", "+time=2", f"@{DNS}", "who.example")
        answers.append(done.stdout.strip() if done.returncode == 0 else "-")
    show.step("DNS over UDP", len(answers), failures(answers), f"two servers answer: {len(set(answers))}",
              passed=len(set(answers)) == 2)


def server_dies(lab, show, traffic, requests):
    events = lab.event_count()
    killed = lab.kill_server(2)
    left = lab.wait_for_event("member_down", events, pool="web", member=member(2)) - killed
    bound = FALL * INTERVAL + TIMEOUT
    traffic.wait_for(requests, show)
    texts = traffic.since(killed)
    show.step("server2 is killed", len(texts), failures(texts),
              f"out of the tables after {left:.2f} s (bound: {bound:.2f} s)", passed=left <= bound + 0.25, lossless=False)

    without = time.monotonic()
    traffic.wait_for(requests, show)
    texts = traffic.since(without)
    show.step("service without it", len(texts), failures(texts), counts(texts), passed="server2" not in texts)

    events = lab.event_count()
    lab.start_server(2)
    lab.wait_for_server(2)
    started = time.monotonic()
    back = lab.wait_for_event("member_up", events, pool="web", member=member(2)) - started
    returned = time.monotonic()
    traffic.wait_for(requests, show)
    texts = traffic.since(returned)
    show.step("server2 is back", len(texts), failures(texts), f"up after {max(back, 0):.2f} s; {counts(texts)}",
              passed="server2" in texts)


def drain(lab, show, traffic, requests):
    """Takes server 3 out of service while a long answer of it is under way."""
    long_ones = long_answers(lab, 3)
    events = lab.event_count()
    lab.console(f"member web {member(3)} drain")
    drained = time.monotonic()
    traffic.wait_for(requests, show)
    texts = traffic.since(drained + 0.05)
    show.step("drain server3", len(texts), failures(texts), counts(texts), passed="server3" not in texts)
    sizes = [process.communicate()[0].strip() for process in long_ones]
    show.step("its old connections go on", len(sizes), sum(size != "1048576" for size in sizes),
              "begun before the drain, 1 MB each")
    lab.wait_for_event("member_drained", events, seconds=90, pool="web", member=member(3))
    show.step("safe to power off", note="said by the appliance when server3's last connection had ended")
    off = lab.kill_server(3)
    traffic.wait_for(requests, show)
    texts = traffic.since(off)
    show.step("server3 is off", len(texts), failures(texts), counts(texts))


def long_answers(lab, server):
    """Downloads that take seconds, at least one of them from `server`."""
    downloads = []
    for n in range(60):
        headers = lab.work / f"download{n}"
        downloads.append(lab.start("client", "curl", "-sf", "-m", "30", "-D", str(headers), f"http://{NAT}/file", "-o",
                                   "/dev/null", "-w", "%{size_download}\n", stdout=subprocess.PIPE))
        wait_until(lambda: headers.exists() and "X-Server" in headers.read_text(), "a long answer begins")
        if f"server{server}" in headers.read_text():
            return downloads
    raise LabError(f"no connection was dispatched to server{server}")


def grow(lab, show, traffic, requests):
    began = time.monotonic()
    lab.console("configure", "pool web", f"member {member(4)}", "commit comment 'one more server'")
    wait_until(lambda: "server4" in traffic.since(began), "an answer of server4")
    traffic.wait_for(2 * requests, show)
    texts = traffic.since(began)
    show.step("server4 joins", len(texts), failures(texts), "console commit; " + counts(texts))


def flood(lab, show, traffic, requests):
    began = time.monotonic()
    hping = lab.start_flood(NAT, FLOOD_PACKETS, FLOOD_RATE, "--rand-source")
    traffic.wait_for(requests, show)
    wait_until(lambda: show.live(counts(traffic.since(began))) or hping.poll() is not None, "the flood ends", 60)
    texts = traffic.since(began)
    table = lab.console("show version")
    show.step("SYN flood", len(texts), failures(texts), f"{FLOOD_PACKETS} SYN packets of random sources meanwhile",
              passed=bool(table))


if __name__ == "__main__":
    sys.exit(tell("demo", __doc__, ("ss", "curl", "nginx", "sysctl", "ping", "dnsmasq", "dig", "hping3"), DemoLab, run_demo))
