# SPDX-License-Identifier: Apache-2.0
"""Runs tools step by step, keeps what has been done, and shows how far it is."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

from .sources import FlowError

VERSION_QUERIES = {
    "yosys": (["yosys", "-V"], r"Yosys (\S+)"),
    "nextpnr-ice40": (["nextpnr-ice40", "--version"], r"Version (\S+?)\)?$"),
    "sta": (["sta", "-version"], r"(\S+)"),
    "verilator": (["verilator", "--version"], r"Verilator (\S+)"),
}


def tool_version(name):
    """What the tool calls itself; for tools that do not say, where they are."""
    where = shutil.which(name)
    if where is None:
        raise FlowError(f"{name} is not installed; ./sluice setup installs the packages of the flows")
    if name not in VERSION_QUERIES:
        return "installed"
    command, pattern = VERSION_QUERIES[name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(pattern, (done.stdout + done.stderr).strip(), re.MULTILINE)
    return found.group(1) if found else "unknown"


def tool_versions(names):
    return {name: tool_version(name) for name in names}


class Progress:
    """Lines on standard error, one when a step begins and one when it ends; silent with CI=true."""

    def __init__(self, quiet=False):
        self.quiet = quiet or os.environ.get("CI") == "true"
        self.lock = threading.Lock()
        self.total = 0
        self.done = 0

    def expect(self, steps):
        with self.lock:
            self.total += steps

    def say(self, text):
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def finished(self, name, seconds, kept):
        with self.lock:
            self.done += 1
            how = "kept" if kept else f"{seconds:.0f} s"
            self.say(f"[{self.done}/{self.total}] {name}: {how}")


class Workspace:
    """Directory of one run; results of steps are kept below it, by what went into them."""

    def __init__(self, directory, progress, jobs):
        self.directory = pathlib.Path(directory)
        self.progress = progress
        self.jobs = jobs

    def step(self, name, inputs, work):
        """Runs work(directory) unless that was done with the same `inputs` (anything JSON can hold).

        Returns the directory that holds what `work` wrote. A step that fails leaves nothing behind but its log.
        """
        key = hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()[:16]
        directory = self.directory / f"{name.replace(' ', '-')}-{key}"
        started = time.monotonic()
        kept = (directory / "done").exists()
        if not kept:
            self.progress.say(f"      {name} ...")
            directory.mkdir(parents=True, exist_ok=True)
            work(directory)
            self.forget_others(name, directory)
            (directory / "done").write_text(f"{time.monotonic() - started:.1f}\n", encoding="utf-8")
        self.progress.finished(name, time.monotonic() - started, kept)
        return directory

    def forget_others(self, name, directory):
        """Of every step the newest four results are kept."""
        others = sorted((p for p in self.directory.glob(f"{name.replace(' ', '-')}-" + "?" * 16) if p != directory),
                        key=lambda p: p.stat().st_mtime, reverse=True)
        for old in others[3:]:
            shutil.rmtree(old, ignore_errors=True)

    def parallel(self, work, items):
        """work(item) for all items, in their order; longest first is up to the caller."""
        items = list(items)
        with concurrent.futures.ThreadPoolExecutor(max_workers=self.jobs) as pool:
            return list(pool.map(work, items))


def run_tool(directory, name, command, allow=(0,)):
    """Runs a tool in `directory`, its output in <name>.log there; returns the text of the log."""
    log = pathlib.Path(directory) / f"{name}.log"
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run([str(word) for word in command], cwd=directory, stdout=output,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)
    text = log.read_text(encoding="utf-8", errors="replace")
    if done.returncode not in allow:
        tail = "\n  ".join(text.strip().splitlines()[-8:])
        raise FlowError(f"{command[0]} failed with status {done.returncode}; all of its output is in {log}\n  {tail}")
    return text


def run_yosys(directory, name, script):
    path = pathlib.Path(directory) / f"{name}.ys"
    path.write_text(script + "\n", encoding="utf-8")
    return run_tool(directory, name, ["yosys", "-q", "-T", "-s", path])


def load_json(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
