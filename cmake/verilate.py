#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs Verilator on one top module and packs its output into a fixed number of C++ files.

The number and names of the files Verilator writes are unknown before it runs; a build system wants
them beforehand. So the generated files are included by part_slow.cpp (construction, reset, tracing)
and part_0.cpp ... part_N-1.cpp (evaluation), balanced by size. Beside them is depends.d, the list of
all RTL files read, so that a build repeats this step exactly when one of them changed.

With --netlist FILE (several times) these Verilog files are read instead of rtl/: a netlist and the models of its cells.
"""

import argparse
import pathlib
import re
import subprocess
import sys

# Where a module is looked for, below rtl/. A module is found by its file name.
MODULE_DIRS = ["pkg", "regs/gen", "prim", "ingress", "parse", "classify", "flow", "dispatch",
               "police", "edit", "egress", "csr", "top", "small"]

# Mistakes of wiring, never of style: they stop a build. All other warnings are printed here and
# stop `./sluice lint`.
FATAL_WARNINGS = ["IMPLICIT", "PINMISSING", "PINNOTFOUND", "LATCH", "MULTIDRIVEN"]

# What tools write and vendors model is not ours to style.
NETLIST_WARNINGS = ["-Wno-lint", "-Wno-style"]


def rtl_arguments(rtl):
    """The arguments every Verilator run over our RTL has, lint and simulation alike."""
    arguments = ["-DSLUICE_SIM", f"+incdir+{rtl}/prim", f"-I{rtl}/prim"]
    for name in MODULE_DIRS:
        arguments += ["-y", f"{rtl}/{name}"]
    waivers = rtl / "sluice.vlt"
    if waivers.exists():
        arguments.append(str(waivers))
    packages = sorted(rtl.glob("regs/gen/*_pkg.sv")) + sorted(rtl.glob("pkg/*_pkg.sv"))
    packages.sort(key=lambda path: path.name != "sluice_pkg.sv")
    return arguments + [str(path) for path in packages]


def find_module(rtl, name):
    for directory in MODULE_DIRS:
        path = rtl / directory / f"{name}.sv"
        if path.exists():
            return path
    sys.exit(f"verilate.py: module {name}: no {name}.sv in any of " +
             ", ".join(f"rtl/{d}" for d in MODULE_DIRS))


def write_if_changed(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def pack(out, prefix, parts):
    """Distributes the generated files over the parts, the largest first."""
    files = sorted(out.glob(f"{prefix}*.cpp"), key=lambda path: (-path.stat().st_size, path.name))
    slow = [f for f in files if re.search(r"__(Slow|Syms|Dpi|ConstPool_\d+)\.cpp$|__Slow", f.name)]
    bins = [[0, []] for _ in range(parts)]
    for path in (f for f in files if f not in slow):
        smallest = min(bins, key=lambda b: b[0])
        smallest[0] += path.stat().st_size
        smallest[1].append(path)
    contents = {"part_slow.cpp": slow}
    contents.update({f"part_{i}.cpp": b[1] for i, b in enumerate(bins)})
    for name, included in contents.items():
        lines = [f'#include "{path.name}"\n' for path in sorted(included)]
        # Always written anew: the includes may be the same while their contents changed.
        (out / name).write_text("".join(lines))


def depends(out, prefix):
    """Verilator's dependency file, restated for our first output."""
    text = (out / f"{prefix}__ver.d").read_text().replace("\\\n", " ")
    inputs = text.split(" : ", 1)[1].split()
    (out / "depends.d").write_text(f"{out}/part_slow.cpp: " + " \\\n  ".join(inputs) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verilator", default="verilator")
    parser.add_argument("--rtl", type=pathlib.Path, required=True)
    parser.add_argument("--top", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--netlist", type=pathlib.Path, action="append", default=[])
    parser.add_argument("options", nargs="*")
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    for stale in list(args.out.glob("*.cpp")) + list(args.out.glob("*.h")):
        stale.unlink()
    command = [args.verilator, "--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast",
               "--unroll-count", "256", "--unroll-stmts", "100000", "--output-split", "20000",
               "--output-split-cfuncs", "5000", "-Wall", "-Wno-fatal",
               *[f"-Werror-{w}" for w in FATAL_WARNINGS],
               "--no-skip-identical", "--Mdir", str(args.out), "--prefix", args.prefix,
               "--top-module", args.top, *args.options]
    if args.netlist:
        command += NETLIST_WARNINGS + [f"-Werror-{w}" for w in FATAL_WARNINGS] + [str(path) for path in args.netlist]
    else:
        command += rtl_arguments(args.rtl)
        top = str(find_module(args.rtl, args.top))
        if top not in command:
            command.append(top)
    result = subprocess.run(command, check=False)
    if result.returncode != 0:
        print("failed: " + " ".join(command), file=sys.stderr)
        return 1
    depends(args.out, args.prefix)
    pack(args.out, args.prefix, args.parts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
