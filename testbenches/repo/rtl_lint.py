#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`verilator --lint-only -Wall` is silent on every module as top, with its default parameters.

    rtl_lint.py [MODULE...]    all modules, or the named ones
"""

import concurrent.futures
import subprocess
import sys

import repository

sys.path.insert(0, str(repository.ROOT / "cmake"))
import verilate  # pylint: disable=wrong-import-position


def lint(root, name):
    arguments = verilate.rtl_arguments(root / "rtl")
    path = str(root / name)
    command = ["verilator", "--lint-only", "-Wall", "--unroll-count", "256", "--unroll-stmts", "100000",
               "--top-module", name.stem, *arguments, *([] if path in arguments else [path])]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if result.returncode == 0 and "%Warning" not in result.stderr:
        return None
    return f"{name}:\n" + result.stderr.replace(f"{root}/", "").rstrip()


def problems(root=repository.ROOT, only=()):
    modules = [name for name in repository.rtl_modules(root) if not only or name.stem in only]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return [problem for problem in pool.map(lambda name: lint(root, name), modules) if problem]


if __name__ == "__main__":
    repository.finish(problems(only=sys.argv[1:]), len(repository.rtl_modules()))
