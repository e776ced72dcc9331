# SPDX-License-Identifier: Apache-2.0
"""The RTL of a tree: file lists, and what a module is made of, so that a result can be kept while that stays the same."""

import hashlib
import pathlib
import re

INSTANCE = re.compile(r"^\s*(\w+)\s*(?:#\s*\(|\w+\s*(?:\[[^\]]*\]\s*)?\()", re.MULTILINE)
PACKAGE_USE = re.compile(r"\b(\w+_pkg)::")


class FlowError(Exception):
    """The flow cannot go on; the text says what is wrong and what would be right."""


class Sources:
    """SystemVerilog of the tree below root/rtl: packages first, then one module per file."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        rtl = self.root / "rtl"
        if not rtl.is_dir():
            raise FlowError(f"{self.root} holds no rtl/ directory")
        skipped = {rtl / "synth", rtl / "formal"}
        found = [p for p in rtl.rglob("*.sv") if not skipped.intersection(p.parents)]
        self.packages = sorted((p for p in found if p.stem.endswith("_pkg")),
                               key=lambda p: (p.stem != "sluice_pkg", p))
        self.modules = {p.stem: p for p in sorted(found) if not p.stem.endswith("_pkg")}
        self.headers = sorted(p for p in rtl.rglob("*.svh") if not skipped.intersection(p.parents))

    def needed(self, top):
        """Names of the modules below `top`, itself included."""
        if top not in self.modules:
            raise FlowError(f"no module '{top}' below {self.root}/rtl")
        names, todo = set(), [top]
        while todo:
            name = todo.pop()
            if name in names:
                continue
            names.add(name)
            text = self.modules[name].read_text(encoding="utf-8")
            todo += [m for m in INSTANCE.findall(text) if m in self.modules]
        return sorted(names)

    def files(self, top):
        return self.packages + [self.modules[name] for name in self.needed(top)]

    def digest(self, top):
        """Changes with the text of anything that `top` is made of."""
        digest = hashlib.sha256()
        for path in self.headers + self.files(top):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def read_script(self, top, defines=()):
        """The Yosys command that reads `top` and what is below it."""
        names = " ".join(str(path) for path in self.files(top))
        flags = "".join(f" -D {define}" for define in defines)
        return f"read_verilog -sv{flags} -I {self.root}/rtl/prim {names}"


def hierarchy_script(top, parameters=()):
    sets = "".join(f" -chparam {name} {value}" for name, value in dict(parameters).items())
    return f"hierarchy -check -top {top}{sets}"
