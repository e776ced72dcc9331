#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Merges Ethernet captures by time into one compressed pcap with nanosecond stamps.

    merge_captures.py OUTPUT.pcap.gz INPUT.pcap[:VLAN] ...

Frames of an input with a VLAN number get that 802.1Q tag; short frames are padded to 60 bytes, as a MAC does.
The same inputs give the same bytes.
"""

import gzip
import struct
import sys

NANOSECOND_MAGIC = 0xA1B23C4D
LINKTYPE_ETHERNET = 1
SHORTEST_FRAME = 60


def frames(path):
    """(seconds, nanoseconds, frame) of each packet of a little-endian pcap with nanosecond stamps."""
    with open(path, "rb") as file:
        magic, _, _, _, _, _, link = struct.unpack("<IHHiIII", file.read(24))
        if magic != NANOSECOND_MAGIC or link != LINKTYPE_ETHERNET:
            sys.exit(f"{path}: no Ethernet capture with nanosecond stamps")
        while header := file.read(16):
            if len(header) < 16:
                sys.exit(f"{path}: ends within a packet header")
            seconds, nanoseconds, captured, length = struct.unpack("<IIII", header)
            if captured != length:
                sys.exit(f"{path}: a frame was cut from {length} to {captured} bytes")
            yield seconds, nanoseconds, file.read(captured)


def tagged(path, vlan):
    tag = struct.pack(">HH", 0x8100, vlan)
    for seconds, nanoseconds, frame in frames(path):
        yield seconds, nanoseconds, frame[:12] + tag + frame[12:]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    inputs = []
    for argument in sys.argv[2:]:
        path, _, vlan = argument.partition(":")
        inputs.append(tagged(path, int(vlan)) if vlan else frames(path))
    # A capture is not quite in order of its stamps where two processors sent at once.
    packets = sorted((packet for source in inputs for packet in source), key=lambda packet: packet[:2])
    with open(sys.argv[1], "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as out:
        out.write(struct.pack("<IHHiIII", NANOSECOND_MAGIC, 2, 4, 0, 0, 262144, LINKTYPE_ETHERNET))
        for seconds, nanoseconds, frame in packets:
            frame = frame.ljust(SHORTEST_FRAME, b"\0")
            out.write(struct.pack("<IIII", seconds, nanoseconds, len(frame), len(frame)) + frame)
    print(f"{sys.argv[1]}: {len(packets)} packets")


if __name__ == "__main__":
    main()
