#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Steady HTTP clients: each asks, reads the whole answer, and asks again on a new connection, until it is ended.

usage: traffic.py URL SOURCE CLIENTS

Prints a line per request: when it began (seconds, monotonic clock), how long it took, and the answer's text, or `-`
and why it failed. A request that is under way when the program is told to end (SIGTERM) is finished first.
"""
import http.client
import signal
import sys
import threading
import time
import urllib.parse

TIMEOUT = 5


def ask(url, source):
    """The text of the answer; raises if there is none."""
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=TIMEOUT, source_address=(source, 0))
    try:
        connection.request("GET", url.path or "/", headers={"Connection": "close"})
        answer = connection.getresponse()
        text = answer.read().decode().strip()
        if answer.status != 200:
            raise OSError(f"status {answer.status}")
        return text
    finally:
        connection.close()


def client(url, source, stop):
    while not stop.is_set():
        began = time.monotonic()
        try:
            text = ask(url, source)
        except (OSError, http.client.HTTPException) as error:
            text = f"- {type(error).__name__}: {error}"
        sys.stdout.write(f"{began:.6f} {time.monotonic() - began:.6f} {text}\n")
        if text.startswith("-"):
            stop.wait(0.01)  # a refused connection takes no time at all


def main():
    url, source, clients = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    sys.stdout.reconfigure(line_buffering=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threads = [threading.Thread(target=client, args=(url, source, stop)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
