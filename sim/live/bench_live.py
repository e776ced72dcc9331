#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""wrk through the appliance, HAProxy (mode tcp) and nginx (stream) to the same servers, in turn.

Rounds are interleaved, and the median of them counts. CPU is that of the balancer's process, user and system, per
request.
"""
import sys

import side_by_side
from side_by_side import Balancer, BenchLab

APPLIANCE = """\
interface front
  address 203.0.113.2/24
interface back
  address 10.0.0.1/24
gateway 203.0.113.1
pool web
  member 10.0.0.11:80
  member 10.0.0.12:80
virtual shop
  destination 203.0.113.10:80 protocol tcp
  mode nat
  pool web
"""
HAPROXY = """\
global
  nbthread 1
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend shop
  bind {address}:80
  default_backend web
backend web
  balance roundrobin
  server s1 10.0.0.11:80
  server s2 10.0.0.12:80
"""
NGINX = """\
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; master_process off; user root; error_log stderr crit; pid {work}/balancer.pid;
events {{ worker_connections 10000; }}
stream {{
  upstream web {{ server 10.0.0.11:80; server 10.0.0.12:80; }}
  server {{ listen {address}:80; proxy_pass web; }}
}}
"""
# name: path, connections, a connection per request
CASES = {
    "keep-alive 1 KB": ("1k", 32, False),
    "new connections": ("1k", 32, True),
    "64 KB objects": ("64k", 16, False),
}


def run(options, progress):
    cases = side_by_side.chosen(CASES, options.only)
    with BenchLab(options.program, options.engine, ["haproxy", "nginx"]) as lab:
        haproxy, nginx = lab.peer_address("haproxy"), lab.peer_address("nginx")
        balancers = [
            Balancer("sluice", "203.0.113.10", lambda: lab.start_sluice(APPLIANCE)),
            Balancer("haproxy", haproxy, lambda: lab.start_haproxy(HAPROXY.format(address=haproxy))),
            Balancer("nginx", nginx, lambda: lab.start_nginx(NGINX.format(work=lab.work, address=nginx)))]
        side_by_side.start_all(lab, balancers, lambda balancer: lab.wait_for_answer(balancer.address))

        def measure(balancer, case):
            path, connections, close = CASES[case]
            return side_by_side.measure_wrk(lab, balancer, f"http://{balancer.address}/files/{path}", connections,
                                            options.seconds, close)

        rows = side_by_side.interleave("live", balancers, cases, options.rounds, measure, progress)
        return rows, side_by_side.report_line(lab.stop_appliance())


if __name__ == "__main__":
    sys.exit(side_by_side.main("live", __doc__, ("wrk", "nginx", "haproxy"), run))
