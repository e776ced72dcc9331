#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes everything that is derived from the YAML sources beside this file.

    rtl/regs/generate.py           write the generated files
    rtl/regs/generate.py --check   compare only; exit status 1 and a list if any file is out of date
"""

import argparse
import sys
from pathlib import Path

from generator import cpp, markdown, model, systemverilog

SOURCES = Path(__file__).resolve().parent
REPOSITORY = SOURCES.parent.parent


def render(sources: model.Sources) -> dict[str, str]:
    """Path in the repository -> text."""
    return {
        "rtl/regs/gen/sluice_pkg.sv": systemverilog.package(sources),
        "rtl/regs/gen/csr_regs.sv": systemverilog.register_block(sources),
        "firmware/hal/gen/sluice_regs.h": cpp.registers_header(sources),
        "testbenches/rtl/csr/gen/register_cases.h": cpp.register_cases(sources),
        "docs/registers/README.md": markdown.index(sources),
        "docs/registers/registers.md": markdown.registers(sources),
        "docs/registers/tables.md": markdown.tables(sources),
        "docs/registers/packet.md": markdown.packet(sources),
    }


def outdated(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate SystemVerilog, C++ and Markdown from rtl/regs/*.yaml.")
    parser.add_argument("--check", action="store_true", help="compare with the files in the tree, write nothing")
    check = parser.parse_args().check
    try:
        rendered = render(model.load(SOURCES))
    except model.SourceError as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 2
    stale = {name: text for name, text in rendered.items() if outdated(REPOSITORY / name, text)}
    for name, text in stale.items():
        print(f"{'out of date' if check else 'wrote'}: {name}")
        if not check:
            write(REPOSITORY / name, text)
    if check and stale:
        print("run rtl/regs/generate.py and commit the result", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
