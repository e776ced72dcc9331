#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every package of packages.txt exists. Skipped (exit status 77) where there are no package lists."""

import re
import shutil
import subprocess
import sys

import repository


def listed(root=repository.ROOT):
    lines = (root / "packages.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def problems(root=repository.ROOT):
    packages = listed(root)
    found = [f"packages.txt: {name} is listed twice" for name in sorted(set(packages)) if packages.count(name) > 1]
    found += [f"packages.txt: '{name}' is no package name" for name in packages
              if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name)]
    output = subprocess.run(["apt-cache", "policy", *packages], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"^(\S+):\n  Installed: .*\n  Candidate: (?!\(none\))", output, re.MULTILINE))
    found += [f"packages.txt: no package named {name}" for name in packages if name not in known]
    return found


def have_lists():
    if not shutil.which("apt-cache"):
        return False
    stats = subprocess.run(["apt-cache", "policy", "bash"], capture_output=True, text=True, check=False)
    return bool(re.search(r"^ +\d+ (?!/var/lib/dpkg/status)\S+:", stats.stdout, re.MULTILINE))


if __name__ == "__main__":
    if not have_lists():
        print("no package lists here")
        sys.exit(77)
    repository.finish(problems(), len(listed()))
