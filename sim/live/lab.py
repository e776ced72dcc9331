# SPDX-License-Identifier: Apache-2.0
"""The live lab: real clients and servers in network namespaces, the appliance between them.

    client                       appliance                     server1 .. N (nginx)
    203.0.113.1 ── veth ── port 0, port 1 ── veth ── bridge ── 10.0.0.11 ..
    198.51.100.1 (direct server return) ─────────────── 10.0.0.254

Requests that are answered through the appliance (modes nat and fullnat) come from 203.0.113.1, those that servers
answer themselves (dsr and tunnels) from 198.51.100.1. IPv6 has the same shape: 2001:db8:f::/64 before the
appliance, 2001:db8:b::/64 behind it, 2001:db8:c::1 for what servers answer themselves.

Needs root. Everything that is started here ends with the `with` block, however it ends.
"""
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
import unittest

NGINX = """\
daemon off; user root; worker_processes 1; pid {work}/{name}.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {work}/{name}.body; client_max_body_size 0; keepalive_requests 1000000;
  server {{
    listen 80 reuseport; listen [::]:80 reuseport;
    add_header X-Server {name}; add_header X-Client $remote_addr;
    location = / {{ return 200 "{name}\\n"; }}
    location /file {{ alias {work}/file; limit_rate 400k; limit_rate_after 64k; }}
    location /fast {{ alias {work}/file; }}
    location /files/ {{ alias {work}/; }}
    location /whole {{ proxy_pass http://127.0.0.1:81; }}
    location /upload {{ proxy_request_buffering off; proxy_pass http://127.0.0.1:81; }}
  }}
  server {{ listen 127.0.0.1:81; location / {{ return 200 "$content_length\\n"; }} }}
}}
"""


class LabError(Exception):
    """What the lab needs and does not have."""


def wait_until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def why_not():
    """The reason why there can be no lab here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    probe = f"sluice-probe-{os.getpid()}"
    for command in (["ip", "netns", "add", probe], ["ip", "-n", probe, "tuntap", "add", "t", "mode", "tap"],
                    ["ip", "-n", probe, "link", "add", "name", "bridge", "type", "bridge"],
                    ["ip", "-n", probe, "link", "add", "name", "wire", "type", "veth", "peer", "name", "other"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            subprocess.run(["ip", "netns", "del", probe], check=False, capture_output=True)
            return f"{' '.join(command)}: {done.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", probe], check=False)
    return None


class Network:
    """Namespaces, links and programs; a context manager that leaves nothing behind."""

    def __init__(self, tag=None):
        self.tag = tag or f"sluice-{os.getpid()}"
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="sluice-lab-"))
        os.chmod(self.work, 0o755)
        self.namespaces, self.started = [], []

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def build(self):
        """For those that come with a topology."""

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

    # ---- links ---------------------------------------------------------------------------------

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

    def add_switch(self, what="switch"):
        self.add_namespace(what)
        self.ip(what, "link", "add", "bridge", "type", "bridge")
        self.ip(what, "link", "set", "bridge", "up")

    def wire(self, a, a_device, b, b_device):
        self.ip(a, "link", "add", a_device, "type", "veth", "peer", "name", b_device, "netns", self.name(b))
        self.ip(a, "link", "set", a_device, "up")
        self.ip(b, "link", "set", b_device, "up")

    def to_switch(self, where, device, port):
        self.wire(where, device, "switch", port)
        self.ip("switch", "link", "set", port, "master", "bridge")

    def address(self, where, device, *addresses):
        for address in addresses:
            words = ["nodad"] if ":" in address else []
            self.ip(where, "address", "add", address, "dev", device, *words)

    def route(self, where, destination, via):
        family = "-6" if ":" in via else "-4"
        self.ip(where, family, "route", "add", destination, "via", via)

    def sysctl(self, where, **settings):
        for name, value in settings.items():
            done = self.run_in(where, "sysctl", "-qw", f"{name.replace('__', '.')}={value}")
            if done.returncode != 0:
                raise LabError(f"sysctl in {where}: {done.stderr.strip()}")

    # ---- programs ------------------------------------------------------------------------------

    def command_in(self, where, *words):
        return ["ip", "netns", "exec", self.name(where), *words]

    def run_in(self, where, *words, **options):
        return subprocess.run(self.command_in(where, *words), check=False,
                              **{"capture_output": True, "text": True, **options})

    def start(self, where, *words, **options):
        # A session of its own: Ctrl-C is for this program, which ends the others in order.
        process = subprocess.Popen(self.command_in(where, *words), start_new_session=True, text=True, **options)
        self.started.append(process)
        return process


class Lab(Network):
    """The network above, with `servers` servers behind the appliance."""

    def __init__(self, program, engine, servers=3, tag=None):
        super().__init__(tag)
        self.program, self.engine = program, engine
        self.servers = range(1, servers + 1)
        self.said = []
        self.appliance = self.config = None
        self.socket = self.work / "console.sock"
        self.nginx = {}

    def build(self):
        self.add_switch()
        for what in ("client", "appliance", *(f"server{n}" for n in self.servers)):
            self.add_namespace(what)
        self.wire("client", "front", "appliance", "front")
        self.to_switch("appliance", "back", "appliance")
        self.to_switch("client", "return", "client")
        self.address("client", "front", "203.0.113.1/24", "2001:db8:f::1/64")
        self.address("client", "lo", "198.51.100.1/32", "2001:db8:c::1/128")
        self.address("client", "return", "10.0.0.254/24", "2001:db8:b::fe/64")
        # Answers of servers themselves come in by another link than requests leave by.
        self.sysctl("client", **{f"net__ipv4__conf__{device}__rp_filter": 0 for device in ("all", "front", "return")})
        for n in self.servers:
            server = f"server{n}"
            self.to_switch(server, "eth0", server)
            self.address(server, "eth0", f"10.0.0.{10 + n}/24", f"2001:db8:b::{10 + n}/64")
            for destination, via in (("default", "10.0.0.1"), ("198.51.100.0/24", "10.0.0.254"),
                                     ("default", "2001:db8:b::1"), ("2001:db8:c::/64", "2001:db8:b::fe")):
                self.route(server, destination, via)

    def make_certificate(self, name, names, kind="ec:prime256v1", serial=1):
        """NAME.pem and NAME.key in the lab's folder, signed by itself."""
        algorithm, parameter = kind.split(":")
        option = f"{algorithm}_paramgen_curve:{parameter}" if algorithm == "ec" else f"rsa_keygen_bits:{parameter}"
        subprocess.run(["openssl", "req", "-x509", "-newkey", algorithm, "-pkeyopt", option, "-nodes", "-days", "2",
                        "-keyout", str(self.work / f"{name}.key"), "-out", str(self.work / f"{name}.pem"),
                        "-subj", "/CN=lab", "-addext", f"subjectAltName={names}", "-set_serial", str(serial)],
                       check=True, capture_output=True)
        (self.work / f"{name}.key").chmod(0o600)

    def start_servers(self):
        for n in self.servers:
            self.start_server(n)
        for n in self.servers:
            self.wait_for_server(n)

    def start_server(self, n):
        name = f"server{n}"
        path = self.work / f"{name}.conf"
        path.write_text(NGINX.format(work=self.work, name=name))
        self.nginx[n] = self.start(name, "nginx", "-e", "stderr", "-p", str(self.work), "-c", str(path))

    def kill_server(self, n):
        """All its processes at once; the kernel refuses connections from then on."""
        os.killpg(self.nginx[n].pid, signal.SIGKILL)
        self.nginx[n].wait()
        return time.monotonic()

    def wait_for_server(self, n):
        wait_until(lambda: self.run_in(f"server{n}", "curl", "-sf", "http://127.0.0.1/").returncode == 0,
                   f"nginx in server{n}")

    def start_appliance(self, config, *options, address=None):
        """Powers up; `address` is a virtual that has to serve a first request: next hops have answered then."""
        self.config = self.work / "lab.conf"
        self.config.write_text(config)
        self.said = said = []
        self.appliance = process = self.start(
            "appliance", self.program, "run", "--config", str(self.config), "--engine", self.engine, "--json",
            "--port", "0=front", "--port", "1=back", "--socket", str(self.socket), *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.listener = threading.Thread(target=lambda: said.extend(iter(process.stderr.readline, "")), daemon=True)
        self.listener.start()
        self.wait_for_line("ready")
        if address:
            self.wait_for_answer(address)

    def console(self, *lines):
        """What the appliance's console says to that."""
        done = subprocess.run([self.program, "console", "--socket", str(self.socket), "-c", "; ".join(lines)],
                              capture_output=True, text=True, check=False, timeout=30)
        if done.returncode != 0:
            raise LabError(f"console: {'; '.join(lines)}: {(done.stdout + done.stderr).strip()}")
        return done.stdout

    def start_flood(self, address, count, rate, *options):
        """SYN packets from the client's namespace, by hping3; nobody stands behind their sources."""
        return self.start("client", "hping3", "-q", "-S", "-p", "80", "-i", f"u{1_000_000 // rate}", "-c", str(count),
                          *options, address, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_for_answer(self, address, source=None):
        interface = ["--interface", source] if source else []
        wait_until(lambda: self.run_in("client", "curl", "-gsf", "-m", "2", *interface,
                                       f"http://{in_url(address)}/").returncode == 0, f"first answer of {address}")

    def must_run(self):
        if (status := self.appliance.poll()) is not None:
            self.listener.join(5)
            raise LabError(f"the appliance ended with status {status}: " + "".join(self.said[-20:]).strip())

    def wait_for_line(self, word, after=0, seconds=30):
        def came():
            self.must_run()
            return any(word in line for line in self.said[after:])

        wait_until(came, f"the appliance says '{word}'", seconds)

    def reconfigure(self, text):
        before = len(self.said)
        self.config.write_text(text)
        self.appliance.send_signal(signal.SIGHUP)
        self.wait_for_line("reloaded", before)

    def stop_appliance(self):
        """Its report."""
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
            urls += ["-o", "-", f"http://{in_url(address)}/{path}"]
        done = self.run_in("client", "curl", "-gs", "--no-keepalive", "-H", "Connection: close", "-m", str(limit),
                           "--interface", source, "-w", "%{stderr}%{http_code}\n", *urls)
        codes = done.stderr.split()
        failed = count - sum(code == "200" for code in codes)
        return done.stdout.split(), failed


def in_url(address):
    return f"[{address}]" if ":" in address else address


def run_tests(*tools):
    """The whole of a test's program. Exit status 77: the host permits no lab, or has not these tools."""
    reason = why_not() or next((f"no {tool}" for tool in tools if not shutil.which(tool)), None)
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
