#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Generated files are what their sources generate now."""

import subprocess

import repository

# Each generator, called with --check, lists what is out of date and fails.
GENERATORS = ["rtl/regs/generate.py"]


def problems(root=repository.ROOT):
    found = []
    for generator in GENERATORS:
        if not (root / generator).exists():
            found.append(f"{generator}: missing")
            continue
        result = subprocess.run(["/usr/bin/python3", generator, "--check"], cwd=root, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if result.returncode != 0:
            found.append(f"{generator} --check: " + result.stdout.strip())
    return found


if __name__ == "__main__":
    repository.finish(problems(), len(GENERATORS))
