#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""C++ is formatted by clang-format.

    cpp_format.py          list what is not
    cpp_format.py --fix    format it in place
"""

import subprocess
import sys

import repository


def sources(root=repository.ROOT):
    return [str(name) for name in repository.files(root)
            if name.suffix in {".cpp", ".h"} and not repository.generated(name)]


def problems(root=repository.ROOT):
    names = sources(root)
    if not names:
        return []
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", *names], cwd=root, capture_output=True,
                            text=True, check=False)
    if result.returncode == 0:
        return []
    unformatted = sorted({line.split(":")[0] for line in result.stderr.splitlines() if ": error: " in line})
    return [f"{name}: not formatted; ./sluice lint --fix" for name in unformatted] or [result.stderr.strip()]


if __name__ == "__main__":
    if sys.argv[1:] == ["--fix"]:
        subprocess.run(["clang-format", "-i", *sources()], cwd=repository.ROOT, check=True)
    repository.finish(problems(), len(sources()))
