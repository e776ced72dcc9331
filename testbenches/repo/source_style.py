#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Licence line, file names, file sizes, module names, and no traces of a particular machine."""

import re

import repository

SOURCE_SUFFIXES = {".sv", ".svh", ".v", ".vlt", ".cpp", ".h", ".py", ".sh", ".cmake", ".ys", ".tcl", ".ts", ".js"}
SOURCE_NAMES = {"CMakeLists.txt", "sluice", "run", ".clang-format", ".clang-tidy", "packages.txt"}
TEXT_SUFFIXES = SOURCE_SUFFIXES | {".md", ".yaml", ".json", ".conf", ".txt", ".html", ".css"}
# Names that a tool or convention prescribes.
PRESCRIBED_NAMES = {"README.md", "CHANGELOG.md", "LICENSE", "CMakeLists.txt", "CMakePresets.json", "Sluice.cmake"}

SPDX = "SPDX-License-Identifier: Apache-2.0"
MAX_LINES = 800
# A path that exists on one machine only. (Brackets, so that this file does not match itself.)
MACHINE_PATHS = re.compile(r"/w[o]rk/|/hom[e]/[a-z]|/roo[t]/|[p]yenv|helpe[r] session", re.IGNORECASE)


def is_source(name):
    return name.suffix in SOURCE_SUFFIXES or name.name in SOURCE_NAMES


def is_text(name):
    return is_source(name) or name.suffix in TEXT_SUFFIXES


def licence_problem(name, lines):
    head = lines[1:2] if lines and lines[0].startswith("#!") else lines[:1]
    if not head or SPDX not in head[0]:
        return f"{name}: the first line is not '{SPDX}'"
    return None


def name_problem(name):
    part = name.name
    if part in PRESCRIBED_NAMES or part.startswith("."):
        return None
    # Decisions and pages for people may be hyphenated, as their titles are.
    pattern = r"[a-z0-9][a-z0-9_.-]*" if name.suffix == ".md" else r"[a-z0-9_][a-z0-9_.]*"
    if not re.fullmatch(pattern, part):
        return f"{name}: not a snake_case file name"
    return None


def module_problem(name, text):
    modules = re.findall(r"^\s*(?:module|package|interface)\s+(?:automatic\s+)?(\w+)", text, re.MULTILINE)
    if modules != [name.stem]:
        return f"{name}: defines {', '.join(modules) or 'nothing'}; one module named {name.stem} belongs here"
    return None


def problems(root=repository.ROOT):
    found = []
    for name in repository.files(root):
        if not is_text(name):
            continue
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        lines = text.splitlines()
        checks = [name_problem(name)]
        if is_source(name):
            checks.append(licence_problem(name, lines))
            if len(lines) > MAX_LINES and not repository.generated(name):
                checks.append(f"{name}: {len(lines)} lines, more than {MAX_LINES}")
        if name.suffix == ".sv":
            checks.append(module_problem(name, text))
        for number, line in enumerate(lines, start=1):
            if MACHINE_PATHS.search(line):
                checks.append(f"{name}:{number}: names a path of one machine: {line.strip()}")
        found += [check for check in checks if check]
    return found


if __name__ == "__main__":
    repository.finish(problems(), sum(is_text(name) for name in repository.files()))
