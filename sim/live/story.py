# SPDX-License-Identifier: Apache-2.0
"""What demonstrations share: steps that are printed as they are done, and the command line."""
import argparse
import json
import shutil
import signal
import sys
import time

from lab import LabError


class Show:
    """Prints steps as they are done and keeps their results."""

    def __init__(self, quiet):
        self.quiet, self.steps, self.clock = quiet, [], time.monotonic()
        self.terminal = sys.stdout.isatty() and not quiet

    def live(self, text):
        """What is going on, in one line that the next one replaces."""
        if self.terminal:
            print(f"\r\x1b[K       {text[:72]}", end="", flush=True)

    def step(self, name, requests=0, failed=0, note="", passed=True, lossless=True):
        """`lossless`: no request may fail."""
        seconds = round(time.monotonic() - self.clock, 3)
        self.clock = time.monotonic()
        good = passed and (failed == 0 or not lossless)
        self.steps.append({"name": name, "requests": requests, "failed": failed, "seconds": seconds, "note": note,
                           "passed": good})
        if not self.quiet:
            count = f"{requests} request{'s' if requests != 1 else ''}, {failed} failed; " if requests else ""
            clear = "\r\x1b[K" if self.terminal else ""
            print(f"{clear}{'ok    ' if good else 'FAILED'} {name}: {count}{note} ({seconds:.1f} s)", flush=True)

    def result(self):
        steps = [{key: value for key, value in step.items() if key != "passed"} for step in self.steps]
        return {"steps": steps, "passed": all(step["passed"] for step in self.steps)}


def tell(name, description, tools, make_lab, play):
    """The command line: `play(lab, show, options)` in the lab that `make_lab(program, engine)` gives. Exit status."""
    parser = argparse.ArgumentParser(prog=f"sluice {name}", formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=description)
    parser.add_argument("--engine", choices=("rtl", "model"), default="rtl")
    parser.add_argument("--requests", type=int, default=200, help="per step, at least (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="{steps, passed} on standard output")
    parser.add_argument("--keep", action="store_true", help="leave the lab running afterwards, until Ctrl-C")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for tool in ("ip", *tools):
        if not shutil.which(tool):
            sys.exit(f"sluice: {name}: no {tool} here; ./sluice setup installs what is missing")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))
    show = Show(options.json)
    try:
        with make_lab(options.program, options.engine) as lab:
            try:
                play(lab, show, options)
            except LabError as error:
                show.step("lab", note=str(error), passed=False)
                print("".join(lab.said), file=sys.stderr, end="")
    except LabError as error:
        print(f"sluice: {name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    result = show.result()
    if options.json:
        print(json.dumps(result, indent=2))
    return 0 if result["passed"] else 1


def keep(lab, request):
    """Until Ctrl-C; `request` is a command to try in the client's namespace."""
    print(f"\nThe lab is still up. Its console: {lab.program} console --socket {lab.socket}\n"
          f"Requests: ip netns exec {lab.name('client')} {request}\nCtrl-C ends it.", flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()
