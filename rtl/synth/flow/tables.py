# SPDX-License-Identifier: Apache-2.0
"""The table sizes that an area buys: rows of a target's tables, by the constants of the packages that the RTL uses."""

import re

from .sources import FlowError

CONSTANT = re.compile(r"localparam int unsigned (\w+) = (\d+);")


def sizes(wanted, sources):
    """{table: rows} for `wanted`, which gives each table's constant as PACKAGE::NAME."""
    constants = {f"{path.stem}::{name}": int(value) for path in sources.packages
                 for name, value in CONSTANT.findall(path.read_text(encoding="utf-8"))}
    if missing := [name for name in wanted.values() if name not in constants]:
        raise FlowError(f"no constant {', '.join(missing)} in the packages below {sources.root}/rtl")
    return {table: constants[name] for table, name in wanted.items()}
