#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Yosys reads every module, elaborates it with its default parameters, and has nothing to warn of.

A warning of Yosys 0.23 often is a construct that it silently misreads, so all of them are faults.
Memories stay memories: one that is taken apart into registers is a warning too.

    rtl_synthesizable.py [MODULE...]    all modules together, or each of the named ones as top
"""

import re
import subprocess
import sys
import tempfile
import pathlib

import repository


def run_yosys(root, script):
    """Warnings and errors in the log of one run."""
    with tempfile.TemporaryDirectory() as directory:
        log = pathlib.Path(directory) / "yosys.log"
        result = subprocess.run(["yosys", "-q", "-l", str(log), "-p", script], cwd=root, capture_output=True,
                                text=True, check=False)
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else result.stderr
    found = sorted(set(re.findall(r"^.*\b(?:Warning|ERROR):.*$", text, re.MULTILINE)))
    if result.returncode != 0 and not found:
        found = [f"yosys failed with status {result.returncode}: {result.stderr.strip()[-500:]}"]
    return [line.replace(f"{root}/", "") for line in found]


def misread(root, name):
    """Packed arrays of structs: Yosys 0.23 keeps the width of one element, and does not say so."""
    for number, line in enumerate((root / name).read_text(encoding="utf-8").splitlines(), start=1):
        if re.search(r"\b\w+_t\s*\[[^\]]+\]\s*\w", line.split("//")[0]):
            yield f"{name}:{number}: a packed array of a type, which Yosys misreads: {line.strip()}"


def problems(root=repository.ROOT, only=()):
    found = [p for name in repository.rtl_files(root) for p in misread(root, name)]
    sources = " ".join(str(name) for name in repository.rtl_files(root))
    read = f"read_verilog -sv -I rtl/prim {sources}; "
    elaborate = "hierarchy -check{top}; proc; memory -nomap; check -noinit"
    if not repository.rtl_modules(root):
        return []
    if only:
        return found + [p for m in only for p in run_yosys(root, read + elaborate.format(top=f" -top {m}"))]
    return found + run_yosys(root, read + elaborate.format(top=""))


if __name__ == "__main__":
    repository.finish(problems(only=sys.argv[1:]), len(repository.rtl_modules()))
