# SPDX-License-Identifier: Apache-2.0
"""FPGAs whose place-and-route tools are not in Debian: area and logic depth by Yosys, stage by stage."""

import json
import re

from . import netlist
from .run import load_json, run_yosys, tool_versions
from .sources import FlowError, hierarchy_script

SCRIPT = """{read}
{hierarchy}
{keep}{synthesis}
tee -q -o depth.txt ltp -noff
write_json mapped.json
"""


def parse_depth(text):
    """Length of the longest path that `ltp` found; without any logic it is 0."""
    found = re.search(r"Longest topological path in \S+ \(length=(\d+)\)", text)
    if not found:
        raise FlowError("ltp states no longest path")
    return int(found.group(1))


class AreaTarget:
    """One run over the stages of a target description; the connections between them are left out."""

    def __init__(self, name, description, sources, workspace):
        self.name = name
        self.d = description
        self.sources = sources
        self.workspace = workspace
        self.tools = tool_versions(["yosys"])

    def run(self, only=None):
        unknown = set(only or ()) - set(self.d["stages"])
        if unknown:
            raise FlowError(f"no stage {', '.join(sorted(unknown))}; stages are {', '.join(self.d['stages'])}")
        names = [s for s in self.d["stages"] if not only or s in only]
        self.workspace.progress.expect(len(names))
        return self.result(self.workspace.parallel(self.stage, names))

    def stage(self, name):
        parameters = (self.d.get("stage_parameters") or {}).get(name, {})
        script = SCRIPT.format(read=self.sources.read_script(name), hierarchy=hierarchy_script(name, parameters),
                               keep="", synthesis=f"{self.d['synthesis']} -top {name}")

        def work(directory):
            run_yosys(directory, "map", script)
            counts = netlist.cell_types(load_json(directory / "mapped.json"))
            facts = {kind: sum(counts.get(cell, 0) for cell in self.d[kind]) for kind in ("lut", "ff", "ram", "lutram")}
            facts["depth"] = parse_depth((directory / "depth.txt").read_text(encoding="utf-8"))
            facts["by_type"] = counts
            (directory / "facts.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
            (directory / "mapped.json").unlink()

        done = self.workspace.step(f"{self.name} {name}", [script, self.d, self.sources.digest(name), self.tools], work)
        return {"name": name, **load_json(done / "facts.json")}

    def result(self, stages):
        total = {kind: sum(stage[kind] for stage in stages) for kind in ("lut", "ff", "ram", "lutram")}
        depth = max(stage["depth"] for stage in stages)
        return {
            "target": self.name, "device": self.d["available_device"], "top": self.d["top"], "tools": self.tools,
            "resources": {kind: {"used": total[kind], "available": self.d["available"].get(kind)} for kind in total},
            "width_bits": self.d["width_bits"], "fmax_mhz": None, "seeds": None, "depth": depth,
            "constraint_depth": self.d["depth"],
            "modules": [{key: stage[key] for key in ("name", "lut", "ff", "ram", "lutram", "depth")} for stage in stages],
            "met": depth <= self.d["depth"] and all(total[k] <= n for k, n in self.d["available"].items()),
        }
