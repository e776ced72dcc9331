#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Steady HTTPS clients that keep their connections: each asks again and again on the same one, until it is ended.

usage: tls_traffic.py ADDRESS HOST AUTHORITY CLIENTS [PATH]

Prints a line per request: when it began (seconds, monotonic clock), how many connections its client has needed so far,
and the answer's text, or `-` and why it failed. AUTHORITY is a PEM file of certificates that are trusted.
"""
import http.client
import signal
import socket
import ssl
import sys
import threading
import time

TIMEOUT = 5


class Connection(http.client.HTTPSConnection):
    """To an address, for a host."""

    def __init__(self, address, host, context):
        super().__init__(host, 443, timeout=TIMEOUT, context=context)
        self.address = address
        self.opened = 0

    def connect(self):
        plain = socket.create_connection((self.address, 443), TIMEOUT)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)
        self.opened += 1


def client(address, host, context, path, stop):
    connection = Connection(address, host, context)
    while not stop.is_set():
        began = time.monotonic()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read().decode().strip()
            if answer.status != 200:
                text = f"- status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            text = f"- {type(error).__name__}: {error}"
            connection.close()
            stop.wait(0.01)
        sys.stdout.write(f"{began:.6f} {connection.opened} {text}\n")


def main():
    address, host, authority, clients = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    path = sys.argv[5] if len(sys.argv) > 5 else "/"
    context = ssl.create_default_context(cafile=authority)
    sys.stdout.reconfigure(line_buffering=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threads = [threading.Thread(target=client, args=(address, host, context, path, stop)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
