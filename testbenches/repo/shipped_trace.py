#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The shipped trace is the one that its page describes: hash, number of packets, bytes; whole frames, in order."""

import gzip
import hashlib
import struct

import repository

TRACES = "testbenches/traces"


def problems(root=repository.ROOT):
    compressed = (root / TRACES / "shipped.pcap.gz").read_bytes()
    page = (root / TRACES / "README.md").read_text(encoding="utf-8")
    data = gzip.decompress(compressed)
    found = []
    packets = length_sum = latest = 0
    offset = 24
    while offset < len(data):
        seconds, nanoseconds, captured, length = struct.unpack_from("<IIII", data, offset)
        stamp = seconds * 10**9 + nanoseconds
        if captured != length or not 60 <= length <= 1518 or stamp < latest:
            found.append(f"shipped.pcap.gz: packet {packets + 1} is cut, too short, too long or out of order")
        latest = stamp
        packets += 1
        length_sum += length
        offset += 16 + captured
    facts = [hashlib.sha256(compressed).hexdigest(), f"{packets:,} packets", f"{length_sum:,} bytes",
             f"{len(compressed):,} bytes"]
    found += [f"{TRACES}/README.md: does not say '{fact}'" for fact in facts if fact not in page]
    return found


if __name__ == "__main__":
    repository.finish(problems(), 1)
