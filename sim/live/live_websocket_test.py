#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""WebSocket in the lab, by python3-websockets: clients by TLS, a server behind the appliance.

usage: live_websocket_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import json
import subprocess
import sys
import unittest

from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

ADDRESS = "203.0.113.10"

SERVER = """
import asyncio, websockets
async def echo(socket):
    async for message in socket:
        await socket.send(message)
async def main():
    async with websockets.serve(echo, "10.0.0.11", 8080, max_size=None):
        await asyncio.Future()
asyncio.run(main())
"""

# Many sockets at a time, each with messages of many sizes, texts and bytes.
CLIENT = """
import asyncio, os, ssl, sys, websockets
context = ssl.create_default_context(cafile=sys.argv[1])
async def talk(number):
    async with websockets.connect("wss://shop.example/chat", host="203.0.113.10", ssl=context, server_hostname="shop.example",
                                  max_size=None) as socket:
        for size in (0, 1, 125, 126, 65535, 65536, 300000):
            for message in (os.urandom(size), "x" * size):
                await socket.send(message)
                assert await socket.recv() == message, size
        print("open", flush=True)
        if len(sys.argv) > 2:
            sys.stdin.read()
async def main():
    await asyncio.gather(*(talk(number) for number in range(1 if len(sys.argv) > 2 else 20)))
asyncio.run(main())
"""


class LiveWebSocket(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=1)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.make_certificate("shop", "DNS:shop.example")
        cls.lab.start("server1", "/usr/bin/python3", "-c", SERVER)
        cls.lab.start_appliance(cls.config())
        # A server of WebSocket asks for an upgrade (426) where there is none.
        wait_until(lambda: cls.lab.run_in("client", "curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}",
                                          f"https://{ADDRESS}/").stdout == "426", "first answer")

    @classmethod
    def config(cls, more=""):
        return ("interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\ngateway 203.0.113.1\n"
                f"certificate shop\n  chain-file {cls.lab.work}/shop.pem\n  key-file {cls.lab.work}/shop.key\n"
                "tls-profile lab\n  certificate shop\n"
                "pool chat\n  member 10.0.0.11:8080\n"
                f"virtual shop\n  destination {ADDRESS}:443\n  mode https\n  pool chat\n  tls-profile lab\n{more}")

    def status(self):
        return json.loads(self.lab.console("show http | json"))["virtuals"][0]

    def start_client(self, *options, **more):
        return self.lab.start("client", "/usr/bin/python3", "-c", CLIENT, str(self.lab.work / "shop.pem"), *options,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def test_messages_of_all_sizes_are_echoed(self):
        output, errors = self.start_client().communicate(timeout=60)
        self.assertEqual((output.split(), errors), (["open"] * 20, ""))
        wait_until(lambda: self.status()["active"] == 0, "all are over")

    def test_an_open_socket_outlives_a_change(self):
        client = self.start_client("wait", stdin=subprocess.PIPE)
        self.assertEqual(client.stdout.readline(), "open\n")
        self.lab.reconfigure(self.config("pool spare\n  member 10.0.0.12:80\n"))
        self.assertEqual(self.status()["active"], 1)
        rows = json.loads(self.lab.console("show http | json"))["websockets"]
        self.assertEqual([(row["virtual"], row["active"]) for row in rows], [("shop", 1)])
        errors = client.communicate("", timeout=30)[1]
        self.assertEqual((client.returncode, errors), (0, ""))


if __name__ == "__main__":
    run_tests()
