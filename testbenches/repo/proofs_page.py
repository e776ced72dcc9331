#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/proofs.md is the one of `./sluice prove --table`; the lists of proofs and of seeded bugs are sound.

    proofs_page.py [--fix]    --fix writes the table
"""

import re
import sys

import repository

sys.path.insert(0, str(repository.ROOT / "rtl" / "formal"))
import engine  # pylint: disable=wrong-import-position
import mutants  # pylint: disable=wrong-import-position
import prove  # pylint: disable=wrong-import-position

TABLE = re.compile(r"(?<=<!-- proofs -->\n).*?(?=\n<!-- end of proofs -->)", re.DOTALL)


def problems(root=repository.ROOT, fix=False):
    formal = root / "rtl" / "formal"
    page = root / "docs" / "proofs.md"
    try:
        proofs = engine.read_proofs(formal / "proofs.yaml")
        mutants.read_mutants(proofs, formal / "mutants.yaml", root)
    except engine.TableError as error:
        return [f"rtl/formal/{error}"]
    text = page.read_text(encoding="utf-8")
    table = prove.table(proofs)
    if not TABLE.search(text):
        return ["docs/proofs.md: the marks around the table of proofs are missing"]
    if fix:
        page.write_text(TABLE.sub(lambda _: table, text), encoding="utf-8")
    elif TABLE.search(text).group() != table:
        return ["docs/proofs.md: the table is not that of rtl/formal/proofs.yaml; run testbenches/repo/proofs_page.py --fix"]
    return []


if __name__ == "__main__":
    repository.finish(problems(fix="--fix" in sys.argv[1:]), 1)
