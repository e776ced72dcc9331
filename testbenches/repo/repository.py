# SPDX-License-Identifier: Apache-2.0
"""What the checks of this directory have in common: the files of the repository, and how a check ends.

Each check is a program with a function `problems(root)` that returns a list of sentences, each naming the
file. An empty list is success. checks_test.py calls the same functions on small trees with known faults.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Directories that hold no sources of ours.
SKIPPED = {".git", "build", "node_modules", "__pycache__"}


def files(root=ROOT):
    """Paths relative to root of all files that are, or are going to be, in the repository."""
    listing = None
    if (root / ".git").exists():
        listing = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "--cached", "--others",
             "--exclude-standard", "-z"], capture_output=True, check=False)
    if listing is not None and listing.returncode == 0:
        names = {pathlib.PurePosixPath(n) for n in listing.stdout.decode().split("\0") if n}
    else:
        names = set()
        for directory, subdirectories, entries in os.walk(root):
            subdirectories[:] = [d for d in subdirectories if d not in SKIPPED]
            relative = pathlib.Path(directory).relative_to(root)
            names.update(pathlib.PurePosixPath(relative / entry) for entry in entries)
    return sorted(name for name in names
                  if (root / name).is_file() and not SKIPPED.intersection(name.parts))


def generated(name):
    return "gen" in name.parts


def rtl_files(root=ROOT):
    """All SystemVerilog sources, packages first, the package of shared types before the others."""
    found = [name for name in files(root) if name.parts[0] == "rtl" and name.suffix == ".sv"
             and not {"formal", "synth"}.intersection(name.parts)]
    return sorted(found, key=lambda n: (not n.stem.endswith("_pkg"), n.name != "sluice_pkg.sv", n))


def rtl_modules(root=ROOT):
    return [name for name in rtl_files(root) if not name.stem.endswith("_pkg")]


def finish(problems, checked):
    """Prints the outcome and exits. A check that looked at nothing has failed."""
    if not problems and not checked:
        problems = ["nothing found to check"]
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(1)
    print(f"{checked} checked, no problem")
    sys.exit(0)
