#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The console on a live appliance: from the terminal, from scripts, under load, and under kill -9.

usage: console_test.py PROGRAM [TEST...]   (from the root of the repository; exit status 77 if there can be no lab here)

KILLS and EDITS in the environment change how often the appliance is killed, and how many edits there are.
"""
import json
import os
import pathlib
import pty
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import lab

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
EDITS = int(os.environ.get("EDITS", "1000"))
KILLS = int(os.environ.get("KILLS", "5"))
SEED = int(os.environ.get("SLUICE_SEED", str(random.randrange(10**6))))

CONFIG = """\
interface front
  address 203.0.113.2/24
  port 0
interface back
  address 10.0.0.1/24
  port 1
gateway 203.0.113.1
pool web
  member 10.0.0.11:80
  member 10.0.0.12:80
pool idle
  member 10.0.0.13:80
virtual shop
  destination 203.0.113.10:80
  pool web
"""


class Appliance:
    """An appliance without ports, with a console and a directory for its state."""

    def __init__(self, directory, config="hostname lb\n"):
        self.directory = pathlib.Path(directory)
        self.socket = self.directory / "console.sock"
        self.config = self.directory / "first.conf"
        self.config.write_text(config)
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [PROGRAM, "run", "--engine", "model", "--config", str(self.config), "--state",
             str(self.directory / "state"), "--socket", str(self.socket)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "ready" in line:
                return
        raise AssertionError("the appliance did not start")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(20)
        self.process.stderr.close()

    def console(self, *arguments, text=None):
        return subprocess.run([PROGRAM, "console", "--socket", str(self.socket), *arguments], input=text,
                              capture_output=True, text=True, check=False, timeout=60)


class Script(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="sluice-console-")
        self.addCleanup(self.directory.cleanup)
        self.appliance = Appliance(self.directory.name)
        self.appliance.start()
        self.addCleanup(lambda: self.appliance.process.poll() is None and self.appliance.stop())

    def run_lines(self, status, *arguments, text=None):
        done = self.appliance.console(*arguments, text=text)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_lines_and_statuses(self):
        self.assertIn("Engine", self.run_lines(0, "-c", "show version; show members"))
        self.assertEqual(json.loads(self.run_lines(0, "-c", "show version | json"))["engine"], "model")
        self.assertIn("% Invalid input detected", self.run_lines(2, "-c", "show vrsion; show clock"))
        self.assertIn("Time", self.run_lines(2, "-k", "-c", "show vrsion; show clock"))
        self.assertIn("% Error: there is no pool", self.run_lines(1, "-c", "show pools nope"))
        self.run_lines(4, "-c", "configure; virtual shop; pool web; commit")
        self.assertEqual(self.run_lines(0, text="show running-config hostname\n"), "hostname lb\n")

    def test_changes_that_nobody_committed_are_said(self):
        done = self.appliance.console("-c", "configure; hostname other")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not committed", done.stderr)
        self.assertEqual(self.run_lines(0, "-c", "show running-config"), "hostname lb\n")
        # Habits of other appliances: leaving commits.
        self.run_lines(0, "-c", "configure terminal; hostname other")
        self.assertEqual(self.run_lines(0, "-c", "show running-config"), "hostname other\n")

    def as_nobody(self, line):
        """Exit status and output of a line that a user types who does not run the appliance."""
        done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                               str(self.appliance.directory / "sluice"), "console", "--socket",
                               str(self.appliance.socket), "-c", line],
                              capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become somebody else")
    def test_users_have_roles(self):
        # The repository may lie where others have no way to.
        shutil.copy(PROGRAM, self.appliance.directory / "sluice")
        for path in (self.appliance.directory, self.appliance.socket):
            path.chmod(0o777)
        # Without any user in the configuration, who may open the socket may do everything.
        self.assertEqual(self.as_nobody("clear counters")[0], 0)
        self.run_lines(0, "-c", "configure; user alice role administrator; commit")
        status, output = self.as_nobody("show users | json")
        self.assertEqual([(row["user"], row["role"]) for row in json.loads(output)["sessions"]],
                         [("nobody", "operator")])
        for line in ("clear counters", "configure", "clear overrides"):
            status, output = self.as_nobody(line)
            self.assertEqual(status, 1, line)
            self.assertIn("% Error: not permitted: this takes the role administrator, and user nobody is operator",
                          output)
        self.run_lines(0, "-c", "clear counters")  # root
        self.run_lines(0, "-c", "configure; user nobody role administrator; commit")
        status, output = self.as_nobody("configure; hostname mine; commit comment I may")
        self.assertEqual(status, 0, output)
        revisions = json.loads(self.run_lines(0, "-c", "show revisions | json"))["revisions"]
        self.assertEqual((revisions[0]["who"], revisions[0]["comment"]), ("nobody (console)", "I may"))

    def test_what_was_committed_starts(self):
        self.run_lines(0, "-c", "configure; hostname kept; commit comment why not")
        self.appliance.stop(signal.SIGKILL)
        self.appliance.config.write_text("hostname ignored\n")
        self.appliance.start()
        self.assertEqual(self.run_lines(0, "-c", "show running-config"), "hostname kept\n")
        revisions = json.loads(self.run_lines(0, "-c", "show revisions | json"))["revisions"]
        self.assertEqual([(row["revision"], row["comment"]) for row in revisions],
                         [(2, "why not"), (1, str(self.appliance.config))])

    def test_a_second_appliance_is_refused(self):
        def second(*arguments):
            done = subprocess.run([PROGRAM, "run", "--engine", "model", *arguments], capture_output=True, text=True,
                                  check=False, timeout=30)
            self.assertEqual(done.returncode, 1, done.stderr)
            return done.stderr
        self.assertIn("in use by another appliance", second("--state", str(self.appliance.directory / "state")))
        self.assertIn("another appliance serves it",
                      second("--config", str(self.appliance.config), "--socket", str(self.appliance.socket)))

    def test_without_an_appliance(self):
        done = subprocess.run([PROGRAM, "console", "--socket", "/nonexistent/socket", "-c", "show version"],
                              capture_output=True, text=True, check=False, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no appliance serves there", done.stderr)

    def test_reload_is_a_commit(self):
        self.appliance.config.write_text("hostname reloaded\n")
        self.appliance.process.send_signal(signal.SIGHUP)
        for line in self.appliance.process.stderr:
            if "reloaded" in line:
                break
        self.assertIn("SIGHUP", self.run_lines(0, "-c", "show revisions"))


class Terminal:
    """A console on a pseudo terminal of 80 x 24."""

    def __init__(self, appliance, home):
        self.master, slave = pty.openpty()
        subprocess.run(["stty", "rows", "24", "cols", "80"], stdin=slave, check=True)
        self.process = subprocess.Popen([PROGRAM, "console", "--socket", str(appliance.socket)], stdin=slave,
                                        stdout=slave, stderr=slave, env={**os.environ, "HOME": home},
                                        start_new_session=True)
        os.close(slave)
        self.seen = ""

    def type(self, keys):
        os.write(self.master, keys.encode())

    def expect(self, text, seconds=10):
        """What came up to `text`, without codes."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            try:
                data = os.read(self.master, 65536).decode()
            except OSError:
                data = ""
            if not data:
                raise AssertionError(f"the console ended before {text!r}: {self.seen!r}")
            self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data)
        before, self.seen = self.seen.split(text, 1)
        return before

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


class OnATerminal(unittest.TestCase):
    def test_a_session(self):
        with tempfile.TemporaryDirectory(prefix="sluice-console-") as directory:
            appliance = Appliance(directory)
            appliance.start()
            self.addCleanup(appliance.stop)
            terminal = Terminal(appliance, directory)
            self.addCleanup(terminal.close)
            terminal.expect("lb# ")
            terminal.type("sh?")
            terminal.expect("Look at the appliance")
            terminal.type("\tver\t\r")
            terminal.expect("Engine")
            terminal.expect("lb# ")
            terminal.type("show v\t\t")
            terminal.expect("version  virtuals")
            terminal.type("\x15show tech\r")
            terminal.expect("--More--")
            terminal.type("q")
            terminal.expect("lb# ")
            terminal.type("conf t\r")
            terminal.expect("lb(config)# ")
            terminal.type("hostname two\x1a")
            terminal.expect("two# ")
            terminal.type("\x1b[A")
            terminal.expect("hostname two")
            terminal.type("\x03shw\r")
            terminal.expect("^\r\n% Invalid input detected at '^' marker.")
            terminal.type("\x1b[200~show clock\rshow clock\r\x1b[201~")
            terminal.expect("Time : ")
            terminal.expect("Time : ")
            terminal.type("\x04")
            self.assertEqual(terminal.process.wait(10), 0)
            history = pathlib.Path(directory, ".local/state/sluice/console_history").read_text()
            self.assertIn("hostname two\n", history)

    def test_an_appliance_that_goes_away_is_said(self):
        with tempfile.TemporaryDirectory(prefix="sluice-console-") as directory:
            appliance = Appliance(directory)
            appliance.start()
            terminal = Terminal(appliance, directory)
            self.addCleanup(terminal.close)
            terminal.expect("lb# ")
            appliance.stop()
            terminal.expect("the appliance has gone away")
            self.assertEqual(terminal.process.wait(10), 1)


class Client:
    """A client that speaks the protocol, to see each answer when it comes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rw")

    def run(self, line):
        self.file.write(json.dumps({"op": "run", "line": line}) + "\n")
        self.file.flush()
        return json.loads(self.file.readline())

    def close(self):
        self.file.close()
        self.socket.close()


class Killed(unittest.TestCase):
    def test_no_acknowledged_commit_is_lost(self):
        print(f"seed {SEED}: SLUICE_SEED={SEED} KILLS={KILLS} sim/live/console_test.py PROGRAM Killed")
        dice = random.Random(SEED)
        with tempfile.TemporaryDirectory(prefix="sluice-console-") as directory:
            appliance = Appliance(directory)
            self.addCleanup(lambda: appliance.process.poll() is None and appliance.process.kill())
            said, number = 1, 0
            for _ in range(KILLS):
                appliance.start()
                client = Client(appliance.socket)
                self.check(client, said, number)
                client.run("configure")
                for _ in range(dice.randrange(1, 6)):
                    number += 1
                    client.run(f"hostname lb-{number}")
                    answer = client.run("commit")
                    self.assertEqual(answer["status"], 0, answer)
                    said = int(re.search(r"revision (\d+)", answer["output"])[1])
                number += 1
                client.run(f"hostname lb-{number}")
                client.file.write('{"op":"run","line":"commit"}\n')
                client.file.flush()
                # Anywhere in the last commit.
                end = time.monotonic() + dice.random() * 0.02
                while time.monotonic() < end:
                    pass
                appliance.stop(signal.SIGKILL)
                client.close()
            appliance.start()
            client = Client(appliance.socket)
            self.check(client, said, number)
            client.close()
            appliance.stop()

    def check(self, client, said, number):
        """The newest revision is the last one that was acknowledged, or the whole of the one after."""
        revisions = json.loads(client.run("show revisions | json")["output"])["revisions"]
        running = client.run("show running-config")["output"]
        head = revisions[0]["revision"]
        self.assertIn(head, (said, said + 1))
        if number > 0:
            self.assertEqual(running, f"hostname lb-{number if head == said + 1 else number - 1}\n")


class UnderLoad(unittest.TestCase):
    def test_edits_close_no_connection(self):
        print(f"seed {SEED}: SLUICE_SEED={SEED} EDITS={EDITS} sim/live/console_test.py PROGRAM UnderLoad")
        dice = random.Random(SEED)
        with lab.Lab(PROGRAM, "model", servers=2) as network:
            size = 8_000_000
            (network.work / "file").write_bytes(os.urandom(1000) * (size // 1000))
            network.start_servers()
            network.start_appliance(CONFIG, "--state", str(network.work / "state"), address="203.0.113.10")
            downloads = [network.start("client", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{size_download}",
                                       "-m", "120", "http://203.0.113.10/file", stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT) for _ in range(8)]
            client = Client(network.socket)
            live = lambda: sum(row["live"] for row in json.loads(client.run("show members web | json")["output"])["members"])
            lab.wait_until(lambda: live() >= len(downloads), "all downloads run")
            client.run("configure")
            begin = time.monotonic()
            for edit in range(EDITS):
                for line in self.edit(dice):
                    client.run(line)
                answer = client.run("commit")
                self.assertEqual(answer["status"], 0, answer["output"])
                if edit % 100 == 0:
                    self.assertEqual(network.curl(1, "203.0.113.10", "203.0.113.1")[1], 0)
            took = time.monotonic() - begin
            results = [download.communicate(timeout=120)[0] for download in downloads]
            print(f"{EDITS} edits in {took:.1f} s, {1000 * took / EDITS:.1f} ms each")
            self.assertEqual(results, [f"200 {size}"] * len(downloads))
            client.close()
            report = network.stop_appliance()
            self.assertNotIn("flow_miss", report["drops"])

    @staticmethod
    def edit(dice):
        """One edit of everything but the two members that serve."""
        member = f"10.0.0.{dice.randrange(20, 40)}:80"
        extra = dice.randrange(9)
        return dice.choice((
            ["top", "pool idle", f"member {member} ratio {dice.randrange(1, 9)}"],
            ["top", "pool idle", f"algorithm {dice.choice(('maglev', 'rendezvous', 'modulo', 'least-connections'))}"],
            ["top", "pool web", f"algorithm {dice.choice(('maglev', 'rendezvous', 'modulo'))}"],
            ["top", "pool web", f"member 10.0.0.12:80 ratio {dice.randrange(1, 9)}"],
            ["top", f"virtual v{extra}", f"destination 203.0.113.{20 + extra}:{dice.randrange(1, 999)} protocol udp",
             "pool idle"],
            ["top", f"no virtual v{extra}"],
            ["top", "virtual shop", f"connection-limit {dice.randrange(1000, 9999)}"],
        ))


if __name__ == "__main__":
    if reason := lab.why_not():
        print(f"no live console here: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
