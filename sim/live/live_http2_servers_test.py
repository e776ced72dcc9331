#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Members that speak HTTP/2, in the lab: nginx, by TLS and without, and gRPC from end to end.

usage: live_http2_servers_test.py PROGRAM [ENGINE]   (exit status 77 if the host permits no lab)
"""
import hashlib
import json
import os
import sys
import unittest

from lab import Lab, run_tests, wait_until

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/default/sim/app/sluice"
ENGINE = sys.argv.pop(1) if len(sys.argv) > 1 else "rtl"

PLAIN, SECURE, CALLS = "203.0.113.10", "203.0.113.11", "203.0.113.12"
SIZE = 400_000

NGINX = """\
daemon off; user root; worker_processes 1; pid {work}/http2.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_max_body_size 100m; client_body_temp_path {work}/http2.body;
  ssl_certificate {work}/shop.pem; ssl_certificate_key {work}/shop.key;
  server {{
    listen 80 http2; listen 443 ssl http2; listen 444 ssl;
    root {work};
    location = / {{ return 200 "$server_protocol $scheme $connection\\n"; }}
    location = /length {{ proxy_pass http://127.0.0.1:81; }}
  }}
  server {{ listen 127.0.0.1:81; location / {{ return 200 "$content_length\\n"; }} }}
}}
"""

# What both sides of the calls know.
CALL_SERVER = """
import concurrent.futures, sys
import grpc
class Calls(grpc.GenericRpcHandler):
    def service(self, details):
        kind = {"/lab.Calls/Echo": grpc.unary_unary_rpc_method_handler(self.echo),
                "/lab.Calls/Count": grpc.unary_stream_rpc_method_handler(self.count),
                "/lab.Calls/Sum": grpc.stream_unary_rpc_method_handler(self.sum),
                "/lab.Calls/Fail": grpc.unary_unary_rpc_method_handler(self.fail)}
        return kind.get(details.method)
    def echo(self, request, context):
        context.set_trailing_metadata((("x-last", "word"),))
        return request
    def count(self, request, context):
        for i in range(int(request)):
            yield b"%d " % i + b"x" * 20_000
    def sum(self, requests, context):
        return b"%d" % sum(len(request) for request in requests)
    def fail(self, request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "no such thing")
server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
server.add_generic_rpc_handlers((Calls(),))
server.add_insecure_port("0.0.0.0:50051")
server.start()
server.wait_for_termination()
"""

CALL_CLIENT = """
import sys
import grpc
if sys.argv[1] == "secure":
    trust = grpc.ssl_channel_credentials(open(sys.argv[2], "rb").read())
    channel = grpc.secure_channel("203.0.113.12:443", trust, [("grpc.ssl_target_name_override", "shop.example")])
else:
    channel = grpc.insecure_channel("203.0.113.12:80")
reply, call = channel.unary_unary("/lab.Calls/Echo").with_call(b"hello", timeout=10)
print(reply.decode(), call.code().name, dict(call.trailing_metadata())["x-last"])
big = channel.unary_unary("/lab.Calls/Echo")(b"b" * 1_000_000, timeout=10)
print(len(big))
print(sum(int(reply.split()[0]) for reply in channel.unary_stream("/lab.Calls/Count")(b"100", timeout=10)))
print(channel.stream_unary("/lab.Calls/Sum")(iter([b"s" * 1_000] * 50), timeout=10).decode())
for method in ("Fail", "Unknown"):
    try:
        channel.unary_unary("/lab.Calls/" + method)(b"", timeout=10)
    except grpc.RpcError as error:
        print(error.code().name, error.details())
"""


class LiveHttp2Servers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(PROGRAM, ENGINE, servers=2)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.make_certificate("shop", "DNS:shop.example,IP:10.0.0.11")
        cls.content = os.urandom(SIZE)
        (cls.lab.work / "file").write_bytes(cls.content)
        (cls.lab.work / "http2.conf").write_text(NGINX.format(work=cls.lab.work))
        cls.lab.start("server1", "nginx", "-e", "stderr", "-p", str(cls.lab.work), "-c", str(cls.lab.work / "http2.conf"))
        cls.lab.start("server2", "/usr/bin/python3", "-c", CALL_SERVER)
        wait_until(lambda: cls.lab.run_in("server1", "curl", "-sf", "--http2-prior-knowledge", "http://127.0.0.1/").returncode == 0,
                   "nginx")
        cls.lab.start_appliance(cls.config())
        wait_until(lambda: cls.curl(f"http://{PLAIN}/").startswith(b"HTTP/2.0"), "first answer")

    @classmethod
    def config(cls):
        work = cls.lab.work
        return ("interface front\n  address 203.0.113.2/24\ninterface back\n  address 10.0.0.1/24\ngateway 203.0.113.1\n"
                f"certificate shop\n  chain-file {work}/shop.pem\n  key-file {work}/shop.key\n"
                "tls-profile lab\n  certificate shop\n"
                f"server-tls-profile inside\n  trust {work}/shop.pem\n"
                f"http-profile web\n  http2-cleartext on\n  access-log {work}/access.log\n"
                "pool plain\n  protocol http2\n  member 10.0.0.11:80\n"
                "pool secure\n  protocol http2\n  server-tls-profile inside\n  member 10.0.0.11:443\n"
                "pool old\n  protocol http2\n  server-tls-profile inside\n  member 10.0.0.11:444\n"
                "pool calls\n  protocol http2\n  member 10.0.0.12:50051\n"
                f"virtual plain\n  destination {PLAIN}:80\n  mode http\n  pool plain\n  http-profile web\n"
                f"virtual secure\n  destination {SECURE}:80\n  mode http\n  pool secure\n  http-profile web\n"
                f"virtual old\n  destination {SECURE}:81\n  mode http\n  pool old\n  http-profile web\n"
                f"virtual calls\n  destination {CALLS}:80\n  mode http\n  pool calls\n  http-profile web\n"
                f"virtual calls-tls\n  destination {CALLS}:443\n  mode https\n  pool calls\n  tls-profile lab\n"
                "  http-profile web\n")

    @classmethod
    def curl(cls, *options):
        return cls.lab.run_in("client", "curl", "-sS", "-m", "30", *options, text=False).stdout

    def test_clients_of_both_versions_share_connections(self):
        for host, scheme in ((PLAIN, b"http"), (SECURE, b"https")):
            with self.subTest(host=host):
                said = [self.curl(option, f"http://{host}/").split() for option in ("--http1.1", "--http2-prior-knowledge") * 5]
                self.assertEqual({tuple(words[:2]) for words in said}, {(b"HTTP/2.0", scheme)})
                # Each worker has one.
                self.assertLess(len({words[2] for words in said}), len(said))
        rows = {row["pool"]: row for row in json.loads(self.lab.console("show requests | json"))["http2"]}
        self.assertGreaterEqual(rows["plain"]["streams"], 10)
        self.assertEqual(rows["plain"]["not_spoken"], 0)

    def test_bodies_both_ways(self):
        for option in ("--http1.1", "--http2-prior-knowledge"):
            with self.subTest(option=option):
                body = self.curl(option, f"http://{SECURE}/file")
                self.assertEqual(hashlib.sha256(body).digest(), hashlib.sha256(self.content).digest())
                length = self.curl(option, "-H", "Expect:", "--data-binary", f"@{self.lab.work}/file", f"http://{PLAIN}/length")
                self.assertEqual(length, b"%d\n" % SIZE)

    def test_load(self):
        for version in ("-p", "h2c"), ("-p", "http/1.1"):
            done = self.lab.run_in("client", "h2load", "-n", "300", "-c", "8", "-m", "20", *version, f"http://{PLAIN}/")
            self.assertIn("300 succeeded, 0 failed", done.stdout)

    def test_a_member_that_does_not_agree_to_http2_is_not_reached(self):
        said = self.curl("-w", "%{http_code}", f"http://{SECURE}:81/")
        self.assertTrue(said.endswith(b"502"), said)

    def test_grpc(self):
        for how in ("plain", "secure"):
            with self.subTest(how=how):
                done = self.lab.run_in("client", "/usr/bin/python3", "-c", CALL_CLIENT, how, str(self.lab.work / "shop.pem"))
                self.assertEqual(done.stdout.splitlines(),
                                 ["hello OK word", "1000000", str(sum(range(100))), "50000", "NOT_FOUND no such thing",
                                  "UNIMPLEMENTED Method not found!"], done.stderr)
        wait_until(lambda: "/lab.Calls/Fail" in (self.lab.work / "access.log").read_text(), "the log names calls")


if __name__ == "__main__":
    run_tests()
