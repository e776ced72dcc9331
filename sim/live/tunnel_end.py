#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The end of tunnels at a server: takes packets out of IP-in-IP and GUE and hands them to the kernel by a TUN device.

For hosts whose kernels lack the drivers. Both versions of IP, outside and inside; GUE variants 0 and 1
(draft-ietf-intarea-gue) on UDP port 6080. Says `ready` on standard output; runs until it is ended.
"""
import fcntl
import os
import select
import socket
import struct

GUE_PORT = 6080
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
UDP_NO_CHECK6_RX = 102
IPPROTO_IPIP, IPPROTO_IPV6 = 4, 41


def open_tun(name):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def strip_ipv4(packet):
    return packet[(packet[0] & 15) * 4:]


def strip_gue(packet):
    """Variant 0 has a header of four bytes and more, variant 1 is the IP packet itself."""
    return packet if packet[0] >> 6 == 1 else packet[4 + (packet[0] & 31) * 4:]


def whole(packet):
    return packet


def sockets():
    """Each with what takes the outer headers off what it receives."""
    for protocol in (IPPROTO_IPIP, IPPROTO_IPV6):
        yield socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol), strip_ipv4
        yield socket.socket(socket.AF_INET6, socket.SOCK_RAW, protocol), whole
    gue = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    gue.setsockopt(socket.IPPROTO_UDP, UDP_NO_CHECK6_RX, 1)
    gue.bind(("::", GUE_PORT))
    yield gue, strip_gue


def main():
    tun = open_tun("tunnel")
    strip = {end: how for end, how in sockets()}
    print("ready", flush=True)
    while True:
        for end in select.select(list(strip), [], [])[0]:
            packet = strip[end](end.recv(65536))
            if packet:
                try:
                    os.write(tun, packet)
                except OSError:
                    pass  # not an IP packet, or the device is down: a server drops it, too


if __name__ == "__main__":
    main()
