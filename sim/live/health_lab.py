# SPDX-License-Identifier: Apache-2.0
"""The lab with servers whose health can be set, for tests of what the appliance makes of that."""
import os
import signal
import subprocess
import threading
import time
import unittest

from lab import Lab, LabError, wait_until

NGINX = """\
daemon off; user root; worker_processes 1; pid {work}/{name}.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {work}/{name}.body;
  server {{
    listen 80;
    location = / {{ return 200 "{name}\\n"; }}
    location = /health {{
      if (-f {work}/{name}.drain) {{ return 503; }}
      if (-f {work}/{name}.bad) {{ return 500; }}
      return 200 "fit\\n";
    }}
    location /file {{ alias {work}/file; limit_rate 400k; limit_rate_after 64k; }}
  }}
  server {{
    listen 443 ssl; ssl_certificate {work}/cert.pem; ssl_certificate_key {work}/cert.pem;
    ssl_client_certificate {work}/cert.pem; ssl_verify_client optional;
    location = /health {{ return 200 "client $ssl_client_verify, name $ssl_server_name\\n"; }}
  }}
}}
"""

GROUND = """\
interface front
  address 203.0.113.2/24
interface back
  address 10.0.0.1/24
gateway 203.0.113.1
timers default
  closing 500ms
  closing-half 1s
monitor site
  type http
  request GET /health
  expect status 200
  drain-on status 503
  interval 200ms
  timeout 150ms
  fall 2
  rise 2
"""
VIRTUAL = "virtual shop\n  destination 203.0.113.10:80\n  pool web\n"
ADDRESS, CLIENT = "203.0.113.10", "203.0.113.1"


class HealthLab(Lab):
    """The lab with servers whose health can be set."""

    def start_server(self, n):
        name = f"server{n}"
        path = self.work / f"{name}.conf"
        path.write_text(NGINX.format(work=self.work, name=name))
        self.nginx[n] = self.start(name, "nginx", "-e", "stderr", "-p", str(self.work), "-c", str(path))

    def kill_server(self, n):
        os.killpg(self.nginx[n].pid, signal.SIGKILL)
        self.nginx[n].wait()

    def set(self, n, what, on):
        path = self.work / f"server{n}.{what}"
        path.touch() if on else path.unlink(missing_ok=True)


class Requests(threading.Thread):
    """One request after the other until it is stopped; keeps when each began and what it gave."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab, self.running, self.results = lab, True, []
        self.start()

    def run(self):
        while self.running:
            began = time.monotonic()
            bodies, _ = self.lab.curl(1, ADDRESS, CLIENT, limit=5)
            self.results.append((began, bodies[0] if bodies else None))

    def stop(self):
        self.running = False
        self.join()
        return self.results


def web(*more, members=(1, 2, 3)):
    """A pool of these servers with the monitor `site` and more statements, and a virtual that uses it."""
    text = GROUND + "pool web\n  monitor site\n"
    text += "".join(f"  {line}\n" for line in more)
    return text + "".join(f"  member 10.0.0.{10 + n}:80\n" for n in members) + VIRTUAL


class HealthCase(unittest.TestCase):
    """Servers 1 to 3 serve when a test begins, whatever the one before did to them."""

    program = engine = None

    @classmethod
    def setUpClass(cls):
        cls.lab = HealthLab(cls.program, cls.engine, tag=f"sluice-{cls.__name__.lower()}-{os.getpid()}")
        try:
            cls.lab.__enter__()
            (cls.lab.work / "file").write_bytes(bytes(1 << 20))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                            "/CN=shop.test", "-addext", "subjectAltName=DNS:shop.test", "-keyout",
                            str(cls.lab.work / "key.pem"), "-out", str(cls.lab.work / "only.pem")],
                           check=True, capture_output=True)
            (cls.lab.work / "cert.pem").write_text(
                (cls.lab.work / "only.pem").read_text() + (cls.lab.work / "key.pem").read_text())
            cls.lab.start_servers()
            cls.lab.start_appliance(web(), address=ADDRESS)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def setUp(self):
        for n in self.lab.servers:
            if self.lab.nginx[n].poll() is not None:
                self.lab.start_server(n)
                self.lab.wait_for_server(n)
            self.lab.set(n, "drain", False)
            self.lab.set(n, "bad", False)
        self.lab.reconfigure(web())
        self.wait_for_all()

    def wait_for_all(self):
        wait_until(lambda: self.reached() == {"server1", "server2", "server3"}, "all servers serve")

    def reached(self):
        bodies, _ = self.lab.curl(20, ADDRESS, CLIENT)
        self.lab.must_run()
        return set(bodies)

    def said(self, words, after):
        """The line in which the appliance said so, after so many others."""
        try:
            self.lab.wait_for_line(words, after, 10)
        except LabError as error:
            self.fail(f"{error}\n" + "".join(self.lab.said[after:]))
        return next(line for line in self.lab.said[after:] if words in line)
