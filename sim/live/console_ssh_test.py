#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The console over SSH, operated by netmiko as if it were any other network appliance.

usage: console_ssh_test.py PROGRAM [TEST...]   (exit status 77 without root)

Everything runs in a network namespace of its own, on its loopback interface.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import netmiko

from console_test import Appliance, PROGRAM
from lab import wait_until

PORT = 2222
CONFIG = """\
hostname lb
interface back
  address 10.0.0.1/24
pool web
  member 10.0.0.11:80
virtual shop
  destination 203.0.113.10:80
  pool web
"""
SSHD = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {directory}/host
AuthorizedKeysFile {directory}/user.pub
StrictModes no
PidFile none
PasswordAuthentication no
ForceCommand exec {program} console --socket {directory}/console.sock ${{SSH_ORIGINAL_COMMAND:+-c "$SSH_ORIGINAL_COMMAND"}}
"""


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


class Ssh(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sluice-ssh-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        appliance = Appliance(directory.name, CONFIG)
        appliance.start()
        self.addCleanup(appliance.stop)
        for key in ("host", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.directory / key))
        (self.directory / "sshd_config").write_text(
            SSHD.format(port=PORT, directory=directory.name, program=os.path.abspath(PROGRAM)))
        self.start_sshd()

    def start_sshd(self):
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        log = self.directory / "sshd.log"
        sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-E", str(log), "-f", str(self.directory / "sshd_config")])
        self.addCleanup(sshd.wait, 20)
        self.addCleanup(sshd.terminate)
        wait_until(lambda: log.exists() and "Server listening" in log.read_text(), "sshd")

    def connect(self):
        connection = netmiko.ConnectHandler(device_type="cisco_ios", host="127.0.0.1", port=PORT, username="root",
                                            use_keys=True, key_file=str(self.directory / "user"))
        self.addCleanup(connection.disconnect)
        return connection

    def test_netmiko_reads_configures_and_sees_errors(self):
        device = self.connect()
        self.assertEqual(device.find_prompt(), "lb#")
        self.assertIn("10.0.0.11:80", device.send_command("show members"))
        device.send_config_set(["pool web", "member 10.0.0.12:80"])
        self.assertEqual(device.send_command("show running-config").strip(),
                         CONFIG.replace("11:80\n", "11:80\n  member 10.0.0.12:80\n").strip())
        self.assertIn("[OK]", device.save_config())
        self.assertIn("% Invalid input detected at '^' marker.", device.send_command("show nonsense"))
        # Nothing was paged, and the prompt is where it was.
        self.assertGreater(len(device.send_command("show tech-support").splitlines()), 40)
        self.assertEqual(device.find_prompt(), "lb#")

    def ssh(self, *command, text=""):
        done = subprocess.run(
            ["ssh", "-p", str(PORT), "-i", str(self.directory / "user"), "-o", "StrictHostKeyChecking=no", "-o",
             "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-q", "root@127.0.0.1", *command],
            input=text, capture_output=True, text=True, check=False, timeout=30)
        return done.returncode, done.stdout + done.stderr

    def test_commands_without_a_terminal(self):
        self.assertEqual(self.ssh("show running-config hostname"), (0, "hostname lb\n"))
        # What a shell would run is a command like any other.
        self.assertEqual(self.ssh("show clock; `id`")[0], 2)
        status, output = self.ssh(text="show running-config hostname\nshow vrsion\n")
        self.assertEqual(status, 2)
        self.assertIn("hostname lb", output)
        self.assertIn("% Invalid input detected", output)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(77)
    if "SLUICE_OWN_NETWORK" not in os.environ:
        words = ["unshare", "--net", sys.executable, os.path.abspath(__file__), PROGRAM, *sys.argv[1:]]
        os.execvpe("unshare", words, {**os.environ, "SLUICE_OWN_NETWORK": "1"})
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "back", "type", "veth", "peer", "name", "wire")
    run("ip", "link", "set", "back", "up")
    unittest.main(verbosity=2)
