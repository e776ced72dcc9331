# SPDX-License-Identifier: Apache-2.0
"""FPGAs whose place-and-route tools are not in Debian: area and logic depth by Yosys, stage by stage."""

import json

from . import netlist
from .run import load_json, run_yosys, tool_versions
from .sources import FlowError, hierarchy_script

SCRIPT = """{read}
{hierarchy}
{synthesis}
blackbox =A:whitebox
write_json mapped.json
"""


def depth(module, logic, carry):
    """Most cells of the types `logic` on any path between others; a carry chain is one level, however long."""
    driver = {}
    for name, cell in module["cells"].items():
        for pin, bits in cell["connections"].items():
            if cell.get("port_directions", {}).get(pin) == "output":
                driver.update((bit, name) for bit in bits if isinstance(bit, int))
    below = {}
    for name, cell in module["cells"].items():
        if cell["type"] in logic or cell["type"] in carry:
            below[name] = {driver[bit] for pin, bits in cell["connections"].items() for bit in bits
                           if cell["port_directions"].get(pin) == "input" and bit in driver}
    levels, visiting, todo = {}, set(), list(below)
    while todo:
        name = todo[-1]
        if name in levels:
            todo.pop()
            continue
        waiting = [n for n in below[name] if n in below and n not in levels]
        if waiting and name not in visiting:
            visiting.add(name)
            todo += waiting
            continue
        if waiting:
            raise FlowError(f"the netlist has a combinational loop through {name}")
        own = module["cells"][name]["type"]
        levels[name] = max((levels[n] + (0 if own in carry and module["cells"][n]["type"] in carry else 1)
                            for n in below[name] if n in below), default=1)
        todo.pop()
    return max(levels.values(), default=0)


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
                               synthesis=f"{self.d['synthesis']} -top {name}")

        def work(directory):
            run_yosys(directory, "map", script)
            design = load_json(directory / "mapped.json")
            counts = netlist.cell_types(design)
            facts = {kind: sum(counts.get(cell, 0) for cell in self.d[kind]) for kind in ("lut", "ff", "ram", "lutram")}
            facts["depth"] = depth(netlist.top_module(design)[1], {*self.d["lut"], *self.d["lutram"]}, set(self.d["carry"]))
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
