#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The live appliance as its user sees it: the lab on the RTL engine, clean ends, errors.

usage: live_test.py PROGRAM   (from the root of the repository; exit status 77 if the host permits no lab)
"""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from lab import run_tests

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
DEMO = ["/usr/bin/python3", "sim/live/demo.py", "--program", PROGRAM]
DEMO_TLS = ["/usr/bin/python3", "sim/live/demo_tls.py", "--program", PROGRAM]
CONFIG = "interface e1\n  address 203.0.113.2/24\n  port 0\n"


@contextlib.contextmanager
def ending(process):
    """Ends the process however the block ends, and after 30 seconds."""
    deadline = threading.Timer(30, process.kill)
    deadline.start()
    try:
        yield
    finally:
        deadline.cancel()
        process.kill()


def namespaces(pid):
    output = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return [line for line in output.splitlines() if line.startswith(f"sluice-{pid}-")]


class Lab(unittest.TestCase):
    def test_no_request_fails_on_the_rtl(self):
        with subprocess.Popen([*DEMO, "--engine", "rtl", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as demo:
            output, errors = demo.communicate(timeout=150)
        result = json.loads(output)
        self.assertEqual(demo.returncode, 0, output + errors)
        self.assertTrue(result["passed"], output)
        steps = {step["name"]: step for step in result["steps"]}
        for name in ("nat", "direct server return", "DNS over UDP", "server2 is killed", "server2 is back",
                     "drain server3", "its old connections go on", "safe to power off", "server4 joins", "SYN flood",
                     "power down"):
            self.assertIn(name, steps)
        # Only requests to the killed server fail.
        self.assertEqual([name for name, step in steps.items() if step["failed"] and name != "server2 is killed"], [])
        self.assertGreaterEqual(sum(step["requests"] for step in result["steps"]), 1000)
        self.assertEqual(namespaces(demo.pid), [])

    def test_no_tls_request_fails_and_no_connection_is_closed(self):
        with subprocess.Popen([*DEMO_TLS, "--engine", "model", "--requests", "60", "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as demo:
            output, errors = demo.communicate(timeout=100)
        self.assertEqual(demo.returncode, 0, output + errors)
        steps = {step["name"]: step for step in json.loads(output)["steps"]}
        self.assertLessEqual({"sites by SNI and path", "canary", "a server killed", "report"}, set(steps))
        self.assertEqual(sum(step["failed"] for step in steps.values()), 0)
        self.assertEqual(namespaces(demo.pid), [])

    def test_nothing_stays_when_it_is_interrupted(self):
        with subprocess.Popen([*DEMO, "--engine", "model"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as demo:
            for line in demo.stdout:
                if "power up" in line:
                    break
            self.assertNotEqual(namespaces(demo.pid), [])
            running = subprocess.run(["ip", "netns", "pids", f"sluice-{demo.pid}-server1"], capture_output=True,
                                     text=True, check=True).stdout.split()
            self.assertNotEqual(running, [])
            demo.send_signal(signal.SIGINT)
            demo.stdout.read()
            self.assertEqual(demo.wait(30), 1)
            self.assertEqual(namespaces(demo.pid), [])
            for pid in running:
                self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())


class BenchLive(unittest.TestCase):
    def test_all_balancers_are_measured_in_all_cases(self):
        done = subprocess.run(["/usr/bin/python3", "sim/live/bench_live.py", "--program", PROGRAM, "--engine", "model",
                               "--rounds", "1", "--seconds", "1", "--json"], capture_output=True, text=True,
                              check=False, timeout=90)
        self.assertEqual(done.returncode, 0, done.stderr)
        rates = {row["case"]: row for row in json.loads(done.stdout) if row["metric"] == "rate"}
        self.assertEqual(len(rates), 9)
        for case, row in rates.items():
            self.assertGreater(row["value"], 0, case)
            self.assertEqual(row["ratio_to"], case.split(", ")[0] + ", haproxy")
        errors = [row for row in json.loads(done.stdout) if row["metric"] == "errors" and row["value"] != 0]
        self.assertEqual(errors, [])


class Run(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.dir.name)
        self.config = self.path / "lab.conf"
        self.config.write_text(CONFIG)
        self.namespace = f"sluice-run-{os.getpid()}"
        subprocess.run(["ip", "netns", "add", self.namespace], check=True)
        subprocess.run(["ip", "-n", self.namespace, "link", "add", "e1", "type", "veth", "peer", "name", "peer"],
                       check=True)

    def tearDown(self):
        subprocess.run(["ip", "netns", "del", self.namespace], check=True)
        self.dir.cleanup()

    def command(self, *arguments):
        return ["ip", "netns", "exec", self.namespace, PROGRAM, "run", *arguments]

    def check(self, status, words, *arguments, prefix=()):
        done = subprocess.run([*prefix, *self.command(*arguments)], capture_output=True, text=True, check=False,
                              timeout=30)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(words, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_wrong_input_is_said_and_has_its_exit_status(self):
        config = ("--config", str(self.config))
        bad = self.path / "bad.conf"
        bad.write_text("pool web\n  algorithm magleev\n")
        self.check(2, "which configuration")
        self.check(2, "unknown engine", *config, "--engine", "both")
        self.check(4, "bad.conf:2:", "--config", str(bad))
        self.check(4, "no network interface 'eth77'", *config, "--port", "0=eth77")
        self.check(4, "both connected to e1", *config, "--port", "0=e1", "--port", "1=e1")
        self.check(4, "N from 0 to 3", *config, "--port", "9=e1")

    def test_without_capabilities(self):
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, "setpriv", "--bounding-set", "-all", "--inh-caps", "-all",
             PROGRAM, "run", "--config", str(self.config)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("CAP_NET_ADMIN", done.stderr)

    def test_reload_that_fails_keeps_the_configuration_and_idle_costs_nothing(self):
        with subprocess.Popen([*self.command("--config", str(self.config), "--engine", "model", "--json")], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as run, ending(run):
            self.wait_for(run, "ready")
            before = self.cpu_seconds(run.pid)
            # This wait is what is measured.
            time.sleep(1)
            self.assertLess(self.cpu_seconds(run.pid) - before, 0.05)
            self.config.write_text("interface e1\n  address nonsense\n")
            run.send_signal(signal.SIGHUP)
            self.wait_for(run, "not reloaded")
            self.config.write_text(CONFIG + "interface e2\n  address 10.0.0.1/24\n  port 3\n")
            run.send_signal(signal.SIGHUP)
            self.assertIn("connected to nothing", self.wait_for(run, "not reloaded"))
            self.config.write_text(CONFIG + "interface e3\n  address 10.0.0.1/24\n  port 0\n  vlan 5\n")
            run.send_signal(signal.SIGHUP)
            self.wait_for(run, "sluice: reloaded")
            devices = subprocess.run(["nsenter", f"--net=/proc/{run.pid}/ns/net", "ip", "-o", "address"],
                                     capture_output=True, text=True, check=True).stdout
            self.assertIn("203.0.113.2/24", devices)
            self.assertIn("10.0.0.1/24", devices)
            run.send_signal(signal.SIGTERM)
            report = json.loads(run.stdout.read())
            self.assertEqual(run.wait(10), 0)
            self.assertEqual(report["ports"][0]["interface"], "e1")
            self.assertLess(report["simulated_seconds"], report["seconds"] + 0.001)

    def test_events_go_where_the_configuration_says(self):
        log = self.path / "events.jsonl"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
            daemon.bind(str(self.path / "syslog"))
            daemon.settimeout(30)
            self.config.write_text(f"{CONFIG}gateway 203.0.113.1\npool web\n  member 203.0.113.3:80\nvirtual shop\n"
                                   f"  destination 203.0.113.10:80\n  pool web\nlogging file {log}\n"
                                   f"logging socket {self.path / 'syslog'} level notice\n")
            with subprocess.Popen([*self.command("--config", str(self.config), "--engine", "model")],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run, ending(run):
                self.wait_for(run, "appliance_started")
                self.assertRegex(daemon.recv(4096).decode(),
                                 r"^<29>1 \S+Z sluice sluice \d+ appliance_started \[sluice@32473 sequence=\"\d+\" "
                                 r'version="[\d.]+" engine="model"\] The appliance has started')
                lost = {self.wait_for(run, "neighbor_lost").split()[5] for _ in range(2)}
                self.assertEqual(lost, {"203.0.113.1", "203.0.113.3"})
                self.config.write_text(f"{CONFIG}logging file {log}\n")
                run.send_signal(signal.SIGHUP)
                self.wait_for(run, "config_changed")
                run.send_signal(signal.SIGTERM)
                self.assertEqual(run.wait(10), 0)
        events = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual([event["event"] for event in events],
                         ["appliance_started", "config_changed", "virtual_up", "neighbor_lost", "neighbor_lost",
                          "config_changed", "appliance_stopped"])
        self.assertEqual(events[5]["user"], "SIGHUP")
        self.assertEqual(events[6]["reason"], "SIGTERM")

    def test_captures_say_what_became_of_packets(self):
        inside = ["ip", "-n", self.namespace]
        for words in (["address", "add", "203.0.113.9/24", "dev", "peer"], ["link", "set", "peer", "up"]):
            subprocess.run([*inside, *words], check=True)
        punted = self.path / "punt.pcapng"
        self.check(4, "expected ingress, egress, drop, punt or all", "--config", str(self.config), "--engine", "model",
                   "--capture", f"nowhere={punted}")
        with subprocess.Popen([*self.command("--config", str(self.config), "--engine", "model", "--capture",
                                             f"punt={punted}")],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run, ending(run):
            self.wait_for(run, "ready")
            subprocess.run(["ip", "netns", "exec", self.namespace, "ping", "-c", "1", "-w", "20", "203.0.113.2"],
                           check=True, stdout=subprocess.DEVNULL)
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(10), 0)
        packets = punted.read_bytes()
        self.assertIn(b"verdict=punt cause=arp", packets)
        self.assertIn(b"verdict=punt cause=local", packets)

    def wait_for(self, run, words):
        for line in run.stderr:
            if words in line:
                return line
        self.fail(f"'{words}' was never said")

    def cpu_seconds(self, pid):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    run_tests()
