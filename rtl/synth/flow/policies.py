# SPDX-License-Identifier: Apache-2.0
"""The price list of `./sluice bench policies`: alternatives of one part, mapped alike.

A part is a module with parameters, by itself, as a stage of the target asic is: its cells, its memories, its clock.
"""

import re

from .asic import COARSE, AsicTarget
from .run import run_yosys
from .sources import FlowError, hierarchy_script

LATENCY = re.compile(r"localparam int unsigned LATENCY = ([\w +]+);")
PARAMETER = re.compile(r"parameter int unsigned (\w+)\s*=\s*(\d+)")


class PoliciesTarget(AsicTarget):
    """One run over the parts of a target description."""

    def __init__(self, description, base, sources, workspace):
        super().__init__(base, sources, workspace)
        self.alternatives = {self.part_name(part): part for part in description["parts"]}

    @staticmethod
    def part_name(part):
        """A name for steps and logs: the module and what sets it apart."""
        return "-".join([part["module"], *(f"{k}{v}" for k, v in part.get("parameters", {}).items())])

    def run(self, only=None):
        names = [n for n, part in self.alternatives.items() if not only or part["module"] in only]
        if not names:
            raise FlowError(f"no part of {', '.join(only)}; modules are "
                            f"{', '.join(sorted({p['module'] for p in self.alternatives.values()}))}")
        self.workspace.progress.expect(3 * len(names))
        stages = dict(zip(names, self.workspace.parallel(self.stage, names)))
        return [price for name in names for price in self.prices(self.alternatives[name], stages[name])]

    def coarse(self, name):
        part = self.alternatives[name]
        module = part["module"]
        script = COARSE.format(read=self.sources.read_script(module), keep="",
                               hierarchy=hierarchy_script(module, part.get("parameters", {})))
        return self.workspace.step(f"policies {name} elaborate", [script, self.sources.digest(module), self.tools],
                                   lambda directory: run_yosys(directory, "coarse", script))

    def timing_step(self, name, top, directories):
        return super().timing_step(name, self.alternatives[name]["module"], directories)

    def latency(self, part):
        """Clocks, by the module's own constant."""
        text = self.sources.modules[part["module"]].read_text(encoding="utf-8")
        found = LATENCY.search(text)
        if not found:
            return None
        values = {**{k: int(v) for k, v in PARAMETER.findall(text)}, **part.get("parameters", {})}
        return sum(values[term] if term in values else int(term) for term in found.group(1).replace(" ", "").split("+"))

    def prices(self, part, stage):
        facts = stage["facts"]
        metrics = [("RAM bits", round(sum(m["total_bits"] for m in facts["memories"]) / 2**20, 2), "Mbit"),
                   ("area gates", round(facts["area_um2"] / self.d["gate_equivalent_um2"] / 1000, 1), "k NAND2"),
                   ("clock rate", self.fmax(stage["paths"]), "MHz"),
                   ("latency", self.latency(part), "cycles")]
        return [{"case": case, "metric": metric, "value": value, "unit": unit}
                for case in part["cases"] for metric, value, unit in metrics if value is not None]
